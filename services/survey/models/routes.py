"""HTTP of the versions of the Reference Model."""

from typing import Annotated, Any

from fastapi import Query, Request
from sqlalchemy import select
from starlette.responses import Response

from services.survey.models import crosswalks, importing, operations
from services.survey.models.uploads import FILE_BODY, if_given, uploaded
from services.survey.models.xlsform import xlsform
from services.survey.models.yaml_file import yaml_of
from services.survey.schemas.models import ModelIn, ModelOut, VersionName
from services.survey.schemas.versions import (
    CheckOut,
    CrosswalkIn,
    CrosswalkListItem,
    CrosswalkOut,
    DifferencesOut,
    ModelImportOut,
)
from services.survey.tables import Model
from shared.answers import answer, nothing, public_to
from shared.callers import Anyone, Secretariat
from shared.dependencies import Db
from shared.fields import Counted, Page
from shared.formats import MEDIA_TYPES, disposition, file_answer
from shared.paging import Part, count_of
from shared.problems import documented
from shared.routing import house_router
from shared.tags import IfMatch

router = house_router("/api/v1/survey/models", tags=["survey"])
XLSX: dict[str, Any] = {
    "description": "The workbook.",
    "content": {MEDIA_TYPES["xlsx"]: {"schema": {"type": "string", "format": "binary"}}},
}


YAML: dict[str, Any] = {
    "description": "The version as YAML.",
    "content": {"application/yaml": {"schema": {"type": "string"}}},
}
Unfinished = Annotated[bool, Query(description="Store it although it cannot be published yet; `/check` tells why.")]


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
async def add_model(
    request: Request, wanted: ModelIn, caller: Secretariat, db: Db, unfinished: Unfinished = False
) -> Response:
    """Add a version as a draft: the body is what GET gives, without `state`."""
    out, edition = await operations.add_model(db, wanted, request.state.language, unfinished=unfinished, by=caller)
    location = {"Location": f"/api/v1/survey/models/{out.version}"}
    return answer(request, out, version=edition, status=201, headers=location)


@router.post(
    "/import", status_code=201, response_model=ModelImportOut,
    responses=documented(400, 401, 403, 409, 412, 413, 415, 422, 428), openapi_extra=FILE_BODY,
)  # fmt: skip
async def import_model(
    request: Request,
    caller: Secretariat,
    db: Db,
    dry_run: Annotated[bool, Query(description="Tell what would change, and store nothing (200).")] = False,
    unfinished: Unfinished = False,
) -> Response:
    """Bring in a version from an XLSForm workbook or YAML, as the body or as `file` of a form.

    It becomes a draft; in the place of a draft of the same version it needs `If-Match`.
    """
    content, media_type, name = await uploaded(request, importing.LARGEST)
    wanted = await importing.read_file(content, media_type, name)
    language = request.state.language
    if dry_run:
        return answer(request, await importing.preview_import(db, wanted, language, by=caller))
    expected = await if_given(request)
    out, edition = await importing.store_import(db, wanted, expected, language, unfinished=unfinished, by=caller)
    location = {"Location": f"/api/v1/survey/models/{out.model.version}"}
    return answer(request, out, version=edition, status=201, headers=location)


@router.get("/{version}.xlsx", response_class=Response, responses={200: XLSX, **documented(404)})
async def read_xlsform(request: Request, version: str, caller: Anyone, db: Db) -> Response:
    """The version as an XLSForm workbook: survey, choices and settings, and sheets to bring it back whole."""
    async with db.reading() as reading:
        row = await operations.model_to_see(reading, version, caller)
    caching = public_to(request, seconds=operations.SHOWN_FOR)
    return file_answer(request, xlsform(row), format="xlsx", name=f"model-{version}", caching=caching)


