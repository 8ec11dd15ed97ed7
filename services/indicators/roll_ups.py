"""Values of quarters and years, kept in the transaction that approves one of their months or quarters."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from services.indicators.aggregation import Part, Whole, combine, least_periods
from services.indicators.catalogue import indicators
from services.indicators.periods import Period, coarser
from services.indicators.tables import Indicator, Observation, RollUp
from services.indicators.words import Aggregation
from shared.database import WriteSession

KEY = ("community_code", "indicator_code", "period")


async def keep_roll_ups(tx: WriteSession, community: str, codes: Sequence[str], period: Period) -> None:
    """Compute anew every longer period that contains this one, for these indicators of a community."""
    longer = [period.within(frequency) for frequency in coarser(period.frequency)]
    if not codes or not longer:
        return
    await tx.flush()
    catalogue = await indicators(tx)
    parts = await _approved_parts(tx, community, codes, longer[-1].parts(period.frequency))
    stored: list[dict[str, Any]] = []
    gone: list[tuple[str, str]] = []
    for code in codes:
        for whole_period in longer:
            inside = {str(part) for part in whole_period.parts(period.frequency)}
            rows = [row for row in parts if row.indicator_code == code and row.period in inside]
            whole = _whole(catalogue[code], rows, period, whole_period)
            if whole is None:
                gone.append((code, str(whole_period)))
            else:
                stored.append(_row(community, code, whole_period, whole, demo=any(row.demo for row in rows)))
    if gone:
        await tx.execute(
            delete(RollUp).where(
                RollUp.community_code == community, tuple_(RollUp.indicator_code, RollUp.period).in_(gone)
            )
        )
    if stored:
        statement = insert(RollUp)
        replaced = {name: statement.excluded[name] for name in stored[0] if name not in KEY}
        await tx.execute(statement.on_conflict_do_update(index_elements=list(KEY), set_=replaced), stored)


async def _approved_parts(
    tx: WriteSession, community: str, codes: Sequence[str], periods: Sequence[Period]
) -> list[Observation]:
    rows = await tx.scalars(
        select(Observation)
        .where(
            Observation.community_code == community,
            Observation.indicator_code.in_(codes),
            Observation.period.in_([str(period) for period in periods]),
            Observation.value.is_not(None),
        )
        .execution_options(populate_existing=True)
    )
    return list(rows)


def _whole(indicator: Indicator, rows: Sequence[Observation], of: Period, within: Period) -> Whole | None:
    parts = [
        Part(row.period, row.value, row.numerator, row.denominator, row.n) for row in rows if row.value is not None
    ]
    least = least_periods(of.frequency, within.frequency, indicator.min_share)
    return combine(parts, cast("Aggregation", indicator.aggregation), factor=indicator.factor, least=least)


def _row(community: str, code: str, period: Period, whole: Whole, *, demo: bool) -> dict[str, Any]:
    return {
        "community_code": community, "indicator_code": code, "period": str(period), "value": whole.value,
        "numerator": whole.numerator, "denominator": whole.denominator, "n": whole.n, "periods": whole.periods,
        "plain_mean": whole.plain_mean, "demo": demo,
    }  # fmt: skip
