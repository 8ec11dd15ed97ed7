"""What people do with organisations; one transaction each."""

import unicodedata
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from services.registry.access import organization_to_edit, visible_organizations
from services.registry.patches import must_not_clear
from services.registry.places import is_country
from services.registry.schemas import OrganizationIn, OrganizationOut, OrganizationPatch
from services.registry.stakeholder_types import group_of, kinds_in
from services.registry.tables import Membership, Organization, Signature
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.problems import Conflict, FieldError, Invalid, NotAllowed
from shared.tags import Expected
from shared.text import without_accents

REQUIRED = ("name", "country", "kind")


def organizations(
    caller: Caller,
    *,
    country: str | None = None,
    kind: str | None = None,
    stakeholder_group: str | None = None,
    q: str | None = None,
) -> Select[Organization]:
    """The organisations that a caller may see and asks for; `q` looks in the name, accents and case aside."""
    statement = select(Organization).where(visible_organizations(caller))
    if country is not None:
        statement = statement.where(Organization.country == country)
    if kind is not None:
        statement = statement.where(Organization.kind == kind)
    if stakeholder_group is not None:
        statement = statement.where(Organization.kind.in_(kinds_in(stakeholder_group)))
    for word in without_accents(q or "").split()[:10]:
        statement = statement.where(Organization.search.contains(word, autoescape=True))
    return statement


async def add_organization(db: Database, wanted: OrganizationIn, *, by: Caller) -> tuple[OrganizationOut, int]:
    """Add an organisation. For the secretariat and every coordinator. Raises NotAllowed, Invalid, and Conflict for one
    that is there already."""
    async with db.transaction(by=by, to="add an organisation", about=wanted.name) as tx:
        if not (by.is_secretariat or by.scopes_of("coordinator", within="community")):
            raise NotAllowed("Only coordinators and the secretariat add organisations.")
        organization = Organization(website=wanted.website, demo=by.demo, version=1)
        _describe(organization, wanted.model_dump())
        await _must_be_the_only_one(tx, organization)
        tx.add(organization)
        await tx.flush()
        tx.about = str(organization.id)
        out = organization_out(organization)
        idempotency.will_answer(out, headers=location_of(organization.id), version=1)
    return out, 1


async def change_organization(
    db: Database, key: UUID, wanted: OrganizationPatch, expected: Expected, *, by: Caller
) -> tuple[OrganizationOut, int]:
    """Change some fields. Raises NotFound, NotAllowed, StaleVersion, Invalid, Conflict."""
    changes = wanted.changes
    async with db.transaction(by=by, to="change an organisation", about=key) as tx:
        organization = await organization_to_edit(tx, key, by)
        expected.must_match(organization.version)
        must_not_clear(changes, REQUIRED)
        before = organization_out(organization)
        _describe(organization, changes)
        if organization_out(organization) != before:
            with tx.no_autoflush:
                await _must_be_the_only_one(tx, organization)
            organization.version += 1
            tx.note(fields=sorted(changes))
    return organization_out(organization), organization.version


async def remove_organization(db: Database, key: UUID, expected: Expected, *, by: Caller) -> None:
    """Remove an organisation that nothing refers to. Raises Conflict when it is or was a member, or signed."""
    async with db.transaction(by=by, to="remove an organisation", about=key) as tx:
        organization = await organization_to_edit(tx, key, by)
        if not by.is_secretariat:
            raise NotAllowed("Only the secretariat removes an organisation.")
        expected.must_match(organization.version)
        for table, reason in ((Membership, "is or was a member of a community"), (Signature, "signed an agreement")):
            if await tx.scalar(select(table.id).where(table.organization_id == key).limit(1)) is not None:
                raise Conflict(f"The organisation {reason}, and what happened is kept.")
        await tx.delete(organization)


def organization_out(row: Organization) -> OrganizationOut:
    return OrganizationOut(
        id=row.id, name=row.name, country=row.country, kind=row.kind, stakeholder_group=group_of(row.kind),
        website=row.website, demo=row.demo,
    )  # fmt: skip


def location_of(key: UUID) -> dict[str, str]:
    return {"Location": f"/api/v1/registry/organizations/{key}"}


def name_key(name: str) -> str:
    """The name as it is compared: however its accents, capitals and spaces are typed, it is the same organisation."""
    return unicodedata.normalize("NFC", " ".join(name.split()).casefold())


def _describe(organization: Organization, changes: dict[str, Any]) -> None:
    for field in ("name", "country", "kind", "website"):
        if field in changes:
            setattr(organization, field, changes[field])
    if not is_country(organization.country):
        raise Invalid.at("/country", "must be an ISO 3166-1 alpha-2 code", "country")
    organization.name_key = name_key(organization.name)
    organization.search = " ".join(without_accents(organization.name).split())


async def _must_be_the_only_one(tx: WriteSession, organization: Organization) -> None:
    """Says which row is the same organisation; two at the same moment are told apart by the unique key."""
    statement = select(Organization.id).where(
        Organization.name_key == organization.name_key, Organization.country == organization.country
    )
    if organization.id is not None:
        statement = statement.where(Organization.id != organization.id)
    found = await tx.scalar(statement)
    if found is not None:
        raise Conflict(
            f"{organization.name} is there already in {organization.country}, with the id {found}.",
            errors=[FieldError("/name", "names an organisation that is there already", "doubled")],
        )
