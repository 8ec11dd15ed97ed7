"""Saving and reading one's own answers."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.access import Respondent, assessment_to_see, campaign_to_see, respondent_of
from services.survey.answers.checks import Said, errors_in, merged, stored
from services.survey.assessments.operations import record
from services.survey.campaigns.state import end_of, last_day_for, state_of, takes_answers
from services.survey.evidence.operations import foreign_evidence
from services.survey.models.operations import instrument_of
from services.survey.schemas.answers import (
    AnswerIn,
    AnswerOut,
    AnswersIn,
    ConflictOut,
    KeptConflictOut,
    MyAnswersOut,
    MyProgress,
    SavedAnswer,
    SavedOut,
)  # fmt: skip
from services.survey.tables import (
    Answer,
    AnswerRevision,
    Assessment,
    Campaign,
    KeptAside,
    Participation,
    Receipt,
)  # fmt: skip
from services.survey.words import AssessmentKey
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.problems import Conflict, Invalid, NotFound


async def read_my_answers(db: Database, key: AssessmentKey, zone: ZoneInfo, *, by: Caller) -> MyAnswersOut:
    """The caller's own answers in the order of the model, and what waits to be settled. Raises NotFound, NotAllowed."""
    async with db.reading(snapshot=True) as reading:
        respondent = await respondent_of(reading, key, by)
        assessment = await assessment_to_see(reading, key, by)
        campaign = await campaign_to_see(reading, key.year, by)
        instrument = await instrument_of(reading, campaign.model_version)
        rows = await _answers_of(reading, key, respondent)
        aside = await _kept_aside(reading, key, respondent)
    place = {code: index for index, code in enumerate(instrument.measures)}
    in_order = sorted(rows.values(), key=lambda row: (place.get(row.measure, len(place)), row.measure))
    unanswered = [code for code in instrument.measures if code not in rows]
    return MyAnswersOut(
        year=key.year, community=key.community, stakeholder_group=respondent.stakeholder_group,
        model_version=campaign.model_version, state=assessment.state,
        open=takes_answers(campaign, assessment, datetime.now(UTC), zone),
        closes_at=end_of(last_day_for(campaign, assessment), zone),
        answers=[_answer_out(row) for row in in_order],
        conflicts=[_kept_out(row, rows.get(row.measure)) for row in aside],
        progress=MyProgress(
            answered=len(place) - len(unanswered), total=len(place),
            first_unanswered=unanswered[0] if unanswered else None,
        ),
        demo=assessment.demo,
    )  # fmt: skip


async def save_answers(
    db: Database, key: AssessmentKey, wanted: AnswersIn, zone: ZoneInfo, *, by: Caller
) -> SavedOut:  # fmt: skip
    """Save a part of the caller's answers: all that is valid and not overtaken, or nothing when something is invalid.

    Raises NotFound, NotAllowed, Invalid with pointers, Conflict when answers are not taken.
    """
    async with db.transaction(by=by, to="save answers", about=key) as tx:
        respondent = await respondent_of(tx, key, by)
        campaign = await _locked_campaign(tx, key)
        await _queue_up(tx, key, respondent, by)
        rows = await _answers_of(tx, key, respondent)
        instrument = await instrument_of(tx, campaign.model_version)
        errors = errors_in(wanted, instrument, set(rows))
        errors += await foreign_evidence(
            tx, key.community, [
                (f"/answers/{place}/evidence/{index}", one)
                for place, answer in enumerate(wanted.answers)
                for index, one in enumerate(answer.evidence or ())
            ],
        )  # fmt: skip
        if errors:
            raise Invalid(errors=errors[:100])
        before = await _told_before(tx, key, respondent, wanted)
        if before is not None:
            return before
        assessment = await _locked_assessment(tx, key)
        _must_take_answers(campaign, assessment, zone)
        sitting = Sitting(tx, key, respondent, datetime.now(UTC), by.demo or assessment.demo)
        out = await _save(sitting, wanted.answers, rows)
        changed = [saved.measure for saved in out.saved if not saved.unchanged]
        if changed:
            if assessment.state == "not_started":
                assessment.state = "in_progress"
            record(tx, assessment, "answered", by, measures=changed, stakeholder_group=respondent.stakeholder_group)
        if wanted.client_id is not None and wanted.client_seq is not None:
            tx.add(
                Receipt(
                    **sitting.whose, client_id=wanted.client_id, client_seq=wanted.client_seq,
                    body_hash=_digest(wanted), told=out.model_dump(mode="json"), demo=sitting.demo,
                )
            )  # fmt: skip
        tx.note(saved=len(changed), conflicts=len(out.conflicts))
    return out


