"""As whom PostgreSQL runs, and where its data, programs and socket lie.

An ordinary user runs it as such. PostgreSQL refuses root, so root's server runs

1. as the owner of the data, where that is an ordinary user;
2. else in a user namespace, where root looks like an ordinary user and files stay root's;
3. else, where user namespaces are forbidden, as an unprivileged user of the system. What that user cannot reach (data
   under `/root`, say) lies in a folder made for it under `/var/lib`, which `postgres.location` in the data folder
   names. No folder of anyone else changes its rights.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import pwd
import shutil
import signal
import stat
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from deploy.local import postgres_exec
from deploy.local.postgres_process import PORT, DatabaseTrouble, run

OWN_FOLDERS = Path("/var/lib")
LONGEST_SOCKET = 103 if sys.platform == "darwin" else 107
"""Bytes in the path of a Unix socket."""


@dataclass(frozen=True)
class Account:
    """As whom a program runs."""

    way: Literal["self", "namespace", "drop"]
    owner: tuple[int, int]
    """User and group that files belong to, as seen from here."""
    seen_as: tuple[int, int]
    """User and group that the program sees."""

    def command(
        self, program: Sequence[str | Path], *, on_our_death: signal.Signals | None = None, needs: Sequence[Path] = ()
    ) -> list[str]:
        """The command line that runs this program; it gets `on_our_death` when the calling thread ends."""
        order = {
            "way": self.way,
            "uid": self.seen_as[0],
            "gid": self.seen_as[1],
            "parent": os.getpid(),
            "signal": on_our_death or 0,
            "needs": [str(path) for path in needs],
        }
        return [sys.executable, "-I", "-S", postgres_exec.__file__, json.dumps(order), *map(str, program)]

    async def can_reach(self, *paths: Path) -> bool:
        """Whether this account is allowed here, and reaches these folders and programs."""
        code, _ = await run(self.command([], needs=paths))
        return code == 0

    def own(self, folder: Path) -> None:
        """Give a folder of ours and all in it to this account; the folder itself last, as the sign of completion."""
        found = folder.stat()
        if os.geteuid() != 0 or (found.st_uid, found.st_gid) == self.owner:
            return
        for parent, folders, files in os.walk(folder, topdown=False):
            for name in folders + files:
                os.chown(Path(parent, name), *self.owner, follow_symlinks=False)
        os.chown(folder, *self.owner)


@dataclass(frozen=True)
class Home:
    """Where one database lives."""

    account: Account
    folder: Path
    """Holds `postgres`, the data."""
    bin_dir: Path

    @property
    def data(self) -> Path:
        return self.folder / "postgres"

    def socket_dir(self, data_dir: Path) -> Path:
        """A folder for the socket that only this account enters, with a path that suits a socket."""
        folder = self.folder / "run"
        if not fit_for_socket(folder):
            folder = short_folder(data_dir, self.account)
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if found.st_uid == os.geteuid() != self.account.owner[0]:
            os.chown(folder, *self.account.owner, follow_symlinks=False)
            found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.account.owner[0]:
            raise DatabaseTrouble(f"The folder {folder} for the database's socket belongs to someone else: remove it.")
        if stat.S_IMODE(found.st_mode) & 0o077:
            folder.chmod(0o700)
        return folder


def fit_for_socket(folder: Path) -> bool:
    """Whether a socket in this folder has a short enough path, and one that no client takes for a list of hosts."""
    path = folder / f".s.PGSQL.{PORT}"
    return len(os.fsencode(path)) <= LONGEST_SOCKET and not set(",:") & set(str(path))


def short_folder(data_dir: Path, account: Account) -> Path:
    """Where the socket of a data folder with a long path lies, the same at every start."""
    name = f"portsnet-{account.owner[0]}-{mark_of(data_dir)}"
    parents = [Path(tempfile.gettempdir()), Path("/tmp")]  # noqa: S108 (made and checked below)
    if account.way != "drop" and (runtime := os.environ.get("XDG_RUNTIME_DIR")):
        with contextlib.suppress(OSError):
            if Path(runtime).stat().st_uid == os.geteuid():
                parents.insert(0, Path(runtime))
    for parent in parents:
        if fit_for_socket(parent / name):
            return parent / name
    raise DatabaseTrouble(f"The folder for temporary files has a path too long for a socket: {parents[0]}.")


def mark_of(data_dir: Path) -> str:
    return hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]


async def settle(data_dir: Path, bin_dir: Path, *, namespaces: bool = True) -> Home:
    """Decide as whom and where the database of this data folder runs."""
    here = Account("self", (os.geteuid(), os.getegid()), (os.geteuid(), os.getegid()))
    if os.geteuid() != 0:
        if not known(os.geteuid()):  # initdb insists on a name for its user
            seen = replace(here, way="namespace", seen_as=stand_in())
            if namespaces and await seen.can_reach(data_dir, bin_dir / "postgres"):
                here = seen
        return Home(here, data_dir, bin_dir)

    if (record := data_dir / "postgres.location").exists():
        return await settle_apart(data_dir, bin_dir, Path(record.read_text().strip()))
    owner = owner_of_data(data_dir)
    if owner is None:
        seen = replace(here, way="namespace", seen_as=stand_in())
        if namespaces and await seen.can_reach(data_dir, bin_dir / "postgres"):
            return Home(seen, data_dir, bin_dir)
        owner = unprivileged()
    account = Account("drop", owner, owner)
    if not await account.can_reach():
        raise DatabaseTrouble(
            "PostgreSQL refuses to run as root, and this system allows neither user namespaces nor a change of user: "
            "start the platform as an ordinary user."
        )
    if not await account.can_reach(data_dir):
        return await settle_apart(data_dir, bin_dir, folder_apart(data_dir))
    return Home(account, data_dir, await programs_for(account, bin_dir, data_dir))


async def settle_apart(data_dir: Path, bin_dir: Path, folder: Path) -> Home:
    """Use a folder of its own for a database whose data folder the server's user cannot reach."""
    await asyncio.to_thread(move_apart, data_dir, folder)
    owner = owner_of_data(folder) or unprivileged()
    account = Account("drop", owner, owner)
    return Home(account, folder, await programs_for(account, bin_dir, folder))


