"""HTTP of files that come in parts. `HEAD` says how far one has come: `Upload-Offset`."""

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from services.workspace.documents import uploads
from services.workspace.documents.forms import ReceiverOf
from services.workspace.documents.schemas import CompleteIn, UploadIn, UploadOut
from shared.answers import answer, nothing
from shared.callers import Member
from shared.dependencies import Db
from shared.fields import Counted, Id
from shared.paging import Part
from shared.problems import Invalid, UnsupportedMediaType, documented
from shared.routing import house_router

router = house_router("/api/v1/workspace/uploads", tags=["workspace"])
PARTS = "application/offset+octet-stream"
BYTES = {"requestBody": {"required": True, "content": {PARTS: {"schema": {"type": "string", "format": "binary"}}}}}


@router.post(
    "", status_code=201, response_model=UploadOut,
    responses=documented(400, 401, 403, 404, 409, 413, 415, 422),
)  # fmt: skip
async def begin_upload(request: Request, wanted: UploadIn, caller: Member, db: Db) -> Response:
    """Begin to send a file in parts: of a new document of a committee, or of a new version of a document."""
    out = await uploads.begin_upload(db, request.app.state.settings.largest_document, wanted, by=caller)
    return answer(request, out, status=201, headers={"Location": uploads.address_of(out.id), **_offset(out)})


@router.get("", response_model=Counted[UploadOut], responses=documented(401, 422))
async def list_uploads(
    request: Request,
    caller: Member,
    db: Db,
    part: Part,
    document: Annotated[Id | None, Query(description="Only versions of this document.")] = None,
) -> Response:
    """One's own uploads that are not finished: what broke off, and versions that wait because another came first."""
    return answer(request, await uploads.list_uploads(db, document, part, by=caller))


@router.get("/{upload_id}", response_model=UploadOut, responses=documented(401, 404))
async def read_upload(request: Request, upload_id: Id, caller: Member, db: Db) -> Response:
    """How far one's own upload has come."""
    out = await uploads.read_upload(db, upload_id, by=caller)
    return answer(request, out, headers=_offset(out))


@router.patch(
    "/{upload_id}", response_model=UploadOut,
    responses=documented(400, 401, 403, 404, 409, 412, 413, 415, 422, 503), openapi_extra=BYTES,
)  # fmt: skip
async def send_part(request: Request, upload_id: Id, caller: Member, receiver: ReceiverOf) -> Response:
    """Send the bytes from `Upload-Offset` on, as `application/offset+octet-stream`. What came before a line broke is
    kept. With the last ones `finished` is the version that came of it."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in (PARTS, "application/octet-stream"):
        raise UnsupportedMediaType(f"Send {PARTS}.")
    told = request.headers.get("upload-offset", "")
    if not (told.isascii() and told.isdigit() and len(told) < 16):
        raise Invalid.at("/Upload-Offset", "must be how many bytes were sent before")
    out = await uploads.send_part(receiver, request, upload_id, int(told), by=caller)
    return answer(request, out, headers=_offset(out))


@router.post(
    "/{upload_id}/complete", response_model=UploadOut,
    responses=documented(400, 401, 403, 404, 409, 412, 415, 422, 503),
)  # fmt: skip
async def complete_upload(
    request: Request, upload_id: Id, caller: Member, receiver: ReceiverOf, wanted: CompleteIn | None = None
) -> Response:
    """Add a version that waits because another one came first; `base_version` is the one that it follows now."""
    base = wanted.base_version if wanted is not None else None
    out = await uploads.finish_upload(receiver, upload_id, base, by=caller)
    return answer(request, out, headers=_offset(out))


@router.delete("/{upload_id}", status_code=204, responses=documented(401, 404))
async def drop_upload(upload_id: Id, caller: Member, db: Db) -> Response:
    """Give an upload up."""
    await uploads.drop_upload(db, upload_id, by=caller)
    return nothing()


def _offset(out: UploadOut) -> dict[str, str]:
    return {"Upload-Offset": str(out.received), "Upload-Length": str(out.size)}
