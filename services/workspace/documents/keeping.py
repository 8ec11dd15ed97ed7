"""Keeping what was made of files' bytes, by their SHA-256: made once, shown at once from then on, gone with the bytes.

The database keeps it, where every process finds it; at most so many bytes in all, the oldest making room.
"""

import json
import zlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from services.workspace.seed import PLATFORM
from services.workspace.tables import KeptResult
from services.workspace.words import ResultKind
from shared.apart import TooMuch
from shared.database import Database

RULES = 1
"""Edition of what makes the results: a higher one makes all of them anew."""
MOST = 64 * 2**20
"""Bytes that are kept in all, compressed."""
LARGEST = 4 * 2**20
"""Bytes of one; a larger one is made anew each time."""
TRY_AGAIN = timedelta(hours=1)
"""After which what took too much is tried once more."""


async def once(
    db: Database, kind: ResultKind, sha256: str, make: Callable[[], Awaitable[Any]], *, other: str = "",
    most: int = MOST,
) -> Any:  # fmt: skip
    """What `make` gives of a file, or of two, as JSON has it; from the second time on what was kept.

    Raises TooMuch, also for what took too much a short while ago.
    """
    key = {"sha256": sha256, "other_sha256": other, "kind": kind, "rules": RULES}
    async with db.reading() as reading:
        row = await reading.scalar(select(KeptResult).filter_by(**key))
    if row is not None and row.content is not None:
        return json.loads(zlib.decompress(row.content))
    if row is not None and row.made_at > datetime.now(UTC) - TRY_AGAIN:
        raise TooMuch("it took too much a short while ago")
    try:
        made = await make()
    except TooMuch:
        await _keep(db, key, None, most)
        raise
    content = zlib.compress(json.dumps(made, ensure_ascii=False).encode())
    if len(content) <= LARGEST:
        await _keep(db, key, content, most)
    return json.loads(zlib.decompress(content))


async def _keep(db: Database, key: dict[str, Any], content: bytes | None, most: int) -> None:
    made = {"content": content, "size": len(content or b""), "made_at": datetime.now(UTC)}
    async with db.transaction(by=PLATFORM, to="keep what was made of a file", about=key["sha256"][:16]) as tx:
        await tx.execute(
            insert(KeptResult)
            .values(**key, **made)
            .on_conflict_do_update(index_elements=["sha256", "other_sha256", "kind", "rules"], set_=made)
        )
        so_far = func.sum(KeptResult.size).over(order_by=(KeptResult.made_at.desc(), KeptResult.sha256))
        kept = select(KeptResult.made_at, so_far.label("bytes")).subquery()
        last = await tx.scalar(select(func.max(kept.c.made_at)).where(kept.c.bytes > most))
        if last is not None:
            await tx.execute(delete(KeptResult).where(KeptResult.made_at <= last))
        await tx.execute(delete(KeptResult).where(KeptResult.rules < RULES))


async def forget_results_of(db: Database, sha256: str) -> None:
    """What was made of bytes goes with them."""
    of_it = or_(KeptResult.sha256 == sha256, KeptResult.other_sha256 == sha256)
    async with db.reading() as reading:
        if await reading.scalar(select(KeptResult.kind).where(of_it).limit(1)) is None:
            return
    async with db.transaction(by=PLATFORM, to="forget what was made of a file", about=sha256[:16]) as tx:
        await tx.execute(delete(KeptResult).where(of_it))
