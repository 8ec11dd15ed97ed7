"""Slowing down whoever tries codes: each address may be wrong so often, over all processes.

The gateway names an address by a digest of its own (`X-Portsnet-Visitor`); a request that did not come through it has
none and shares one count with its like.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from fastapi import Request
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.tables import Participant, WrongCode
from services.survey.workshops.codes import hash_of
from shared.callers import Caller
from shared.database import Database
from shared.problems import NotFound, TooManyRequests

MOST = 30
"""Wrong codes from one address in a window; a whole room mistypes from one address."""
WINDOW = timedelta(minutes=10)
VISITOR = "x-portsnet-visitor"


def visitor_of(request: Request) -> str:
    """Who is counted: a signed-in caller by its id, others by the gateway's digest of their address."""
    caller: Caller = request.state.caller
    if caller.is_signed_in and caller.kind != "service":
        return f"{caller.kind}:{caller.id}"
    return request.headers.get(VISITOR, "")[:64]


def window_of(now: datetime) -> datetime:
    seconds = int(WINDOW.total_seconds())
    return datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)


@asynccontextmanager
async def guesses_counted(db: Database, visitor: str, *, by: Caller, token: str | None = None) -> AsyncIterator[None]:
    """Count a NotFound that the block raises. Raises TooManyRequests before the block once there were too many.

    A device that has joined a workshop is counted for itself: when a workshop ends, its room asks once more from one
    address, and must not be kept from the next workshop for that.
    """
    now = datetime.now(UTC)
    began = window_of(now)
    async with db.reading() as reading:
        if token and await _is_known(reading, token):
            visitor = f"device:{hash_of(token[:200])[:40]}"
        times = await reading.scalar(
            select(WrongCode.times).where(WrongCode.visitor == visitor, WrongCode.began_at == began)
        )
    if (times or 0) >= MOST:
        raise TooManyRequests(int((began + WINDOW - now).total_seconds()) + 1, "Too many codes that are none.")
    try:
        yield
    except NotFound:
        await _count(db, visitor, began, by=by)
        raise


async def _is_known(reading: AsyncSession, token: str) -> bool:
    found = await reading.scalar(select(Participant.id).where(Participant.token_hash == hash_of(token[:200])))
    return found is not None


async def _count(db: Database, visitor: str, began: datetime, *, by: Caller) -> None:
    async with db.transaction(by=by, to="try a workshop's code") as tx:
        await tx.execute(delete(WrongCode).where(WrongCode.began_at < began - WINDOW))
        added = insert(WrongCode).values(visitor=visitor, began_at=began, times=1, demo=by.demo)
        await tx.execute(
            added.on_conflict_do_update(
                index_elements=[WrongCode.visitor, WrongCode.began_at], set_={"times": WrongCode.times + 1}
            )
        )
