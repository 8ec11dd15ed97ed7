"""What people do with documents; one transaction each."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from services.workspace.access import actor_of, committee_to_work_in
from services.workspace.documents import queries
from services.workspace.documents.access import (
    document_to_edit,
    document_to_hold,
    document_to_lead,
    document_to_remove,
    document_to_restore,
    document_to_work_on,
)
from services.workspace.documents.names import folder_of, title_key, title_of
from services.workspace.documents.presenting import version_out
from services.workspace.documents.receiving import Received
from services.workspace.documents.schemas import DocumentOut, DocumentPatch, VersionOut
from services.workspace.search.indexing import index_document
from services.workspace.tables import Document, DocumentVersion
from shared import idempotency
from shared.answers import JSON
from shared.callers import Caller
from shared.database import Database, Job, WriteSession
from shared.problems import Conflict, Invalid, StaleVersion
from shared.tags import Expected, tag

READ_TEXT = "read_document"
PURGE = "purge_document"
KEPT_IN_THE_BIN = timedelta(days=30)


@dataclass(frozen=True)
class Teller:
    """In which words documents are answered: the public address of the platform and a language."""

    origin: str
    language: str


async def add_document(
    db: Database, slug: str, file: Received, tell: Teller, *, title: str | None, folder: str, note: str | None = None,
    by: Caller,
) -> tuple[DocumentOut, int]:  # fmt: skip
    """A new document of one version, a draft. Raises NotFound, NotAllowed, Invalid."""
    path = folder_of(folder)
    async with db.transaction(by=by, to="add a document", about=slug) as tx:
        await committee_to_work_in(tx, slug, by)
        document = await begin_document(tx, slug, file, title=title, folder=path, note=note, by=by)
        out = await queries.out_of(tx, document, tell.origin, tell.language, by)
        etag = tag(1, out.model_dump_json().encode(), tell.language, JSON)
        idempotency.will_answer(out, headers={"Location": address_of(document.id), "ETag": etag})
    return out, 1


async def begin_document(
    tx: WriteSession, slug: str, file: Received, *, title: str | None, folder: str, note: str | None, by: Caller
) -> Document:
    now = datetime.now(UTC)
    called = title or await _free_title(tx, slug, folder, title_of(file.file_name))
    document = Document(
        committee=slug, title=called, title_key=title_key(called), folder=folder, tags=[], latest=1,
        created_by=actor_of(by), created_by_name=by.name or by.username, created_at=now, updated_at=now, demo=by.demo,
        version=1,
    )  # fmt: skip
    tx.add(document)
    await tx.flush()
    await _put_version(tx, document, 1, file, note, now, by)
    tx.about = f"document {document.id}"
    tx.note(title=called, sha256=file.kept.sha256)
    return document


async def add_version(
    db: Database, document_id: UUID, file: Received, *, base: int | None, expected: Expected | None, note: str | None,
    by: Caller,
) -> tuple[VersionOut, int]:  # fmt: skip
    """The next version, on top of the one that its author has seen when `base` or `expected` says which.

    Raises NotFound, NotAllowed, Conflict while somebody else holds the document, StaleVersion.
    """
    async with db.transaction(by=by, to="add a version", about=f"document {document_id}") as tx:
        document = await document_to_work_on(tx, document_id, by)
        if expected is not None:
            expected.must_match(document.version)
        version = await follow(tx, document, file, base=base, note=note, by=by)
        out = version_out(version, by_name=True)
        idempotency.will_answer(out, headers={"Location": f"{address_of(document_id)}/versions/{version.n}"})
    return out, document.version


async def follow(
    tx: WriteSession, document: Document, file: Received, *, base: int | None, note: str | None, by: Caller
) -> DocumentVersion:
    """Raises StaleVersion when the newest version is not `base`."""
    if base is not None and base != document.latest:
        raise StaleVersion(
            f"Version {document.latest} was added since you read version {base}: compare the two, then add yours."
        )
    now = datetime.now(UTC)
    version = await _put_version(tx, document, document.latest + 1, file, note, now, by)
    document.latest = version.n
    document.held_by = document.held_by_name = document.held_at = document.held_note = None
    _touch(document, now)
    tx.note(n=version.n, sha256=file.kept.sha256)
    await tx.flush()
    return version


async def change_document(
    db: Database, document_id: UUID, wanted: DocumentPatch, expected: Expected, tell: Teller, *, by: Caller
) -> tuple[DocumentOut, int]:
    """Another title, folder or tags. Raises NotFound, NotAllowed, StaleVersion, Invalid."""
    changes = wanted.changes
    if "title" in changes and wanted.title is None:
        raise Invalid.at("/title", "cannot be cleared", "required")
    path = folder_of(wanted.folder or "")
    async with db.transaction(by=by, to="change a document", about=f"document {document_id}") as tx:
        document = await document_to_edit(tx, document_id, by)
        expected.must_match(document.version)
        before = (document.title, document.folder, document.tags)
        if wanted.title is not None:
            document.title, document.title_key = wanted.title, title_key(wanted.title)
        if "folder" in changes:
            document.folder = path
        if "tags" in changes:
            document.tags = list(dict.fromkeys(wanted.tags or []))
        if (document.title, document.folder, document.tags) != before:
            _touch(document, datetime.now(UTC))
            tx.note(fields=sorted(changes))
            await tx.flush()
            await index_document(tx, document)
        out = await queries.out_of(tx, document, tell.origin, tell.language, by)
    return out, document.version


async def approve(
    db: Database, document_id: UUID, number: int | None, tell: Teller, *, by: Caller
) -> tuple[DocumentOut, int]:
    """The chair stands behind the newest version. Raises NotFound, NotAllowed, Conflict for an older one."""
    async with db.transaction(by=by, to="approve a document", about=f"document {document_id}") as tx:
        document = await document_to_lead(tx, document_id, by)
        _must_be_latest(document, number)
        if document.approved != document.latest:
            _approve(document, datetime.now(UTC), by)
            _touch(document, datetime.now(UTC))
            await tx.flush()
        out = await queries.out_of(tx, document, tell.origin, tell.language, by)
    return out, document.version


async def publish(
    db: Database, document_id: UUID, number: int | None, tell: Teller, *, by: Caller
) -> tuple[DocumentOut, int]:
    """Show the newest version to everybody; what was published before stays readable by its number.

    Publishing twice is publishing once. Raises NotFound, NotAllowed, Conflict for an older version.
    """
    async with db.transaction(by=by, to="publish a document", about=f"document {document_id}") as tx:
        document = await document_to_lead(tx, document_id, by)
        _must_be_latest(document, number)
        if document.published != document.latest:
            now = datetime.now(UTC)
            if document.approved != document.latest:
                _approve(document, now, by)
            document.published, document.published_at = document.latest, now
            await tx.execute(
                update(DocumentVersion)
                .where(DocumentVersion.document_id == document_id, DocumentVersion.n == document.latest)
                .values(published_at=now)
            )
            _touch(document, now)
            tx.note(n=document.latest)
            await tx.flush()
        out = await queries.out_of(tx, document, tell.origin, tell.language, by)
    return out, document.version


async def withdraw(db: Database, document_id: UUID, tell: Teller, *, by: Caller) -> tuple[DocumentOut, int]:
    """Take it out of the public's sight, all of its versions. Raises NotFound, NotAllowed."""
    async with db.transaction(by=by, to="withdraw a document", about=f"document {document_id}") as tx:
        document = await document_to_lead(tx, document_id, by)
        if document.published is not None:
            document.published = document.published_at = None
            await tx.execute(
                update(DocumentVersion)
                .where(DocumentVersion.document_id == document_id)
                .values(published_at=None)
            )  # fmt: skip
            _touch(document, datetime.now(UTC))
            await tx.flush()
        out = await queries.out_of(tx, document, tell.origin, tell.language, by)
    return out, document.version


