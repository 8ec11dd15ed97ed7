"""When a meeting takes place: its occurrences in a window of time, with those that were moved or cancelled.

Pure rules over times on the wall. Only windows are expanded, never a rule without end.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr  # type: ignore[import-untyped]  # it has no types

from services.workspace.events.rules import Rule, WrongRule, has_no_such_day, horizon_of, read_rule
from services.workspace.events.zones import moment_of, wall_time

LONGEST_WINDOW = timedelta(days=400)
CYCLE, LAST_YEAR = 400, 9999
"""Years after which the Gregorian calendar repeats: 146,097 days, which are 20,871 weeks."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One meeting of a series. `key` is the moment at which the series puts it, whatever became of it."""

    key: datetime
    starts_at: datetime
    ends_at: datetime
    cancelled: bool = False
    changes: Mapping[str, str | None] | None = None
    """Title, place or link of this one, where they differ."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """What became of one occurrence: moved, renamed or cancelled."""

    key: datetime
    starts_at: datetime
    ends_at: datetime
    cancelled: bool
    changes: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Series:
    """A meeting, once or again and again. Times are moments; the rule is read on the wall of `zone`."""

    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    rule: Rule | None = None
    last: datetime | None = None
    """The last occurrence's key, of a rule that ends after so many."""

    @property
    def lasts(self) -> timedelta:
        return self.ends_at - self.starts_at


def checked_series(starts_at: datetime, ends_at: datetime, zone: ZoneInfo, text: str | None) -> Series:
    """The series, its rule checked to be usable: it must come again, within reason. Raises WrongRule."""
    if text is None:
        return Series(starts_at, ends_at, zone)
    rule = read_rule(text, zone)
    series = Series(starts_at, ends_at, zone, rule)
    first = wall_time(starts_at, zone)
    if rule.until is not None and rule.until < first:
        raise WrongRule("ends before the first occurrence")
    if rule.count == 1:
        return replace(series, last=starts_at)
    if has_no_such_day(rule):
        raise WrongRule("never comes: there is no such day")
    horizon = horizon_of(rule, first)
    walls = (wall for wall in _walls(rule, first, horizon) if wall > first)
    if rule.count is not None:
        last = list(islice(walls, rule.count - 1))
        if len(last) < rule.count - 1:
            raise WrongRule("never comes so often within reason: give fewer, or an UNTIL")
        return replace(series, last=moment_of(last[-1], zone))
    if next(walls, None) is None and (rule.until is None or not _hits(rule, first)):
        raise WrongRule("never comes: there is no such day")
    return series


def _hits(rule: Rule, wall: datetime) -> bool:
    """Whether the rule by itself puts an occurrence there."""
    return next(_walls(rule, wall, wall), None) == wall


def occurrences(
    series: Series, since: datetime, until: datetime, exceptions: Mapping[datetime, Deviation] | None = None
) -> list[Occurrence]:
    """What takes place, or was to take place, in [since, until), in the order of time.

    A moved occurrence is where it was moved to, and not where it was.
    """
    known = exceptions or {}
    found: list[Occurrence] = []
    for key in keys_between(series, since - series.lasts, until):
        if key not in known:
            found.append(Occurrence(key, key, key + series.lasts))
    for exception in known.values():
        found.append(
            Occurrence(exception.key, exception.starts_at, exception.ends_at, exception.cancelled, exception.changes)
        )
    inside = [one for one in found if one.starts_at < until and (one.ends_at > since or one.starts_at >= since)]
    return sorted(inside, key=lambda one: (one.starts_at, one.key))


def keys_between(series: Series, since: datetime, until: datetime) -> Iterator[datetime]:
    """The moments from `since` on and before `until` at which the series puts an occurrence.

    The first occurrence is always one, also where the rule alone would not hit it, and counts.
    """
    if series.rule is None:
        if since <= series.starts_at < until:
            yield series.starts_at
        return
    first = wall_time(series.starts_at, series.zone)
    last = wall_time(until, series.zone)
    begin = wall_time(since, series.zone) - timedelta(days=1)
    ends = series.rule.until if series.rule.until is not None else series.last and wall_time(series.last, series.zone)
    if ends is not None:
        last = min(last, ends)
    if last < first:
        return
    if since <= series.starts_at < until:
        yield series.starts_at
    for wall in _walls(series.rule, _nearer(series.rule, first, begin), last):
        if wall <= first or wall < begin:
            continue
        moment = moment_of(wall, series.zone)
        if since <= moment < until:
            yield moment


def is_occurrence(series: Series, key: datetime) -> bool:
    return any(moment == key for moment in keys_between(series, key, key + timedelta(seconds=1)))


def key_named(series: Series, text: str) -> datetime | None:
    """The occurrence that somebody means by its moment (`2026-02-07T13:00:00Z`) or its day in the series' zone."""
    try:
        said = datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
        if said.tzinfo is not None:
            moment = said.astimezone(UTC)
            return moment if is_occurrence(series, moment) else None
        if len(text) != len("2026-02-07"):
            return None
        day = moment_of(said, series.zone)
        return next(keys_between(series, day, day + timedelta(hours=24)), None)
    except (ValueError, OverflowError):
        return None


def last_end(series: Series) -> datetime | None:
    """When the series is over; None when it has no end."""
    if series.rule is None:
        return series.ends_at
    if series.last is not None:
        return series.last + series.lasts
    if series.rule.until is not None:
        return moment_of(series.rule.until, series.zone) + series.lasts
    return None


def _walls(rule: Rule, first: datetime, until: datetime) -> Iterator[datetime]:
    """The times on the wall from `first` to `until` that the rule names.

    The library looks for the next one until the year 9999, whatever `until` says. The calendar repeats every 400 years
    to the weekday, so the search is made as late as it can be: what never comes again costs 400 years and not 8,000.
    """
    shift = max(0, (LAST_YEAR - until.year) // CYCLE * CYCLE)
    made = rrulestr(rule.without_end(), dtstart=first.replace(year=first.year + shift))
    assert isinstance(made, rrule)
    for wall in made.replace(until=until.replace(year=until.year + shift)):
        yield wall.replace(year=wall.year - shift)


def _nearer(rule: Rule, first: datetime, begin: datetime) -> datetime:
    """A later start from which the same occurrences follow, for rules of days and weeks that began long ago."""
    if rule.frequency not in ("DAILY", "WEEKLY") or "BYSETPOS" in rule.parts:
        return first
    step = timedelta(days=rule.interval * (1 if rule.frequency == "DAILY" else 7))
    if begin - first <= 2 * step:
        return first
    return first + ((begin - first) // step - 1) * step
