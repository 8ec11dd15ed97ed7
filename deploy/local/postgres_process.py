"""What the launcher of PostgreSQL asks of the operating system: run, find, stop, lock."""

import asyncio
import contextlib
import errno
import fcntl
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from shared.trouble import Trouble

PORT = 5432
"""Only part of the socket's name: nothing listens on TCP."""

CONNECT_LIMIT = 10.0
"""Seconds that a connection to a server may take."""

LOCALE = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
"""Of the operating system, there on every machine of its kind; sorting in the database does not use it."""

PROC = Path("/proc")

KEPT_ENVIRONMENT = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""What the server gets from our environment: it has no business with our secrets, and PG… variables change it."""

STOP_LIMITS = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))
"""How a server is asked to end (fast, immediate, by force), each with the seconds that it gets."""


class DatabaseTrouble(Trouble):
    """The database cannot serve; the message is one sentence for the operator."""


def trouble_from(error: OSError, folder: Path) -> DatabaseTrouble:
    """What an operating system error in a data folder means to the operator."""
    place = error.filename or folder
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(folder)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return DatabaseTrouble(
            f"The data folder {folder} cannot be used, because {place} is not readable and writable for the user with "
            f"number {os.geteuid()} ({reason}): change its owner or choose another folder."
        )
    return DatabaseTrouble(f"The database in {folder} cannot be started because of {place}: {reason}.")


def disk_full(folder: Path) -> DatabaseTrouble:
    return DatabaseTrouble(f"The disk that holds {folder} is full: free some space and start again.")


def environment() -> dict[str, str]:
    """The environment of every PostgreSQL program that we start."""
    kept = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    return {**kept, "LC_ALL": LOCALE, "TZ": "UTC"}


def spawn(command: Sequence[str], output: int) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own: Ctrl-C in a terminal goes to a whole group, but only we stop it."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd="/",
        env=environment(),
        start_new_session=True,
    )


async def run(command: Sequence[str]) -> tuple[int, str]:
    """Run a short program to its end and return its exit code and what it said.

    Polled instead of watched by the event loop, so that it works alike on every loop and in every thread.
    """
    process = spawn(command, subprocess.PIPE)
    try:
        await ended(lambda: process.poll() is not None)
        return process.returncode, process.stdout.read().decode(errors="replace") if process.stdout else ""
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # with what it started
            process.wait()
        if process.stdout:
            process.stdout.close()


async def ended(is_over: Callable[[], bool], limit: float = math.inf) -> bool:
    """Wait until something is over, at most `limit` seconds, and say whether it is."""
    deadline = time.monotonic() + limit
    while not is_over():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.005)
    return True


def exists(pid: int) -> bool:
    """Whether the process table holds this number, be it a living process, a zombie or one of another user."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def servers_of(folder: Path) -> dict[int, int]:
    """The living PostgreSQL processes that work in this data folder, each with its parent.

    A process number in a file proves nothing: it may have gone to another program since. The working folder of a
    PostgreSQL process is its data folder, so that is what is compared, by device and inode.
    """
    if not (PROC / "self" / "stat").exists():
        return _servers_by_ps(folder)
    try:
        wanted = folder.stat()
    except FileNotFoundError:
        return {}
    found = {}
    for entry in PROC.iterdir():
        if not entry.name.isdecimal():
            continue
        with contextlib.suppress(OSError, ValueError):  # it ended meanwhile, or belongs to someone else
            name, _, rest = (entry / "stat").read_text(errors="replace").partition("(")[2].rpartition(")")
            state, parent = rest.split()[:2]
            if name != "postgres" or state in "ZX":
                continue
            working_folder = (entry / "cwd").stat()
            if (working_folder.st_dev, working_folder.st_ino) == (wanted.st_dev, wanted.st_ino):
                found[int(entry.name)] = int(parent)
    return found


