"""The degree of implementation: from answers to scores. Pure rules; `docs/formulas.md` tells them for readers.

Everything is an unrounded double. Sums are exact before their one rounding (`math.fsum`), so the order of answers
never matters.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum, log2
from statistics import median
from typing import Any, Literal

from services.survey.instrument import Band, Instrument, Measure, Pillar, Point

RULE_VERSION = "1.0"
"""Changes whenever the same answers could give another score. Every stored score names it."""
_ALMOST = 1 - 1e-12
"""Weights such as 0.1 are no exact doubles: a coverage that equals the threshold but for that is enough."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one respondent said about one measure: a level, or one of the two flags."""

    stakeholder_group: str
    level: int | None = None
    flag: str | None = None


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the community agreed on for one measure, usually in the workshop."""

    level: int | None = None
    flag: str | None = None


@dataclass(frozen=True, slots=True)
class MeasureScore:
    """The community's answer to a measure. `value` is null when not applicable or unanswered; `respondents` and
    `groups` count those who gave a level."""

    code: str
    weight: float
    value: float | None
    score: float | None
    applicable: bool
    source: Literal["agreed", "groups"]
    respondents: int
    groups: int


@dataclass(frozen=True, slots=True)
class PointScore:
    """`coverage` is the answered share of the applicable weight; null when nothing applies (the point is left out)."""

    code: str
    weight: float
    score: float | None
    level: int | None
    coverage: float | None
    measures: tuple[MeasureScore, ...]


@dataclass(frozen=True, slots=True)
class PillarScore:
    code: str
    weight: float
    score: float | None
    level: int | None
    applicable: bool
    points: tuple[PointScore, ...]


@dataclass(frozen=True, slots=True)
class Score:
    overall: float | None
    level: int | None
    pillars: tuple[PillarScore, ...]

    def measures(self) -> Iterable[MeasureScore]:
        """Every measure in the order of the model."""
        return (measure for pillar in self.pillars for point in pillar.points for measure in point.measures)


def group_medians(answers: Iterable[Answer]) -> dict[str, float]:
    """The median level within each stakeholder group in which anyone gave a level; the midpoint when even.

    >>> group_medians([Answer("terminal_operator", 2), Answer("terminal_operator", 3), Answer("customs", 1)])
    {'customs': 1.0, 'terminal_operator': 2.5}
    """
    levels: dict[str, list[int]] = {}
    for answer in answers:
        if answer.level is not None:
            levels.setdefault(answer.stakeholder_group, []).append(answer.level)
    return {group: float(median(levels[group])) for group in sorted(levels)}


def is_not_applicable(answers: Iterable[Answer]) -> bool:
    """Whether more than half of the groups that answered said `not_applicable`.

    A group says so when someone in it did and nobody in it gave a level; `unknown` is no answer.

    >>> is_not_applicable([Answer("customs", flag="not_applicable"), Answer("labour", 2)])
    False
    >>> is_not_applicable([Answer("customs", flag="not_applicable"), Answer("labour", flag="unknown")])
    True
    """
    answers = list(answers)
    rated = {answer.stakeholder_group for answer in answers if answer.level is not None}
    waived = {answer.stakeholder_group for answer in answers if answer.flag == "not_applicable"} - rated
    return 2 * len(waived) > len(rated) + len(waived)


def score_measure(measure: Measure, answers: Sequence[Answer], agreed: Agreed | None, top: int) -> MeasureScore:
    """The community's answer: the agreed one, else each group's median, averaged with one voice a group.

    An agreement without a level that does not say `not_applicable` settles nothing: the groups decide.

    >>> voices = [Answer("port_authority", 4), Answer("terminal_operator", 2), Answer("terminal_operator", 3)]
    >>> score_measure(Measure("a"), [*voices, Answer("road_carrier", 1)], None, 4).score
    62.5
    >>> score_measure(Measure("b"), voices, Agreed(3), 4).score
    75.0
    """
    medians = group_medians(answers)
    respondents = sum(answer.level is not None for answer in answers)
    value: float | None = None
    source: Literal["agreed", "groups"] = "groups"
    applicable = True
    if agreed is not None and agreed.level is not None:
        value, source = float(agreed.level), "agreed"
    elif agreed is not None and agreed.flag == "not_applicable":
        applicable, source = False, "agreed"
    elif is_not_applicable(answers):
        applicable = False
    elif medians:
        value = fsum(medians.values()) / len(medians)
    return MeasureScore(
        measure.code, measure.weight, value, None if value is None else 100 * value / top, applicable, source,
        respondents, len(medians),
    )  # fmt: skip


def weighted_mean(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Σ w·x / Σ w over pairs (w, x), never outside the x; null without any pair.

    >>> weighted_mean([(1, 62.5), (1, 75), (2, 0)])
    34.375
    """
    if not pairs:
        return None
    mean = fsum(weight * x for weight, x in pairs) / fsum(weight for weight, _ in pairs)
    return min(max(mean, min(x for _, x in pairs)), max(x for _, x in pairs))


