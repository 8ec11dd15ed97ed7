"""HTTP of the members of a community."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from services.registry.access import community_to_see, membership_to_see
from services.registry.members import operations
from services.registry.schemas import MemberIn, MemberOut, MemberPatch
from services.registry.tables import Membership
from services.registry.words import StakeholderGroup
from shared.answers import answer, nothing, public_to
from shared.callers import Anyone, Member
from shared.dependencies import Db
from shared.fields import Counted
from shared.formats import csv_bytes, file_answer, format_of
from shared.paging import Part, count_of
from shared.problems import documented
from shared.routing import house_router
from shared.tags import IfMatch

router = house_router("/api/v1/registry/communities/{code}/members", tags=["registry"])
COLUMNS = (
    "id", "community", "organization", "organization_name", "kind", "stakeholder_group", "person", "email", "post",
    "from", "to", "focal_point", "demo",
)  # fmt: skip


@router.get("", response_model=Counted[MemberOut], responses=documented(404, 422))
async def list_members(
    request: Request,
    code: str,
    caller: Anyone,
    db: Db,
    part: Part,
    organization: UUID | None = None,
    stakeholder_group: StakeholderGroup | None = None,
    focal_point: bool | None = None,
    current: Annotated[bool | None, Query(description="Only those of today, or only the others.")] = None,
    format: Annotated[str | None, Query(description="json or csv.")] = None,  # noqa: A002
) -> Response:
    """The members of a community, in the order in which they were recorded. The public sees organisations and posts;
    the community's own people and the secretariat see persons and their addresses too."""
    wanted = format_of(request, "json", "csv")
    statement = operations.members(
        code, organization=organization, stakeholder_group=stakeholder_group, focal_point=focal_point, current=current
    )
    async with db.reading() as reading:
        await community_to_see(reading, code, caller)
        if wanted == "csv":
            everything = (await reading.scalars(statement.order_by(Membership.id))).all()
            told = [operations.member_out(row, caller).model_dump(by_alias=True) for row in everything]
            content = csv_bytes(COLUMNS, ([row[column] for column in COLUMNS] for row in told))
            return file_answer(request, content, format=wanted, name=f"members-{code}", caching=public_to(request))
        total = await count_of(reading, statement)
        rows, following = part.cut(
            (await reading.scalars(part.apply(statement, [Membership.id]))).all(), lambda row: (row.id,)
        )
    items = [operations.member_out(row, caller) for row in rows]
    return answer(request, Counted(items=items, next=following, total=total), caching=public_to(request))


@router.post("", status_code=201, response_model=MemberOut, responses=documented(400, 401, 403, 404, 413, 415, 422))
async def add_member(request: Request, code: str, wanted: MemberIn, caller: Member, db: Db) -> Response:
    """Record that an organisation is a member, or that a person has a post in it; by the coordinator."""
    out, version = await operations.add_member(db, code, wanted, by=caller)
    return answer(request, out, version=version, status=201, headers=operations.location_of(code, out.id))


@router.get("/{key}", response_model=MemberOut, responses=documented(404))
async def read_member(request: Request, code: str, key: UUID, caller: Anyone, db: Db) -> Response:
    """One membership."""
    async with db.reading() as reading:
        row = await membership_to_see(reading, code, key, caller)
    return answer(request, operations.member_out(row, caller), version=row.version, caching=public_to(request))


@router.patch("/{key}", response_model=MemberOut, responses=documented(400, 401, 403, 404, 412, 413, 415, 422, 428))
async def change_member(
    request: Request, code: str, key: UUID, wanted: MemberPatch, caller: Member, version: IfMatch, db: Db
) -> Response:
    """Change a membership; who leaves gets a last day in `to`."""
    out, now = await operations.change_member(db, code, key, wanted, version, by=caller)
    return answer(request, out, version=now)


@router.delete("/{key}", status_code=204, responses=documented(401, 403, 404, 412, 428))
async def remove_member(code: str, key: UUID, caller: Member, version: IfMatch, db: Db) -> Response:
    """Take a membership out of the record, such as one recorded by mistake or a person who asks for it."""
    await operations.remove_member(db, code, key, version, by=caller)
    return nothing()
