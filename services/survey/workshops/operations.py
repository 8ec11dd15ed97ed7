"""What a coordinator does with a workshop; one transaction each."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.access import assessment_to_change, assessment_to_review, campaign_to_see
from services.survey.assessments.operations import record
from services.survey.models.operations import instrument_of
from services.survey.review.phases import must_be_in_the_communitys_hands
from services.survey.schemas.workshops import (
    LiveOut,
    ParticipantOut,
    WorkshopIn,
    WorkshopOut,
    WorkshopPatch,
    WorkshopsOut,
    WorkshopState,
)
from services.survey.tables import Assessment, Participant, Workshop
from services.survey.words import AssessmentKey
from services.survey.workshops.access import workshop_to_run, workshop_to_see
from services.survey.workshops.codes import new_code
from services.survey.workshops.tally import votes_on
from services.survey.workshops.telling import tell_room, tell_whoever_runs_it
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.problems import Conflict, Invalid, NotFound
from shared.tags import Expected

TRIES = 20


async def open_workshop(
    db: Database, key: AssessmentKey, wanted: WorkshopIn, zone: ZoneInfo, origin: str, *, by: Caller
) -> tuple[WorkshopOut, int]:
    """Open a workshop with a new code. Raises NotFound, NotAllowed, and Conflict while another one is open or nothing
    can be agreed."""
    async with db.transaction(by=by, to="open a workshop", about=key) as tx:
        assessment = await assessment_to_change(tx, key, by)
        campaign = await campaign_to_see(tx, key.year, by)
        must_be_in_the_communitys_hands(assessment, campaign, zone)
        now = datetime.now(UTC)
        under_way = await tx.scalar(
            select(Workshop)
            .where(Workshop.year == key.year, Workshop.community_code == key.community, Workshop.ended_at.is_(None))
            .with_for_update(key_share=True)
        )
        if under_way is not None:
            if under_way.expires_at > now:
                raise Conflict("A workshop of this assessment is open already; end it first, or go on with it.")
            _end(under_way, under_way.expires_at)
            await tx.flush()
        workshop = await _add(tx, assessment, wanted, now, by=by)
        record(tx, assessment, "workshop_opened", by, workshop=str(workshop.id))
        out = workshop_out(workshop, [], origin, now)
        where = {"Location": f"{base_of(key)}/{workshop.id}"}
        idempotency.will_answer(out, headers=where, version=workshop.version)
    return out, workshop.version


def base_of(key: AssessmentKey) -> str:
    return f"/api/v1/survey/campaigns/{key.year}/assessments/{key.community}/workshops"


async def _add(tx: WriteSession, assessment: Assessment, wanted: WorkshopIn, now: datetime, *, by: Caller) -> Workshop:
    """With a code that no workshop has; of the few that are open at a time nearly every first try is free."""
    for _ in range(TRIES):
        inserted: Workshop | None = await tx.scalar(
            insert(Workshop)
            .values(
                year=assessment.year, community_code=assessment.community_code, code=new_code(), opened_by=by.id,
                opened_by_name=by.name or by.username or by.kind, opened_at=now,
                expires_at=now + timedelta(hours=wanted.hours), ended_at=None, measure=None, taking_votes=False,
                version=1, demo=by.demo or assessment.demo,
            )
            .on_conflict_do_nothing(index_elements=[Workshop.code])
            .returning(Workshop)
        )  # fmt: skip
        if inserted is not None:
            return inserted
    raise Conflict("No code is free; try again.")


async def list_workshops(db: Database, key: AssessmentKey, origin: str, *, by: Caller) -> WorkshopsOut:
    """The assessment's workshops, the newest first. Raises NotFound, NotAllowed."""
    async with db.reading(snapshot=True) as reading:
        await assessment_to_review(reading, key, by)
        rows = (
            await reading.scalars(
                select(Workshop)
                .where(Workshop.year == key.year, Workshop.community_code == key.community)
                .order_by(Workshop.opened_at.desc(), Workshop.id.desc())
            )
        ).all()
        now = datetime.now(UTC)
        items = [workshop_out(row, await participants_in(reading, row.id), origin, now) for row in rows]
    return WorkshopsOut(items=items, next=None)


