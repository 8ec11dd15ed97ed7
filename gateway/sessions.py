"""Logging in and out: sessions are kept on the server, the browser holds a random token and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from fastapi import Request
from sqlalchemy import delete, func, select
from sqlalchemy.orm import selectinload
from starlette.responses import Response

from gateway import factors, passwords
from gateway.front import is_plain_loopback, session_cookie
from gateway.secrets import new_token, token_hash
from gateway.tables import LoginFailure, Session, User
from gateway.visitors import IDLE, caller_for, tell_changed
from shared.callers import PUBLIC, Caller
from shared.database import Database, ReadSession, WriteSession
from shared.problems import NotSignedIn, TooManyRequests
from shared.settings import Settings
from shared.text import normal

Found = TypeVar("Found")
GUESSES, WITHIN = 5, timedelta(minutes=1)
MOST_WAITING = 30
_attempts: dict[tuple[str, str], tuple[asyncio.Lock, int]] = {}


def key_of(name: str) -> str:
    """A username or e-mail address as compared: NFC, case folded, trimmed."""
    return normal(normal(name).strip().casefold())


async def user_named(db: ReadSession | WriteSession, name: str) -> User | None:
    """The active account with this username or e-mail address."""
    key = key_of(name)
    return await db.scalar(
        select(User)
        .where((User.username_key == key) | (User.email_key == key), User.active)
        .options(selectinload(User.grants))
    )


async def log_in(
    db: Database, secret: bytes, username: str, password: str, code: str | None = None, *, address: str
) -> User:
    """The user whose password (and code, with a second factor) this is. Raises as `prove` does."""

    async def has_code(user: User) -> bool:
        if await factors.is_proven(db, secret, user.id, code):
            return True
        if code is None:
            raise factors.code_needed()
        return False

    return await prove(db, username, password, address=address, also=has_code)


async def prove(
    db: Database, username: str, password: str, *, address: str, also: Callable[[User], Awaitable[bool]] | None = None
) -> User:
    """The user whose password this is. Raises NotSignedIn, the same for an unknown user and a wrong password and in
    the same time; TooManyRequests after five failures for this account from this address within a minute."""
    account = key_of(username)[:300]

    async def attempt() -> User | None:
        async with db.reading() as reading:
            user = await user_named(reading, username)
        is_right = await passwords.matches(password, user.password_hash if user else None)
        return user if is_right and user is not None and (also is None or await also(user)) else None

    user = await guess(db, account, attempt, address=address)
    if user is None:
        raise NotSignedIn("The username or the password is not right.", scheme='Cookie realm="portsnet"')
    return user


async def guess(
    db: Database, account: str, attempt: Callable[[], Awaitable[Found | None]], *, address: str
) -> Found | None:
    """What an attempt finds; one that finds nothing is counted. Raises TooManyRequests after five of them for this
    account from this address within a minute."""
    async with _one_at_a_time(account, address):
        await _must_not_be_guessing(db, account, address)
        found = await attempt()
        if found is None:
            async with db.transaction(by=PUBLIC, to="fail to log in", about=account) as tx:
                tx.add(LoginFailure(account=account, address=address))
                await tx.execute(delete(LoginFailure).where(LoginFailure.at < datetime.now(UTC) - timedelta(days=1)))
    return found


@asynccontextmanager
async def _one_at_a_time(account: str, address: str) -> AsyncIterator[None]:
    """Guesses for one account from one address wait for one another, so that a burst is counted before it is tried."""
    key = (account, address)
    lock, waiting = _attempts.get(key, (asyncio.Lock(), 0))
    if waiting >= MOST_WAITING:
        raise TooManyRequests(1, "Too many log-ins at once; wait a moment and try again.")
    _attempts[key] = (lock, waiting + 1)
    try:
        async with lock:
            yield
    finally:
        _, waiting = _attempts.pop(key)
        if waiting > 1:
            _attempts[key] = (lock, waiting - 1)


async def _must_not_be_guessing(db: Database, account: str, address: str) -> None:
    since = datetime.now(UTC) - WITHIN
    async with db.reading() as reading:
        failures, first = (
            await reading.execute(
                select(func.count(), func.min(LoginFailure.at)).where(
                    LoginFailure.account == account, LoginFailure.address == address, LoginFailure.at > since
                )
            )
        ).one()
    if failures >= GUESSES:
        wait = (first + WITHIN - datetime.now(UTC)).total_seconds()
        raise TooManyRequests(min(60, round(wait) + 1), "Too many failed log-ins; wait a moment and try again.")


async def open_session(tx: WriteSession, user_id: UUID, *, address: str, agent: str) -> tuple[str, Session]:
    """A new session; the token is given to the browser and only its digest stored."""
    token = new_token()
    session = Session(
        token_hash=token_hash(token), csrf_token=new_token(), user_id=user_id, address=address, agent=agent[:300],
        expires_at=datetime.now(UTC) + IDLE,
    )  # fmt: skip
    tx.add(session)
    await tx.execute(delete(Session).where(Session.user_id == user_id, Session.expires_at < datetime.now(UTC)))
    await tx.flush()
    return token, session


async def begin_session(db: Database, user: User, request: Request, *, how: str = "log in") -> tuple[str, Caller]:
    """Open a session for a user who has proven who they are; the token for the cookie, and the caller.

    Raises NotSignedIn when the account was closed or its password changed since the proof."""
    async with db.transaction(by=caller_for(user), to=how, about=user.username) as tx:
        proven = User.password_hash.is_not_distinct_from(user.password_hash)
        same = select(User.id).where(User.id == user.id, User.active, proven).with_for_update(read=True)
        if await tx.scalar(same) is None:
            raise NotSignedIn("The account has changed just now: sign in again.")
        token, session = await open_session(
            tx, user.id, address=request.state.address, agent=request.headers.get("user-agent", "")
        )
    return token, caller_for(user, csrf=session.csrf_token)


async def end_session(db: Database, session_id: UUID, *, by: Caller) -> None:
    async with db.transaction(by=by, to="log out", about=by.username) as tx:
        await tx.execute(delete(Session).where(Session.id == session_id))
        await tell_changed(tx, by.id)


async def end_all_sessions(tx: WriteSession, user_id: UUID) -> None:
    await tx.execute(delete(Session).where(Session.user_id == user_id))
    await tell_changed(tx, str(user_id))


def set_cookie(response: Response, token: str, settings: Settings) -> Response:
    response.set_cookie(
        session_cookie(settings), token, httponly=True, secure=not is_plain_loopback(settings), samesite="lax", path="/"
    )
    return response


def drop_cookie(response: Response, settings: Settings) -> Response:
    response.delete_cookie(
        session_cookie(settings), httponly=True, secure=not is_plain_loopback(settings), samesite="lax", path="/"
    )
    return response
