"""What stands beside an agreement: what it rested on, and the notes of groups that disagree."""

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.access import AssessmentToChange, assessment_to_see, belongs_to, campaign_to_see, reviews
from services.survey.assessments.operations import record
from services.survey.models.operations import instrument_of
from services.survey.review.phases import must_be_in_the_communitys_hands
from services.survey.schemas.answers import AgreedIn
from services.survey.schemas.reviewing import (
    AgreedMeasure,
    AgreedMeasures,
    MinorityNoteOut,
    NotedOut,
)  # fmt: skip
from services.survey.schemas.workshops import PresentOut, RestedOn, VotesOut
from services.survey.tables import Agreement, Assessment, MinorityNote, Workshop, WorkshopRecord
from services.survey.words import STAKEHOLDER_GROUPS, AssessmentKey
from services.survey.workshops.tally import votes_on
from services.survey.workshops.telling import tell_room
from shared.answers import JSON
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.problems import Conflict, Invalid, NotAllowed, NotFound
from shared.tags import Expected, tag


async def minority_notes_in(db: AsyncSession, key: AssessmentKey) -> dict[str, list[MinorityNoteOut]]:
    """Every minority note of an assessment by measure, the groups in their order."""
    rows = await db.scalars(
        select(MinorityNote).where(MinorityNote.year == key.year, MinorityNote.community_code == key.community)
    )
    found: dict[str, list[MinorityNoteOut]] = {}
    for row in sorted(rows, key=lambda row: STAKEHOLDER_GROUPS.index(row.stakeholder_group)):
        found.setdefault(row.measure, []).append(note_out(row))
    return found


def note_out(row: MinorityNote) -> MinorityNoteOut:
    return MinorityNoteOut(
        stakeholder_group=row.stakeholder_group, note=row.note, about_level=row.about_level,
        about_flag=row.about_flag, noted_at=row.noted_at, noted_by_name=row.noted_by_name,
    )  # fmt: skip


async def records_in(db: AsyncSession, key: AssessmentKey) -> dict[str, WorkshopRecord]:
    """The newest record of each measure."""
    rows = await db.scalars(
        select(WorkshopRecord)
        .where(WorkshopRecord.year == key.year, WorkshopRecord.community_code == key.community)
        .order_by(WorkshopRecord.recorded_at, WorkshopRecord.id)
    )
    return {row.measure: row for row in rows}


def rested_on(record_: WorkshopRecord | None, agreement: Agreement | None) -> RestedOn | None:
    """What the present agreement rests on: a record of another level belongs to an earlier one."""
    if record_ is None or agreement is None or (record_.level, record_.flag) != (agreement.level, agreement.flag):
        return None
    return RestedOn(
        workshop=record_.workshop_id,
        votes=VotesOut.model_validate(record_.votes) if record_.votes is not None else None,
        attendance=[PresentOut.model_validate(one) for one in record_.attendance],
        recorded_at=record_.recorded_at, recorded_by_name=record_.recorded_by_name,
    )  # fmt: skip


async def read_agreements(db: Database, key: AssessmentKey, *, by: Caller) -> AgreedMeasures:
    """What was agreed, with the minority notes, for the community's people. Raises NotFound."""
    async with db.reading(snapshot=True) as reading:
        await assessment_to_see(reading, key, by)
        if not belongs_to(by, key.community):
            raise NotFound("This assessment")
        campaign = await campaign_to_see(reading, key.year, by)
        instrument = await instrument_of(reading, campaign.model_version)
        rows = await reading.scalars(
            select(Agreement).where(Agreement.year == key.year, Agreement.community_code == key.community)
        )
        agreements = {row.measure: row for row in rows}
        notes, records = await minority_notes_in(reading, key), await records_in(reading, key)
    items = []
    for code in instrument.measures:
        row = agreements.get(code)
        if row is None or (row.level is None and row.flag is None):
            continue
        rests = rested_on(records.get(code), row)
        items.append(
            AgreedMeasure(
                measure=code, level=row.level, flag=row.flag, note=row.note, agreed_at=row.agreed_at,
                votes=rests.votes.total if rests is not None and rests.votes is not None else None,
                present=len(rests.attendance) if rests is not None else None, minority_notes=notes.get(code, []),
            )
        )  # fmt: skip
    return AgreedMeasures(items=items, next=None)


