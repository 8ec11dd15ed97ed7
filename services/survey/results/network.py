"""The Network's results by group, under the rules of confidentiality."""

from collections.abc import Mapping, Sequence
from math import fsum
from typing import Any, get_args

from services.survey.confidentiality import K, publishable, quartiles
from services.survey.results import queries
from services.survey.schemas.results import Figure, NetworkGroup, NetworkOut
from services.survey.tables import Community, Snapshot
from services.survey.words import GroupBy
from shared.callers import PUBLIC
from shared.database import Database
from shared.problems import NotFound

DIMENSIONS: tuple[str, ...] = get_args(GroupBy)
NONE = "unknown"
"""The group of communities that lack the attribute."""


async def read_network(db: Database, year: int | None, group_by: GroupBy | None) -> NetworkOut:
    """The published results of a year (the newest with any), together and by group. Raises NotFound without any.

    Only published results contribute, whoever asks: what everybody can read cannot change by who reads it, and
    figures of two moments differ by what was published between them.
    """
    async with db.reading() as reading:
        rows = await queries.all_of(reading, queries.results(PUBLIC, year=year))
    if not rows:
        raise NotFound("A published result of this year")
    newest = rows[0][0].year
    rows = [row for row in rows if row[0].year == newest]
    facts = {community.code: community for _, _, community in rows}
    results = {snapshot.community_code: snapshot for snapshot, _, _ in rows}
    codes = ["overall", *(pillar["code"] for pillar in rows[0][0].result["pillars"])]
    figures = {code: _figures(code, results, facts) for code in codes}
    names = sorted({_group(community, group_by) for community in facts.values()}) if group_by else []
    return NetworkOut(
        year=newest,
        group_by=group_by,
        network=_told(None, [figures[code][None, None] for code in codes]),
        groups=[_told(name, [figures[code][group_by, name] for code in codes]) for name in names],
        model_version=rows[0][0].model_version,
        demo=any(snapshot.demo for snapshot in results.values()),
    )


def _group(community: Community, dimension: str | None) -> str:
    value: str | None = getattr(community, dimension) if dimension else None
    return value or NONE


def _scores(code: str, results: Mapping[str, Snapshot]) -> dict[str, float]:
    """Each community's score of this code; communities without one do not contribute."""
    found: dict[str, float] = {}
    for community, snapshot in results.items():
        result: dict[str, Any] = snapshot.result
        score = (
            result["overall"]
            if code == "overall"
            else next((pillar["score"] for pillar in result["pillars"] if pillar["code"] == code), None)
        )
        if score is not None:
            found[community] = score
    return found


def _figures(
    code: str, results: Mapping[str, Snapshot], facts: Mapping[str, Community]
) -> dict[tuple[str | None, str | None], Figure]:
    """This score's figure for everybody, under (None, None), and for each group of each dimension."""
    scores = _scores(code, results)
    everybody = frozenset(scores)
    groups: dict[str, dict[str, frozenset[str]]] = {
        dimension: {
            name: frozenset(c for c in scores if _group(facts[c], dimension) == name)
            for name in {_group(community, dimension) for community in facts.values()}
        }
        for dimension in DIMENSIONS
    }
    shown = publishable(everybody, groups)
    told: dict[tuple[str | None, str | None], Figure] = {
        (None, None): _figure(code, scores, everybody, may_be_shown=len(everybody) >= K)
    }
    for dimension, members in groups.items():
        for name, contributors in members.items():
            told[dimension, name] = _figure(code, scores, contributors, may_be_shown=name in shown[dimension])
    return told


def _figure(code: str, scores: Mapping[str, float], contributors: frozenset[str], *, may_be_shown: bool) -> Figure:
    if not may_be_shown:
        few = len(contributors) < K
        return Figure(
            code=code, n="<5" if few else None, mean=None, quartiles=None,
            suppressed="too_few_contributors" if few else "protects_others",
        )  # fmt: skip
    values = [scores[community] for community in contributors]
    return Figure(
        code=code, n=len(values), mean=fsum(values) / len(values), quartiles=quartiles(values), suppressed=None
    )


def _told(name: str | None, figures: Sequence[Figure]) -> NetworkGroup:
    """A group: the overall score's figure, and one for each pillar."""
    overall, *pillars = figures
    return NetworkGroup(
        group=name, n=overall.n, mean=overall.mean, quartiles=overall.quartiles, suppressed=overall.suppressed,
        pillars=pillars,
    )  # fmt: skip
