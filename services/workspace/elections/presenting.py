"""Elections as they are answered."""

from collections.abc import Sequence
from datetime import UTC, datetime

from services.workspace.access import may_lead, may_work_in, user_of
from services.workspace.elections.access import state_at
from services.workspace.elections.schemas import ElectionOut, NominationOut, RollOut, VoterOut
from services.workspace.markdown import html_of
from services.workspace.schemas import ActorOut
from services.workspace.tables import Election, Nomination, Voter
from shared.callers import Caller


def nomination_out(row: Nomination, caller: Caller) -> NominationOut:
    return NominationOut(
        id=row.id, user_id=row.user_id, name=row.name, statement=row.statement,
        statement_html=html_of(row.statement) if row.statement else "", nominated_by=row.nominated_by_name,
        accepted=row.accepted_at is not None and row.withdrawn_at is None, withdrawn=row.withdrawn_at is not None,
        is_you=str(row.user_id) == caller.id,
    )  # fmt: skip


def election_out(
    row: Election, nominations: Sequence[Nomination], voters: Sequence[Voter], caller: Caller
) -> ElectionOut:
    """As this caller sees it; of the voters' having voted, one's own alone."""
    now = datetime.now(UTC)
    state = state_at(row, now)
    own = next((voter for voter in voters if str(voter.user_id) == caller.id), None)
    leads = may_lead(caller, row.committee)
    roll = None
    if row.roll_hash is not None and row.roll_frozen_at is not None:
        people = [VoterOut(user_id=voter.user_id, name=voter.name, role=voter.role) for voter in voters]
        roll = RollOut(size=len(voters), hash=row.roll_hash, frozen_at=row.roll_frozen_at, voters=people)
    return ElectionOut(
        id=row.id, committee=row.committee, title=row.title, description=row.description,
        description_html=html_of(row.description) if row.description else "", method=row.method, seats=row.seats,
        nominations_until=row.nominations_until, voting_from=row.voting_from, voting_until=row.voting_until,
        quorum=row.quorum, state=state, nominations=[nomination_out(one, caller) for one in nominations], roll=roll,
        cancelled_because=row.cancelled_because,
        created_by=ActorOut(user_id=user_of(row.created_by), name=row.created_by_name), created_at=row.created_at,
        may_edit=leads and state == "nomination", may_cancel=leads and state in ("nomination", "voting"),
        may_nominate=may_work_in(caller, row.committee) and state == "nomination" and now < row.nominations_until,
        may_vote=state == "voting" and own is not None and not own.voted, you_voted=own is not None and own.voted,
        demo=row.demo,
    )  # fmt: skip
