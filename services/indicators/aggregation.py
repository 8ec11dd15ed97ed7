"""From the periods that were observed to the longer period that contains them.

>>> parts = [Part("2025-01", 90.0, 45.0, 50.0, None), Part("2025-02", 25.0, 10.0, 40.0, None)]
>>> round(combine(parts, "ratio", factor=100, least=2).value, 1)
61.1
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from services.indicators.periods import MONTHS
from services.indicators.words import Aggregation, Frequency

SHARE_NEEDED = 0.75


@dataclass(frozen=True, slots=True)
class Part:
    """An approved observation of one of the periods inside."""

    period: str
    value: float
    numerator: float | None
    denominator: float | None
    n: int | None


@dataclass(frozen=True, slots=True)
class Whole:
    """The computed value of the longer period. `plain_mean`: not weighted, because some n was missing."""

    value: float
    numerator: float | None
    denominator: float | None
    n: int | None
    periods: int
    plain_mean: bool


def least_periods(of: Frequency, within: Frequency, share: float = SHARE_NEEDED) -> int:
    """How many periods must be there: 9 of the 12 months of a year, 3 of its 4 quarters, 3 of the 3 months of a
    quarter (three quarters of them, rounded up)."""
    return math.ceil(MONTHS[within] // MONTHS[of] * share)


def combine(parts: Sequence[Part], rule: Aggregation, *, factor: float | None, least: int) -> Whole | None:
    """The value of the longer period, None when fewer than `least` of its periods are there.

    `ratio`: factor · Σ numerators / Σ denominators, over the periods that have both; a period with a value alone does
    not count, for percentages are never averaged. `weighted_mean`: by n; the plain mean where any n is missing.
    `sum`; `last`: the latest. Sums run in the order of the periods, so that the last bit is always the same.
    """
    ordered = sorted(parts, key=lambda part: part.period)
    if rule == "ratio":
        ordered = [part for part in ordered if part.numerator is not None and part.denominator is not None]
    if not ordered or len(ordered) < least:
        return None
    numerator = _total([part.numerator for part in ordered])
    denominator = _total([part.denominator for part in ordered])
    units = _units(ordered)
    plain = False
    if rule == "ratio":
        if numerator is None or not denominator:
            return None
        value = (factor if factor is not None else 1) * numerator / denominator
    elif rule == "weighted_mean":
        plain = units is None
        value = _weighted_mean(ordered)
    elif rule == "sum":
        value = _total([part.value for part in ordered]) or 0.0
    else:
        value = ordered[-1].value
    return Whole(value, numerator, denominator, units, len(ordered), plain)


def _total(values: Sequence[float | None]) -> float | None:
    total = 0.0
    for value in values:
        if value is None:
            return None
        total += value
    return total


def _units(parts: Sequence[Part]) -> int | None:
    counts = [part.n for part in parts]
    return sum(n for n in counts if n is not None) if all(n is not None for n in counts) else None


def _weighted_mean(parts: Sequence[Part]) -> float:
    total = weight = 0.0
    is_plain = any(part.n is None for part in parts)
    for part in parts:
        w = 1.0 if is_plain or part.n is None else float(part.n)
        total += part.value * w
        weight += w
    return total / weight
