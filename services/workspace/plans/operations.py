"""What people do with a committee's work plan; one transaction each."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NewType
from uuid import UUID

from sqlalchemy import func, select

from services.workspace.access import (
    actor_of,
    committee_to_enter,
    committee_to_work_in,
    lock_order_of,
    may_lead,
    may_work_in,
    user_of,
)  # fmt: skip
from services.workspace.documents.access import visible_documents
from services.workspace.markdown import html_of
from services.workspace.people import People
from services.workspace.plans import queries
from services.workspace.plans.queries import MOST_ITEMS, Linked, progress_of, visible_items
from services.workspace.plans.schemas import PlaceIn, PlanItemIn, PlanItemOut, PlanItemPatch, PlanOut
from services.workspace.schemas import ActorOut
from services.workspace.search.indexing import index_plan_item
from services.workspace.tables import Document, PlanItem, Task
from services.workspace.words import PLAN_STATES
from shared import idempotency
from shared.answers import JSON
from shared.callers import Caller
from shared.database import Database, ReadSession, WriteSession
from shared.problems import Conflict, FieldError, Invalid, NotAllowed, NotFound
from shared.tags import Expected, tag

PlanItemToEdit = NewType("PlanItemToEdit", PlanItem)
REQUIRED = ("year", "title", "state")
LISTS = ("tasks", "documents")


async def read_plan(db: Database, people: People, slug: str, year: int, *, by: Caller) -> PlanOut:
    """The plan of a year. Raises NotFound, NotAllowed."""
    async with db.reading(snapshot=True) as reading:
        await committee_to_enter(reading, slug, by)
        rows = await queries.items_of(reading, slug, year)
        years = await queries.years_of(reading, slug)
        linked = await queries.linked_to(reading, rows, by)
    names = await people.names({row.lead for row in rows if row.lead is not None})
    items = [item_out(row, linked, names, by) for row in rows]
    return PlanOut(
        committee=slug, year=year, years=years, items=items,
        states={state: sum(item.state == state for item in items) for state in PLAN_STATES},
        progress=progress_of(task for item in items if item.state != "dropped" for task in item.tasks),
        may_edit=may_work_in(by, slug), demo=any(row.demo for row in rows),
    )  # fmt: skip


async def read_item(db: Database, people: People, key: UUID, *, by: Caller) -> tuple[PlanItemOut, int]:
    """Raises NotFound."""
    async with db.reading(snapshot=True) as reading:
        row = await _item(reading, key, by)
        linked = await queries.linked_to(reading, [row], by)
    return item_out(row, linked, await _names(people, row), by), row.version


async def add_item(
    db: Database, people: People, slug: str, wanted: PlanItemIn, language: str, *, by: Caller
) -> tuple[PlanItemOut, int]:
    """Add it at the end of its year's plan. Raises NotFound, NotAllowed, Invalid, Conflict when the plan is full."""
    names = await _leads(db, people, slug, wanted.lead, by)
    async with db.transaction(by=by, to="add to a work plan", about=slug) as tx:
        committee = await committee_to_work_in(tx, slug, by)
        await lock_order_of(tx, slug)
        await _must_have_room(tx, slug, wanted.year)
        now = datetime.now(UTC)
        row = PlanItem(
            committee=slug, year=wanted.year, place=await queries.last_place(tx, slug, wanted.year), tasks=[],
            documents=[], created_by=actor_of(by), created_by_name=by.name or by.username, created_at=now,
            updated_at=now, demo=by.demo or committee.demo, version=1,
        )  # fmt: skip
        await _describe(tx, row, wanted.model_dump(), by)
        tx.add(row)
        await tx.flush()
        await index_plan_item(tx, row)
        tx.about = f"plan item {row.id}"
        out = item_out(row, await queries.linked_to(tx, [row], by), names, by)
        etag = tag(1, out.model_dump_json().encode(), language, JSON)
        idempotency.will_answer(out, headers={**location_of(row.id), "ETag": etag})
    return out, 1


