"""How long a start takes and how much memory an idle platform holds."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Start:
    """Seconds from the command to the printed address; MiB of the process and its database, shared pages split."""

    seconds: float
    memory: float


def started(data_dir: Path, *, settle: float = 0.0) -> Start:
    """Start the platform on this folder, measure, stop it."""
    environment = os.environ | {"PORTSNET_DATA_DIR": str(data_dir), "PORTSNET_PORT": "0"}
    began = time.monotonic()
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("portsnet")), "up"], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "Ctrl-C" in line:
            break
    seconds = time.monotonic() - began
    time.sleep(settle)
    memory = sum(pss(pid) for pid in family(process.pid)) / 2**20 if settle else 0.0
    process.send_signal(signal.SIGTERM)
    process.wait(30)
    return Start(seconds, memory)


def family(pid: int) -> Iterator[int]:
    """A process and all that descend from it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from family(int(child))


def pss(pid: int) -> int:
    """Proportional set size in bytes."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


async def figures() -> AsyncIterator[str]:
    """The lines of the report."""
    with tempfile.TemporaryDirectory(prefix="portsnet-bench-") as name:
        first = started(Path(name))
        later = [started(Path(name)) for _ in range(3)]
        idle = started(Path(name), settle=10)
    yield f"| First start, packages installed | {first.seconds:.1f} s | under 15 s |"
    yield f"| Later start, the slowest of three | {max(s.seconds for s in later):.1f} s | under 5 s |"
    yield f"| Idle memory with the database (PSS) | {idle.memory:.0f} MiB | under 400 MiB |"
