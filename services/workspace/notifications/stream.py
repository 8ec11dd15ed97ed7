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
from shared.database import Database

log = structlog.get_logger(__name__)
LASTS = 60.0  # seconds, like the internal token
SIGN_OF_LIFE = 15.0  # seconds
MOST_AT_ONCE = 200


class Streams:
    """The open streams of this process, and its ear at the database while there are any."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._following: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None
        self.is_closed = False

    @asynccontextmanager
    async def following(self, user: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever this person may have something new, and when the process is about to end."""
        news = asyncio.Event()
        self._following[user].add(news)
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen(), name="listening for notifications")
        try:
            yield news
        finally:
            self._following[user].discard(news)
            if not self._following[user]:
                del self._following[user]
            if not self._following and self._listener is not None:
                listener, self._listener = self._listener, None
                listener.cancel()
                with suppress(asyncio.CancelledError):
                    await listener

    def close(self) -> None:
        """End all streams, and those to come, after what they have to say now."""
        self.is_closed = True
        self._wake_all()

    def _wake_all(self) -> None:
        for waiting in self._following.values():
            for news in waiting:
                news.set()

    def _wake(self, user: str) -> None:
        for news in self._following.get(user, ()):
            news.set()

    async def _listen(self) -> None:
        host = self._url.query.get("host") or self._url.host
        while True:
            try:
                connection = await asyncpg.connect(
                    host=str(host) if host else None, port=self._url.port, user=self._url.username,
                    password=self._url.password, database=self._url.database, timeout=10,
                )  # fmt: skip
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
    ends = time.monotonic() + LASTS
    sent: set[UUID] = set()
    async with streams.following(by.id) as news:
        async with db.reading() as reading:
            unread = await unread_count(reading, by)
            own = select(Notification.id).where(Notification.user_id == UUID(by.id))
            newest = await reading.scalar(own.order_by(Notification.id.desc()).limit(1))
        floor = after or newest or UUID(int=0)
        yield _written("unread", UnreadOut(unread=unread).model_dump_json())
        while True:
            news.clear()
            for told in await _since(db, floor, sent, language, by):
                sent.add(told.id)
                yield _written("notification", told.model_dump_json(), told.id)
            left = ends - time.monotonic()
            if streams.is_closed or left <= 0:
                return
            try:
                await asyncio.wait_for(news.wait(), min(left, SIGN_OF_LIFE))
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
