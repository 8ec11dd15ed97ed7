"""A new password: by a link in the mail, or by the old one. Either way every other session ends."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request
from sqlalchemy import func, select, update
from starlette.responses import RedirectResponse, Response

from gateway import passwords, sessions
from gateway.accounts import LARGEST_LOGIN, PlatformSettings, Someone, VisitorsOf, body_of
from gateway.mail import PLATFORM, send_mail
from gateway.secrets import new_token, token_hash
from gateway.tables import PasswordReset, User
from gateway.visitors import tell_changed
from shared import idempotency
from shared.answers import nothing
from shared.callers import PUBLIC, Anyone
from shared.database import Database, Job, WriteSession
from shared.dependencies import Db
from shared.fields import Input
from shared.forms import Sent, is_form, json_or_form
from shared.ids import uuid7
from shared.jobs import Handler
from shared.problems import Invalid, NotAllowed, NotSignedIn, Problem, documented
from shared.routing import house_router
from shared.settings import Settings

router = house_router("/auth/password", tags=["auth"])
VALID_FOR = timedelta(hours=1)
MOST_AN_HOUR = 5
"""Links for one account in an hour: nobody's mailbox is flooded by somebody who knows the address."""


class ForgotIn(Input):
    email: str


class ResetIn(Input):
    token: str
    password: str


class ChangeIn(Input):
    current: str
    password: str


@router.post("/forgot", status_code=202, openapi_extra=body_of(ForgotIn), responses=documented(400, 415, 422))
async def forget_password(request: Request, caller: Anyone, db: Db) -> Response:
    """Have a link sent, if there is such an account. The answer is the same, and comes in the same time, in any case:
    whether there is one is looked up later, by a job."""
    try:
        sent: Sent[ForgotIn] = await json_or_form(request, ForgotIn)
    except Invalid:
        if not is_form(request):
            raise
        return RedirectResponse("/password/forgot?error=email:missing", status_code=303)
    async with db.transaction(by=PUBLIC, to="ask for a new password") as tx:
        tx.announce(Job("password_forgotten", {"id": str(uuid7()), "email": sent.body.email.strip()[:300]}))
    if sent.is_form:
        return RedirectResponse("/password/forgot?sent=1", status_code=303)
    return Response(status_code=202, headers={"Cache-Control": "no-store"})


def jobs(database: Database, settings: Settings) -> dict[str, Handler]:
    return {"password_forgotten": partial(send_link, database, settings)}


async def send_link(database: Database, settings: Settings, payload: Mapping[str, Any]) -> None:
    """The job: make a link for the account with this address and mail it. When it comes twice, one mail goes out."""
    reset_id = UUID(str(payload["id"]))
    async with database.reading() as reading:
        account = (User.email_key == sessions.key_of(str(payload["email"]))) & User.active
        user = await reading.scalar(select(User).where(account))
    if user is None:
        return
    token = new_token()
    async with database.transaction(by=PLATFORM, to="send a link for a new password", about=user.username) as tx:
        await tx.execute(select(User.id).where(User.id == user.id).with_for_update())  # one after the other
        since = datetime.now(UTC) - timedelta(hours=1)
        recent = select(func.count()).where(PasswordReset.user_id == user.id, PasswordReset.created_at > since)
        was_made = await tx.get(PasswordReset, reset_id) is not None
        if was_made or (await tx.scalar(recent) or 0) >= MOST_AN_HOUR:
            tx.note(sent=False)
            return
        tx.add(
            PasswordReset(
                id=reset_id, token_hash=token_hash(token), user_id=user.id, expires_at=datetime.now(UTC) + VALID_FOR
            )
        )
        await send_mail(
            tx, settings.secret, to=user.email, kind="password_reset", locale=user.locale,
            values={"link": f"{settings.origin}/password/reset?token={token}"},
        )  # fmt: skip


@router.post("/reset", status_code=204, openapi_extra=body_of(ResetIn), responses=documented(400, 415, 422))
async def reset_password(request: Request, caller: Anyone, db: Db, visitors: VisitorsOf) -> Response:
    """Choose a new password with the link from the mail; the link works once. All sessions end."""
    token = ""
    try:
        sent: Sent[ResetIn] = await json_or_form(request, ResetIn, largest=LARGEST_LOGIN)
        token = sent.body.token
        user_id = await choose_password(db, token, sent.body.password)
    except Problem as problem:
        if not is_form(request):
            raise
        wrong = [f"{e.pointer.removeprefix('/')}:{e.code}" for e in problem.errors] or [problem.kind]
        query = urlencode([("token", token[:400]), *[("error", w) for w in wrong]])
        return RedirectResponse(f"/password/reset?{query}", status_code=303)
    visitors.forget(str(user_id))
    return RedirectResponse("/login?done=password", status_code=303) if sent.is_form else nothing()


async def choose_password(db: Database, token: str, password: str) -> UUID:
    """Whose password it now is. Raises Invalid for a link that is unknown, used or too old, and for a bad password,
    which does not use the link up."""
    is_open = (
        (PasswordReset.token_hash == token_hash(token))
        & PasswordReset.used_at.is_(None)
        & (PasswordReset.expires_at > func.now())
    )
    async with db.reading() as reading:
        user: User | None = await reading.scalar(select(User).join(PasswordReset).where(is_open, User.active))
    if user is None:
        raise Invalid.at("/token", "is not a link that still works: ask for a new one", "link")
    passwords.must_be_acceptable(password, user.username)
    hashed = await passwords.hashed(password)
    async with db.transaction(by=PUBLIC, to="reset a password", about=user.username) as tx:
        used = await tx.execute(
            update(PasswordReset).where(is_open).values(used_at=func.now()).returning(PasswordReset.user_id)
        )
        if used.first() is None:
            raise Invalid.at("/token", "is not a link that still works: ask for a new one", "link")
        await tx.execute(  # other links for this account must not work after this one
            update(PasswordReset)
            .where(PasswordReset.user_id == user.id, PasswordReset.used_at.is_(None))
            .values(used_at=func.now())
        )
        await _set(tx, user.id, hashed)
    return user.id


async def _set(tx: WriteSession, user_id: UUID, hashed: str) -> None:
    await tx.execute(update(User).where(User.id == user_id).values(password_hash=hashed))
    await sessions.end_all_sessions(tx, user_id)
    await tell_changed(tx, str(user_id))


@router.post("/change", status_code=204, openapi_extra=body_of(ChangeIn), responses=documented(401, 403, 422, 429))
async def change_password(
    request: Request, caller: Someone, db: Db, settings: PlatformSettings, visitors: VisitorsOf
) -> Response:
    """Replace one's own password. This session goes on under a new cookie; the others end."""
    sent: Sent[ChangeIn] = await json_or_form(request, ChangeIn, largest=LARGEST_LOGIN)
    try:
        user = await sessions.prove(db, caller.username, sent.body.current, address=request.state.address)
    except NotSignedIn:
        raise Invalid.at("/current", "is not your password", "wrong") from None
    if str(user.id) != caller.id:
        raise NotAllowed("This is another account's password.")
    passwords.must_be_acceptable(sent.body.password, user.username)
    hashed = await passwords.hashed(sent.body.password)
    async with db.transaction(by=caller, to="change a password", about=caller.username) as tx:
        await _set(tx, user.id, hashed)
        idempotency.will_answer(None, status=204)
        token, _ = await sessions.open_session(
            tx, user.id, address=request.state.address, agent=request.headers.get("user-agent", "")
        )
    visitors.forget(caller.id)
    return sessions.set_cookie(nothing(), token, settings)