def _whose(key: AssessmentKey, respondent: Respondent) -> dict[str, object]:
    return {"year": key.year, "community_code": key.community, "respondent_id": respondent.id}


async def _locked_campaign(tx: WriteSession, key: AssessmentKey) -> Campaign:
    """Closing the campaign waits for this save, or this save for the closing."""
    campaign: Campaign | None = await tx.scalar(
        select(Campaign).where(Campaign.year == key.year).with_for_update(read=True)
    )
    if campaign is None:
        raise NotFound("This campaign")
    return campaign


async def _locked_assessment(tx: WriteSession, key: AssessmentKey) -> Assessment:
    """Shared among respondents, so that they do not wait for each other; alone for the first of them.

    Alone is FOR NO KEY UPDATE: the foreign keys of the rows of others who begin hold a KEY SHARE on this row.
    """
    here = select(Assessment).where(Assessment.year == key.year, Assessment.community_code == key.community)
    state = await tx.scalar(here.with_only_columns(Assessment.state))
    lock = here.with_for_update(read=state != "not_started", key_share=state == "not_started")
    return (await tx.scalars(lock.execution_options(populate_existing=True))).one()


async def _queue_up(tx: WriteSession, key: AssessmentKey, respondent: Respondent, by: Caller) -> None:
    """One save of a respondent at a time: several devices, or a repeat after a cut connection, wait here."""
    values = _whose(key, respondent) | {"name": respondent.name, "demo": by.demo}
    await tx.execute(insert(Participation).values(values).on_conflict_do_nothing())
    await tx.execute(
        select(Participation.respondent_id)
        .where(
            Participation.year == key.year, Participation.community_code == key.community,
            Participation.respondent_id == respondent.id,
        )
        .with_for_update()
    )  # fmt: skip


def _must_take_answers(campaign: Campaign, assessment: Assessment, zone: ZoneInfo) -> None:
    now = datetime.now(UTC)
    if takes_answers(campaign, assessment, now, zone):
        return
    found = state_of(campaign, now, zone)
    if found != "open":
        raise Conflict(f"The campaign is {found}; it takes no answers.")
    raise Conflict(f"The assessment is {assessment.state}; it takes no more answers.")


async def _answers_of(db: AsyncSession, key: AssessmentKey, respondent: Respondent) -> dict[str, Answer]:
    rows = await db.scalars(
        select(Answer).where(
            Answer.year == key.year, Answer.community_code == key.community, Answer.respondent_id == respondent.id
        )
    )
    return {row.measure: row for row in rows}


async def _kept_aside(db: AsyncSession, key: AssessmentKey, respondent: Respondent) -> Sequence[KeptAside]:
    rows = await db.scalars(
        select(KeptAside)
        .where(
            KeptAside.year == key.year, KeptAside.community_code == key.community,
            KeptAside.respondent_id == respondent.id, KeptAside.settled_at.is_(None),
        )
        .order_by(KeptAside.received_at, KeptAside.id)
    )  # fmt: skip
    return rows.all()


async def _told_before(
    tx: WriteSession, key: AssessmentKey, respondent: Respondent, wanted: AnswersIn
) -> SavedOut | None:
    """What this numbered call was told when it came the first time. Raises Invalid when it said something else."""
    if wanted.client_id is None or wanted.client_seq is None:
        return None
    receipt = await tx.get(Receipt, (key.year, key.community, respondent.id, wanted.client_id, wanted.client_seq))
    if receipt is None:
        return None
    if receipt.body_hash != _digest(wanted):
        raise Invalid.at("/client_seq", "was used before with other answers", "client_seq")
    return SavedOut.model_validate(receipt.told)


