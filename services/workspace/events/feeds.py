"""A person's private feed: the token that opens it, and what is in it right now."""

import asyncio
import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import selectinload

from gateway.client import IdentityClient
from services.workspace.events import ical
from services.workspace.events.access import inside
from services.workspace.events.schemas import TokenOut
from services.workspace.notifications.operations import must_be_a_person
from services.workspace.tables import CalendarToken, Event
from shared import idempotency
from shared.callers import Caller, Grant
from shared.database import Database
from shared.problems import NotFound

FEED = "/api/v1/workspace/calendar.ics"
KEPT = timedelta(days=366)
REMOVED_ARE_TOLD = timedelta(days=60)
NAMES = {
    "es": "Red de Puertos", "en": "Ports Network", "pt": "Rede de Portos", "fr": "Réseau de ports",
}  # fmt: skip


async def make_token(db: Database, origin: str, *, by: Caller) -> TokenOut:
    """A new token; the one before stops at once. Raises NotAllowed for programs."""
    must_be_a_person(by)
    token = secrets.token_urlsafe(32)
    async with db.transaction(by=by, to="make a calendar token", about=by.id) as tx:
        statement = insert(CalendarToken).values(
            user_id=UUID(by.id), token_hash=_hash(token), created_at=datetime.now(UTC), demo=by.demo
        )
        await tx.execute(
            statement.on_conflict_do_update(
                index_elements=["user_id"],
                set_={name: statement.excluded[name] for name in ("token_hash", "created_at")},
            )
        )
        out = TokenOut(token=token, address=f"{origin}{FEED}?token={token}")
        idempotency.will_answer(out, secret=frozenset({"token", "address"}))
    return out


async def drop_token(db: Database, *, by: Caller) -> None:
    """Nobody reads the feed any more until there is a new token."""
    must_be_a_person(by)
    async with db.transaction(by=by, to="drop a calendar token", about=by.id) as tx:
        row = await tx.get(CalendarToken, UUID(by.id))
        if row is not None:
            await tx.delete(row)


async def read_feed(db: Database, identity: IdentityClient, token: str, language: str, origin: str) -> bytes:
    """The owner's committees, as the owner's roles are at this moment. Raises NotFound for a token that is none."""
    async with db.reading() as reading:
        owner = await reading.scalar(select(CalendarToken.user_id).where(CalendarToken.token_hash == _hash(token)))
    if owner is None:
        raise NotFound("This calendar")
    caller = await as_they_are_now(identity, owner)
    if caller is None:
        raise NotFound("This calendar")
    now = datetime.now(UTC)
    statement = (
        select(Event)
        .where(
            or_(inside(caller), Event.public & Event.removed_at.is_(None)),
            or_(Event.ends_by.is_(None), Event.ends_by > now - KEPT),
            or_(Event.removed_at.is_(None), Event.removed_at > now - REMOVED_ARE_TOLD),
        )
        .order_by(Event.starts_at, Event.id)
        .options(selectinload(Event.deviations))
    )
    async with db.reading() as reading:
        events = (await reading.scalars(statement)).all()
    return await asyncio.to_thread(ical.feed, events, name=NAMES[language], origin=origin)


async def as_they_are_now(identity: IdentityClient, user_id: UUID) -> Caller | None:
    """A person with the roles that count in the workspace; None when there is no such account any more."""
    person = (await identity.people([str(user_id)])).get(str(user_id))
    if person is None:
        return None
    holders = [*await identity.holders("committee:*"), *await identity.holders("network")]
    grants = tuple(Grant(one.role, one.scope) for one in holders if one.user_id == user_id)
    return Caller(kind="user", id=str(user_id), name=person.name, locale=person.locale, grants=grants)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
