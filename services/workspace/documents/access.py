"""Who may see and change which documents: one condition for page, file, preview, search, count, feed and API alike.

The committee's people and the secretariat see every version; everybody else sees what was published, as it was then.
"""

from typing import NewType
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, case, exists, false, func, literal, select, true

from services.workspace.access import actor_of, may_lead, may_work_in, role_in
from services.workspace.tables import Document, DocumentVersion, Upload
from shared.callers import Caller
from shared.database import ReadSession, WriteSession
from shared.problems import Conflict, NotAllowed, NotFound

DocumentToEdit = NewType("DocumentToEdit", Document)
DocumentToLead = NewType("DocumentToLead", Document)
DocumentToRemove = NewType("DocumentToRemove", Document)
LARGEST_NUMBER = 2**31 - 1


def of_own_committees(caller: Caller) -> ColumnElement[bool]:
    """Documents of committees that the caller belongs to: drafts and all versions."""
    if caller.is_secretariat:
        return true()
    return Document.committee.in_(sorted(caller.committees)) if caller.committees else false()


def visible_documents(caller: Caller) -> ColumnElement[bool]:
    """Documents that this caller may know of. Used by item, list, count, search, feed, preview and file alike."""
    return Document.removed_at.is_(None) & (of_own_committees(caller) | Document.published.is_not(None))


def visible_versions(caller: Caller) -> ColumnElement[bool]:
    """Of a visible document, the versions that this caller may see: all, or those that were published."""
    return of_own_committees(caller) | DocumentVersion.published_at.is_not(None)


def shown_version(caller: Caller) -> ColumnElement[int]:
    """The number of the version that stands for the document: the newest, or the published one."""
    return case(
        (of_own_committees(caller), Document.latest),
        else_=func.coalesce(Document.published, literal(0, Integer)),
    )


def removed_documents(caller: Caller) -> ColumnElement[bool]:
    """The bin, for those who lead the committee."""
    led = sorted(caller.scopes_of("chair", within="committee"))
    mine = true() if caller.is_secretariat else Document.committee.in_(led) if led else false()
    return Document.removed_at.is_not(None) & mine


def is_of_the_committee(caller: Caller, document: Document) -> bool:
    return role_in(caller, document.committee) is not None


def may_change(caller: Caller, document: Document) -> bool:
    """What the public sees is changed by those who lead only."""
    if document.published is not None:
        return may_lead(caller, document.committee)
    return may_work_in(caller, document.committee)


def may_remove_document(caller: Caller, document: Document) -> bool:
    own = document.created_by == actor_of(caller) and document.published is None
    return may_lead(caller, document.committee) or (own and may_work_in(caller, document.committee))


async def document_to_see(db: ReadSession | WriteSession, document_id: UUID, caller: Caller) -> Document:
    """Absent or hidden: the same answer. Raises NotFound."""
    found: Document | None = await db.scalar(
        select(Document).where(Document.id == document_id, visible_documents(caller))
    )
    if found is None:
        raise NotFound("This document")
    return found


async def document_to_work_on(tx: WriteSession, document_id: UUID, caller: Caller) -> DocumentToEdit:
    """The row, locked, for who adds versions. Raises NotFound, NotAllowed, Conflict while somebody else holds it."""
    found = await _locked(tx, document_id, caller)
    if not may_work_in(caller, found.committee):
        raise NotAllowed("Observers and others read; the chair and the members of the committee add versions.")
    if found.held_by is not None and found.held_by != actor_of(caller):
        raise Conflict(f"{found.held_by_name} has checked this document out; wait until it is checked in.")
    return DocumentToEdit(found)


async def document_to_edit(tx: WriteSession, document_id: UUID, caller: Caller) -> DocumentToEdit:
    """The row, locked, for whoever changes what is said about it. Raises NotFound, NotAllowed."""
    found = await _locked(tx, document_id, caller)
    if not may_work_in(caller, found.committee):
        raise NotAllowed("Observers and others read; the chair and the members of the committee change documents.")
    if not may_change(caller, found):
        raise NotAllowed("Only the chair changes what is published.")
    return DocumentToEdit(found)


async def document_to_hold(tx: WriteSession, document_id: UUID, caller: Caller) -> DocumentToEdit:
    """The row, locked, for checking out and in. Raises NotFound, NotAllowed."""
    found = await _locked(tx, document_id, caller)
    if not may_work_in(caller, found.committee):
        raise NotAllowed("Observers and others read; the chair and the members of the committee check out.")
    return DocumentToEdit(found)


async def document_to_lead(tx: WriteSession, document_id: UUID, caller: Caller) -> DocumentToLead:
    """The row, locked, for approving and publishing. Raises NotFound, NotAllowed."""
    found = await _locked(tx, document_id, caller)
    if not may_lead(caller, found.committee):
        raise NotAllowed("The committee's chair approves and publishes.")
    return DocumentToLead(found)


async def document_to_remove(tx: WriteSession, document_id: UUID, caller: Caller) -> DocumentToRemove:
    """The row, locked. Raises NotFound, NotAllowed."""
    found = await _locked(tx, document_id, caller)
    if not may_remove_document(caller, found):
        raise NotAllowed("Members remove drafts that they added; the chair removes any document.")
    return DocumentToRemove(found)


async def document_to_restore(tx: WriteSession, document_id: UUID, caller: Caller) -> DocumentToLead:
    """The row, locked, out of the bin. Raises NotFound."""
    statement = select(Document).where(Document.id == document_id, removed_documents(caller))
    found: Document | None = await tx.scalar(statement.with_for_update(of=Document))
    if found is None:
        raise NotFound("This document")
    return DocumentToLead(found)


async def version_to_see(
    db: ReadSession | WriteSession, document_id: UUID, number: int, caller: Caller
) -> tuple[Document, DocumentVersion]:
    """Raises NotFound."""
    if not 1 <= number <= LARGEST_NUMBER:
        raise NotFound("This version")
    statement = (
        select(Document, DocumentVersion)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .where(
            Document.id == document_id, DocumentVersion.n == number, visible_documents(caller), visible_versions(caller)
        )
    )
    found = (await db.execute(statement)).one_or_none()
    if found is None:
        raise NotFound("This version")
    return found[0], found[1]


def may_be_continued(caller: Caller) -> ColumnElement[bool]:
    """Uploads into committees in which the caller may still work, of documents that are not in the bin."""
    works = sorted({*caller.scopes_of("chair", within="committee"), *caller.scopes_of("member", within="committee")})
    there = true() if caller.is_secretariat else Upload.committee.in_(works) if works else false()
    in_the_bin = exists().where(Document.id == Upload.document_id, Document.removed_at.is_not(None))
    return there & ~in_the_bin.correlate(Upload)


async def upload_to_continue(
    db: ReadSession | WriteSession, upload_id: UUID, caller: Caller, *, lock: bool = False
) -> Upload:
    """One's own, as long as one may still work in its committee. Raises NotFound."""
    statement = select(Upload).where(
        Upload.id == upload_id, Upload.created_by == actor_of(caller), may_be_continued(caller)
    )
    found: Upload | None = await db.scalar(statement.with_for_update(of=Upload) if lock else statement)
    if found is None:
        raise NotFound("This upload")
    return found


async def _locked(tx: WriteSession, document_id: UUID, caller: Caller) -> Document:
    statement = select(Document).where(Document.id == document_id, visible_documents(caller))
    found: Document | None = await tx.scalar(statement.with_for_update(of=Document, key_share=True))
    if found is None:
        raise NotFound("This document")
    return found