async def change_item(
    db: Database, people: People, key: UUID, wanted: PlanItemPatch, expected: Expected, *, by: Caller
) -> tuple[PlanItemOut, int]:
    """Change some fields. Raises NotFound, NotAllowed, StaleVersion, Invalid, Conflict."""
    changes = wanted.changes
    cleared = [FieldError(f"/{name}", "cannot be cleared", "required") for name in REQUIRED
               if name in changes and changes[name] is None]  # fmt: skip
    if cleared:
        raise Invalid(errors=cleared)
    if wanted.lead is not None:
        async with db.reading() as reading:
            slug = (await _item(reading, key, by)).committee
        await _leads(db, people, slug, wanted.lead, by)
    async with db.transaction(by=by, to="change a work plan", about=f"plan item {key}") as tx:
        row = await _item_to_edit(tx, key, by, placing="year" in changes)
        expected.must_match(row.version)
        before = _state(row)
        if "year" in changes and changes["year"] != row.year:
            await _must_have_room(tx, row.committee, changes["year"])
            row.place = await queries.last_place(tx, row.committee, changes["year"])
        with tx.no_autoflush:
            await _describe(tx, row, changes, by)
        if _state(row) != before:
            row.version += 1
            row.updated_at = datetime.now(UTC)
            tx.note(fields=sorted(changes))
            await tx.flush()
            await index_plan_item(tx, row)
        await tx.flush()
        linked = await queries.linked_to(tx, [row], by)
    return item_out(row, linked, await _names(people, row), by), row.version


async def move_item(db: Database, people: People, key: UUID, wanted: PlaceIn, *, by: Caller) -> tuple[PlanItemOut, int]:
    """Give it another place in its plan; an order is no new version. Raises NotFound, NotAllowed, Invalid."""
    async with db.transaction(by=by, to="order a work plan", about=f"plan item {key}") as tx:
        row = await _item_to_edit(tx, key, by, placing=True)
        above: PlanItem | None = None
        if wanted.after is not None:
            above = await tx.scalar(
                select(PlanItem).where(
                    PlanItem.id == wanted.after, PlanItem.id != row.id, PlanItem.committee == row.committee,
                    PlanItem.year == row.year,
                )
            )  # fmt: skip
            if above is None:
                raise Invalid.at("/after", "must be another item of this plan")
        row.place = await queries.place_after(tx, row, above)
        await tx.flush()
        linked = await queries.linked_to(tx, [row], by)
    return item_out(row, linked, await _names(people, row), by), row.version


async def remove_item(db: Database, key: UUID, expected: Expected, *, by: Caller) -> None:
    """Take it out of the plan: the chair any, members their own; what was not done is better dropped.

    Raises NotFound, NotAllowed, StaleVersion.
    """
    async with db.transaction(by=by, to="take out of a work plan", about=f"plan item {key}") as tx:
        row = await _item_to_edit(tx, key, by)
        if not _may_remove(row, by):
            raise NotAllowed("Members take out what they added; the chair takes out anything. Dropping keeps it.")
        expected.must_match(row.version)
        tx.note(committee=row.committee, title=row.title)
        await tx.delete(row)


def item_out(row: PlanItem, linked: Linked, names: Mapping[UUID, str], caller: Caller) -> PlanItemOut:
    tasks = [found for one in row.tasks if (found := linked.tasks.get(UUID(one))) is not None]
    documents = [shown for one in row.documents if (shown := linked.documents.get(UUID(one))) is not None]
    return PlanItemOut(
        id=row.id, committee=row.committee, year=row.year, title=row.title, description=row.description,
        description_html=html_of(row.description) if row.description else "", lead=row.lead,
        lead_name=names.get(row.lead, row.lead_name) if row.lead is not None else row.lead_name, quarter=row.quarter,
        starts_on=row.starts_on, ends_on=row.ends_on, state=row.state, tasks=tasks, documents=documents,
        progress=progress_of(tasks), created_by=ActorOut(user_id=user_of(row.created_by), name=row.created_by_name),
        created_at=row.created_at, updated_at=row.updated_at, may_edit=may_work_in(caller, row.committee),
        may_remove=_may_remove(row, caller), demo=row.demo,
    )  # fmt: skip


def location_of(key: UUID) -> dict[str, str]:
    return {"Location": f"/api/v1/workspace/work-plan/{key}"}


