"""Making committees and task forces, and changing what is said about them; one transaction each."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NewType
from uuid import UUID

import structlog
from sqlalchemy import func, select, text

from services.workspace.access import committee_to_see, visible_committees
from services.workspace.charters.operations import in_force
from services.workspace.people import Candidate, People
from services.workspace.search.indexing import index_charter
from services.workspace.tables import Committee
from services.workspace.task_forces.ending import has_ended
from services.workspace.task_forces.removing import archive
from services.workspace.task_forces.schemas import CommitteeIn, CommitteePatch
from shared.callers import Caller
from shared.database import Database, Job, WriteSession
from shared.problems import Conflict, FieldError, Invalid, NotAllowed, NotFound, Problem
from shared.tags import Expected
from shared.text import without_accents

log = structlog.get_logger(__name__)
SEAT = "seat_people"
LONGEST_SLUG = 60
OF_TASK_FORCES = ("parent", "starts_on", "ends_on")
CommitteeToEdit = NewType("CommitteeToEdit", Committee)


def may_found_under(caller: Caller, parent: Committee, today: date) -> bool:
    """May make a task force of this committee: its chair, and the secretariat."""
    leads = caller.is_secretariat or caller.holds("chair", scope=f"committee:{parent.slug}")
    return leads and parent.kind != "task_force" and not has_ended(parent, today)


def may_change(caller: Caller, row: Committee) -> bool:
    """Who gave it its mandate may change that: the secretariat, and for a task force the chair of its parent."""
    if caller.is_secretariat:
        return True
    return row.parent is not None and caller.holds("chair", scope=f"committee:{row.parent}")


async def found_committee(
    db: Database, people: People, wanted: CommitteeIn, language: str, today: date, *, by: Caller,
    told: Any,
) -> Committee:  # fmt: skip
    """Make it, and have its people seated: at once when the gateway answers, by a job otherwise. `told` makes the
    answer that is kept for a repeat. Raises NotAllowed, Invalid, Conflict."""
    if not by.is_secretariat:
        await _must_chair_parent(db, wanted, today, by)
    _must_be_whole(wanted, today)
    seats = await _seats(people, wanted, by)
    slug = wanted.slug or slug_of(wanted.name)
    async with db.transaction(by=by, to="make a committee", about=slug) as tx:
        await tx.execute(text("SELECT pg_advisory_xact_lock(hashtext('workspace.committees'))"))
        demo = by.demo
        if wanted.parent is not None:
            demo = (await _parent(tx, wanted.parent, today, by)).demo or demo
        slug = await _free_slug(tx, slug, given=wanted.slug is not None)
        position = (await tx.scalar(select(func.max(Committee.position)))) or 0
        row = Committee(
            slug=slug, names={language: wanted.name}, kind=wanted.kind, position=position + 1, parent=wanted.parent,
            mandate=wanted.mandate or None, starts_on=_first_day(wanted, today), ends_on=wanted.ends_on,
            created_by_name=by.name or by.username, demo=demo, version=1,
        )  # fmt: skip
        tx.add(row)
        await tx.flush()
        await tx.refresh(row)
        payload = {
            "slug": slug, "seats": seats, "asked_by": by.name or by.username,
            "asked_by_id": by.id if by.kind == "user" else None, "demo": demo,
        }  # fmt: skip
        tx.about = slug
        tx.note(kind=wanted.kind, parent=wanted.parent, seats=len(seats))
        if seats:
            tx.announce(Job(SEAT, payload))
        told(row)
    if seats:
        try:
            await seat_people(people, payload)
        except Problem as problem:  # the job asks again
            log.warning("people are seated later", committee=slug, reason=problem.detail)
    return row


async def seat_people(people: People, payload: Mapping[str, Any]) -> None:
    """Give those who were named their roles; twice is as once."""
    seats = [(str(user), str(role)) for user, role in payload["seats"]]
    await people.seat(
        payload["slug"], seats, asked_by=payload["asked_by"], asked_by_id=payload.get("asked_by_id"),
        demo=payload["demo"],
    )  # fmt: skip


async def change_committee(
    db: Database, slug: str, wanted: CommitteePatch, expected: Expected, language: str, *, by: Caller
) -> Committee:
    """Change name, mandate or days; archive it. Raises NotFound, NotAllowed, StaleVersion, Invalid, Conflict."""
    changes = wanted.changes
    async with db.transaction(by=by, to="change a committee", about=slug) as tx:
        row = await _committee_to_edit(tx, slug, by)
        expected.must_match(row.version)
        _must_keep(row, changes)
        before = (dict(row.names), row.mandate, row.starts_on, row.ends_on, row.archived_at)
        if changes.get("name") is not None:
            row.names = {**row.names, language: changes["name"]}
        if "mandate" in changes:
            row.mandate = changes["mandate"] or None
        for name in ("starts_on", "ends_on"):
            if name in changes:
                setattr(row, name, changes[name])
        if row.starts_on is not None and row.ends_on is not None and row.ends_on < row.starts_on:
            raise Invalid.at("/ends_on", f"must not be before the first day ({row.starts_on})", "order")
        if row.names != before[0] and (charter := await in_force(tx, slug)) is not None:
            await index_charter(tx, charter, row)
        if "archived" in changes:
            await archive(tx, row, changes["archived"], by=by)
        if (row.names, row.mandate, row.starts_on, row.ends_on, row.archived_at) != before:
            row.version += 1
            tx.note(fields=sorted(changes))
    return row


async def candidates_for(db: Database, people: People, slug: str, today: date, *, by: Caller) -> Sequence[Candidate]:
    """Who could sit in a task force of this committee: everybody with a role in a community or a committee.

    Raises NotFound, NotAllowed for whoever may not make one.
    """
    async with db.reading() as reading:
        parent = await committee_to_see(reading, slug, by)
    if not may_found_under(by, parent, today):
        raise NotAllowed("Its chair and the secretariat choose people for a task force.")
    return await people.of_the_network()


def slug_of(name: str) -> str:
    """A slug out of a name.

    >>> slug_of("Ventanilla única: tránsito (2027)")
    'ventanilla-unica-transito-2027'
    """
    found = "-".join(re.findall(r"[a-z0-9]+", without_accents(name)))[:LONGEST_SLUG].strip("-")
    return found or "committee"


async def _free_slug(tx: WriteSession, slug: str, *, given: bool) -> str:
    """A slug that was asked for must be free; one made of a name gets a number when it is not."""
    taken = set((await tx.scalars(select(Committee.slug).where(Committee.slug.startswith(slug)))).all())
    if slug not in taken:
        return slug
    if given:
        raise Conflict("There is a committee with this slug already.")
    return next(f"{slug}-{number}" for number in range(2, len(taken) + 3) if f"{slug}-{number}" not in taken)


def _first_day(wanted: CommitteeIn, today: date) -> date | None:
    if wanted.kind != "task_force":
        return None
    return wanted.starts_on or today


def _must_be_whole(wanted: CommitteeIn, today: date) -> None:
    """A task force has a mandate and ends; other committees have neither days nor a parent. Raises Invalid."""
    errors: list[FieldError] = []
    if wanted.kind == "task_force":
        if not (wanted.mandate or "").strip():
            errors.append(FieldError("/mandate", "is required: what is the task force to do?", "missing"))
        if wanted.ends_on is None:
            errors.append(FieldError("/ends_on", "is required: a task force is made for a time", "missing"))
        elif wanted.ends_on < today:
            errors.append(FieldError("/ends_on", "must not be in the past", "order"))
        elif wanted.starts_on is not None and wanted.ends_on < wanted.starts_on:
            errors.append(FieldError("/ends_on", f"must not be before the first day ({wanted.starts_on})", "order"))
    else:
        errors += [
            FieldError(f"/{name}", "belongs to task forces only")
            for name in OF_TASK_FORCES
            if getattr(wanted, name) is not None
        ]
    seen: set[UUID] = {wanted.chair} if wanted.chair is not None else set()
    for index, user in enumerate(wanted.members):
        if user in seen:
            errors.append(FieldError(f"/members/{index}", "occurs twice", "doubled"))
        seen.add(user)
    if errors:
        raise Invalid(errors=errors)


def _must_keep(row: Committee, changes: Mapping[str, Any]) -> None:
    required = ("name", "mandate", "starts_on", "ends_on") if row.kind == "task_force" else ("name",)
    if changes.get("archived", False) is None:
        raise Invalid.at("/archived", "cannot be cleared", "required")
    errors = [
        FieldError(f"/{name}", "cannot be cleared", "required")
        for name in required
        if name in changes and not (changes[name] if name != "mandate" else (changes[name] or "").strip())
    ]
    if row.kind != "task_force":
        errors += [
            FieldError(f"/{name}", "belongs to task forces only")
            for name in ("starts_on", "ends_on")
            if changes.get(name) is not None
        ]
    if errors:
        raise Invalid(errors=errors)


async def _must_chair_parent(db: Database, wanted: CommitteeIn, today: date, by: Caller) -> None:
    """Before anybody's name is looked up. Raises NotAllowed."""
    allowed = False
    if wanted.kind == "task_force" and wanted.parent is not None:
        async with db.reading() as reading:
            try:
                parent = await committee_to_see(reading, wanted.parent, by)
            except NotFound:
                parent = None
        allowed = parent is not None and may_found_under(by, parent, today)
    if not allowed:
        raise NotAllowed("The secretariat makes committees; a committee's chair makes task forces of it.")


