"""HTTP of definitions in the making, and of the versions that were published."""

from fastapi import Request
from sqlalchemy import select
from starlette.responses import Response

from services.indicators.catalogue import KEPT, indicator_out
from services.indicators.drafts import operations
from services.indicators.drafts.schemas import DraftIn, DraftOut, DraftPatch, PublishIn, VersionOut
from services.indicators.schemas import IndicatorOut
from services.indicators.tables import Indicator, IndicatorDraft
from shared.answers import answer, nothing, public_to
from shared.callers import Anyone, Secretariat
from shared.dependencies import Db
from shared.fields import Counted
from shared.paging import Part, count_of
from shared.problems import NotFound, documented
from shared.routing import house_router
from shared.tags import IfMatch

router = house_router("/api/v1/indicators", tags=["indicators"])


@router.get("/catalogue/{code}/versions", response_model=Counted[VersionOut], responses=documented(404))
async def list_versions(request: Request, code: str, caller: Anyone, db: Db) -> Response:
    """Every published version of a definition, the newest first, with what changed and why."""
    async with db.reading() as reading:
        rows = (
            await reading.scalars(select(Indicator).where(Indicator.code == code).order_by(Indicator.version))
        ).all()
    if not rows:
        raise NotFound("This indicator")
    items: list[VersionOut] = []
    before: dict[str, object] | None = None
    for row in rows:
        content = operations.content_of(row)
        items.append(
            VersionOut(
                version=row.version, recorded_at=row.recorded_at, origin=row.origin, because=row.because,
                changed=operations.changed_between(before, content) if before is not None else [],
                definition=indicator_out(row, request.state.language),
            )
        )  # fmt: skip
        before = content
    out: Counted[VersionOut] = Counted(items=items[::-1], next=None, total=len(items))
    return answer(request, out, caching=public_to(request, seconds=KEPT))


@router.get("/drafts", response_model=Counted[DraftOut], responses=documented(401, 403, 422))
async def list_drafts(request: Request, caller: Secretariat, db: Db, part: Part) -> Response:
    """Definitions in the making, by code."""
    statement = select(IndicatorDraft)
    async with db.reading() as reading:
        total = await count_of(reading, statement)
        found = (await reading.scalars(part.apply(statement, [IndicatorDraft.code]))).all()
        rows, following = part.cut(found, lambda row: (row.code,))
        items = [operations.draft_out(row, await operations.current_of(reading, row.code)) for row in rows]
    out: Counted[DraftOut] = Counted(items=items, next=following, total=total)
    return answer(request, out)


@router.post(
    "/drafts", status_code=201, response_model=DraftOut, responses=documented(400, 401, 403, 409, 415, 422)
)  # fmt: skip
async def begin_draft(request: Request, wanted: DraftIn, caller: Secretariat, db: Db) -> Response:
    """Begin the next version of a definition, or a new indicator. Nothing that was published changes by it."""
    out, version = await operations.begin(db, wanted, by=caller)
    where = {"Location": f"/api/v1/indicators/drafts/{out.code}"}
    return answer(request, out, version=version, status=201, headers=where)


@router.get("/drafts/{code}", response_model=DraftOut, responses=documented(401, 403, 404))
async def read_draft(request: Request, code: str, caller: Secretariat, db: Db) -> Response:
    """A definition in the making: what differs, and what keeps it from being published."""
    async with db.reading() as reading:
        row = await reading.get(IndicatorDraft, code)
        if row is None:
            raise NotFound("This draft")
        out = operations.draft_out(row, await operations.current_of(reading, code))
    return answer(request, out, version=row.version)


@router.patch(
    "/drafts/{code}", response_model=DraftOut, responses=documented(400, 401, 403, 404, 412, 415, 422, 428)
)  # fmt: skip
async def change_draft(
    request: Request, code: str, wanted: DraftPatch, caller: Secretariat, version: IfMatch, db: Db
) -> Response:
    """Write on a definition."""
    out, now = await operations.change(db, code, wanted, version, by=caller)
    return answer(request, out, version=now)


@router.delete("/drafts/{code}", status_code=204, responses=documented(401, 403, 404, 412, 428))
async def drop_draft(code: str, caller: Secretariat, version: IfMatch, db: Db) -> Response:
    """Give a definition in the making up."""
    await operations.drop(db, code, version, by=caller)
    return nothing()


@router.post(
    "/drafts/{code}/publish", response_model=IndicatorOut, responses=documented(400, 401, 403, 404, 409, 415, 422)
)  # fmt: skip
async def publish_draft(request: Request, code: str, wanted: PublishIn, caller: Secretariat, db: Db) -> Response:
    """Make a draft the current version. What was observed before keeps the version it was observed under."""
    out = await operations.publish(db, code, wanted.because, request.state.language, by=caller)
    return answer(request, out, version=out.version)
