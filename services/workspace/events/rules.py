"""Rules by which a meeting comes again (RFC 5545, 3.3.10): read strictly, and refused when they cannot be meant.

A meeting happens once a day at the most, at the time of day of its first occurrence, so rules of hours, minutes and
seconds are refused.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.workspace.events.zones import wall_time

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MOST_OCCURRENCES = 1000
LONGEST_RULE = 500
_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_LISTS = {"BYMONTHDAY": 31, "BYYEARDAY": 366, "BYWEEKNO": 53}


class WrongRule(Exception):
    """The rule cannot be used; the text says why, in words that follow the name of the field."""


@dataclass(frozen=True)
class Rule:
    """A rule as it was written, taken apart. `until` is the last moment, on the wall of the meeting's zone."""

    parts: dict[str, str]
    until: datetime | None

    @property
    def frequency(self) -> str:
        return self.parts["FREQ"]

    @property
    def interval(self) -> int:
        return int(self.parts.get("INTERVAL", "1"))

    @property
    def count(self) -> int | None:
        return int(self.parts["COUNT"]) if "COUNT" in self.parts else None

    @property
    def has_end(self) -> bool:
        return self.count is not None or self.until is not None

    def without_end(self) -> str:
        """The rule's text without COUNT and UNTIL."""
        return ";".join(f"{name}={value}" for name, value in self.parts.items() if name not in ("COUNT", "UNTIL"))

    def written(self, zone: ZoneInfo) -> str:
        """The text for other calendars: UNTIL in UTC, so that the last day is in (RFC 5545, 3.3.10)."""
        text = self.without_end()
        if self.count is not None:
            return f"{text};COUNT={self.count}"
        if self.until is not None:
            return f"{text};UNTIL={self.until.replace(tzinfo=zone).astimezone(UTC):%Y%m%dT%H%M%SZ}"
        return text


def read_rule(text: str, zone: ZoneInfo) -> Rule:
    """The rule behind `FREQ=WEEKLY;BYDAY=SA;UNTIL=20260228`. A date in UNTIL means that whole day in the meeting's
    zone; a time without `Z` is one of that zone. Raises WrongRule.

    >>> read_rule("FREQ=WEEKLY;UNTIL=20260228", ZoneInfo("America/Santiago")).written(ZoneInfo("America/Santiago"))
    'FREQ=WEEKLY;UNTIL=20260301T025959Z'
    """
    plain = text.strip().upper().removeprefix("RRULE:")
    if not re.fullmatch(rf"[A-Z0-9=;,+-]{{1,{LONGEST_RULE}}}", plain):
        raise WrongRule("must be a rule of RFC 5545 in one line, such as FREQ=WEEKLY;BYDAY=TU")
    parts: dict[str, str] = {}
    for part in plain.rstrip(";").split(";"):
        name, sign, value = part.partition("=")
        if not sign or not value or name in parts:
            raise WrongRule(f"has a part that cannot be read: {part[:40] or ';'}")
        parts[name] = value
    if parts.get("FREQ") not in FREQUENCIES:
        raise WrongRule(f"must come again by FREQ={', '.join(FREQUENCIES)}; a meeting is once a day at the most")
    parts = {"FREQ": parts["FREQ"], **{name: value for name, value in parts.items() if name != "FREQ"}}
    for name, value in parts.items():
        _check_part(name, value, parts)
    if "BYSETPOS" in parts and not any(name.startswith("BY") and name != "BYSETPOS" for name in parts):
        raise WrongRule("has BYSETPOS and nothing that it could choose from")
    if "COUNT" in parts and "UNTIL" in parts:
        raise WrongRule("must end by COUNT or by UNTIL, not by both")
    until = _until(parts["UNTIL"], zone) if "UNTIL" in parts else None
    return Rule(parts, until)


