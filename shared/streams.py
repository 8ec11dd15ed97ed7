"""Server-sent events: who follows what in this process, woken when any process says that there is news.

A writer calls `tell` inside its transaction; PostgreSQL passes the topic on when that commits. A stream ends after a
minute, when the grants that it began with may be out of date; the browser opens it again by itself and names the last
event that it got.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress

from sqlalchemy import text
from sqlalchemy.engine import URL
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from shared.database import WriteSession
from shared.ending import hearing_of_the_end
from shared.listening import listen

LASTS = 60.0  # seconds, like the internal token
SIGN_OF_LIFE = 15.0  # seconds
STILL_HERE = b": still here\n\n"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Follower:
    """One open stream: whether there may be something new, and until when it lasts."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self._ends = time.monotonic() + LASTS

    def wake(self) -> None:
        self.news.set()

    def end(self) -> None:
        """Let the stream end after what it has to say now."""
        self._ends = 0.0
        self.news.set()

    def seconds_left(self) -> float:
        return self._ends - time.monotonic()

    async def hears(self) -> bool:
        """Wait for news, for a sign of life at the longest; whether there may be news."""
        try:
            await asyncio.wait_for(self.news.wait(), min(max(self.seconds_left(), 0), SIGN_OF_LIFE))
        except TimeoutError:
            return False
        return True


class Streams:
    """The open streams of this process by topic, and its ear at the database while there are any."""

    def __init__(self, url: str | URL, channel: str) -> None:
        self._url = url
        self._channel = channel
        self._followers: dict[str, set[Follower]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def following(self, topic: str) -> AsyncIterator[Follower]:
        """Is woken whenever there may be news of the topic, and ends when the process is about to."""
        follower = Follower()
        self._followers[topic].add(follower)
        if self._listener is None:
            listening = listen(self._url, self._channel, self._wake, begin=self._wake_all)
            self._listener = asyncio.create_task(listening, name=f"listening on {self._channel}")
        try:
            with hearing_of_the_end(follower.end):
                yield follower
        finally:
            self._followers[topic].discard(follower)
            if not self._followers[topic]:
                del self._followers[topic]
            if not self._followers and self._listener is not None:
                listener, self._listener = self._listener, None
                listener.cancel()
                with suppress(asyncio.CancelledError):
                    await listener

    def _wake(self, topic: str) -> None:
        for follower in self._followers.get(topic, ()):
            follower.wake()

    def _wake_all(self) -> None:
        for topic in self._followers:
            self._wake(topic)


async def tell(session: WriteSession, channel: str, topic: str) -> None:
    """Wake whoever follows the topic, in every process, when this transaction commits."""
    await session.execute(text("SELECT pg_notify(:channel, :topic)"), {"channel": channel, "topic": topic})


class EventStream(StreamingResponse):
    """`text/event-stream`; closes what it reads from when the reader goes away."""

    media_type = "text/event-stream"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert isinstance(self.body_iterator, AsyncIterator)
        async with aclosing(self.body_iterator):  # type: ignore[type-var]  # an async generator, which has aclose()
            await super().__call__(scope, receive, send)


def written(event: str, data: str, identifier: object = None) -> bytes:
    """One event of `text/event-stream`; `data` is JSON, which has no line feed outside its escapes."""
    told = f"id: {identifier}\n" if identifier is not None else ""
    return f"{told}event: {event}\ndata: {data}\n\n".encode()
