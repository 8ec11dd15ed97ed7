"""What people do with elections; one transaction each."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from services.workspace.access import actor_of, committee_to_enter, may_lead, may_work_in
from services.workspace.elections import box
from services.workspace.elections.access import (
    election_to_lead,
    election_to_see,
    must_be_in_nomination,
    state_at,
    visible_elections,
)
from services.workspace.elections.counting import Ballot
from services.workspace.elections.opening import VOTES, close_when_due, jobs_of, open_when_due, standing
from services.workspace.elections.presenting import election_out, nomination_out
from services.workspace.elections.schemas import (
    BallotIn,
    BallotOut,
    ElectionIn,
    ElectionOut,
    ElectionPatch,
    NominationIn,
    NominationOut,
    ResultOut,
)
from services.workspace.notifications.delivery import notify
from services.workspace.notifications.operations import must_be_a_person
from services.workspace.notifications.rules import Notice
from services.workspace.people import People
from services.workspace.tables import BallotBox, Election, Nomination, Voter
from services.workspace.webhooks.sending import announce_hook
from shared import idempotency
from shared.answers import JSON
from shared.callers import Caller
from shared.database import Database, ReadSession, WriteSession
from shared.fields import Counted
from shared.paging import Paging, count_of
from shared.problems import Conflict, FieldError, Invalid, NotAllowed, NotFound
from shared.tags import Expected, tag

ROOT = "/api/v1/workspace/elections"
REQUIRED = ("title", "method", "seats", "nominations_until", "voting_from", "voting_until", "quorum")
MOMENTS = ("nominations_until", "voting_from", "voting_until")
OVER = {
    "closed": "Voting has closed.",
    "cancelled": "The election was cancelled.",
    "nomination": "Voting has not opened.",
}


async def call_election(
    db: Database, people: People, slug: str, wanted: ElectionIn, language: str, *, by: Caller
) -> tuple[ElectionOut, int]:
    """Announce an election; nominations are open from now on. Raises NotFound, NotAllowed, Invalid."""
    async with db.reading() as reading:
        await committee_to_enter(reading, slug, by)
    if not may_lead(by, slug):
        raise NotAllowed("The chair and the secretariat call elections.")
    _must_be_in_order(wanted.nominations_until, wanted.voting_from, wanted.voting_until, MOMENTS)
    members = await people.of_committee(slug)
    async with db.transaction(by=by, to="call an election", about=slug) as tx:
        await committee_to_enter(tx, slug, by)
        election = Election(
            committee=slug, title=wanted.title, description=wanted.description or None, method=wanted.method,
            seats=wanted.seats, quorum=wanted.quorum, nominations_until=wanted.nominations_until,
            voting_from=wanted.voting_from, voting_until=wanted.voting_until, created_by=actor_of(by),
            created_by_name=by.name or by.username, created_at=datetime.now(UTC), demo=by.demo, version=1,
        )  # fmt: skip
        tx.add(election)
        await tx.flush()
        tx.about = f"election {election.id}"
        for job in jobs_of(election):
            tx.announce(job)
        author = UUID(by.id) if by.kind == "user" else None
        told = [one.user_id for one in members if one.role in VOTES and one.user_id != author]
        await _tell(tx, election, [Notice(user, "election", "member") for user in told], f"election:{election.id}", by)
        await announce_hook(tx, slug, "election.called", {"election": str(election.id), "title": election.title})
        out = election_out(election, [], [], by)
        etag = tag(1, out.model_dump_json().encode(), language, JSON)
        idempotency.will_answer(out, headers={"Location": f"{ROOT}/{election.id}", "ETag": etag})
    return out, 1


async def change_election(
    db: Database, election_id: UUID, wanted: ElectionPatch, expected: Expected, *, by: Caller
) -> tuple[ElectionOut, int]:
    """Only before voting opens. Raises NotFound, NotAllowed, StaleVersion, Conflict, Invalid."""
    changes = wanted.changes
    cleared = [name for name in REQUIRED if name in changes and changes[name] is None]
    if cleared:
        raise Invalid(errors=[FieldError(f"/{name}", "cannot be cleared", "required") for name in cleared])
    async with db.transaction(by=by, to="change an election", about=f"election {election_id}") as tx:
        election = await election_to_lead(tx, election_id, by)
        expected.must_match(election.version)
        must_be_in_nomination(election, datetime.now(UTC))
        before = {name: getattr(election, name) for name in changes}
        for name, value in changes.items():
            setattr(election, name, value or None if name == "description" else value)
        fields = sorted(name for name, value in before.items() if getattr(election, name) != value)
        moments = [name for name in MOMENTS if name in fields]
        if moments:
            _must_be_in_order(election.nominations_until, election.voting_from, election.voting_until, moments)
            for job in jobs_of(election):
                tx.announce(job)
        if fields:
            election.version += 1
            tx.note(fields=fields)
        await tx.flush()
        out = await _whole(tx, election, by)
    return out, election.version


async def cancel_election(db: Database, election_id: UUID, reason: str, *, by: Caller) -> tuple[ElectionOut, int]:
    """End it without a result; ballots that are in are destroyed unread. Raises NotFound, NotAllowed, Conflict."""
    async with db.transaction(by=by, to="cancel an election", about=f"election {election_id}") as tx:
        election = await election_to_lead(tx, election_id, by)
        ballots = await tx.scalar(select(BallotBox).where(BallotBox.election_id == election_id).with_for_update())
        state = state_at(election, datetime.now(UTC))
        if state in ("closed", "cancelled"):
            raise Conflict(OVER[state])
        election.cancelled_at, election.cancelled_because = datetime.now(UTC), reason
        election.version += 1
        if ballots is not None:
            ballots.salt = ballots.sealed = None
        tx.note(reason=reason)
        await tx.flush()
        out = await _whole(tx, election, by)
    return out, election.version


async def list_elections(db: Database, slug: str, part: Paging, *, by: Caller) -> Counted[ElectionOut]:
    """A committee's, the latest to close first. Raises NotFound, NotAllowed."""
    statement = select(Election).where(Election.committee == slug, visible_elections(by))
    async with db.reading(snapshot=True) as reading:
        await committee_to_enter(reading, slug, by)
        total = await count_of(reading, statement)
        ordered = part.apply(statement, [Election.voting_until, Election.id], descending=True)
        rows = (await reading.scalars(ordered)).all()
        shown, following = part.cut(rows, lambda row: (row.voting_until, row.id))
        nominations, voters = await _parts(reading, [row.id for row in shown])
    items = [election_out(row, nominations.get(row.id, []), voters.get(row.id, []), by) for row in shown]
    return Counted(items=items, next=following, total=total)


