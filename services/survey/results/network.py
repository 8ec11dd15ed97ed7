"""The Network's results by group, under the rules of confidentiality."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import fsum
from typing import get_args

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.access import visible_snapshots
from services.survey.confidentiality import K, publishable, told_quartiles
from services.survey.results.files import in_natural_order
from services.survey.results.queries import own_assessment
from services.survey.schemas.results import Figure, NetworkGroup, NetworkOut
from services.survey.tables import Assessment, Campaign, Community, EditionScores
from services.survey.words import GroupBy
from shared.callers import PUBLIC
from shared.database import Database
from shared.problems import NotFound

DIMENSIONS: tuple[str, ...] = get_args(GroupBy)
NONE = "unknown"
"""The group of communities that lack the attribute."""


@dataclass(frozen=True)
class Contributions:
    """The scores of a year's communities by code, and what is needed to tell which groups of them may be shown."""

    editions: Mapping[str, EditionScores]
    facts: Mapping[str, Community]

    @cached_property
    def pillars(self) -> list[str]:
        return in_natural_order({code for edition in self.editions.values() for code in edition.pillars})

    @cached_property
    def points(self) -> list[str]:
        return in_natural_order({code for edition in self.editions.values() for code in edition.points})

    @cached_property
    def _decided(self) -> dict[frozenset[str], dict[str, frozenset[str]]]:
        return {}

    def scores(self, code: str) -> dict[str, float]:
        """Each community's score of this code; communities without one do not contribute."""
        found: dict[str, float] = {}
        for community, edition in self.editions.items():
            score = edition.overall if code == "overall" else {**edition.pillars, **edition.points}.get(code)
            if score is not None:
                found[community] = float(score)
        return found

    def groups(self, dimension: str, members: frozenset[str]) -> dict[str, frozenset[str]]:
        """The groups of an attribute, those without any of `members` included."""
        names = {group_of(community, dimension) for community in self.facts.values()}
        return {
            name: frozenset(code for code in members if group_of(self.facts[code], dimension) == name)
            for name in sorted(names)
        }

    def shown(self, everybody: frozenset[str]) -> dict[str, frozenset[str]]:
        """By attribute the groups whose figures may be shown, when these communities contribute."""
        if everybody not in self._decided:
            groups = {dimension: self.groups(dimension, everybody) for dimension in DIMENSIONS}
            self._decided[everybody] = publishable(everybody, groups)
        return self._decided[everybody]

    def withheld(self, code: str, dimension: str | None, group: str | None) -> tuple[dict[str, float], str | None]:
        """The scores that a figure rests on, and why it is not told (None: it is)."""
        scores = self.scores(code)
        everybody = frozenset(scores)
        if dimension is None or group is None:
            return scores, None if len(everybody) >= K else "too_few_peers"
        members = self.groups(dimension, everybody).get(group, frozenset())
        if group in self.shown(everybody)[dimension]:
            return {community: scores[community] for community in members}, None
        return {}, "too_few_peers" if len(members) < K else "protects_others"


def group_of(community: Community, dimension: str) -> str:
    value: str | None = getattr(community, dimension)
    return value or NONE


async def contributions_of(db: AsyncSession, year: int) -> Contributions:
    """The published results of a year: those that everybody can read."""
    rows = await db.execute(
        select(EditionScores, Community)
        .join(Assessment, own_assessment(EditionScores))
        .join(Community, Community.code == EditionScores.community_code)
        .where(EditionScores.year == year, visible_snapshots(PUBLIC, EditionScores.revision))
    )
    found = [(edition, community) for edition, community in rows]
    return Contributions(
        {edition.community_code: edition for edition, _ in found}, {community.code: community for _, community in found}
    )


async def newest_year(db: AsyncSession) -> int | None:
    """The newest year with a published result."""
    found: int | None = await db.scalar(
        select(func.max(Assessment.year)).where(Assessment.published_revision.is_not(None))
    )
    return found


async def read_network(db: Database, year: int | None, group_by: GroupBy | None) -> NetworkOut:
    """The published results of a year (the newest with any), together and by group. Raises NotFound without any.

    Only published results contribute, whoever asks: what everybody can read cannot change by who reads it, and
    figures of two moments differ by what was published between them.
    """
    async with db.reading(snapshot=True) as reading:
        wanted = year if year is not None else await newest_year(reading)
        found = await contributions_of(reading, wanted) if wanted is not None else None
        campaign = await reading.get(Campaign, wanted) if wanted is not None else None
    if wanted is None or found is None or campaign is None or not found.editions:
        raise NotFound("A published result of this year")
    return network_of(found, wanted, group_by, campaign.model_version)


def network_of(found: Contributions, year: int, group_by: GroupBy | None, model_version: str) -> NetworkOut:
    """The figures of the Network and of each group of an attribute."""
    names = sorted({group_of(community, group_by) for community in found.facts.values()}) if group_by else []
    return NetworkOut(
        year=year,
        group_by=group_by,
        network=_told(found, None, None),
        groups=[_told(found, group_by, name) for name in names],
        model_version=model_version,
        demo=any(edition.demo for edition in found.editions.values()),
    )


def figure_of(found: Contributions, code: str, dimension: str | None, group: str | None) -> Figure:
    scores, reason = found.withheld(code, dimension, group)
    if reason == "too_few_peers":
        return Figure(code=code, n="<5", mean=None, quartiles=None, suppressed="too_few_peers")
    if reason is not None:
        return Figure(code=code, n=None, mean=None, quartiles=None, suppressed="protects_others")
    return Figure(
        code=code, n=len(scores), mean=fsum(scores.values()) / len(scores),
        quartiles=told_quartiles(scores, found.editions), suppressed=None,
    )  # fmt: skip


def _told(found: Contributions, dimension: str | None, group: str | None) -> NetworkGroup:
    """A group: the overall score's figure, and one for each pillar and point."""

    def figures(codes: Sequence[str]) -> list[Figure]:
        return [figure_of(found, code, dimension, group) for code in codes]

    overall = figure_of(found, "overall", dimension, group)
    return NetworkGroup(
        group=group, n=overall.n, mean=overall.mean, quartiles=overall.quartiles, suppressed=overall.suppressed,
        pillars=figures(found.pillars), points=figures(found.points),
    )  # fmt: skip
