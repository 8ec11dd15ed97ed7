"""HTTP of the versions of the Reference Model."""

from typing import Any

from fastapi import Request
from sqlalchemy import select
from starlette.responses import Response

from services.survey.models import operations
from services.survey.models.xlsform import xlsform
from services.survey.schemas.models import ModelIn, ModelOut
from services.survey.tables import Model
from shared.answers import answer, public_to
from shared.callers import Anyone, Secretariat
from shared.dependencies import Db
from shared.fields import Counted
from shared.formats import MEDIA_TYPES, file_answer
from shared.paging import Part, count_of
from shared.problems import documented
from shared.routing import house_router
from shared.tags import IfMatch

router = house_router("/api/v1/survey/models", tags=["survey"])
XLSX: dict[str, Any] = {
    "description": "The workbook.",
    "content": {MEDIA_TYPES["xlsx"]: {"schema": {"type": "string", "format": "binary"}}},
}


@router.get("", response_model=Counted[ModelOut], responses=documented(422))
async def list_models(request: Request, caller: Anyone, db: Db, part: Part) -> Response:
    """The versions of the model: the published ones, and for the secretariat the drafts."""
    statement = select(Model).where(operations.visible(caller))
    async with db.reading() as reading:
        total = await count_of(reading, statement)
        rows, following = part.cut(
            (await reading.scalars(part.apply(statement, [Model.version]))).all(), lambda row: (row.version,)
        )
    items = [operations.model_out(row, request.state.language) for row in rows]
    return answer(
        request, Counted(items=items, next=following, total=total),
        caching=public_to(request, seconds=operations.SHOWN_FOR),
    )  # fmt: skip


@router.post("", status_code=201, response_model=ModelOut, responses=documented(400, 401, 403, 409, 415, 422))
async def add_model(request: Request, wanted: ModelIn, caller: Secretariat, db: Db) -> Response:
    """Add a version as a draft: the body is what GET gives, without `state`."""
    out, edition = await operations.add_model(db, wanted, request.state.language, by=caller)
    location = {"Location": f"/api/v1/survey/models/{out.version}"}
    return answer(request, out, version=edition, status=201, headers=location)


@router.get("/{version}.xlsx", response_class=Response, responses={200: XLSX, **documented(404)})
async def read_xlsform(request: Request, version: str, caller: Anyone, db: Db) -> Response:
    """The version as an XLSForm workbook with the sheets survey, choices and settings."""
    async with db.reading() as reading:
        row = await operations.model_to_see(reading, version, caller)
    caching = public_to(request, seconds=operations.SHOWN_FOR)
    return file_answer(request, xlsform(row), format="xlsx", name=f"model-{version}", caching=caching)


@router.get("/{version}", response_model=ModelOut, responses=documented(404))
async def read_model(request: Request, version: str, caller: Anyone, db: Db) -> Response:
    """One version. A published one never changes."""
    async with db.reading() as reading:
        row = await operations.model_to_see(reading, version, caller)
    out = operations.model_out(row, request.state.language)
    return answer(request, out, version=row.edition, caching=public_to(request, seconds=operations.SHOWN_FOR))


@router.put(
    "/{version}", response_model=ModelOut, responses=documented(400, 401, 403, 404, 409, 412, 415, 422, 428)
)  # fmt: skip
async def replace_model(
    request: Request, version: str, wanted: ModelIn, caller: Secretariat, expected: IfMatch, db: Db
) -> Response:
    """Replace a draft; a published version answers 409."""
    out, edition = await operations.replace_model(db, version, wanted, expected, request.state.language, by=caller)
    return answer(request, out, version=edition)


@router.post("/{version}/publish", response_model=ModelOut, responses=documented(401, 403, 404, 409))
async def publish_model(request: Request, version: str, caller: Secretariat, db: Db) -> Response:
    """Fix a version for ever, so that campaigns can use it."""
    out, edition = await operations.publish_model(db, version, request.state.language, by=caller)
    return answer(request, out, version=edition)
