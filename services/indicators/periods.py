"""Periods as ISO 8601 and SDMX write them: a year `2025`, a quarter `2025-Q1`, a month `2025-01`. Nothing is guessed.

>>> parse("2025-Q1").contains(parse("2025-03"))
True
>>> str(parse("2025-12").next)
'2026-01'
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import total_ordering

from services.indicators.words import Frequency

FORMS: dict[Frequency, str] = {"monthly": "YYYY-MM", "quarterly": "YYYY-Qn", "annual": "YYYY"}
ACCEPTED = "YYYY, YYYY-Qn (Q1 to Q4) or YYYY-MM (01 to 12)"
FIRST_YEAR, LAST_YEAR = 1900, 2100
MONTHS: dict[Frequency, int] = {"monthly": 1, "quarterly": 3, "annual": 12}
_FORM = re.compile(r"([0-9]{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?")


class PeriodError(ValueError):
    """The text is none of the three forms."""


@total_ordering
@dataclass(frozen=True, slots=True)
class Period:
    """A calendar year, quarter or month. Ordered by where it begins; of those that begin together the longer first."""

    frequency: Frequency
    first_month: int
    """Months from January of the year 0 to the first of the period."""

    @property
    def months(self) -> int:
        return MONTHS[self.frequency]

    @property
    def last_month(self) -> int:
        return self.first_month + self.months - 1

    @property
    def year(self) -> int:
        return self.first_month // 12

    @property
    def next(self) -> "Period":
        return Period(self.frequency, self.first_month + self.months)

    @property
    def previous(self) -> "Period":
        return Period(self.frequency, self.first_month - self.months)

    def contains(self, other: "Period") -> bool:
        """Whether every day of `other` is in this period; a period contains itself."""
        return self.first_month <= other.first_month and other.last_month <= self.last_month

    def parts(self, frequency: Frequency) -> list["Period"]:
        """The periods of a finer (or the same) frequency in this one, in order; none when `frequency` is coarser."""
        step = MONTHS[frequency]
        return [Period(frequency, month) for month in range(self.first_month, self.last_month + 2 - step, step)]

    def within(self, frequency: Frequency) -> "Period":
        """The period of a coarser (or the same) frequency that this one lies in."""
        step = MONTHS[frequency]
        return Period(frequency, self.first_month // step * step)

    def is_over(self, today: date) -> bool:
        return self.last_month < today.year * 12 + today.month - 1

    def __str__(self) -> str:
        year, month = divmod(self.first_month, 12)
        if self.frequency == "annual":
            return f"{year:04d}"
        return f"{year:04d}-Q{month // 3 + 1}" if self.frequency == "quarterly" else f"{year:04d}-{month + 1:02d}"

    def __lt__(self, other: "Period") -> bool:
        return (self.first_month, -self.months) < (other.first_month, -other.months)


def parse(text: str) -> Period:
    """The period that this text is, to the letter. Raises PeriodError for every other text."""
    match = _FORM.fullmatch(text)
    if match is None or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        raise PeriodError(f"must be a period as {ACCEPTED}")
    january = int(match[1]) * 12
    if match[2]:
        return Period("quarterly", january + (int(match[2]) - 1) * 3)
    return Period("monthly", january + int(match[3]) - 1) if match[3] else Period("annual", january)


def last_complete(frequency: Frequency, today: date) -> Period:
    """The latest period that is over on this day."""
    return Period("monthly", today.year * 12 + today.month - 1).within(frequency).previous


def coarser(frequency: Frequency) -> list[Frequency]:
    """The frequencies whose periods are computed from periods of this one, finest first."""
    order: tuple[Frequency, ...] = ("monthly", "quarterly", "annual")
    return list(order[order.index(frequency) + 1 :])


def is_at_least_as_coarse(period: Period, frequency: Frequency) -> bool:
    return period.months >= MONTHS[frequency]


def first_from(start: Period, frequency: Frequency) -> Period:
    """The first period of a frequency that begins no earlier than `start` does."""
    step = MONTHS[frequency]
    return Period(frequency, -(-start.first_month // step) * step)


def last_until(end: Period, frequency: Frequency) -> Period:
    """The last period of a frequency that ends no later than `end` does."""
    step = MONTHS[frequency]
    return Period(frequency, (end.last_month + 1) // step * step - step)


def from_to(first: Period, last: Period) -> Iterator[Period]:
    """The periods from one to another of the same frequency, both included; none when they are out of order."""
    for month in range(first.first_month, last.first_month + 1, first.months):
        yield Period(first.frequency, month)
