"""Lists in parts: keyset cursors that survive inserts and deletes, sealed so that they grant and leak nothing."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request
from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from shared.ids import derived_key
from shared.problems import Invalid

LARGEST = 200


@dataclass(frozen=True)
class Paging:
    """How much of a list to give, and after which row.

    The cursor is bound to the path, the other query parameters and the caller: it cannot be used elsewhere.
    """

    limit: int
    after: tuple[Any, ...] | None
    seal: bytes

    def apply(
        self,
        statement: Select[Any],
        keys: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]],
        *,
        descending: bool = False,
    ) -> Select[Any]:
        """Order by `keys` (the last one unique), begin after the cursor, and take one row more than shown."""
        if self.after is not None:
            if len(self.after) != len(keys):
                raise Invalid.at("/cursor", "is not a cursor of this list")
            place = tuple_(*[literal(value, key.type) for value, key in zip(self.after, keys, strict=True)])
            row = tuple_(*keys)
            statement = statement.where(row < place if descending else row > place)
        return statement.order_by(*[key.desc() if descending else key.asc() for key in keys]).limit(self.limit + 1)

    def cut(self, rows: Sequence[Any], key: Any) -> tuple[list[Any], str | None]:
        """The rows to show and the cursor of the next part. `key(row)` gives the values of the ordering keys."""
        shown = list(rows[: self.limit])
        return shown, self.cursor(key(shown[-1])) if len(rows) > self.limit else None

    def cursor(self, values: Sequence[Any]) -> str:
        plain = json.dumps(list(values), separators=(",", ":"), default=_marked, ensure_ascii=False).encode()
        mark = hmac.new(self.seal, plain, hashlib.sha256).digest()[:12]
        return base64.urlsafe_b64encode(mark + plain).rstrip(b"=").decode()


async def paging(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=LARGEST, description="How many items to give.")] = 50,
    cursor: Annotated[str | None, Query(max_length=2000, description="The `next` of the previous part.")] = None,
) -> Paging:
    others = sorted(pair for pair in request.query_params.multi_items() if pair[0] not in ("limit", "cursor"))
    purpose = json.dumps(["cursor", request.url.path, others, request.state.caller.id])
    seal = derived_key(request.app.state.settings.secret, purpose)
    return Paging(limit, _opened(cursor, seal) if cursor is not None else None, seal)


def _marked(value: Any) -> dict[str, str]:
    if isinstance(value, date):
        return {"time" if isinstance(value, datetime) else "date": value.isoformat()}
    return {"id": str(UUID(str(value)))}


def _unmarked(value: dict[str, str]) -> date | UUID:
    if "date" in value:
        return date.fromisoformat(value["date"])
    return datetime.fromisoformat(value["time"]) if "time" in value else UUID(value["id"])


def _opened(cursor: str, seal: bytes) -> tuple[Any, ...]:
    try:
        raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        mark, plain = raw[:12], raw[12:]
        canonical = base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == cursor
        if canonical and hmac.compare_digest(mark, hmac.new(seal, plain, hashlib.sha256).digest()[:12]):
            return tuple(json.loads(plain, object_hook=_unmarked))
    except (ValueError, UnicodeEncodeError):
        pass
    raise Invalid.at("/cursor", "is not a cursor of this list; begin again without it")


Part = Annotated[Paging, Depends(paging)]


async def count_of(session: AsyncSession, statement: Select[Any]) -> int:
    """How many rows a statement has in all."""
    return int(await session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0)
