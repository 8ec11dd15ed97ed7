"""What people ask of benchmarks: one cell, a community's scorecard, a trend."""

from collections.abc import Mapping
from typing import cast

from services.indicators.benchmarks import queries
from services.indicators.benchmarks.cells import Cell, cell, standing
from services.indicators.benchmarks.questions import Question, period_asked, span_of
from services.indicators.catalogue import computed_at
from services.indicators.catalogue import indicators as catalogue_of
from services.indicators.peer_groups.groups import Group, group_named
from services.indicators.periods import Period, is_at_least_as_coarse
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
from shared.database import Database
from shared.languages import pick


async def benchmark(
    db: Database, indicator: Indicator, period: Period | None, question: Question, *, by: Caller
) -> BenchmarkOut:
    """One cell; without a period, the newest that may be shown. Raises Invalid."""
    asked = await period_asked(db, indicator, period, question, by=by)
    async with db.statements.connect() as connection:
        network, contributions = await queries.benchmark(connection, indicator, asked)
    group = group_named(network.groups, question.peer_group)
    found = cell(group, network, contributions, network.hidden_from(by, indicator.code))
    return _benchmark_out(indicator, asked, found, question)


async def scorecard(db: Database, community: str, period: Period, question: Question, *, by: Caller) -> ScorecardOut:
    """Every indicator that can be given for this period, with the indexes of the interfaces. Indicators whose value
    the caller may not see count for nothing."""
    async with db.statements.connect() as connection:
        catalogue = await catalogue_of(connection)
        usable = [row for row in catalogue.values() if is_at_least_as_coarse(period, _frequency(row))]
        network, found = await queries.contributions(connection, usable, [period])
    group, asked = group_named(network.groups, question.peer_group), str(period)
    sheets = [
        _benchmark_out(
            row, period, cell(group, network, found[row.code, asked], network.hidden_from(by, row.code)), question
        )
        for row in usable
    ]
    percentiles = {sheet.indicator: sheet.community.percentile_rank for sheet in sheets if sheet.community is not None}
    return ScorecardOut(
        community=community, period=asked, peer_group=group.slug,
        interfaces=[_interface(name, catalogue, percentiles, question.language) for name in INTERFACES],
        indicators=sheets, demo=any(sheet.demo for sheet in sheets),
    )  # fmt: skip


async def cells_over_time(
    db: Database, indicator: Indicator, first: Period | None, last: Period | None, question: Question, *, by: Caller
) -> tuple[Group, list[tuple[Period, Cell]]]:
    """The peers of a question in each period of a trend. Raises Invalid."""
    async with db.statements.connect() as connection:
        periods = await span_of(connection, indicator, first, last)
        network, found = await queries.contributions(connection, [indicator], periods)
    group, hidden = group_named(network.groups, question.peer_group), network.hidden_from(by, indicator.code)
    return group, [(period, cell(group, network, found[indicator.code, str(period)], hidden)) for period in periods]


async def trend_of(
    db: Database, indicator: Indicator, first: Period | None, last: Period | None, question: Question, *, by: Caller
) -> TrendOut:
    """Values and peers over the periods from `first` to `last`; without them, the newest 24. Raises Invalid."""
    group, cells = await cells_over_time(db, indicator, first, last, question, by=by)
    values = {period: one.value_of(question.community) for period, one in cells}
    known = [(period.first_month // period.months, value) for period, value in values.items() if value is not None]
    direction = trend(known)
    return TrendOut(
        indicator=indicator.code, community=question.community, peer_group=group.slug,
        frequency=_frequency(indicator),
        points=[TrendPointOut(period=str(period), value=values[period], peers=one.peers) for period, one in cells],
        slope=direction.slope if direction else None, p_value=direction.p_value if direction else None,
        demo=any(one.demo for _, one in cells),
    )  # fmt: skip


def _benchmark_out(indicator: Indicator, period: Period, of: Cell, question: Question) -> BenchmarkOut:
    peers = of.peers
    return BenchmarkOut(
        indicator=indicator.code, version=indicator.version, name=pick(indicator.names, question.language),
        unit=indicator.unit, polarity=cast("Polarity", indicator.polarity), period=str(period),
        peer_group=question.peer_group, n=peers.n, quartiles=peers.quartiles, two_digits=peers.two_digits,
        community=standing(indicator, of, question.community), suppressed=peers.suppressed,
        computed=_computed(indicator, period, of), sources=_sources(indicator, period), demo=of.demo,
    )  # fmt: skip


def _computed(indicator: Indicator, period: Period, of: Cell) -> ComputedOut | None:
    if not computed_at(indicator, period.months):
        return None
    rule = cast("Aggregation", indicator.aggregation)
    return ComputedOut(rule=rule, of=_frequency(indicator), plain_means=of.plain_means)


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