async def check_out(
    db: Database, document_id: UUID, note: str | None, tell: Teller, *, by: Caller
) -> tuple[DocumentOut, int]:
    """Nobody else adds a version until it is checked in. Raises NotFound, NotAllowed, Conflict."""
    async with db.transaction(by=by, to="check out a document", about=f"document {document_id}") as tx:
        document = await document_to_hold(tx, document_id, by)
        if document.held_by is not None and document.held_by != actor_of(by):
            raise Conflict(f"{document.held_by_name} has checked this document out already.")
        now = datetime.now(UTC)
        document.held_by, document.held_by_name = actor_of(by), by.name or by.username
        document.held_at, document.held_note = now, note or None
        document.version += 1
        await tx.flush()
        out = await queries.out_of(tx, document, tell.origin, tell.language, by)
    return out, document.version


async def check_in(db: Database, document_id: UUID, tell: Teller, *, by: Caller) -> tuple[DocumentOut, int]:
    """Let others add versions again; whoever leads may do so for somebody else. Raises NotFound, NotAllowed."""
    async with db.transaction(by=by, to="check in a document", about=f"document {document_id}") as tx:
        document = await document_to_hold(tx, document_id, by)
        if document.held_by not in (None, actor_of(by)):
            await document_to_lead(tx, document_id, by)
        if document.held_by is not None:
            document.held_by = document.held_by_name = document.held_at = document.held_note = None
            document.version += 1
            await tx.flush()
        out = await queries.out_of(tx, document, tell.origin, tell.language, by)
    return out, document.version


