"""Who may see and change what in the workspace: one condition per resource, and the doors to its rows.

Every member of the Network knows which committees there are. What happens inside is for the committee's people and the
secretariat: others are told so at the committee's door (403), and find none of its things elsewhere (404).
"""

from typing import NewType
from uuid import UUID

from sqlalchemy import ColumnElement, false, select, true
from sqlalchemy.orm import selectinload

from services.workspace.tables import Comment, Committee, Notification, Task
from services.workspace.words import ROLES
from shared.callers import Caller
from shared.database import ReadSession, WriteSession
from shared.problems import NotAllowed, NotFound

TaskToEdit = NewType("TaskToEdit", Task)
TaskToRemove = NewType("TaskToRemove", Task)
TaskToDiscuss = NewType("TaskToDiscuss", Task)
CommentToEdit = NewType("CommentToEdit", Comment)
CommentToRemove = NewType("CommentToRemove", Comment)


def actor_of(caller: Caller) -> str:
    """How rows name who made them: `user:<id>`, `client:<id>` or `service:<name>`."""
    return f"{caller.kind}:{caller.id}"


def user_of(actor: str) -> UUID | None:
    """The person behind `user:<id>`; None for a program."""
    kind, _, identifier = actor.partition(":")
    return UUID(identifier) if kind == "user" else None


def visible_committees(caller: Caller) -> ColumnElement[bool]:
    """Committees that this caller may know of: members of the Network know of all."""
    return true() if caller.belongs_to_network else false()


def visible(caller: Caller) -> ColumnElement[bool]:
    """Tasks that this caller may know of. Used by item, list, count, history and comments alike."""
    return true() if caller.is_secretariat else Task.committee.in_(sorted(caller.committees))


def visible_notifications(caller: Caller) -> ColumnElement[bool]:
    """What this person was told, as far as they may still see what it is about; that their own seat ended they see
    when they are of the committee no more."""
    own = Notification.user_id == UUID(caller.id)
    if caller.is_secretariat:
        return own
    return own & (Notification.committee.in_(sorted(caller.committees)) | (Notification.kind == "unseated"))


def role_in(caller: Caller, slug: str) -> str | None:
    """The caller's strongest role in a committee, else `secretariat` for the secretariat, else None."""
    held = next((role for role in ROLES if caller.holds(role, scope=f"committee:{slug}")), None)
    return held or ("secretariat" if caller.is_secretariat else None)


def may_work_in(caller: Caller, slug: str) -> bool:
    """May add and edit tasks and comments there: chair, member, secretariat."""
    return caller.is_secretariat or caller.holds("chair", "member", scope=f"committee:{slug}")


def may_lead(caller: Caller, slug: str) -> bool:
    """May remove what others made: chair, secretariat."""
    return caller.is_secretariat or caller.holds("chair", scope=f"committee:{slug}")


def may_remove_task(caller: Caller, task: Task) -> bool:
    own = task.created_by == actor_of(caller)
    return may_lead(caller, task.committee) or (own and may_work_in(caller, task.committee))


async def committee_to_see(db: ReadSession | WriteSession, slug: str, caller: Caller) -> Committee:
    found: Committee | None = await db.scalar(
        select(Committee).where(Committee.slug == slug, visible_committees(caller))
    )
    if found is None:
        raise NotFound("This committee")
    return found


async def committee_to_enter(db: ReadSession | WriteSession, slug: str, caller: Caller) -> Committee:
    """For what happens inside. Raises NotFound, NotAllowed."""
    found = await committee_to_see(db, slug, caller)
    if role_in(caller, slug) is None:
        raise NotAllowed("Only the people of this committee and the secretariat see this.")
    return found


async def committee_to_work_in(db: ReadSession | WriteSession, slug: str, caller: Caller) -> Committee:
    """For whoever may add to it. Raises NotFound, NotAllowed."""
    found = await committee_to_enter(db, slug, caller)
    if not may_work_in(caller, slug):
        raise NotAllowed("Observers read; the chair and the members add and change.")
    return found


async def lock_order_of(tx: WriteSession, slug: str) -> None:
    """Let nobody else place tasks in this committee until the transaction ends. Taken before any task is locked."""
    await tx.execute(select(Committee.slug).where(Committee.slug == slug).with_for_update(key_share=True))