def _may_remove(row: PlanItem, caller: Caller) -> bool:
    own = row.created_by == actor_of(caller) and may_work_in(caller, row.committee)
    return own or may_lead(caller, row.committee)


def _state(row: PlanItem) -> tuple[Any, ...]:
    return (
        row.year, row.title, row.description, row.lead, row.lead_name, row.quarter, row.starts_on, row.ends_on,
        row.state, list(row.tasks), list(row.documents),
    )  # fmt: skip


async def _names(people: People, row: PlanItem) -> dict[UUID, str]:
    return await people.names([row.lead]) if row.lead is not None else {}


async def _leads(db: Database, people: People, slug: str, lead: UUID | None, by: Caller) -> dict[UUID, str]:
    """Who leads belongs to the committee. Raises NotFound, NotAllowed, Invalid."""
    async with db.reading() as reading:
        await committee_to_work_in(reading, slug, by)
    if lead is None:
        return {}
    names = {person.user_id: person.name for person in await people.of_committee(slug)}
    if lead not in names:
        raise Invalid.at("/lead", "must be the id of somebody who belongs to the committee", "not_a_member")
    return names


async def _must_have_room(tx: WriteSession, slug: str, year: int) -> None:
    there = select(func.count()).select_from(PlanItem).where(PlanItem.committee == slug, PlanItem.year == year)
    if (await tx.scalar(there) or 0) >= MOST_ITEMS:
        raise Conflict(f"The plan of {year} has {MOST_ITEMS} items, and more do not fit.")


async def _describe(tx: WriteSession, row: PlanItem, changes: Mapping[str, Any], by: Caller) -> None:
    """Raises Invalid."""
    for name in ("year", "title", "lead", "lead_name", "quarter", "starts_on", "ends_on", "state"):
        if name in changes:
            setattr(row, name, changes[name])
    if "description" in changes:
        row.description = changes["description"] or None
    if row.starts_on is not None and row.ends_on is not None and row.ends_on < row.starts_on:
        raise Invalid.at("/ends_on", f"must not be before the first day ({row.starts_on})", "order")
    for name in LISTS:
        if name in changes:
            await _link(tx, row, name, changes[name] or [], by)


async def _link(tx: WriteSession, row: PlanItem, name: str, wanted: Sequence[UUID], by: Caller) -> None:
    """What was linked before may stay, whatever became of it. Raises Invalid with a pointer to each that may not."""
    errors = [
        FieldError(f"/{name}/{index}", "occurs twice", "doubled")
        for index, key in enumerate(wanted)
        if key in wanted[:index]
    ]
    kept = set(getattr(row, name))
    new = [key for key in wanted if str(key) not in kept]
    if name == "tasks":
        statement = select(Task.id).where(Task.id.in_(new), Task.committee == row.committee)
    else:
        statement = select(Document.id).where(Document.id.in_(new), visible_documents(by))
    seen = set((await tx.scalars(statement)).all()) if new else set()
    what = "a task of this committee" if name == "tasks" else "a document that you can see"
    errors += [
        FieldError(f"/{name}/{index}", f"must be the id of {what}", "not_found")
        for index, key in enumerate(wanted)
        if key in new and key not in seen
    ]
    if errors:
        raise Invalid(errors=errors)
    setattr(row, name, [str(key) for key in wanted])


async def _item(db: ReadSession | WriteSession, key: UUID, caller: Caller) -> PlanItem:
    found: PlanItem | None = await db.scalar(select(PlanItem).where(PlanItem.id == key, visible_items(caller)))
    if found is None:
        raise NotFound("This item of a work plan")
    return found


async def _item_to_edit(tx: WriteSession, key: UUID, caller: Caller, *, placing: bool = False) -> PlanItemToEdit:
    """The row, locked; with `placing` nobody else orders the plans of the committee meanwhile."""
    if placing:
        await lock_order_of(tx, (await _item(tx, key, caller)).committee)
    found: PlanItem | None = await tx.scalar(
        select(PlanItem)
        .where(PlanItem.id == key, visible_items(caller))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("This item of a work plan")
    if not may_work_in(caller, found.committee):
        raise NotAllowed("Observers read; the chair and the members plan.")
    return PlanItemToEdit(found)