def level_of(score: float | None, bands: Sequence[Band]) -> int | None:
    """The maturity level of the band that a score falls in; the lower bound belongs to the band.

    >>> bands = [Band(1, 0, 20), Band(2, 20, 100)]
    >>> level_of(20.0, bands), level_of(19.999, bands), level_of(100.0, bands), level_of(None, bands)
    (2, 1, 2, None)
    """
    if score is None:
        return None
    return max((band for band in bands if band.start <= score), key=lambda band: band.start).level


def score_point(point: Point, measures: Sequence[MeasureScore], instrument: Instrument) -> PointScore:
    """The weighted mean of the applicable, answered measures; null when less than the threshold is answered."""
    applicable = fsum(measure.weight for measure in measures if measure.applicable)
    answered = [(measure.weight, measure.score) for measure in measures if measure.score is not None]
    weight = fsum(weight for weight, _ in answered)
    enough = applicable > 0 and weight >= instrument.coverage_threshold * applicable * _ALMOST
    score = weighted_mean(answered) if enough else None
    coverage = weight / applicable if applicable > 0 else None
    return PointScore(
        point.code, point.weight, score, level_of(score, instrument.bands), coverage, tuple(measures)
    )  # fmt: skip


def score_pillar(pillar: Pillar, points: Sequence[PointScore], instrument: Instrument) -> PillarScore:
    """The weighted mean of its points; null when one is. A point none of whose measures applies is left out."""
    counted = [(point.weight, point.score) for point in points if point.coverage is not None]
    score = _mean_unless_missing(counted)
    return PillarScore(
        pillar.code, pillar.weight, score, level_of(score, instrument.bands), bool(counted), tuple(points)
    )  # fmt: skip


def score_assessment(
    instrument: Instrument, answers: Mapping[str, Sequence[Answer]], agreed: Mapping[str, Agreed]
) -> Score:
    """The whole result out of answers and agreements, both by the measure's code.

    >>> point = Point("P1.1", (Measure("a"), Measure("b"), Measure("c", 2)))
    >>> one = Instrument("1", 4, (Band(1, 0, 40), Band(2, 40, 100)), (Pillar("P1", (point,)),))
    >>> levels = [("port_authority", 4), ("terminal_operator", 2), ("terminal_operator", 3), ("road_carrier", 1)]
    >>> said = {"a": [Answer(group, level) for group, level in levels], "c": [Answer("customs", flag="unknown")]}
    >>> score_assessment(one, said, {"b": Agreed(3)}).overall is None
    True
    >>> score_assessment(one, said, {"b": Agreed(3), "c": Agreed(0)}).overall
    34.375
    """
    return score_of_measures(
        instrument,
        {
            code: score_measure(measure, answers.get(code, ()), agreed.get(code), instrument.top)
            for code, measure in instrument.measures.items()
        },
    )


def score_of_measures(instrument: Instrument, measures: Mapping[str, MeasureScore]) -> Score:
    """Points, pillars and overall out of the community's answers to every measure."""
    pillars = []
    for pillar in instrument.pillars:
        points = [
            score_point(point, [measures[measure.code] for measure in point.measures], instrument)
            for point in pillar.points
        ]
        pillars.append(score_pillar(pillar, points, instrument))
    overall = _mean_unless_missing([(pillar.weight, pillar.score) for pillar in pillars if pillar.applicable])
    return Score(overall, level_of(overall, instrument.bands), tuple(pillars))


Bounds = tuple[float | None, float | None]


def bounds_by_code(instrument: Instrument, score: Score) -> dict[str, Bounds]:
    """For `overall` and each pillar and point: its score if all that is missing were at the lowest level, and at the
    highest. Both are the score itself where nothing is missing.

    >>> point = Point("P1.1", (Measure("a"), Measure("b"), Measure("c", 2)))
    >>> one = Instrument("1", 4, (Band(1, 0, 100),), (Pillar("P1", (point,)),))
    >>> bounds_by_code(one, score_assessment(one, {}, {"a": Agreed(4)}))
    {'overall': (25.0, 100.0), 'P1': (25.0, 100.0), 'P1.1': (25.0, 100.0)}
    """

    def scores(level: int) -> dict[str, float | None]:
        filled = {
            measure.code: replace(measure, value=float(level), score=100 * level / instrument.top)
            if measure.applicable and measure.score is None
            else measure
            for measure in score.measures()
        }
        whole = score_of_measures(instrument, filled)
        found = {"overall": whole.overall}
        for pillar in whole.pillars:
            found[pillar.code] = pillar.score
            found |= {point.code: point.score for point in pillar.points}
        return found

    worst, best = scores(0), scores(instrument.top)
    return {code: (worst[code], best[code]) for code in worst}


