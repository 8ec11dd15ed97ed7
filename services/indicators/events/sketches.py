"""Quantile sketches: how many values fall into buckets that grow by one per cent and a bit, after Masson, Rim and Lee,
DDSketch (2019). Two are merged by adding their counts, and any quantile is right within one per cent of itself.

>>> sketch = {bucket_of(value): 1 for value in (10.0, 20.0, 40.0)}
>>> abs(quantile(sketch, 0.5) / 20 - 1) <= ACCURACY
True
"""

import math
from collections import Counter
from collections.abc import Mapping

ACCURACY = 0.01
GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
LOG_GAMMA = math.log(GAMMA)
SMALLEST = 1e-6
ZERO = -100_000
"""The bucket of what is nothing, or as good as nothing."""


def bucket_of(value: float) -> int:
    """The bucket of a value: the least i with GAMMA^i ≥ value."""
    return ZERO if value < SMALLEST else math.ceil(math.log(value) / LOG_GAMMA)


def merged(one: Mapping[int, int], other: Mapping[int, int]) -> dict[int, int]:
    return dict(sorted((Counter(one) + Counter(other)).items()))


def quantile(sketch: Mapping[int, int], share: float) -> float:
    """The value at rank share · (n - 1), between its neighbours as type 7 has it, each within ACCURACY of the truth.
    Raises ValueError for a sketch of nothing."""
    n = sum(sketch.values())
    if not n:
        raise ValueError("a sketch of nothing has no quantile")
    place = share * (n - 1)
    low, high = _at(sketch, math.floor(place)), _at(sketch, math.ceil(place))
    return low + (high - low) * (place - math.floor(place))


def _at(sketch: Mapping[int, int], rank: int) -> float:
    passed = 0
    for bucket, count in sorted(sketch.items()):
        passed += count
        if passed > rank:
            return 0.0 if bucket == ZERO else 2 * GAMMA**bucket / (GAMMA + 1)
    raise ValueError("the rank is not in the sketch")
