"""HTTP of the files of tasks."""

from fastapi import Request
from starlette.responses import Response

from services.workspace.documents.content import download_answer
from services.workspace.documents.forms import ReceiverOf, described, file_in
from services.workspace.tasks import attachments
from services.workspace.tasks.schemas import AttachmentOut, AttachmentsOut
from shared.answers import answer, nothing
from shared.callers import Member
from shared.dependencies import Db, ObjectsOf
from shared.fields import Id
from shared.problems import Invalid, UnsupportedMediaType, documented
from shared.routing import house_router

router = house_router("/api/v1/workspace/tasks/{task_id}/attachments", tags=["workspace"])


@router.get("", response_model=AttachmentsOut, responses=documented(401, 404))
async def list_attachments(request: Request, task_id: Id, caller: Member, db: Db) -> Response:
    """A task's files, for whoever sees the task."""
    items = await attachments.list_attachments(db, task_id, by=caller)
    return answer(request, AttachmentsOut(items=items, total=len(items), next=None))


@router.post(
    "", status_code=201, response_model=AttachmentOut,
    responses=documented(400, 401, 403, 404, 409, 413, 415, 422, 503), openapi_extra=described(),
)  # fmt: skip
async def add_attachment(request: Request, task_id: Id, caller: Member, db: Db, receiver: ReceiverOf) -> Response:
    """Keep a `file` with the task. Its kind is told by its bytes; programs and files with macros are refused."""
    await attachments.must_add_to(db, task_id, by=caller)
    try:
        sent = await file_in(request, receiver)
    except UnsupportedMediaType as refused:
        if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
            raise Invalid.at("/file", refused.detail or "is of no kind that is accepted", "kind") from None
        raise
    out = await attachments.add_attachment(db, task_id, sent.file, by=caller)
    return answer(request, out, status=201, headers={"Location": out.content})


@router.get(
    "/{attachment_id}/content", response_class=Response, response_model=None,
    responses={200: {"description": "The bytes."}, 206: {"description": "A part."}, **documented(401, 404, 416, 503)},
)  # fmt: skip
async def read_content(
    request: Request, task_id: Id, attachment_id: Id, caller: Member, db: Db, objects: ObjectsOf
) -> Response:
    """The file, to be stored by whoever asks (`Range` for a part); never shown as a part of this site."""
    async with db.reading() as reading:
        row = await attachments.attachment_to_read(reading, task_id, attachment_id, caller)
    return await download_answer(request, objects, row)


@router.delete("/{attachment_id}", status_code=204, responses=documented(401, 403, 404))
async def remove_attachment(task_id: Id, attachment_id: Id, caller: Member, db: Db) -> Response:
    """Take a file away: who added it, or the chair."""
    await attachments.remove_attachment(db, task_id, attachment_id, by=caller)
    return nothing()
