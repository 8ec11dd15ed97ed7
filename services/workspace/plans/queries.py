"""Reads of work plans: places in them, what items are linked to, how far they are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, true

from services.workspace.access import visible
from services.workspace.documents.access import visible_documents
from services.workspace.plans.schemas import PlanDocumentOut, PlanTaskOut, ProgressOut
from services.workspace.tables import Document, PlanItem, Task
from services.workspace.tasks.ordering import LONGEST, place_between, spread
from shared.callers import Caller
from shared.database import ReadSession, WriteSession

MOST_ITEMS = 200
"""In one committee's plan of one year: it is shown whole."""


def visible_items(caller: Caller) -> ColumnElement[bool]:
    """Items of plans that this caller may know of. Used by item, plan, search and export alike."""
    return true() if caller.is_secretariat else PlanItem.committee.in_(sorted(caller.committees))


@dataclass(frozen=True)
class Linked:
    """What items name, as far as the reader may see it."""

    tasks: Mapping[UUID, PlanTaskOut]
    documents: Mapping[UUID, PlanDocumentOut]


async def items_of(db: ReadSession | WriteSession, slug: str, year: int) -> Sequence[PlanItem]:
    """In the order of the plan."""
    statement = select(PlanItem).where(PlanItem.committee == slug, PlanItem.year == year)
    return (await db.scalars(statement.order_by(PlanItem.place, PlanItem.id))).all()


async def years_of(db: ReadSession, slug: str) -> list[int]:
    """Years that have a plan, the latest first."""
    statement = select(PlanItem.year).where(PlanItem.committee == slug).distinct().order_by(PlanItem.year.desc())
    return list((await db.scalars(statement)).all())


async def linked_to(db: ReadSession | WriteSession, items: Iterable[PlanItem], caller: Caller) -> Linked:
    """Two queries, however many items there are."""
    rows = list(items)
    tasks = {UUID(one) for row in rows for one in row.tasks}
    documents = {UUID(one) for row in rows for one in row.documents}
    found_tasks: dict[UUID, PlanTaskOut] = {}
    found_documents: dict[UUID, PlanDocumentOut] = {}
    if tasks:
        told = await db.execute(select(Task.id, Task.title, Task.state).where(Task.id.in_(tasks), visible(caller)))
        found_tasks = {row.id: PlanTaskOut(id=row.id, title=row.title, state=row.state) for row in told}
    if documents:
        shown = select(Document.id, Document.title).where(Document.id.in_(documents), visible_documents(caller))
        found_documents = {row.id: PlanDocumentOut(id=row.id, title=row.title) for row in await db.execute(shown)}
    return Linked(found_tasks, found_documents)


def progress_of(tasks: Iterable[PlanTaskOut]) -> ProgressOut:
    """The share of tasks that are done; each counts once, cancelled ones do not.

    >>> one, two = UUID(int=1), UUID(int=2)
    >>> progress_of([PlanTaskOut(id=one, title="a", state="done"), PlanTaskOut(id=two, title="b", state="todo")]).share
    0.5
    """
    counted = {task.id: task.state for task in tasks if task.state != "cancelled"}
    done = sum(state == "done" for state in counted.values())
    return ProgressOut(tasks=len(counted), done=done, share=done / len(counted) if counted else None)


async def last_place(tx: WriteSession, slug: str, year: int) -> str:
    """A place below all items of this plan."""
    lowest = await tx.scalar(select(func.max(PlanItem.place)).where(PlanItem.committee == slug, PlanItem.year == year))
    return place_between(lowest, None)


async def place_after(tx: WriteSession, moving: PlanItem, above: PlanItem | None) -> str:
    """A place right below `above`, or above all; the item that moves itself does not count."""
    others = [row for row in await items_of(tx, moving.committee, moving.year) if row.id != moving.id]
    at = others.index(above) + 1 if above is not None else 0
    place = place_between(others[at - 1].place if at else None, others[at].place if at < len(others) else None)
    if len(place) <= LONGEST:
        return place
    for row, fresh in zip(others, spread(len(others)), strict=True):
        row.place = fresh
    await tx.flush()
    return place_between(others[at - 1].place if at else None, others[at].place if at < len(others) else None)