def _servers_by_ps(folder: Path) -> dict[int, int]:
    """The same where there is no /proc (macOS): finds the first process of the server by its command line."""
    lines = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,stat=,command="],  # noqa: S607 (wherever this system has it)
        capture_output=True,
        text=True,
        errors="replace",
        check=True,
    ).stdout.splitlines()
    found = {}
    for line in lines:
        number, parent, state, command = [*line.split(maxsplit=3), "", "", "", ""][:4]
        if f"/postgres -D {folder} " in f"{command} " and "Z" not in state and "postgres_exec" not in command:
            found[int(number)] = int(parent)
    return found


async def end_servers(folder: Path) -> None:
    """End what an earlier run left alive in this data folder.

    Only for the holder of the folder's lock, who knows that no owner of such a server lives.
    """
    for sign, limit in STOP_LIMITS:
        servers = servers_of(folder)
        # Only the first process is told: it ends the others in good order. Those that lost it are told themselves.
        for pid in servers if sign == signal.SIGKILL else (pid for pid in servers if servers[pid] not in servers):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
        if not servers or await ended(lambda: not servers_of(folder), limit):
            return
    left = ", ".join(map(str, servers_of(folder)))
    raise DatabaseTrouble(f"An earlier server of {folder} does not end (process {left}): end it and start again.")


def clear_remains(folder: Path, socket_dir: Path) -> None:
    """Remove the files that would keep PostgreSQL from starting in this data folder, where no server lives."""
    pid_file = folder / "postmaster.pid"
    with contextlib.suppress(FileNotFoundError):
        # PostgreSQL replaces the file of a dead process itself, with some checks of its own.
        if (named := first_number(pid_file)) is None or exists(named):
            pid_file.unlink()
    for remains in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
        (socket_dir / remains).unlink(missing_ok=True)


def first_number(file: Path) -> int | None:
    """The number in the first line, None where there is none."""
    line = file.read_text(errors="replace").partition("\n")[0].strip()
    return int(line) if line.isdecimal() else None


def server_state(folder: Path) -> tuple[int, str] | None:
    """Process and state ("starting", "ready", "stopping") that the server of this folder notes in its file."""
    try:
        lines = (folder / "postmaster.pid").read_text(errors="replace").splitlines()
        return int(lines[0]), lines[7].strip()
    except (FileNotFoundError, IndexError, ValueError):
        return None


def open_private(path: Path, flags: int) -> int:
    """Open a file of ours in the data folder: only for its owner, who is the owner of the folder, and never a link."""
    file = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.fchown(file, owner.st_uid, owner.st_gid)
    return file


class FolderLock:
    """Says that a process owns a data folder, for as long as the process lives."""

    def __init__(self) -> None:
        self._files: list[int] = []

    @property
    def held(self) -> bool:
        return bool(self._files)

    def take(self, folder: Path) -> None:
        """Own this folder, too, or raise `DatabaseTrouble` that names who does."""
        path = folder / "lock"
        file = open_private(path, os.O_RDWR)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(file, 0)
            os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        except BlockingIOError:
            os.close(file)
            raise DatabaseTrouble(already_runs(folder, first_number(path))) from None
        except BaseException:
            os.close(file)
            raise
        self._files.append(file)

    def release(self) -> None:
        while self._files:
            file = self._files.pop()
            with contextlib.suppress(OSError):
                os.ftruncate(file, 0)
            os.close(file)


def is_held(folder: Path) -> bool:
    """Whether a living process owns this data folder. Raises OSError when it has no lock file that we may read."""
    file = os.open(folder / "lock", os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def already_runs(folder: Path, owner: int | None) -> str:
    if owner is not None and not exists(owner):
        return (
            f"A program that an earlier run (process {owner}, gone by now) started still holds {folder / 'lock'}: "
            "end it and start again."
        )
    process = f" (process {owner})" if owner is not None else ""
    return f"The platform already runs on {folder}{process}: stop it first, or give this run a data folder of its own."
