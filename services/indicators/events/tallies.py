"""How often each value of a sample comes up: few rows beside the events, and exact quantiles and sketches follow from
it without another look at the events."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.indicators.events import sketches

SAMPLE, TIMES = "sample", "times"
"""The columns of a tally, beside those by which it is grouped."""


def tally(events: Any, keys: Sequence[str], sample: Any | None, **sums: Any) -> Any:
    """How many events of each group have which value of the sample, and sums of them; one row of a group when there is
    no sample."""
    import ibis  # noqa: PLC0415 -- heavy, and only in the process that computes

    valued = events.mutate(**{SAMPLE: ibis.literal(None, "float64") if sample is None else sample})
    return valued.group_by([*keys, SAMPLE]).aggregate(**{TIMES: valued.count()}, **sums)


def quantiles(tallied: Any, keys: Sequence[str], shares: Mapping[str, float]) -> Any:
    """Of each group how many events have a sample, `n`, and the quantiles of these by name: type 7, as PostgreSQL's
    `percentile_cont`."""
    import ibis  # noqa: PLC0415 -- as above

    known = tallied.filter(tallied[SAMPLE].notnull())
    known = known.mutate(
        upto=known[TIMES].sum().over(ibis.cumulative_window(group_by=list(keys), order_by=SAMPLE)).cast("int64"),
        total=known[TIMES].sum().over(ibis.window(group_by=list(keys))).cast("int64"),
    )
    around: dict[str, Any] = {}
    for name, share in shares.items():
        place = (known.total - 1) * share
        around[f"{name}.low"] = known[SAMPLE].min(where=known.upto > place.floor())
        around[f"{name}.high"] = known[SAMPLE].min(where=known.upto > place.ceil())
    found = known.group_by(list(keys)).aggregate(n=known.total.max(), **around)
    between = {}
    for name, share in shares.items():
        place = (found.n - 1) * share
        low, high = found[f"{name}.low"], found[f"{name}.high"]
        between[name] = low + (high - low) * (place - place.floor())
    return found.select(*keys, "n", **between)


def buckets(tallied: Any, keys: Sequence[str]) -> Any:
    """Of each group the sketch of its sample: `bucket` and `times`."""
    known = tallied.filter(tallied[SAMPLE].notnull())
    sample = known[SAMPLE]
    logarithm = (sample >= sketches.SMALLEST).ifelse(sample, sketches.SMALLEST).ln() / math.log(sketches.GAMMA)
    bucket = (sample < sketches.SMALLEST).ifelse(sketches.ZERO, logarithm.ceil().cast("int64"))
    bucketed = known.select(*keys, TIMES, bucket=bucket)
    return bucketed.group_by([*keys, "bucket"]).aggregate(**{TIMES: bucketed[TIMES].sum().cast("int64")})


def totals(tallied: Any, keys: Sequence[str], names: Iterable[str]) -> Any:
    """A tally without its sample: of each group the sums of what was counted and summed, `times` among them."""
    return tallied.group_by(list(keys)).aggregate(
        **{TIMES: tallied[TIMES].sum().cast("int64")}, **{name: tallied[name].sum() for name in names}
    )
