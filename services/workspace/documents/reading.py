"""What people look at in a document without opening it: the beginning of its text, what changed, what names it."""

from functools import partial
from uuid import UUID

from sqlalchemy import cast, select
from sqlalchemy.dialects.postgresql import JSONB

from services.workspace.access import visible
from services.workspace.documents.access import document_to_see, version_to_see
from services.workspace.documents.comparing import Comparison, compare
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
AT_ONCE = 200
"""Lines that are compared without a process of their own."""


async def preview(db: Database, document_id: UUID, number: int, *, by: Caller) -> PreviewOut:
    """Raises NotFound."""
    async with db.reading() as reading:
        _, version = await version_to_see(reading, document_id, number, by)
        text = await _text(reading, document_id, number)
    shown = text[:SHOWN]
    return PreviewOut(
        n=version.n, text_state=version.text_state, text=shown,
        html=html_of(shown) if reads_as_markdown(version.media_type) and shown else None, cut=len(text) > len(shown),
        pages=version.pages,
    )  # fmt: skip


async def compare_versions(db: Database, document_id: UUID, before: int, after: int, *, by: Caller) -> ComparisonOut:
    """Raises NotFound, Unavailable when the texts are too different to be compared in time."""
    async with db.reading() as reading:
        _, old = await version_to_see(reading, document_id, before, by)
        _, new = await version_to_see(reading, document_id, after, by)
        texts = await _text(reading, document_id, before), await _text(reading, document_id, after)
    comparable = bool(texts[0] or texts[1]) and {old.text_state, new.text_state} <= {"read", "empty"}
    found = await _compared(*texts) if comparable else Comparison([], 0, 0, cut=False)
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


async def _text(reading: ReadSession, document_id: UUID, number: int) -> str:
    statement = select(DocumentVersion.text).where(DocumentVersion.document_id == document_id)
    return str(await reading.scalar(statement.where(DocumentVersion.n == number)) or "")


async def _compared(before: str, after: str) -> Comparison:
    if before.count("\n") + after.count("\n") < AT_ONCE and len(before) + len(after) < 100 * AT_ONCE:
        return compare(before, after)
    try:
        return await run_apart(partial(compare, before, after), memory=2**29, seconds=30)
    except TooMuch:
        raise Unavailable("These versions differ too much to be compared.") from None
