"""What people do with meetings; one transaction each."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from services.workspace.access import actor_of, committee_to_enter, may_lead
from services.workspace.events.access import LEADS, event_to_answer, event_to_lead, event_to_see
from services.workspace.events.presenting import event_out, key_text, series_of
from services.workspace.events.queries import attendance_of, names_of_committees
from services.workspace.events.recurrence import Series, checked_series, is_occurrence, key_named, last_end
from services.workspace.events.rules import WrongRule
from services.workspace.events.schemas import Answer, EventIn, EventOut, EventPatch
from services.workspace.events.telling import CommitteeToTell, Kind, tell_committee
from services.workspace.people import CommitteePerson
from services.workspace.tables import Attendance, Event, EventDeviation
from services.workspace.webhooks.schemas import HookKind
from services.workspace.webhooks.sending import announce_hook
from shared import idempotency
from shared.answers import JSON
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.problems import FieldError, Invalid, NotAllowed
from shared.tags import Expected, tag

LONGEST = timedelta(days=14)
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
REQUIRED = ("title", "starts_at", "ends_at", "timezone", "public", "cancelled")
EDITED = (
    "title", "description", "starts_at", "ends_at", "timezone", "rrule", "place", "link", "agenda", "public",
    "cancelled",
)  # fmt: skip
OF_ONE = frozenset({"starts_at", "ends_at", "title", "place", "link", "cancelled"})
SCHEDULE = frozenset({"starts_at", "ends_at", "timezone", "rrule"})


async def add_event(
    db: Database, committee: CommitteeToTell, wanted: EventIn, language: str, *, by: Caller
) -> tuple[EventOut, int]:
    """Arrange a meeting; the committee's people are invited. Raises NotFound, NotAllowed, Invalid."""
    series = await _checked(wanted.starts_at, wanted.ends_at, wanted.timezone, wanted.rrule)
    people = await committee.people()
    async with db.transaction(by=by, to="arrange an event", about=committee.slug) as tx:
        await committee_to_enter(tx, committee.slug, by)
        if not may_lead(by, committee.slug):
            raise NotAllowed(LEADS)
        event = await arrange(tx, committee.slug, wanted, series, people, by=by)
        tx.about = f"event {event.id}"
        out = event_out(event, by, names=await names_of_committees(tx, language), attendance=[])
        location = {"Location": address_of(event.id)}
        etag = tag(1, out.model_dump_json().encode(), language, JSON)
        idempotency.will_answer(out, headers={**location, "ETag": etag})
    return out, 1


async def arrange(
    tx: WriteSession, slug: str, wanted: EventIn, series: Series, people: list[CommitteePerson], *, by: Caller
) -> Event:
    """The new row; the committee's people are invited."""
    now = datetime.now(UTC)
    event = Event(
        committee=slug, title=wanted.title, description=wanted.description or None, starts_at=wanted.starts_at,
        ends_at=wanted.ends_at, timezone=wanted.timezone, rrule=_rule_text(wanted.rrule), last_key=series.last,
        ends_by=last_end(series), place=wanted.place or None, link=wanted.link,
        agenda=[item.model_dump() for item in wanted.agenda], public=wanted.public, cancelled=False, sequence=0,
        created_by=actor_of(by), created_by_name=by.name or by.username, created_at=now, updated_at=now, demo=by.demo,
        version=1, deviations=[],
    )  # fmt: skip
    tx.add(event)
    await tx.flush()
    await tell_committee(tx, people, event, "invited", f"event:{event.id}:0", by=by)
    await announce_hook(tx, slug, "event.created", {"event": str(event.id), "title": event.title})
    return event


