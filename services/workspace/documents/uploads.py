"""A file that comes in parts, so that a line that breaks costs one part: begin, send by offset, ask how far it came."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from fastapi import Request
from sqlalchemy import select
from starlette.requests import ClientDisconnect

from services.workspace.access import actor_of, committee_to_work_in
from services.workspace.documents.access import (
    document_to_see,
    document_to_work_on,
    may_be_continued,
    upload_to_continue,
)
from services.workspace.documents.names import folder_of
from services.workspace.documents.operations import begin_document, follow
from services.workspace.documents.presenting import version_out
from services.workspace.documents.receiving import FORGET, LATER, Received, Receiver
from services.workspace.documents.schemas import UploadIn, UploadOut, VersionOut
from services.workspace.tables import DocumentVersion, Upload
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, Job, WriteSession
from shared.fields import Counted
from shared.file_kinds import must_be_no_program
from shared.file_names import file_name_of
from shared.objects import Kept
from shared.paging import Paging, count_of
from shared.problems import Conflict, Invalid, NotAllowed, Problem, TooLarge

EXPIRE = "expire_upload"
PART_SIZE = 8 * 2**20
LARGEST_PART = 64 * 2**20
LASTS = timedelta(hours=48)


def upload_out(upload: Upload, finished: VersionOut | None = None) -> UploadOut:
    return UploadOut(
        id=upload.id, committee=upload.committee, document=upload.document_id, base_version=upload.base_version,
        file_name=upload.file_name, size=upload.size, received=upload.received, part_size=PART_SIZE,
        expires_at=upload.expires_at, finished=finished, demo=upload.demo,
    )  # fmt: skip


async def begin_upload(db: Database, largest: int, wanted: UploadIn, *, by: Caller) -> UploadOut:
    """Raises NotFound, NotAllowed, TooLarge, UnsupportedMediaType, Invalid."""
    name, folder = file_name_of(wanted.file_name), folder_of(wanted.folder or "")
    must_be_no_program(name, b"")
    if wanted.size > largest:
        raise TooLarge(f"The file may have at most {largest} bytes.")
    if (wanted.committee is None) == (wanted.document is None):
        raise Invalid.at("/committee", "name the committee of a new document, or the document of a new version")
    now = datetime.now(UTC)
    async with db.transaction(by=by, to="begin an upload", about=wanted.committee or f"document {wanted.document}") as tx:  # noqa: E501  # fmt: skip
        if wanted.document is not None:
            document = await document_to_work_on(tx, wanted.document, by)
            slug, base = document.committee, wanted.base_version
        else:
            slug, base = str(wanted.committee), None
            await committee_to_work_in(tx, slug, by)
        upload = Upload(
            committee=slug, document_id=wanted.document, base_version=base, file_name=name, title=wanted.title,
            folder=folder, note=wanted.note, size=wanted.size, received=0, parts=[], created_by=actor_of(by),
            created_at=now, expires_at=now + LASTS, demo=by.demo,
        )  # fmt: skip
        tx.add(upload)
        await tx.flush()
        tx.announce(Job(EXPIRE, {"upload": str(upload.id)}, delay=LASTS.total_seconds()))
        out = upload_out(upload)
        idempotency.will_answer(out, headers={"Location": address_of(upload.id), "Upload-Offset": "0"})
    return out


async def list_uploads(db: Database, document_id: UUID | None, part: Paging, *, by: Caller) -> Counted[UploadOut]:
    """One's own that are not finished, the newest first; of one document when it is named."""
    statement = select(Upload).where(Upload.created_by == actor_of(by), may_be_continued(by))
    if document_id is not None:
        statement = statement.where(Upload.document_id == document_id)
    async with db.reading() as reading:
        total = await count_of(reading, statement)
        rows = (await reading.scalars(part.apply(statement, [Upload.id], descending=True))).all()
    shown, following = part.cut(rows, lambda row: (row.id,))
    return Counted(items=[upload_out(row) for row in shown], next=following, total=total)


async def read_upload(db: Database, upload_id: UUID, *, by: Caller) -> UploadOut:
    """Raises NotFound."""
    async with db.reading() as reading:
        return upload_out(await upload_to_continue(reading, upload_id, by))


async def send_part(
    receiver: Receiver, request: Request, upload_id: UUID, offset: int, *, by: Caller
) -> UploadOut:  # fmt: skip
    """Keep what comes, also when it breaks off. The last part makes the document or version.

    Raises NotFound, Conflict when the upload is not at `offset`, TooLarge, and what refuses the whole file.
    """
    async with receiver.db.reading() as reading:
        upload = await upload_to_continue(reading, upload_id, by)
    _must_be_at(upload, offset)
    left = upload.size - offset
    if left:
        kept = await receiver.objects.keep(_as_far_as_it_comes(request), largest=min(left, LARGEST_PART))
        await receiver.forget_later(kept.sha256)
        async with receiver.db.transaction(by=by, to="send a part of a file", about=f"upload {upload_id}") as tx:
            upload = await upload_to_continue(tx, upload_id, by, lock=True)
            _must_be_at(upload, offset)
            if kept.size:
                upload.parts = [*upload.parts, {"sha256": kept.sha256, "size": kept.size}]
                upload.received += kept.size
    if upload.received < upload.size:
        return upload_out(upload)
    return await finish_upload(receiver, upload_id, by=by)


