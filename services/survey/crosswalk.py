"""From the measures of one version of the model to those of another. Pure rules; `docs/formulas.md` tells them.

A crosswalk says for each measure of the later version which measures of the earlier one answer to it, and with which
share; the shares of a measure that has any add up to 1.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, isclose

from services.survey.instrument import Instrument
from services.survey.scoring import MeasureScore, Score, level_of, score_pillar, score_point, weighted_mean
from shared.problems import FieldError, pointer

TOLERANCE = 1e-9
"""How far shares may be from 1 in all: thirds are no exact doubles."""


@dataclass(frozen=True, slots=True)
class Link:
    """A measure of the later version, the earlier one that answers to it, and that one's share of it."""

    source: str
    target: str
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Said:
    """A community's answer to a measure as a score from 0 to 100; null when unanswered or not applicable."""

    score: float | None
    applicable: bool = True


UNANSWERED = Said(None)


def equal_codes(before: Instrument, after: Instrument) -> list[Link]:
    """What codes that are for ever say by themselves: each measure that both versions have answers to itself."""
    return [Link(code, code) for code in after.measures if code in before.measures]


def wrong_links(links: Sequence[Link], before: Instrument, after: Instrument) -> Iterator[FieldError]:
    """Codes that are not there, pairs given twice, shares that do not add up; pointers into `/links`."""
    seen: dict[tuple[str, str], int] = {}
    for index, link in enumerate(links):
        if link.source not in before.measures:
            yield FieldError(pointer("links", index, "from"), f"{link.source} is no measure of {before.version}")
        if link.target not in after.measures:
            yield FieldError(pointer("links", index, "to"), f"{link.target} is no measure of {after.version}")
        first = seen.setdefault((link.source, link.target), index)
        if first != index:
            yield FieldError(pointer("links", index), f"is the same pair as link {first}", "doubled")
    for target, places in _by_target(links).items():
        total = fsum(links[place].share for place in places)
        if not isclose(total, 1, abs_tol=TOLERANCE, rel_tol=0):
            yield FieldError(
                pointer("links", places[-1], "share"), f"the shares of {target} add up to {total:g} and must make 1",
                "shares",
            )  # fmt: skip


def _by_target(links: Iterable[Link]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for index, link in enumerate(links):
        found.setdefault(link.target, []).append(index)
    return found


def chained(first: Sequence[Link], second: Sequence[Link]) -> list[Link]:
    """Two crosswalks one after the other. What a measure in between has nothing to answer with is lost on the way.

    >>> chained([Link("a", "b", 0.5), Link("c", "b", 0.5)], [Link("b", "d")])
    [Link(source='a', target='d', share=0.5), Link(source='c', target='d', share=0.5)]
    """
    into: dict[str, list[Link]] = {}
    for link in first:
        into.setdefault(link.target, []).append(link)
    shares: dict[tuple[str, str], list[float]] = {}
    for link in second:
        for earlier in into.get(link.source, ()):
            shares.setdefault((earlier.source, link.target), []).append(earlier.share * link.share)
    return [Link(source, target, fsum(parts)) for (source, target), parts in shares.items()]


def carried_over(said: Mapping[str, Said], links: Iterable[Link], after: Instrument) -> dict[str, Said]:
    """The earlier answers as answers to the later version's measures.

    A measure's score is Σ share · score / Σ share over the sources that applied; where none applied it does not apply
    either. It is unanswered when nothing answers to it, when a source that applied has no answer, or when part of its
    shares got lost on the way through a version in between.

    >>> one = Instrument.of("2", {
    ...     "scale": {"levels": [{"value": 4}]}, "bands": [{"level": 1, "from": 0, "to": 100}],
    ...     "coverage_threshold": 0.5,
    ...     "pillars": [{"code": "P", "weight": 1.0, "points": [
    ...         {"code": "Q", "weight": 1.0, "measures": [{"code": "x", "weight": 1.0}, {"code": "y", "weight": 1.0}]}
    ...     ]}],
    ... })
    >>> links = [Link("a", "x", 0.25), Link("b", "x", 0.75)]
    >>> carried_over({"a": Said(100.0), "b": Said(0.0)}, links, one)
    {'x': Said(score=25.0, applicable=True), 'y': Said(score=None, applicable=True)}
    """
    into: dict[str, list[Link]] = {}
    for link in links:
        into.setdefault(link.target, []).append(link)
    return {code: _answer(into.get(code, ()), said) for code in after.measures}


def _answer(links: Sequence[Link], said: Mapping[str, Said]) -> Said:
    if not isclose(fsum(link.share for link in links), 1, abs_tol=TOLERANCE, rel_tol=0):
        return UNANSWERED
    sources = [(link.share, said.get(link.source, UNANSWERED)) for link in links]
    applied = [(share, one) for share, one in sources if one.applicable]
    if not applied:
        return Said(None, applicable=False)
    known = [(share, one.score) for share, one in applied if one.score is not None]
    if len(known) < len(applied):
        return UNANSWERED
    return Said(weighted_mean(known))


def score_carried(said: Mapping[str, Said], after: Instrument) -> Score:
    """The result of carried answers under the rules of the later version: its weights, points and threshold."""
    pillars = []
    for pillar in after.pillars:
        points = []
        for point in pillar.points:
            measures = [_measure(code.code, code.weight, said[code.code], after.top) for code in point.measures]
            points.append(score_point(point, measures, after))
        pillars.append(score_pillar(pillar, points, after))
    applicable = [(pillar.weight, pillar.score) for pillar in pillars if pillar.applicable]
    known = [(weight, score) for weight, score in applicable if score is not None]
    overall = weighted_mean(known) if len(known) == len(applicable) else None
    return Score(overall, level_of(overall, after.bands), tuple(pillars))


def _measure(code: str, weight: float, said: Said, top: int) -> MeasureScore:
    value = None if said.score is None else said.score * top / 100
    return MeasureScore(code, weight, value, said.score, said.applicable, "agreed", 0, 0)


def weight_carried(said: Mapping[str, Said], after: Instrument) -> float:
    """How much of the later version's weight has a carried answer, from 0 to 1; what does not apply counts as carried.

    A measure weighs what it would in the overall score if everything applied and were answered.
    """
    shares = []
    for pillar in after.pillars:
        of_pillar = pillar.weight / fsum(one.weight for one in after.pillars)
        for point in pillar.points:
            of_point = of_pillar * point.weight / fsum(one.weight for one in pillar.points)
            for measure in point.measures:
                if said[measure.code] != UNANSWERED:
                    shares.append(of_point * measure.weight / fsum(one.weight for one in point.measures))
    return min(1.0, fsum(shares))
