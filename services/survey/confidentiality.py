"""Which aggregates may be shown, so that nobody's score can be worked out from them. Pure rules.

A figure rests on at least K contributors, and no difference of figures shown together rests on fewer.
"""

from collections.abc import Collection, Mapping
from decimal import ROUND_HALF_EVEN, Decimal

K = 5


def publishable(
    everybody: frozenset[str], dimensions: Mapping[str, Mapping[str, frozenset[str]]], k: int = K
) -> dict[str, frozenset[str]]:
    """The groups of each dimension whose figures may be shown beside the figure of everybody.

    `dimensions` has for each attribute its groups, and for each group its contributors. All dimensions are decided
    together, because a reader can ask for each in turn. A group is shown when

    - it has at least k contributors,
    - it differs from each larger group shown that contains it, everybody included, in 0 or at least k of them, and
    - what all shown groups of a dimension leave of everybody is 0 or at least k.

    Where the last does not hold, the smallest shown group of the dimension is withheld too.

    >>> six, two = frozenset("abcdef"), frozenset("gh")
    >>> publishable(six | two, {"country": {"MX": six, "CL": two}})
    {'country': frozenset()}
    """
    if len(everybody) < k:
        return {name: frozenset() for name in dimensions}
    candidates = sorted(
        ((name, group, members) for name, groups in dimensions.items() for group, members in groups.items()),
        key=lambda item: (-len(item[2]), item[0], item[1]),
    )
    withheld: set[tuple[str, str]] = set()
    while True:
        shown = _nested(candidates, everybody, withheld, k)
        smallest = _smallest_of_a_telling_remainder(shown, everybody, dimensions, k)
        if smallest is None:
            return {name: frozenset(shown[name]) for name in dimensions}
        withheld.add(smallest)


def _nested(
    candidates: Collection[tuple[str, str, frozenset[str]]], everybody: frozenset[str],
    withheld: Collection[tuple[str, str]], k: int,
) -> dict[str, dict[str, frozenset[str]]]:  # fmt: skip
    """Groups that are large enough and far enough from every larger one shown, the largest first."""
    larger = [everybody]
    shown: dict[str, dict[str, frozenset[str]]] = {name: {} for name, _, _ in candidates}
    for name, group, members in candidates:
        if len(members) < k or (name, group) in withheld:
            continue
        if all(not members <= other or len(other - members) == 0 or len(other - members) >= k for other in larger):
            larger.append(members)
            shown[name][group] = members
    return shown


def _smallest_of_a_telling_remainder(
    shown: Mapping[str, Mapping[str, frozenset[str]]], everybody: frozenset[str],
    dimensions: Mapping[str, Mapping[str, frozenset[str]]], k: int,
) -> tuple[str, str] | None:  # fmt: skip
    for name in dimensions:
        groups = shown.get(name, {})
        left = everybody.difference(*groups.values())
        if groups and 0 < len(left) < k:
            return name, min(groups, key=lambda group: (len(groups[group]), group))
    return None


def quartiles(values: Collection[float]) -> list[float] | None:
    """First quartile, median and third quartile, Hyndman and Fan (1996) type 7; null without values.

    >>> quartiles([1, 2, 3, 4, 5])
    [2.0, 3.0, 4.0]
    """
    if not values:
        return None
    ordered = sorted(values)
    found = []
    for share in (0.25, 0.5, 0.75):
        place = share * (len(ordered) - 1)
        below = int(place)
        above = min(below + 1, len(ordered) - 1)
        found.append(ordered[below] + (place - below) * (ordered[above] - ordered[below]))
    return [float(value) for value in found]


ROUNDED_BELOW = 20
"""Contributors from which on quartiles are told unrounded to readers who may not see every value."""


def two_digits(value: float) -> float:
    """The value to two significant digits, half to even.

    >>> two_digits(12.5), two_digits(13.5), two_digits(100.0), two_digits(0.0)
    (12.0, 14.0, 100.0, 0.0)
    """
    exact = Decimal(repr(value))
    if exact == 0:
        return 0.0
    return float(exact.quantize(Decimal(1).scaleb(exact.adjusted() - 1), rounding=ROUND_HALF_EVEN))


def told_quartiles(scores: Mapping[str, float], seen: Collection[str]) -> list[float] | None:
    """Quartiles as a reader gets them who may see the scores of `seen`: to two digits where that is not all of few.

    >>> told_quartiles({"a": 10.5, "b": 20.5, "c": 31.5, "d": 40.0, "e": 50.0}, {"a", "b", "c", "d", "e"})
    [20.5, 31.5, 40.0]
    >>> told_quartiles({"a": 10.5, "b": 20.5, "c": 31.5, "d": 40.0, "e": 50.0}, {"a"})
    [20.0, 32.0, 40.0]
    """
    found = quartiles(list(scores.values()))
    if found is None or len(scores) >= ROUNDED_BELOW or set(scores) <= set(seen):
        return found
    return [two_digits(value) for value in found]
