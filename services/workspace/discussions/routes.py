"""HTTP of discussions."""

from fastapi import Request
from starlette.responses import Response

from services.workspace.discussions import operations
from services.workspace.discussions.operations import address_of
from services.workspace.discussions.schemas import (
    DiscussionIn,
    DiscussionOut,
    DiscussionPatch,
    PostIn,
    PostOut,
    PostPatch,
    ReadUntilIn,
    RevisionOut,
)
from services.workspace.people import PeopleOf
from shared.answers import answer, nothing
from shared.callers import Member
from shared.dependencies import Db
from shared.fields import Counted, Id
from shared.paging import Part
from shared.problems import documented
from shared.routing import house_router
from shared.tags import IfMatch

router = house_router("/api/v1/workspace", tags=["workspace"])
CREATING = documented(400, 401, 403, 404, 409, 415, 422, 503)


@router.get(
    "/committees/{slug}/discussions", response_model=Counted[DiscussionOut], responses=documented(401, 403, 404, 422)
)
async def list_discussions(request: Request, slug: str, caller: Member, db: Db, part: Part) -> Response:
    """What a committee talks about, the last one that was spoken in first."""
    return answer(request, await operations.list_discussions(db, slug, None, part, by=caller))


@router.post(
    "/committees/{slug}/discussions", status_code=201, response_model=DiscussionOut, responses=CREATING
)  # fmt: skip
async def begin_discussion(
    request: Request, slug: str, wanted: DiscussionIn, caller: Member, db: Db, people: PeopleOf
) -> Response:
    """Begin a discussion with its first post."""
    out, version = await operations.begin_discussion(db, people, slug, None, wanted, by=caller)
    return answer(request, out, version=version, status=201, headers={"Location": address_of(out.id)})


@router.get(
    "/documents/{document_id}/discussions", response_model=Counted[DiscussionOut],
    responses=documented(401, 403, 404, 422),
)  # fmt: skip
async def list_discussions_of_document(
    request: Request, document_id: Id, caller: Member, db: Db, part: Part
) -> Response:  # fmt: skip
    """What the committee's people say about one of its documents."""
    return answer(request, await operations.list_discussions(db, "", document_id, part, by=caller))


@router.post(
    "/documents/{document_id}/discussions", status_code=201, response_model=DiscussionOut, responses=CREATING
)  # fmt: skip
async def begin_discussion_of_document(
    request: Request, document_id: Id, wanted: DiscussionIn, caller: Member, db: Db, people: PeopleOf
) -> Response:
    """Begin a discussion about a document."""
    out, version = await operations.begin_discussion(db, people, None, document_id, wanted, by=caller)
    return answer(request, out, version=version, status=201, headers={"Location": address_of(out.id)})


@router.get("/discussions/{discussion_id}", response_model=DiscussionOut, responses=documented(401, 404))
async def read_discussion(request: Request, discussion_id: Id, caller: Member, db: Db) -> Response:
    """One discussion, without its posts."""
    out, version = await operations.read_discussion(db, discussion_id, by=caller)
    return answer(request, out, version=version)


@router.patch(
    "/discussions/{discussion_id}", response_model=DiscussionOut,
    responses=documented(400, 401, 403, 404, 412, 415, 422, 428),
)  # fmt: skip
async def change_discussion(
    request: Request, discussion_id: Id, wanted: DiscussionPatch, caller: Member, version: IfMatch, db: Db
) -> Response:
    """Give it another title, close it, or open it again: whoever began it, and the chair."""
    out, now = await operations.change_discussion(db, discussion_id, wanted, version, by=caller)
    return answer(request, out, version=now)


@router.delete("/discussions/{discussion_id}", status_code=204, responses=documented(401, 403, 404, 412, 428))
async def remove_discussion(discussion_id: Id, caller: Member, version: IfMatch, db: Db) -> Response:
    """Remove a discussion and all that was said in it: the chair."""
    await operations.remove_discussion(db, discussion_id, version, by=caller)
    return nothing()


@router.post(
    "/discussions/{discussion_id}/read", response_model=DiscussionOut,
    responses=documented(400, 401, 403, 404, 415, 422),
)  # fmt: skip
async def mark_discussion_read(
    request: Request, discussion_id: Id, caller: Member, db: Db, wanted: ReadUntilIn | None = None
) -> Response:
    """All of it has been read; with `post`, until that one."""
    post = wanted.post if wanted is not None else None
    return answer(request, await operations.mark_read(db, discussion_id, post, by=caller))


@router.get(
    "/discussions/{discussion_id}/posts", response_model=Counted[PostOut], responses=documented(401, 404, 422)
)  # fmt: skip
async def list_posts(request: Request, discussion_id: Id, caller: Member, db: Db, part: Part) -> Response:
    """What was said, oldest first."""
    return answer(request, await operations.list_posts(db, discussion_id, part, by=caller))


@router.post(
    "/discussions/{discussion_id}/posts", status_code=201, response_model=PostOut, responses=CREATING
)  # fmt: skip
async def speak(
    request: Request, discussion_id: Id, wanted: PostIn, caller: Member, db: Db, people: PeopleOf
) -> Response:
    """Say something, in Markdown; `quotes` is the post that it answers, `@username` of the committee tells somebody."""
    out, version = await operations.say(db, people, discussion_id, wanted, by=caller)
    location = {"Location": f"{address_of(discussion_id)}/posts/{out.id}"}
    return answer(request, out, version=version, status=201, headers=location)


@router.get("/discussions/{discussion_id}/posts/{post_id}", response_model=PostOut, responses=documented(401, 404))
async def read_post(request: Request, discussion_id: Id, post_id: Id, caller: Member, db: Db) -> Response:
    """One post."""
    out, version = await operations.read_post(db, discussion_id, post_id, by=caller)
    return answer(request, out, version=version)


@router.patch(
    "/discussions/{discussion_id}/posts/{post_id}", response_model=PostOut,
    responses=documented(400, 401, 403, 404, 409, 412, 415, 422, 428, 503),
)  # fmt: skip
async def change_post(
    request: Request, discussion_id: Id, post_id: Id, wanted: PostPatch, caller: Member, version: IfMatch, db: Db,
    people: PeopleOf,
) -> Response:  # fmt: skip
    """Change what one said; the earlier wording stays readable."""
    out, now = await operations.change_post(db, people, discussion_id, post_id, wanted, version, by=caller)
    return answer(request, out, version=now)


@router.delete(
    "/discussions/{discussion_id}/posts/{post_id}", status_code=204, responses=documented(401, 403, 404, 412, 428)
)
async def remove_post(discussion_id: Id, post_id: Id, caller: Member, version: IfMatch, db: Db) -> Response:
    """Take back what was said: its author, or the chair. Its place stays, empty."""
    await operations.remove_post(db, discussion_id, post_id, version, by=caller)
    return nothing()


@router.get(
    "/discussions/{discussion_id}/posts/{post_id}/revisions", response_model=Counted[RevisionOut],
    responses=documented(401, 404),
)  # fmt: skip
async def list_revisions(request: Request, discussion_id: Id, post_id: Id, caller: Member, db: Db) -> Response:
    """Earlier wordings of a post, the first one first."""
    return answer(request, await operations.revisions_of(db, discussion_id, post_id, by=caller))