async def task_to_see(db: ReadSession | WriteSession, task_id: UUID, caller: Caller) -> Task:
    """Absent or hidden: the same answer. Raises NotFound."""
    found: Task | None = await db.scalar(
        select(Task).where(Task.id == task_id, visible(caller)).options(selectinload(Task.assignments))
    )
    if found is None:
        raise NotFound("This task")
    return found


async def task_to_edit(tx: WriteSession, task_id: UUID, caller: Caller, *, placing: bool = False) -> TaskToEdit:
    """The row, locked; with `placing` nobody else orders the committee's tasks meanwhile.

    Raises NotFound, NotAllowed.
    """
    if placing:
        slug = await tx.scalar(select(Task.committee).where(Task.id == task_id, visible(caller)))
        if slug is not None:
            await lock_order_of(tx, slug)
    found = await _locked_task(tx, task_id, caller)
    if not may_work_in(caller, found.committee):
        raise NotAllowed("Observers read; the chair and the members add and change.")
    return TaskToEdit(found)


async def task_to_remove(tx: WriteSession, task_id: UUID, caller: Caller) -> TaskToRemove:
    """The row, locked. Raises NotFound, NotAllowed."""
    found = await _locked_task(tx, task_id, caller)
    if not may_remove_task(caller, found):
        raise NotAllowed("Members remove tasks of their own; the chair removes any. Cancelling it keeps its history.")
    return TaskToRemove(found)


async def task_to_discuss(db: ReadSession | WriteSession, task_id: UUID, caller: Caller) -> TaskToDiscuss:
    """For whoever may comment. Raises NotFound, NotAllowed."""
    found = await task_to_see(db, task_id, caller)
    if not may_work_in(caller, found.committee):
        raise NotAllowed("Observers read; the chair and the members comment.")
    return TaskToDiscuss(found)


async def _locked_task(tx: WriteSession, task_id: UUID, caller: Caller) -> Task:
    found: Task | None = await tx.scalar(
        select(Task)
        .where(Task.id == task_id, visible(caller))
        .options(selectinload(Task.assignments))
        .with_for_update(of=Task, key_share=True)
    )
    if found is None:
        raise NotFound("This task")
    return found


async def comment_to_see(db: ReadSession | WriteSession, task_id: UUID, comment_id: UUID, caller: Caller) -> Comment:
    """Raises NotFound."""
    return await _comment(db, task_id, comment_id, caller, lock=False)


async def comment_to_edit(tx: WriteSession, task_id: UUID, comment_id: UUID, caller: Caller) -> CommentToEdit:
    """The row, locked, for its author alone: nobody changes what somebody else said. Raises NotFound, NotAllowed."""
    task = await task_to_see(tx, task_id, caller)
    found = await _comment(tx, task_id, comment_id, caller, lock=True)
    if found.author != actor_of(caller) or not may_work_in(caller, task.committee):
        raise NotAllowed("Only its author changes a comment.")
    return CommentToEdit(found)


async def comment_to_remove(tx: WriteSession, task_id: UUID, comment_id: UUID, caller: Caller) -> CommentToRemove:
    """The row, locked, for its author and whoever leads the committee. Raises NotFound, NotAllowed."""
    task = await task_to_see(tx, task_id, caller)
    found = await _comment(tx, task_id, comment_id, caller, lock=True)
    own = found.author == actor_of(caller) and may_work_in(caller, task.committee)
    if not own and not may_lead(caller, task.committee):
        raise NotAllowed("Only its author and the chair remove a comment.")
    return CommentToRemove(found)


async def _comment(
    db: ReadSession | WriteSession, task_id: UUID, comment_id: UUID, caller: Caller, *, lock: bool
) -> Comment:
    statement = (
        select(Comment)
        .join(Task, Task.id == Comment.task_id)
        .where(Comment.id == comment_id, Comment.task_id == task_id, visible(caller))
    )
    found: Comment | None = await db.scalar(statement.with_for_update(of=Comment) if lock else statement)
    if found is None:
        raise NotFound("This comment")
    return found
