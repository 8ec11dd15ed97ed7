"""What people do with files of observations: send one, look at what would change, apply it; one transaction each."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, true

from services.indicators import access
from services.indicators.imports.schemas import ImportOut
from services.indicators.imports.uploads import Upload
from services.indicators.submissions import locking
from services.indicators.tables import Import
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, Job, ReadSession
from shared.problems import Conflict, NotFound

APPLY = "import observations"
ROOT = "/api/v1/indicators/imports"


def visible(caller: Caller) -> ColumnElement[bool]:
    """Files that this caller may know of: their own; the secretariat sees all."""
    return true() if caller.is_secretariat else Import.created_by == locking.actor(caller)


async def take_in(
    db: Database, upload: Upload, *, partial: bool, preview: bool, language: str, by: Caller
) -> ImportOut:  # fmt: skip
    """Queue a file that is safe in the store. Whoever sends it is known to record data somewhere."""
    async with db.transaction(by=by, to="send a file of observations") as tx:
        row = Import(
            file_name=upload.name, sha256=upload.kept.sha256, size=upload.kept.size, partial=partial, preview=preview,
            communities=None if by.is_secretariat else sorted(by.scopes_of(*access.FEEDERS, within="community")),
            created_by=locking.actor(by), created_by_name=locking.name_of(by), demo=by.demo,
        )  # fmt: skip
        tx.add(row)
        await tx.flush()
        await tx.refresh(row)
        tx.about = str(row.id)
        tx.note(file=upload.name, size=upload.kept.size, sha256=upload.kept.sha256)
        tx.announce(Job(APPLY, {"id": str(row.id), "language": language}))
        out = import_out(row)
        idempotency.will_answer(out, status=202, headers={"Location": f"{ROOT}/{row.id}"})
    return out


async def apply_previewed(db: Database, identifier: UUID, language: str, *, by: Caller) -> ImportOut:
    """Apply a file that was sent for a look. Raises NotFound, and Conflict when it is no preview that ended well."""
    async with db.transaction(by=by, to="apply a file of observations", about=identifier) as tx:
        row = await tx.scalar(select(Import).where(Import.id == identifier, visible(by)).with_for_update())
        if row is None:
            raise NotFound("This import")
        if not row.preview or row.state != "done":
            raise Conflict("Only a preview that is done can be applied, and only once.")
        row.preview, row.state, row.progress, row.finished_at = False, "queued", 0.0, None
        tx.announce(Job(APPLY, {"id": str(row.id), "language": language}))
        out = import_out(row)
        idempotency.will_answer(out, status=202, headers={"Location": f"{ROOT}/{row.id}"})
    return out


async def import_to_see(db: ReadSession, identifier: UUID, caller: Caller) -> Import:
    """Raises NotFound."""
    row: Import | None = await db.scalar(select(Import).where(Import.id == identifier, visible(caller)))
    if row is None:
        raise NotFound("This import")
    return row


def import_out(row: Import) -> ImportOut:
    told: dict[str, Any] = {
        name: getattr(row, name)
        for name in (
            "id", "state", "rows", "accepted", "rejected", "progress", "skipped", "added", "revised", "unchanged",
            "errors", "warnings", "detail", "file_name", "size", "read_as", "partial", "preview", "places",
            "created_at", "finished_at", "demo",
        )
    }  # fmt: skip
    return ImportOut.model_validate(told | {"changes": row.samples, "created_by": row.created_by_name})