async def keep_beside(
    tx: WriteSession, assessment: AssessmentToChange, measure: str, wanted: AgreedIn, top: int, *, by: Caller
) -> bool:
    """Store who was there, the workshop's votes and the minority notes of an agreement; whether anything is new.

    Votes on the measure close with it. Raises Invalid for a workshop that is not this assessment's.
    """
    changed = await _keep_record(tx, assessment, measure, wanted, top, by=by)
    for index, note in enumerate(wanted.minority_notes or []):
        if note.stakeholder_group in {other.stakeholder_group for other in (wanted.minority_notes or [])[:index]}:
            raise Invalid.at(f"/minority_notes/{index}/stakeholder_group", "occurs twice", "doubled")
        if wanted.level is None and wanted.flag is None:
            raise Invalid.at("/minority_notes", "need a level or not_applicable to disagree with")
        was = (wanted.level, wanted.flag)
        changed |= await _keep_note(tx, assessment, measure, note.stakeholder_group, note.note, was, by=by)
    return changed


async def _keep_record(
    tx: WriteSession, assessment: AssessmentToChange, measure: str, wanted: AgreedIn, top: int, *, by: Caller
) -> bool:
    if wanted.workshop is None and wanted.attendance is None:
        return False
    if wanted.level is None and wanted.flag is None:
        raise Invalid.at("/level", "is needed where a workshop or an attendance is recorded", "missing")
    votes = None
    if wanted.workshop is not None:
        workshop = await _workshop_of(tx, assessment, wanted.workshop)
        votes = await votes_on(tx, workshop.id, measure, top)
        if workshop.measure == measure and workshop.taking_votes:
            workshop.taking_votes = False
            workshop.version += 1
        await tell_room(tx, workshop)
    attendance = [person.model_dump() for person in wanted.attendance or []]
    before = await tx.scalar(
        select(WorkshopRecord)
        .where(
            WorkshopRecord.year == assessment.year, WorkshopRecord.community_code == assessment.community_code,
            WorkshopRecord.measure == measure,
        )
        .order_by(WorkshopRecord.recorded_at.desc(), WorkshopRecord.id.desc())
        .limit(1)
    )  # fmt: skip
    kept = votes.model_dump(mode="json") if votes is not None else None
    new = (wanted.workshop, wanted.level, wanted.flag, kept, attendance)
    if before is not None and new == (before.workshop_id, before.level, before.flag, before.votes, before.attendance):
        return False
    tx.add(
        WorkshopRecord(
            workshop_id=wanted.workshop, year=assessment.year, community_code=assessment.community_code,
            measure=measure, level=wanted.level, flag=wanted.flag, votes=kept, attendance=attendance,
            recorded_at=datetime.now(UTC), recorded_by=by.id, recorded_by_name=by.name or by.username or by.kind,
            demo=by.demo or assessment.demo,
        )
    )  # fmt: skip
    return True


async def _workshop_of(tx: WriteSession, assessment: AssessmentToChange, workshop_id: UUID) -> Workshop:
    """The row, locked: votes that are on their way are in or wait for the end of the agreement."""
    found: Workshop | None = await tx.scalar(
        select(Workshop)
        .where(
            Workshop.id == workshop_id, Workshop.year == assessment.year,
            Workshop.community_code == assessment.community_code,
        )
        .with_for_update(key_share=True)
    )  # fmt: skip
    if found is None:
        raise Invalid.at("/workshop", "is no workshop of this assessment", "unknown")
    return found


