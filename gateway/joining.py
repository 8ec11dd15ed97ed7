"""Coming in by an invitation: a new account, or a role more for an account that is there."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import Request
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError
from sqlalchemy import select, update
from starlette.responses import RedirectResponse, Response

from gateway import passwords, sessions
from gateway.accounts import (
    LARGEST_LOGIN,
    LoggedIn,
    PlatformSettings,
    VisitorsOf,
    body_of,
    must_come_from_our_page,
    user_out,
)  # fmt: skip
from gateway.invitations import add_grant, invitation_behind, open_invitation
from gateway.sessions import key_of
from gateway.tables import FederatedIdentity, Invitation, User
from gateway.visitors import caller_for
from shared import idempotency
from shared.answers import answer
from shared.callers import PUBLIC, Anyone, Caller
from shared.database import Database, WriteSession
from shared.dependencies import Db
from shared.fields import Input, Line
from shared.forms import Sent, is_form, json_or_form
from shared.problems import Conflict, FieldError, Invalid, Problem, documented
from shared.routing import house_router

router = house_router(tags=["auth"])


def _username(value: str) -> str:
    stripped = value.strip()
    if not re.fullmatch(r"[^\W_][\w.@+-]{1,63}", stripped):
        raise PydanticCustomError(
            "username", "must have 2 to 64 letters, digits or . _ - @ + and begin with a letter or digit"
        )
    return stripped


class AcceptIn(Input):
    username: Annotated[str, AfterValidator(_username)] | None = None
    name: Line | None = None
    password: str | None = None


@dataclass(frozen=True)
class Accepted:
    """Who came in, and the token of a new session; None when a signed-in person only gained a role."""

    caller: Caller
    session_token: str | None


def joins(caller: Caller, invitation: Invitation) -> bool:
    """Whether a signed-in person accepts an invitation to their own address, and so needs no new account."""
    return caller.kind == "user" and key_of(caller.email) == key_of(invitation.email)


async def join(db: Database, invitation: Invitation, *, by: Caller) -> Accepted:
    """Add the role to the caller's own account; once per invitation."""
    async with db.transaction(by=by, to="accept an invitation", about=invitation.scope) as tx:
        await _take(tx, invitation)
        await add_grant(tx, UUID(by.id), invitation.role, invitation.scope, invitation.stakeholder_group)
        user = await _user(tx, UUID(by.id))
        signed_in = caller_for(user, csrf=by.csrf)
        idempotency.will_answer(LoggedIn(user=user_out(signed_in)))
    return Accepted(signed_in, None)


@dataclass(frozen=True)
class NewAccount:
    """What a new account needs besides the invitation: a password's hash, or a login at a provider."""

    username: str
    name: str
    password_hash: str | None = None
    identity: FederatedIdentity | None = None


async def accept(
    db: Database, invitation: Invitation, wanted: NewAccount, *, by: Caller, address: str, agent: str
) -> Accepted:
    """Make the account with its role and a session; once per invitation."""
    async with db.transaction(by=by, to="accept an invitation", about=invitation.scope) as tx:
        await _take(tx, invitation)
        user = await _new_user(tx, invitation, wanted)
        tx.note(username=user.username)
        await add_grant(
            tx, user.id, invitation.role, invitation.scope, invitation.stakeholder_group, demo=invitation.demo
        )
        user = await _user(tx, user.id)
        session_token, session = await sessions.open_session(tx, user.id, address=address, agent=agent)
        signed_in = caller_for(user, csrf=session.csrf_token)
        idempotency.will_answer(LoggedIn(user=user_out(signed_in)))
    return Accepted(signed_in, session_token)


async def _take(tx: WriteSession, invitation: Invitation) -> None:
    """Use the invitation up. Raises Conflict for all but the first."""
    taken = await tx.execute(
        update(Invitation)
        .where(
            Invitation.id == invitation.id,
            Invitation.accepted_at.is_(None),
            Invitation.withdrawn_at.is_(None),
            Invitation.expires_at > datetime.now(UTC),
        )
        .values(accepted_at=datetime.now(UTC))
        .returning(Invitation.id)
    )
    if taken.first() is None:
        raise Conflict("This invitation was already used or has expired.")


