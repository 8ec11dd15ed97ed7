"""How often a task comes again: as a choice of a form, as a rule of RFC 5545, and in plain words."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.portal.pages.reading import date_in
from services.portal.translations import N_

REPEATS: Mapping[str, str] = {
    "": N_("No se repite"),
    "daily": N_("Cada día"),
    "workdays": N_("Cada día de lunes a viernes"),
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
WEEKDAYS: Mapping[str, str] = {
    "MO": N_("lunes"), "TU": N_("martes"), "WE": N_("miércoles"), "TH": N_("jueves"), "FR": N_("viernes"),
    "SA": N_("sábado"), "SU": N_("domingo"),
}  # fmt: skip
DAYS = tuple(WEEKDAYS)
WORKDAYS = ",".join(DAYS[:5])
ON_DAYS = N_("Cada semana, en estos días")
MONTHS = {"monthly": 1, "quarterly": 3, "halfyearly": 6}


@dataclass(frozen=True, slots=True)
class Repeats:
    """A rule as the form shows it: the choice (`own` for what no choice says), the last day as an ISO date, how often
    in all, and on which days of a week, as texts to be translated."""

    choice: str
    until: str = ""
    count: int | None = None
    days: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What is said of it, to be translated."""
        return ON_DAYS if self.choice == OWN and self.days else REPEATS.get(self.choice, OTHERWISE)


def repeats_of(rule: str | None) -> Repeats:
    """The choice behind a rule.

    >>> repeats_of("FREQ=WEEKLY;INTERVAL=2;UNTIL=20271231")
    Repeats(choice='fortnightly', until='2027-12-31', count=None, days=())
    >>> repeats_of("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=3")
    Repeats(choice='own', until='', count=3, days=('martes', 'jueves'))
    """
    if rule is None:
        return Repeats("")
    parts = dict(part.partition("=")[::2] for part in rule.split(";"))
    until = parts.pop("UNTIL", "")[:8]
    last = f"{until[:4]}-{until[4:6]}-{until[6:]}" if until else ""
    frequency, interval = parts.pop("FREQ", ""), int(parts.pop("INTERVAL", "1"))
    count = int(parts.pop("COUNT")) if "COUNT" in parts else None
    found, days = OWN, tuple[str, ...]()
    if frequency == "DAILY" and not parts and interval == 1:
        found = "daily"
    elif frequency == "WEEKLY" and not parts and interval <= 2:
        found = "weekly" if interval == 1 else "fortnightly"
    elif frequency == "WEEKLY" and parts.keys() == {"BYDAY"} and interval == 1:
        found = "workdays" if parts["BYDAY"] == WORKDAYS else OWN
        days = () if found != OWN else tuple(WEEKDAYS[day] for day in parts["BYDAY"].split(",") if day in WEEKDAYS)
    elif frequency == "MONTHLY" and parts.keys() <= {"BYMONTHDAY", "BYSETPOS"} and parts.keys() != {"BYSETPOS"}:
        found = next((choice for choice, months in MONTHS.items() if months == interval), OWN)
    elif frequency == "MONTHLY" and parts.keys() == {"BYDAY"} and interval == 1 and "," not in parts["BYDAY"]:
        found = "weekday"
    elif frequency == "YEARLY" and interval == 1 and parts.keys() <= {"BYMONTH", "BYMONTHDAY"}:
        found = "yearly"
    return Repeats(found, last, count, days)


def rule_in(fields: Mapping[str, str], first: str | None) -> tuple[str | None, str | None]:
    """The rule that a form asks for, whose first day is `first`, and which of its fields is wrong, if one is.

    What was not changed stays the very rule that it was: `was` is the rule that the form showed, and `was_due` the date
    from which it is read, when that is the task's own.
    """
    choice, was = fields.get("repeats", ""), fields.get("was", "") or None
    shown = repeats_of(was)
    last = date_in(fields.get("repeats_until", ""))
    if last is None and fields.get("repeats_until", "").strip():
        return None, "repeats_until"
    is_same = was is not None and (choice, last or "") == (shown.choice, shown.until)
    if choice == OWN or (is_same and fields.get("was_due", first) == first):
        return was, None
    if choice not in REPEATS or not choice:
        return None, None
    if first is None:
        return None, "due_on"
    if last is not None and last < first:
        return None, "repeats_until"
    rule = rule_for(choice, date.fromisoformat(first), date.fromisoformat(last) if last else None)
    return f"{rule};COUNT={shown.count}" if is_same and shown.count and last is None else rule, None


def rule_for(choice: str, first: date, last: date | None) -> str:
    """The rule of a choice. What happens on the last days of a month happens on the last day of a shorter one.

    >>> rule_for("monthly", date(2027, 1, 30), None)
    'FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1'
    >>> rule_for("weekday", date(2027, 1, 12), date(2027, 12, 31))
    'FREQ=MONTHLY;BYDAY=2TU;UNTIL=20271231'
    """
    until = f";UNTIL={last:%Y%m%d}" if last is not None else ""
    if choice in ("daily", "workdays"):
        return f"FREQ=DAILY{until}" if choice == "daily" else f"FREQ=WEEKLY;BYDAY={WORKDAYS}{until}"
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
