"""What a benchmark may say without giving away a member.

>>> two_digits(12.5), two_digits(13.5), two_digits(0.0456)
(12.0, 14.0, 0.046)
>>> sorted(publishable({"all": frozenset("abcdefg"), "country:MX": frozenset("abcdef"), "kind:port": frozenset("ab")}))
['all']
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal

K = 5
"""The fewest contributing communities that a published cell rests on, and the fewest by which two groups differ."""
FEW = 20
"""Below this many, quartiles are so near to single values that they are given to two significant digits."""
FEWER_THAN_K = f"<{K}"
_TWO = Context(prec=2, rounding=ROUND_HALF_EVEN)


def two_digits(value: float) -> float:
    """To two significant digits, half to even, of the shortest decimal that is this double."""
    return float(_TWO.plus(Decimal(repr(float(value)))) + 0)


def must_be_rounded(contributors: int, *, hides: bool) -> bool:
    """Whether quartiles are given to two digits: few contributors, and some value that the caller may not see."""
    return hides and contributors < FEW


def publishable(groups: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The groups whose cell may be shown, given who contributes in each, for one indicator and period.

    A group is publishable if at least k contribute and it differs from each larger published group that contains it
    in 0 or at least k contributors; else one subtracts the two and holds what fewer than k said. The larger goes
    first, so the answer does not depend on the order in which groups are given.
    """
    published: list[frozenset[str]] = []
    names: set[str] = set()
    for name, members in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        if len(members) < K:
            break
        if all(not members < larger or len(larger) - len(members) >= K for larger in published):
            published.append(members)
            names.add(name)
    return frozenset(names)