async def change_event(
    db: Database, committee: CommitteeToTell, event_id: UUID, wanted: EventPatch, expected: Expected, language: str, *,
    by: Caller,
) -> tuple[EventOut, int]:  # fmt: skip
    """Change the whole meeting. Raises NotFound, NotAllowed, StaleVersion, Invalid."""
    changes = wanted.changes
    cleared = [name for name in REQUIRED if name in changes and changes[name] is None]
    if cleared:
        raise Invalid(errors=[FieldError(f"/{name}", "cannot be cleared", "required") for name in cleared])
    people = await committee.people()
    async with db.transaction(by=by, to="change an event", about=f"event {event_id}") as tx:
        event = await event_to_lead(tx, event_id, by)
        expected.must_match(event.version)
        before = _state(event)
        was_cancelled = event.cancelled
        for name, value in changes.items():
            if name == "agenda":
                event.agenda = [item.model_dump() for item in wanted.agenda or []]
            elif name == "rrule":
                event.rrule = _rule_text(value)
            else:
                setattr(event, name, value or None if name in ("description", "place") else value)
        if SCHEDULE & changes.keys():
            series = await _checked(event.starts_at, event.ends_at, event.timezone, event.rrule)
            event.last_key, event.ends_by = series.last, last_end(series)
            for row in list(event.deviations):
                if not is_occurrence(series, row.key):
                    event.deviations.remove(row)
            await tx.execute(
                delete(Attendance).where(Attendance.event_id == event.id, Attendance.occurrence != "")
            ) if before["starts_at"] != event.starts_at or before["rrule"] != event.rrule else None
        fields = sorted(name for name, value in _state(event).items() if value != before[name])
        if fields:
            tx.note(fields=fields)
            _touched(event)
            kind: Kind = "event_cancelled" if event.cancelled and not was_cancelled else "event_changed"
            if set(fields) - {"agenda", "description", "public"}:
                await tell_committee(tx, people, event, kind, f"event:{event.id}:{event.sequence}", by=by)
            hook: HookKind = "event.cancelled" if kind == "event_cancelled" else "event.changed"
            await announce_hook(tx, event.committee, hook, {"event": str(event.id), "title": event.title})
        await tx.flush()
        rows = await attendance_of(tx, [event.id])
        out = event_out(event, by, names=await names_of_committees(tx, language), attendance=rows)
    return out, event.version


async def change_occurrence(
    db: Database, committee: CommitteeToTell, event_id: UUID, said: str, wanted: EventPatch, expected: Expected,
    language: str, *, by: Caller,
) -> tuple[EventOut, int]:  # fmt: skip
    """Move, rename or cancel one meeting of a series. Raises NotFound, NotAllowed, StaleVersion, Invalid."""
    changes = wanted.changes
    if wrong := sorted(changes.keys() - OF_ONE):
        raise Invalid(errors=[FieldError(f"/{name}", "belongs to the whole series", "whole_series") for name in wrong])
    people = await committee.people()
    async with db.transaction(by=by, to="change an occurrence", about=f"event {event_id}") as tx:
        event = await event_to_lead(tx, event_id, by)
        expected.must_match(event.version)
        series = series_of(event)
        key = occurrence_named(series, said)
        row = next((one for one in event.deviations if one.key == key), None)
        if row is None:
            row = EventDeviation(
                event_id=event.id, key=key, starts_at=key, ends_at=key + series.lasts, title=None, place=None,
                link=None, cancelled=False, sequence=0,
            )  # fmt: skip
            event.deviations.append(row)
        before = _deviation(row)
        if "starts_at" in changes:
            lasts = row.ends_at - row.starts_at
            row.starts_at = wanted.starts_at or key
            row.ends_at = row.starts_at + lasts
        if "ends_at" in changes:
            row.ends_at = wanted.ends_at or row.starts_at + series.lasts
        must_be_in_order(row.starts_at, row.ends_at)
        for name in ("title", "place", "link"):
            if name in changes:
                setattr(row, name, changes[name] or None)
        if "cancelled" in changes:
            row.cancelled = bool(wanted.cancelled)
        if _deviation(row) != before:
            _touched(event)
            row.sequence = event.sequence
            tx.note(occurrence=key_text(key), fields=sorted(changes))
            kind: Kind = "event_cancelled" if row.cancelled and not before[-1] else "event_changed"
            await tell_committee(
                tx, people, event, kind, f"event:{event.id}:{event.sequence}", occurrence=row, by=by,
            )  # fmt: skip
            hook: HookKind = "event.cancelled" if row.cancelled else "event.changed"
            told = {"event": str(event.id), "title": event.title, "occurrence": key_text(key)}
            await announce_hook(tx, event.committee, hook, told)
        elif row.sequence == 0:
            event.deviations.remove(row)
        await tx.flush()
        rows = await attendance_of(tx, [event.id])
        out = event_out(event, by, names=await names_of_committees(tx, language), attendance=rows)
    return out, event.version