async def remove_document(db: Database, document_id: UUID, expected: Expected, *, by: Caller) -> None:
    """Into the bin, where the chair finds it for 30 days. Raises NotFound, NotAllowed, StaleVersion."""
    async with db.transaction(by=by, to="remove a document", about=f"document {document_id}") as tx:
        document = await document_to_remove(tx, document_id, by)
        expected.must_match(document.version)
        document.removed_at, document.removed_by_name = datetime.now(UTC), by.name or by.username
        document.version += 1
        tx.note(committee=document.committee, title=document.title)
        payload = {"document": str(document_id), "removed_at": document.removed_at.isoformat()}
        tx.announce(Job(PURGE, payload, delay=KEPT_IN_THE_BIN.total_seconds()))


async def restore_document(db: Database, document_id: UUID, tell: Teller, *, by: Caller) -> tuple[DocumentOut, int]:
    """Out of the bin, unpublished. Raises NotFound."""
    async with db.transaction(by=by, to="restore a document", about=f"document {document_id}") as tx:
        document = await document_to_restore(tx, document_id, by)
        document.removed_at = document.removed_by_name = None
        document.published = document.published_at = None
        await tx.execute(
            update(DocumentVersion).where(DocumentVersion.document_id == document_id).values(published_at=None)
        )
        _touch(document, datetime.now(UTC))
        await tx.flush()
        out = await queries.out_of(tx, document, tell.origin, tell.language, by)
    return out, document.version


def address_of(document_id: UUID) -> str:
    return f"/api/v1/workspace/documents/{document_id}"


async def _put_version(
    tx: WriteSession, document: Document, number: int, file: Received, note: str | None, now: datetime, by: Caller
) -> DocumentVersion:
    version = DocumentVersion(
        document_id=document.id, n=number, sha256=file.kept.sha256, size=file.kept.size,
        media_type=file.kind.media_type, file_name=file.file_name, note=note or None,
        text_state="waiting" if file.kind.family in ("pdf", "text", "office") else "empty", created_by=actor_of(by),
        created_by_name=by.name or by.username, created_at=now, demo=by.demo,
    )  # fmt: skip
    tx.add(version)
    await tx.flush()
    await index_document(tx, document, only=number)
    if version.text_state == "waiting":
        tx.announce(Job(READ_TEXT, {"document": str(document.id), "n": number}))
    return version


async def _free_title(tx: WriteSession, slug: str, folder: str, wanted: str) -> str:
    """The name of the file, with a number when the folder has that already."""
    statement = select(Document.title_key).where(
        Document.committee == slug, Document.folder == folder, Document.removed_at.is_(None),
        Document.title_key.startswith(title_key(wanted), autoescape=True),
    )  # fmt: skip
    taken = set((await tx.scalars(statement.limit(1000))).all())
    found, number = wanted, 2
    while title_key(found) in taken:
        found, number = f"{wanted[:290]} ({number})", number + 1
    return found


def _must_be_latest(document: Document, number: int | None) -> None:
    if number is not None and number != document.latest:
        raise Conflict(f"Version {document.latest} is the newest now; look at it first.")


def _approve(document: Document, now: datetime, by: Caller) -> None:
    document.approved, document.approved_at = document.latest, now
    document.approved_by_name = by.name or by.username


def _touch(document: Document, now: datetime) -> None:
    document.version += 1
    document.updated_at = now