def _mean_unless_missing(pairs: Sequence[tuple[float, float | None]]) -> float | None:
    known = [(weight, x) for weight, x in pairs if x is not None]
    return weighted_mean(known) if len(known) == len(pairs) else None


def consensus(levels: Sequence[int], top: int) -> float | None:
    """How far respondents agree (Tastle and Wierman 2007, equation 3): 1 = all alike, 0 = split between the extremes.

    >>> consensus([4, 2, 3, 1], 4)
    0.5646...
    >>> consensus([3, 3], 4), consensus([0, 4], 4), consensus([], 4)
    (1.0, 0.0, None)
    """
    if not levels:
        return None
    mean = fsum(levels) / len(levels)
    terms = (levels.count(i) / len(levels) * log2(1 - abs(i - mean) / top) for i in sorted(set(levels)))
    return min(1.0, max(0.0, 1 + fsum(terms)))


@dataclass(frozen=True, slots=True)
class Gap:
    """How far a measure is from a target, in points of the score; `priority` is weight times gap."""

    code: str
    gap: float
    priority: float


def gaps(score: Score, target: int, top: int) -> list[Gap]:
    """Measures below the target level, the most pressing first; what is not applicable or unanswered has no gap."""
    goal = 100 * target / top
    found = [
        Gap(measure.code, goal - measure.score, measure.weight * (goal - measure.score))
        for measure in score.measures()
        if measure.score is not None and measure.score < goal
    ]
    return sorted(found, key=lambda gap: (-gap.priority, gap.code))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an assessment is. It is complete when every applicable measure has a value: `answered == applicable`."""

    answered: int
    applicable: int
    total: int
    missing: tuple[str, ...]
    """Codes of the applicable measures without an agreed level and without a level from any group."""


def progress_of(score: Score) -> Progress:
    measures = list(score.measures())
    missing = tuple(measure.code for measure in measures if measure.applicable and measure.value is None)
    applicable = sum(measure.applicable for measure in measures)
    return Progress(applicable - len(missing), applicable, len(measures), missing)


def bounds_of(
    instrument: Instrument, answers: Mapping[str, Sequence[Answer]], agreed: Mapping[str, Agreed]
) -> tuple[float | None, float | None]:
    """The overall score if everything that is missing were at the lowest level, and at the highest.

    Both are the score itself when nothing is missing, and null when nothing applies.

    >>> point = Point("P1.1", (Measure("a"), Measure("b"), Measure("c", 2)))
    >>> bounds_of(Instrument("1", 4, (Band(1, 0, 100),), (Pillar("P1", (point,)),)), {}, {"a": Agreed(4)})
    (25.0, 100.0)
    """
    missing = progress_of(score_assessment(instrument, answers, agreed)).missing

    def overall(level: int) -> float | None:
        return score_assessment(instrument, answers, {**agreed, **dict.fromkeys(missing, Agreed(level))}).overall

    return overall(0), overall(instrument.top)


def basis_of(
    instrument: Instrument, answers: Mapping[str, Sequence[Answer]], agreed: Mapping[str, Agreed]
) -> dict[str, Any]:
    """Everything that enters a score, without names: by measure the agreement and each group's sorted answers."""
    measures: dict[str, Any] = {}
    for code in instrument.measures:
        groups: dict[str, dict[str, Any]] = {}
        for answer in answers.get(code, ()):
            group = groups.setdefault(answer.stakeholder_group, {"levels": [], "not_applicable": 0, "unknown": 0})
            if answer.level is not None:
                group["levels"] = sorted([*group["levels"], answer.level])
            elif answer.flag is not None:
                group[answer.flag] += 1
        decision = agreed.get(code)
        settled = decision is not None and (decision.level is not None or decision.flag is not None)
        measures[code] = {
            "agreed": {"level": decision.level, "flag": decision.flag} if decision is not None and settled else None,
            "groups": groups,
        }
    return {"model_version": instrument.version, "rule_version": RULE_VERSION, "measures": measures}


def answers_hash(basis: Mapping[str, Any]) -> str:
    """SHA-256 in hexadecimal of the canonical JSON (sorted names, no spaces, UTF-8) of what entered a score."""
    canonical = json.dumps(basis, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
