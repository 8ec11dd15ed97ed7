"""HTTP of peer groups."""

from fastapi import Request
from sqlalchemy import select
from starlette.responses import Response

from services.indicators.peer_groups import operations
from services.indicators.peer_groups.groups import built_in
from services.indicators.schemas import PeerGroupIn, PeerGroupOut, PeerGroupPatch
from services.indicators.tables import Community, PeerGroup
from shared.answers import answer, nothing, public_to
from shared.callers import Anyone, Secretariat
from shared.dependencies import Db
from shared.fields import Counted
from shared.paging import Part
from shared.problems import documented
from shared.routing import house_router
from shared.tags import IfMatch

router = house_router("/api/v1/indicators", tags=["indicators"])


@router.get("/peer-groups", response_model=Counted[PeerGroupOut], responses=documented(422))
async def list_groups(request: Request, caller: Anyone, db: Db, part: Part) -> Response:
    """The groups that a benchmark can be asked for: the built-in ones that have members, and the curated ones."""
    language = request.state.language
    async with db.reading(snapshot=True) as reading:
        communities = {row.code: row for row in await reading.scalars(select(Community).where(Community.active))}
        rows = (await reading.scalars(select(PeerGroup))).all()
    groups = [
        operations.built_in_out(group, communities, language) for group in built_in(communities.values()).values()
    ]
    groups += [operations.group_out(row, communities, language) for row in rows]
    groups.sort(key=lambda group: group.slug)
    after = part.after[0] if part.after else ""
    items, following = part.cut([group for group in groups if group.slug > after], lambda group: (group.slug,))
    out: Counted[PeerGroupOut] = Counted(items=items, next=following, total=len(groups))
    return answer(request, out, caching=public_to(request))


@router.post(
    "/peer-groups", status_code=201, response_model=PeerGroupOut, responses=documented(400, 401, 403, 409, 415, 422)
)
async def add_group(request: Request, wanted: PeerGroupIn, caller: Secretariat, db: Db) -> Response:
    """Put a group together: by a list of communities, or by attributes that they all have."""
    out, version = await operations.add_group(db, wanted, request.state.language, by=caller)
    headers = {"Location": operations.address_of(out.slug)}
    return answer(request, out, version=version, status=201, headers=headers)


@router.get("/peer-groups/{slug}", response_model=PeerGroupOut, responses=documented(404))
async def read_group(request: Request, slug: str, caller: Anyone, db: Db) -> Response:
    """One group, built in or curated."""
    language = request.state.language
    async with db.reading(snapshot=True) as reading:
        communities = {row.code: row for row in await reading.scalars(select(Community).where(Community.active))}
        built = built_in(communities.values()).get(slug)
        if built is not None:
            out = operations.built_in_out(built, communities, language)
            return answer(request, out, caching=public_to(request))
        row = await operations.group_to_see(reading, slug)
    out = operations.group_out(row, communities, language)
    return answer(request, out, version=row.version, caching=public_to(request))


@router.patch(
    "/peer-groups/{slug}", response_model=PeerGroupOut, responses=documented(400, 401, 403, 404, 412, 415, 422, 428)
)
async def change_group(
    request: Request, slug: str, wanted: PeerGroupPatch, caller: Secretariat, version: IfMatch, db: Db
) -> Response:
    """Change a curated group: its name and description, and who is in it."""
    out, now = await operations.change_group(db, slug, wanted, version, request.state.language, by=caller)
    return answer(request, out, version=now)


@router.delete("/peer-groups/{slug}", status_code=204, responses=documented(401, 403, 404, 412, 428))
async def remove_group(slug: str, caller: Secretariat, version: IfMatch, db: Db) -> Response:
    """Take a curated group away."""
    await operations.remove_group(db, slug, version, by=caller)
    return nothing()
