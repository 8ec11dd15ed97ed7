"""Reminders of tasks: of what is due tomorrow, and of what is overdue."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from services.workspace.access import user_of
from services.workspace.notifications.delivery import notify
from services.workspace.notifications.rules import of_due_date, of_overdue
from services.workspace.seed import PLATFORM
from services.workspace.tables import Notification, Task
from services.workspace.task_forces.ending import is_at_rest
from services.workspace.words import OPEN_STATES
from shared.callers import Caller
from shared.database import Database, Job

DUE_SOON = "task_due_soon"
OVERDUE = "task_overdue"
AHEAD = timedelta(days=1)
AGAIN, MOST_REMINDERS = timedelta(days=7), 4
"""Of what is overdue people are reminded the day after, and then every week, four times in all."""
AT = time(8)
"""People are told the day before, at eight in the Network's time zone."""
A_DAY = timedelta(days=1)


def due_soon_job(task: Task, zone: ZoneInfo, *, by: Caller) -> Job | None:
    """The reminder of a task's due date; at once when it is nearer than a day, none when it has passed."""
    now = datetime.now(zone)
    if task.due_on is None or task.due_on < now.date():
        return None
    delay = (datetime.combine(task.due_on - AHEAD, AT, zone) - now).total_seconds()
    setter = by.id if delay <= 0 and by.kind == "user" else None
    payload = {"task": str(task.id), "due_on": task.due_on.isoformat(), "setter": setter}
    return Job(DUE_SOON, payload, delay=max(0.0, delay))


def overdue_job(task: Task, zone: ZoneInfo) -> Job | None:
    """The reminder for the morning after the due date, or for the next morning when that has passed."""
    if task.due_on is None or task.due_on == date.max or task.state not in OPEN_STATES:
        return None
    now = datetime.now(zone)
    morning = datetime.combine(task.due_on + A_DAY, AT, zone)
    if morning < now:
        morning = datetime.combine(now.date() + (A_DAY if now.time() >= AT else timedelta()), AT, zone)
    payload = {"task": str(task.id), "due_on": task.due_on.isoformat(), "number": 1}
    return Job(OVERDUE, payload, delay=(morning - now).total_seconds())


async def tell_of_overdue(db: Database, payload: Mapping[str, Any], zone: ZoneInfo) -> None:
    """Remind those whose task it is, else whoever made it, as long as it is open and due on that day.

    Of one task nobody hears twice on a day, nor again within six: a task that was reopened has several such jobs.
    """
    statement = select(Task).where(Task.id == UUID(payload["task"])).options(selectinload(Task.assignments))
    async with db.reading() as reading:
        if not _is_due(await reading.scalar(statement), payload):
            return
    async with db.transaction(by=PLATFORM, to="remind of an overdue task", about=payload["task"]) as tx:
        task = await tx.scalar(statement.with_for_update(of=Task, key_share=True))
        if task is None or not _is_due(task, payload) or await is_at_rest(tx, task.committee, zone):
            return
        number = int(payload["number"])
        event = f"overdue:{task.id}:{datetime.now(zone).date()}"
        lately = Notification.created_at > datetime.now(UTC) - AGAIN + A_DAY
        of_task = select(Notification.id).where(Notification.task_id == task.id, Notification.kind == "overdue")
        if await tx.scalar(of_task.where(lately).limit(1)) is not None:
            return
        creator = user_of(task.created_by)
        notices = of_overdue(creator=creator, assignees=[assignment.user_id for assignment in task.assignments])
        await notify(
            tx, notices, event=event, task=task, actor_name=None, details={"due_on": payload["due_on"]}, demo=task.demo,
        )  # fmt: skip
        tx.note(people=len(notices))
        if number < MOST_REMINDERS:
            tx.announce(Job(OVERDUE, {**payload, "number": number + 1}, delay=AGAIN.total_seconds()))


async def tell_of_due_date(db: Database, payload: Mapping[str, Any], zone: ZoneInfo) -> None:
    """Tell those whose task it is, once for each date, unless it was done, taken away or given another date since."""
    statement = select(Task).where(Task.id == UUID(payload["task"])).options(selectinload(Task.assignments))
    async with db.reading() as reading:
        if not _is_due(await reading.scalar(statement), payload):
            return
    async with db.transaction(by=PLATFORM, to="tell of a due date", about=payload["task"]) as tx:
        task = await tx.scalar(statement.with_for_update(of=Task, key_share=True))
        if task is None or not _is_due(task, payload) or await is_at_rest(tx, task.committee, zone):
            return
        setter = UUID(payload["setter"]) if payload["setter"] else None
        notices = of_due_date(setter=setter, assignees=[assignment.user_id for assignment in task.assignments])
        await notify(
            tx, notices, event=f"due:{task.id}:{payload['due_on']}", task=task, actor_name=None,
            details={"due_on": payload["due_on"]}, demo=task.demo,
        )  # fmt: skip
        tx.note(people=len(notices))


def _is_due(task: Task | None, payload: Mapping[str, Any]) -> bool:
    if task is None or task.due_on is None:
        return False
    return task.due_on.isoformat() == payload["due_on"] and task.state in OPEN_STATES