@router.get("/{version}.yaml", response_class=Response, responses={200: YAML, **documented(404)})
async def read_yaml(request: Request, version: str, caller: Anyone, db: Db) -> Response:
    """The version as YAML, to read, to compare and to bring back."""
    async with db.reading() as reading:
        row = await operations.model_to_see(reading, version, caller)
    caching = public_to(request, seconds=operations.SHOWN_FOR)
    headers = {"Content-Disposition": disposition(f"model-{version}.yaml")}
    return answer(request, yaml_of(row), caching=caching, media_type="application/yaml", headers=headers)


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
    request: Request,
    version: str,
    wanted: ModelIn,
    caller: Secretariat,
    expected: IfMatch,
    db: Db,
    unfinished: Unfinished = False,
) -> Response:
    """Replace a draft; a published version answers 409."""
    out, edition = await operations.replace_model(
        db, version, wanted, expected, request.state.language, unfinished=unfinished, by=caller
    )
    return answer(request, out, version=edition)


@router.delete("/{version}", status_code=204, responses=documented(401, 403, 404, 409, 412, 428))
async def remove_draft(request: Request, version: str, caller: Secretariat, expected: IfMatch, db: Db) -> Response:
    """Throw a draft away; a published version answers 409."""
    await operations.remove_draft(db, version, expected, by=caller)
    return nothing()


@router.post("/{version}/publish", response_model=ModelOut, responses=documented(401, 403, 404, 409, 412, 422))
async def publish_model(request: Request, version: str, caller: Secretariat, db: Db) -> Response:
    """Fix a version for ever, so that campaigns can use it, and the crosswalks to it. With `If-Match` only as read."""
    expected = await if_given(request)
    out, edition = await operations.publish_model(db, version, expected, request.state.language, by=caller)
    return answer(request, out, version=edition)


@router.get("/{version}/check", response_model=CheckOut, responses=documented(401, 403, 404))
async def check_model(request: Request, version: str, caller: Secretariat, db: Db) -> Response:
    """What still keeps a draft from being published, and every text that lacks a language."""
    return answer(request, await operations.check_model(db, version, by=caller))


@router.get("/{version}/differences", response_model=DifferencesOut, responses=documented(404, 422))
async def read_differences(
    request: Request,
    version: str,
    caller: Anyone,
    db: Db,
    since: Annotated[VersionName, Query(alias="from", description="The version to compare with.")],
) -> Response:
    """What a version has otherwise than another: added, removed, moved, re-weighted, re-worded, scale and bands."""
    out = await operations.read_differences(db, since, version, by=caller)
    return answer(request, out, caching=public_to(request, seconds=operations.SHOWN_FOR))


@router.get("/{version}/crosswalks", response_model=Page[CrosswalkListItem], responses=documented(404))
async def list_crosswalks(request: Request, version: str, caller: Anyone, db: Db) -> Response:
    """The crosswalks that lead to a version: from which versions, and how far they are."""
    items = await crosswalks.list_crosswalks(db, version, by=caller)
    return answer(request, Page[CrosswalkListItem](items=items, next=None), caching=public_to(request))


@router.get("/{version}/crosswalks/{before}", response_model=CrosswalkOut, responses=documented(404))
async def read_crosswalk(request: Request, version: str, before: str, caller: Anyone, db: Db) -> Response:
    """Which measures of an earlier version answer to which of this one, with their shares.

    Where none is stored yet, the secretariat gets what equal codes say (`stored` false), to begin with.
    """
    out, edition = await crosswalks.read_crosswalk(db, version, before, by=caller)
    return answer(request, out, version=edition, caching=public_to(request))


@router.put(
    "/{version}/crosswalks/{before}", response_model=CrosswalkOut,
    responses=documented(400, 401, 403, 404, 409, 412, 415, 422, 428),
)  # fmt: skip
async def replace_crosswalk(
    request: Request, version: str, before: str, wanted: CrosswalkIn, caller: Secretariat, expected: IfMatch, db: Db
) -> Response:
    """Store the links between two versions; once published they never change."""
    out, edition = await crosswalks.replace_crosswalk(db, version, before, wanted, expected, by=caller)
    return answer(request, out, version=edition)


@router.post(
    "/{version}/crosswalks/{before}/publish", response_model=CrosswalkOut, responses=documented(401, 403, 404, 409)
)  # fmt: skip
async def publish_crosswalk(request: Request, version: str, before: str, caller: Secretariat, db: Db) -> Response:
    """Fix a crosswalk between two versions that are published already."""
    out, edition = await crosswalks.publish_crosswalk(db, version, before, by=caller)
    return answer(request, out, version=edition)
