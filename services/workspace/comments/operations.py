"""What people say about tasks; one transaction each."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select

from services.workspace.access import (
    actor_of,
    comment_to_edit,
    comment_to_remove,
    comment_to_see,
    may_lead,
    may_work_in,
    task_to_discuss,
    task_to_see,
    user_of,
)
from services.workspace.markdown import html_of, mentioned_in
from services.workspace.notifications.delivery import notify
from services.workspace.notifications.rules import of_comment, of_edited_comment
from services.workspace.people import CommitteePerson, People
from services.workspace.schemas import ActorOut, CommentIn, CommentOut, CommentPatch, MentionOut
from services.workspace.search.indexing import index_comment
from services.workspace.tables import Comment, Task
from services.workspace.tasks.states import assignees_of
from shared import idempotency
from shared.answers import JSON
from shared.callers import Caller
from shared.database import Database
from shared.fields import Counted
from shared.paging import Paging, count_of
from shared.problems import Invalid
from shared.tags import Expected, tag
from shared.text import normal


async def comments_of(db: Database, task_id: UUID, part: Paging, *, by: Caller) -> Counted[CommentOut]:
    """What was said, oldest first. Raises NotFound."""
    async with db.reading() as reading:
        task = await task_to_see(reading, task_id, by)
        statement = select(Comment).where(Comment.task_id == task_id)
        total = await count_of(reading, statement)
        rows = (await reading.scalars(part.apply(statement, [Comment.created_at, Comment.id]))).all()
    shown, following = part.cut(rows, lambda row: (row.created_at, row.id))
    return Counted(items=[comment_out(row, task, by) for row in shown], next=following, total=total)


async def read_comment(db: Database, task_id: UUID, comment_id: UUID, *, by: Caller) -> tuple[CommentOut, int]:
    """Raises NotFound."""
    async with db.reading() as reading:
        task = await task_to_see(reading, task_id, by)
        row = await comment_to_see(reading, task_id, comment_id, by)
    return comment_out(row, task, by), row.version


async def add_comment(
    db: Database, people: People, task_id: UUID, wanted: CommentIn, language: str, *, by: Caller
) -> tuple[CommentOut, int]:
    """Say something about a task; people of the committee whom it mentions are told. Raises NotFound, NotAllowed."""
    mentions = await _mentions(db, people, task_id, wanted.text, by)
    async with db.transaction(by=by, to="comment on a task", about=f"task {task_id}") as tx:
        task = await task_to_discuss(tx, task_id, by)
        row = Comment(
            task_id=task_id, author=actor_of(by), author_name=by.name or by.username, text=wanted.text,
            mentions=[_stored(person) for person in mentions], created_at=datetime.now(UTC), edited_at=None,
            demo=by.demo, version=1,
        )  # fmt: skip
        tx.add(row)
        await tx.flush()
        await index_comment(tx, row)
        notices = of_comment(
            actor=user_of(row.author), creator=user_of(task.created_by), assignees=assignees_of(task),
            mentioned=[person.user_id for person in mentions],
        )  # fmt: skip
        await notify(
            tx, notices, event=f"comment:{row.id}", task=task, comment=row.id, actor_name=row.author_name, demo=by.demo
        )
        out = comment_out(row, task, by)
        location = {"Location": address_of(out)}
        etag = tag(1, out.model_dump_json().encode(), language, JSON)
        idempotency.will_answer(out, headers={**location, "ETag": etag})
    return out, 1


async def change_comment(
    db: Database,
    people: People,
    task_id: UUID,
    comment_id: UUID,
    wanted: CommentPatch,
    expected: Expected,
    *,
    by: Caller,
) -> tuple[CommentOut, int]:
    """Say it better; whoever it mentions for the first time is told. Raises NotFound, NotAllowed, StaleVersion."""
    if "text" in wanted.changes and wanted.text is None:
        raise Invalid.at("/text", "cannot be cleared", "required")
    mentions = await _mentions(db, people, task_id, wanted.text or "", by)
    async with db.transaction(by=by, to="change a comment", about=f"task {task_id}") as tx:
        row = await comment_to_edit(tx, task_id, comment_id, by)
        task = await task_to_see(tx, task_id, by)
        expected.must_match(row.version)
        if wanted.text is not None and wanted.text != row.text:
            before = {UUID(mention["user_id"]) for mention in row.mentions}
            row.text, row.edited_at = wanted.text, datetime.now(UTC)
            row.mentions = [_stored(person) for person in mentions]
            row.version += 1
            await tx.flush()
            await index_comment(tx, row)
            notices = of_edited_comment(
                actor=user_of(row.author), mentioned_before=before, mentioned=[person.user_id for person in mentions]
            )
            await notify(
                tx, notices, event=f"comment:{row.id}", task=task, comment=row.id, actor_name=row.author_name,
                demo=by.demo,
            )  # fmt: skip
    return comment_out(row, task, by), row.version


async def remove_comment(db: Database, task_id: UUID, comment_id: UUID, expected: Expected, *, by: Caller) -> None:
    """Take back what was said. Raises NotFound, NotAllowed, StaleVersion."""
    async with db.transaction(by=by, to="remove a comment", about=f"task {task_id}") as tx:
        row = await comment_to_remove(tx, task_id, comment_id, by)
        expected.must_match(row.version)
        tx.note(author=row.author)
        await tx.delete(row)


def address_of(comment: CommentOut) -> str:
    return f"/api/v1/workspace/tasks/{comment.task}/comments/{comment.id}"


def comment_out(row: Comment, task: Task, caller: Caller) -> CommentOut:
    """The comment as this caller sees it."""
    own = row.author == actor_of(caller) and may_work_in(caller, task.committee)
    return CommentOut(
        id=row.id, task=row.task_id, text=row.text, text_html=html_of(row.text),
        author=ActorOut(user_id=user_of(row.author), name=row.author_name),
        mentions=[MentionOut.model_validate(mention) for mention in row.mentions], created_at=row.created_at,
        edited_at=row.edited_at, may_edit=own, may_remove=own or may_lead(caller, task.committee), demo=row.demo,
    )  # fmt: skip


async def _mentions(db: Database, people: People, task_id: UUID, text: str, by: Caller) -> Sequence[CommitteePerson]:
    """People of the task's committee whom a text mentions, in its order; asked before a transaction begins."""
    said = mentioned_in(text) if "@" in text else []
    if not said:
        return []
    async with db.reading() as reading:
        task = await task_to_discuss(reading, task_id, by)
    known = {_key(person.username): person for person in await people.of_committee(task.committee)}
    found = [known[_key(name)] for name in said if _key(name) in known]
    return list(dict.fromkeys(found))


def _key(username: str) -> str:
    """Usernames are compared without regard to case."""
    return normal(username).casefold()


def _stored(person: CommitteePerson) -> dict[str, str]:
    return {"user_id": str(person.user_id), "username": person.username, "name": person.name}
