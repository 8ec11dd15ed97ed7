"""Who may see and take part in discussions: the committee's people; the secretariat."""

from typing import NewType
from uuid import UUID

from sqlalchemy import ColumnElement, exists, false, select, true

from services.workspace.access import actor_of, may_lead, may_work_in
from services.workspace.tables import Discussion, Document, Post
from shared.callers import Caller
from shared.database import ReadSession, WriteSession
from shared.problems import Conflict, NotAllowed, NotFound

DiscussionToSpeakIn = NewType("DiscussionToSpeakIn", Discussion)
PostToEdit = NewType("PostToEdit", Post)
PostToRemove = NewType("PostToRemove", Post)


def visible_discussions(caller: Caller) -> ColumnElement[bool]:
    """Discussions that this caller may know of; those of a removed document are in the bin with it."""
    theirs = Discussion.committee.in_(sorted(caller.committees)) if caller.committees else false()
    in_the_bin = exists().where(Document.id == Discussion.document_id, Document.removed_at.is_not(None))
    return (true() if caller.is_secretariat else theirs) & ~in_the_bin.correlate(Discussion)


async def discussion_to_see(db: ReadSession | WriteSession, discussion_id: UUID, caller: Caller) -> Discussion:
    """Raises NotFound."""
    found: Discussion | None = await db.scalar(
        select(Discussion).where(Discussion.id == discussion_id, visible_discussions(caller))
    )
    if found is None:
        raise NotFound("This discussion")
    return found


async def discussion_to_edit(tx: WriteSession, discussion_id: UUID, caller: Caller) -> Discussion:
    """The row, locked, for whoever began it and the chair. Raises NotFound, NotAllowed."""
    found = await _locked(tx, discussion_id, caller)
    own = found.created_by == actor_of(caller) and may_work_in(caller, found.committee)
    if not own and not may_lead(caller, found.committee):
        raise NotAllowed("Whoever began a discussion and the chair change it.")
    return found


async def discussion_to_remove(tx: WriteSession, discussion_id: UUID, caller: Caller) -> Discussion:
    """The row, locked. Raises NotFound, NotAllowed."""
    found = await _locked(tx, discussion_id, caller)
    if not may_lead(caller, found.committee):
        raise NotAllowed("The chair removes discussions.")
    return found


async def discussion_to_speak_in(tx: WriteSession, discussion_id: UUID, caller: Caller) -> DiscussionToSpeakIn:
    """The row, locked. Raises NotFound, NotAllowed, Conflict when it is closed."""
    found = await _locked(tx, discussion_id, caller)
    if not may_work_in(caller, found.committee):
        raise NotAllowed("Observers read; the chair and the members take part.")
    if found.closed:
        raise Conflict("This discussion is closed.")
    return DiscussionToSpeakIn(found)


async def post_to_edit(tx: WriteSession, discussion_id: UUID, post_id: UUID, caller: Caller) -> PostToEdit:
    """The row, locked, for its author. Raises NotFound, NotAllowed, Conflict."""
    discussion = await discussion_to_see(tx, discussion_id, caller)
    found = await post_to_see(tx, discussion_id, post_id, lock=True)
    if found.author != actor_of(caller) or not may_work_in(caller, discussion.committee):
        raise NotAllowed("Only its author changes what was said.")
    if discussion.closed:
        raise Conflict("This discussion is closed.")
    return PostToEdit(found)


async def post_to_remove(tx: WriteSession, discussion_id: UUID, post_id: UUID, caller: Caller) -> PostToRemove:
    """The row, locked, for its author and whoever leads. Raises NotFound, NotAllowed."""
    discussion = await discussion_to_see(tx, discussion_id, caller)
    found = await post_to_see(tx, discussion_id, post_id, lock=True)
    own = found.author == actor_of(caller) and may_work_in(caller, discussion.committee)
    if not own and not may_lead(caller, discussion.committee):
        raise NotAllowed("Only its author and the chair remove what was said.")
    return PostToRemove(found)


async def post_to_see(
    db: ReadSession | WriteSession, discussion_id: UUID, post_id: UUID, *, lock: bool = False
) -> Post:
    """A post of a discussion that the caller sees, not removed. Raises NotFound."""
    statement = select(Post).where(Post.id == post_id, Post.discussion_id == discussion_id, Post.removed_at.is_(None))
    found: Post | None = await db.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise NotFound("This post")
    return found


async def _locked(tx: WriteSession, discussion_id: UUID, caller: Caller) -> Discussion:
    statement = select(Discussion).where(Discussion.id == discussion_id, visible_discussions(caller))
    found: Discussion | None = await tx.scalar(statement.with_for_update(of=Discussion, key_share=True))
    if found is None:
        raise NotFound("This discussion")
    return found
