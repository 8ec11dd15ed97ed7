"""The review's comments: asked by the secretariat, answered by the community, settled."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.access import AssessmentToChange, assessment_to_change, assessment_to_review, campaign_to_see
from services.survey.assessments.operations import record
from services.survey.models.operations import instrument_of
from services.survey.schemas.campaigns import ReturnIn
from services.survey.schemas.reviewing import (
    ReviewCommentIn,
    ReviewCommentOut,
    ReviewCommentPatch,
    ReviewReplyIn,
    ReviewReplyOut,
)
from services.survey.tables import ReviewComment, ReviewReply
from services.survey.words import AssessmentKey
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.problems import Conflict, Invalid, NotAllowed, NotFound
from shared.tags import Expected


async def comments_in(db: AsyncSession, key: AssessmentKey, *, drafts: bool) -> list[ReviewCommentOut]:
    """The review's comments, oldest first; those that were not sent yet only with `drafts`."""
    rows = (
        await db.scalars(
            select(ReviewComment)
            .where(
                ReviewComment.year == key.year, ReviewComment.community_code == key.community,
                or_(ReviewComment.sent_at.is_not(None), literal(drafts)),
            )
            .order_by(ReviewComment.created_at, ReviewComment.id)
        )
    ).all()  # fmt: skip
    replies: dict[UUID, list[ReviewReply]] = {}
    for reply in await db.scalars(
        select(ReviewReply)
        .where(ReviewReply.comment_id.in_([row.id for row in rows]))
        .order_by(ReviewReply.created_at, ReviewReply.id)
    ):
        replies.setdefault(reply.comment_id, []).append(reply)
    return [comment_out(row, replies.get(row.id, [])) for row in rows]


def comment_out(row: ReviewComment, replies: Sequence[ReviewReply]) -> ReviewCommentOut:
    return ReviewCommentOut(
        id=row.id, measure=row.measure, text=row.text, author_name=row.author_name, state=_state(row, replies),
        created_at=row.created_at, sent_at=row.sent_at, settled_at=row.settled_at,
        settled_by_name=row.settled_by_name,
        replies=[
            ReviewReplyOut(
                id=reply.id, text=reply.text, author_name=reply.author_name, from_secretariat=reply.from_secretariat,
                created_at=reply.created_at,
            )
            for reply in replies
        ],
        version=row.version, demo=row.demo,
    )  # fmt: skip


def _state(row: ReviewComment, replies: Sequence[ReviewReply]) -> Literal["draft", "open", "answered", "settled"]:
    """Answered means that the last word is the community's."""
    if row.settled_at is not None:
        return "settled"
    if row.sent_at is None:
        return "draft"
    return "answered" if replies and not replies[-1].from_secretariat else "open"


async def list_comments(db: Database, key: AssessmentKey, *, by: Caller) -> list[ReviewCommentOut]:
    """For the coordinator and the secretariat, which also sees its drafts. Raises NotFound, NotAllowed."""
    async with db.reading(snapshot=True) as reading:
        await assessment_to_review(reading, key, by)
        return await comments_in(reading, key, drafts=by.is_secretariat)


async def add_comment(
    db: Database, key: AssessmentKey, wanted: ReviewCommentIn, *, by: Caller
) -> tuple[ReviewCommentOut, int]:
    """Write a comment of the review, to be sent when the assessment is returned.

    Raises NotFound, NotAllowed, Invalid, and Conflict before there is anything to review.
    """
    async with db.transaction(by=by, to="comment on an assessment", about=key) as tx:
        assessment = await assessment_to_change(tx, key, by)
        if not by.is_secretariat:
            raise NotAllowed("Only the secretariat reviews assessments; the community replies to its comments.")
        campaign = await campaign_to_see(tx, key.year, by)
        if assessment.state not in ("submitted", "accepted", "published"):
            raise Conflict(f"The assessment is {assessment.state}; comments are for what was submitted.")
        instrument = await instrument_of(tx, campaign.model_version)
        if wanted.measure is not None and wanted.measure not in instrument.measures:
            raise Invalid.at("/measure", "is no measure of this model", "unknown")
        row = _new(assessment, wanted.measure, wanted.text, datetime.now(UTC), sent=False, by=by)
        tx.add(row)
        await tx.flush()
        out = comment_out(row, [])
        idempotency.will_answer(out, version=row.version)
    return out, row.version


def _new(
    assessment: AssessmentToChange, measure: str | None, text: str, now: datetime, *, sent: bool, by: Caller
) -> ReviewComment:  # fmt: skip
    return ReviewComment(
        year=assessment.year, community_code=assessment.community_code, measure=measure, text=text, author_id=by.id,
        author_name=by.name or by.username or by.kind, created_at=now, sent_at=now if sent else None,
        settled_at=None, settled_by_name=None, version=1, demo=by.demo or assessment.demo,
    )  # fmt: skip


async def reply_to_comment(
    db: Database, key: AssessmentKey, comment_id: UUID, wanted: ReviewReplyIn, *, by: Caller
) -> tuple[ReviewCommentOut, int]:
    """Answer a comment, whatever the campaign's state. Raises NotFound, NotAllowed, Conflict when it is settled."""
    async with db.transaction(by=by, to="reply to a comment of the review", about=key) as tx:
        assessment = await assessment_to_change(tx, key, by)
        row = await _comment(tx, key, comment_id, by)
        if row.settled_at is not None:
            raise Conflict("The comment is settled.")
        if row.sent_at is None:
            raise Conflict("The comment was not sent yet.")
        tx.add(
            ReviewReply(
                comment_id=row.id, text=wanted.text, author_id=by.id, author_name=by.name or by.username or by.kind,
                from_secretariat=by.is_secretariat and not by.coordinates(key.community),
                created_at=datetime.now(UTC), demo=by.demo or assessment.demo,
            )
        )  # fmt: skip
        row.version += 1
        record(tx, assessment, "replied", by, measure=row.measure)
        await tx.flush()
        out = comment_out(row, await _replies(tx, row.id))
        idempotency.will_answer(out, version=row.version)
    return out, row.version


