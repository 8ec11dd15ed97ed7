"""What people do with the members of a community; one transaction each."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import joinedload

from services.registry.access import community_to_staff, membership_to_edit, organization_named, sees_people
from services.registry.days import today
from services.registry.patches import must_not_clear
from services.registry.schemas import MemberIn, MemberOut, MemberPatch
from services.registry.stakeholder_types import group_of, kinds_in
from services.registry.tables import Membership, Organization
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.problems import Invalid
from shared.tags import Expected

REQUIRED = ("organization", "focal_point")
COLUMN_OF = {
    "person": "person", "email": "email", "post": "post", "from_": "from_on", "to": "to_on",
    "focal_point": "focal_point",
}  # fmt: skip
"""Field of the API → column; `organization` is looked up."""


def is_current() -> ColumnElement[bool]:
    """Memberships that hold today; both days are included."""
    return or_(Membership.from_on.is_(None), Membership.from_on <= today()) & or_(
        Membership.to_on.is_(None), Membership.to_on >= today()
    )


def members(
    code: str,
    *,
    organization: UUID | None = None,
    stakeholder_group: str | None = None,
    focal_point: bool | None = None,
    current: bool | None = None,
) -> Select[Membership]:
    """The members of a community with their organisations. No filter looks at people: it would tell who they are."""
    statement = (
        select(Membership)
        .join(Membership.organization)
        .where(Membership.community_code == code)
        .options(joinedload(Membership.organization))
    )
    if organization is not None:
        statement = statement.where(Membership.organization_id == organization)
    if stakeholder_group is not None:
        statement = statement.where(Organization.kind.in_(kinds_in(stakeholder_group)))
    if focal_point is not None:
        statement = statement.where(Membership.focal_point == focal_point)
    if current is not None:
        statement = statement.where(is_current() if current else ~is_current())
    return statement


async def add_member(db: Database, code: str, wanted: MemberIn, *, by: Caller) -> tuple[MemberOut, int]:
    """Record a membership or a post. Raises NotFound, NotAllowed, Invalid."""
    async with db.transaction(by=by, to="add a member", about=code) as tx:
        community = await community_to_staff(tx, code, by)
        row = Membership(community_code=code, demo=by.demo or community.demo, version=1)
        await _describe(tx, row, {name: getattr(wanted, name) for name in MemberIn.model_fields}, by)
        tx.add(row)
        await tx.flush()
        tx.note(member=str(row.id), organization=str(row.organization_id))
        out = member_out(row, by)
        idempotency.will_answer(out, headers=location_of(code, row.id), version=1)
    return out, 1


async def change_member(
    db: Database, code: str, key: UUID, wanted: MemberPatch, expected: Expected, *, by: Caller
) -> tuple[MemberOut, int]:
    """Change some fields. Raises NotFound, NotAllowed, StaleVersion, Invalid."""
    changes = wanted.changes
    async with db.transaction(by=by, to="change a member", about=code) as tx:
        row = await membership_to_edit(tx, code, key, by)
        expected.must_match(row.version)
        must_not_clear(changes, REQUIRED)
        before = member_out(row, by)
        with tx.no_autoflush:
            await _describe(tx, row, changes, by)
        if member_out(row, by) != before:
            row.version += 1
        tx.note(member=str(key), fields=sorted(name.rstrip("_") for name in changes))
    return member_out(row, by), row.version


async def remove_member(db: Database, code: str, key: UUID, expected: Expected, *, by: Caller) -> None:
    """Take a membership out of the record, with the person's name and address. What ended is dated with `to`."""
    async with db.transaction(by=by, to="remove a member", about=code) as tx:
        row = await membership_to_edit(tx, code, key, by)
        expected.must_match(row.version)
        tx.note(member=str(key), organization=str(row.organization_id))
        await tx.delete(row)


def member_out(row: Membership, caller: Caller) -> MemberOut:
    """The membership as this caller may see it."""
    shows_people = sees_people(caller, row.community_code)
    return MemberOut(
        id=row.id, community=row.community_code, organization=row.organization_id,
        organization_name=row.organization.name, kind=row.organization.kind,
        stakeholder_group=group_of(row.organization.kind), person=row.person if shows_people else None,
        email=row.email if shows_people else None, post=row.post, from_=row.from_on, to=row.to_on,
        focal_point=row.focal_point, demo=row.demo,
    )  # fmt: skip


def location_of(code: str, key: UUID) -> dict[str, str]:
    return {"Location": f"/api/v1/registry/communities/{code}/members/{key}"}


async def _describe(tx: WriteSession, row: Membership, changes: dict[str, Any], by: Caller) -> None:
    if "organization" in changes:
        row.organization = await organization_named(tx, changes["organization"], by)
        row.organization_id = row.organization.id
        row.demo = row.demo or row.organization.demo
    for field, column in COLUMN_OF.items():
        if field in changes:
            setattr(row, column, changes[field])
    if row.from_on is not None and row.to_on is not None and row.to_on < row.from_on:
        raise Invalid.at("/to", f"must not be before the first day ({row.from_on})", "order")
