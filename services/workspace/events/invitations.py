"""The calendar part of a mail about a meeting."""

from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from gateway.schemas import PersonOut
from services.workspace.events import ical
from services.workspace.events.presenting import key_text
from services.workspace.tables import Event, Notification
from shared.database import Database

KINDS = ("invited", "event_changed", "event_cancelled")


async def calendar_for(
    db: Database, row: Notification, person: PersonOut, sender: str, origin: str
) -> dict[str, str] | None:
    """`{"method", "content"}` for a notification about a meeting; None for others, and when the meeting is no more.

    It says how the meeting stands now, which may be newer than what the mail tells of.
    """
    if row.kind not in KINDS:
        return None
    statement = select(Event).where(Event.id == UUID(row.details["event"])).options(selectinload(Event.deviations))
    async with db.reading() as reading:
        event = await reading.scalar(statement)
    if event is None:
        return None
    named = row.details.get("occurrence")
    only = next((one for one in event.deviations if key_text(one.key) == named), None)
    cancelled = event.cancelled or (only is not None and only.cancelled)
    to = ical.Invited(person.email, ical.one_line(person.name), sender)
    method: Literal["REQUEST", "CANCEL"] = "CANCEL" if cancelled else "REQUEST"
    content = ical.invitation(event, only.key if only else None, method, to, origin=origin)
    return {"method": method, "content": content.decode()}
