"""A change between two years split into a real one and one of method. Pure rules; `docs/formulas.md` tells them.

The earlier answers, carried through the crosswalk and scored under the later version, are the bridge between two
results that were measured in two ways: what lies between the earlier result and the bridge is method, what lies between
the bridge and the later result is real.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.survey.crosswalk import (
    UNANSWERED,
    Link,
    Said,
    carried_over,
    chained,
    equal_codes,
    score_carried,
    weight_carried,
)
from services.survey.instrument import Instrument

SAME, PUBLISHED, EQUAL, NOTHING = "same_version", "published", "equal_codes", "none"


@dataclass(frozen=True, slots=True)
class Split:
    """Scores before, on the bridge and after, and their differences; null where one of the two is not there."""

    earlier: float | None
    rescored: float | None
    later: float | None

    @property
    def total(self) -> float | None:
        return _less(self.later, self.earlier)

    @property
    def method(self) -> float | None:
        return _less(self.rescored, self.earlier)

    @property
    def real(self) -> float | None:
        return _less(self.later, self.rescored)


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


@dataclass(frozen=True)
class Change:
    """The overall score's split, and each pillar's and point's of the later version by code.

    `carried` of `measures` measures have a carried answer; they weigh `weight` (0 to 1) of the whole.
    """

    overall: Split
    pillars: Mapping[str, Split]
    points: Mapping[str, Split]
    carried: int
    measures: int
    weight: float
    through: str


def said_in(result: Mapping[str, Any]) -> dict[str, Said]:
    """The answers of a stored result, by measure."""
    return {
        measure["code"]: Said(measure["score"], measure["applicable"])
        for pillar in result["pillars"]
        for point in pillar["points"]
        for measure in point["measures"]
    }


def scores_in(result: Mapping[str, Any]) -> tuple[float | None, dict[str, float | None], dict[str, float | None]]:
    """A stored result's overall score, its pillars' and its points' by code."""
    pillars = {pillar["code"]: pillar["score"] for pillar in result["pillars"]}
    points = {point["code"]: point["score"] for pillar in result["pillars"] for point in pillar["points"]}
    return result["overall"], pillars, points


def change_between(
    earlier: Mapping[str, Any], later: Mapping[str, Any], before: Instrument, after: Instrument,
    links: Sequence[Link] | None, *, is_same_kind: bool = True,
) -> Change:  # fmt: skip
    """The change from one stored result to another. `links` lead from the version of the first to that of the second;
    without any, codes tell by themselves within a kind of instrument, and nothing does between two kinds.

    Where version and rules are the same, the earlier result is its own bridge: nothing of the change is method.
    """
    is_same = before.version == after.version
    if is_same:
        through = SAME
    elif links is not None:
        through = PUBLISHED
    else:
        through, links = (EQUAL, equal_codes(before, after)) if is_same_kind else (NOTHING, [])
    said = said_in(earlier)
    if is_same:
        carried = {code: said.get(code, UNANSWERED) for code in after.measures}
    else:
        carried = carried_over(said, links or (), after)
    if is_same and earlier.get("rule_version") == later.get("rule_version"):
        bridge = scores_in(earlier)
    else:
        score = score_carried(carried, after)
        bridge = (
            score.overall,
            {pillar.code: pillar.score for pillar in score.pillars},
            {point.code: point.score for pillar in score.pillars for point in pillar.points},
        )
    first, last = scores_in(earlier), scores_in(later)
    return Change(
        overall=Split(first[0], bridge[0], last[0]),
        pillars=_splits(first[1], bridge[1], last[1], [pillar.code for pillar in after.pillars]),
        points=_splits(first[2], bridge[2], last[2], [q.code for pillar in after.pillars for q in pillar.points]),
        carried=sum(one != UNANSWERED for one in carried.values()), measures=len(carried),
        weight=weight_carried(carried, after), through=through,
    )  # fmt: skip


def _splits(
    earlier: Mapping[str, float | None], bridge: Mapping[str, float | None], later: Mapping[str, float | None],
    codes: Iterable[str],
) -> dict[str, Split]:  # fmt: skip
    return {code: Split(earlier.get(code), bridge.get(code), later.get(code)) for code in codes}


def path_of_links(
    start: str, end: str, crosswalks: Mapping[tuple[str, str], Sequence[Link]]
) -> list[Link] | None:  # fmt: skip
    """The links from one version to another, through versions in between where no crosswalk joins the two.

    The way with the fewest steps is taken, and among equal ones the first by name; None without any way.
    """
    ways: dict[str, list[Link] | None] = {start: None}
    standing = [start]
    while standing and end not in ways:
        reached: dict[str, list[Link]] = {}
        for one in standing:
            for (before, after), links in sorted(crosswalks.items()):
                if before == one and after not in ways and after not in reached:
                    way = ways[one]
                    reached[after] = list(links) if way is None else chained(way, links)
        ways |= reached
        standing = sorted(reached)
    return ways.get(end) if start != end else None
