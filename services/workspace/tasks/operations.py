"""What people do with tasks; one transaction each."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from services.workspace.access import (
    actor_of,
    committee_to_work_in,
    lock_order_of,
    may_work_in,
    task_to_edit,
    task_to_remove,
    task_to_see,
    user_of,
)
from services.workspace.documents.linking import must_see_documents
from services.workspace.notifications.delivery import notify
from services.workspace.notifications.rules import of_change
from services.workspace.people import CommitteePerson, People, must_all_belong
from services.workspace.schemas import HistoryOut, Link, MoveIn, TaskIn, TaskOut, TaskPatch
from services.workspace.search.indexing import index_task
from services.workspace.tables import Assignment, Task, TaskChange
from services.workspace.tasks import queries
from services.workspace.tasks.attachments import let_go_of_files_of
from services.workspace.tasks.presenting import entry_out, task_out
from services.workspace.tasks.reminding import due_soon_job, overdue_job
from services.workspace.tasks.repeating import is_over, make_next, next_job, plain_rule, set_rule
from services.workspace.tasks.states import assignees_of, differences, people_in, state_of
from services.workspace.webhooks.schemas import HookKind
from services.workspace.webhooks.sending import announce_hook
from services.workspace.words import OPEN_STATES
from shared import idempotency
from shared.answers import JSON
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.paging import Paging
from shared.problems import FieldError, Invalid
from shared.tags import Expected, tag

REQUIRED = ("title", "state", "priority")


async def add_task(
    db: Database, people: People, slug: str, wanted: TaskIn, language: str, zone: ZoneInfo, *, by: Caller
) -> tuple[TaskOut, int]:
    """Add a task at the end of its column. Raises NotFound, NotAllowed, Invalid."""
    _must_have_no_doubles(wanted.assignees, wanted.labels, wanted.links)
    members: list[CommitteePerson] = []
    if wanted.assignees:
        async with db.reading() as reading:
            await committee_to_work_in(reading, slug, by)
        members = await people.of_committee(slug)
        must_all_belong(members, wanted.assignees)
    async with db.transaction(by=by, to="add a task", about=slug) as tx:
        await committee_to_work_in(tx, slug, by)
        await lock_order_of(tx, slug)
        now = datetime.now(UTC)
        task = Task(
            committee=slug, title=wanted.title, description=wanted.description or None, state=wanted.state,
            place=await queries.last_place(tx, slug, wanted.state), due_on=wanted.due_on, priority=wanted.priority,
            labels=wanted.labels, checklist=[item.model_dump() for item in wanted.checklist],
            links=[link.model_dump() for link in wanted.links], rrule=None, created_by=actor_of(by),
            created_by_name=by.name or by.username, created_at=now, updated_at=now, demo=by.demo, version=1,
            assignments=[],
        )  # fmt: skip
        _assign(task, wanted.assignees)
        task.search = queries.search_text(task)
        await set_rule(task, plain_rule(wanted.rrule), begins_anew=True)
        tx.add(task)
        await tx.flush()
        await must_see_documents(tx, wanted.links, (), by)
        await index_task(tx, task)
        tx.about = f"task {task.id}"
        await _record(tx, task, None, action="created", zone=zone, by=by)
        names = {person.user_id: person.name for person in members}
        out = task_out(task, names, queries.Counts(0, 0), by, now.astimezone(zone).date())
        location = {"Location": f"/api/v1/workspace/tasks/{task.id}"}
        version = task.version
        etag = tag(version, out.model_dump_json().encode(), language, JSON)
        idempotency.will_answer(out, headers={**location, "ETag": etag})
    return out, version


async def change_task(
    db: Database, people: People, task_id: UUID, wanted: TaskPatch, expected: Expected, zone: ZoneInfo, *, by: Caller
) -> tuple[TaskOut, int]:
    """Change some fields; what stays as it was leaves no trace. Raises NotFound, NotAllowed, StaleVersion, Invalid."""
    changes = wanted.changes
    cleared = [name for name in REQUIRED if name in changes and changes[name] is None]
    if cleared:
        raise Invalid(errors=[FieldError(f"/{name}", "cannot be cleared", "required") for name in cleared])
    _must_have_no_doubles(wanted.assignees or [], wanted.labels or [], wanted.links or [])
    if wanted.assignees:
        async with db.reading() as reading:
            seen = await task_to_see(reading, task_id, by)
        if may_work_in(by, seen.committee):
            must_all_belong(await people.of_committee(seen.committee), wanted.assignees)
    async with db.transaction(by=by, to="change a task", about=f"task {task_id}") as tx:
        task = await task_to_edit(tx, task_id, by, placing=bool({"state", "rrule", "due_on"} & changes.keys()))
        expected.must_match(task.version)
        before = state_of(task)
        await must_see_documents(tx, wanted.links or (), task.links, by)
        if "state" in changes and wanted.state != task.state:
            task.place = await queries.last_place(tx, task.committee, str(wanted.state))
        due_before = task.due_on
        _apply(task, wanted)
        if "rrule" in changes or task.rrule is not None:
            moved = task.due_on != due_before and task.follows is None and task.followed_by is None
            rule = plain_rule(wanted.rrule) if "rrule" in changes else task.rrule
            await set_rule(task, rule, begins_anew=moved)
        await _record(tx, task, before, action="changed", zone=zone, by=by)
        await tx.flush()
        counts = (await queries.counts_of(tx, [task_id]))[task_id]
    names = await people.names(assignees_of(task))
    return task_out(task, names, counts, by, datetime.now(zone).date()), task.version


async def move_task(
    db: Database, people: People, task_id: UUID, wanted: MoveIn, zone: ZoneInfo, *, by: Caller
) -> tuple[TaskOut, int]:
    """Put a task into a column, at a place in it. A new order alone is no new version of the task.

    Raises NotFound, NotAllowed, Invalid when `after` is not in that column of the same committee.
    """
    async with db.transaction(by=by, to="move a task", about=f"task {task_id}") as tx:
        task = await task_to_edit(tx, task_id, by, placing=True)
        before = state_of(task)
        if wanted.to_the_end:
            place = await queries.last_place(tx, task.committee, wanted.state)
        else:
            above = await _task_above(tx, task, wanted)
            place = await queries.place_after(tx, task, wanted.state, above)
        task.place, task.state = place, wanted.state
        await _record(tx, task, before, action="moved", zone=zone, by=by)
        await tx.flush()
        counts = (await queries.counts_of(tx, [task_id]))[task_id]
    names = await people.names(assignees_of(task))
    return task_out(task, names, counts, by, datetime.now(zone).date()), task.version


async def remove_task(db: Database, task_id: UUID, expected: Expected, *, by: Caller) -> None:
    """Take a task away with its comments, history and notifications. Raises NotFound, NotAllowed, StaleVersion."""
    async with db.transaction(by=by, to="remove a task", about=f"task {task_id}") as tx:
        task = await task_to_remove(tx, task_id, by)
        expected.must_match(task.version)
        tx.note(committee=task.committee, title=task.title)
        await let_go_of_files_of(tx, [task_id])
        await tx.delete(task)


async def read_task(db: Database, people: People, task_id: UUID, today: date, *, by: Caller) -> tuple[TaskOut, int]:
    """One task. Raises NotFound."""
    async with db.reading() as reading:
        task = await task_to_see(reading, task_id, by)
        counts = (await queries.counts_of(reading, [task_id]))[task_id]
    return task_out(task, await people.names(assignees_of(task)), counts, by, today), task.version


async def history_of(db: Database, people: People, task_id: UUID, part: Paging, *, by: Caller) -> HistoryOut:
    """What was done to a task, oldest first. Raises NotFound."""
    async with db.reading() as reading:
        await task_to_see(reading, task_id, by)
        statement = select(TaskChange).where(TaskChange.task_id == task_id)
        rows = (await reading.scalars(part.apply(statement, [TaskChange.at, TaskChange.id]))).all()
    shown, following = part.cut(rows, lambda row: (row.at, row.id))
    everybody = {user for row in shown for user in people_in(row.changes)}
    names = {str(user): name for user, name in (await people.names(everybody)).items()}
    return HistoryOut(items=[entry_out(row) for row in shown], next=following, people=names)


async def _task_above(tx: WriteSession, task: Task, wanted: MoveIn) -> Task | None:
    if wanted.after is None:
        return None
    found: Task | None = await tx.scalar(
        select(Task).where(
            Task.id == wanted.after, Task.id != task.id, Task.committee == task.committee, Task.state == wanted.state
        )
    )
    if found is None:
        raise Invalid.at("/after", f"must be another task of this committee in the state {wanted.state}")
    return found


async def _record(
    tx: WriteSession, task: Task, before: dict[str, Any] | None, *, action: str, zone: ZoneInfo, by: Caller
) -> None:
    """When something changed: a new version, an entry in the history, notices, a reminder of a new due date."""
    after = state_of(task)
    changes = differences(before, after)
    if not changes:
        return
    now = datetime.now(UTC)
    fields = sorted(change["field"] for change in changes)
    tx.note(fields=fields)
    if before is not None:
        task.version += 1
        task.updated_at = now
        task.search = queries.search_text(task)
        await index_task(tx, task)
    entry = TaskChange(
        task_id=task.id, at=now, actor=actor_of(by), actor_name=by.name or by.username, action=action,
        changes=changes, demo=by.demo,
    )  # fmt: skip
    tx.add(entry)
    await tx.flush()
    moved = before is not None and before["state"] != after["state"]
    notices = of_change(
        actor=user_of(actor_of(by)), creator=user_of(task.created_by), moved=moved,
        before={UUID(user) for user in (before or {}).get("assignees", ())}, after=assignees_of(task),
    )  # fmt: skip
    await notify(
        tx, notices, event=f"change:{entry.id}", task=task, actor_name=entry.actor_name,
        details={"state": task.state} if moved else {}, demo=by.demo,
    )  # fmt: skip
    kind: HookKind = "task.created" if before is None else "task.changed"
    told = {"task": str(task.id), "title": task.title, "fields": sorted(fields)}
    await announce_hook(tx, task.committee, kind, told)
    reopened = moved and before is not None and before["state"] not in OPEN_STATES
    jobs = [due_soon_job(task, zone, by=by)] if "due_on" in fields else []
    if "due_on" in fields or reopened:
        jobs.append(overdue_job(task, zone))
    if {"due_on", "rrule"} & set(fields):
        jobs.append(next_job(task, zone))
    for job in jobs:
        if job is not None:
            tx.announce(job)
    if is_over(task):
        await make_next(tx, task, zone, by=by)


def _apply(task: Task, wanted: TaskPatch) -> None:
    changes = wanted.changes
    for name in ("title", "state", "priority", "due_on"):
        if name in changes:
            setattr(task, name, changes[name])
    if "description" in changes:
        task.description = wanted.description or None
    if "labels" in changes:
        task.labels = wanted.labels or []
    if "checklist" in changes:
        task.checklist = [item.model_dump() for item in wanted.checklist or []]
    if "links" in changes:
        task.links = [link.model_dump() for link in wanted.links or []]
    if "assignees" in changes:
        _assign(task, wanted.assignees or [])


def _assign(task: Task, users: Sequence[UUID]) -> None:
    known = {assignment.user_id: assignment for assignment in task.assignments}
    task.assignments = [known.get(user) or Assignment(user_id=user) for user in users]
    for position, assignment in enumerate(task.assignments):
        assignment.position = position


def _must_have_no_doubles(assignees: Sequence[UUID], labels: Sequence[str], links: Sequence[Link]) -> None:
    """Raises Invalid with a pointer to each that occurred before."""
    errors: list[FieldError] = []
    keys = {"assignees": assignees, "labels": labels, "links": [(link.kind, link.ref) for link in links]}
    for field, values in keys.items():
        seen: set[Any] = set()
        for index, value in enumerate(values):
            if value in seen:
                errors.append(FieldError(f"/{field}/{index}", "occurs twice", "doubled"))
            seen.add(value)
    if errors:
        raise Invalid(errors=errors)