def move_apart(data_dir: Path, folder: Path) -> None:
    """Bring a database to the folder of its own that was made when namespaces were still allowed."""
    if not folder.is_dir():
        raise DatabaseTrouble(
            f"The database of {data_dir} lies in {folder}, as {data_dir / 'postgres.location'} says, but that folder "
            "is gone: bring it back, or remove that file to begin with an empty database."
        )
    before, after, partial = data_dir / "postgres", folder / "postgres", folder / "postgres.partial"
    if before.exists() and not after.exists():
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(before, partial, symlinks=True)
        os.sync()
        partial.rename(after)
        shutil.rmtree(before)


def folder_apart(data_dir: Path) -> Path:
    """Make the folder and note it in the data folder: never one of an earlier data folder at the same path."""
    folder = Path(tempfile.mkdtemp(prefix=f"portsnet-{mark_of(data_dir)}-", dir=OWN_FOLDERS))
    folder.chmod(0o711)
    partial = data_dir / "postgres.location.partial"
    partial.write_text(f"{folder}\n")
    partial.replace(data_dir / "postgres.location")
    return folder


async def programs_for(account: Account, bin_dir: Path, folder: Path) -> Path:
    """The folder of programs, copied into `folder` where this account cannot reach the installed ones."""
    if await account.can_reach(bin_dir / "postgres"):
        return bin_dir
    return await asyncio.to_thread(copied_programs, bin_dir, folder)


def copied_programs(bin_dir: Path, folder: Path) -> Path:
    """Copy the programs with their libraries, laid out as they were, unless an earlier start did."""
    package = bin_dir.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    written = (bin_dir / "postgres").stat()
    copied = folder / f"programs-{written.st_size}-{written.st_mtime_ns}"
    if not copied.exists():
        for older in folder.glob("programs-*"):
            shutil.rmtree(older)
        partial = folder / "programs-partial"
        shutil.copytree(package, partial / package.name, ignore=shutil.ignore_patterns("include", "*.a", "__pycache__"))
        if libraries.exists():
            shutil.copytree(libraries, partial / libraries.name)
        for path in (partial, *partial.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        partial.rename(copied)
    return copied / package.name / bin_dir.relative_to(package)


def owner_of_data(folder: Path) -> tuple[int, int] | None:
    """The ordinary user that the database in this folder belongs to, or has to when it is made; None for root."""
    data = folder / "postgres"
    found = data.stat() if data.exists() else folder.stat()
    if found.st_uid == 0 or not (data.exists() or known(found.st_uid)):
        return None
    return found.st_uid, found.st_gid


def known(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def stand_in() -> tuple[int, int]:
    """What to be seen as in a user namespace: any ordinary user that has a name here."""
    return (1000, 1000) if known(1000) else unprivileged()


def unprivileged() -> tuple[int, int]:
    """A user of this system without rights of its own."""
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        ordinary = [entry for entry in pwd.getpwall() if entry.pw_uid != 0]
        if not ordinary:
            return 65534, 65534
        entry = ordinary[-1]
    return entry.pw_uid, entry.pw_gid
