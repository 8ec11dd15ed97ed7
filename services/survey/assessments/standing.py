"""How assessments stand: what was answered and agreed, and the score that follows from it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey import scoring
from services.survey.instrument import Instrument
from services.survey.models.operations import instrument_of
from services.survey.tables import Agreement, Answer, Campaign


@dataclass
class Standing:
    """One assessment as it is now. `group_sizes` counts the respondents of each group who said anything."""

    instrument: Instrument
    answers: dict[str, list[scoring.Answer]] = field(default_factory=dict)
    agreements: dict[str, Agreement] = field(default_factory=dict)
    group_sizes: dict[str, int] = field(default_factory=dict)
    respondents: int = 0
    """Respondents who said anything; one whose group changed in between counts once."""
    raters: int = 0
    """Respondents who gave at least one level."""
    rating_groups: int = 0
    """Stakeholder groups in which anybody did."""

    @cached_property
    def agreed(self) -> dict[str, scoring.Agreed]:
        return {code: scoring.Agreed(row.level, row.flag) for code, row in self.agreements.items()}

    @cached_property
    def score(self) -> scoring.Score:
        return scoring.score_assessment(self.instrument, self.answers, self.agreed)

    @cached_property
    def progress(self) -> scoring.Progress:
        return scoring.progress_of(self.score)

    @cached_property
    def bounds(self) -> tuple[float | None, float | None]:
        return scoring.bounds_of(self.instrument, self.answers, self.agreed)

    @cached_property
    def basis(self) -> dict[str, Any]:
        return scoring.basis_of(self.instrument, self.answers, self.agreed)


async def standing_of(db: AsyncSession, campaign: Campaign, community: str) -> Standing:
    """How one assessment stands."""
    return (await standings(db, campaign, [community]))[community]


async def standings(db: AsyncSession, campaign: Campaign, communities: Collection[str]) -> dict[str, Standing]:
    """How the assessments of these communities stand, in a fixed number of queries."""
    instrument = await instrument_of(db, campaign.model_version)
    found = {code: Standing(instrument) for code in communities}
    here = (Answer.year == campaign.year) & Answer.community_code.in_(communities)
    counted = await db.execute(
        select(Answer.community_code, Answer.measure, Answer.stakeholder_group, Answer.level, Answer.flag, func.count())
        .where(here)
        .group_by(Answer.community_code, Answer.measure, Answer.stakeholder_group, Answer.level, Answer.flag)
        .order_by(Answer.stakeholder_group, Answer.level, Answer.flag)
    )
    for code, measure, group, level, flag, times in counted:
        found[code].answers.setdefault(measure, []).extend([scoring.Answer(group, level, flag)] * times)
    rated = Answer.level.is_not(None)
    people = await db.execute(
        select(
            Answer.community_code,
            func.count(Answer.respondent_id.distinct()),
            func.count(Answer.respondent_id.distinct()).filter(rated),
            func.count(Answer.stakeholder_group.distinct()).filter(rated),
        )
        .where(here)
        .group_by(Answer.community_code)
    )
    for code, respondents, raters, groups in people:
        found[code].respondents, found[code].raters, found[code].rating_groups = respondents, raters, groups
    sizes = await db.execute(
        select(Answer.community_code, Answer.stakeholder_group, func.count(Answer.respondent_id.distinct()))
        .where(here)
        .group_by(Answer.community_code, Answer.stakeholder_group)
        .order_by(Answer.stakeholder_group)
    )
    for code, group, size in sizes:
        found[code].group_sizes[group] = size
    agreements = await db.scalars(
        select(Agreement).where(Agreement.year == campaign.year, Agreement.community_code.in_(communities))
    )
    for row in agreements:
        found[row.community_code].agreements[row.measure] = row
    return found
