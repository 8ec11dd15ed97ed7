"""Meetings as calendars show them: months and weeks of days, in the reader's time zone. Times that forms send."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.portal.pages.reading import zone_of
from services.portal.visits import Visit
from services.workspace.events.schemas import OccurrenceOut

VIEWS = ("month", "week", "agenda")
AGENDA_DAYS = 92
ZONES = (
    "America/Argentina/Buenos_Aires", "America/Asuncion", "America/Barbados", "America/Bogota", "America/Caracas",
    "America/Costa_Rica", "America/El_Salvador", "America/Guatemala", "America/Guayaquil", "America/Havana",
    "America/Jamaica", "America/La_Paz", "America/Lima", "America/Managua", "America/Mexico_City", "America/Montevideo",
    "America/Panama", "America/Port_of_Spain", "America/Santiago", "America/Santo_Domingo", "America/Sao_Paulo",
    "America/Tegucigalpa", "America/Tijuana", "Europe/Madrid", "UTC",
)  # fmt: skip
"""What forms offer: the zones of the Network's countries."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A meeting on a day; `begins` and `ends` are on the reader's wall."""

    one: OccurrenceOut
    begins: datetime
    ends: datetime
    href: str


@dataclass(slots=True)
class Day:
    date: date
    is_in: bool
    """Whether the day belongs to what is shown, and not to the month before or after."""
    is_today: bool
    items: list[Shown] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Grid:
    """What a view shows, and where it leads."""

    view: str
    day: date
    weeks: list[list[Day]]
    before: date
    after: date

    @property
    def days(self) -> list[Day]:
        return [day for week in self.weeks for day in week]

    @property
    def busy(self) -> list[Day]:
        return [day for day in self.days if day.items]


async def zone_of_reader(visit: Visit) -> ZoneInfo:
    """The reader's own, from the preferences; the Network's for the public."""
    if visit.caller.kind != "user":
        return zone_of(visit)
    return ZoneInfo((await visit.workspace.preferences()).timezone)


def grid_of(view: str, day: date, today: date) -> Grid:
    """The empty days around `day`: a month in whole weeks from Monday on, a week, or three months as a list.

    >>> grid = grid_of("month", date(2026, 2, 10), date(2026, 2, 1))
    >>> len(grid.weeks), grid.weeks[0][0].date.isoformat(), grid.before.isoformat(), grid.after.isoformat()
    (5, '2026-01-26', '2026-01-01', '2026-03-01')
    """
    if view == "month":
        first = day.replace(day=1)
        following = (first + timedelta(days=32)).replace(day=1)
        start = first - timedelta(days=first.weekday())
        number = -(-(following - start).days // 7)
        before, after = (first - timedelta(days=1)).replace(day=1), following
    elif view == "week":
        first = start = day - timedelta(days=day.weekday())
        following, number = start + timedelta(days=7), 1
        before, after = start - timedelta(days=7), following
    else:
        first = start = day
        following, number = day + timedelta(days=AGENDA_DAYS), -(-AGENDA_DAYS // 7)
        before, after = day - timedelta(days=AGENDA_DAYS), following
    dates = [start + timedelta(days=n) for n in range(7 * number)]
    days = [Day(one, first <= one < following, one == today) for one in dates]
    return Grid(view, day, [days[n : n + 7] for n in range(0, len(days), 7)], before, after)


def window_of(grid: Grid, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the beginning of the first day to the end of the last, there."""
    first, last = grid.days[0].date, grid.days[-1].date
    return start_of(first, zone), start_of(last + timedelta(days=1), zone)


def start_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def fill(grid: Grid, occurrences: Sequence[OccurrenceOut], zone: ZoneInfo) -> None:
    """Put each meeting on the day on which it begins."""
    by_date = {day.date: day for day in grid.days}
    for one in occurrences:
        begins = one.starts_at.astimezone(zone)
        day = by_date.get(begins.date())
        if day is not None:
            day.items.append(Shown(one, begins, one.ends_at.astimezone(zone), address_of(one)))


def address_of(one: OccurrenceOut) -> str:
    """The page of a meeting, and which of its series."""
    return f"/events/{one.event}" + (f"?occurrence={named(one.occurrence)}" if one.recurs else "")


def named(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def day_in_form(text: str, otherwise: date) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return found if 1971 <= found.year <= 2198 else otherwise


def moments_in(fields: Mapping[str, str], zone: str, prefix: str = "") -> tuple[str, str] | None:
    """Begin and end, as the API takes them, from a day and two times of day on the wall of a zone; None when one cannot
    be read. An end before the begin is one of the next day."""
    try:
        day = date.fromisoformat(fields.get(f"{prefix}day", ""))
        begins = time.fromisoformat(fields.get(f"{prefix}begins", ""))
        ends = time.fromisoformat(fields.get(f"{prefix}ends", ""))
        there = ZoneInfo(zone)
        start = datetime.combine(day, begins, there)
        end = datetime.combine(day + timedelta(days=1 if ends <= begins else 0), ends, there)
        return named(start), named(end)
    except (ValueError, OverflowError, LookupError, OSError):
        return None
