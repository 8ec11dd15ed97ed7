"""What a community and one of its respondents answered the year before, for this year's form."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.access import assessment_to_see, belongs_to, campaign_to_see
from services.survey.models.operations import instrument_of
from services.survey.review.comparison import earlier_result, measures_then
from services.survey.schemas.reviewing import EarlierMeasure, EarlierOut, MyEarlierAnswer
from services.survey.tables import Answer, Campaign, Participation, Snapshot
from services.survey.words import AssessmentKey
from shared.callers import Caller
from shared.database import Database
from shared.problems import NotFound


async def read_earlier(db: Database, key: AssessmentKey, *, by: Caller) -> EarlierOut:
    """The newest earlier year that the caller answered in or that has a result, by the codes of this year's measures.

    For the community's people and the secretariat. Raises NotFound.
    """
    async with db.reading(snapshot=True) as reading:
        await assessment_to_see(reading, key, by)
        if not belongs_to(by, key.community):
            raise NotFound("This assessment")
        campaign = await campaign_to_see(reading, key.year, by)
        instrument = await instrument_of(reading, campaign.model_version)
        result = await earlier_result(reading, key, by)
        answered = await _year_answered(reading, key, by)
        last = max((year for year in (result.year if result else None, answered) if year is not None), default=None)
        version = await reading.scalar(select(Campaign.model_version).where(Campaign.year == last))
        mine = await _answers_in(reading, key.community, last, by) if last is not None else {}
    found: Snapshot | None = result if result is not None and result.year == last else None
    then = measures_then(found) if found is not None else {}
    measures = [
        EarlierMeasure(measure=code, result=then.get(code), mine=mine.get(code))
        for code in instrument.measures
        if code in then or code in mine
    ]
    return EarlierOut(
        year=key.year, community=key.community, last_year=last,
        same_model=version == campaign.model_version if last is not None else None,
        overall=found.result["overall"] if found is not None else None, measures=measures,
    )  # fmt: skip


async def _year_answered(db: AsyncSession, key: AssessmentKey, caller: Caller) -> int | None:
    year: int | None = await db.scalar(
        select(func.max(Participation.year)).where(
            Participation.community_code == key.community,
            Participation.respondent_id == caller.id,
            Participation.year < key.year,
        )
    )
    return year


async def _answers_in(db: AsyncSession, community: str, year: int, caller: Caller) -> dict[str, MyEarlierAnswer]:
    rows = await db.execute(
        select(Answer.measure, Answer.level, Answer.flag, Answer.comment).where(
            Answer.year == year, Answer.community_code == community, Answer.respondent_id == caller.id
        )
    )
    return {
        measure: MyEarlierAnswer(level=level, flag=flag, comment=comment) for measure, level, flag, comment in rows
    }  # fmt: skip
