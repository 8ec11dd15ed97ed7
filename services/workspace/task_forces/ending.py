"""What becomes of a task force after its last day, and of a committee that was archived: its people read, and nothing
else.

The roles stay with the gateway. Whoever asks is taken for an observer of everything that has ended, before any route
looks at them, so that one rule holds for tasks, documents, meetings, conversations, votes and plans alike. The
secretariat may still put things in order, take it out of the archive, or give it a later last day; a vote whose roll is
frozen is voted to its end.
"""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from fastapi import Request
from sqlalchemy import select

from services.workspace.clock import Zone
from services.workspace.tables import Committee
from shared.callers import Caller, Grant
from shared.database import ReadSession, WriteSession
from shared.dependencies import Db

PREFIX = "committee:"


def has_ended(row: Committee, today: date) -> bool:
    """Whether the last day of a task force is over, by the Network's calendar, or the committee was archived."""
    return row.archived_at is not None or (row.ends_on is not None and row.ends_on < today)


async def is_at_rest(db: ReadSession | WriteSession, slug: str, zone: ZoneInfo) -> bool:
    """Whether nothing happens in a committee any more: nobody is reminded of its tasks, and none comes again."""
    row: Committee | None = await db.get(Committee, slug)
    return row is None or has_ended(row, datetime.now(zone).date())


def reading_only(caller: Caller, ended: frozenset[str]) -> Caller:
    """The caller as an observer of committees that have ended, whatever they were there."""
    grants = tuple(
        Grant("observer", grant.scope) if grant.scope.removeprefix(PREFIX) in ended else grant
        for grant in caller.grants
    )
    return replace(caller, grants=tuple(dict.fromkeys(grants)))


async def as_it_is_now(request: Request, db: Db, zone: Zone) -> None:
    """Before every route: what has ended is read only."""
    caller: Caller = request.state.caller
    if not caller.committees or caller.is_secretariat:
        return
    today = datetime.now(zone).date()
    over = (Committee.ends_on < today) | Committee.archived_at.is_not(None)
    statement = select(Committee.slug).where(Committee.slug.in_(sorted(caller.committees)), over)
    async with db.reading() as reading:
        ended = frozenset((await reading.scalars(statement)).all())
    if ended:
        request.state.caller = reading_only(caller, ended)
