"""Server-sent events: a person's notifications as they come.

PostgreSQL tells every process who has something new (`delivery.CHANNEL`). A process listens while somebody follows. A
stream ends after a minute, when the grants that it began with may be out of date; the browser opens it again by itself
and names the last notification that it got, so nothing is lost between two streams.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy import select
from sqlalchemy.engine import URL
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from services.workspace.notifications.delivery import CHANNEL
from services.workspace.notifications.operations import notification_out, told_to, unread_count
from services.workspace.schemas import NotificationOut, UnreadOut
from services.workspace.tables import Notification
from shared.callers import Caller
from shared.connections import own_connection
from shared.database import Database
from shared.ending import hearing_of_the_end

log = structlog.get_logger(__name__)
LASTS = 60.0  # seconds, like the internal token
SIGN_OF_LIFE = 15.0  # seconds
MOST_AT_ONCE = 200


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


class Streams:
    """The open streams of this process, and its ear at the database while there are any."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._followers: dict[str, set[Follower]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def following(self, user: str) -> AsyncIterator[Follower]:
        """Is woken whenever this person may have something new, and ends when the process is about to."""
        follower = Follower()
        self._followers[user].add(follower)
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen(), name="listening for notifications")
        try:
            with hearing_of_the_end(follower.end):
                yield follower
        finally:
            self._followers[user].discard(follower)
            if not self._followers[user]:
                del self._followers[user]
            if not self._followers and self._listener is not None:
                listener, self._listener = self._listener, None
                listener.cancel()
                with suppress(asyncio.CancelledError):
                    await listener

    def _wake(self, user: str) -> None:
        for follower in self._followers.get(user, ()):
            follower.wake()

    def _wake_all(self) -> None:
        for user in self._followers:
            self._wake(user)

    async def _listen(self) -> None:
        while True:
            try:
                connection = await own_connection(self._url)
                gone = asyncio.Event()
                connection.add_termination_listener(lambda _, gone=gone: gone.set())
                try:
                    await connection.add_listener(CHANNEL, lambda _c, _p, _n, user: self._wake(str(user)))
                    self._wake_all()  # something may have come before we listened
                    await gone.wait()
                finally:
                    with suppress(Exception):
                        await connection.close(timeout=1)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("not hearing of new notifications", error=str(error))
            await asyncio.sleep(1)


class EventStream(StreamingResponse):
    """`text/event-stream`; closes what it reads from when the reader goes away."""

    media_type = "text/event-stream"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert isinstance(self.body_iterator, AsyncIterator)
        async with aclosing(self.body_iterator):  # type: ignore[type-var]  # an async generator, which has aclose()
            await super().__call__(scope, receive, send)


async def events(
    db: Database, streams: Streams, language: str, *, after: UUID | None, by: Caller
) -> AsyncIterator[bytes]:
    """`unread` with how many there are, then `notification` for each new one, or each since the one named `after`."""
    sent: set[UUID] = set()
    async with streams.following(by.id) as follower:
        async with db.reading() as reading:
            unread = await unread_count(reading, by)
            own = select(Notification.id).where(Notification.user_id == UUID(by.id))
            newest = await reading.scalar(own.order_by(Notification.id.desc()).limit(1))
        floor = after or newest or UUID(int=0)
        yield _written("unread", UnreadOut(unread=unread).model_dump_json())
        while True:
            follower.news.clear()
            for told in await _since(db, floor, sent, language, by):
                sent.add(told.id)
                yield _written("notification", told.model_dump_json(), told.id)
            left = follower.seconds_left()
            if left <= 0:
                return
            try:
                await asyncio.wait_for(follower.news.wait(), min(left, SIGN_OF_LIFE))
            except TimeoutError:
                yield b": still here\n\n"


async def _since(db: Database, floor: UUID, sent: set[UUID], language: str, caller: Caller) -> list[NotificationOut]:
    """New ones in their order. What commits late has an older id: those that were sent are left out one by one."""
    statement = told_to(caller).where(Notification.id > floor, Notification.id.not_in(sent))
    async with db.reading() as reading:
        rows = (await reading.scalars(statement.order_by(Notification.id).limit(MOST_AT_ONCE))).all()
    return [notification_out(row, language) for row in rows]


def _written(event: str, data: str, identifier: UUID | None = None) -> bytes:
    """One event of `text/event-stream`; JSON has no line feed outside its escapes."""
    told = f"id: {identifier}\n" if identifier is not None else ""
    return f"{told}event: {event}\ndata: {data}\n\n".encode()
