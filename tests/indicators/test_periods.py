"""Periods: to the letter or not at all."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.periods import (
    FORMS,
    Period,
    PeriodError,
    first_from,
    from_to,
    last_complete,
    last_until,
    parse,
)
from services.indicators.words import Frequency


def a_part_of(year: int, frequency: Frequency, number: int) -> Period:
    parts = Period("annual", year * 12).parts(frequency)
    return parts[number % len(parts)]


PERIODS = st.builds(a_part_of, st.integers(1950, 2050), st.sampled_from(list(FORMS)), st.integers(0, 11))
WRONG = (
    "2025-1", "2025M01", "2025-Q5", "2025-Q0", "2025Q1", "2025-13", "2025-00", "25-01", "2025-W53", "2025-S1",
    "2025-01-01", "２０２５-01", "2025-01 ", " 2025", "2025-", "", "2025-q1", "20250", "٢٠٢٥", "2025-1\n", "0000",
    "1899-12",
    "2101", "-2025", "+2025", "2025.0", "2025-01T00",
)  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_what_is_not_one_of_the_three_forms_is_refused(text: str):
    with pytest.raises(PeriodError):
        parse(text)


@given(PERIODS)
def test_a_period_reads_back_as_it_was_written(period: Period):
    assert parse(str(period)) == period


@given(PERIODS)
def test_the_next_period_begins_when_this_one_ends(period: Period):
    assert period.next.first_month == period.last_month + 1
    assert period.next.previous == period
    assert period < period.next


@given(PERIODS, PERIODS)
def test_containment_is_an_order(one: Period, other: Period):
    assert one.contains(one)
    if one.contains(other) and other.contains(one):
        assert one == other
    if one.contains(other) and one != other:
        assert one < other or one.first_month == other.first_month


@given(PERIODS)
def test_the_parts_fill_the_period_without_gap(period: Period):
    months = [month for part in period.parts("monthly") for month in range(part.first_month, part.last_month + 1)]
    assert months == list(range(period.first_month, period.last_month + 1))
    assert all(part.within(period.frequency) == period for part in period.parts("monthly"))


@given(PERIODS, PERIODS, st.sampled_from(list(FORMS)))
def test_from_and_to_take_whole_periods_only(start: Period, end: Period, frequency):
    first, last = first_from(start, frequency), last_until(end, frequency)
    assert first.first_month >= start.first_month > first.previous.first_month
    assert last.last_month <= end.last_month < last.next.last_month
    assert all(first <= period <= last for period in from_to(first, last))


def test_a_coarser_period_has_no_parts_in_a_finer_one():
    assert parse("2025-01").parts("quarterly") == []
    assert [str(p) for p in parse("2025-Q2").parts("monthly")] == ["2025-04", "2025-05", "2025-06"]


def test_the_last_complete_periods_of_a_day():
    told = [str(last_complete(frequency, date(2026, 1, 31))) for frequency in ("monthly", "quarterly", "annual")]
    assert told == ["2025-12", "2025-Q4", "2025"]
    assert str(last_complete("monthly", date(2026, 3, 1))) == "2026-02"
