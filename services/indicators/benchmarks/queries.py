"""Reads behind benchmarks: who contributes what to a cell."""

from collections.abc import Iterable
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Result, Select, and_, bindparam, func, literal, select, tuple_

from services.indicators.access import level_of
from services.indicators.benchmarks.cells import Contribution
from services.indicators.catalogue import computed_at
from services.indicators.confidentiality import K
from services.indicators.periods import Period
from services.indicators.tables import Community, Indicator, Observation, RollUp
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
            level_of(source.community_code, source.indicator_code).label("level"), source.demo,
            plain.label("plain_mean"),
        )
        .join(Community, and_(Community.code == source.community_code, Community.active))
        .where(source.value.is_not(None), *conditions)
    )  # fmt: skip
    return statement  # type: ignore[no-any-return]


@cache
def _contributions_to_one(source: Any) -> Select[Any]:
    """Built once: putting it together takes longer than the database does to answer it."""
    cell = (source.indicator_code == bindparam("indicator"), source.period == bindparam("period"))
    return _contributions(source, *cell).order_by(source.community_code)


async def benchmark(db: ReadSession, indicator: Indicator, period: Period) -> list[Contribution]:
    """Everybody who contributes to an indicator and period."""
    statement = _contributions_to_one(source_of(indicator, period))
    rows = await _plain(db, statement, indicator=indicator.code, period=str(period))
    return [Contribution._make(row[2:]) for row in rows]


async def contributions(db: ReadSession, places: Iterable[tuple[Indicator, Period]]) -> dict[Place, list[Contribution]]:
    """Everybody who contributes to these indicators and periods; two statements, however many there are."""
    found: dict[Place, list[Contribution]] = {}
    wanted: dict[Any, list[Place]] = {}
    for indicator, period in places:
        found[indicator.code, str(period)] = []
        wanted.setdefault(source_of(indicator, period), []).append((indicator.code, str(period)))
    for source, keys in wanted.items():
        condition = tuple_(source.indicator_code, source.period).in_(keys)
        statement = _contributions(source, condition).order_by(
            source.indicator_code, source.period, source.community_code
        )
        rows = (await _plain(db, statement)).all()
        for place, those in groupby(rows, itemgetter(0, 1)):
            found[place] = [Contribution._make(row[2:]) for row in those]
    return found


async def _plain(db: ReadSession, statement: Any, **values: Any) -> Result[Any]:
    """Rows as they come from the driver: thousands of them go through nothing that makes objects of tables."""
    found: Result[Any] = await (await db.connection()).execute(statement, values)
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
