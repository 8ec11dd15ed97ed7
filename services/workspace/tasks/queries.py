"""Reads of tasks that need more than one line of SQL."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, exists, func, select
from sqlalchemy.orm import selectinload

from services.workspace.access import visible
from services.workspace.tables import Assignment, Comment, Task
from services.workspace.tasks.ordering import LONGEST, place_between, spread
from services.workspace.words import OPEN_STATES, STATES, State
from shared.callers import Caller
from shared.database import ReadSession, WriteSession
from shared.text import without_accents

UNDATED = date(9999, 12, 31)
BOARD_ORDER = (case({state: rank for rank, state in enumerate(STATES)}, value=Task.state), Task.place, Task.id)
"""Column by column, each from top to bottom."""
DUE_ORDER = (func.coalesce(Task.due_on, UNDATED), Task.id)
"""What is due first, first; what has no date, last."""


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


def tasks(caller: Caller, filters: Filters) -> Select[tuple[Task]]:
    """The tasks that a caller may see and asks for, with whose they are."""
    statement = select(Task).where(visible(caller)).options(selectinload(Task.assignments))
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


def is_overdue(today: date) -> ColumnElement[bool]:
    """Open and due before today."""
    return Task.state.in_(OPEN_STATES) & func.coalesce(Task.due_on < today, False)


async def comment_counts(db: ReadSession | WriteSession, tasks: Sequence[UUID]) -> dict[UUID, int]:
    """How many comments each task has; those without any are left out."""
    rows = await db.execute(
        select(Comment.task_id, func.count()).where(Comment.task_id.in_(tasks)).group_by(Comment.task_id)
    )
    return dict(rows.all())


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
