"""HTTP of committees' charters."""

from fastapi import Request
from starlette.responses import Response

from services.workspace.access import committee_to_see
from services.workspace.charters import operations
from services.workspace.charters.schemas import CharterIn, CharterOut, CharterRevisionOut
from services.workspace.tables import CharterRevision
from shared.answers import answer
from shared.callers import Member
from shared.dependencies import Db
from shared.fields import Counted
from shared.paging import Part, count_of
from shared.problems import documented
from shared.routing import house_router
from shared.tags import IfMatch

router = house_router("/api/v1/workspace", tags=["workspace"])


@router.get("/committees/{slug}/charter", response_model=CharterOut, responses=documented(401, 404))
async def read_charter(request: Request, slug: str, caller: Member, db: Db) -> Response:
    """The rules by which a committee works, for every member of the Network; empty as long as there are none."""
    async with db.reading() as reading:
        await committee_to_see(reading, slug, caller)
        row = await operations.in_force(reading, slug)
    out = operations.charter_out(slug, row, caller)
    return answer(request, out, version=out.revision)


@router.put(
    "/committees/{slug}/charter", response_model=CharterOut,
    responses=documented(400, 401, 403, 404, 412, 415, 422, 428),
)  # fmt: skip
async def write_charter(
    request: Request, slug: str, wanted: CharterIn, caller: Member, version: IfMatch, db: Db
) -> Response:
    """Put a charter into force, the first one too: its `If-Match` is the tag of the empty one."""
    out, now = await operations.write_charter(db, slug, wanted, version, by=caller)
    return answer(request, out, version=now)


@router.get(
    "/committees/{slug}/charter/revisions", response_model=Counted[CharterRevisionOut],
    responses=documented(401, 404, 422),
)  # fmt: skip
async def list_revisions(request: Request, slug: str, caller: Member, db: Db, part: Part) -> Response:
    """Every charter that a committee had, the one in force first: who changed it when, and what it said."""
    statement = operations.revisions_of(slug)
    async with db.reading(snapshot=True) as reading:
        await committee_to_see(reading, slug, caller)
        total = await count_of(reading, statement)
        rows = (await reading.scalars(part.apply(statement, [CharterRevision.number], descending=True))).all()
    shown, following = part.cut(rows, lambda row: (row.number,))
    return answer(
        request, Counted(items=[operations.revision_out(row) for row in shown], next=following, total=total)
    )  # fmt: skip