async def read_election(
    db: Database, people: People, secret: bytes, election_id: UUID, *, by: Caller
) -> tuple[ElectionOut, int]:
    """Raises NotFound."""
    async with db.reading() as reading:
        await election_to_see(reading, election_id, by)
    await open_when_due(db, people, secret, election_id)
    async with db.reading() as reading:
        election = await election_to_see(reading, election_id, by)
        return await _whole(reading, election, by), election.version


async def nominate(
    db: Database, people: People, election_id: UUID, wanted: NominationIn, language: str, *, by: Caller
) -> NominationOut:
    """Propose somebody of the committee; who proposes themselves has accepted. Raises NotFound, NotAllowed, Conflict,
    Invalid."""
    async with db.reading() as reading:
        slug = (await election_to_see(reading, election_id, by)).committee
    if not may_work_in(by, slug):
        raise NotAllowed("The chair and the members of the committee propose candidates.")
    eligible = {one.user_id: one for one in await people.of_committee(slug) if one.role in VOTES}
    async with db.transaction(by=by, to="nominate", about=f"election {election_id}") as tx:
        election = await election_to_see(tx, election_id, by, lock=True)
        now = datetime.now(UTC)
        must_be_in_nomination(election, now)
        if now >= election.nominations_until:
            raise Conflict("Nominations have closed.")
        person = eligible.get(wanted.user_id)
        if person is None:
            raise Invalid.at("/user_id", "must be the chair or a member of the committee", "not_a_member")
        own = by.kind == "user" and by.id == str(wanted.user_id)
        row = await tx.scalar(
            insert(Nomination)
            .values(
                id=uuid4(), election_id=election.id, user_id=person.user_id, name=person.name,
                statement=wanted.statement or None, nominated_by=UUID(by.id) if by.kind == "user" else None,
                nominated_by_name=by.name or by.username, accepted_at=now if own else None, demo=by.demo,
            )
            .on_conflict_do_nothing(index_elements=["election_id", "user_id"])
            .returning(Nomination)
        )  # fmt: skip
        if row is None:
            raise Conflict("This person has been proposed already.")
        tx.note(user_id=str(person.user_id))
        if not own:
            await _tell(tx, election, [Notice(person.user_id, "nominated", "nominee")], f"nominated:{row.id}", by)
        out = nomination_out(row, by)
        idempotency.will_answer(out, headers={"Location": f"{ROOT}/{election.id}"})
    return out


