"""Meetings as iCalendar (RFC 5545) and as invitations (RFC 5546), for everybody else's calendars.

A meeting has one UID for ever; every change raises its SEQUENCE. An occurrence that was moved or cancelled is an event
of its own with the RECURRENCE-ID of where it was, in the meeting's zone. Names of zones come with their rules
(VTIMEZONE).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from services.workspace.events.presenting import series_of
from services.workspace.events.vtimezone import vtimezone
from services.workspace.tables import Event, EventDeviation

if TYPE_CHECKING:
    from icalendar import Calendar
    from icalendar import Event as Entry

PRODUCT = "-//Red de Puertos//Agenda//ES"
REFRESH = timedelta(hours=1)


@dataclass(frozen=True)
class Invited:
    """To whom an invitation goes, and in whose name."""

    address: str
    name: str
    organizer: str


def uid_of(event_id: UUID, host: str) -> str:
    return f"{event_id}@{host}"


def feed(events: Iterable[Event], *, name: str, origin: str) -> bytes:
    """A calendar that others subscribe to."""
    calendar = _calendar(name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    shown = list(events)
    for event in shown:
        for entry in _entries(event, origin):
            calendar.add_component(entry)
    return _written(calendar, shown)


def invitation(
    event: Event, occurrence: datetime | None, method: Literal["REQUEST", "CANCEL"], to: Invited, *, origin: str
) -> bytes:
    """What a mail carries so that the reader's calendar takes the meeting in, changes it or drops it."""
    calendar = _calendar(None)
    calendar.add("method", method)
    entries = _entries(event, origin)
    if occurrence is not None:
        only = [row for row in event.deviations if row.key == occurrence]
        entries = [_deviation(event, row, origin) for row in only]
    if method == "CANCEL":
        entries = entries[:1]
    for entry in entries:
        from icalendar import vCalAddress  # noqa: PLC0415 -- heavy, and needed here alone

        organizer = vCalAddress(f"MAILTO:{to.organizer}")
        attendee = vCalAddress(f"MAILTO:{to.address}")
        attendee.params["CN"] = to.name
        attendee.params["ROLE"] = "REQ-PARTICIPANT"
        attendee.params["PARTSTAT"] = "NEEDS-ACTION"
        attendee.params["RSVP"] = "FALSE"
        entry.add("organizer", organizer)
        entry.add("attendee", attendee, encode=False)
        if method == "CANCEL":
            entry["STATUS"] = "CANCELLED"
        calendar.add_component(entry)
    return _written(calendar, [event])


def _calendar(name: str | None) -> Calendar:
    from icalendar import Calendar  # noqa: PLC0415 -- takes a while to import, and few requests need it

    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    if name is not None:
        made.add("name", name)
        made.add("x-wr-calname", name)
    return made


def _written(calendar: Calendar, events: Iterable[Event]) -> bytes:
    """With the rules of every zone that occurs, ahead of what names them."""
    first: dict[str, int] = {}
    for event in events:
        begins = min([event.starts_at, *(row.starts_at for row in event.deviations)]).year - 1
        first[event.timezone] = min(begins, first.get(event.timezone, begins))
    zones = [vtimezone(name, year) for name, year in sorted(first.items()) if name != "UTC"]
    calendar.subcomponents[:0] = zones
    return bytes(calendar.to_ical())


def _entries(event: Event, origin: str) -> list[Entry]:
    series = series_of(event)
    entry = _entry(event, origin)
    entry.add("dtstart", event.starts_at.astimezone(series.zone))
    entry.add("dtend", event.ends_at.astimezone(series.zone))
    entry.add("summary", one_line(event.title))
    _add_where(entry, event.place, event.link)
    entry.add("sequence", event.sequence)
    entry.add("status", "CANCELLED" if event.cancelled else "CONFIRMED")
    if series.rule is not None:
        from icalendar import vRecur  # noqa: PLC0415

        entry.add("rrule", vRecur.from_ical(series.rule.written(series.zone)))
    return [entry, *(_deviation(event, row, origin) for row in event.deviations)]


def _deviation(event: Event, row: EventDeviation, origin: str) -> Entry:
    zone = ZoneInfo(event.timezone)
    entry = _entry(event, origin)
    entry.add("recurrence-id", row.key.astimezone(zone))
    entry.add("dtstart", row.starts_at.astimezone(zone))
    entry.add("dtend", row.ends_at.astimezone(zone))
    entry.add("summary", one_line(row.title or event.title))
    _add_where(entry, row.place or event.place, row.link or event.link)
    entry.add("sequence", max(row.sequence, event.sequence))
    entry.add("status", "CANCELLED" if row.cancelled or event.cancelled else "CONFIRMED")
    return entry


def _entry(event: Event, origin: str) -> Entry:
    from icalendar import Event as Entry  # noqa: PLC0415

    entry = Entry()
    host = origin.partition("://")[2].partition("/")[0].partition(":")[0] or "localhost"
    entry.add("uid", uid_of(event.id, host))
    entry.add("dtstamp", event.updated_at.astimezone(UTC).replace(microsecond=0))
    entry.add("last-modified", event.updated_at.astimezone(UTC).replace(microsecond=0))
    entry.add("created", event.created_at.astimezone(UTC).replace(microsecond=0))
    if event.description and not event.removed_at:
        entry.add("description", event.description)
    entry.add("url", f"{origin}/events/{event.id}")
    return entry


def _add_where(entry: Entry, place: str | None, link: str | None) -> None:
    where = ", ".join(one_line(part) for part in (place, link) if part)
    if where:
        entry.add("location", where)


def one_line(text: str) -> str:
    """Whatever was typed as one line: no line feed of a title can begin a property of its own."""
    return " ".join(text.split())
