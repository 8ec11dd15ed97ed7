"""Tasks that come again: when the next one is due, and making it exactly once.

The next one is made when this one is done or cancelled, or on the morning after its day. Whoever makes it holds the
row of this one, which says what followed it; the database lets no second task follow the same one.
"""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.workspace.access import actor_of, lock_order_of
from services.workspace.events.recurrence import checked_series, keys_between
from services.workspace.events.rules import WrongRule, horizon_of
from services.workspace.notifications.delivery import notify
from services.workspace.notifications.rules import Notice
from services.workspace.search.indexing import index_task
from services.workspace.seed import PLATFORM
from services.workspace.tables import Assignment, Task, TaskChange
from services.workspace.task_forces.ending import is_at_rest
from services.workspace.tasks import queries
from services.workspace.tasks.reminding import due_soon_job, overdue_job
from services.workspace.tasks.states import differences, state_of
from services.workspace.webhooks.sending import announce_hook
from services.workspace.words import OPEN_STATES
from shared.callers import Caller
from shared.database import Database, Job, WriteSession
from shared.problems import Invalid

NEXT = "task_next"
EARLIEST, LATEST = date(1970, 1, 1), date(2199, 12, 31)
DAY = ZoneInfo("UTC")
"""Rules of tasks are about days: each stands for its midnight here, and no clock is ever changed."""


def next_day(rule: str, first: date, after: date, not_before: date) -> date | None:
    """The day of the next occurrence; None when there is none. Raises WrongRule.

    >>> next_day("FREQ=WEEKLY", date(2026, 3, 2), date(2026, 3, 2), date(2026, 3, 18))
    datetime.date(2026, 3, 23)
    >>> next_day("FREQ=MONTHLY;COUNT=2", date(2026, 3, 2), date(2026, 4, 2), date(2026, 4, 2)) is None
    True
    """
    start = _moment(first)
    series = checked_series(start, start, DAY, rule)
    since = _moment(max(after + timedelta(days=1), not_before))
    assert series.rule is not None
    until = horizon_of(series.rule, since.replace(tzinfo=None)).replace(tzinfo=UTC)
    found = next(keys_between(series, since, until), None)
    return found.date() if found is not None and found.date() <= LATEST else None


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def plain_rule(rule: str | None) -> str | None:
    """The rule as it is kept and shown; None for an empty one."""
    return (rule or "").strip().upper().removeprefix("RRULE:").rstrip(";") or None


async def set_rule(task: Task, rule: str | None, *, begins_anew: bool) -> None:
    """Have a task come again, or not any more. `begins_anew`: its due date, which begins the series, was changed.

    Raises Invalid at `/rrule` and `/due_on`.
    """
    if rule != task.rrule and task.followed_by is not None:
        raise Invalid.at("/rrule", "has moved on with the task that followed; change it there", "moved_on")
    if rule is None:
        task.rrule = task.repeats_from = task.occurs_on = None
        return
    if task.due_on is None:
        raise Invalid.at("/due_on", "is required of a task that comes again", "required")
    if rule == task.rrule and not begins_anew:
        return
    if not EARLIEST <= task.due_on <= LATEST:
        raise Invalid.at("/due_on", "must be from 1970 to 2199 for a task that comes again")
    try:
        await asyncio.to_thread(next_day, rule, task.due_on, task.due_on, task.due_on)
    except WrongRule as wrong:
        raise Invalid.at("/rrule", str(wrong), "rule") from None
    task.rrule, task.repeats_from, task.occurs_on = rule, task.due_on, task.due_on


def next_job(task: Task, zone: ZoneInfo) -> Job | None:
    """What makes the next one when the day of this one has passed; None for what does not come again."""
    if task.rrule is None or task.occurs_on is None or task.followed_by is not None:
        return None
    morning = datetime.combine(task.occurs_on + timedelta(days=1), time(0, 5), zone)
    delay = max(0.0, (morning - datetime.now(zone)).total_seconds())
    return Job(NEXT, {"task": str(task.id), "occurs_on": task.occurs_on.isoformat()}, delay=delay)


async def follow_when_passed(db: Database, task_id: UUID, occurs_on: date, zone: ZoneInfo) -> None:
    """Make the next one, unless it was made, or the task was taken away or given another rule since. While its
    committee is at rest, that is looked at again each day."""
    async with db.transaction(by=PLATFORM, to="repeat a task", about=f"task {task_id}") as tx:
        committee = await tx.scalar(queries.committee_of(task_id))
        if committee is None:
            return
        await lock_order_of(tx, committee)
        task = await tx.scalar(queries.locked(task_id))
        if task is None or task.occurs_on != occurs_on:
            return
        if await is_at_rest(tx, committee, zone):
            payload = {"task": str(task_id), "occurs_on": occurs_on.isoformat()}
            tx.announce(Job(NEXT, payload, delay=timedelta(days=1).total_seconds()))
            return
        if await make_next(tx, task, zone, by=PLATFORM) is not None:
            task.version += 1
            task.updated_at = datetime.now(UTC)


async def make_next(tx: WriteSession, task: Task, zone: ZoneInfo, *, by: Caller) -> Task | None:
    """The next one of a task whose row is locked, with the order of its committee; None when it is there already or
    when this was the last."""
    if task.rrule is None or task.repeats_from is None or task.occurs_on is None or task.followed_by is not None:
        return None
    now = datetime.now(UTC)
    today = now.astimezone(zone).date()
    day = await asyncio.to_thread(next_day, task.rrule, task.repeats_from, task.occurs_on, today)
    if day is None:
        return None
    following = Task(
        committee=task.committee, title=task.title, description=task.description, state="todo",
        place=await queries.last_place(tx, task.committee, "todo"), due_on=day, priority=task.priority,
        labels=list(task.labels), checklist=[{**item, "done": False} for item in task.checklist],
        links=list(task.links), rrule=task.rrule, repeats_from=task.repeats_from, occurs_on=day, follows=task.id,
        created_by=task.created_by, created_by_name=task.created_by_name, created_at=now, updated_at=now,
        demo=task.demo, version=1,
        assignments=[Assignment(user_id=one.user_id, position=one.position) for one in task.assignments],
    )  # fmt: skip
    following.search = queries.search_text(following)
    tx.add(following)
    await tx.flush()
    task.followed_by = following.id
    await index_task(tx, following)
    told = {"actor": actor_of(by), "actor_name": by.name or by.username, "at": now, "demo": task.demo}
    since = {"field": "followed_by", "from": None, "to": str(following.id)}
    tx.add(TaskChange(task_id=task.id, action="followed", changes=[since], **told))
    begun = differences(None, state_of(following))
    tx.add(TaskChange(task_id=following.id, action="created", changes=begun, **told))
    await notify(
        tx, [Notice(one.user_id, "recurred", "assignee") for one in following.assignments],
        event=f"recurred:{following.id}", task=following, actor_name=None, details={"due_on": day.isoformat()},
        demo=task.demo,
    )  # fmt: skip
    await announce_hook(
        tx, task.committee, "task.created",
        {"task": str(following.id), "title": following.title, "fields": sorted(one["field"] for one in begun)},
    )  # fmt: skip
    for job in (due_soon_job(following, zone, by=by), overdue_job(following, zone), next_job(following, zone)):
        if job is not None:
            tx.announce(job)
    return following


def is_over(task: Task) -> bool:
    """Whether the next one has to be made now: done or cancelled."""
    return task.state not in OPEN_STATES
