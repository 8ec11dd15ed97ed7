"""Reads of meetings that need more than one line of SQL."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import selectinload

from services.workspace.events.access import visible_events
from services.workspace.events.presenting import occurrence_out, occurrences_of
from services.workspace.events.schemas import OccurrenceOut
from services.workspace.tables import Attendance, Committee, Event, EventDeviation
from shared.callers import Caller
from shared.database import ReadSession, WriteSession
from shared.languages import pick


async def names_of_committees(db: ReadSession | WriteSession, language: str) -> dict[str, str]:
    rows = (await db.execute(select(Committee.slug, Committee.names))).all()
    return {slug: pick(names, language) for slug, names in rows}


async def attendance_of(db: ReadSession | WriteSession, events: Sequence[UUID]) -> Sequence[Attendance]:
    """Who answered for these, by name."""
    statement = select(Attendance).where(Attendance.event_id.in_(events))
    return (await db.scalars(statement.order_by(Attendance.name, Attendance.user_id))).all()


def takes_place(since: datetime, until: datetime) -> ColumnElement[bool]:
    """Meetings that may have an occurrence in the window: none that is over before it or begins after it, but for
    those of which one was moved into it."""
    by_rule = (Event.starts_at < until) & or_(Event.ends_by.is_(None), Event.ends_by > since, Event.starts_at >= since)
    moved = select(EventDeviation.event_id).where(EventDeviation.starts_at < until, EventDeviation.ends_at > since)
    return by_rule | Event.id.in_(moved)


def events(caller: Caller, committee: str | None = None) -> Select[Event]:
    statement = select(Event).where(visible_events(caller)).options(selectinload(Event.deviations))
    return statement.where(Event.committee == committee) if committee is not None else statement


async def calendar(
    db: ReadSession, caller: Caller, since: datetime, until: datetime, language: str, *, committee: str | None = None,
    public: bool = False,
) -> list[OccurrenceOut]:  # fmt: skip
    """What takes place in the window and the caller may know of, in the order of time."""
    statement = events(caller, committee).where(takes_place(since, until))
    if public:
        statement = statement.where(Event.public)
    rows = (await db.scalars(statement)).all()
    names = await names_of_committees(db, language)
    own: dict[tuple[UUID, str], str] = {}
    if caller.kind == "user" and rows:
        asked = select(Attendance).where(
            Attendance.event_id.in_([row.id for row in rows]), Attendance.user_id == UUID(caller.id)
        )
        own = {(row.event_id, row.occurrence): row.answer for row in (await db.scalars(asked)).all()}
    found = [
        occurrence_out(event, one, caller, names, own) for event in rows for one in occurrences_of(event, since, until)
    ]
    return sorted(found, key=lambda one: (one.starts_at, one.event, one.occurrence))
