"""Reads behind benchmarks: who contributes what to a cell."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    cast,
    func,
    literal,
    null,
    select,
    tuple_,
    union_all,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from services.indicators.access import joined_level
from services.indicators.benchmarks.cells import Contribution
from services.indicators.catalogue import computed_at
from services.indicators.confidentiality import K
from services.indicators.peer_groups.groups import Groups, all_groups, groups_as_json, groups_of
from services.indicators.periods import Period
from services.indicators.tables import Community, Indicator, Observation, RollUp, Visibility
from shared.database import ReadSession

Place = tuple[str, str]
"""An indicator's code and a period."""


def source_of(indicator: Indicator, period: Period) -> Any:
    """Where values of this period come from: what was approved, or what was computed from it."""
    return RollUp if computed_at(indicator, period.months) else Observation


def _contributions(source: Any, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Indicator, period, and then what a Contribution has, in its order."""
    plain = source.plain_mean if source is RollUp else literal(value=False)
    statement: Any = (
        select(
            source.indicator_code, source.period, source.community_code, source.value, Community.country,
            Community.kind, Community.phase, Community.size_class,
            joined_level(source.indicator_code).label("level"), source.demo,
            plain.label("plain_mean"),
        )
        .join(Community, and_(Community.code == source.community_code, Community.active))
        .join(Visibility, Visibility.community_code == source.community_code, isouter=True)
        .where(source.value.is_not(None), *conditions)
    )  # fmt: skip
    return statement  # type: ignore[no-any-return]


def _gathered(source: Any, *conditions: ColumnElement[bool]) -> Select[Any]:
    """A row for each indicator and period, with a list for each column of a contribution: thousands of rows would take
    longer to fetch than to find."""
    each = _contributions(source, *conditions).subquery()
    lists = [
        func.array_agg(aggregate_order_by(column, each.c.community_code)).label(column.name) for column in each.c[2:]
    ]
    statement: Any = (
        select(each.c.indicator_code, each.c.period, *lists, _none(JSONB).label("groups"))
        .group_by(each.c.indicator_code, each.c.period)
    )  # fmt: skip
    return statement  # type: ignore[no-any-return]


def _none(kind: Any) -> Any:
    return cast(null(), kind)


def _with_groups(*gathered: Select[Any]) -> Any:
    """Groups and contributions of one moment, in one statement."""
    columns = [_none(column.type).label(column.name) for column in gathered[0].selected_columns[:-1]]
    return union_all(select(*columns, groups_as_json().label("groups")), *gathered)


@cache
def _cell(source: Any) -> Any:
    """Built once: putting it together takes longer than the database does to answer it."""
    return _with_groups(
        _gathered(source, source.indicator_code == bindparam("indicator"), source.period == bindparam("period"))
    )


async def benchmark(
    connection: AsyncConnection, indicator: Indicator, period: Period
) -> tuple[Groups, list[Contribution]]:
    """Every group that can be asked for, and everybody who contributes to an indicator and period."""
    values = {"indicator": indicator.code, "period": str(period)}
    groups, cells = _read(await connection.execute(_cell(source_of(indicator, period)), values))
    return groups, cells.get((indicator.code, str(period)), [])


async def contributions(
    connection: AsyncConnection, places: Iterable[tuple[Indicator, Period]]
) -> tuple[Groups, dict[Place, list[Contribution]]]:
    """Every group that can be asked for, and everybody who contributes to these indicators and periods."""
    wanted: dict[Any, list[Place]] = {RollUp: [], Observation: []}
    for indicator, period in places:
        wanted[source_of(indicator, period)].append((indicator.code, str(period)))
    gathered = [
        _gathered(source, tuple_(source.indicator_code, source.period).in_(keys))
        for source, keys in wanted.items() if keys
    ]  # fmt: skip
    if not gathered:
        return await all_groups(connection), {}
    groups, found = _read(await connection.execute(_with_groups(*gathered)))
    return groups, {place: found.get(place, []) for keys in wanted.values() for place in keys}


def _read(rows: Any) -> tuple[Groups, dict[Place, list[Contribution]]]:
    groups, found = None, {}
    for code, period, *lists, told in rows:
        if told is not None:
            groups = groups_of(told)
        else:
            found[code, period] = list(map(Contribution._make, zip(*lists, strict=True)))
    assert groups is not None
    return groups, found


async def latest_period(db: ReadSession, indicator: Indicator) -> str | None:
    """The newest period of the indicator's own frequency with enough contributors, else the newest of all."""
    statement = (
        select(Observation.period, func.count())
        .where(Observation.indicator_code == indicator.code, Observation.value.is_not(None))
        .group_by(Observation.period)
        .order_by(Observation.period.desc())
        .limit(60)
    )
    rows = (await db.execute(statement)).all()
    return next((period for period, count in rows if count >= K), rows[0][0] if rows else None)
