"""How far the order of communities hangs on the weights. Pure rules; `docs/formulas.md` tells them for readers.

Every weight is drawn anew, evenly between (1 - spread) and (1 + spread) times itself, a fixed number of times with a
written seed: whoever repeats it gets the same to the last digit, for Python promises the sequence of `random()`.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf
from operator import mul
from random import Random

from services.survey.instrument import Instrument

SPREAD = 0.5
DRAWS = 1000
SEED = 2030
NOTHING = 1e-12
DECIMALS = 9  # scores that agree in so many share a rank
Weights = list[tuple[float, list[tuple[str, float]]]]
"""By pillar: its weight, and the code and weight of each of its points."""
Scores = Mapping[str, float | None]
"""A community's scores by point; null is left out, for only communities with an overall score are ordered."""


@dataclass(frozen=True, slots=True)
class Stability:
    """Where a community stands when weights move.

    `low` to `high` is the interval of nine draws in ten, `best` to `worst` that of all. `flips` is the share of draws
    in which the next one in the order is ahead, `flips_from` the least spread at which any weights put it level or
    ahead (null: none does, whatever they are). Both are null for the last one.
    """

    community: str
    overall: float
    rank: int
    low: int
    high: int
    best: int
    worst: int
    flips: float | None
    flips_from: float | None


def weights_of(instrument: Instrument) -> Weights:
    return [(pillar.weight, [(point.code, point.weight) for point in pillar.points]) for pillar in instrument.pillars]


def overall_with(weights: Weights, scores: Scores) -> float | None:
    """The weighted mean of the pillars' weighted means; what has no score is left out.

    >>> overall_with([(1, [("P1.1", 1), ("P1.2", 3)]), (1, [("P2.1", 1)])], {"P1.1": 80, "P1.2": 40, "P2.1": None})
    50.0
    """
    top = bottom = 0.0
    for weight, points in weights:
        known = [(w, x) for code, w in points if (x := scores.get(code)) is not None]
        if known:
            top += weight * sum(w * x for w, x in known) / sum(w for w, _ in known)
            bottom += weight
    return top / bottom if bottom else None


def drawn(weights: Weights, *, spread: float = SPREAD, draws: int = DRAWS, seed: int = SEED) -> Iterator[Weights]:
    """The weights of each draw: for each pillar in the model's order its own, then those of its points."""
    random = Random(seed)  # noqa: S311 -- to be repeated, not to be secret

    def moved(weight: float) -> float:
        return weight * (1 - spread + 2 * spread * random.random())

    for _ in range(draws):
        yield [(moved(weight), [(code, moved(w)) for code, w in points]) for weight, points in weights]


