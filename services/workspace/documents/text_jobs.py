"""What happens to documents off the request path: their text is read, and files that nothing names are let go."""

import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import case, cast, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import JSONB

from services.workspace.documents.contents import Contents, Unreadable, contents_of
from services.workspace.documents.keeping import forget_results_of
from services.workspace.documents.operations import PURGE, READ_TEXT
from services.workspace.documents.receiving import FORGET, LATER
from services.workspace.documents.uploads import EXPIRE
from services.workspace.search.indexing import index_document
from services.workspace.seed import PLATFORM
from services.workspace.tables import Attachment, Document, DocumentVersion, Task, Upload
from shared.apart import TooMuch, run_apart
from shared.database import Database, Job, WriteSession
from shared.jobs import Handler
from shared.objects import Damaged, Objects

log = structlog.get_logger(__name__)
MEMORY = 2**30
SECONDS = 120.0
LARGEST = 200 * 2**20
"""Bytes of a file that is read for its text."""


async def read_text(db: Database, objects: Objects, payload: Mapping[str, Any]) -> None:
    """Read a version's text and make it findable. What cannot be read is marked so, and is no reason to try again."""
    document_id, number = UUID(payload["document"]), int(payload["n"])
    async with db.reading() as reading:
        version = await reading.get(DocumentVersion, (document_id, number))
    if version is None or version.text_state != "waiting":
        return
    found = await _read_before(db, version) or await _contents(objects, version)
    async with db.transaction(by=PLATFORM, to="read the text of a document", about=f"document {document_id}") as tx:
        document = await tx.scalar(select(Document).where(Document.id == document_id).with_for_update(key_share=True))
        row = await tx.get(DocumentVersion, (document_id, number))
        if document is None or row is None:
            return
        if found is None:
            row.text_state = "unreadable"
        else:
            row.text_state = "read" if found.text else "empty"
            row.text, row.language, row.pages = found.text or None, found.language, found.pages
        await tx.flush()
        await index_document(tx, document, only=number)


async def _read_before(db: Database, version: DocumentVersion) -> Contents | None:
    """What was read out of the same bytes when they came the time before."""
    columns = (DocumentVersion.text, DocumentVersion.pages, DocumentVersion.language)
    statement = select(*columns).where(
        DocumentVersion.sha256 == version.sha256, DocumentVersion.media_type == version.media_type,
        DocumentVersion.text_state.in_(("read", "empty")), DocumentVersion.language.is_not(None),
    )  # fmt: skip
    async with db.reading() as reading:
        row = (await reading.execute(statement.limit(1))).first()
    return Contents(row.text or "", row.pages, row.language) if row is not None else None


async def _contents(objects: Objects, version: DocumentVersion) -> Contents | None:
    if version.size > LARGEST:
        return None
    with tempfile.TemporaryDirectory(prefix="portsnet-") as folder:
        path = Path(folder) / "file"
        try:
            with path.open("wb") as file:
                async for part in objects.read(version.sha256):
                    file.write(part)
            return await run_apart(partial(contents_of, str(path), version.media_type), memory=MEMORY, seconds=SECONDS)
        except (Unreadable, TooMuch, Damaged, FileNotFoundError) as error:
            log.warning("the text of a document cannot be read", document=str(version.document_id), reason=str(error))
            return None


async def forget_file(db: Database, objects: Objects, payload: Mapping[str, Any]) -> None:
    """Let go of bytes that no version, no upload and no task names, unless somebody has just sent the
    same bytes again, and of what was made of them."""
    sha256 = str(payload["sha256"])
    async with db.reading() as reading:
        of_version = select(exists().where(DocumentVersion.sha256 == sha256))
        of_upload = select(exists().where(Upload.parts.contains(cast([{"sha256": sha256}], JSONB))))
        of_task = select(exists().where(Attachment.sha256 == sha256))
        if await reading.scalar(of_version) or await reading.scalar(of_upload) or await reading.scalar(of_task):
            return
    await forget_results_of(db, sha256)
    await objects.forget(sha256, unless_kept_after=datetime.now(UTC) - timedelta(seconds=LATER / 2))


async def let_go_of_files(tx: WriteSession) -> None:
    """Have the bytes of demonstration documents and files of tasks forgotten, once the rows that name them are gone."""
    kept = (await tx.scalars(select(DocumentVersion.sha256).where(DocumentVersion.demo).distinct())).all()
    sent = (await tx.scalars(select(Upload.parts).where(Upload.demo))).all()
    of_tasks = select(Attachment.sha256).join(Task, Task.id == Attachment.task_id).where(Attachment.demo | Task.demo)
    attached = (await tx.scalars(of_tasks.distinct())).all()
    for sha256 in {*kept, *attached, *(part["sha256"] for parts in sent for part in parts)}:
        tx.announce(Job(FORGET, {"sha256": sha256}, delay=LATER))


async def mend_documents(tx: WriteSession) -> None:
    """Documents of real people to which a demonstration account had added a version go back to those that are left."""
    of_document = select(func.max(DocumentVersion.n)).where(DocumentVersion.document_id == Document.id)
    newest = of_document.scalar_subquery()
    await tx.execute(delete(Document).where(newest.is_(None)))
    shown = of_document.where(DocumentVersion.published_at.is_not(None)).scalar_subquery()
    await tx.execute(
        update(Document)
        .where(newest < Document.latest)
        .values(
            latest=newest, published=shown, published_at=case((shown.is_(None), None), else_=Document.published_at),
            approved=case((Document.approved > newest, None), else_=Document.approved), version=Document.version + 1,
        )
    )  # fmt: skip


async def purge_document(db: Database, payload: Mapping[str, Any]) -> None:
    """Take a document out of the bin for good, unless it was restored or removed again since."""
    document_id = UUID(payload["document"])
    async with db.transaction(by=PLATFORM, to="purge a document", about=f"document {document_id}") as tx:
        document = await tx.scalar(select(Document).where(Document.id == document_id).with_for_update())
        if document is None or document.removed_at != datetime.fromisoformat(payload["removed_at"]):
            return
        hashes = select(DocumentVersion.sha256).where(DocumentVersion.document_id == document_id).distinct()
        for sha256 in (await tx.scalars(hashes)).all():
            tx.announce(Job(FORGET, {"sha256": sha256}, delay=LATER))
        await tx.execute(delete(Document).where(Document.id == document_id))


async def expire_upload(db: Database, payload: Mapping[str, Any]) -> None:
    """Let go of what was begun and never finished."""
    async with db.transaction(by=PLATFORM, to="let go of an upload", about=payload["upload"]) as tx:
        upload = await tx.scalar(select(Upload).where(Upload.id == UUID(payload["upload"])).with_for_update())
        if upload is not None:
            for part in upload.parts:
                tx.announce(Job(FORGET, {"sha256": part["sha256"]}, delay=LATER))
            await tx.delete(upload)


def document_jobs(app: Any) -> dict[str, Handler]:
    """By the names under which they are announced."""

    async def reading(payload: Mapping[str, Any]) -> None:
        await read_text(app.state.database, app.state.objects, payload)

    async def forgetting(payload: Mapping[str, Any]) -> None:
        await forget_file(app.state.database, app.state.objects, payload)

    async def purging(payload: Mapping[str, Any]) -> None:
        await purge_document(app.state.database, payload)

    async def expiring(payload: Mapping[str, Any]) -> None:
        await expire_upload(app.state.database, payload)

    return {READ_TEXT: reading, FORGET: forgetting, PURGE: purging, EXPIRE: expiring}