async def read_workshop(
    db: Database, key: AssessmentKey, workshop_id: UUID, origin: str, *, by: Caller
) -> tuple[WorkshopOut, int]:
    async with db.reading(snapshot=True) as reading:
        row = await workshop_to_see(reading, key, workshop_id, by)
        people = await participants_in(reading, row.id)
    return workshop_out(row, people, origin, datetime.now(UTC)), row.version


async def direct_workshop(
    db: Database, key: AssessmentKey, workshop_id: UUID, wanted: WorkshopPatch, expected: Expected, origin: str,
    *, by: Caller,
) -> tuple[WorkshopOut, int]:  # fmt: skip
    """Turn the room to a measure, open or close its votes. Of two who press "next" at once one is told to read again.

    Raises NotFound, NotAllowed, StaleVersion, Invalid, and Conflict when it has ended.
    """
    changes = wanted.changes
    async with db.transaction(by=by, to="direct a workshop", about=key) as tx:
        workshop = await workshop_to_run(tx, key, workshop_id, by)
        expected.must_match(workshop.version)
        if state_of_workshop(workshop, datetime.now(UTC)) != "open":
            raise Conflict("The workshop is over.")
        measure = wanted.measure if "measure" in changes else workshop.measure
        taking: bool = bool(wanted.taking_votes)
        if "taking_votes" not in changes:
            taking = measure is not None if measure != workshop.measure else workshop.taking_votes
        elif wanted.taking_votes is None:
            raise Invalid.at("/taking_votes", "cannot be cleared", "required")
        if measure is not None and measure != workshop.measure:
            campaign = await campaign_to_see(tx, key.year, by)
            instrument = await instrument_of(tx, campaign.model_version)
            if measure not in instrument.measures:
                raise Invalid.at("/measure", "is no measure of this model", "unknown")
        if taking and measure is None:
            raise Invalid.at("/taking_votes", "needs a measure")
        if (measure, taking) != (workshop.measure, workshop.taking_votes):
            workshop.measure, workshop.taking_votes = measure, taking
            workshop.version += 1
            await tell_room(tx, workshop)
        people = await participants_in(tx, workshop.id)
        await tx.flush()
    return workshop_out(workshop, people, origin, datetime.now(UTC)), workshop.version


async def renew_code(
    db: Database, key: AssessmentKey, workshop_id: UUID, wanted: WorkshopIn, origin: str, *, by: Caller
) -> tuple[WorkshopOut, int]:
    """Give the workshop another code: the old one joins nobody any more, whoever is in stays in.

    Raises NotFound, NotAllowed, and Conflict when it has ended.
    """
    async with db.transaction(by=by, to="renew a workshop's code", about=key) as tx:
        workshop = await workshop_to_run(tx, key, workshop_id, by)
        if workshop.ended_at is not None:
            raise Conflict("The workshop has ended.")
        now = datetime.now(UTC)
        for _ in range(TRIES):
            code = new_code()
            taken = await tx.scalar(select(Workshop.id).where(Workshop.code == code))
            if taken is None:
                break
        workshop.code, workshop.expires_at = code, now + timedelta(hours=wanted.hours)
        workshop.version += 1
        await tell_room(tx, workshop)
        people = await participants_in(tx, workshop.id)
        await tx.flush()
        out = workshop_out(workshop, people, origin, now)
        idempotency.will_answer(out, status=200, version=workshop.version)
    return out, workshop.version


