"""Files that people keep with a task: who sees the task sees them, and they go with it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select

from services.workspace.access import (
    actor_of,
    may_lead,
    may_work_in,
    task_to_edit,
    task_to_see,
    user_of,
    visible,
)
from services.workspace.documents.receiving import FORGET, LATER, Received
from services.workspace.schemas import ActorOut
from services.workspace.search.indexing import index_task
from services.workspace.tables import Attachment, Task, TaskChange
from services.workspace.tasks.schemas import AttachmentOut
from services.workspace.webhooks.sending import announce_hook
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, Job, ReadSession, WriteSession
from shared.problems import Conflict, NotAllowed, NotFound

MOST = 50
"""Files of one task."""


async def list_attachments(db: Database, task_id: UUID, *, by: Caller) -> list[AttachmentOut]:
    """All of them, in the order in which they came. Raises NotFound."""
    async with db.reading() as reading:
        task = await task_to_see(reading, task_id, by)
        statement = select(Attachment).where(Attachment.task_id == task_id)
        rows = (await reading.scalars(statement.order_by(Attachment.created_at, Attachment.id))).all()
    return [_out(row, task, by) for row in rows]


async def must_add_to(db: Database, task_id: UUID, *, by: Caller) -> None:
    """Before a file is read. Raises NotFound, NotAllowed."""
    async with db.reading() as reading:
        task = await task_to_see(reading, task_id, by)
    if not may_work_in(by, task.committee):
        raise NotAllowed("Observers read; the chair and the members add and change.")


async def add_attachment(db: Database, task_id: UUID, file: Received, *, by: Caller) -> AttachmentOut:
    """Raises NotFound, NotAllowed, Conflict when the task has as many as it may have."""
    async with db.transaction(by=by, to="attach a file", about=f"task {task_id}") as tx:
        task = await task_to_edit(tx, task_id, by)
        of_task = select(func.count()).select_from(Attachment).where(Attachment.task_id == task_id)
        if int(await tx.scalar(of_task) or 0) >= MOST:
            raise Conflict(f"A task keeps at most {MOST} files; take one away or put them into the documents.")
        row = Attachment(
            task_id=task_id, sha256=file.kept.sha256, size=file.kept.size, media_type=file.kind.media_type,
            file_name=file.file_name, added_by=actor_of(by), added_by_name=by.name or by.username,
            created_at=datetime.now(UTC), demo=by.demo,
        )  # fmt: skip
        tx.add(row)
        await _remember(tx, task, None, row.file_name, by)
        await tx.flush()
        await index_task(tx, task)
        out = _out(row, task, by)
        idempotency.will_answer(out, headers={"Location": _address(row)})
    return out


async def attachment_to_read(db: ReadSession, task_id: UUID, attachment_id: UUID, by: Caller) -> Attachment:
    """For whoever sees the task. Raises NotFound."""
    return (await _found(db, task_id, attachment_id, by))[0]


async def remove_attachment(db: Database, task_id: UUID, attachment_id: UUID, *, by: Caller) -> None:
    """Who added it and the chair take it away. Raises NotFound, NotAllowed."""
    async with db.transaction(by=by, to="take a file from a task", about=f"task {task_id}") as tx:
        row, task = await _found(tx, task_id, attachment_id, by)
        if not _may_remove(row, task, by):
            raise NotAllowed("Members take away files that they added; the chair takes away any.")
        task = await task_to_edit(tx, task_id, by)
        await _remember(tx, task, row.file_name, None, by)
        await tx.delete(row)
        await tx.flush()
        await index_task(tx, task)
        tx.announce(Job(FORGET, {"sha256": row.sha256}, delay=LATER))


async def let_go_of_files_of(tx: WriteSession, tasks: Sequence[UUID]) -> None:
    """Have the bytes of these tasks' files forgotten once the rows are gone."""
    kept = select(Attachment.sha256).where(Attachment.task_id.in_(tasks)).distinct()
    for sha256 in (await tx.scalars(kept)).all():
        tx.announce(Job(FORGET, {"sha256": sha256}, delay=LATER))


async def _found(
    db: ReadSession | WriteSession, task_id: UUID, attachment_id: UUID, by: Caller
) -> tuple[Attachment, Task]:
    statement = (
        select(Attachment, Task)
        .join(Task, Task.id == Attachment.task_id)
        .where(Attachment.id == attachment_id, Attachment.task_id == task_id, visible(by))
    )
    found = (await db.execute(statement)).one_or_none()
    if found is None:
        raise NotFound("This file")
    return found[0], found[1]


async def _remember(tx: WriteSession, task: Task, before: str | None, after: str | None, by: Caller) -> None:
    """In the history, and told to other programs; a file is no new version of the task."""
    change = {"field": "attachments", "from": [before] if before else None, "to": [after] if after else None}
    tx.add(
        TaskChange(
            task_id=task.id, at=datetime.now(UTC), actor=actor_of(by), actor_name=by.name or by.username,
            action="changed", changes=[change], demo=by.demo,
        )
    )  # fmt: skip
    told = {"task": str(task.id), "title": task.title, "fields": ["attachments"]}
    await announce_hook(tx, task.committee, "task.changed", told)


def _may_remove(row: Attachment, task: Task, by: Caller) -> bool:
    own = row.added_by == actor_of(by) and may_work_in(by, task.committee)
    return own or may_lead(by, task.committee)


def _address(row: Attachment) -> str:
    return f"/api/v1/workspace/tasks/{row.task_id}/attachments/{row.id}/content"


def _out(row: Attachment, task: Task, by: Caller) -> AttachmentOut:
    return AttachmentOut(
        id=row.id, task=row.task_id, file_name=row.file_name, media_type=row.media_type, size=row.size,
        sha256=row.sha256, content=_address(row), added_by=ActorOut(user_id=user_of(row.added_by),
        name=row.added_by_name), created_at=row.created_at, may_remove=_may_remove(row, task, by), demo=row.demo,
    )  # fmt: skip
