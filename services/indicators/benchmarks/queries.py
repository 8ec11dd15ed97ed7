"""Reads behind benchmarks: who contributes what to a cell, with the quartiles of the group from the database itself."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Double, Select, and_, cast, func, literal, select, true, tuple_

from services.indicators.access import level_of
from services.indicators.benchmarks.cells import Contribution
from services.indicators.catalogue import computed_at
from services.indicators.confidentiality import K
from services.indicators.peer_groups.groups import Group
from services.indicators.periods import Period
from services.indicators.statistics import Quartiles
from services.indicators.tables import Community, Indicator, Observation, RollUp
from shared.database import ReadSession

Place = tuple[str, str]
"""An indicator's code and a period."""


def source_of(indicator: Indicator, period: Period) -> Any:
    """Where values of this period come from: what was approved, or what was computed from it."""
    return RollUp if computed_at(indicator, period.months) else Observation


def _contributions(source: Any, *conditions: ColumnElement[bool]) -> Select[Any]:
    plain = source.plain_mean if source is RollUp else literal(value=False)
    statement: Any = (
        select(
            source.indicator_code, source.period, source.community_code, source.value, source.demo, Community.country,
            Community.kind, Community.phase, Community.size_class, plain.label("plain_mean"),
            level_of(source.community_code, source.indicator_code).label("level"),
        )
        .join(Community, and_(Community.code == source.community_code, Community.active))
        .where(source.value.is_not(None), *conditions)
    )  # fmt: skip
    return statement  # type: ignore[no-any-return]


async def benchmark(
    db: ReadSession, indicator: Indicator, period: Period, group: Group
) -> tuple[list[Contribution], Quartiles | None]:
    """Everybody who contributes to an indicator and period, and the quartiles (type 7) of those in the group; in one
    statement."""
    source = source_of(indicator, period)
    everybody = _contributions(
        source, source.indicator_code == indicator.code, source.period == str(period)
    ).add_columns(group.condition().label("in_group")).cte("everybody")  # fmt: skip
    shares = cast([0.25, 0.5, 0.75], ARRAY(Double))
    quartiles = (
        select(func.percentile_cont(shares).within_group(everybody.c.value).label("quartiles"))
        .where(everybody.c.in_group)
        .cte("quartiles")
    )
    statement = select(everybody, quartiles.c.quartiles).join(quartiles, true())
    rows = (await db.execute(statement.order_by(everybody.c.community_code))).all()
    found = rows[0].quartiles if rows else None
    return [_contribution(row) for row in rows], tuple(found) if found is not None else None


async def contributions(db: ReadSession, places: Iterable[tuple[Indicator, Period]]) -> dict[Place, list[Contribution]]:
    """Everybody who contributes to these indicators and periods; two statements, however many there are."""
    found: dict[Place, list[Contribution]] = {}
    wanted: dict[Any, list[Place]] = {}
    for indicator, period in places:
        found[indicator.code, str(period)] = []
        wanted.setdefault(source_of(indicator, period), []).append((indicator.code, str(period)))
    for source, keys in wanted.items():
        condition = tuple_(source.indicator_code, source.period).in_(keys)
        for row in await db.execute(_contributions(source, condition).order_by(source.community_code)):
            found[row.indicator_code, row.period].append(_contribution(row))
    return found


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


def _contribution(row: Any) -> Contribution:
    return Contribution(
        community=row.community_code, value=row.value, country=row.country, kind=row.kind, phase=row.phase,
        size_class=row.size_class, level=row.level, demo=row.demo, plain_mean=row.plain_mean,
    )  # fmt: skip
