"""A rule of RFC 5545 in plain words of the reader's language, part by part."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from babel.dates import get_month_names

from services.portal.rendering import current_words
from services.portal.translations import N_

WEEKDAYS: Mapping[str, str] = {
    "MO": N_("lunes"), "TU": N_("martes"), "WE": N_("miércoles"), "TH": N_("jueves"), "FR": N_("viernes"),
    "SA": N_("sábado"), "SU": N_("domingo"),
}  # fmt: skip
UNITS: Mapping[str, tuple[str, str]] = {
    "DAILY": (N_("Cada día"), N_("Cada %(num)s días")),
    "WEEKLY": (N_("Cada semana"), N_("Cada %(num)s semanas")),
    "MONTHLY": (N_("Cada mes"), N_("Cada %(num)s meses")),
    "YEARLY": (N_("Cada año"), N_("Cada %(num)s años")),
}
PLACES: Mapping[int, str] = {
    1: N_("primer %(day)s"),
    2: N_("segundo %(day)s"),
    3: N_("tercer %(day)s"),
    4: N_("cuarto %(day)s"),
    5: N_("quinto %(day)s"),
    -1: N_("último %(day)s"),
    -2: N_("penúltimo %(day)s"),
}
NTH = N_("%(num)s.º %(day)s")
NTH_FROM_END = N_("%(num)s.º %(day)s desde el final")
LAST, FROM_END = N_("el último"), N_("el %(num)s.º desde el final")
LISTS: Mapping[str, tuple[str, int]] = {
    "BYMONTHDAY": (N_("en los días del mes: %(list)s"), 31),
    "BYYEARDAY": (N_("en los días del año: %(list)s"), 366),
    "BYWEEKNO": (N_("en las semanas del año: %(list)s"), 53),
    "BYSETPOS": (N_("de esas fechas, solo: %(list)s"), 366),
}
ON_DAYS, IN_MONTHS = N_("en estos días: %(list)s"), N_("en los meses: %(list)s")
WEEK_BEGINS = N_("la semana empieza el %(day)s")
UNTIL = N_("hasta el %(date)s")
ENDS = ("COUNT", "UNTIL")
_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T\d{6}Z?)?")


class WrongPart(Exception):
    """A part of a rule that says nothing; the text is the part as it was written."""


def plain_rule(text: str) -> str:
    """A rule as it is kept, of what somebody typed or pasted: one line, capitals, without `RRULE:`.

    >>> plain_rule(" rrule:freq=monthly; byday=-1fr; ")
    'FREQ=MONTHLY;BYDAY=-1FR'
    """
    return re.sub(r"\s+", "", text).upper().removeprefix("RRULE:").strip(";")


def parts_of(rule: str) -> dict[str, str]:
    """Its parts by their names. Raises WrongPart for what has no name or value, or comes twice."""
    found: dict[str, str] = {}
    for part in rule.split(";"):
        name, _, value = part.partition("=")
        if not name or not value or name in found:
            raise WrongPart(part or ";")
        found[name] = value
    return found


def words_of(rule: str) -> str:
    """What a rule says, as one sentence without its full stop. Raises WrongPart, or KeyError when FREQ is missing.

    >>> words_of("FREQ=MONTHLY;BYDAY=-1FR;COUNT=3")
    'Cada mes; en estos días: último viernes; 3 veces en total'
    >>> words_of("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;UNTIL=20271231")
    'Cada 2 semanas; en estos días: martes y jueves; hasta el 31 de diciembre de 2027'
    >>> for wrong in ("FREQ=HOURLY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=2;COUNT=3", "FREQ=WEEKLY;BYDAY=60MO"):
    ...     try:
    ...         print(words_of(wrong))
    ...     except WrongPart as part:
    ...         print(part)
    FREQ=HOURLY
    INTERVAL=0
    COUNT=3
    BYDAY=60MO
    """
    parts = parts_of(rule)
    frequency, interval = parts.pop("FREQ"), parts.pop("INTERVAL", "1")
    if frequency not in UNITS:
        raise WrongPart(f"FREQ={frequency}")
    every = _number("INTERVAL", interval, 366)
    one, several = UNITS[frequency]
    said = [current_words().gettext(one if every == 1 else several) % {"num": every}]
    said += [_clause(name, value) for name, value in parts.items()]
    return "; ".join(said)


def _clause(name: str, value: str) -> str:
    words = current_words()
    if name == "BYDAY":
        return words.gettext(ON_DAYS) % {"list": words.joined(_each(name, value, _day))}
    if name == "BYMONTH":
        names = get_month_names("wide", context="stand-alone", locale=words.formats)
        return words.gettext(IN_MONTHS) % {
            "list": words.joined(_each(name, value, lambda text: str(names[_number(name, text, 12)])))
        }
    if name in LISTS:
        text, most = LISTS[name]
        return words.gettext(text) % {"list": words.joined(_each(name, value, lambda one: _place(name, one, most)))}
    if name == "WKST" and value in WEEKDAYS:
        return words.gettext(WEEK_BEGINS) % {"day": words.gettext(WEEKDAYS[value])}
    if name == "COUNT":
        number = _number(name, value, 1000)
        return words.ngettext("%(num)s vez en total", "%(num)s veces en total", number) % {"num": number}
    if name == "UNTIL" and (found := _UNTIL.fullmatch(value)):
        try:
            return words.gettext(UNTIL) % {"date": words.date(date(int(found[1]), int(found[2]), int(found[3])))}
        except ValueError:
            pass
    raise WrongPart(f"{name}={value}")


def _each(name: str, value: str, say: Callable[[str], str]) -> list[str]:
    try:
        return [say(one) for one in value.split(",")]
    except (ValueError, WrongPart):
        raise WrongPart(f"{name}={value}") from None


def _day(text: str) -> str:
    found = _DAY.fullmatch(text)
    if found is None:
        raise WrongPart(text)
    words = current_words()
    day = words.gettext(WEEKDAYS[found[2]])
    if found[1] is None:
        return day
    place = int(found[1])
    if not 1 <= abs(place) <= 53:
        raise WrongPart(text)
    said = PLACES.get(place) or (NTH if place > 0 else NTH_FROM_END)
    values: dict[str, Any] = {"day": day, "num": abs(place)}
    return words.gettext(said) % values


def _place(name: str, text: str, most: int) -> str:
    """`15`, or from the end: the last one, the second from the end."""
    place = _number(name, text.lstrip("+-"), most) * (-1 if text.startswith("-") else 1)
    if place > 0:
        return str(place)
    return current_words().gettext(LAST if place == -1 else FROM_END) % {"num": -place}


def _number(name: str, text: str, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= most:
        raise WrongPart(f"{name}={text}")
    return int(text)
