"""Keeping the index of words in step with what it speaks of, in the same transaction."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import undefer

from services.workspace.search.words import vector_of
from services.workspace.seed import PLATFORM
from services.workspace.tables import (
    Attachment,
    CharterRevision,
    Comment,
    Committee,
    Document,
    DocumentVersion,
    PlanItem,
    Post,
    SearchEntry,
    Task,
)
from shared.database import Database, WriteSession
from shared.ids import uuid7

LONGEST = 300_000
"""Characters of a text that are indexed; what PostgreSQL finds too much even so is halved until it fits."""
AT_ONCE = 200


async def index_document(tx: WriteSession, document: Document, *, only: int | None = None) -> None:
    """All versions, or one."""
    statement = select(DocumentVersion).where(DocumentVersion.document_id == document.id)
    if only is not None:
        statement = statement.where(DocumentVersion.n == only)
    statement = statement.options(undefer(DocumentVersion.text)).execution_options(populate_existing=True)
    for version in (await tx.scalars(statement)).all():
        body = "\n".join([*document.tags, version.file_name, version.text or ""])
        keys = {"document_id": document.id, "n": version.n}
        await _put(tx, keys, document.title, body, version.created_at)


async def index_task(tx: WriteSession, task: Task) -> None:
    """With its list and the names of its files, which are words parted by whatever people put between them."""
    kept = (await tx.scalars(select(Attachment.file_name).where(Attachment.task_id == task.id))).all()
    names = [f"{name} {re.sub(r'[._-]+', ' ', name)}" for name in kept]
    listed = (str(item.get("text", "")) for item in task.checklist)
    body = "\n".join([*task.labels, task.description or "", *listed, *names])
    await _put(tx, {"task_id": task.id}, task.title, body, task.updated_at)


async def index_comment(tx: WriteSession, comment: Comment) -> None:
    await _put(tx, {"comment_id": comment.id}, "", comment.text, comment.created_at)


async def index_post(tx: WriteSession, post: Post, title: str) -> None:
    """With the title of its discussion when it opens it."""
    await _put(tx, {"post_id": post.id}, title, post.text, post.created_at)


async def index_charter(tx: WriteSession, row: CharterRevision, committee: Committee) -> None:
    """With the names of its committee; each revision for itself, of which a search shows the one in force."""
    keys = {"charter_of": row.committee, "charter_number": row.number}
    await _put(tx, keys, "\n".join(committee.names.values()), row.text, row.changed_at)


async def index_plan_item(tx: WriteSession, row: PlanItem) -> None:
    body = "\n".join(text for text in (row.description, row.lead_name) if text)
    await _put(tx, {"plan_item_id": row.id}, row.title, body, row.updated_at)


async def index_what_is_missing(db: Database) -> None:
    """Tasks, comments, charters and plans that were there before the index was."""
    while True:
        async with db.transaction(by=PLATFORM, to="index what was there before") as tx:
            entry = exists().where(SearchEntry.task_id == Task.id)
            tasks = (await tx.scalars(select(Task).where(~entry).limit(AT_ONCE))).all()
            for task in tasks:
                await index_task(tx, task)
            said = exists().where(SearchEntry.comment_id == Comment.id)
            comments = (await tx.scalars(select(Comment).where(~said).limit(AT_ONCE))).all()
            for comment in comments:
                await index_comment(tx, comment)
            charters = await _charters_to_index(tx)
            planned = exists().where(SearchEntry.plan_item_id == PlanItem.id)
            items = (await tx.scalars(select(PlanItem).where(~planned).limit(AT_ONCE))).all()
            for item in items:
                await index_plan_item(tx, item)
        if max(len(tasks), len(comments), charters, len(items)) < AT_ONCE:
            return


async def _charters_to_index(tx: WriteSession) -> int:
    said = exists().where(
        SearchEntry.charter_of == CharterRevision.committee, SearchEntry.charter_number == CharterRevision.number
    )
    rows = (
        await tx.execute(
            select(CharterRevision, Committee)
            .join(Committee, Committee.slug == CharterRevision.committee)
            .where(~said)
            .limit(AT_ONCE)
        )
    ).all()
    for revision, committee in rows:
        await index_charter(tx, revision, committee)
    return len(rows)


async def _put(tx: WriteSession, keys: dict[str, Any], title: str, body: str, at: datetime | None) -> None:
    text = body[:LONGEST]
    while True:
        try:
            async with tx.begin_nested():
                await _write(tx, keys, title, text, at or datetime.now(UTC))
            return
        except DBAPIError as error:
            is_too_long = getattr(error.orig, "sqlstate", "") == "54000"
            if not is_too_long or not text:
                raise
            text = text[: len(text) // 2]


async def _write(tx: WriteSession, keys: dict[str, UUID | int], title: str, text: str, at: datetime) -> None:
    statement = insert(SearchEntry).values(id=uuid7(), **keys, vector=vector_of(title, text), updated_at=at)
    written = {"vector": statement.excluded.vector, "updated_at": statement.excluded.updated_at}
    await tx.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=written))