async def accept_nomination(
    db: Database, election_id: UUID, nomination_id: UUID, *, accept: bool, by: Caller
) -> NominationOut:
    """Stand, or not, for whoever was proposed. Raises NotFound, NotAllowed, Conflict."""
    to = "accept a nomination" if accept else "withdraw a nomination"
    async with db.transaction(by=by, to=to, about=f"election {election_id}") as tx:
        election = await election_to_see(tx, election_id, by, lock=True)
        row = await tx.scalar(
            select(Nomination)
            .where(Nomination.id == nomination_id, Nomination.election_id == election_id)
            .with_for_update()
        )
        if row is None:
            raise NotFound("This nomination")
        if by.kind != "user" or row.user_id != UUID(by.id):
            raise NotAllowed("Only who was proposed says whether they stand.")
        now = datetime.now(UTC)
        must_be_in_nomination(election, now)
        if accept:
            row.accepted_at, row.withdrawn_at = row.accepted_at or now, None
        else:
            row.withdrawn_at = row.withdrawn_at or now
    return nomination_out(row, by)


async def cast_ballot(
    db: Database, people: People, secret: bytes, election_id: UUID, wanted: BallotIn, *, by: Caller
) -> BallotOut:
    """One ballot for each on the roll. What it says is kept with nothing that names its voter.

    Raises NotFound, NotAllowed, Conflict, Invalid.
    """
    must_be_a_person(by)
    idempotency.forget_body()
    async with db.reading() as reading:
        seen = await election_to_see(reading, election_id, by)
    if not may_work_in(by, seen.committee) and seen.roll_frozen_at is None:
        raise NotAllowed("The chair and the members of the committee vote.")
    await open_when_due(db, people, secret, election_id)
    async with db.transaction(by=by, to="vote", about=f"election {election_id}") as tx:
        ballots = await tx.scalar(select(BallotBox).where(BallotBox.election_id == election_id).with_for_update())
        election = await election_to_see(tx, election_id, by)
        voter = await tx.get(Voter, (election.id, UUID(by.id)))
        if voter is None and election.roll_frozen_at is not None:
            raise NotAllowed("You are not on the roll of this vote.")
        state = state_at(election, datetime.now(UTC))
        if state != "voting" or ballots is None or ballots.salt is None or ballots.sealed is None:
            raise Conflict(OVER.get(state, OVER["nomination"]))
        options = {str(one.id) for one in await standing(tx, election.id)}
        choices = _checked(wanted.choices, options, election.method)
        has_voted = (
            update(Voter)
            .where(Voter.election_id == election.id, Voter.user_id == UUID(by.id), Voter.voted.is_(False))
            .values(voted=True)
            .returning(Voter.user_id)
        )
        if (await tx.execute(has_voted)).first() is None:
            raise Conflict("You have voted already.")
        mine = Ballot(box.new_receipt(), choices)
        inside = box.opened(secret, ballots.salt, ballots.sealed)
        ballots.sealed = box.sealed(secret, ballots.salt, [*inside, mine], options)
        out = BallotOut(election=election.id, receipt=mine.receipt)
        idempotency.will_answer(out, secret=frozenset({"receipt"}))
    return out


