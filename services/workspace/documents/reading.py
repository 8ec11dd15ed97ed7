"""What people look at in a document without opening it: the beginning of its text, what changed, what names it."""

from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from services.workspace.access import visible
from services.workspace.documents.access import document_to_see, version_to_see
from services.workspace.documents.comparing import Comparison, compare
from services.workspace.documents.contents import LONGEST
from services.workspace.documents.keeping import once
from services.workspace.documents.schemas import ComparisonOut, LineOut, LinkedOut, PreviewOut
from services.workspace.markdown import html_of
from services.workspace.tables import DocumentVersion, Task
from shared.apart import TooMuch, run_apart
from shared.callers import Caller
from shared.database import Database, ReadSession
from shared.file_kinds import reads_as_markdown
from shared.problems import Unavailable

SHOWN = 20_000
"""Characters of a preview."""
SHORT = 4_000
"""Characters that are compared, or read as Markdown, without a process of their own: it takes no time."""


async def preview(db: Database, document_id: UUID, number: int, *, by: Caller) -> PreviewOut:
    """Raises NotFound."""
    async with db.reading() as reading:
        _, version = await version_to_see(reading, document_id, number, by)
        text = await _text(reading, document_id, number, most=SHOWN + 1)
    shown = text[:SHOWN]
    html = await _html(db, version, shown) if reads_as_markdown(version.media_type) and shown else None
    return PreviewOut(
        n=version.n, text_state=version.text_state, text=shown, html=html, cut=len(text) > len(shown),
        pages=version.pages,
    )  # fmt: skip


async def _html(db: Database, version: DocumentVersion, text: str) -> str | None:
    """None when it took too much: then the plain text is shown."""
    if len(text) < SHORT:
        return html_of(text)
    work = partial(html_of, text)
    with suppress(TooMuch):
        return str(await once(db, "preview", version.sha256, lambda: run_apart(work, memory=2**29, seconds=30)))
    return None


async def compare_versions(db: Database, document_id: UUID, before: int, after: int, *, by: Caller) -> ComparisonOut:
    """Raises NotFound, Unavailable when the texts are too different to be compared in time."""
    async with db.reading() as reading:
        _, old = await version_to_see(reading, document_id, before, by)
        _, new = await version_to_see(reading, document_id, after, by)
        sizes = await _length(reading, document_id, before), await _length(reading, document_id, after)
    comparable = any(sizes) and {old.text_state, new.text_state} <= {"read", "empty"}
    found = await _compared(db, document_id, old, new, sum(sizes)) if comparable else Comparison([], 0, 0, cut=False)
    return ComparisonOut(
        before=before, after=after, comparable=comparable, changed=old.sha256 != new.sha256, added=found.added,
        removed=found.removed, cut=found.cut, lines=[LineOut(kind=kind, text=text) for kind, text in found.lines],
    )  # fmt: skip


async def what_links_to(db: Database, document_id: UUID, *, by: Caller) -> list[LinkedOut]:
    """Tasks that name a document, as far as the caller may see them. Raises NotFound."""
    async with db.reading() as reading:
        await document_to_see(reading, document_id, by)
        link = cast([{"kind": "document", "ref": str(document_id)}], JSONB)
        statement = select(Task).where(visible(by), Task.links.contains(link)).order_by(Task.updated_at.desc(), Task.id)
        rows = (await reading.scalars(statement.limit(200))).all()
    return [LinkedOut(task=row.id, title=row.title, state=row.state, committee=row.committee) for row in rows]


async def _text(reading: ReadSession, document_id: UUID, number: int, *, most: int = LONGEST) -> str:
    """At most so many characters of it."""
    statement = select(func.left(DocumentVersion.text, most)).where(DocumentVersion.document_id == document_id)
    return str(await reading.scalar(statement.where(DocumentVersion.n == number)) or "")


async def _length(reading: ReadSession, document_id: UUID, number: int) -> int:
    statement = select(func.length(DocumentVersion.text)).where(DocumentVersion.document_id == document_id)
    return int(await reading.scalar(statement.where(DocumentVersion.n == number)) or 0)


async def _compared(
    db: Database, document_id: UUID, old: DocumentVersion, new: DocumentVersion, size: int
) -> Comparison:
    """Short texts at once; longer ones in a process of their own, and what comes of it is kept."""

    async def texts() -> tuple[str, str]:
        async with db.reading() as reading:
            return await _text(reading, document_id, old.n), await _text(reading, document_id, new.n)

    async def apart() -> list[Any]:
        before, after = await texts()
        made = await run_apart(partial(compare, before, after), memory=2**29, seconds=30)
        return [made.lines, made.added, made.removed, made.cut]

    if size < SHORT:
        return compare(*await texts())
    try:
        lines, added, removed, cut = await once(db, "comparison", old.sha256, apart, other=new.sha256)
    except TooMuch:
        raise Unavailable("These versions differ too much to be compared.") from None
    return Comparison([(kind, text) for kind, text in lines], added, removed, cut)
