"""HTTP of a document's versions: adding, listing, their bytes, what they say, what changed between two."""

from typing import Annotated

from fastapi import Query, Request
from sqlalchemy import select
from starlette.responses import Response

from services.workspace.access import may_work_in
from services.workspace.documents import operations, reading
from services.workspace.documents.access import (
    document_to_see,
    is_of_the_committee,
    version_to_see,
    visible_versions,
)
from services.workspace.documents.content import content_answer
from services.workspace.documents.forms import ReceiverOf, described, file_in, line_in, number_in
from services.workspace.documents.presenting import version_out
from services.workspace.documents.schemas import ComparisonOut, PreviewOut, VersionOut
from services.workspace.documents.uploads import address_of as address_of_upload
from services.workspace.documents.uploads import keep_aside
from services.workspace.tables import Document, DocumentVersion
from shared.answers import answer, public_to
from shared.callers import Anyone, Member
from shared.dependencies import Db, ObjectsOf
from shared.fields import Counted, Id
from shared.paging import Part, count_of
from shared.problems import Conflict, NotAllowed, StaleVersion, documented
from shared.routing import house_router
from shared.tags import expected

router = house_router("/api/v1/workspace/documents/{document_id}", tags=["workspace"])
Number = Annotated[int, Query(ge=1, le=2**31 - 1)]


@router.get("/versions", response_model=Counted[VersionOut], responses=documented(404, 422))
async def list_versions(request: Request, document_id: Id, caller: Anyone, db: Db, part: Part) -> Response:
    """All versions, the newest first; for the public those that were published."""
    async with db.reading() as session:
        document = await document_to_see(session, document_id, caller)
        statement = (
            select(DocumentVersion)
            .join(Document, Document.id == DocumentVersion.document_id)
            .where(Document.id == document_id, visible_versions(caller))
        )
        total = await count_of(session, statement)
        rows = (await session.scalars(part.apply(statement, [DocumentVersion.n], descending=True))).all()
    shown, following = part.cut(rows, lambda row: (row.n,))
    inside = is_of_the_committee(caller, document)
    items = [version_out(row, by_name=inside) for row in shown]
    return answer(request, Counted(items=items, next=following, total=total), caching=public_to(request))


@router.post(
    "/versions", status_code=201, response_model=VersionOut,
    responses=documented(400, 401, 403, 404, 409, 412, 413, 415, 422, 503),
    openapi_extra=described("note", "base_version"),
)  # fmt: skip
async def add_version(request: Request, document_id: Id, caller: Member, db: Db, receiver: ReceiverOf) -> Response:
    """Add a version: `file` and a `note`. `base_version` is the one that it was made from, or `If-Match` the document
    that was read: when another one was added since, 412 names an upload in which the file waits (`Location`)."""
    async with db.reading() as session:
        document = await document_to_see(session, document_id, caller)
    if not may_work_in(caller, document.committee):
        raise NotAllowed("Observers and others read; the chair and the members of the committee add versions.")
    seen = await expected(request) if "if-match" in request.headers else None
    sent = await file_in(request, receiver, "note", "base_version", "title", "folder")
    base, note = number_in(sent.fields, "base_version"), line_in(sent.fields, "note", longest=500)
    try:
        out, _ = await operations.add_version(
            db, document_id, sent.file, base=base, expected=seen, note=note, by=caller
        )
    except (StaleVersion, Conflict) as refused:
        if "Retry-After" not in refused.headers:
            waiting = await keep_aside(db, document_id, sent.file, base, note, by=caller)
            refused.headers["Location"] = address_of_upload(waiting)
        raise
    headers = {"Location": f"{operations.address_of(document_id)}/versions/{out.n}"}
    return answer(request, out, status=201, headers=headers)


@router.get("/versions/{n}", response_model=VersionOut, responses=documented(404))
async def read_version(request: Request, document_id: Id, n: int, caller: Anyone, db: Db) -> Response:
    """One version: what it is, not its bytes."""
    async with db.reading() as session:
        document, version = await version_to_see(session, document_id, n, caller)
    out = version_out(version, by_name=is_of_the_committee(caller, document))
    return answer(request, out, caching=public_to(request))


@router.get(
    "/versions/{n}/content", response_class=Response, response_model=None,
    responses={200: {"description": "The bytes."}, 206: {"description": "A part."}, **documented(404, 416, 503)},
)  # fmt: skip
async def read_content(
    request: Request, document_id: Id, n: int, caller: Anyone, db: Db, objects: ObjectsOf
) -> Response:  # fmt: skip
    """A version's bytes, whole or in part (`Range`). An attachment, unless it is safe to show."""
    async with db.reading() as session:
        _, version = await version_to_see(session, document_id, n, caller)
    return await content_answer(request, objects, version)


@router.get("/versions/{n}/preview", response_model=PreviewOut, responses=documented(404))
async def read_preview(request: Request, document_id: Id, n: int, caller: Anyone, db: Db) -> Response:
    """The beginning of the text that was read out of a version."""
    return answer(request, await reading.preview(db, document_id, n, by=caller), caching=public_to(request))


@router.get("/compare", response_model=ComparisonOut, responses=documented(404, 422, 503))
async def compare_versions(
    request: Request, document_id: Id, caller: Anyone, db: Db, before: Number, after: Number
) -> Response:
    """What changed in the text between two versions, line by line."""
    out = await reading.compare_versions(db, document_id, before, after, by=caller)
    return answer(request, out, caching=public_to(request))
