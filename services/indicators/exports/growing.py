"""Files that are sent while they are made, however long: written to disk as fast as the database gives, read from there
as fast as the reader takes. A slow reader holds no connection, a large file no memory, and one who leaves stops it."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import IO, Any

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from shared.problems import Unavailable

PART = 2**18  # bytes sent at a time
AT_ONCE = 3
"""Files that one process makes at a time, so that they leave connections to everybody else."""
PATIENCE = 20.0  # seconds that a file may wait for its turn
_turns: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


class GrowingFile:
    """A temporary file with one writer and one reader. `make(file)` writes, and tells `grown` after each part."""

    def __init__(self, make: "Callable[[GrowingFile], Awaitable[None]]") -> None:
        self.file: IO[bytes] = tempfile.TemporaryFile(prefix="portsnet-export-")  # noqa: SIM115 -- outlives this call
        self._make = make
        self._size = 0
        self._begun = self._ended = False
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Start the writer and wait for its first part, which may still be on its way to the file. Raises what the
        writer raises before that, and Unavailable."""
        turn = _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))
        try:
            async with asyncio.timeout(PATIENCE):
                await turn.acquire()
        except TimeoutError:
            self.file.close()
            raise Unavailable("Too many files are being made; try again in a moment.", retry_after=10) from None
        self._task = asyncio.create_task(self._run(turn), name="export")
        while not (self._begun or self._ended):
            await self._next_change()
        if not self._begun:
            await self._outcome()

    def grown(self) -> None:
        """Tell the reader that there is more."""
        self.file.flush()
        self._size = os.fstat(self.file.fileno()).st_size
        self._begun = True
        self._changed.set()

    async def parts(self) -> AsyncIterator[bytes]:
        """The bytes from the beginning. What breaks the writer breaks the reader: a cut file never looks whole."""
        place = 0
        while True:
            await self._wait(place)
            if place == self._size:
                break
            part = await asyncio.to_thread(os.pread, self.file.fileno(), min(PART, self._size - place), place)
            place += len(part)
            yield part
        await self._outcome()

    async def stop(self) -> None:
        """The reader is done or gone."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await self._task
        self.file.close()

    async def _run(self, turn: asyncio.Semaphore) -> None:
        try:
            await self._make(self)
            self.grown()
        finally:
            turn.release()
            self._ended = True
            self._changed.set()

    async def _wait(self, place: int) -> None:
        while self._size <= place and not self._ended:
            await self._next_change()

    async def _next_change(self) -> None:
        await self._changed.wait()
        self._changed.clear()

    async def _outcome(self) -> None:
        if self._task is not None:
            await self._task


class GrowingAnswer(StreamingResponse):
    """A response that sends a growing file and stops its writer whatever happens."""

    def __init__(self, growing: GrowingFile, **options: Any) -> None:
        super().__init__(growing.parts(), **options)
        self._growing = growing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._growing.stop()
