"""HTTP of organisations and of the types of stakeholders."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from pydantic import StringConstraints
from starlette.responses import Response

from services.registry.access import organization_to_see
from services.registry.organizations import operations
from services.registry.schemas import (
    CountryCode,
    OrganizationIn,
    OrganizationOut,
    OrganizationPatch,
    StakeholderTypeOut,
)  # fmt: skip
from services.registry.stakeholder_types import types
from services.registry.tables import Organization
from services.registry.words import OrganizationKind, StakeholderGroup
from shared.answers import answer, nothing, public_to
from shared.callers import Anyone, Member, Secretariat
from shared.dependencies import Db
from shared.fields import Counted
from shared.formats import csv_bytes, file_answer, format_of
from shared.languages import pick
from shared.paging import Part, count_of
from shared.problems import documented
from shared.routing import house_router
from shared.tags import IfMatch

router = house_router("/api/v1/registry", tags=["registry"])
COLUMNS = ("id", "name", "country", "kind", "stakeholder_group", "website", "demo")
Search = Annotated[str, StringConstraints(max_length=200)]


@router.get("/stakeholder-types", response_model=Counted[StakeholderTypeOut], responses=documented(422))
async def list_stakeholder_types(request: Request, caller: Anyone, part: Part) -> Response:
    """The kinds of organisations with their labels, and the group that each belongs to; by code."""
    language = request.state.language
    items = [
        StakeholderTypeOut(code=row.code, name=pick(row.names, language), names=row.names, stakeholder_group=row.group)
        for row in sorted(types().values(), key=lambda row: row.code)
    ]
    rest = [item for item in items if part.after is None or (item.code,) > part.after]
    shown, following = part.cut(rest, lambda item: (item.code,))
    return answer(request, Counted(items=shown, next=following, total=len(items)), caching=public_to(request))


@router.get("/organizations", response_model=Counted[OrganizationOut], responses=documented(422))
async def list_organizations(
    request: Request,
    caller: Anyone,
    db: Db,
    part: Part,
    country: Annotated[CountryCode | None, Query(description="ISO 3166-1 alpha-2.")] = None,
    kind: OrganizationKind | None = None,
    stakeholder_group: StakeholderGroup | None = None,
    q: Annotated[Search | None, Query(description="Words in the name, accents and case aside.")] = None,
    format: Annotated[str | None, Query(description="json or csv.")] = None,  # noqa: A002
) -> Response:
    """The organisations of the port communities, by name. As CSV it is the whole selection."""
    wanted = format_of(request, "json", "csv")
    statement = operations.organizations(caller, country=country, kind=kind, stakeholder_group=stakeholder_group, q=q)
    keys = [Organization.search, Organization.id]
    async with db.reading() as reading:
        if wanted == "csv":
            everything = map(operations.organization_out, (await reading.scalars(statement.order_by(*keys))).all())
            content = csv_bytes(COLUMNS, ([getattr(row, column) for column in COLUMNS] for row in everything))
            return file_answer(request, content, format=wanted, name="organizations", caching=public_to(request))
        total = await count_of(reading, statement)
        rows, following = part.cut(
            (await reading.scalars(part.apply(statement, keys))).all(), lambda row: (row.search, row.id)
        )
    items = [operations.organization_out(row) for row in rows]
    return answer(request, Counted(items=items, next=following, total=total), caching=public_to(request))


@router.post(
    "/organizations", status_code=201, response_model=OrganizationOut,
    responses=documented(400, 401, 403, 409, 413, 415, 422),
)  # fmt: skip
async def add_organization(request: Request, wanted: OrganizationIn, caller: Member, db: Db) -> Response:
    """Add an organisation; for coordinators and the secretariat. The same name in the same country is the same
    organisation (409 names it)."""
    out, version = await operations.add_organization(db, wanted, by=caller)
    return answer(request, out, version=version, status=201, headers=operations.location_of(out.id))


@router.get("/organizations/{key}", response_model=OrganizationOut, responses=documented(404))
async def read_organization(request: Request, key: UUID, caller: Anyone, db: Db) -> Response:
    """One organisation."""
    async with db.reading() as reading:
        row = await organization_to_see(reading, key, caller)
    return answer(request, operations.organization_out(row), version=row.version, caching=public_to(request))


@router.patch(
    "/organizations/{key}", response_model=OrganizationOut,
    responses=documented(400, 401, 403, 404, 409, 412, 413, 415, 422, 428),
)  # fmt: skip
async def change_organization(
    request: Request, key: UUID, wanted: OrganizationPatch, caller: Member, version: IfMatch, db: Db
) -> Response:
    """Change an organisation: the secretariat, and the coordinator of the only community that has it as a member."""
    out, now = await operations.change_organization(db, key, wanted, version, by=caller)
    return answer(request, out, version=now)


@router.delete("/organizations/{key}", status_code=204, responses=documented(401, 403, 404, 409, 412, 428))
async def remove_organization(key: UUID, caller: Secretariat, version: IfMatch, db: Db) -> Response:
    """Remove an organisation that never was a member and never signed."""
    await operations.remove_organization(db, key, version, by=caller)
    return nothing()
