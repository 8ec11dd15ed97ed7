"""From bytes that somebody sends to a file that may be kept: stored, its kind told, scanned. Then a row may name it."""

from collections.abc import AsyncIterable
from dataclasses import dataclass

from services.workspace.seed import PLATFORM
from shared import idempotency
from shared.database import Database, Job
from shared.file_kinds import Kind, must_be_no_program
from shared.file_names import file_name_of
from shared.incoming import kind_of_kept
from shared.objects import Kept, Objects
from shared.settings import Settings

FORGET = "forget_file"
LATER = 24 * 3600.0  # seconds: by then, whoever stored the same bytes has written the row that names them


@dataclass(frozen=True, slots=True)
class Received:
    """A file that may be kept."""

    kept: Kept
    file_name: str
    kind: Kind


@dataclass(frozen=True)
class Receiver:
    """Where files go, and by which limits."""

    db: Database
    objects: Objects
    settings: Settings

    async def receive(self, sent_name: str | None, chunks: AsyncIterable[bytes]) -> Received:
        """Store what comes and look at it. Raises TooLarge, UnsupportedMediaType, Invalid at `/file`, Unavailable."""
        name = file_name_of(sent_name)
        must_be_no_program(name, b"")
        kept = await self.objects.keep(chunks, largest=self.settings.largest_document)
        return await self.check(kept, name)

    async def check(self, kept: Kept, name: str) -> Received:
        """Raises UnsupportedMediaType, Invalid, Unavailable. A day later it is forgotten unless a row names it."""
        await self.forget_later(kept.sha256)
        kind = await kind_of_kept(kept, name, self.objects, self.settings)
        return Received(kept, name, kind)

    async def forget_later(self, sha256: str) -> None:
        """Whatever becomes of the request, bytes that nothing names do not stay."""
        with idempotency.aside():
            async with self.db.transaction(by=PLATFORM, to="let go of files") as tx:
                tx.announce(Job(FORGET, {"sha256": sha256}, delay=LATER))
