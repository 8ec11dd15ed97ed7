"""Who may see and change meetings: the public those that are public, a committee's people its own."""

from typing import NewType
from uuid import UUID

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import selectinload

from services.workspace.access import may_lead, may_work_in
from services.workspace.tables import Decision, Event, Poll
from shared.callers import Caller
from shared.database import ReadSession, WriteSession
from shared.problems import NotAllowed, NotFound, NotSignedIn

EventToLead = NewType("EventToLead", Event)
LEADS = "The chair and the secretariat arrange meetings."


def is_there() -> ColumnElement[bool]:
    return Event.removed_at.is_(None)


def inside(caller: Caller) -> ColumnElement[bool]:
    """Meetings of the caller's own committees; all of them for the secretariat."""
    return true() if caller.is_secretariat else Event.committee.in_(sorted(caller.committees))


def visible_events(caller: Caller) -> ColumnElement[bool]:
    """Used by item, list, calendar, feed and public page alike."""
    return is_there() & (inside(caller) | Event.public)


def is_inside(caller: Caller, slug: str) -> bool:
    return caller.is_secretariat or slug in caller.committees


def visible_decisions(caller: Caller) -> ColumnElement[bool]:
    return true() if caller.is_secretariat else Decision.committee.in_(sorted(caller.committees))


def visible_polls(caller: Caller) -> ColumnElement[bool]:
    return true() if caller.is_secretariat else Poll.committee.in_(sorted(caller.committees))


async def event_to_see(db: ReadSession | WriteSession, event_id: UUID, caller: Caller) -> Event:
    """Raises NotFound; NotSignedIn for the public, who may come to see it by signing in."""
    statement = select(Event).where(Event.id == event_id, visible_events(caller))
    found: Event | None = await db.scalar(statement.options(selectinload(Event.deviations)))
    if found is None:
        raise NotFound("This event") if caller.is_signed_in else NotSignedIn
    return found


async def event_to_enter(db: ReadSession | WriteSession, event_id: UUID, caller: Caller) -> Event:
    """For what only the committee knows of it. Raises NotFound, NotAllowed."""
    found = await event_to_see(db, event_id, caller)
    if not is_inside(caller, found.committee):
        raise NotAllowed("Only the people of the committee see this.")
    return found


async def event_to_lead(tx: WriteSession, event_id: UUID, caller: Caller) -> EventToLead:
    """The row, locked, for the chair and the secretariat. Raises NotFound, NotAllowed."""
    statement = select(Event).where(Event.id == event_id, visible_events(caller))
    found: Event | None = await tx.scalar(
        statement.options(selectinload(Event.deviations)).with_for_update(of=Event, key_share=True)
    )
    if found is None:
        raise NotFound("This event")
    if not may_lead(caller, found.committee):
        raise NotAllowed(LEADS)
    return EventToLead(found)


async def event_to_answer(tx: WriteSession, event_id: UUID, caller: Caller) -> Event:
    """For whoever may say whether they come. Raises NotFound, NotAllowed."""
    found = await event_to_see(tx, event_id, caller)
    if caller.kind != "user" or not may_work_in(caller, found.committee):
        raise NotAllowed("The chair and the members of the committee say whether they come.")
    return found


async def decision_to_see(db: ReadSession | WriteSession, decision_id: UUID, caller: Caller) -> Decision:
    """Raises NotFound."""
    found: Decision | None = await db.scalar(
        select(Decision).where(Decision.id == decision_id, visible_decisions(caller))
    )
    if found is None:
        raise NotFound("This decision")
    return found


async def poll_to_see(db: ReadSession | WriteSession, poll_id: UUID, caller: Caller, *, lock: bool = False) -> Poll:
    """Raises NotFound."""
    statement = select(Poll).where(Poll.id == poll_id, visible_polls(caller))
    found: Poll | None = await db.scalar(statement.with_for_update(key_share=True) if lock else statement)
    if found is None:
        raise NotFound("This poll")
    return found
