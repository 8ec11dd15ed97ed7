"""Tasks as a table for spreadsheets."""

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import Request
from starlette.responses import Response

from services.workspace.people import People
from services.workspace.tables import Task
from services.workspace.tasks import queries
from services.workspace.tasks.presenting import UNKNOWN
from services.workspace.tasks.queries import Counts
from services.workspace.tasks.states import assignees_of
from services.workspace.words import OPEN_STATES
from shared.callers import Caller
from shared.database import Database
from shared.formats import csv_bytes, file_answer

COLUMNS = (
    "id", "committee", "title", "state", "priority", "due_on", "overdue", "assignees", "labels", "checklist_done",
    "checklist_total", "links", "comments", "attachments", "rrule", "created_by", "created_at", "updated_at",
    "description", "demo",
)  # fmt: skip


async def file_of_tasks(
    request: Request, db: Database, people: People, wanted: queries.Filters, sort: str, *, name: str, by: Caller
) -> Response:
    """All tasks that were asked for, in their order; people by their names, several values of a cell after `; `."""
    order = queries.ORDERS[sort.removeprefix("-")]
    keys = [key.desc() for key in order] if sort.startswith("-") else order
    async with db.reading(snapshot=True) as reading:
        tasks = (await reading.scalars(queries.tasks(by, wanted).order_by(*keys))).all()
        counts = await queries.counts_of(reading, [task.id for task in tasks])
    names = await people.names(user for task in tasks for user in assignees_of(task))
    shown = {user: names.get(user, UNKNOWN) for task in tasks for user in assignees_of(task)}
    content = csv_bytes(COLUMNS, _lines(tasks, counts, shown, wanted))
    return file_answer(request, content, format="csv", name=name)


def _lines(
    tasks: Sequence[Task], counts: dict[Any, Counts], names: dict[Any, str], wanted: queries.Filters
) -> Iterator[Sequence[Any]]:
    for task in tasks:
        tally = counts.get(task.id, Counts(0, 0))
        late = task.due_on is not None and task.due_on < wanted.today and task.state in OPEN_STATES
        yield (
            str(task.id), task.committee, task.title, task.state, task.priority, task.due_on, late,
            "; ".join(names[user] for user in assignees_of(task)), "; ".join(task.labels),
            sum(bool(item["done"]) for item in task.checklist), len(task.checklist),
            "; ".join(f"{link['kind']}:{link['ref']}" for link in task.links), tally.comments, tally.attachments,
            task.rrule, task.created_by_name, task.created_at, task.updated_at, task.description, task.demo,
        )  # fmt: skip
