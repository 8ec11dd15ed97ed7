"""What a benchmark is asked for, and which periods it means where none is named."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy.ext.asyncio import AsyncConnection

from services.indicators.benchmarks import queries
from services.indicators.benchmarks.cells import cell
from services.indicators.confidentiality import K
from services.indicators.peer_groups.groups import group_named
from services.indicators.periods import Period, first_from, from_to, is_at_least_as_coarse, last_until
from services.indicators.tables import Indicator
from services.indicators.words import Frequency
from shared.callers import Caller
from shared.database import Database
from shared.problems import Invalid

MOST_POINTS = 120
USUAL_POINTS = 24
LOOKED_AT = 12
"""Periods whose cells are looked at together for the newest that may be shown."""


@dataclass(frozen=True)
class Question:
    """What a benchmark is asked for, beside the indicator: a community of the Network, a group of peers."""

    community: str | None
    peer_group: str
    language: str


def must_be_possible(indicator: Indicator, period: Period) -> None:
    if not is_at_least_as_coarse(period, _frequency(indicator)):
        raise Invalid.at(
            "/period", f"is shorter than {indicator.code} is observed in ({indicator.frequency})", "period"
        )


async def period_asked(
    db: Database, indicator: Indicator, period: Period | None, question: Question, *, by: Caller
) -> Period:
    """The period, or the newest of which something may be shown. Raises Invalid."""
    if period is None:
        return await _latest_shown(db, indicator, question, by=by)
    must_be_possible(indicator, period)
    return period


async def _latest_shown(db: Database, indicator: Indicator, question: Question, *, by: Caller) -> Period:
    """The newest period whose cell may be shown for the group; else the newest of which the caller may see the value of
    the community; else the newest of all. Raises Invalid."""
    own = None
    async with db.statements.connect() as connection:
        periods = [period for period, _ in await _newest(connection, indicator)]
        for first in range(0, len(periods), LOOKED_AT):
            some = periods[first : first + LOOKED_AT]
            network, found = await queries.contributions(connection, [indicator], some)
            group, hidden = group_named(network.groups, question.peer_group), network.hidden_from(by, indicator.code)
            for period in some:
                one = cell(group, network, found[indicator.code, str(period)], hidden)
                if not one.is_suppressed:
                    return period
                if own is None and one.value_of(question.community) is not None:
                    own = period
    return own or periods[0]


async def _newest(connection: AsyncConnection, indicator: Indicator) -> list[tuple[Period, int]]:
    """The newest periods of the indicator's own frequency, each with how many contribute. Raises Invalid."""
    found = await queries.newest_periods(connection, indicator)
    if not found:
        raise Invalid.at("/period", "is required: nothing has been approved yet", "missing")
    return found


async def span_of(
    connection: AsyncConnection, indicator: Indicator, first: Period | None, last: Period | None
) -> Sequence[Period]:
    """The periods of the indicator's own frequency that begin no earlier than `first` and end no later than `last`;
    without it, than the newest with enough contributors. Raises Invalid."""
    frequency = _frequency(indicator)
    if last is not None:
        newest = last_until(last, frequency)
    else:
        known = await _newest(connection, indicator)
        newest = next((period for period, count in known if count >= K), known[0][0])
    usual = Period(frequency, newest.first_month - (USUAL_POINTS - 1) * newest.months)
    oldest = first_from(first, frequency) if first else usual
    periods = list(from_to(oldest, newest))
    if len(periods) > MOST_POINTS:
        raise Invalid.at("/from", f"asks for {len(periods)} periods; at most {MOST_POINTS} are given", "range")
    return periods


def _frequency(indicator: Indicator) -> Frequency:
    return cast("Frequency", indicator.frequency)