async def remove_event(
    db: Database, committee: CommitteeToTell, event_id: UUID, expected: Expected, *, by: Caller
) -> None:
    """Take a meeting away; calendars hear that it is cancelled. Raises NotFound, NotAllowed, StaleVersion."""
    people = await committee.people()
    async with db.transaction(by=by, to="remove an event", about=f"event {event_id}") as tx:
        event = await event_to_lead(tx, event_id, by)
        expected.must_match(event.version)
        tx.note(committee=event.committee, title=event.title)
        was_on = not event.cancelled and (event.ends_by is None or event.ends_by > datetime.now(UTC))
        event.removed_at, event.cancelled = datetime.now(UTC), True
        _touched(event)
        if was_on:
            await tell_committee(
                tx, people, event, "event_cancelled", f"event:{event.id}:{event.sequence}", by=by
            )  # fmt: skip
        await announce_hook(tx, event.committee, "event.cancelled", {"event": str(event.id), "title": event.title})


async def answer_invitation(
    db: Database, event_id: UUID, said: str | None, answer: Answer, language: str, *, by: Caller
) -> tuple[EventOut, int]:
    """Whether the caller comes, to the whole or to one occurrence. Raises NotFound, NotAllowed, Invalid."""
    async with db.transaction(by=by, to="answer an invitation", about=f"event {event_id}") as tx:
        event = await event_to_answer(tx, event_id, by)
        named = key_text(occurrence_named(series_of(event), said)) if said is not None else ""
        row = {
            "event_id": event.id, "occurrence": named, "user_id": UUID(by.id), "name": by.name or by.username,
            "answer": answer, "answered_at": datetime.now(UTC), "demo": by.demo,
        }  # fmt: skip
        statement = insert(Attendance).values(row)
        await tx.execute(
            statement.on_conflict_do_update(
                index_elements=["event_id", "occurrence", "user_id"],
                set_={name: statement.excluded[name] for name in ("answer", "name", "answered_at")},
            )
        )
        rows = await attendance_of(tx, [event.id])
        out = event_out(event, by, names=await names_of_committees(tx, language), attendance=rows)
    return out, event.version


async def read_event(
    db: Database, event_id: UUID, window: tuple[datetime, datetime] | None, language: str, *, by: Caller
) -> tuple[EventOut, int]:
    """One meeting. Raises NotFound."""
    async with db.reading() as reading:
        event = await event_to_see(reading, event_id, by)
        rows = await attendance_of(reading, [event.id])
        names = await names_of_committees(reading, language)
    return event_out(event, by, names=names, attendance=rows, window=window), event.version


def occurrence_named(series: Series, said: str) -> datetime:
    """Raises Invalid when the series has none there."""
    key = key_named(series, said)
    if key is None:
        raise Invalid.at("/occurrence", "must be when the series puts an occurrence, such as 2026-02-07T13:00:00Z")
    return key


def address_of(event_id: UUID) -> str:
    return f"/api/v1/workspace/events/{event_id}"


async def committee_of(db: Database, event_id: UUID, by: Caller) -> str:
    """Whose meeting it is. Raises NotFound."""
    async with db.reading() as reading:
        return (await event_to_see(reading, event_id, by)).committee


async def _checked(starts_at: datetime, ends_at: datetime, zone: str, rule: str | None) -> Series:
    """Raises Invalid. A rule without occurrences takes a moment to be known for one, so others are let through."""
    must_be_in_order(starts_at, ends_at)
    try:
        return await asyncio.to_thread(checked_series, starts_at, ends_at, ZoneInfo(zone), _rule_text(rule))
    except WrongRule as wrong:
        raise Invalid.at("/rrule", str(wrong), "rule") from None


def must_be_in_order(starts_at: datetime, ends_at: datetime) -> None:
    if not EARLIEST <= starts_at < LATEST:
        raise Invalid.at("/starts_at", "must be from 1970 to 2199")
    if ends_at <= starts_at:
        raise Invalid.at("/ends_at", "must be after starts_at", "order")
    if ends_at - starts_at > LONGEST:
        raise Invalid.at("/ends_at", f"must be within {LONGEST.days} days of starts_at", "too_long")


def _rule_text(rule: str | None) -> str | None:
    return rule.strip().upper().removeprefix("RRULE:").rstrip(";") if rule is not None else None


def _touched(event: Event) -> None:
    event.version += 1
    event.sequence += 1
    event.updated_at = datetime.now(UTC)


def _state(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in EDITED}


def _deviation(row: EventDeviation) -> tuple[Any, ...]:
    return (row.starts_at, row.ends_at, row.title, row.place, row.link, row.cancelled)