async def _parent(tx: WriteSession, slug: str, today: date, by: Caller) -> Committee:
    """The committee of which it is a task force, held against removal. Raises Invalid."""
    found: Committee | None = await tx.scalar(
        select(Committee).where(Committee.slug == slug, visible_committees(by)).with_for_update(read=True)
    )
    if found is None:
        raise Invalid.at("/parent", "names no committee", "unknown")
    if found.kind == "task_force":
        raise Invalid.at("/parent", "must be a committee, not another task force")
    return found


async def _seats(people: People, wanted: CommitteeIn, by: Caller) -> list[tuple[str, str]]:
    """Chair and members; who makes it chairs it when they name nobody and are no secretariat. Raises Invalid."""
    chosen = [wanted.chair] if wanted.chair is not None else []
    named = [*chosen, *wanted.members]
    if named:
        known = {one.user_id for one in await people.of_the_network()}
        errors = [
            FieldError("/chair", "must be somebody of the Network", "unknown") for user in chosen if user not in known
        ]
        errors += [
            FieldError(f"/members/{index}", "must be somebody of the Network", "unknown")
            for index, user in enumerate(wanted.members)
            if user not in known
        ]
        if errors:
            raise Invalid(errors=errors)
    seats = [(str(user), "chair") for user in chosen]
    if not seats and by.kind == "user" and not by.is_secretariat:
        seats = [(by.id, "chair")]
    return seats + [(str(user), "member") for user in wanted.members if (str(user), "chair") not in seats]


async def _committee_to_edit(tx: WriteSession, slug: str, caller: Caller) -> CommitteeToEdit:
    """The row, locked. Raises NotFound, NotAllowed."""
    found: Committee | None = await tx.scalar(
        select(Committee).where(Committee.slug == slug, visible_committees(caller)).with_for_update()
    )
    if found is None:
        raise NotFound("This committee")
    if not may_change(caller, found):
        raise NotAllowed(
            "The secretariat changes committees, and a task force the chair of the committee that made it."
        )
    return CommitteeToEdit(found)
