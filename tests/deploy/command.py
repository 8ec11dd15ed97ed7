"""The real `portsnet` command for tests: run to its end, or started and watched over until it is told to stop."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import httpx

from deploy.developer.scratch import COMPILED, in_memory
from deploy.local.postgres_process import servers_of

ROOT = Path(__file__).parents[2]
PORTSNET = (sys.executable, "-m", "deploy.local.cli")
START_LIMIT = 180.0
STOP_LIMIT = 60.0
NOTHING: Mapping[str, str] = MappingProxyType({})
Found = TypeVar("Found")


def until(what: Callable[[], Found], limit: float, why: str) -> Found:
    """Ask again and again until the answer is true; AssertionError after `limit` seconds."""
    deadline = time.monotonic() + limit
    while not (found := what()):
        assert time.monotonic() < deadline, f"not within {limit:.0f} s: {why}"
        time.sleep(0.02)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def open_folder(*, on_disk: bool = False) -> Iterator[Path]:
    """A folder that every user of the system can reach, as root's database may have to be one of them."""
    place = Path("/var/tmp") if on_disk else in_memory()
    folder = Path(tempfile.mkdtemp(prefix="portsnet-test-", dir=place)).resolve()
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def environment(data: Path, changes: Mapping[str, str] = NOTHING) -> dict[str, str]:
    """Ours without its own settings of the platform, and with these."""
    hindering = ("PORTSNET_", "PG", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(hindering)}
    return {
        **kept,
        "PYTHONPYCACHEPREFIX": str(COMPILED),
        "PORTSNET_DATA_DIR": str(data),
        "PORTSNET_LOG_LEVEL": "WARNING",
        "COLUMNS": "200",
        **changes,
    }


def portsnet(
    *arguments: str, data: Path, settings: Mapping[str, str] = NOTHING, command: tuple[str, ...] = PORTSNET,
    root: Path = ROOT,
) -> subprocess.CompletedProcess[str]:  # fmt: skip
    """Run a command to its end. `root`: where the platform's own files are."""
    return subprocess.run(
        [*command, *arguments], cwd=root, env=environment(data, settings), capture_output=True, text=True,
        stdin=subprocess.DEVNULL, timeout=START_LIMIT, check=False,
    )  # fmt: skip


def portsnet_each(
    commands: Sequence[tuple[Sequence[str], Mapping[str, str]]], *, data: Path
) -> list[subprocess.CompletedProcess[str]]:
    """Run many commands one after the other, each with settings of its own; see `many.py`."""
    asked = json.dumps([(list(arguments), dict(settings)) for arguments, settings in commands])
    done = subprocess.run(
        [sys.executable, "-m", "tests.deploy.many"], cwd=ROOT, env=environment(data), input=asked,
        capture_output=True, text=True, timeout=START_LIMIT, check=True,
    )  # fmt: skip
    return [
        subprocess.CompletedProcess(arguments, *told)
        for (arguments, _), told in zip(commands, json.loads(done.stdout), strict=True)
    ]


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence with which a command ended, its status checked."""
    said = [line for line in done.stderr.splitlines() if line.strip()]
    assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
    assert said and said[-1].startswith("portsnet: "), done.stderr
    assert not [line for line in said[:-1] if not line.startswith("  ")], done.stderr
    assert "Traceback" not in done.stderr
    return said[-1].removeprefix("portsnet: ")


@dataclass
class Running:
    """A platform that was started with `portsnet up`."""

    data: Path
    process: subprocess.Popen[bytes]
    port: int
    output: Path
    errors: Path
    children: set[int] = field(default_factory=set)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def now(self) -> set[int]:
        """The processes of it that live now."""
        return descendants(self.process.pid)

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def complained(self) -> str:
        return self.errors.read_text()

    @property
    def invitations(self) -> list[str]:
        return re.findall(r"http://\S+/invitations/\S+", self.said)

    def is_ready(self) -> bool:
        assert self.process.poll() is None, f"it ended with {self.process.returncode}: {self.complained[-3000:]}"
        return "Ctrl-C" in self.said

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.origin, timeout=30, headers={"accept": "application/json"})

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it, see that nothing of it stays, and return its status."""
        if self.process.poll() is None:
            self.children |= self.now
            self.process.send_signal(number)
        status = self.process.wait(STOP_LIMIT)
        until(lambda: not self.left_behind(), STOP_LIMIT, "its processes end")
        return status

    def left_behind(self) -> list[int]:
        """Processes of it that live on without it."""
        database = servers_of(self.data / "postgres") if (self.data / "postgres").exists() else {}
        return [*(self.children & set(living())), *database]


def begin(
    data: Path, *arguments: str, settings: Mapping[str, str] = NOTHING, command: tuple[str, ...] = PORTSNET
) -> Running:
    """`portsnet up` on a free port, not waited for."""
    port = int(settings.get("PORTSNET_PORT", free_port()))
    folder = Path(tempfile.mkdtemp(prefix="said-", dir=data.parent))
    output, errors = folder / "output", folder / "errors"
    with output.open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen(
            [*command, "up", *arguments], cwd=ROOT, env=environment(data, {"PORTSNET_PORT": str(port), **settings}),
            stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True,
        )  # fmt: skip
    return Running(data, process, port, output, errors)


@contextlib.contextmanager
def running(
    data: Path, *arguments: str, settings: Mapping[str, str] = NOTHING, command: tuple[str, ...] = PORTSNET
) -> Iterator[Running]:
    """`portsnet up` for as long as the block, ready from its beginning on."""
    platform = begin(data, *arguments, settings=settings, command=command)
    try:
        until(platform.is_ready, START_LIMIT, "the platform says that it is ready")
        platform.children = platform.now
        yield platform
    finally:
        with contextlib.suppress(subprocess.TimeoutExpired):
            platform.stop()
        if platform.process.poll() is None:
            platform.process.kill()
            platform.process.wait()


def living() -> dict[int, int]:
    """Every living process, with its parent. One that ended and that nobody asked for its status yet does not live."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):  # it ended meanwhile
                state, parent = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
                if state not in "ZX":
                    parents[int(entry.name)] = int(parent)
    return parents


def descendants(pid: int) -> set[int]:
    """The living processes that a process started, and those that they started."""
    parents = living()
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def command_line(pid: int) -> list[str]:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    return []


def copy_of(data: Path, to: Path) -> Path:
    """The data folder of a platform that was stopped, once more."""
    shutil.copytree(data, to, ignore=lambda folder, names: [n for n in names if n.startswith(".s.PGSQL")])
    return to