def _digest(wanted: AnswersIn) -> str:
    return hashlib.sha256(wanted.model_dump_json(exclude_unset=True).encode()).hexdigest()


@dataclass(frozen=True)
class Sitting:
    """One respondent's save under way."""

    tx: WriteSession
    key: AssessmentKey
    respondent: Respondent
    now: datetime
    demo: bool

    @property
    def whose(self) -> dict[str, object]:
        return _whose(self.key, self.respondent)


async def _save(sitting: Sitting, wanted: Sequence[AnswerIn], rows: dict[str, Answer]) -> SavedOut:
    saved: list[SavedAnswer] = []
    conflicts: list[ConflictOut] = []
    for answer in wanted:
        row = rows.get(answer.measure)
        theirs = stored(row) if row is not None else None
        mine = merged(answer, theirs)
        revision = row.revision if row is not None else 0
        if mine == theirs:
            if (answer.base_revision or 0) == revision:
                await _settle(sitting, answer.measure)  # what is stored was chosen over what was kept aside
            saved.append(SavedAnswer(measure=answer.measure, revision=revision, unchanged=True))
        elif (answer.base_revision or 0) != revision:
            await _keep_aside(sitting, answer, mine)
            conflicts.append(
                ConflictOut(
                    measure=answer.measure, mine=mine.out(), theirs=theirs.out() if theirs else None, revision=revision
                )
            )
        else:
            _store(sitting, row, answer.measure, mine)
            await _settle(sitting, answer.measure)
            saved.append(SavedAnswer(measure=answer.measure, revision=revision + 1, unchanged=False))
    await sitting.tx.flush()
    return SavedOut(saved=saved, conflicts=conflicts)


def _store(sitting: Sitting, row: Answer | None, measure: str, said: Said) -> None:
    values = said.columns() | {"stakeholder_group": sitting.respondent.stakeholder_group}
    if row is None:
        row = Answer(**sitting.whose, measure=measure, revision=0, demo=sitting.demo)
        sitting.tx.add(row)
    for name, value in values.items():
        setattr(row, name, value)
    row.revision += 1
    row.updated_at = sitting.now
    sitting.tx.add(
        AnswerRevision(
            **sitting.whose, **values, measure=measure, revision=row.revision, saved_at=sitting.now, demo=sitting.demo
        )
    )


async def _keep_aside(sitting: Sitting, answer: AnswerIn, mine: Said) -> None:
    """Keep what came too late, once however often it comes."""
    for row in await _kept_aside(sitting.tx, sitting.key, sitting.respondent):
        if row.measure == answer.measure and stored(row) == mine:
            return
    sitting.tx.add(
        KeptAside(
            **sitting.whose, **mine.columns(), measure=answer.measure,
            stakeholder_group=sitting.respondent.stakeholder_group, base_revision=answer.base_revision or 0,
            received_at=sitting.now, settled_at=None, demo=sitting.demo,
        )
    )  # fmt: skip
    await sitting.tx.flush()


async def _settle(sitting: Sitting, measure: str) -> None:
    """Somebody who saves on top of the present revision has seen it: what was kept aside is decided."""
    await sitting.tx.execute(
        update(KeptAside)
        .where(
            KeptAside.year == sitting.key.year, KeptAside.community_code == sitting.key.community,
            KeptAside.respondent_id == sitting.respondent.id, KeptAside.measure == measure,
            KeptAside.settled_at.is_(None),
        )
        .values(settled_at=sitting.now)
    )  # fmt: skip


def _answer_out(row: Answer) -> AnswerOut:
    return AnswerOut.model_validate(
        stored(row).columns() | {"measure": row.measure, "revision": row.revision, "updated_at": row.updated_at}
    )


def _kept_out(row: KeptAside, present: Answer | None) -> KeptConflictOut:
    return KeptConflictOut(
        id=row.id, received_at=row.received_at, measure=row.measure, mine=stored(row).out(),
        theirs=stored(present).out() if present else None, revision=present.revision if present else 0,
    )  # fmt: skip
