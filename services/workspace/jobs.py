"""What the workspace does off the request path."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from services.workspace.documents.text_jobs import document_jobs
from services.workspace.notifications.delivery import notify
from services.workspace.notifications.rules import of_due_date
from services.workspace.seed import PLATFORM
from services.workspace.tables import Task
from services.workspace.words import OPEN_STATES
from shared.callers import Caller
from shared.database import Database, Job
from shared.jobs import Handler

DUE_SOON = "task_due_soon"
AHEAD = timedelta(days=1)
AT = time(8)
"""People are told the day before, at eight in the Network's time zone."""


def due_soon_job(task: Task, zone: ZoneInfo, *, by: Caller) -> Job | None:
    """The reminder of a task's due date; at once when it is nearer than a day, none when it has passed."""
    now = datetime.now(zone)
    if task.due_on is None or task.due_on < now.date():
        return None
    delay = (datetime.combine(task.due_on - AHEAD, AT, zone) - now).total_seconds()
    setter = by.id if delay <= 0 and by.kind == "user" else None
    payload = {"task": str(task.id), "due_on": task.due_on.isoformat(), "setter": setter}
    return Job(DUE_SOON, payload, delay=max(0.0, delay))


async def tell_of_due_date(db: Database, payload: Mapping[str, Any]) -> None:
    """Tell those whose task it is, once for each date, unless it was done, taken away or given another date since."""
    statement = select(Task).where(Task.id == UUID(payload["task"])).options(selectinload(Task.assignments))
    async with db.reading() as reading:
        if not _is_due(await reading.scalar(statement), payload):
            return
    async with db.transaction(by=PLATFORM, to="tell of a due date", about=payload["task"]) as tx:
        task = await tx.scalar(statement.with_for_update(of=Task, key_share=True))
        if task is None or not _is_due(task, payload):
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


def jobs(app: FastAPI) -> dict[str, Handler]:
    async def due_soon(payload: Mapping[str, Any]) -> None:
        await tell_of_due_date(app.state.database, payload)

    return {**document_jobs(app), DUE_SOON: due_soon}
