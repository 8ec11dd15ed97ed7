"""`Idempotency-Key`: the same request twice is done once, and answered alike.

The row is inserted in the transaction of the change itself. A second request with the key waits at that row until the
first has committed (then it replays the answer) or rolled back (then it does the work): a crash leaves nothing stuck.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Table, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.problems import Conflict, Invalid
from shared.tags import tag

KEPT_FOR = timedelta(hours=24)
request_id: ContextVar[str] = ContextVar("request_id", default="")
_current: ContextVar["Pending | None"] = ContextVar("idempotent_request", default=None)


class Replay(Exception):
    """The work was done before; this is its answer."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        super().__init__("replayed")
        self.status, self.headers, self.body = status, headers, body


@dataclass
class Pending:
    """A request that carries a key, until its transaction commits."""

    caller: str
    method: str
    path: str
    key: str
    body_hash: bytes
    language: str
    claimed: bool = False
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """What to replay; set before the transaction ends."""
        self.status, self.body, self.headers = status, body, headers

    def _row(self, table: Table) -> Any:
        return (
            (table.c.caller == self.caller)
            & (table.c.method == self.method)
            & (table.c.path == self.path)
            & (table.c.key == self.key)
        )

    async def claim(self, session: AsyncSession, table: Table) -> None:
        """Insert the row, or wait for whoever holds it and raise Replay, or Invalid for another body."""
        if self.claimed:
            return
        now = datetime.now(UTC)
        await session.execute(delete(table).where(self._row(table), table.c.created_at < now - KEPT_FOR))
        inserted = await session.execute(
            insert(table)
            .values(
                caller=self.caller,
                method=self.method,
                path=self.path,
                key=self.key,
                body_hash=self.body_hash,
                status=0,
                headers={},
                body=b"",
                created_at=now,
            )
            .on_conflict_do_nothing()
            .returning(table.c.key)
        )
        if inserted.first() is not None:
            self.claimed = True
            return
        found = (await session.execute(select(table).where(self._row(table)))).one_or_none()
        if found is None:
            raise Conflict("The same Idempotency-Key is being used right now.", headers={"Retry-After": "1"})
        if found.body_hash != self.body_hash:
            raise Invalid.at("/Idempotency-Key", "was used before with another body", "idempotency_key")
        raise Replay(found.status, found.headers, found.body)

    async def keep(self, session: AsyncSession, table: Table) -> None:
        """Store the answer beside the change. Without one, the key is forgotten and guards nothing."""
        if self.status is None:
            await session.execute(delete(table).where(self._row(table)))
        else:
            await session.execute(
                update(table).where(self._row(table)).values(status=self.status, headers=self.headers, body=self.body)
            )


def current() -> Pending | None:
    return _current.get()


@contextmanager
def aside() -> Iterator[None]:
    """What is written beside the request's own change claims no key and keeps no answer."""
    token = _current.set(None)
    try:
        yield
    finally:
        _current.reset(token)


def begin(pending: Pending | None) -> None:
    _current.set(pending)


def digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def forget_body() -> None:
    """Keep nothing of the body, not even its digest: for secrets of which there are few, so that whoever reads the row
    could try them all. The same key then counts as the same request, whatever the body says."""
    pending = _current.get()
    if pending is not None:
        pending.body_hash = b""


def will_answer(
    out: BaseModel | None,
    *,
    status: int = 201,
    headers: dict[str, str] | None = None,
    secret: frozenset[str] = frozenset(),
    version: int | str | None = None,
) -> None:
    """Tell, inside the transaction, what the caller will be answered; fields named in `secret` are not kept. With
    `version`, of what was made, the answer that is repeated carries the ETag that the first one had."""
    pending = _current.get()
    if pending is None:
        return
    body = out.model_dump_json(exclude=set(secret) or None).encode() if out is not None else b""
    kept = {"Content-Language": pending.language, "Vary": "Accept, Accept-Language", **(headers or {})}
    if version is not None:
        kept["ETag"] = tag(version, body, pending.language, "application/json")
    pending.answer(status, body, kept)
