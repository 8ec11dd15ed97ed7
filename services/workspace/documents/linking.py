"""What other things say about documents must be about documents that whoever says so can see."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.workspace.documents.access import visible_documents
from services.workspace.schemas import Link
from services.workspace.tables import Document
from shared.callers import Caller
from shared.database import WriteSession
from shared.problems import FieldError, Invalid


async def must_see_documents(
    tx: WriteSession, links: Sequence[Link], before: Sequence[Mapping[str, Any]], caller: Caller
) -> None:
    """Links that were there before may stay, whatever became of the document. Raises Invalid at `/links/{i}/ref`."""
    kept = {str(link["ref"]) for link in before if link["kind"] == "document"}
    asked = {index: link.ref for index, link in enumerate(links) if link.kind == "document" and link.ref not in kept}
    ids = {index: found for index, ref in asked.items() if (found := _id_of(ref)) is not None}
    statement = select(Document.id).where(Document.id.in_(ids.values()), visible_documents(caller))
    seen = set((await tx.scalars(statement)).all()) if ids else set()
    errors = [
        FieldError(f"/links/{index}/ref", "must be the id of a document that you can see", "not_found")
        for index in asked
        if ids.get(index) not in seen
    ]
    if errors:
        raise Invalid(errors=errors)


def _id_of(ref: str) -> UUID | None:
    try:
        return UUID(ref)
    except ValueError:
        return None
