"""Handing one respondent's answers over to a successor, when somebody leaves."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from gateway.client import IdentityClient
from services.survey.access import assessment_to_change, assessment_to_see, reviews
from services.survey.answers.checks import stored
from services.survey.assessments.operations import record
from services.survey.schemas.answers import HandoverIn, HandoverOut
from services.survey.tables import Answer, AnswerRevision, Assessment, KeptAside, Participation, Receipt
from services.survey.words import IN_THE_COMMUNITYS_HANDS, WITHOUT_GROUP, AssessmentKey
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.peers import Peers
from shared.problems import Conflict, Invalid, NotAllowed, NotFound


async def hand_over(db: Database, peers: Peers, key: AssessmentKey, wanted: HandoverIn, *, by: Caller) -> HandoverOut:
    """Make everything that a respondent said the successor's, who answers for the stakeholder group of their own grant.

    What both answered stays the successor's, with the other answer kept aside beside it: nothing is lost, and everybody
    counts once. Raises NotFound, NotAllowed, Invalid, Conflict.
    """
    async with db.reading() as reading:
        await assessment_to_see(reading, key, by)
        if not reviews(by, key.community):
            raise NotAllowed("Only its coordinator and the secretariat hand answers over.")
    leaving, successor = str(wanted.from_respondent), str(wanted.to_respondent)
    if leaving == successor:
        raise Invalid.at("/to_respondent", "must be somebody else")
    name, group = await _who(peers, key, wanted.to_respondent)
    async with db.transaction(by=by, to="hand answers over", about=key) as tx:
        assessment = await assessment_to_change(tx, key, by)
        if assessment.state not in IN_THE_COMMUNITYS_HANDS:
            raise Conflict(f"The assessment is {assessment.state}; answers move only while they can change.")
        await _lock_both(tx, key, leaving, successor, name)
        theirs = await _answers_of(tx, key, leaving)
        if not theirs:
            raise NotFound("An answer of this respondent")
        own = await _answers_of(tx, key, successor)
        out = HandoverOut(moved=sorted(theirs.keys() - own.keys()), kept_aside=sorted(theirs.keys() & own.keys()))
        for measure in out.kept_aside:
            _keep_beside(tx, assessment, theirs[measure], own[measure], group)
        await _move(tx, key, leaving, successor, out.moved, group)
        await _end(tx, key, leaving, successor)
        assessment.version += 1
        record(tx, assessment, "handed_over", by, moved=len(out.moved), kept_aside=len(out.kept_aside), to=name)
        idempotency.will_answer(out, status=200)
    return out


async def _who(peers: Peers, key: AssessmentKey, successor: UUID) -> tuple[str, str]:
    """Name and stakeholder group of the successor. Raises Invalid for somebody who is no respondent there."""
    for holder in await IdentityClient(peers).holders(f"community:{key.community}"):
        if holder.user_id == successor and holder.role == "respondent":
            return holder.name, holder.stakeholder_group or WITHOUT_GROUP
    raise Invalid.at("/to_respondent", "must be a respondent of this community: invite them first", "unknown")


async def _lock_both(tx: WriteSession, key: AssessmentKey, leaving: str, successor: str, name: str) -> None:
    """Saves of both wait until it is done; always in the same order."""
    whose = {"year": key.year, "community_code": key.community, "respondent_id": successor}
    await tx.execute(insert(Participation).values(whose | {"name": name}).on_conflict_do_nothing())
    await tx.execute(
        select(Participation.respondent_id)
        .where(
            Participation.year == key.year, Participation.community_code == key.community,
            Participation.respondent_id.in_([leaving, successor]),
        )
        .order_by(Participation.respondent_id)
        .with_for_update()
    )  # fmt: skip


async def _answers_of(tx: WriteSession, key: AssessmentKey, respondent: str) -> dict[str, Answer]:
    rows = await tx.scalars(
        select(Answer).where(
            Answer.year == key.year, Answer.community_code == key.community, Answer.respondent_id == respondent
        )
    )
    return {row.measure: row for row in rows}


def _keep_beside(tx: WriteSession, assessment: Assessment, theirs: Answer, own: Answer, group: str) -> None:
    if stored(theirs) == stored(own):
        return
    tx.add(
        KeptAside(
            year=own.year, community_code=own.community_code, respondent_id=own.respondent_id, measure=own.measure,
            **stored(theirs).columns(), stakeholder_group=group, base_revision=0, received_at=datetime.now(UTC),
            settled_at=None, demo=assessment.demo or theirs.demo,
        )
    )  # fmt: skip


async def _move(
    tx: WriteSession, key: AssessmentKey, leaving: str, successor: str, measures: list[str], group: str
) -> None:
    """The answers with every value that they ever had, numbered after those of an earlier handover."""
    earlier = await tx.execute(
        select(AnswerRevision.measure, func.max(AnswerRevision.revision))
        .where(
            AnswerRevision.year == key.year, AnswerRevision.community_code == key.community,
            AnswerRevision.respondent_id == successor, AnswerRevision.measure.in_(measures),
        )
        .group_by(AnswerRevision.measure)
    )  # fmt: skip
    after = dict.fromkeys(measures, 0)
    for measure, last in earlier:
        after[measure] = last
    for table in (AnswerRevision, Answer):
        for measure, last in after.items():
            values = {"respondent_id": successor, "revision": table.revision + last}
            values |= {"stakeholder_group": group} if table is Answer else {}
            await tx.execute(
                update(table)
                .filter_by(year=key.year, community_code=key.community, respondent_id=leaving, measure=measure)
                .values(values)
                .execution_options(synchronize_session=False)
            )


async def _end(tx: WriteSession, key: AssessmentKey, leaving: str, successor: str) -> None:
    """Nothing of the leaving person counts any more; what waited for their decision waits for the successor's. Values
    that were not moved stay on record under their name."""
    here = {"year": key.year, "community_code": key.community}
    await tx.execute(
        update(KeptAside)
        .filter_by(**here, respondent_id=leaving)
        .values(respondent_id=successor)
        .execution_options(synchronize_session=False)
    )
    for table in (Answer, Receipt):
        await tx.execute(
            delete(table)
            .where(table.year == key.year, table.community_code == key.community, table.respondent_id == leaving)
            .execution_options(synchronize_session=False)
        )
