"""Reads of tasks that need more than one line of SQL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, exists, func, select
from sqlalchemy.orm import selectinload

from services.workspace.access import visible
from services.workspace.tables import Assignment, Attachment, Comment, Task
from services.workspace.tasks.ordering import LONGEST, place_between, spread
from services.workspace.words import OPEN_STATES, PRIORITIES, STATES, State
from shared.callers import Caller
from shared.database import ReadSession, WriteSession
from shared.text import without_accents

UNDATED = date(9999, 12, 31)
BOARD_ORDER = (case({state: rank for rank, state in enumerate(STATES)}, value=Task.state), Task.place, Task.id)
"""Column by column, each from top to bottom."""
DUE_ORDER = (func.coalesce(Task.due_on, UNDATED), Task.id)
"""What is due first, first; what has no date, last."""
ORDERS: Mapping[str, Sequence[Any]] = {
    "board": BOARD_ORDER,
    "due_on": DUE_ORDER,
    "priority": (case({word: -rank for rank, word in enumerate(PRIORITIES)}, value=Task.priority), *DUE_ORDER),
    "title": (func.left(Task.search, 60), Task.id),
    "state": (BOARD_ORDER[0], *DUE_ORDER),
    "created_at": (Task.created_at, Task.id),
    "updated_at": (Task.updated_at, Task.id),
}
"""By which lists are sorted; `priority` from the highest on. With `-` before it, the other way round."""


@dataclass(frozen=True)
class Filters:
    """Which tasks are asked for. `assignee`: a person, or `none` for tasks of nobody; `today` is the Network's."""

    today: date
    committee: str | None = None
    states: Collection[State] | None = None
    assignee: UUID | str | None = None
    label: str | None = None
    overdue: bool | None = None
    due_until: date | None = None
    q: str | None = None


def tasks(caller: Caller, filters: Filters) -> Select[Task]:
    """The tasks that a caller may see and asks for, with whose they are."""
    return narrowed(select(Task), caller, filters).options(selectinload(Task.assignments))


def narrowed(statement: Select[Any], caller: Caller, filters: Filters) -> Select[Any]:
    """A statement about tasks, of those only that a caller may see and asks for."""
    statement = statement.where(visible(caller))
    if filters.committee is not None:
        statement = statement.where(Task.committee == filters.committee)
    if filters.states is not None:
        statement = statement.where(Task.state.in_(sorted(filters.states)))
    if filters.assignee is not None:
        theirs = exists().where(Assignment.task_id == Task.id)
        if filters.assignee == "none":
            statement = statement.where(~theirs)
        else:
            statement = statement.where(theirs.where(Assignment.user_id == filters.assignee))
    if filters.label is not None:
        statement = statement.where(Task.labels.contains([filters.label]))
    if filters.overdue is not None:
        late = is_overdue(filters.today)
        statement = statement.where(late if filters.overdue else ~late)
    if filters.due_until is not None:
        statement = statement.where(Task.due_on <= filters.due_until)
    for word in without_accents(filters.q or "").split()[:10]:
        statement = statement.where(Task.search.contains(word, autoescape=True))
    return statement


def committee_of(task_id: UUID) -> Select[str]:
    return select(Task.committee).where(Task.id == task_id)


def locked(task_id: UUID) -> Select[Task]:
    """A task with whose it is, its row held until the transaction ends."""
    statement = select(Task).where(Task.id == task_id).options(selectinload(Task.assignments))
    return statement.with_for_update(of=Task, key_share=True)


def is_overdue(today: date) -> ColumnElement[bool]:
    """Open and due before today."""
    return Task.state.in_(OPEN_STATES) & func.coalesce(Task.due_on < today, False)


class Counts(NamedTuple):
    """How many comments and files a task has."""

    comments: int
    attachments: int


def counts() -> tuple[ColumnElement[int], ColumnElement[int]]:
    """The same two as columns of a statement about tasks."""
    said = select(func.count()).where(Comment.task_id == Task.id).scalar_subquery()
    kept = select(func.count()).where(Attachment.task_id == Task.id).scalar_subquery()
    return said.label("comments"), kept.label("attachments")


def total_of(caller: Caller, filters: Filters) -> ColumnElement[int]:
    """How many tasks a caller may see and asks for, as a column."""
    every = narrowed(select(func.count()), caller, filters).select_from(Task).correlate(None)
    return every.scalar_subquery().label("total")


async def counts_of(db: ReadSession | WriteSession, tasks: Sequence[UUID]) -> dict[UUID, Counts]:
    """How many comments and files each of these tasks has."""
    rows = await db.execute(select(Task.id, *counts()).where(Task.id.in_(tasks)))
    return {task: Counts(comments, attachments) for task, comments, attachments in rows}


async def last_place(tx: WriteSession, committee: str, state: str) -> str:
    """A place below all tasks of this column."""
    lowest = await tx.scalar(select(func.max(Task.place)).where(*_column(committee, state)))
    return place_between(lowest, None)


async def place_after(tx: WriteSession, moving: Task, state: str, above: Task | None) -> str:
    """A place right below `above`, or above all; the task that moves itself does not count."""
    others = [*_column(moving.committee, state), Task.id != moving.id]
    below = select(func.min(Task.place)).where(*others)
    if above is not None:
        below = below.where(Task.place > above.place)
    place = place_between(above.place if above is not None else None, await tx.scalar(below))
    if len(place) <= LONGEST:
        return place
    await _spread(tx, moving.committee, state)
    if above is not None:
        await tx.refresh(above, ["place"])
    return await place_after(tx, moving, state, above)


async def _spread(tx: WriteSession, committee: str, state: str) -> None:
    """Give a column short places again, in the same order."""
    rows = (await tx.scalars(select(Task).where(*_column(committee, state)).order_by(Task.place, Task.id))).all()
    for row, place in zip(rows, spread(len(rows)), strict=True):
        row.place = place
    await tx.flush()


def _column(committee: str, state: str) -> tuple[ColumnElement[bool], ...]:
    return (Task.committee == committee, Task.state == state)


def search_text(task: Task) -> str:
    """What `q` is looked for in."""
    return " ".join(without_accents(part) for part in (task.title, task.description or "", *task.labels))