async def change_comment(
    db: Database, key: AssessmentKey, comment_id: UUID, wanted: ReviewCommentPatch, expected: Expected, *, by: Caller
) -> tuple[ReviewCommentOut, int]:
    """Settle a comment or open it again; put a draft in other words. For the secretariat.

    Raises NotFound, NotAllowed, StaleVersion, Invalid, and Conflict for other words once it was sent.
    """
    changes = wanted.changes
    for name in changes:
        if changes[name] is None:
            raise Invalid.at(f"/{name}", "cannot be cleared", "required")
    async with db.transaction(by=by, to="change a comment of the review", about=key) as tx:
        assessment = await assessment_to_change(tx, key, by)
        row = await _comment(tx, key, comment_id, by)
        if not by.is_secretariat:
            raise NotAllowed("The secretariat settles its comments; reply to say what was done.")
        expected.must_match(row.version)
        changed = False
        if wanted.text is not None and wanted.text != row.text:
            if row.sent_at is not None:
                raise Conflict("The community has read it; reply, or write another comment.")
            row.text, changed = wanted.text, True
        if wanted.settled is not None and wanted.settled != (row.settled_at is not None):
            row.settled_at = datetime.now(UTC) if wanted.settled else None
            row.settled_by_name = (by.name or by.username or by.kind) if wanted.settled else None
            record(tx, assessment, "settled" if wanted.settled else "reopened", by, measure=row.measure)
            changed = True
        if changed:
            row.version += 1
        await tx.flush()
        out = comment_out(row, await _replies(tx, row.id))
    return out, row.version


async def remove_draft(
    db: Database, key: AssessmentKey, comment_id: UUID, expected: Expected, *, by: Caller
) -> None:  # fmt: skip
    """Take a comment back that was not sent. Raises NotFound, NotAllowed, StaleVersion, Conflict."""
    async with db.transaction(by=by, to="take a comment of the review back", about=key) as tx:
        await assessment_to_change(tx, key, by)
        row = await _comment(tx, key, comment_id, by)
        if not by.is_secretariat:
            raise NotAllowed("Only the secretariat takes its comments back.")
        expected.must_match(row.version)
        if row.sent_at is not None:
            raise Conflict("The community has read it; settle it instead.")
        await tx.delete(row)


async def _comment(tx: WriteSession, key: AssessmentKey, comment_id: UUID, caller: Caller) -> ReviewComment:
    found: ReviewComment | None = await tx.scalar(
        select(ReviewComment)
        .where(
            ReviewComment.id == comment_id, ReviewComment.year == key.year,
            ReviewComment.community_code == key.community,
            or_(ReviewComment.sent_at.is_not(None), literal(caller.is_secretariat)),
        )
        .with_for_update(key_share=True)
    )  # fmt: skip
    if found is None:
        raise NotFound("This comment")
    return found


async def _replies(tx: WriteSession, comment_id: UUID) -> Sequence[ReviewReply]:
    rows = await tx.scalars(
        select(ReviewReply).where(ReviewReply.comment_id == comment_id).order_by(ReviewReply.created_at, ReviewReply.id)
    )
    return rows.all()


async def send_comments(
    tx: WriteSession, assessment: AssessmentToChange, wanted: ReturnIn, now: datetime, *, by: Caller
) -> list[dict[str, Any]]:
    """Send what was written beforehand and what came with the return; all of it as `{measure, text}`.

    Raises Invalid when there is nothing to say.
    """
    drafts = (
        await tx.scalars(
            select(ReviewComment)
            .where(
                ReviewComment.year == assessment.year, ReviewComment.community_code == assessment.community_code,
                ReviewComment.sent_at.is_(None), ReviewComment.settled_at.is_(None),
            )
            .order_by(ReviewComment.created_at, ReviewComment.id)
            .with_for_update(key_share=True)
        )
    ).all()  # fmt: skip
    if not drafts and not wanted.comments:
        raise Invalid.at("/comments", "must say at least once what is to be corrected", "missing")
    for row in drafts:
        row.sent_at = now
        row.version += 1
    tx.add_all(_new(assessment, one.measure, one.text, now, sent=True, by=by) for one in wanted.comments)
    written = [{"measure": row.measure, "text": row.text} for row in drafts]
    return written + [comment.model_dump() for comment in wanted.comments]


async def settle_all(tx: WriteSession, assessment: AssessmentToChange, now: datetime, *, by: Caller) -> None:
    """Accepting an assessment settles what was asked and not settled; a draft that was never sent stays one."""
    here = (ReviewComment.year == assessment.year) & (ReviewComment.community_code == assessment.community_code)
    await tx.execute(
        update(ReviewComment)
        .where(here, ReviewComment.sent_at.is_not(None), ReviewComment.settled_at.is_(None))
        .values(
            settled_at=now, settled_by_name=by.name or by.username or by.kind, version=ReviewComment.version + 1
        )
    )  # fmt: skip
