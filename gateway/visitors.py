"""Who comes in: from a session cookie or a bearer token to a caller, remembered until something about it changes."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.engine import make_url
from sqlalchemy.orm import selectinload

from gateway.keys import Identified
from gateway.secrets import token_hash
from gateway.tables import AccessToken, ApiClient, Session, User
from shared.callers import Caller, Grant
from shared.database import Database, WriteSession
from shared.listening import listen
from shared.streams import tell

CHANNEL = "identity_changed"
IDLE = timedelta(hours=12)
LONGEST = timedelta(days=30)
SEEN_EVERY = 300.0
REMEMBERED_FOR = 30.0
MOST = 20_000

LookUp = Callable[[bytes], Awaitable[Identified | None]]


class Visitors:
    """Finds callers by their secrets. What it remembers is dropped at once when another process says so."""

    def __init__(self, database: Database, url: str) -> None:
        self._database = database
        self._url = make_url(url)
        self._found: dict[bytes, tuple[float, str, Identified]] = {}
        self._listening = False
        self._changes = 0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(
            listen(self._url, CHANNEL, self.forget, begin=self._begin, lose=self._lose), name="identity changes"
        )

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def forget(self, subject: str) -> None:
        """Drop what is remembered of a user or client (its id), here; others hear of it by NOTIFY."""
        self._changes += 1
        for key in [key for key, (_, owner, _) in self._found.items() if owner == subject]:
            del self._found[key]

    async def by_session(self, token: str) -> Identified | None:
        return await self._remembered(token, self._session)

    async def by_bearer(self, token: str) -> Identified | None:
        return await self._remembered(token, self._access_token)

    async def _remembered(self, token: str, look_up: LookUp) -> Identified | None:
        key = token_hash(token)
        found = self._found.get(key)
        if found is not None and found[0] > time.monotonic():
            return found[2]
        changes = self._changes
        fresh = await look_up(key)
        if fresh is None:
            self._found.pop(key, None)
            return None
        if self._listening and changes == self._changes:  # else what was read may be older than the change
            if len(self._found) >= MOST:
                self._found.clear()
            left = min(REMEMBERED_FOR, (fresh.ends_at - datetime.now(UTC)).total_seconds())
            self._found[key] = (time.monotonic() + left, fresh.caller.id, fresh)
        return fresh

    async def _session(self, key: bytes) -> Identified | None:
        now = datetime.now(UTC)
        async with self._database.reading() as db:
            session = await db.scalar(select(Session).where(Session.token_hash == key, Session.expires_at > now))
            if session is None:
                return None
            user = await db.scalar(
                select(User).where(User.id == session.user_id, User.active).options(selectinload(User.grants))
            )
        if user is None:
            return None
        ends_at = await self._keep_alive(session, now)
        return Identified(caller_for(user, csrf=session.csrf_token), session_id=str(session.id), ends_at=ends_at)

    async def _keep_alive(self, session: Session, now: datetime) -> datetime:
        """Move the end of an active session, at most every five minutes and never past 30 days."""
        if (now - session.seen_at).total_seconds() < SEEN_EVERY:
            return session.expires_at
        expires = min(now + IDLE, session.created_at + LONGEST)
        async with self._database.engine.begin() as connection:
            await connection.execute(
                update(Session).where(Session.id == session.id).values(seen_at=now, expires_at=expires)
            )
        return expires

    async def _access_token(self, key: bytes) -> Identified | None:
        async with self._database.reading() as db:
            row = (
                await db.execute(
                    select(ApiClient, AccessToken.scopes, AccessToken.expires_at)
                    .join(AccessToken, AccessToken.client_id == ApiClient.id)
                    .where(AccessToken.token_hash == key, AccessToken.expires_at > datetime.now(UTC))
                )
            ).one_or_none()
        return Identified(client_caller(row[0], row[1]), ends_at=row[2]) if row is not None else None

    def _begin(self) -> None:
        self._found.clear()
        self._listening = True

    def _lose(self) -> None:
        """Whoever is remembered may have changed unheard: without the line nobody is."""
        self._listening = False
        self._found.clear()


async def tell_changed(session: WriteSession, subject: str) -> None:
    """Have every gateway process drop what it remembers of a user or client once this transaction commits."""
    await tell(session, CHANNEL, subject)


def caller_for(user: User, *, csrf: str = "") -> Caller:
    return Caller(
        kind="user",
        id=str(user.id),
        name=user.name,
        username=user.username,
        email=user.email,
        locale=user.locale,
        csrf=csrf,
        demo=user.demo,
        grants=tuple(Grant(g.role, g.scope, g.stakeholder_group) for g in user.grants),
    )


def client_caller(client: ApiClient, scopes: list[str]) -> Caller:
    """A client reads what is public or for the network; it writes only within the scope of its own grant."""
    grants: list[Grant] = []
    if client.scope == "network":
        grants.append(Grant("secretariat", "network"))
    elif client.scope and client.scope.startswith("community:"):
        grants += [Grant("coordinator", client.scope), Grant("data_provider", client.scope)]
    elif client.scope:
        grants.append(Grant("member", client.scope))
    return Caller(
        kind="client", id=str(client.id), name=client.name, username=str(client.id), grants=tuple(grants),
        scopes=frozenset(scopes), demo=client.demo,
    )  # fmt: skip