async def _keep_note(
    tx: WriteSession, assessment: Assessment, measure: str, group: str, text: str,
    about: tuple[int | None, str | None], *, by: Caller,
) -> bool:  # fmt: skip
    key = (assessment.year, assessment.community_code, measure, group)
    row = await tx.get(MinorityNote, key)
    if row is not None and (row.note, row.about_level, row.about_flag) == (text, *about):
        return False
    if row is None:
        row = MinorityNote(
            year=assessment.year, community_code=assessment.community_code, measure=measure,
            stakeholder_group=group, demo=by.demo or assessment.demo,
        )  # fmt: skip
        tx.add(row)
    row.note, row.about_level, row.about_flag = text, *about
    row.noted_by, row.noted_by_name = by.id, by.name or by.username or by.kind
    row.noted_at = datetime.now(UTC)
    record(tx, assessment, "minority_noted", by, measure=measure, stakeholder_group=group)
    return True


async def note_disagreement(
    db: Database, key: AssessmentKey, measure: str, group: str, text: str | None, expected: Expected,
    zone: ZoneInfo, language: str, *, by: Caller,
) -> NotedOut:  # fmt: skip
    """Record why a group disagrees with what was agreed, or take the note back with `text` null.

    For the respondents of that group, the coordinator and the secretariat. Raises NotFound, NotAllowed, StaleVersion,
    and Conflict where nothing is agreed.
    """
    async with db.transaction(by=by, to="note a disagreement", about=key) as tx:
        assessment = await _assessment_to_note_in(tx, key, group, by)
        campaign = await campaign_to_see(tx, key.year, by)
        instrument = await instrument_of(tx, campaign.model_version)
        if measure not in instrument.measures:
            raise NotFound(f"The measure {measure[:40]}")
        if group not in STAKEHOLDER_GROUPS:
            raise NotFound("This stakeholder group")
        expected.must_match(assessment.version)
        must_be_in_the_communitys_hands(assessment, campaign, zone)
        agreement = await tx.get(Agreement, (key.year, key.community, measure))
        if text is None:
            changed = await _take_note_back(tx, assessment, measure, group, by=by)
        else:
            if agreement is None or (agreement.level is None and agreement.flag is None):
                raise Conflict("Nothing is agreed on this measure yet: there is nothing to disagree with.")
            about = (agreement.level, agreement.flag)
            changed = await _keep_note(tx, assessment, measure, group, text, about, by=by)
        if changed:
            assessment.version += 1
        await tx.flush()
        row = await tx.get(MinorityNote, (key.year, key.community, measure, group))
        out = NotedOut(measure=measure, note=note_out(row) if row is not None else None, etag="")
        etag = tag(assessment.version, out.model_dump_json().encode(), language, JSON)
    return out.model_copy(update={"etag": etag})


async def _take_note_back(tx: WriteSession, assessment: Assessment, measure: str, group: str, *, by: Caller) -> bool:
    row = await tx.get(MinorityNote, (assessment.year, assessment.community_code, measure, group))
    if row is None:
        return False
    await tx.delete(row)
    record(tx, assessment, "minority_withdrawn", by, measure=measure, stakeholder_group=group)
    return True


async def _assessment_to_note_in(tx: WriteSession, key: AssessmentKey, group: str, caller: Caller) -> Assessment:
    """The row, locked, for whoever may speak for the group."""
    await assessment_to_see(tx, key, caller)
    own = any(
        grant.role == "respondent" and grant.scope == f"community:{key.community}"
        and (grant.stakeholder_group or "other") == group
        for grant in caller.grants
    )  # fmt: skip
    if not own and not reviews(caller, key.community):
        raise NotAllowed("A group's note is written by its own respondents, the coordinator or the secretariat.")
    here = select(Assessment).where(Assessment.year == key.year, Assessment.community_code == key.community)
    return (
        await tx.scalars(here.with_for_update(key_share=True).execution_options(populate_existing=True))
    ).one()  # fmt: skip
