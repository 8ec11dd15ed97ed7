"""What several private pages read: years of addresses, dates of forms, how long until something closes."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from services.portal.visits import Visit
from shared.problems import NotFound, Problem


def year_of(text: str) -> int:
    """The year in an address. Raises NotFound for what is no year."""
    if text.isascii() and text.isdigit() and len(text) == 4:
        return int(text)
    raise NotFound


def number_or_none(text: str) -> int | None:
    """A small number out of an address, such as how many were written to."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def zone_of(visit: Visit) -> ZoneInfo:
    zone: ZoneInfo = visit.request.app.state.settings.zone
    return zone


def today(visit: Visit) -> date:
    """The day that it is for the Network."""
    return datetime.now(zone_of(visit)).date()


def day_in(visit: Visit) -> Callable[[datetime], date]:
    """For templates: the Network's day of a moment, where the time of day does not matter."""
    zone = zone_of(visit)
    return lambda moment: moment.astimezone(zone).date()


def days_until(visit: Visit, moment: datetime) -> int:
    """Whole days by the Network's calendar until the day that ends at `moment`; negative once it is over."""
    if moment <= datetime.now(UTC):
        return -1
    last = (moment.astimezone(zone_of(visit))).date()
    return max(0, (last - today(visit)).days - 1)


def date_in(text: str) -> str | None:
    """The ISO date that was typed, None for what is no date."""
    try:
        return date.fromisoformat(text.strip()).isoformat() if text.strip() else None
    except ValueError:
        return None


def ticked(fields: Mapping[str, str], name: str) -> list[str]:
    """Which of the boxes `name.<value>` are ticked, in the order of the form. A field may come only once."""
    start = f"{name}."
    return [field.removeprefix(start) for field in fields if field.startswith(start)]


def error_list(messages: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """What `ui.error_summary` shows: `(id of the control, what to do)`."""
    return [{"field": field, "message": message} for field, message in messages]


def wrong_fields(problem: Problem) -> set[str]:
    """The first step of each pointer: which field of a form is meant."""
    return {error.pointer.removeprefix("/").split("/")[0] for error in problem.errors}


def said_of(problem: Problem, words: Mapping[str, str], otherwise: str) -> list[tuple[str, str]]:
    """The fields that a form got wrong, each with its words; of a problem that names none of them, `otherwise`."""
    found = [(name, words[name]) for name in sorted(wrong_fields(problem)) if name in words]
    return found or [(otherwise, words[otherwise])]