def stability_of(
    weights: Weights, communities: Mapping[str, Scores], *, spread: float = SPREAD, draws: int = DRAWS, seed: int = SEED
) -> list[Stability]:
    """Every community with an overall score, the best first (equal ones by code).

    >>> two = {"a": {"P1.1": 80, "P2.1": 40}, "b": {"P1.1": 60, "P2.1": 50}}
    >>> ahead, behind = stability_of([(1, [("P1.1", 1)]), (1, [("P2.1", 1)])], two)
    >>> ahead.community, ahead.rank, ahead.best, ahead.worst, round(ahead.flips_from, 6)
    ('a', 1, 1, 2, 0.333333)
    """
    found = {code: overall_with(weights, scores) for code, scores in communities.items()}
    overall = {code: score for code, score in found.items() if score is not None}
    order = sorted(overall, key=lambda code: (-round(overall[code], DECIMALS), code))
    codes = [code for _, points in weights for code, _ in points]
    rows = [[communities[name].get(code) for code in codes] for name in order]
    ranks: list[list[int]] = [[] for _ in order]
    flips = [0] * len(order)
    for moved in drawn(weights, spread=spread, draws=draws, seed=seed):
        scores = _all_with(moved, rows, [communities[name] for name in order])
        ordered = sorted(-score for score in scores)
        for place, score in enumerate(scores):
            ranks[place].append(1 + bisect_left(ordered, -score))
            if place and score > scores[place - 1]:
                flips[place - 1] += 1
    own = ranks_of([round(overall[code], DECIMALS) for code in order])
    told = []
    for place, code in enumerate(order):
        seen = sorted(ranks[place])
        following = order[place + 1] if place + 1 < len(order) else None
        told.append(
            Stability(
                code, overall[code], own[place], seen[draws // 20], seen[ceil(draws * 0.95) - 1], seen[0], seen[-1],
                flips[place] / draws if following else None,
                flips_from(weights, communities[code], communities[following]) if following else None,
            )
        )  # fmt: skip
    return told


def ranks_of(values: Sequence[float]) -> list[int]:
    """1 is best; ties share the better rank.

    >>> ranks_of([30.0, 20.0, 20.0, 10.0])
    [1, 2, 2, 4]
    """
    ordered = sorted(-value for value in values)
    return [1 + bisect_left(ordered, -value) for value in values]


def _all_with(
    weights: Weights, rows: Sequence[Sequence[float | None]], communities: Sequence[Scores]
) -> list[float]:  # fmt: skip
    """The overall scores; communities that lack nothing, most of them, share one flat list of weights."""
    total = sum(weight for weight, points in weights if points)
    flat = [weight / total * w / sum(v for _, v in points) for weight, points in weights for _, w in points]
    scores = []
    for place, row in enumerate(rows):
        whole = overall_with(weights, communities[place]) if None in row else sum(map(mul, flat, row))
        scores.append(round(whole or 0.0, DECIMALS))
    return scores


def flips_from(weights: Weights, ahead: Scores, behind: Scores) -> float | None:
    """The least spread at which some weights bring the one behind level; null when none does. Exact to a millionth.

    Where a point does not apply to one of the two, each is taken at its own worst weights: the answer is then never
    too large.

    >>> flips_from([(1, [("P1.1", 1)]), (1, [("P2.1", 1)])], {"P1.1": 80, "P2.1": 40}, {"P1.1": 70, "P2.1": 40})
    >>> flips_from([(1, [("P1.1", 1)]), (1, [("P2.1", 1)])], {"P1.1": 80, "P2.1": 40}, {"P1.1": 40, "P2.1": 80})
    0.0
    """
    leads = _leads(weights, ahead, behind)
    if _least_lead(leads, 0.0) <= 0:
        return 0.0
    if _least_lead(leads, 1.0) >= -NOTHING:  # a weight never is quite nothing
        return None
    low, high = 0.0, 1.0
    for _ in range(24):
        middle = (low + high) / 2
        if _least_lead(leads, middle) > 0:
            low = middle
        else:
            high = middle
    return round(high, 6)


Sides = list[list[tuple[float, list[tuple[float, float]]]]]
"""Means whose least values add up to the least lead: pillars' weights, and points' weights and scores, rising."""


def _leads(weights: Weights, ahead: Scores, behind: Scores) -> Sides:
    """The differences where the same applies to both; else the one's scores, and the other's turned around."""
    codes = [code for _, points in weights for code, _ in points]
    if any((ahead.get(code) is None) != (behind.get(code) is None) for code in codes):
        turned = {code: None if score is None else -score for code, score in behind.items()}
        return [_rising(weights, ahead), _rising(weights, turned)]
    lead = {
        code: mine - theirs
        for code in codes
        if (mine := ahead.get(code)) is not None and (theirs := behind.get(code)) is not None
    }
    return [_rising(weights, lead)]


def _rising(weights: Weights, scores: Scores) -> list[tuple[float, list[tuple[float, float]]]]:
    pillars = []
    for weight, points in weights:
        known = sorted((x, w) for code, w in points if (x := scores.get(code)) is not None)
        if known:
            pillars.append((weight, [(w, x) for x, w in known]))
    return pillars


def _least_lead(sides: Sides, spread: float) -> float:
    """The least that the one ahead leads by under any weights within the spread."""
    least = 0.0
    for pillars in sides:
        means = sorted((_least_mean(points, spread), weight) for weight, points in pillars)
        least += _least_mean([(weight, mean) for mean, weight in means], spread) if means else 0.0
    return least


def _least_mean(rising: Sequence[tuple[float, float]], spread: float) -> float:
    """The least of Σ w·x / Σ w: the smallest x get the greatest weights, as many of them as makes it least."""
    light, heavy = 1 - spread, 1 + spread
    top = light * sum(w * x for w, x in rising)
    bottom = light * sum(w for w, _ in rising)
    found = inf
    for w, x in rising:
        top += (heavy - light) * w * x
        bottom += (heavy - light) * w
        found = min(found, top / bottom)
    return found
