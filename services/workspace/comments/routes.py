"""HTTP of comments."""

from fastapi import Request
from starlette.responses import Response

from services.workspace.comments import operations
from services.workspace.people import PeopleOf
from services.workspace.schemas import CommentIn, CommentOut, CommentPatch
from shared.answers import answer, nothing
from shared.callers import Member
from shared.dependencies import Db
from shared.fields import Counted, Id
from shared.paging import Part
from shared.problems import documented
from shared.routing import house_router
from shared.tags import IfMatch

router = house_router("/api/v1/workspace/tasks/{task_id}/comments", tags=["workspace"])


@router.get("", response_model=Counted[CommentOut], responses=documented(401, 404, 422))
async def list_comments(request: Request, task_id: Id, caller: Member, db: Db, part: Part) -> Response:
    """What was said about a task, oldest first."""
    return answer(request, await operations.comments_of(db, task_id, part, by=caller))


@router.post(
    "", status_code=201, response_model=CommentOut, responses=documented(400, 401, 403, 404, 409, 415, 422, 503)
)
async def add_comment(
    request: Request, task_id: Id, wanted: CommentIn, caller: Member, db: Db, people: PeopleOf
) -> Response:
    """Comment on a task, in Markdown. `@username` of somebody of the committee tells them."""
    out, version = await operations.add_comment(db, people, task_id, wanted, request.state.language, by=caller)
    return answer(request, out, version=version, status=201, headers={"Location": operations.address_of(out)})


@router.get("/{comment_id}", response_model=CommentOut, responses=documented(401, 404))
async def read_comment(request: Request, task_id: Id, comment_id: Id, caller: Member, db: Db) -> Response:
    """One comment."""
    out, version = await operations.read_comment(db, task_id, comment_id, by=caller)
    return answer(request, out, version=version)


@router.patch(
    "/{comment_id}", response_model=CommentOut, responses=documented(400, 401, 403, 404, 412, 415, 422, 428, 503)
)
async def change_comment(
    request: Request,
    task_id: Id,
    comment_id: Id,
    wanted: CommentPatch,
    caller: Member,
    version: IfMatch,
    db: Db,
    people: PeopleOf,
) -> Response:
    """Change what one said; only its author can."""
    out, now = await operations.change_comment(db, people, task_id, comment_id, wanted, version, by=caller)
    return answer(request, out, version=now)


@router.delete("/{comment_id}", status_code=204, responses=documented(401, 403, 404, 412, 428))
async def remove_comment(task_id: Id, comment_id: Id, caller: Member, version: IfMatch, db: Db) -> Response:
    """Remove a comment: its author, or the chair."""
    await operations.remove_comment(db, task_id, comment_id, version, by=caller)
    return nothing()
