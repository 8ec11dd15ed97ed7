"""Heavy or risky work in a process of its own: files that strangers made, and what would hold up the event loop.

`await run_apart(partial(function, …), memory=…, seconds=…)` calls a module's function in a child process with limits on
its memory and its time, and gives what it returned. Arguments and results travel pickled between the two.
"""

import asyncio
import ctypes
import pickle
import resource
import signal
import sys
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

R = TypeVar("R")
AT_ONCE = 2
"""Children of one process at a time, so that a rush of reports does not take the machine from those who answer."""
PR_SET_PDEATHSIG = 1  # of Linux' prctl.h
CHILD = "import sys; from shared.apart import main; main(sys.argv[1])"
_turns: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


class TooMuch(Exception):
    """The work needed more memory or time than it may have, or the child died of it."""


async def run_apart(work: "partial[R]", *, memory: int = 2**30, seconds: float = 60) -> R:
    """Call a function of a module in a child process. Raises what it raised, or TooMuch.

    `memory`: bytes of address space beyond what the interpreter starts with; `seconds`: of wall-clock time.
    """
    name = getattr(work.func, "__qualname__", "the work")
    loop = asyncio.get_running_loop()
    async with _turns.setdefault(loop, asyncio.Semaphore(AT_ONCE)):
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", CHILD, str(memory),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        talking = asyncio.ensure_future(child.communicate(pickle.dumps(work)))
        try:
            in_time, _ = await asyncio.wait({talking}, timeout=seconds)
        finally:
            if not talking.done():
                talking.cancel()
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
        if not in_time:
            raise TooMuch(f"{name} took longer than {seconds:g} s")
        told, _ = talking.result()
    try:
        worked, result = pickle.loads(told)  # noqa: S301 -- our own child wrote it
    except (EOFError, pickle.UnpicklingError):
        raise TooMuch(f"{name} ended without a result") from None
    if not worked:
        raise result
    found: R = result
    return found


def main(memory: str) -> None:
    """The child: read what to do, do it within the limits, write what came of it."""
    _end_with_the_parent()
    work: partial[Any] = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 -- our own parent wrote it
    answer = sys.stdout.buffer
    sys.stdout = sys.stderr  # what a library prints must not mix with the answer
    limit = _address_space() + int(memory)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        told: tuple[bool, Any] = (True, work())
    except MemoryError:
        told = (False, TooMuch(f"The work needed more than {memory} bytes"))
    except Exception as error:
        told = (False, error)
    answer.write(pickle.dumps(told))
    answer.flush()


def _end_with_the_parent() -> None:
    """A parent that was killed begins the work anew when it is back: this one must not go on beside it. Linux only."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _address_space() -> int:
    """Bytes of address space that this process has now; a guess where the system does not tell."""
    with suppress(OSError, ValueError), open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 -- not a file on disk
        return int(file.read().split()[0]) * resource.getpagesize()
    return 2**30
