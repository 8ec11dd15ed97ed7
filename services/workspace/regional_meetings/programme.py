"""The programme of a regional meeting as iCalendar (RFC 5545), for everybody's own calendar."""

from datetime import UTC
from zoneinfo import ZoneInfo

from services.workspace.events.ical import PRODUCT, one_line
from services.workspace.events.vtimezone import vtimezone
from services.workspace.regional_meetings.presenting import sessions_of
from services.workspace.tables import RegionalMeeting
from shared.languages import pick


def programme_calendar(row: RegionalMeeting, language: str, origin: str) -> bytes:
    """Each session as an event with a UID for ever, at its time there; without sessions, the days as a whole."""
    from icalendar import Calendar, Event  # noqa: PLC0415 -- takes a while to import, and few requests need it

    title = one_line(pick(row.titles, language))
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", title)
    host = origin.partition("://")[2].partition("/")[0].partition(":")[0] or "localhost"
    zone, names = ZoneInfo(row.timezone), {one["key"]: one["name"] for one in row.speakers}
    if row.timezone != "UTC":
        calendar.add_component(vtimezone(row.timezone, row.starts_on.year - 1))
    where = ", ".join(one_line(part) for part in (row.venue, row.place) if part)
    sessions = sessions_of(row)
    for session in sessions:
        entry = Event()
        entry.add("uid", f"{row.slug}.{session.key}@{host}")
        entry.add("summary", one_line(session.title))
        entry.add("dtstart", session.starts_at.astimezone(zone))
        entry.add("dtend", session.ends_at.astimezone(zone))
        entry.add("location", ", ".join(one_line(part) for part in (session.room, where) if part))
        speakers = [names[key] for key in session.speakers if key in names]
        entry.add("description", "\n".join([title, *([", ".join(speakers)] if speakers else [])]))
        _finish(entry, row, origin)
        calendar.add_component(entry)
    if not sessions:
        entry = Event()
        entry.add("uid", f"{row.slug}@{host}")
        entry.add("summary", title)
        entry.add("dtstart", row.starts_on)
        entry.add("dtend", row.ends_on.fromordinal(row.ends_on.toordinal() + 1))
        entry.add("location", where)
        _finish(entry, row, origin)
        calendar.add_component(entry)
    return bytes(calendar.to_ical())


def _finish(entry: object, row: RegionalMeeting, origin: str) -> None:
    entry.add("dtstamp", row.updated_at.astimezone(UTC).replace(microsecond=0))  # type: ignore[attr-defined]  # imported late
    entry.add("sequence", row.version - 1)  # type: ignore[attr-defined]
    entry.add("url", f"{origin}/regional-meetings/{row.slug}")  # type: ignore[attr-defined]