async def end_workshop(
    db: Database, key: AssessmentKey, workshop_id: UUID, origin: str, *, by: Caller
) -> tuple[WorkshopOut, int]:
    """Take no more votes; the code joins nobody any more. Again it changes nothing. Raises NotFound, NotAllowed."""
    async with db.transaction(by=by, to="end a workshop", about=key) as tx:
        assessment = await assessment_to_change(tx, key, by)
        workshop = await workshop_to_run(tx, key, workshop_id, by)
        now = datetime.now(UTC)
        if workshop.ended_at is None:
            _end(workshop, now)
            await tell_room(tx, workshop)
            record(tx, assessment, "workshop_ended", by, workshop=str(workshop.id))
        people = await participants_in(tx, workshop.id)
        await tx.flush()
        out = workshop_out(workshop, people, origin, now)
        idempotency.will_answer(out, status=200, version=workshop.version)
    return out, workshop.version


def _end(workshop: Workshop, at: datetime) -> None:
    workshop.ended_at, workshop.code, workshop.taking_votes = at, None, False
    workshop.version += 1


async def remove_participant(
    db: Database, key: AssessmentKey, workshop_id: UUID, participant_id: UUID, *, by: Caller
) -> None:
    """Send somebody out of the room, with their votes; what was recorded stays. Raises NotFound, NotAllowed."""
    async with db.transaction(by=by, to="remove a participant", about=key) as tx:
        workshop = await workshop_to_run(tx, key, workshop_id, by)
        gone = await tx.scalar(
            delete(Participant)
            .where(Participant.id == participant_id, Participant.workshop_id == workshop.id)
            .returning(Participant.id)
        )
        if gone is None:
            raise NotFound("This participant")
        await tell_whoever_runs_it(tx, workshop)


async def read_live(db: Database, key: AssessmentKey, workshop_id: UUID, measure: str | None, *, by: Caller) -> LiveOut:
    """The room as it is now; votes on the measure asked for, or on the one it looks at. Raises NotFound, NotAllowed."""
    async with db.reading(snapshot=True) as reading:
        row = await workshop_to_see(reading, key, workshop_id, by)
        campaign = await campaign_to_see(reading, key.year, by)
        instrument = await instrument_of(reading, campaign.model_version)
        asked = measure if measure is not None else row.measure
        if asked is not None and asked not in instrument.measures:
            raise Invalid.at("/measure", "is no measure of this model", "unknown")
        people = len(await participants_in(reading, row.id))
        votes = await votes_on(reading, row.id, asked, instrument.top) if asked is not None else None
    return LiveOut(
        workshop=row.id, version=row.version, state=state_of_workshop(row, datetime.now(UTC)), measure=asked,
        taking_votes=row.taking_votes and asked == row.measure, participants=people, votes=votes,
    )  # fmt: skip


async def participants_in(db: AsyncSession, workshop_id: UUID) -> Sequence[Participant]:
    """In the order in which they came."""
    rows = await db.scalars(
        select(Participant).where(Participant.workshop_id == workshop_id).order_by(Participant.id)
    )  # fmt: skip
    return rows.all()


def state_of_workshop(row: Workshop, now: datetime) -> WorkshopState:
    if row.ended_at is not None:
        return "ended"
    return "open" if row.expires_at > now else "expired"


def workshop_out(row: Workshop, people: Sequence[Participant], origin: str, now: datetime) -> WorkshopOut:
    state = state_of_workshop(row, now)
    code = row.code if state == "open" else None
    return WorkshopOut(
        id=row.id, year=row.year, community=row.community_code, state=state, code=code,
        join_url=f"{origin}/w/{code}" if code is not None else None, opened_at=row.opened_at,
        opened_by_name=row.opened_by_name, expires_at=row.expires_at, ended_at=row.ended_at, measure=row.measure,
        taking_votes=row.taking_votes and state == "open",
        participants=[
            ParticipantOut(id=one.id, name=one.name, stakeholder_group=one.stakeholder_group, joined_at=one.joined_at)
            for one in people
        ],
        version=row.version, demo=row.demo,
    )  # fmt: skip