async def read_result(db: Database, people: People, secret: bytes, election_id: UUID, *, by: Caller) -> ResultOut:
    """After the close. Raises NotFound, Conflict before it and for a cancelled one."""
    async with db.reading() as reading:
        election = await election_to_see(reading, election_id, by)
    state = state_at(election, datetime.now(UTC))
    if state == "cancelled":
        raise Conflict(OVER[state])
    found = await close_when_due(db, people, secret, election_id)
    if found is None:
        raise Conflict("The result is told when voting has closed.")
    return ResultOut.model_validate({"election": election.id, "demo": election.demo, **found})


def _checked(choices: Sequence[UUID], options: set[str], method: str) -> tuple[str, ...]:
    """Raises Invalid for what is no candidate, is named twice, or is too many."""
    errors: list[FieldError] = []
    for index, choice in enumerate(choices):
        if str(choice) not in options:
            errors.append(FieldError(f"/choices/{index}", "must be a nomination that was accepted", "not_a_candidate"))
        elif choice in choices[:index]:
            errors.append(FieldError(f"/choices/{index}", "is named twice", "doubled"))
    if not errors and method == "single_choice" and len(choices) > 1:
        errors.append(FieldError("/choices", "must be one at the most", "too_many"))
    if errors:
        raise Invalid(errors=errors)
    return tuple(str(choice) for choice in choices)


def _must_be_in_order(nominations: datetime, begins: datetime, ends: datetime, named: Sequence[str]) -> None:
    """Raises Invalid. `named`: which of the three the caller has set; what is past is refused for those only."""
    errors: list[FieldError] = []
    if "nominations_until" in named and nominations <= datetime.now(UTC):
        errors.append(FieldError("/nominations_until", "must be in the future", "past"))
    if begins < nominations:
        errors.append(FieldError("/voting_from", "must not be before nominations_until", "order"))
    if ends <= begins:
        errors.append(FieldError("/voting_until", "must be after voting_from", "order"))
    if errors:
        raise Invalid(errors=errors)


async def _whole(db: ReadSession | WriteSession, election: Election, by: Caller) -> ElectionOut:
    nominations, voters = await _parts(db, [election.id])
    return election_out(election, nominations.get(election.id, []), voters.get(election.id, []), by)


async def _parts(
    db: ReadSession | WriteSession, ids: Sequence[UUID]
) -> tuple[dict[UUID, list[Nomination]], dict[UUID, list[Voter]]]:
    nominations: dict[UUID, list[Nomination]] = {}
    voters: dict[UUID, list[Voter]] = {}
    asked = select(Nomination).where(Nomination.election_id.in_(ids)).order_by(Nomination.name, Nomination.id)
    for nomination in (await db.scalars(asked)).all():
        nominations.setdefault(nomination.election_id, []).append(nomination)
    rolls = select(Voter).where(Voter.election_id.in_(ids)).order_by(Voter.name, Voter.user_id)
    for voter in (await db.scalars(rolls)).all():
        voters.setdefault(voter.election_id, []).append(voter)
    return nominations, voters


async def _tell(tx: WriteSession, election: Election, notices: Sequence[Notice], event: str, by: Caller) -> None:
    await notify(
        tx, notices, event=event, committee=election.committee, subject=election.title,
        link=f"/elections/{election.id}", actor_name=by.name or by.username, demo=by.demo,
    )  # fmt: skip
