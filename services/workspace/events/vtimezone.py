"""The rules of a time zone as calendars exchange them (VTIMEZONE; RFC 5545, 3.6.5), made from the zone data.

Beginnings are local times before the clocks change, as the RFC has it. Changes that come back by one rule until the end
of the data are written as that rule, so that they hold for ever; each of the others by itself, because
not every program reads lists of dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from icalendar import Timezone

LAST_YEAR = 2037
"""Until when the changes of a zone are looked at; what is a rule by then goes on for ever."""
FEWEST = 5
"""As many changes make a rule."""
STEP = timedelta(days=10)
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class Change:
    """Clocks change at `wall`, which is what they showed until then."""

    wall: datetime
    before: timedelta
    after: timedelta
    name: str
    is_summer: bool

    @property
    def kind(self) -> tuple[timedelta, timedelta, str, bool]:
        return self.before, self.after, self.name, self.is_summer


@lru_cache(maxsize=256)
def changes_of(name: str, first_year: int) -> tuple[Change, ...]:
    """Every change of a zone's clocks, in order, from the beginning of a year to the end of the data.

    >>> [change.wall.isoformat() for change in changes_of("America/Mexico_City", 2022)]
    ['2022-04-03T02:00:00', '2022-10-30T02:00:00']
    """
    zone = ZoneInfo(name)
    found: list[Change] = []
    moment, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
    while moment < end:
        following = min(moment + STEP, end)
        if _signs(moment, zone) != _signs(following, zone):
            at = _moment_of_change(moment, following, zone)
            before, after = _offset(at - timedelta(seconds=1), zone), at.astimezone(zone)
            found.append(
                Change(
                    (at + before).replace(tzinfo=None), before, _offset(at, zone), after.tzname() or name,
                    bool(after.dst()),
                )
            )  # fmt: skip
            following = at
        moment = following
    return tuple(found)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def _signs(moment: datetime, zone: ZoneInfo) -> tuple[timedelta, str | None]:
    there = moment.astimezone(zone)
    return there.utcoffset() or timedelta(0), there.tzname()


def _moment_of_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first second of the new time, between two moments that differ."""
    old = _signs(before, zone)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        before, after = (middle, after) if _signs(middle, zone) == old else (before, middle)
    return after


def rule_of(walls: Sequence[datetime]) -> str | None:
    """The yearly rule that hits exactly these: a weekday within seven days of a month, at one time of day.

    >>> rule_of([datetime(2027, 4, 4), datetime(2028, 4, 2), datetime(2029, 4, 8)])
    'FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=2,3,4,5,6,7,8;BYDAY=SU'
    """
    if len({(wall.month, wall.weekday(), wall.time()) for wall in walls}) != 1:
        return None
    if [wall.year for wall in walls] != list(range(walls[0].year, walls[0].year + len(walls))):
        return None
    month, day = walls[0].month, DAYS[walls[0].weekday()]
    days = [wall.day for wall in walls]
    if all((wall + timedelta(days=7)).month != month for wall in walls):
        return f"FREQ=YEARLY;BYMONTH={month};BYDAY=-1{day}"
    for week in range(4):
        if all(7 * week < number <= 7 * week + 7 for number in days):
            return f"FREQ=YEARLY;BYMONTH={month};BYDAY={week + 1}{day}"
    if max(days) - min(days) > 6:
        return None
    window = ",".join(str(number) for number in range(min(days), min(days) + 7))
    return f"FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={window};BYDAY={day}"


def vtimezone(name: str, first_year: int) -> Timezone:
    """The component for a zone, right from the beginning of `first_year` on."""
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur  # noqa: PLC0415 -- heavy

    made = Timezone()
    made.add("tzid", name)
    zone = ZoneInfo(name)
    begins = datetime(first_year, 1, 1, tzinfo=UTC)
    changes = changes_of(name, first_year)
    start = Change(
        begins.replace(tzinfo=None), _offset(begins, zone), _offset(begins, zone),
        begins.astimezone(zone).tzname() or name, bool(begins.astimezone(zone).dst()),
    )  # fmt: skip
    parts: list[tuple[Change, str | None]] = [(start, None)]
    by_kind: dict[tuple[timedelta, timedelta, str, bool], list[Change]] = {}
    for change in changes:
        by_kind.setdefault(change.kind, []).append(change)
    for group in by_kind.values():
        ruled = _ruled(group)
        parts += [(change, None) for change in group[: len(group) - ruled]]
        if ruled:
            tail = group[-ruled:]
            parts.append((tail[0], rule_of([change.wall for change in tail])))
    for first, rule in parts:
        part = TimezoneDaylight() if first.is_summer else TimezoneStandard()
        part.add("dtstart", first.wall)
        part.add("tzoffsetfrom", first.before)
        part.add("tzoffsetto", first.after)
        part.add("tzname", first.name)
        if rule is not None:
            part.add("rrule", vRecur.from_ical(rule))
        made.add_component(part)
    return made


def _ruled(group: Sequence[Change]) -> int:
    """How many at the end follow one rule that still holds in the last year; 0 when too few do."""
    if group[-1].wall.year != LAST_YEAR:
        return 0
    most = 0
    for number in range(FEWEST, len(group) + 1):
        if rule_of([change.wall for change in group[-number:]]) is None:
            break
        most = number
    return most
