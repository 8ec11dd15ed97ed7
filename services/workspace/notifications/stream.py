"""Server-sent events: a person's notifications as they come.

A stream ends after a minute, when the grants that it began with may be out of date; the browser opens it again by
itself and names the last notification that it got, so nothing is lost between two streams.
"""

from collections.abc import AsyncIterator
from uuid import UUID

from sqlalchemy import select

from services.workspace.notifications.operations import notification_out, told_to, unread_count
from services.workspace.schemas import NotificationOut, UnreadOut
from services.workspace.tables import Notification
from shared.callers import Caller
from shared.database import Database
from shared.streams import STILL_HERE, Streams, written

MOST_AT_ONCE = 200


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
        yield written("unread", UnreadOut(unread=unread).model_dump_json())
        while True:
            follower.news.clear()
            for told in await _since(db, floor, sent, language, by):
                sent.add(told.id)
                yield written("notification", told.model_dump_json(), told.id)
            if follower.seconds_left() <= 0:
                return
            if not await follower.hears():
                yield STILL_HERE


async def _since(db: Database, floor: UUID, sent: set[UUID], language: str, caller: Caller) -> list[NotificationOut]:
    """New ones in their order. What commits late has an older id: those that were sent are left out one by one."""
    statement = told_to(caller).where(Notification.id > floor, Notification.id.not_in(sent))
    async with db.reading() as reading:
        rows = (await reading.scalars(statement.order_by(Notification.id).limit(MOST_AT_ONCE))).all()
    return [notification_out(row, language) for row in rows]
