"""Quantiles, ranks and gaps; pure functions in double precision, rounded nowhere.

Equality of decimals: two values are equal when they agree in their first 12 significant digits (half to even), so that
0.1 + 0.2 ties with 0.3 and -0 with 0. Ranks compare values by this rule; quantiles use the values as they are.

    >>> quartiles([10, 12, 12, 15, 30])
    (12.0, 12.0, 15.0)
    >>> percentile_rank(12, [10, 12, 12, 15, 30], "lower"), rank(12, [10, 12, 12, 15, 30], "lower")
    (60.0, 2)
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

from services.indicators.words import Polarity

Quartiles = tuple[float, float, float]
Band = tuple[float, float]
NEAR = 1e-10
"""Values that differ by more of the greater of them than this differ in their first 12 digits; so do those that differ
from a value by more than twice this of it."""
_TWELVE = Context(prec=12, rounding=ROUND_HALF_EVEN)


def settled(value: float) -> Decimal:
    """The value to 12 significant digits: what equality and order of values are decided on."""
    return _TWELVE.plus(Decimal(repr(float(value)))) + 0


def quantile(ordered: Sequence[float], share: float) -> float:
    """Type 7 of Hyndman and Fan (1996) of values in ascending order: linear between the order statistics around
    `share` · (n - 1). What NumPy's default and PostgreSQL's `percentile_cont` compute. Raises ValueError for none."""
    if not ordered:
        raise ValueError("no values")
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    low, high = float(ordered[below]), float(ordered[math.ceil(place)])
    return low if below == place else low + (place - below) * (high - low)


def quartiles(values: Sequence[float]) -> Quartiles:
    """First quartile, median, third quartile. Raises ValueError for no values."""
    ordered = sorted(values)
    return quantile(ordered, 0.25), quantile(ordered, 0.5), quantile(ordered, 0.75)


def distance(value: float, band: Band) -> Decimal:
    """How far a value lies outside a target band, edges included in the band; 0 inside. In the unit."""
    exact, low, high = settled(value), settled(band[0]), settled(band[1])
    return max(low - exact, exact - high, Decimal(0))


def merit(value: float, polarity: Polarity, band: Band | None = None) -> Decimal:
    """A number that is greater the better the value is, by polarity."""
    if polarity == "target_band":
        if band is None:
            raise ValueError("a target band is needed")
        return -distance(value, band)
    return settled(value) if polarity == "higher" else -settled(value)


def percentile_rank(value: float, values: Sequence[float], polarity: Polarity, band: Band | None = None) -> float:
    """100 · (how many are worse + half of those equal, itself included) / n: 100 is always the good end.

    `values` are those of all contributing communities, the value itself among them.
    """
    worse, equal, _ = _against(value, values, polarity, band)
    return 100 * (worse + equal / 2) / len(values)


def rank(value: float, values: Sequence[float], polarity: Polarity, band: Band | None = None) -> int:
    """1 is best; ties share the better rank (1, 2, 2, 4)."""
    return 1 + _against(value, values, polarity, band)[2]


def rank_and_percentile(
    value: float, values: Sequence[float], polarity: Polarity, band: Band | None = None
) -> tuple[int, float]:
    """`rank` and `percentile_rank`, for the price of one."""
    worse, equal, better = _against(value, values, polarity, band)
    return 1 + better, 100 * (worse + equal / 2) / len(values)


def _against(value: float, values: Sequence[float], polarity: Polarity, band: Band | None) -> tuple[int, int, int]:
    """How many values are worse, equal and better. Only those so near that they may be equal are looked at digit by
    digit."""
    if polarity == "target_band":
        own = merit(value, polarity, band)
        merits = [merit(other, polarity, band) for other in values]
        worse, equal = sum(other < own for other in merits), sum(other == own for other in merits)
        return worse, equal, len(values) - worse - equal
    ordered, exact, reach = sorted(values), settled(value), 2 * NEAR * abs(value)
    less = bisect_left(ordered, value - reach)
    near = [settled(other) for other in ordered[less : bisect_right(ordered, value + reach, lo=less)]]
    less += sum(digits < exact for digits in near)
    equal = sum(digits == exact for digits in near)
    more = len(ordered) - less - equal
    return (less, equal, more) if polarity == "higher" else (more, equal, less)


@dataclass(frozen=True, slots=True)
class Gap:
    """A value against the boundary of good practice: `absolute` = value - boundary in the unit, `percent` of the
    boundary (None when the boundary is 0)."""

    absolute: float
    percent: float | None
    boundary: float


def gap(value: float, boundary: float) -> Gap:
    difference = value - boundary
    return Gap(difference, 100 * difference / boundary if boundary else None, boundary)


def good_practice(value: float, of_peers: Quartiles, polarity: Polarity, band: Band | None = None) -> float:
    """The boundary that a value is measured against: the peers' 75th percentile, the 25th with polarity `lower`; with
    a target band the point of the band that is nearest, so that inside it the gap is 0."""
    if polarity == "target_band":
        if band is None:
            raise ValueError("a target band is needed")
        return min(max(value, band[0]), band[1])
    return of_peers[2] if polarity == "higher" else of_peers[0]


def mean(values: Sequence[float]) -> float | None:
    """The arithmetic mean in the order given; None of nothing."""
    total = 0.0
    for value in values:
        total += value
    return total / len(values) if values else None
