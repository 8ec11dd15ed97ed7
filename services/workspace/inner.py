"""What the gateway and the operator's commands ask of the workspace."""

from fastapi import Request
from sqlalchemy import delete, select
from starlette.responses import Response

from services.workspace.access import visible_committees
from services.workspace.documents.text_jobs import let_go_of_files, mend_documents
from services.workspace.tables import (
    Attachment,
    Attendance,
    CalendarToken,
    Comment,
    Committee,
    Decision,
    Discussion,
    DiscussionRead,
    Document,
    DocumentVersion,
    Election,
    Event,
    Minutes,
    Nomination,
    Notification,
    Poll,
    PollAnswer,
    Post,
    PostRevision,
    Task,
    TaskChange,
    Upload,
    Webhook,
)
from shared.answers import nothing
from shared.callers import Service
from shared.dependencies import Db
from shared.problems import NotFound, documented
from shared.routing import house_router

router = house_router()


@router.get(
    "/internal/scopes/{name}", status_code=204, responses=documented(401, 403, 404), include_in_schema=False
)  # fmt: skip
async def is_committee(request: Request, name: str, caller: Service, db: Db) -> Response:
    """204 when a committee has this slug, else 404."""
    async with db.reading() as reading:
        found = await reading.scalar(select(Committee.slug).where(Committee.slug == name, visible_committees(caller)))
    if found is None:
        raise NotFound("This committee")
    return nothing()


@router.delete("/internal/demo", status_code=204, responses=documented(401, 403), include_in_schema=False)
async def remove_demonstration(caller: Service, db: Db) -> Response:
    """Take away every row that a demonstration caller made, and what hangs on it."""
    async with db.transaction(by=caller, to="remove demonstration data") as tx:
        await let_go_of_files(tx)
        for table in (
            Notification, PostRevision, Post, DiscussionRead, Discussion, Upload, DocumentVersion, Document, Comment,
            Attachment, TaskChange, Task, PollAnswer, Poll, Decision, Minutes, Attendance, CalendarToken, Event,
            Nomination, Election, Webhook,
        ):  # fmt: skip
            await tx.execute(delete(table).where(table.demo))
        await mend_documents(tx)
    return nothing()
