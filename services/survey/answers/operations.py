"""Reading one's own answers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.access import Respondent, assessment_to_see, campaign_to_see, respondent_of
from services.survey.answers.checks import stored
from services.survey.campaigns.state import end_of, last_day_for, takes_answers
from services.survey.models.operations import instrument_of
from services.survey.schemas.answers import (
    AnswerOut,
    KeptConflictOut,
    MyAnswersOut,
    MyProgress,
)  # fmt: skip
from services.survey.tables import (
    Answer,
    KeptAside,
)  # fmt: skip
from services.survey.words import AssessmentKey
from shared.callers import Caller
from shared.database import Database


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


def _answer_out(row: Answer) -> AnswerOut:
    return AnswerOut.model_validate(
        stored(row).columns() | {"measure": row.measure, "revision": row.revision, "updated_at": row.updated_at}
    )


def _kept_out(row: KeptAside, present: Answer | None) -> KeptConflictOut:
    return KeptConflictOut(
        id=row.id, received_at=row.received_at, measure=row.measure, mine=stored(row).out(),
        theirs=stored(present).out() if present else None, revision=present.revision if present else 0,
    )  # fmt: skip
