"""What people do with the data of a community and period: submit, approve, return; one transaction each."""

from datetime import UTC, datetime

from sqlalchemy import and_, update

from gateway.client import IdentityClient
from services.indicators import access, facts
from services.indicators.periods import Period
from services.indicators.roll_ups import keep_roll_ups
from services.indicators.schemas import ChangeOut, SubmissionOut
from services.indicators.submissions import locking, queries
from services.indicators.tables import Observation, Revision, Submission, SubmissionChange
from shared import idempotency
from shared.callers import NETWORK, Caller
from shared.database import Database, ReadSession, WriteSession
from shared.peers import Peers
from shared.problems import Conflict, NotAllowed


async def read_submission(
    db: Database, peers: Peers, community: str, period: Period, *, by: Caller
) -> tuple[SubmissionOut, int]:
    """How far it has come, and its version. Raises NotFound, NotAllowed."""
    await facts.community_of_path(db, peers, community)
    access.must_be_of(by, community)
    async with db.reading(snapshot=True) as reading:
        row = await queries.submission(reading, community, str(period))
        if row is None:
            row = Submission(community_code=community, period=str(period), state="draft", version=0, demo=False)
        return await submission_out(reading, row, period), row.version


async def submit(db: Database, peers: Peers, community: str, period: Period, *, by: Caller) -> SubmissionOut:
    """Say that the data is complete. Raises Conflict when it is not a draft, or nothing of it is new."""
    await facts.community_of_path(db, peers, community)
    access.must_feed(by, community)
    async with db.transaction(by=by, to="submit observations", about=f"{community} {period}") as tx:
        row = await _locked(tx, community, period, by)
        if row.state != "draft":
            raise Conflict(f"The data is {row.state} already.")
        there, pending = await queries.counts(tx, community, str(period))
        if not there:
            raise Conflict("There is no observation of this period to submit.")
        if not pending:
            raise Conflict("Nothing has changed since the last approval.")
        row.state, row.reason = "submitted", None
        row.submitted_by, row.submitted_by_name = locking.actor(by), locking.name_of(by)
        row.submitted_at = locking.write_down(tx, row, "submit", by)
        return await _changed(tx, row, period)


async def approve(db: Database, peers: Peers, community: str, period: Period, *, by: Caller) -> SubmissionOut:
    """Make the newest revisions the ones that count. Never by the person who submitted, unless nobody else could.

    Raises NotAllowed, and Conflict when it is not submitted.
    """
    await facts.community_of_path(db, peers, community)
    access.must_decide(by, community)
    others = await who_else_decides(peers, community, by)
    async with db.transaction(by=by, to="approve observations", about=f"{community} {period}") as tx:
        row = await _locked(tx, community, period, by)
        _must_be_submitted(row)
        if row.submitted_by == locking.actor(by) and others:
            raise NotAllowed("Whoever submitted the data does not approve it: somebody else has to look at it.")
        now = locking.write_down(tx, row, "approve", by)
        row.state, row.approved_by_name, row.approved_at = "approved", locking.name_of(by), now
        indicators = await _approve_newest(tx, community, str(period), now, by)
        await keep_roll_ups(tx, community, indicators, period)
        tx.note(observations=len(indicators))
        return await _changed(tx, row, period)


async def return_data(
    db: Database, peers: Peers, community: str, period: Period, reason: str, *, by: Caller
) -> SubmissionOut:
    """Give it back to be corrected. Raises Conflict when it is not submitted."""
    await facts.community_of_path(db, peers, community)
    access.must_decide(by, community)
    async with db.transaction(by=by, to="return observations", about=f"{community} {period}") as tx:
        row = await _locked(tx, community, period, by)
        _must_be_submitted(row)
        row.state, row.reason = "draft", reason
        locking.write_down(tx, row, "return", by, reason=reason)
        return await _changed(tx, row, period)


async def who_else_decides(peers: Peers, community: str, by: Caller) -> frozenset[str]:
    """The people besides the caller who could approve: the community's coordinators and the secretariat."""
    identity = IdentityClient(peers)
    holders = [*await identity.holders(f"community:{community}"), *await identity.holders(NETWORK)]
    deciders = {f"user:{holder.user_id}" for holder in holders if holder.role in ("coordinator", "secretariat")}
    return frozenset(deciders - {locking.actor(by)})


async def _locked(tx: WriteSession, community: str, period: Period, by: Caller) -> Submission:
    place = (community, str(period))
    return (await locking.lock(tx, [place], demo=by.demo))[place]


def _must_be_submitted(row: Submission) -> None:
    if row.state != "submitted":
        raise Conflict(f"The data is {'a draft' if row.state == 'draft' else row.state}, not submitted.")


async def _approve_newest(tx: WriteSession, community: str, period: str, now: datetime, by: Caller) -> list[str]:
    """Mark the newest revisions approved and have the observations carry their values; the indicators concerned."""
    newest = and_(
        Observation.community_code == community,
        Observation.period == period,
        Revision.community_code == Observation.community_code,
        Revision.indicator_code == Observation.indicator_code,
        Revision.period == Observation.period,
        Revision.revision == Observation.latest_revision,
    )
    await tx.execute(
        update(Revision)
        .where(newest, Revision.approved_at.is_(None))
        .values(approved_at=now, approved_by_name=locking.name_of(by))
        .execution_options(synchronize_session=False)
    )
    rows = await tx.execute(
        update(Observation)
        .where(newest, Observation.approved_revision.is_distinct_from(Observation.latest_revision))
        .values(
            value=Revision.value, numerator=Revision.numerator, denominator=Revision.denominator, n=Revision.n,
            approved_revision=Revision.revision,
        )
        .returning(Observation.indicator_code)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    return sorted(rows.scalars())


async def _changed(tx: WriteSession, row: Submission, period: Period) -> SubmissionOut:
    row.version += 1
    await tx.flush()
    out = await submission_out(tx, row, period)
    idempotency.will_answer(out, status=200)
    return out


async def submission_out(db: ReadSession | WriteSession, row: Submission, period: Period) -> SubmissionOut:
    there, pending = await queries.counts(db, row.community_code, row.period)
    steps = await queries.history(db, row.community_code, row.period)
    return SubmissionOut(
        community=row.community_code, period=row.period, frequency=period.frequency,
        state=row.state,
        observations=there, pending=pending, submitted_at=row.submitted_at, submitted_by=row.submitted_by_name,
        approved_at=row.approved_at, approved_by=row.approved_by_name, reason=row.reason,
        history=[change_out(step) for step in steps], demo=row.demo,
    )  # fmt: skip


def change_out(row: SubmissionChange) -> ChangeOut:
    return ChangeOut(
        id=row.id, action=row.action, reason=row.reason, at=row.at.astimezone(UTC), by=row.by_name,
    )  # fmt: skip