def _check_part(name: str, value: str, parts: dict[str, str]) -> None:  # noqa: PLR0912 -- a case a part
    frequency = parts["FREQ"]
    if name in ("FREQ", "UNTIL"):
        return
    if name == "INTERVAL":
        _number(name, value, 1, 366)
    elif name == "COUNT":
        _number(name, value, 1, MOST_OCCURRENCES)
    elif name == "WKST":
        if value not in DAYS:
            raise WrongRule("has a WKST that is none of " + ", ".join(DAYS))
    elif name == "BYDAY":
        _check_days(value, frequency, "BYWEEKNO" in parts)
    elif name == "BYMONTH":
        for number in value.split(","):
            _number(name, number, 1, 12)
    elif name == "BYSETPOS":
        most = {"WEEKLY": 7, "MONTHLY": 31, "YEARLY": 366}.get(frequency)
        if most is None:
            raise WrongRule(f"has BYSETPOS, which means nothing with FREQ={frequency}")
        for number in value.split(","):
            if _number(name, number.lstrip("+"), -most, most) == 0:
                raise WrongRule("has BYSETPOS=0, which is nothing")
    elif name in _LISTS:
        for number in value.split(","):
            _number(name, number.lstrip("+"), -_LISTS[name], _LISTS[name])
            if int(number) == 0:
                raise WrongRule(f"has {name}=0, which is nothing")
        if (name, frequency) in _MEANINGLESS:
            raise WrongRule(f"has {name}, which means nothing with FREQ={frequency}")
    else:
        raise WrongRule(f"has a part that meetings do not have: {name[:40]}")


_MEANINGLESS = {
    ("BYMONTHDAY", "WEEKLY"), ("BYYEARDAY", "DAILY"), ("BYYEARDAY", "WEEKLY"), ("BYYEARDAY", "MONTHLY"),
    ("BYWEEKNO", "DAILY"), ("BYWEEKNO", "WEEKLY"), ("BYWEEKNO", "MONTHLY"),
}  # fmt: skip


def _check_days(value: str, frequency: str, by_week: bool) -> None:
    for day in value.split(","):
        found = _DAY.fullmatch(day)
        if found is None:
            raise WrongRule(f"has a BYDAY that is no day: {day[:10]}")
        if found[1] is None:
            continue
        most = {"MONTHLY": 5, "YEARLY": 53}.get(frequency, 0)
        if by_week or not 1 <= abs(int(found[1])) <= most:
            raise WrongRule(f"has a BYDAY that FREQ={frequency} does not know: {day}")


def _number(name: str, text: str, least: int, most: int) -> int:
    if not re.fullmatch(r"-?\d{1,5}", text) or not least <= int(text) <= most:
        raise WrongRule(f"must have {name} from {least} to {most}")
    return int(text)


def _until(text: str, zone: ZoneInfo) -> datetime:
    found = re.fullmatch(r"(\d{8})(?:T(\d{6})(Z)?)?", text)
    try:
        if found is None:
            raise ValueError
        day = datetime.strptime(found[1], "%Y%m%d")  # noqa: DTZ007 -- on the wall
        if found[2] is None:
            return datetime.combine(day, time(23, 59, 59))
        at = datetime.strptime(found[1] + found[2], "%Y%m%d%H%M%S")  # noqa: DTZ007
        return wall_time(at.replace(tzinfo=UTC), zone) if found[3] else at
    except (ValueError, OverflowError):
        raise WrongRule("must have an UNTIL such as 20261231 or 20261231T235959Z") from None


YEARS = {"DAILY": 9, "WEEKLY": 20, "MONTHLY": 90, "YEARLY": 130}
FARTHEST = 130  # years


def horizon_of(rule: Rule, first: datetime) -> datetime:
    """How far ahead a second occurrence is looked for, and the last one may be, on the wall.

    29 February comes within eight years; on a given weekday, every 28 years, and after 40 around 2100.
    """
    years = min(YEARS[rule.frequency] * rule.interval, FARTHEST)
    return min(first, datetime(9800, 1, 1)) + timedelta(days=366 * years)  # noqa: DTZ001 -- on the wall


LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def has_no_such_day(rule: Rule) -> bool:
    """30 February and its like, which would be looked for day by day."""
    days, months = rule.parts.get("BYMONTHDAY"), rule.parts.get("BYMONTH")
    if days is None or months is None:
        return False
    longest = max(LENGTHS[int(month) - 1] for month in months.split(","))
    return all(abs(int(day)) > longest for day in days.split(","))
