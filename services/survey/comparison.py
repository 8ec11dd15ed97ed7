"""Where a score stands among others: rank and percentile rank, the higher the better. Pure rules."""

from collections.abc import Collection

ENOUGH_DIGITS = 12


def settled(value: float) -> float:
    """The value to 12 significant digits, by which equality is decided, so that 0.1 + 0.2 ties with 0.3."""
    return float(f"{value:.{ENOUGH_DIGITS - 1}e}") + 0.0


def rank_among(value: float, values: Collection[float]) -> int:
    """1 is best; ties share the better rank. `values` has the value itself.

    >>> [rank_among(value, [90.0, 80.0, 80.0, 10.0]) for value in (90.0, 80.0, 10.0)]
    [1, 2, 4]
    """
    own = settled(value)
    return 1 + sum(settled(other) > own for other in values)


def percentile_rank(value: float, values: Collection[float]) -> float:
    """100 · (smaller + half of the equal, itself included) / n.

    >>> percentile_rank(80.0, [90.0, 80.0, 80.0, 10.0]), percentile_rank(12.0, [12.0] * 6)
    (50.0, 50.0)
    """
    own = settled(value)
    smaller = sum(settled(other) < own for other in values)
    equal = sum(settled(other) == own for other in values)
    return 100 * (smaller + equal / 2) / len(values)
