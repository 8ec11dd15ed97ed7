"""Results beside each other: the years there are, a community among its peers, how firm the order is."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.access import visible_snapshots
from services.survey.comparison import percentile_rank, rank_among
from services.survey.confidentiality import told_quartiles
from services.survey.history.visible import imported_years
from services.survey.instrument import Instrument
from services.survey.models.operations import instrument_of
from services.survey.results.network import Contributions, contributions_of, group_of
from services.survey.results.queries import own_assessment
from services.survey.schemas.comparisons import PeersOut, Position, SensitivityOut, StabilityOut, YearOut, YearsOut
from services.survey.sensitivity import DRAWS, SEED, Stability, stability_of, weights_of
from services.survey.tables import Assessment, Campaign, Community, EditionScores
from services.survey.words import GroupBy
from shared.callers import Caller
from shared.database import Database
from shared.languages import pick
from shared.problems import NotFound

REMEMBERED = 32
_computed: OrderedDict[tuple[Any, ...], list[Stability]] = OrderedDict()


async def read_years(db: Database, *, by: Caller) -> YearsOut:
    """The years with results that the caller may see, the newest first."""
    async with db.reading() as reading:
        rows = await reading.execute(
            select(
                EditionScores.year, func.count(), Campaign.model_version, Campaign.published_at.is_not(None),
                func.bool_or(EditionScores.demo),
            )
            .join(Assessment, own_assessment(EditionScores))
            .join(Campaign, Campaign.year == EditionScores.year)
            .where(visible_snapshots(by, EditionScores.revision))
            .group_by(EditionScores.year, Campaign.model_version, Campaign.published_at)
        )  # fmt: skip
        files = {one.year: one for one in await imported_years(reading, by)}
    items = []
    for year, count, version, published, demo in rows:
        file = files.pop(year, None)
        items.append(
            YearOut(
                year=year, communities=count, imported=file.communities if file else 0, model_version=version,
                campaign_published=published, demo=demo or bool(file and file.demo),
            )
        )  # fmt: skip
    items += [
        YearOut(
            year=file.year, communities=0, imported=file.communities, model_version=file.model_version,
            campaign_published=False, demo=file.demo,
        )
        for file in files.values()
    ]  # fmt: skip
    items.sort(key=lambda one: one.year, reverse=True)
    return YearsOut(items=items, next=None)


async def read_peers(
    db: Database, community: str, year: int | None, group_by: GroupBy | None, language: str, *, by: Caller
) -> PeersOut:
    """A community's result among the published ones of its year. Raises NotFound as the result itself does."""
    async with db.reading(snapshot=True) as reading:
        own, facts = await own_edition(reading, community, year, by=by)
        found = await contributions_of(reading, own.year)
        campaign = await reading.get_one(Campaign, own.year)
    return peers_of(found, own, facts, group_by, campaign.model_version, language)


async def own_edition(
    db: AsyncSession, community: str, year: int | None, *, by: Caller
) -> tuple[EditionScores, Community]:
    """The edition that is this caller's result of a community: of a year, or the newest. Raises NotFound."""
    statement = (
        select(EditionScores, Community)
        .join(Assessment, own_assessment(EditionScores))
        .join(Community, Community.code == EditionScores.community_code)
        .where(EditionScores.community_code == community, visible_snapshots(by, EditionScores.revision))
        .order_by(EditionScores.year.desc())
        .limit(1)
    )
    if year is not None:
        statement = statement.where(EditionScores.year == year)
    row = (await db.execute(statement)).one_or_none()
    if row is None:
        raise NotFound("A result of this community")
    return row[0], row[1]


def peers_of(
    published: Contributions, own: EditionScores, facts: Community, group_by: GroupBy | None, model_version: str,
    language: str,
) -> PeersOut:  # fmt: skip
    """Each score among those of the published results and the own one, which whoever asks may see."""
    found = Contributions(
        {**published.editions, own.community_code: own}, {**published.facts, own.community_code: facts}
    )
    group = group_of(facts, group_by) if group_by else None

    def position(code: str) -> Position:
        score = found.scores(code).get(own.community_code)
        scores, reason = found.withheld(code, group_by, group)
        if reason is not None:
            return Position(
                code=code, score=score, n="<5" if reason == "too_few_peers" else None, quartiles=None,
                rank=None, percentile_rank=None,
                suppressed="too_few_peers" if reason == "too_few_peers" else "protects_others",
            )  # fmt: skip
        values = list(scores.values())
        return Position(
            code=code, score=score, n=len(values), quartiles=told_quartiles(scores, found.editions),
            rank=None if score is None else rank_among(score, values),
            percentile_rank=None if score is None else percentile_rank(score, values), suppressed=None,
        )  # fmt: skip

    return PeersOut(
        community=own.community_code, name=pick(facts.names, language), year=own.year, revision=own.revision,
        group_by=group_by, group=group, overall=position("overall"),
        pillars=[position(code) for code in found.pillars], points=[position(code) for code in found.points],
        model_version=model_version, demo=any(edition.demo for edition in found.editions.values()),
    )  # fmt: skip


async def read_sensitivity(
    db: Database, year: int | None, spread: float, language: str, *, by: Caller
) -> SensitivityOut:
    """How firm the order of the results is that the caller may see, of a year or the newest. Raises NotFound."""
    async with db.reading(snapshot=True) as reading:
        statement = (
            select(EditionScores, Community)
            .join(Assessment, own_assessment(EditionScores))
            .join(Community, Community.code == EditionScores.community_code)
            .where(visible_snapshots(by, EditionScores.revision))
        )
        if year is None:
            newest = statement.with_only_columns(func.max(EditionScores.year)).scalar_subquery()
            statement = statement.where(EditionScores.year == newest)
        else:
            statement = statement.where(EditionScores.year == year)
        rows = [(edition, community) for edition, community in await reading.execute(statement)]
        if not rows:
            raise NotFound("A result of this year")
        campaign = await reading.get_one(Campaign, rows[0][0].year)
        instrument = await instrument_of(reading, campaign.model_version)
    return await order_of(rows, instrument, campaign, spread, language)


async def order_of(
    rows: Sequence[tuple[EditionScores, Community]], instrument: Instrument, campaign: Campaign, spread: float,
    language: str,
) -> SensitivityOut:  # fmt: skip
    """How firm the order of these results is; computed off the event loop and remembered."""
    scored = {edition.community_code: edition for edition, _ in rows if edition.overall is not None}
    names = {community.code: pick(community.names, language) for _, community in rows}
    key = (campaign.year, campaign.model_version, spread, *sorted((code, e.revision) for code, e in scored.items()))
    found = _computed.get(key)
    if found is None:
        points = {code: dict(edition.points) for code, edition in scored.items()}
        found = await asyncio.to_thread(stability_of, weights_of(instrument), points, spread=spread)
        _computed[key] = found
        while len(_computed) > REMEMBERED:
            _computed.popitem(last=False)
    return SensitivityOut(
        year=campaign.year, spread=spread, draws=DRAWS, seed=SEED, next=None, without_score=len(rows) - len(scored),
        items=[
            StabilityOut(
                community=one.community, name=names[one.community], overall=one.overall, rank=one.rank, low=one.low,
                high=one.high, best=one.best, worst=one.worst, flips=one.flips, flips_from=one.flips_from,
            )
            for one in found
        ],
        model_version=campaign.model_version, demo=any(edition.demo for edition, _ in rows),
    )  # fmt: skip
