"""Direction over time, robust to outliers: the Theil-Sen slope (Theil 1950, Sen 1968) with the two-sided p-value of
Mann (1945) and Kendall (1975), corrected for ties and for continuity."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from services.indicators.statistics import quantile, settled

LEAST = 6
"""From how many periods on a trend is given."""


@dataclass(frozen=True, slots=True)
class Trend:
    """`slope` in the unit per period; `p_value` of "there is no trend"."""

    slope: float
    p_value: float


def trend(points: Sequence[tuple[int, float]]) -> Trend | None:
    """The trend of values at places in time (whole periods, ascending, gaps allowed); None below six points.

    slope = median over pairs of (v2 - v1) / (t2 - t1). S = Σ sign(v2 - v1) over pairs,
    Var S = (n(n-1)(2n+5) - Σ t(t-1)(2t+5)) / 18 over groups of t equal values, z = (S - sign S) / √Var S.
    """
    if len(points) < LEAST:
        return None
    pairs = list(combinations(points, 2))
    slope = quantile(sorted((v2 - v1) / (t2 - t1) for (t1, v1), (t2, v2) in pairs), 0.5)
    exact = [settled(value) for _, value in points]
    s = sum((after > before) - (after < before) for before, after in combinations(exact, 2))
    n = len(points)
    tied = sum(t * (t - 1) * (2 * t + 5) for t in Counter(exact).values())
    variance = (n * (n - 1) * (2 * n + 5) - tied) / 18
    if s == 0 or variance <= 0:
        return Trend(slope, 1.0)
    z = (abs(s) - 1) / math.sqrt(variance)
    return Trend(slope, math.erfc(z / math.sqrt(2)))
