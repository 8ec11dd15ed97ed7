"""Calendar days: which one it is, and the anniversaries of others."""

import calendar
from datetime import UTC, date, datetime


def today() -> date:
    """The day in UTC, by which memberships, stages and agreements are counted."""
    return datetime.now(UTC).date()


def months_after(day: date, months: int) -> date:
    """The same day of the month `months` later, or the last one of that month when it has no such day.

    One year from 29 February 2024 is 28 February 2025; one month from 31 January is the last of February.
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
