"""A mark of the data as it is: whoever has seen it need not be told again.

Every change of this schema writes an audit row in its own transaction, so the newest of them tell one state from
another. A row that commits late slips in among them and changes the mark, which a greatest number would not.
"""

import hashlib
from collections.abc import Sequence

from fastapi import Request
from sqlalchemy import select

from services.indicators.tables import SCHEMA
from shared.callers import Caller
from shared.database import ReadSession
from shared.tags import tag

LAST = 50
"""How many rows are looked at: more than ever commit in another order than they were written."""


async def state_of(db: ReadSession) -> str:
    """The same as before exactly when nothing of this schema has changed."""
    audit = SCHEMA.audit.c
    rows = await db.scalars(select(audit.id).order_by(audit.at.desc(), audit.id.desc()).limit(LAST))
    return hashlib.blake2b("".join(str(row) for row in rows).encode(), digest_size=12).hexdigest()


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


def question_of(request: Request, *variant: str) -> Sequence[str]:
    """What an answer depends on beside the state."""
    return (request.url.path, request.url.query, sight_of(request.state.caller), request.state.language, *variant)
