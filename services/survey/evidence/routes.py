"""HTTP of evidence."""

from typing import Any
from uuid import UUID

from fastapi import Request
from starlette.responses import Response, StreamingResponse

from services.survey.addressing import Key
from services.survey.evidence import operations
from services.survey.evidence.receiving import file_in
from services.survey.schemas.evidence import EvidenceLinkIn, EvidenceListOut, EvidenceOut
from shared.answers import answer, nothing
from shared.callers import Member
from shared.dependencies import Db, ObjectsOf
from shared.formats import disposition
from shared.problems import NotFound, Unavailable, documented
from shared.routing import house_router

router = house_router("/api/v1/survey", tags=["survey"])
POLICY = "sandbox; default-src 'none'"
FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "string", "format": "binary"}, "title": {"type": "string"}},
}
BODY = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": FORM}}}}


@router.get(
    "/campaigns/{year}/assessments/{community}/evidence", response_model=EvidenceListOut,
    responses=documented(401, 403, 404),
)  # fmt: skip
async def list_evidence(request: Request, key: Key, caller: Member, db: Db) -> Response:
    """What the community gave as evidence, this year and before, for its people and the secretariat."""
    return answer(request, EvidenceListOut(items=await operations.list_evidence(db, key, by=caller)))


@router.post(
    "/campaigns/{year}/assessments/{community}/evidence", status_code=201, response_model=EvidenceOut,
    responses=documented(400, 401, 403, 404, 409, 413, 415, 422, 503), openapi_extra=BODY,
)  # fmt: skip
async def add_file(request: Request, key: Key, caller: Member, db: Db, objects: ObjectsOf) -> Response:
    """A file of at most 20 MiB: PDF, picture, text or Office document. Answers name it by its id."""
    return _added(request, await operations.add_evidence(db, key, await file_in(request, db, objects), by=caller))


@router.post(
    "/campaigns/{year}/assessments/{community}/evidence/links", status_code=201, response_model=EvidenceOut,
    responses=documented(400, 401, 403, 404, 409, 415, 422),
)  # fmt: skip
async def add_link(request: Request, key: Key, wanted: EvidenceLinkIn, caller: Member, db: Db) -> Response:
    """A link to a document that lies elsewhere. Answers name it by its id."""
    return _added(request, await operations.add_evidence(db, key, wanted, by=caller))


def _added(request: Request, out: EvidenceOut) -> Response:
    return answer(request, out, status=201, headers={"Location": f"/api/v1/survey/evidence/{out.id}"})


@router.get("/evidence/{evidence}", response_model=EvidenceOut, responses=documented(401, 404, 422))
async def read_evidence(request: Request, evidence: UUID, caller: Member, db: Db) -> Response:
    """What it is, who gave it when."""
    out, _ = await operations.read_evidence(db, evidence, by=caller)
    return answer(request, out)


@router.get(
    "/evidence/{evidence}/content", response_model=None,
    responses={200: {"content": {"application/octet-stream": {}}}, **documented(401, 404, 422, 503)},
)  # fmt: skip
async def read_content(request: Request, evidence: UUID, caller: Member, db: Db, objects: ObjectsOf) -> Response:
    """The file, to be stored by whoever asks; never shown as a part of this site."""
    _, row = await operations.read_evidence(db, evidence, by=caller)
    if row.sha256 is None:
        raise NotFound("A file of this evidence")
    parts = objects.read(row.sha256)
    try:
        first = await anext(parts, b"")
    except FileNotFoundError:
        raise Unavailable("The file cannot be found in the store; an operator must restore it.") from None

    async def whole() -> Any:
        yield first
        async for part in parts:
            yield part

    headers = {
        "Content-Length": str(row.size), "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": POLICY, "Content-Disposition": disposition(row.file_name or "evidence"),
    }  # fmt: skip
    return StreamingResponse(whole(), headers=headers, media_type=row.media_type)


@router.delete("/evidence/{evidence}", status_code=204, responses=documented(401, 403, 404, 409, 422))
async def remove_evidence(request: Request, evidence: UUID, caller: Member, db: Db) -> Response:
    """Take back what no answer named."""
    await operations.remove_evidence(db, evidence, by=caller)
    return nothing()
