"""How often a task comes again: as a choice of a form, as a rule of RFC 5545, and in plain words."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.portal.pages.reading import date_in
from services.portal.pages.rule_words import ENDS, WEEKDAYS, WrongPart, plain_rule, words_of
from services.portal.rendering import current_words
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
    "own": N_("Según una regla propia"),
}
OWN = "own"
DAYS = tuple(WEEKDAYS)
WORKDAYS = ",".join(DAYS[:5])
UNTIL = N_("Escriba hasta qué día se repite, no antes de su primera fecha.")
FIRST = N_("Para que se repita, escriba cuándo vence la primera vez.")
WRITE = N_("Escriba la regla, por ejemplo FREQ=MONTHLY;BYDAY=-1FR, o elija otra cosa en «Se repite».")
CHOOSE = N_("Para usar esta regla elija «Según una regla propia» en «Se repite»; si no, bórrela.")
FREQ = N_("La regla tiene que empezar por cada cuánto: FREQ=DAILY, WEEKLY, MONTHLY o YEARLY.")
PART = N_("Esta parte de la regla no se entiende: %(part)s")
TWICE = N_("La regla ya dice cuándo termina: deje vacío «Se repite hasta», o quite de ella COUNT y UNTIL.")
Trouble = tuple[str, str]
"""A field of the form, and what to do about it."""
MONTHS = {"monthly": 1, "quarterly": 3, "halfyearly": 6}


@dataclass(frozen=True, slots=True)
class Repeats:
    """A rule as the form shows it: the choice (`own` for what no choice says), the last day as an ISO date, and how
    often in all. The form has a rule of one's own as it is written, with its end."""

    choice: str
    until: str = ""
    count: int | None = None


def repeats_of(rule: str | None) -> Repeats:
    """The choice behind a rule.

    >>> repeats_of("FREQ=WEEKLY;INTERVAL=2;UNTIL=20271231")
    Repeats(choice='fortnightly', until='2027-12-31', count=None)
    >>> repeats_of("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=3").choice
    'own'
    """
    if rule is None:
        return Repeats("")
    parts = dict(part.partition("=")[::2] for part in rule.split(";"))
    until = parts.pop("UNTIL", "")[:8]
    last = f"{until[:4]}-{until[4:6]}-{until[6:]}" if until else ""
    try:
        frequency, interval = parts.pop("FREQ", ""), int(parts.pop("INTERVAL", "1"))
        count = int(parts.pop("COUNT")) if "COUNT" in parts else None
    except ValueError:
        return Repeats(OWN)
    found = OWN
    if frequency == "DAILY" and not parts and interval == 1:
        found = "daily"
    elif frequency == "WEEKLY" and not parts and interval <= 2:
        found = "weekly" if interval == 1 else "fortnightly"
    elif frequency == "WEEKLY" and parts == {"BYDAY": WORKDAYS} and interval == 1:
        found = "workdays"
    elif frequency == "MONTHLY" and parts.keys() <= {"BYMONTHDAY", "BYSETPOS"} and parts.keys() != {"BYSETPOS"}:
        found = next((choice for choice, months in MONTHS.items() if months == interval), OWN)
    elif frequency == "MONTHLY" and parts.keys() == {"BYDAY"} and interval == 1 and "," not in parts["BYDAY"]:
        found = "weekday"
    elif frequency == "YEARLY" and interval == 1 and parts.keys() <= {"BYMONTH", "BYMONTHDAY"}:
        found = "yearly"
    return Repeats(found, last, count)


def said_of(rule: str) -> str:
    """A rule in the reader's words: those of the form where it has them, else part by part.

    >>> said_of("FREQ=WEEKLY;COUNT=2"), said_of("FREQ=WEEKLY;BYDAY=TU")
    ('Cada semana; 2 veces en total', 'Cada semana; en estos días: martes')
    """
    words, repeats = current_words(), repeats_of(rule)
    if repeats.choice == OWN:
        try:
            return words_of(rule)
        except (WrongPart, KeyError):
            return rule
    said = [words.gettext(REPEATS[repeats.choice])]
    if repeats.count:
        number = repeats.count
        said.append(words.ngettext("%(num)s vez en total", "%(num)s veces en total", number) % {"num": number})
    if repeats.until:
        said.append(words.gettext(N_("hasta el %(date)s")) % {"date": words.date(repeats.until)})
    return "; ".join(said)


def rule_in(fields: Mapping[str, str], first: str | None) -> tuple[str | None, Trouble | None]:
    """The rule that a form asks for, whose first day is `first`, and what is wrong with it, if something is.

    What was not changed stays the very rule that it was: `was` is the rule that the form showed, and `was_due` the date
    from which it is read, when that is the task's own.
    """
    choice, was = fields.get("repeats", ""), fields.get("was", "") or None
    shown = repeats_of(was)
    last = date_in(fields.get("repeats_until", ""))
    if last is None and fields.get("repeats_until", "").strip():
        return None, ("repeats_until", UNTIL)
    if choice == OWN:
        return own_rule_in(fields, was, first, last)
    written = plain_rule(fields.get("rule", ""))
    if written and written != (was if shown.choice == OWN else None):
        return None, ("rule", CHOOSE)
    is_same = was is not None and (choice, last or "") == (shown.choice, shown.until)
    if is_same and fields.get("was_due", first) == first:
        return was, None
    if choice not in REPEATS or not choice:
        return None, None
    if first is None:
        return None, ("due_on", FIRST)
    if last is not None and last < first:
        return None, ("repeats_until", UNTIL)
    rule = rule_for(choice, date.fromisoformat(first), date.fromisoformat(last) if last else None)
    return f"{rule};COUNT={shown.count}" if is_same and shown.count and last is None else rule, None


def own_rule_in(
    fields: Mapping[str, str], was: str | None, first: str | None, last: str | None
) -> tuple[str | None, Trouble | None]:
    """The rule that somebody wrote, as far as it can be read here; the workspace looks closer."""
    rule = plain_rule(fields.get("rule", ""))
    if was is not None and last is None and (rule == was or "rule" not in fields):
        return was, None
    trouble = trouble_with(rule)
    if trouble is not None:
        return None, ("rule", trouble)
    if first is None:
        return None, ("due_on", FIRST)
    if last is not None:
        if any(f"{end}=" in rule for end in ENDS):
            return None, ("repeats_until", TWICE)
        if last < first:
            return None, ("repeats_until", UNTIL)
        rule += f";UNTIL={last.replace('-', '')}"
    return rule, None


def trouble_with(rule: str) -> str | None:
    """What to do about a rule that cannot be read, in the reader's words."""
    if not rule:
        return WRITE
    try:
        words_of(rule)
    except KeyError:
        return FREQ
    except WrongPart as wrong:
        return current_words().gettext(PART) % {"part": str(wrong)[:80]}
    return None


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
