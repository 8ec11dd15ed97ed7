"""What came of a meeting: its minutes, the committee's decisions, and tasks."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from services.workspace.access import committee_to_enter, may_lead, may_work_in
from services.workspace.events.access import decision_to_see, event_to_enter, visible_decisions
from services.workspace.events.operations import occurrence_named
from services.workspace.events.presenting import key_text, series_of
from services.workspace.events.schemas import (
    ApprovalIn,
    DecisionIn,
    DecisionOut,
    DecisionPatch,
    MeetingTaskIn,
    MinutesIn,
    MinutesOut,
)
from services.workspace.markdown import html_of
from services.workspace.notifications.delivery import notify
from services.workspace.notifications.rules import Notice
from services.workspace.people import People
from services.workspace.schemas import TaskIn, TaskOut
from services.workspace.tables import Committee, Decision, Event, Minutes
from services.workspace.tasks.operations import add_task
from services.workspace.webhooks.sending import announce_hook
from shared import idempotency
from shared.answers import JSON
from shared.callers import Caller
from shared.database import Database, ReadSession, WriteSession
from shared.fields import Counted
from shared.paging import Paging, count_of
from shared.problems import Conflict, FieldError, Invalid, NotAllowed, NotFound
from shared.tags import Expected, tag

WRITES = "The chair, the members and the secretariat write minutes."
APPROVED = "These minutes were approved, and do not change any more."


def sha256_of(event: UUID, occurrence: datetime, text: str, present: Sequence[str]) -> str:
    """Of the JSON of the four, keys sorted, without spaces, in UTF-8: what approved minutes are known by."""
    said = {"event": str(event), "occurrence": key_text(occurrence), "present": list(present), "text": text}
    plain = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def meeting_named(event: Event, said: str | None) -> datetime:
    """Which meeting of a series; the only one there is when it comes once. Raises Invalid."""
    series = series_of(event)
    if said is not None:
        return occurrence_named(series, said)
    if series.rule is not None:
        raise Invalid.at("/occurrence", "must say which meeting of the series", "missing")
    return event.starts_at


def minutes_out(row: Minutes, caller: Caller, committee: str) -> MinutesOut:
    return MinutesOut(
        event=row.event_id, occurrence=row.occurrence, text=row.text, text_html=html_of(row.text), present=row.present,
        state="approved" if row.approved_at is not None else "draft", written_by=row.written_by_name,
        updated_at=row.updated_at, approved_at=row.approved_at, approved_by=row.approved_by_name,
        approved_in=row.approved_in, approved_in_occurrence=row.approved_in_occurrence, sha256=row.sha256,
        may_edit=row.approved_at is None and may_work_in(caller, committee),
        may_approve=row.approved_at is None and may_lead(caller, committee), demo=row.demo,
    )  # fmt: skip


async def read_minutes(db: Database, event_id: UUID, said: str | None, *, by: Caller) -> tuple[MinutesOut, int]:
    """Raises NotFound, NotAllowed, Invalid."""
    async with db.reading() as reading:
        event = await event_to_enter(reading, event_id, by)
        row = await _minutes(reading, event, said)
    return minutes_out(row, by, event.committee), row.version


async def begin_minutes(
    db: Database, event_id: UUID, said: str | None, wanted: MinutesIn, language: str, people: People, *, by: Caller
) -> tuple[MinutesOut, int]:
    """Write them the first time. Raises NotFound, NotAllowed, Conflict when there are some, Invalid."""
    async with db.reading() as reading:
        slug = (await event_to_enter(reading, event_id, by)).committee
    members = await people.of_committee(slug)
    async with db.transaction(by=by, to="write minutes", about=f"event {event_id}") as tx:
        event = await _event_to_minute(tx, event_id, by)
        occurrence = meeting_named(event, said)
        if await tx.get(Minutes, (event.id, occurrence)) is not None:
            raise Conflict("There are minutes of this meeting: read and change them.")
        row = Minutes(
            event_id=event.id, occurrence=occurrence, text=wanted.text, present=wanted.present,
            written_by_name=by.name or by.username, updated_at=datetime.now(UTC), demo=by.demo, version=1,
        )  # fmt: skip
        tx.add(row)
        await tx.flush()
        author = UUID(by.id) if by.kind == "user" else None
        await notify(
            tx, [Notice(one.user_id, "minutes", "member") for one in members if one.user_id != author],
            event=f"minutes:{event.id}:{key_text(occurrence)}", committee=event.committee, subject=event.title,
            link=f"/events/{event.id}?occurrence={key_text(occurrence)}", actor_name=by.name or by.username,
            demo=by.demo,
        )  # fmt: skip
        out = minutes_out(row, by, event.committee)
        etag = tag(1, out.model_dump_json().encode(), language, JSON)
        idempotency.will_answer(out, headers={"ETag": etag})
    return out, 1


async def change_minutes(
    db: Database, event_id: UUID, said: str | None, wanted: MinutesIn, expected: Expected, *, by: Caller
) -> tuple[MinutesOut, int]:
    """Rewrite a draft. Raises NotFound, NotAllowed, StaleVersion, Conflict when they were approved, Invalid."""
    async with db.transaction(by=by, to="change minutes", about=f"event {event_id}") as tx:
        event = await _event_to_minute(tx, event_id, by)
        row = await _minutes(tx, event, said, lock=True)
        expected.must_match(row.version)
        if row.approved_at is not None:
            raise Conflict(APPROVED)
        row.text, row.present, row.written_by_name = wanted.text, wanted.present, by.name or by.username
        row.updated_at, row.version = datetime.now(UTC), row.version + 1
    return minutes_out(row, by, event.committee), row.version


async def approve_minutes(
    db: Database, event_id: UUID, said: str | None, wanted: ApprovalIn, expected: Expected, *, by: Caller
) -> tuple[MinutesOut, int]:
    """Freeze them: a later meeting of the committee has approved them. Raises NotFound, NotAllowed, StaleVersion,
    Conflict, Invalid."""
    async with db.transaction(by=by, to="approve minutes", about=f"event {event_id}") as tx:
        event = await event_to_enter(tx, event_id, by)
        if not may_lead(by, event.committee):
            raise NotAllowed("The chair and the secretariat record that minutes were approved.")
        row = await _minutes(tx, event, said, lock=True)
        expected.must_match(row.version)
        if row.approved_at is not None:
            raise Conflict(APPROVED)
        later = await _later_meeting(tx, event, row.occurrence, wanted, by)
        row.approved_at, row.approved_by_name = datetime.now(UTC), by.name or by.username
        row.approved_in, row.approved_in_occurrence = wanted.event, later
        row.sha256 = sha256_of(row.event_id, row.occurrence, row.text, row.present)
        row.version += 1
        tx.note(sha256=row.sha256)
        told = {"event": str(event.id), "occurrence": key_text(row.occurrence), "sha256": row.sha256}
        await announce_hook(tx, event.committee, "minutes.approved", told)
    return minutes_out(row, by, event.committee), row.version


async def _later_meeting(
    tx: WriteSession, event: Event, occurrence: datetime, wanted: ApprovalIn, by: Caller
) -> datetime:
    """When the meeting is that approved them. Raises Invalid unless it is of the committee, and later."""
    try:
        other = await event_to_enter(tx, wanted.event, by)
    except (NotFound, NotAllowed):
        raise Invalid.at("/event", "must be a meeting of the committee") from None
    if other.committee != event.committee:
        raise Invalid.at("/event", "must be a meeting of the committee")
    later = meeting_named(other, key_text(wanted.occurrence) if wanted.occurrence is not None else None)
    if later <= occurrence:
        raise Invalid.at("/event", "must be a later meeting than the one of these minutes")
    return later


async def _event_to_minute(tx: WriteSession, event_id: UUID, by: Caller) -> Event:
    event = await event_to_enter(tx, event_id, by)
    if not may_work_in(by, event.committee):
        raise NotAllowed(WRITES)
    await tx.execute(select(Event.id).where(Event.id == event.id).with_for_update(key_share=True))
    return event


async def _minutes(db: ReadSession | WriteSession, event: Event, said: str | None, *, lock: bool = False) -> Minutes:
    statement = select(Minutes).where(Minutes.event_id == event.id, Minutes.occurrence == meeting_named(event, said))
    found: Minutes | None = await db.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise NotFound("The minutes of this meeting")
    return found


def decision_out(row: Decision, caller: Caller) -> DecisionOut:
    return DecisionOut(
        id=row.id, committee=row.committee, number=f"{row.year}-{row.number:02}", title=row.title, text=row.text,
        text_html=html_of(row.text) if row.text else "", decided_on=row.decided_on, event=row.event_id, state=row.state,
        superseded_by=row.superseded_by, recorded_by=row.created_by_name, created_at=row.created_at,
        may_edit=may_lead(caller, row.committee), demo=row.demo,
    )  # fmt: skip


async def list_decisions(
    db: Database, slug: str, event_id: UUID | None, state: str | None, part: Paging, *, by: Caller
) -> Counted[DecisionOut]:
    """The register, the newest first. Raises NotFound, NotAllowed."""
    statement = select(Decision).where(Decision.committee == slug, visible_decisions(by))
    if event_id is not None:
        statement = statement.where(Decision.event_id == event_id)
    if state is not None:
        statement = statement.where(Decision.state == state)
    async with db.reading(snapshot=True) as reading:
        await committee_to_enter(reading, slug, by)
        total = await count_of(reading, statement)
        order = part.apply(statement, [Decision.year, Decision.number, Decision.id], descending=True)
        rows = (await reading.scalars(order)).all()
    shown, following = part.cut(rows, lambda row: (row.year, row.number, row.id))
    return Counted(items=[decision_out(row, by) for row in shown], next=following, total=total)


async def record_decision(
    db: Database, slug: str, wanted: DecisionIn, language: str, *, by: Caller
) -> tuple[DecisionOut, int]:
    """Enter a decision under the next number of its year; one that it supersedes is not in force any more.

    Raises NotFound, NotAllowed, Invalid.
    """
    async with db.transaction(by=by, to="record a decision", about=slug) as tx:
        await committee_to_enter(tx, slug, by)
        if not may_lead(by, slug):
            raise NotAllowed("The chair and the secretariat record decisions.")
        await tx.execute(select(Committee.slug).where(Committee.slug == slug).with_for_update(key_share=True))
        if wanted.event is not None:
            await _must_be_of(tx, wanted.event, slug, by)
        year = wanted.decided_on.year
        last = await tx.scalar(
            select(func.max(Decision.number)).where(Decision.committee == slug, Decision.year == year)
        )
        row = Decision(
            committee=slug, year=year, number=(last or 0) + 1, title=wanted.title, text=wanted.text or None,
            decided_on=wanted.decided_on, event_id=wanted.event, state="in_force",
            created_by_name=by.name or by.username, created_at=datetime.now(UTC), demo=by.demo, version=1,
        )  # fmt: skip
        tx.add(row)
        await tx.flush()
        if wanted.supersedes is not None:
            before = await tx.scalar(
                select(Decision)
                .where(Decision.id == wanted.supersedes, Decision.committee == slug, Decision.state == "in_force")
                .with_for_update()
            )
            if before is None:
                raise Invalid.at("/supersedes", "must be a decision of the committee that is in force")
            before.state, before.superseded_by = "superseded", row.id
            before.version += 1
        tx.about = f"decision {row.id}"
        told = {"decision": str(row.id), "number": f"{row.year}-{row.number:02}", "title": row.title}
        await announce_hook(tx, slug, "decision.recorded", told)
        out = decision_out(row, by)
        location = {"Location": f"/api/v1/workspace/decisions/{row.id}"}
        etag = tag(1, out.model_dump_json().encode(), language, JSON)
        idempotency.will_answer(out, headers={**location, "ETag": etag})
    return out, 1


async def change_decision(
    db: Database, decision_id: UUID, wanted: DecisionPatch, expected: Expected, *, by: Caller
) -> tuple[DecisionOut, int]:
    """Correct its words, withdraw it or put it into force again. Raises NotFound, NotAllowed, StaleVersion, Conflict,
    Invalid."""
    changes = wanted.changes
    cleared = [name for name in ("title", "state") if name in changes and changes[name] is None]
    if cleared:
        raise Invalid(errors=[FieldError(f"/{name}", "cannot be cleared", "required") for name in cleared])
    async with db.transaction(by=by, to="change a decision", about=f"decision {decision_id}") as tx:
        row = await decision_to_see(tx, decision_id, by)
        if not may_lead(by, row.committee):
            raise NotAllowed("The chair and the secretariat record decisions.")
        await tx.refresh(row, with_for_update=True)
        expected.must_match(row.version)
        if "state" in changes and row.state == "superseded":
            raise Conflict("Another decision took its place.")
        before = {name: getattr(row, name) for name in changes}
        for name, value in changes.items():
            setattr(row, name, value or None if name == "text" else value)
        if any(getattr(row, name) != value for name, value in before.items()):
            row.version += 1
            tx.note(fields=sorted(changes))
    return decision_out(row, by), row.version


async def _must_be_of(tx: WriteSession, event_id: UUID, slug: str, by: Caller) -> None:
    try:
        event = await event_to_enter(tx, event_id, by)
    except (NotFound, NotAllowed):
        event = None
    if event is None or event.committee != slug:
        raise Invalid.at("/event", "must be a meeting of the committee")


async def add_task_of_meeting(
    db: Database, people: People, event_id: UUID, wanted: MeetingTaskIn, language: str, zone: ZoneInfo, *, by: Caller
) -> tuple[TaskOut, int]:
    """A task that came out of a meeting: it is linked to it. Raises NotFound, NotAllowed, Invalid."""
    async with db.reading() as reading:
        event = await event_to_enter(reading, event_id, by)
    task = TaskIn.model_validate(
        {
            "title": wanted.title, "assignees": [str(user) for user in wanted.assignees], "description": None,
            "due_on": wanted.due_on, "links": [{"kind": "event", "ref": str(event.id)}],
        }
    )  # fmt: skip
    return await add_task(db, people, event.committee, task, language, zone, by=by)
