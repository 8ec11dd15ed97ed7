"""HTTP of the review's own page, its comments, agreements as the community reads them, and minority notes."""

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from services.survey.addressing import Key, Zone
from services.survey.assessments.operations import tagged
from services.survey.review import agreements, comments, earlier
from services.survey.review.comparison import read_review as review_of
from services.survey.schemas.reviewing import (
    AgreedMeasures,
    EarlierOut,
    MinorityNoteIn,
    NotedOut,
    ReviewCommentIn,
    ReviewCommentOut,
    ReviewCommentPatch,
    ReviewCommentsOut,
    ReviewOut,
    ReviewReplyIn,
)
from shared.answers import answer, nothing
from shared.callers import Member
from shared.dependencies import Db
from shared.fields import Id
from shared.formats import csv_bytes, file_answer, format_of, xlsx_bytes
from shared.problems import documented
from shared.routing import house_router
from shared.tags import IfMatch

router = house_router("/api/v1/survey/campaigns/{year}/assessments/{community}", tags=["survey"])
COLUMNS = (
    "measure", "level", "flag", "note", "agreed_at", "votes", "present", "minority_group", "minority_note",
    "minority_about_level", "minority_about_flag", "minority_noted_at",
)  # fmt: skip


@router.get("/review", response_model=ReviewOut, responses=documented(401, 403, 404))
async def read_review(request: Request, key: Key, caller: Member, db: Db) -> Response:
    """The assessment as the secretariat reviews it, and its coordinator sees that: each measure beside last year's,
    with what is worth a question."""
    return answer(request, await review_of(db, key, by=caller))


@router.get("/earlier", response_model=EarlierOut, responses=documented(401, 404))
async def read_earlier(request: Request, key: Key, caller: Member, db: Db) -> Response:
    """The year before beside this one: the community's result and the caller's own answers, for its people and the
    secretariat."""
    return answer(request, await earlier.read_earlier(db, key, by=caller))


@router.get("/agreed", response_model=AgreedMeasures, responses=documented(401, 404, 422))
async def read_agreements(
    request: Request,
    key: Key,
    caller: Member,
    db: Db,
    format: Annotated[str | None, Query(description="json, csv or xlsx.")] = None,  # noqa: A002
) -> Response:
    """What was agreed and the notes of groups that disagree, for the community's people and the secretariat.

    In a file each minority note has a row, and a measure without any has one.
    """
    wanted = format_of(request, "json", "csv", "xlsx")
    out = await agreements.read_agreements(db, key, by=caller)
    if wanted == "json":
        return answer(request, out)
    rows: list[list[object]] = []
    for one in out.items:
        own = [one.measure, one.level, one.flag, one.note, one.agreed_at, one.votes, one.present]
        for note in one.minority_notes:
            rows.append(
                [*own, note.stakeholder_group, note.note, note.about_level, note.about_flag, note.noted_at]
            )  # fmt: skip
        if not one.minority_notes:
            rows.append([*own, None, None, None, None, None])
    content = csv_bytes(COLUMNS, rows) if wanted == "csv" else xlsx_bytes({key.community: (COLUMNS, rows)})
    return file_answer(request, content, format=wanted, name=f"agreed-{key.year}-{key.community}")


@router.put(
    "/agreed/{measure}/minority/{stakeholder_group}", response_model=NotedOut,
    responses=documented(400, 401, 403, 404, 409, 412, 415, 422, 428),
)  # fmt: skip
async def note_disagreement(
    request: Request, key: Key, measure: str, stakeholder_group: str, wanted: MinorityNoteIn, caller: Member,
    expected: IfMatch, db: Db, zone: Zone,
) -> Response:  # fmt: skip
    """Record why a group disagrees with what was agreed, with the assessment's ETag. For the group's respondents, the
    coordinator and the secretariat."""
    out = await agreements.note_disagreement(
        db, key, measure, stakeholder_group, wanted.note, expected, zone, request.state.language, by=caller
    )
    return tagged(request, out)


@router.delete(
    "/agreed/{measure}/minority/{stakeholder_group}", response_model=NotedOut,
    responses=documented(401, 403, 404, 409, 412, 428),
)  # fmt: skip
async def withdraw_disagreement(
    request: Request, key: Key, measure: str, stakeholder_group: str, caller: Member, expected: IfMatch, db: Db,
    zone: Zone,
) -> Response:  # fmt: skip
    """Take a group's note back, with the assessment's ETag."""
    out = await agreements.note_disagreement(
        db, key, measure, stakeholder_group, None, expected, zone, request.state.language, by=caller
    )
    return tagged(request, out)


@router.get("/comments", response_model=ReviewCommentsOut, responses=documented(401, 403, 404))
async def list_comments(request: Request, key: Key, caller: Member, db: Db) -> Response:
    """The review's comments with their replies, oldest first; the secretariat also sees what it has not sent."""
    return answer(request, ReviewCommentsOut(items=await comments.list_comments(db, key, by=caller), next=None))


@router.post(
    "/comments", status_code=201, response_model=ReviewCommentOut,
    responses=documented(400, 401, 403, 404, 409, 415, 422),
)  # fmt: skip
async def add_comment(request: Request, key: Key, wanted: ReviewCommentIn, caller: Member, db: Db) -> Response:
    """Write a comment on a measure, or on the whole; it is sent when the assessment is returned."""
    out, version = await comments.add_comment(db, key, wanted, by=caller)
    return answer(request, out, version=version, status=201)


@router.post(
    "/comments/{comment_id}/replies", status_code=201, response_model=ReviewCommentOut,
    responses=documented(400, 401, 403, 404, 409, 415, 422),
)  # fmt: skip
async def reply_to_comment(
    request: Request, key: Key, comment_id: Id, wanted: ReviewReplyIn, caller: Member, db: Db
) -> Response:
    """Answer a comment: what was corrected, or why not. The whole comment comes back."""
    out, version = await comments.reply_to_comment(db, key, comment_id, wanted, by=caller)
    return answer(request, out, version=version, status=201)


@router.patch(
    "/comments/{comment_id}", response_model=ReviewCommentOut,
    responses=documented(400, 401, 403, 404, 409, 412, 415, 422, 428),
)  # fmt: skip
async def change_comment(
    request: Request, key: Key, comment_id: Id, wanted: ReviewCommentPatch, caller: Member, expected: IfMatch, db: Db
) -> Response:
    """Settle a comment, or open it again; before it was sent also put it in other words."""
    out, version = await comments.change_comment(db, key, comment_id, wanted, expected, by=caller)
    return answer(request, out, version=version)


@router.delete("/comments/{comment_id}", status_code=204, responses=documented(401, 403, 404, 409, 412, 428))
async def remove_draft(key: Key, comment_id: Id, caller: Member, expected: IfMatch, db: Db) -> Response:
    """Take a comment back that was not sent."""
    await comments.remove_draft(db, key, comment_id, expected, by=caller)
    return nothing()
