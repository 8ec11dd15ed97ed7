"""A mark of the data as it is: whoever has seen it need not be told again.

Every change of this schema writes an audit row in its own transaction, so the newest of them tell one state from
another. A row that commits late slips in among them and changes the mark, which a greatest number would not.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any

from asyncpg import InterfaceError, PostgresError
from fastapi import APIRouter, Request
from sqlalchemy import Text, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, dialect
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from services.indicators.tables import SCHEMA
from shared.answers import public_to
from shared.callers import Caller
from shared.database import Database, ReadSession, raw_connection
from shared.languages import language_of
from shared.routing import HouseRoute
from shared.tags import tag, unchanged

LAST = 50
"""How many rows are looked at: more than ever commit in another order than they were written."""

REMEMBERED = 4096
"""Tags of answers that one process keeps."""
_tags: OrderedDict[bytes, str] = OrderedDict()


_newest = select(SCHEMA.audit.c.id).order_by(SCHEMA.audit.c.at.desc(), SCHEMA.audit.c.id.desc()).limit(LAST).subquery()
_STATE = select(func.string_agg(cast(_newest.c.id, Text), aggregate_order_by(literal_column("''"), _newest.c.id)))


_STATE_AS_TEXT = str(
    _STATE.compile(dialect=dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[no-untyped-call]  # SQLAlchemy does not annotate its dialects
)


async def state_of(db: ReadSession | AsyncConnection) -> str:
    """The same as before exactly when nothing of this schema has changed."""
    return _digest(await db.scalar(_STATE))


async def state_at_once(db: Database) -> str:
    """`state_of`, asked of the driver itself: what lies between takes several times as long as the answer. Whatever the
    driver complains of comes up again on the usual way, which knows what to tell of it."""
    async with db.statements.connect() as connection:
        try:
            return _digest(await (await raw_connection(connection)).fetchval(_STATE_AS_TEXT))
        except (PostgresError, InterfaceError, OSError):
            return await state_of(connection)


def _digest(newest: str | None) -> str:
    return hashlib.blake2b((newest or "").encode(), digest_size=12).hexdigest()


def sight_of(caller: Caller) -> str:
    """What decides on which values a caller sees: the same for two callers who see the same."""
    if caller.is_secretariat:
        return "all"
    return " ".join([str(caller.belongs_to_network), *sorted(caller.communities)])


def tag_of(request: Request, state: str, *variant: str) -> str:
    """The tag of an answer that follows from the state, the address, who asks and in which language and form."""
    asked = f"{request.url.path}?{request.url.query}"
    seen = "\n".join([state, asked, sight_of(request.state.caller), *variant])
    return tag(None, seen.encode(), request.state.language)


class Held:
    """What a caller may hold already. Of an answer that was given before, and that nothing has changed since, the tag
    is remembered: whoever sends it is told so without computing the answer again."""

    def __init__(self, request: Request, state: str) -> None:
        self._request = request
        asked = [request.url.path, request.url.query, request.headers.get("accept", ""), request.state.language]
        told = "\n".join([state, *asked, sight_of(request.state.caller)])
        self._key = hashlib.blake2b(told.encode(), digest_size=16).digest()
        self._tag = _tags.get(self._key)

    @classmethod
    async def by(cls, request: Request, db: Database) -> "Held":
        return cls(request, await state_at_once(db))

    @property
    def is_unchanged(self) -> bool:
        return self._tag is not None and unchanged(self._request, self._tag)

    def not_modified(self) -> Response:
        """304, with the headers that the answer would have."""
        headers = {
            "Cache-Control": public_to(self._request).header(), "Vary": "Accept, Accept-Language",
            "Content-Language": self._request.state.language, "ETag": self._tag or "",
        }  # fmt: skip
        return Response(status_code=304, headers=headers)

    def remembered(self, response: Response) -> Response:
        """The response, its tag kept for the next time."""
        _tags[self._key] = response.headers["etag"]
        while len(_tags) > REMEMBERED:
            _tags.popitem(last=False)
        return response


class HeldRoute(HouseRoute):
    """A route whose answer follows from this schema, the address, who asks and in which language and form, and from
    nothing else. Whoever holds the answer is told so before anything of the question is read again."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def tell_or_handle(request: Request) -> Response:
            request.state.language = language_of(request)
            held = await Held.by(request, request.app.state.database)
            return held.not_modified() if held.is_unchanged else held.remembered(await handle(request))

        return tell_or_handle


def held_router(prefix: str, *, tags: list[Any]) -> APIRouter:
    """A router whose routes are such."""
    return APIRouter(prefix=prefix, tags=tags, route_class=HeldRoute)
