"""The bytes of files that people sent: imports and files of events lie in one store, a content once under its hash."""

from sqlalchemy import or_, select

from services.indicators.tables import EventFile, Import
from shared.database import Database
from shared.objects import Objects


async def forget_unless_named(db: Database, objects: Objects, sha256: str) -> None:
    """Remove bytes on which no import rests, and no file of events that is still to be read or was asked to be kept."""
    of_events = EventFile.keeps_file | EventFile.state.in_(("queued", "running"))
    async with db.reading() as reading:
        named = await reading.scalar(
            select(
                or_(
                    select(Import.id).where(Import.sha256 == sha256).exists(),
                    select(EventFile.id).where(EventFile.sha256 == sha256, of_events).exists(),
                )
            )
        )
    if not named:
        await objects.forget(sha256)
