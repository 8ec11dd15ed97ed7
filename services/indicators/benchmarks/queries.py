"""Reads behind benchmarks: who contributes what to a cell."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Double,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    func,
    null,
    select,
    union_all,
)  # fmt: skip
from sqlalchemy.ext.asyncio import AsyncConnection

from services.indicators.benchmarks.cells import NOBODY, Contributions
from services.indicators.catalogue import computed_at
from services.indicators.peer_groups.network import Network, network_as_text, network_of
from services.indicators.periods import Period, parse
from services.indicators.tables import Community, Indicator, Observation, RollUp

Place = tuple[str, str]
"""An indicator's code and a period."""
NEWEST = 60
"""Periods that are looked at for the newest of which something may be shown."""
BETWEEN = " "
"""What stands between codes of communities, which are without blanks."""


async def benchmark(connection: AsyncConnection, indicator: Indicator, period: Period) -> tuple[Network, Contributions]:
    """The Network, and what everybody contributes to an indicator and period, of one moment."""
    network, found = await contributions(connection, [indicator], [period])
    return network, found[indicator.code, str(period)]


async def contributions(
    connection: AsyncConnection, indicators: Sequence[Indicator], periods: Sequence[Period]
) -> tuple[Network, dict[Place, Contributions]]:
    """The Network, and what everybody contributes to each of these indicators in each of these periods, which are of
    one frequency: in one statement, so of one moment."""
    wanted: dict[str, list[str]] = {}
    for indicator in indicators if periods else ():
        wanted.setdefault(_source_of(indicator, periods[0]), []).append(indicator.code)
    asked = [str(period) for period in periods]
    values: dict[str, Any] = {"periods": asked if len(asked) != 1 else asked[0]}
    for source, codes in wanted.items():
        values[source] = codes if len(codes) > 1 else codes[0]
    shape = tuple((source, len(wanted[source]) > 1) for source in sorted(wanted))
    rows = await connection.execute(_statement(shape, many_periods=len(asked) != 1), values if wanted else {})
    network, found = None, {}
    for code, period, contributors, figures, demo, plain, told in rows:
        if told is not None:
            network = network_of(told)
        else:
            found[code, period] = Contributions(contributors.split(BETWEEN), figures, _set_of(demo), _set_of(plain))
    assert network is not None
    return network, {
        (one.code, period): found.get((one.code, period), NOBODY) for one in indicators for period in asked
    }


def _source_of(indicator: Indicator, period: Period) -> str:
    """Where values of this period come from: what was approved, or what was computed from it."""
    return "roll_ups" if computed_at(indicator, period.months) else "observations"


@cache
def _statement(shape: tuple[tuple[str, bool], ...], *, many_periods: bool) -> Any:
    """By tables, each with whether it is asked for many indicators. Built once for each shape: putting it together
    takes longer than the database does to answer it."""
    nothing = [cast(null(), kind) for kind in (Text, Text, Text, ARRAY(Double), Text, Text)]
    parts = [_gathered(table, many_indicators=many, many_periods=many_periods) for table, many in shape]
    return union_all(select(*nothing, network_as_text()), *parts)


def _gathered(table: str, *, many_indicators: bool, many_periods: bool) -> Select[Any]:
    """A row for each indicator and period, with a list for each thing that is told of a contribution; the lists of a
    row are in one order, whichever. Thousands of rows would take longer to fetch than to find, and to sort them longer
    than both."""
    source: Any = {"roll_ups": RollUp, "observations": Observation}[table]
    code = source.community_code
    plain: Any = func.string_agg(code, BETWEEN).filter(source.plain_mean) if source is RollUp else cast(null(), Text)
    statement: Any = (
        select(
            source.indicator_code, source.period, func.string_agg(code, BETWEEN), func.array_agg(source.value),
            func.string_agg(code, BETWEEN).filter(source.demo), plain, cast(null(), Text),
        )
        .join(Community, and_(Community.code == code, Community.active))
        .where(
            source.value.is_not(None),
            _is(source.indicator_code, table, many=many_indicators), _is(source.period, "periods", many=many_periods),
        )
        .group_by(source.indicator_code, source.period)
    )  # fmt: skip
    return statement  # type: ignore[no-any-return]


def _is(column: Any, name: str, *, many: bool) -> ColumnElement[bool]:
    """The column is the value of this parameter, or one of its values."""
    found: ColumnElement[bool] = column == (any_(bindparam(name, type_=ARRAY(Text))) if many else bindparam(name))
    return found


def _set_of(codes: str | None) -> frozenset[str]:
    return frozenset(codes.split(BETWEEN)) if codes else frozenset()


async def newest_periods(connection: AsyncConnection, indicator: Indicator) -> list[tuple[Period, int]]:
    """The newest periods of the indicator's own frequency with anything approved, and of how many communities."""
    statement = (
        select(Observation.period, func.count())
        .where(Observation.indicator_code == indicator.code, Observation.value.is_not(None))
        .group_by(Observation.period)
        .order_by(Observation.period.desc())
        .limit(NEWEST)
    )
    found = [(parse(text), count) for text, count in await connection.execute(statement)]
    return [(period, count) for period, count in found if period.frequency == indicator.frequency]