async def finish_upload(receiver: Receiver, upload_id: UUID, base: int | None = None, *, by: Caller) -> UploadOut:
    """Make the document or version of an upload that is whole; `base`: the version that it follows after all.

    Raises NotFound, NotAllowed, Conflict, StaleVersion (it waits, whole), and what refuses the file (it is gone then).
    """
    async with receiver.db.reading() as reading:
        upload = await upload_to_continue(reading, upload_id, by)
    if upload.received < upload.size:
        raise Conflict(f"Only {upload.received} of {upload.size} bytes have come.")
    try:
        file = await _assembled(receiver, upload)
    except Problem as problem:
        if problem.status in (415, 422):
            await drop_upload(receiver.db, upload_id, by=by)
        raise
    async with receiver.db.transaction(by=by, to="finish an upload", about=f"upload {upload_id}") as tx:
        upload = await upload_to_continue(tx, upload_id, by, lock=True)
        version = await _made(tx, upload, file, base, by)
        for part in upload.parts:
            tx.announce(Job(FORGET, {"sha256": part["sha256"]}, delay=LATER))
        await tx.delete(upload)
        out = upload_out(upload, version_out(version, by_name=True))
        out = out.model_copy(update={"document": version.document_id})
        idempotency.will_answer(out, headers={"Location": f"/api/v1/workspace/documents/{version.document_id}"})
    return out


async def drop_upload(db: Database, upload_id: UUID, *, by: Caller) -> None:
    """Raises NotFound."""
    async with db.transaction(by=by, to="drop an upload", about=f"upload {upload_id}") as tx:
        upload = await upload_to_continue(tx, upload_id, by, lock=True)
        for part in upload.parts:
            tx.announce(Job(FORGET, {"sha256": part["sha256"]}, delay=LATER))
        await tx.delete(upload)


async def keep_aside(
    db: Database, document_id: UUID, file: Received, base: int | None, note: str | None, *, by: Caller
) -> UUID:  # fmt: skip
    """A version that somebody overtook waits as a whole upload. Raises NotFound, NotAllowed."""
    now = datetime.now(UTC)
    async with db.transaction(by=by, to="keep an overtaken version aside", about=f"document {document_id}") as tx:
        document = await document_to_see(tx, document_id, by)
        await committee_to_work_in(tx, document.committee, by)
        upload = Upload(
            committee=document.committee, document_id=document_id, base_version=base, file_name=file.file_name,
            folder="", note=note, size=file.kept.size, received=file.kept.size,
            parts=[{"sha256": file.kept.sha256, "size": file.kept.size}], created_by=actor_of(by), created_at=now,
            expires_at=now + LASTS, demo=by.demo,
        )  # fmt: skip
        tx.add(upload)
        await tx.flush()
        tx.announce(Job(EXPIRE, {"upload": str(upload.id)}, delay=LASTS.total_seconds()))
        return upload.id


def address_of(upload_id: UUID) -> str:
    return f"/api/v1/workspace/uploads/{upload_id}"


async def _made(tx: WriteSession, upload: Upload, file: Received, base: int | None, by: Caller) -> DocumentVersion:
    if upload.document_id is not None:
        document = await document_to_work_on(tx, upload.document_id, by)
        return await follow(tx, document, file, base=base or upload.base_version, note=upload.note, by=by)
    await committee_to_work_in(tx, upload.committee, by)
    document_made = await begin_document(
        tx, upload.committee, file, title=upload.title, folder=upload.folder, note=upload.note, by=by
    )
    made = await tx.get(DocumentVersion, (document_made.id, 1))
    if made is None:
        raise NotAllowed
    return made


async def _assembled(receiver: Receiver, upload: Upload) -> Received:
    """The whole file, stored under the hash of all its bytes, and looked at."""
    if len(upload.parts) == 1:
        only = upload.parts[0]
        head = b"".join(
            [part async for part in receiver.objects.read(only["sha256"], start=0, end=min(8192, only["size"]))]
        )
        return await receiver.check(Kept(only["sha256"], only["size"], head[:8192]), upload.file_name)

    async def parts() -> AsyncIterator[bytes]:
        for part in upload.parts:
            async for chunk in receiver.objects.read(part["sha256"]):
                yield chunk

    kept = await receiver.objects.keep(parts(), largest=upload.size)
    return await receiver.check(kept, upload.file_name)


def _must_be_at(upload: Upload, offset: int) -> None:
    if upload.received != offset:
        raise Conflict(
            f"The upload is at {upload.received}; go on from there.", headers={"Upload-Offset": str(upload.received)}
        )


async def _as_far_as_it_comes(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        return
