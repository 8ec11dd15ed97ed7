"""How often a task comes again: as a choice of a form, as a rule of RFC 5545, and in plain words."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.portal.pages.reading import date_in
from services.portal.translations import N_

REPEATS: Mapping[str, str] = {
    "": N_("No se repite"),
    "weekly": N_("Cada semana"),
    "fortnightly": N_("Cada dos semanas"),
    "monthly": N_("Cada mes, el mismo día del mes"),
    "weekday": N_("Cada mes, el mismo día de la semana"),
    "quarterly": N_("Cada tres meses"),
    "halfyearly": N_("Cada seis meses"),
    "yearly": N_("Cada año"),
}
OWN = "own"
OTHERWISE = N_("Según una regla propia")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MONTHS = {"monthly": 1, "quarterly": 3, "halfyearly": 6}


@dataclass(frozen=True, slots=True)
class Repeats:
    """A rule as the form shows it: the choice (`own` for what no choice says) and the last day, as ISO dates."""

    choice: str
    until: str

    @property
    def words(self) -> str:
        """What is said of it, to be translated."""
        return REPEATS.get(self.choice, OTHERWISE)


def repeats_of(rule: str | None) -> Repeats:
    """The choice behind a rule.

    >>> repeats_of("FREQ=WEEKLY;INTERVAL=2;UNTIL=20271231")
    Repeats(choice='fortnightly', until='2027-12-31')
    >>> repeats_of("FREQ=DAILY;COUNT=3").choice
    'own'
    """
    if rule is None:
        return Repeats("", "")
    parts = dict(part.partition("=")[::2] for part in rule.split(";"))
    until = parts.pop("UNTIL", "")[:8]
    last = f"{until[:4]}-{until[4:6]}-{until[6:]}" if until else ""
    frequency, interval = parts.pop("FREQ", ""), int(parts.pop("INTERVAL", "1"))
    found = OWN
    if frequency == "WEEKLY" and not parts and interval <= 2:
        found = "weekly" if interval == 1 else "fortnightly"
    elif frequency == "MONTHLY" and parts.keys() <= {"BYMONTHDAY", "BYSETPOS"} and parts.keys() != {"BYSETPOS"}:
        found = next((choice for choice, months in MONTHS.items() if months == interval), OWN)
    elif frequency == "MONTHLY" and parts.keys() == {"BYDAY"} and interval == 1 and "," not in parts["BYDAY"]:
        found = "weekday"
    elif frequency == "YEARLY" and interval == 1 and parts.keys() <= {"BYMONTH", "BYMONTHDAY"}:
        found = "yearly"
    return Repeats(found, last)


def rule_in(fields: Mapping[str, str], first: str | None) -> tuple[str | None, str | None]:
    """The rule that a form asks for, whose first day is `first`, and which of its fields is wrong, if one is.

    What was not changed stays the very rule that it was: `was` is the rule that the form showed.
    """
    choice, was = fields.get("repeats", ""), fields.get("was", "") or None
    shown = repeats_of(was)
    last = date_in(fields.get("repeats_until", ""))
    if last is None and fields.get("repeats_until", "").strip():
        return None, "repeats_until"
    if choice == OWN or (was is not None and (choice, last or "") == (shown.choice, shown.until)):
        return was, None
    if choice not in REPEATS or not choice:
        return None, None
    if first is None:
        return None, "due_on"
    if last is not None and last < first:
        return None, "repeats_until"
    return rule_for(choice, date.fromisoformat(first), date.fromisoformat(last) if last else None), None


def rule_for(choice: str, first: date, last: date | None) -> str:
    """The rule of a choice. What happens on the last days of a month happens on the last day of a shorter one.

    >>> rule_for("monthly", date(2027, 1, 30), None)
    'FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1'
    >>> rule_for("weekday", date(2027, 1, 12), date(2027, 12, 31))
    'FREQ=MONTHLY;BYDAY=2TU;UNTIL=20271231'
    """
    until = f";UNTIL={last:%Y%m%d}" if last is not None else ""
    if choice in ("weekly", "fortnightly"):
        return f"FREQ=WEEKLY{';INTERVAL=2' if choice == 'fortnightly' else ''}{until}"
    if choice == "weekday":
        week = (first.day - 1) // 7 + 1
        return f"FREQ=MONTHLY;BYDAY={week if week < 5 else -1}{DAYS[first.weekday()]}{until}"
    if choice == "yearly":
        leap = first.month == 2 and first.day == 29
        return f"FREQ=YEARLY;BYMONTH={first.month};BYMONTHDAY={-1 if leap else first.day}{until}"
    if first.day <= 28:
        day = f"BYMONTHDAY={first.day}"
    elif first.day == calendar.monthrange(first.year, first.month)[1]:
        day = "BYMONTHDAY=-1"
    else:
        day = f"BYMONTHDAY={','.join(str(n) for n in range(28, first.day + 1))};BYSETPOS=-1"
    every = MONTHS[choice]
    return f"FREQ=MONTHLY{f';INTERVAL={every}' if every > 1 else ''};{day}{until}"