async def account_of(wanted: AcceptIn) -> NewAccount:
    """A new account with a password. Raises Invalid with all pointers."""
    missing = [
        FieldError(f"/{name}", "is required", "missing")
        for name in ("username", "name", "password")
        if not getattr(wanted, name)
    ]
    if missing:
        raise Invalid(errors=missing)
    username, name, password = wanted.username or "", wanted.name or "", wanted.password or ""
    passwords.must_be_acceptable(password, username)
    return NewAccount(username, name, await passwords.hashed(password))


async def _new_user(tx: WriteSession, invitation: Invitation, wanted: NewAccount) -> User:
    username = wanted.username
    taken = await tx.scalar(
        select(User.id).where((User.username_key == key_of(username)) | (User.email_key == key_of(username)))
    )
    if taken is not None and key_of(username) != key_of(invitation.email):
        raise Invalid.at("/username", "is taken", "taken")
    own = (User.email_key == key_of(invitation.email)) | (User.username_key == key_of(invitation.email))
    if await tx.scalar(select(User.id).where(own)) is not None:
        raise Conflict("There is an account with this e-mail address: sign in first, then open the link again.")
    user = User(
        username=username, username_key=key_of(username), name=wanted.name, email=invitation.email,
        email_key=key_of(invitation.email), locale=invitation.locale, password_hash=wanted.password_hash,
        demo=invitation.demo,
    )  # fmt: skip
    tx.add(user)
    await tx.flush()
    if wanted.identity is not None:
        wanted.identity.user_id = user.id
        tx.add(wanted.identity)
        await tx.flush()
    return user


async def _user(tx: WriteSession, user_id: UUID) -> User:
    user = await tx.get_one(User, user_id, populate_existing=True)
    await tx.refresh(user, ["grants"])
    return user


@router.post(
    "/auth/invitations/{token}", status_code=201, openapi_extra=body_of(AcceptIn), response_model=LoggedIn,
    responses=documented(404, 409, 422),
)  # fmt: skip
async def accept_invitation(
    request: Request, token: str, caller: Anyone, db: Db, settings: PlatformSettings, visitors: VisitorsOf
) -> Response:
    """Choose a username and a password, and be signed in. Whoever is signed in with the invited address only gains the
    role."""
    kept: dict[str, str] = {}
    try:
        sent: Sent[AcceptIn] = await json_or_form(request, AcceptIn, largest=LARGEST_LOGIN)
        kept = {name: sent.fields[name][:300] for name in ("username", "name") if name in sent.fields}
        is_perhaps_repeated = idempotency.current() is not None  # then the transaction finds out
        invitation = await (invitation_behind if is_perhaps_repeated else open_invitation)(db, token)
        if joins(caller, invitation):
            must_come_from_our_page(request, sent.fields, caller)
            accepted = await join(db, invitation, by=caller)
        else:
            accepted = await accept(
                db, invitation, await account_of(sent.body), by=caller if caller.kind == "user" else PUBLIC,
                address=request.state.address, agent=request.headers.get("user-agent", ""),
            )  # fmt: skip
    except Problem as problem:
        if not is_form(request):
            raise
        wrong = [f"{e.pointer.removeprefix('/')}:{e.code}" for e in problem.errors] or [problem.kind]
        query = urlencode([*[("error", w) for w in wrong], *kept.items()])
        return RedirectResponse(f"/invitations/{quote(token, safe='')}?{query}", status_code=303)
    visitors.forget(accepted.caller.id)
    if sent.is_form:
        response: Response = RedirectResponse("/desk", status_code=303)
    else:
        response = answer(request, LoggedIn(user=user_out(accepted.caller)), status=201)
    return sessions.set_cookie(response, accepted.session_token, settings) if accepted.session_token else response
