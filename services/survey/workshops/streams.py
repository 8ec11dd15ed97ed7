"""Server-sent events of a workshop: `live` for whoever runs it, `room` for the devices in it.

A stream tells the state as it is when it begins and whenever something changes, so nothing needs to be caught up. News
that come faster than a screen can follow are told together.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from pydantic import BaseModel

from services.survey.workshops.access import workshop_of_code
from shared.database import Database
from shared.fields import Output
from shared.problems import Problem
from shared.streams import STILL_HERE, Streams, written

TOGETHER = 0.15
"""Seconds between two events of a stream at the least: twenty votes at once are one picture."""


class RoomNews(Output):
    """Whether a device must look again: the workshop's version counts measures and votes opened and closed."""

    version: int


async def told_as_it_changes(
    streams: Streams, topic: str, event: str, read: Callable[[], Awaitable[BaseModel]]
) -> AsyncIterator[bytes]:
    """`event` with what `read` gives, at the beginning and whenever that is another than before; ends with the
    workshop, or when the caller may not see it any more."""
    before = ""
    async with streams.following(topic) as follower:
        while True:
            follower.news.clear()
            try:
                told = (await read()).model_dump_json()
            except Problem:
                yield written("over", "{}")
                return
            if told != before:
                before = told
                yield written(event, told)
            if follower.seconds_left() <= 0:
                return
            if await follower.hears():
                await asyncio.sleep(TOGETHER)
            else:
                yield STILL_HERE


async def room_news(db: Database, code: str) -> RoomNews:
    """Raises NotFound when the code joins nobody any more."""
    async with db.reading() as reading:
        return RoomNews(version=(await workshop_of_code(reading, code)).version)
