"""Meetings as they are answered."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.workspace.access import may_lead, may_work_in, user_of
from services.workspace.events.access import is_inside
from services.workspace.events.recurrence import Deviation, Occurrence, Series, occurrences
from services.workspace.events.rules import read_rule
from services.workspace.events.schemas import (
    AgendaItemOut,
    AttendanceCount,
    AttendanceOut,
    EventOut,
    OccurrenceOut,
)
from services.workspace.markdown import html_of
from services.workspace.schemas import ActorOut
from services.workspace.tables import Attendance, Event
from shared.callers import Caller
from shared.fields import utc

BACK, AHEAD, MOST = timedelta(days=31), timedelta(days=366), 100
NEXT_WITHIN = timedelta(days=400)


def series_of(event: Event) -> Series:
    zone = ZoneInfo(event.timezone)
    rule = read_rule(event.rrule, zone) if event.rrule is not None else None
    return Series(event.starts_at, event.ends_at, zone, rule, event.last_key)


def deviations_of(event: Event) -> dict[datetime, Deviation]:
    return {
        row.key: Deviation(
            row.key, row.starts_at, row.ends_at, row.cancelled,
            {"title": row.title, "place": row.place, "link": row.link},
        )
        for row in event.deviations
    }  # fmt: skip


def occurrences_of(event: Event, since: datetime, until: datetime) -> list[Occurrence]:
    return occurrences(series_of(event), since, until, deviations_of(event))


def next_of(event: Event, now: datetime) -> Occurrence | None:
    """The first that is not over and takes place, within about a year."""
    if event.cancelled:
        return None
    found = occurrences_of(event, now, max(now, event.starts_at) + NEXT_WITHIN)
    return next((one for one in found if not one.cancelled and one.ends_at > now), None)


def key_text(key: datetime) -> str:
    """How an occurrence is named in addresses and rows."""
    return utc(key)


def occurrence_out(
    event: Event, one: Occurrence, caller: Caller, names: Mapping[str, str], answers: Mapping[tuple[UUID, str], str]
) -> OccurrenceOut:
    """`names`: of committees; `answers`: the caller's own, by event and occurrence."""
    changes = {name: value for name, value in (one.changes or {}).items() if value is not None}
    named = key_text(one.key)
    own = answers.get((event.id, named), answers.get((event.id, "")))
    return OccurrenceOut(
        event=event.id, committee=event.committee, committee_name=names.get(event.committee, event.committee),
        occurrence=one.key, title=changes.get("title", event.title), starts_at=one.starts_at, ends_at=one.ends_at,
        timezone=event.timezone, place=changes.get("place", event.place), link=changes.get("link", event.link),
        public=event.public, recurs=event.rrule is not None, moved=one.starts_at != one.key,
        cancelled=one.cancelled or event.cancelled, your_answer=own, demo=event.demo,
    )  # fmt: skip


def usual_window(event: Event, now: datetime) -> tuple[datetime, datetime]:
    """From a month ago to a year ahead; the last year of what is over, the first of what begins later."""
    since = min(now - BACK, max(event.starts_at, event.ends_by - AHEAD)) if event.ends_by is not None else now - BACK
    if event.starts_at > now + AHEAD:
        since = event.starts_at
    return since, max(since, now) + AHEAD


def event_out(
    event: Event,
    caller: Caller,
    *,
    names: Mapping[str, str],
    attendance: Sequence[Attendance],
    window: tuple[datetime, datetime] | None = None,
) -> EventOut:
    """The meeting as this caller sees it; the public is told of nobody."""
    now = datetime.now(UTC)
    since, until = window or usual_window(event, now)
    within = is_inside(caller, event.committee)
    whole = [row for row in attendance if row.event_id == event.id and row.occurrence == ""]
    own = {(row.event_id, row.occurrence): row.answer for row in attendance if str(row.user_id) == caller.id}
    told = Counter(row.answer for row in whole)
    upcoming = next_of(event, now)
    return EventOut(
        id=event.id, committee=event.committee, title=event.title, description=event.description,
        description_html=html_of(event.description) if event.description else "",
        starts_at=event.starts_at, ends_at=event.ends_at, timezone=event.timezone, rrule=event.rrule,
        place=event.place, link=event.link, agenda=[AgendaItemOut.model_validate(item) for item in event.agenda],
        public=event.public, cancelled=event.cancelled,
        occurrences=[
            occurrence_out(event, one, caller, names, own)
            for one in occurrences_of(event, since, until)[: None if window else MOST]
        ],
        next_occurrence=occurrence_out(event, upcoming, caller, names, own) if upcoming else None,
        attendance=[AttendanceOut(user_id=row.user_id, name=row.name, answer=row.answer) for row in whole]
        if within else None,
        answers=AttendanceCount(yes=told["yes"], no=told["no"], maybe=told["maybe"]) if within else None,
        your_answer=own.get((event.id, "")),
        created_by=ActorOut(user_id=user_of(event.created_by), name=event.created_by_name) if within else None,
        created_at=event.created_at, updated_at=event.updated_at, may_edit=may_lead(caller, event.committee),
        may_answer=caller.kind == "user" and may_work_in(caller, event.committee), demo=event.demo,
    )  # fmt: skip
