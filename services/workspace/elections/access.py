"""Who may see elections, and what each may do there: the doors to their rows."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select, true

from services.workspace.access import may_lead
from services.workspace.elections.schemas import ElectionState
from services.workspace.tables import Election, Voter
from shared.callers import Caller
from shared.database import ReadSession, WriteSession
from shared.problems import Conflict, NotAllowed, NotFound


def visible_elections(caller: Caller) -> ColumnElement[bool]:
    """Those of the caller's committees, and those on whose roll the caller is, whatever became of the role since."""
    if caller.is_secretariat:
        return true()
    inside = Election.committee.in_(sorted(caller.committees))
    if caller.kind != "user":
        return inside
    return inside | exists().where(Voter.election_id == Election.id, Voter.user_id == UUID(caller.id))


def state_at(election: Election, now: datetime) -> ElectionState:
    """What the clock makes of it."""
    if election.cancelled_at is not None:
        return "cancelled"
    if now >= election.voting_until:
        return "closed"
    return "voting" if now >= election.voting_from else "nomination"


async def election_to_see(
    db: ReadSession | WriteSession, election_id: UUID, caller: Caller, *, lock: bool = False
) -> Election:
    """Absent or hidden: the same answer. Raises NotFound."""
    statement = select(Election).where(Election.id == election_id, visible_elections(caller))
    found: Election | None = await db.scalar(statement.with_for_update(key_share=True) if lock else statement)
    if found is None:
        raise NotFound("This election")
    return found


async def election_to_lead(tx: WriteSession, election_id: UUID, caller: Caller) -> Election:
    """The row, locked, for the chair and the secretariat. Raises NotFound, NotAllowed."""
    found = await election_to_see(tx, election_id, caller, lock=True)
    if not may_lead(caller, found.committee):
        raise NotAllowed("The chair and the secretariat run elections.")
    return found


def must_be_in_nomination(election: Election, now: datetime) -> None:
    """Raises Conflict once voting has opened, or the election is over: then nothing changes any more."""
    state = state_at(election, now)
    if state != "nomination" or election.roll_frozen_at is not None:
        raise Conflict(
            "The election was cancelled." if state == "cancelled" else "Voting has opened: nothing changes any more."
        )
