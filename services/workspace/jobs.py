"""What the workspace does off the request path."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from gateway.client import IdentityClient
from services.workspace.access import user_of
from services.workspace.documents.text_jobs import document_jobs
from services.workspace.elections.opening import CLOSES, OPENS, close_when_due, open_when_due
from services.workspace.notifications.delivery import POST, notify
from services.workspace.notifications.posting import DIGEST, post_notice, post_office, send_digest
from services.workspace.notifications.rules import of_due_date, of_overdue
from services.workspace.regional_meetings.places import FORGET, MAIL, forget_participants, write_to_participant
from services.workspace.seed import PLATFORM
from services.workspace.tables import Notification, Task
from services.workspace.task_forces.operations import SEAT, seat_people
from services.workspace.webhooks.sending import SEND, send_message
from services.workspace.words import OPEN_STATES
from shared.callers import Caller
from shared.database import Database, Job
from shared.jobs import Handler

DUE_SOON = "task_due_soon"
OVERDUE = "task_overdue"
AHEAD = timedelta(days=1)
AGAIN, MOST_REMINDERS = timedelta(days=7), 4
"""Of what is overdue people are reminded the day after, and then every week, four times in all."""
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


def overdue_job(task: Task, zone: ZoneInfo) -> Job | None:
    """The reminder for the morning after the due date; none when that has passed."""
    if task.due_on is None or task.due_on == date.max:
        return None
    delay = (datetime.combine(task.due_on + timedelta(days=1), AT, zone) - datetime.now(zone)).total_seconds()
    if delay < 0:
        return None
    return Job(OVERDUE, {"task": str(task.id), "due_on": task.due_on.isoformat(), "number": 1}, delay=delay)


async def tell_of_overdue(db: Database, payload: Mapping[str, Any]) -> None:
    """Remind those whose task it is, else whoever made it, as long as it is open and due on that day."""
    statement = select(Task).where(Task.id == UUID(payload["task"])).options(selectinload(Task.assignments))
    async with db.reading() as reading:
        if not _is_due(await reading.scalar(statement), payload):
            return
    async with db.transaction(by=PLATFORM, to="remind of an overdue task", about=payload["task"]) as tx:
        task = await tx.scalar(statement.with_for_update(of=Task, key_share=True))
        if task is None or not _is_due(task, payload):
            return
        number = int(payload["number"])
        event = f"overdue:{task.id}:{payload['due_on']}:{number}"
        if await tx.scalar(select(Notification.id).where(Notification.event == event).limit(1)) is not None:
            return
        creator = user_of(task.created_by)
        notices = of_overdue(creator=creator, assignees=[assignment.user_id for assignment in task.assignments])
        await notify(
            tx, notices, event=event, task=task, actor_name=None, details={"due_on": payload["due_on"]}, demo=task.demo,
        )  # fmt: skip
        tx.note(people=len(notices))
        if number < MOST_REMINDERS:
            tx.announce(Job(OVERDUE, {**payload, "number": number + 1}, delay=AGAIN.total_seconds()))


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

    async def overdue(payload: Mapping[str, Any]) -> None:
        await tell_of_overdue(app.state.database, payload)

    async def post(payload: Mapping[str, Any]) -> None:
        await post_notice(post_office(app), payload)

    async def digest(payload: Mapping[str, Any]) -> None:
        await send_digest(post_office(app), payload)

    async def opens(payload: Mapping[str, Any]) -> None:
        await open_when_due(app.state.database, app.state.people, app.state.settings.secret, UUID(payload["election"]))

    async def closes(payload: Mapping[str, Any]) -> None:
        await close_when_due(app.state.database, app.state.people, app.state.settings.secret, UUID(payload["election"]))

    async def webhook(payload: Mapping[str, Any]) -> None:
        settings = app.state.settings
        await send_message(app.state.database, settings.secret, payload, private=settings.webhooks_to_private_addresses)

    async def seat(payload: Mapping[str, Any]) -> None:
        await seat_people(app.state.people, payload)

    async def meeting_mail(payload: Mapping[str, Any]) -> None:
        identity = IdentityClient(app.state.peers)
        await write_to_participant(app.state.database, identity, app.state.settings.secret, payload)

    async def forget(payload: Mapping[str, Any]) -> None:
        await forget_participants(app.state.database, payload, by=PLATFORM)

    return {
        **document_jobs(app),
        DUE_SOON: due_soon,
        OVERDUE: overdue,
        POST: post,
        DIGEST: digest,
        OPENS: opens,
        CLOSES: closes,
        SEND: webhook,
        SEAT: seat,
        MAIL: meeting_mail,
        FORGET: forget,
    }
