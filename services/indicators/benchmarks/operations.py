"""What people ask of benchmarks: one cell, a community's scorecard, a trend."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from services.indicators import access
from services.indicators.benchmarks import queries
from services.indicators.benchmarks.cells import Cell, Contribution, cell, plain_means, standing
from services.indicators.catalogue import computed_at
from services.indicators.catalogue import indicators as catalogue_of
from services.indicators.moments import at_once
from services.indicators.peer_groups.groups import Group, group_named
from services.indicators.periods import Period, first_from, from_to, is_at_least_as_coarse, last_until, parse
from services.indicators.schemas import (
    BenchmarkOut,
    ComputedOut,
    InterfaceOut,
    ScorecardOut,
    SourceOut,
    TrendOut,
    TrendPointOut,
)  # fmt: skip
from services.indicators.statistics import mean
from services.indicators.tables import Indicator
from services.indicators.trend import trend
from services.indicators.words import INTERFACE_NAMES, INTERFACES, Aggregation, Frequency, Interface, Polarity
from shared.callers import Caller
from shared.database import Database, ReadSession
from shared.languages import pick
from shared.problems import Invalid

MOST_POINTS = 120
USUAL_POINTS = 24
Sees = Callable[[Contribution], bool]


@dataclass(frozen=True)
class Question:
    """What a benchmark is asked for, beside the indicator: a community of the Network, a group of peers."""

    community: str | None
    peer_group: str
    language: str


def seen_by(caller: Caller) -> Sees:
    return lambda row: access.sees(caller, row.community, row.level)


async def benchmark(
    db: Database, indicator: Indicator, period: Period | None, question: Question, *, by: Caller
) -> BenchmarkOut:
    """One cell; without a period, of the newest with enough contributors. Raises Invalid."""
    asked = await period_asked(db, indicator, period)
    async with at_once(db) as connection:
        groups, contributions = await queries.benchmark(connection, indicator, asked)
    group = group_named(groups, question.peer_group)
    found = cell(group, groups, contributions, seen_by(by))
    return _benchmark_out(indicator, asked, found, question, seen_by(by))


async def scorecard(db: Database, community: str, period: Period, question: Question, *, by: Caller) -> ScorecardOut:
    """Every indicator that can be given for this period, with the indexes of the interfaces. Indicators whose value
    the caller may not see count for nothing."""
    sees = seen_by(by)
    async with db.reading() as reading:
        catalogue = await catalogue_of(reading)
    usable = [row for row in catalogue.values() if is_at_least_as_coarse(period, _frequency(row))]
    async with at_once(db) as connection:
        groups, found = await queries.contributions(connection, [(row, period) for row in usable])
    group = group_named(groups, question.peer_group)
    cells = {row.code: cell(group, groups, found[row.code, str(period)], sees) for row in usable}
    sheets = [_benchmark_out(row, period, cells[row.code], question, sees) for row in usable]
    percentiles = {sheet.indicator: sheet.community.percentile_rank for sheet in sheets if sheet.community is not None}
    return ScorecardOut(
        community=community, period=str(period), peer_group=group.slug,
        interfaces=[_interface(name, catalogue, percentiles, question.language) for name in INTERFACES],
        indicators=sheets, demo=any(sheet.demo for sheet in sheets),
    )  # fmt: skip


async def cells_over_time(
    db: Database, indicator: Indicator, first: Period | None, last: Period | None, question: Question, sees: Sees
) -> tuple[Group, list[tuple[Period, Cell]]]:
    """The peers of a question in each period of a trend. Raises Invalid."""
    async with db.reading() as reading:
        periods = await span_of(reading, indicator, first, last)
    async with at_once(db) as connection:
        groups, found = await queries.contributions(connection, [(indicator, period) for period in periods])
    group = group_named(groups, question.peer_group)
    return group, [(period, cell(group, groups, found[indicator.code, str(period)], sees)) for period in periods]


async def trend_of(
    db: Database, indicator: Indicator, first: Period | None, last: Period | None, question: Question, *, by: Caller
) -> TrendOut:
    """Values and peers over the periods from `first` to `last`; without them, the newest 24. Raises Invalid."""
    sees = seen_by(by)
    group, cells = await cells_over_time(db, indicator, first, last, question, sees)
    values = {period: _own_value(one, question.community, sees) for period, one in cells}
    known = [(period.first_month // period.months, value) for period, value in values.items() if value is not None]
    direction = trend(known)
    return TrendOut(
        indicator=indicator.code, community=question.community, peer_group=group.slug,
        frequency=_frequency(indicator),
        points=[TrendPointOut(period=str(period), value=values[period], peers=one.peers) for period, one in cells],
        slope=direction.slope if direction else None, p_value=direction.p_value if direction else None,
        demo=any(one.demo for _, one in cells),
    )  # fmt: skip


def _own_value(of: Cell, community: str | None, sees: Sees) -> float | None:
    own = next((row for row in of.contributions if row.community == community), None)
    return own.value if own is not None and sees(own) else None


def _benchmark_out(indicator: Indicator, period: Period, of: Cell, question: Question, sees: Sees) -> BenchmarkOut:
    peers = of.peers
    return BenchmarkOut(
        indicator=indicator.code, version=indicator.version, name=pick(indicator.names, question.language),
        unit=indicator.unit, polarity=cast("Polarity", indicator.polarity), period=str(period),
        peer_group=question.peer_group, n=peers.n, quartiles=peers.quartiles, two_digits=peers.two_digits,
        community=standing(indicator, of, question.community, sees), suppressed=peers.suppressed,
        computed=_computed(indicator, period, of), sources=_sources(indicator, period), demo=of.demo,
    )  # fmt: skip


def _computed(indicator: Indicator, period: Period, of: Cell) -> ComputedOut | None:
    if not computed_at(indicator, period.months):
        return None
    rule = cast("Aggregation", indicator.aggregation)
    return ComputedOut(rule=rule, of=_frequency(indicator), plain_means=plain_means(of))


def _sources(indicator: Indicator, period: Period) -> list[SourceOut]:
    """What the cell rests on: a definition, and what communities reported and approved."""
    definition = f"{indicator.code} version {indicator.version}"
    return [
        SourceOut(kind="definition", name=indicator.source, edition=definition),
        SourceOut(kind="observations", name="Approved observations of the communities", edition=str(period)),
    ]


def _interface(
    name: str, catalogue: Mapping[str, Indicator], percentiles: Mapping[str, float | None], language: str
) -> InterfaceOut:
    codes = [code for code, row in catalogue.items() if row.interface == name]
    had = [value for code in codes if (value := percentiles.get(code)) is not None]
    return InterfaceOut(
        code=cast("Interface", name), name=pick(INTERFACE_NAMES[name], language), index=mean(had), have=len(had),
        total=len(codes),
    )  # fmt: skip


def _frequency(indicator: Indicator) -> Frequency:
    return cast("Frequency", indicator.frequency)


def must_be_possible(indicator: Indicator, period: Period) -> None:
    if not is_at_least_as_coarse(period, _frequency(indicator)):
        raise Invalid.at(
            "/period", f"is shorter than {indicator.code} is observed in ({indicator.frequency})", "period"
        )


async def period_asked(db: Database, indicator: Indicator, period: Period | None) -> Period:
    """The period, or the newest with enough contributors. Raises Invalid."""
    if period is None:
        async with db.reading() as reading:
            period = await latest_of(reading, indicator)
    must_be_possible(indicator, period)
    return period


async def latest_of(db: ReadSession, indicator: Indicator) -> Period:
    found = await queries.latest_period(db, indicator)
    if found is None:
        raise Invalid.at("/period", "is required: nothing has been approved yet", "missing")
    return parse(found)


async def span_of(db: ReadSession, indicator: Indicator, first: Period | None, last: Period | None) -> Sequence[Period]:
    """The periods of the indicator's own frequency that begin no earlier than `first` and end no later than `last`."""
    frequency = _frequency(indicator)
    newest = last_until(last, frequency) if last else await latest_of(db, indicator)
    usual = Period(frequency, newest.first_month - (USUAL_POINTS - 1) * newest.months)
    oldest = first_from(first, frequency) if first else usual
    periods = list(from_to(oldest, newest))
    if len(periods) > MOST_POINTS:
        raise Invalid.at("/from", f"asks for {len(periods)} periods; at most {MOST_POINTS} are given", "range")
    return periods
