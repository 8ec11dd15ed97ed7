"""`/auth/factors`: a second factor for one's own account."""

import time
from typing import Annotated
from uuid import UUID

from fastapi import Request
from pydantic import Field, StringConstraints
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from starlette.responses import Response

from gateway import factors, secrets, sessions, totp
from gateway.accounts import PlatformSettings, Someone
from gateway.tables import TotpFactor
from shared import idempotency
from shared.answers import answer, nothing
from shared.dependencies import Db
from shared.fields import Input, Output, Time
from shared.problems import Conflict, Invalid, NotFound, documented
from shared.routing import house_router

router = house_router("/auth/factors", tags=["auth"])


class FactorOut(Output):
    kind: str
    confirmed_at: Time


class FactorsOut(Output):
    items: list[FactorOut]


class NewTotpOut(Output):
    """Shown this once: the secret, and the address that an authenticator app reads from a picture."""

    secret: str
    uri: str


class CodeIn(Input):
    code: Annotated[str, StringConstraints(max_length=20), Field(description="Six digits.")]


@router.get("", response_model=FactorsOut, responses=documented(401, 403))
async def list_factors(request: Request, caller: Someone, db: Db) -> Response:
    """The factors that a log-in to one's own account needs besides the password."""
    async with db.reading() as reading:
        found = await reading.scalar(
            select(TotpFactor.confirmed_at).where(
                TotpFactor.user_id == UUID(caller.id), TotpFactor.confirmed_at.is_not(None)
            )
        )
    items = [FactorOut(kind="totp", confirmed_at=found)] if found else []
    return answer(request, FactorsOut(items=items))


@router.post("/totp", status_code=201, response_model=NewTotpOut, responses=documented(401, 403, 409, 422))
async def begin_totp(request: Request, caller: Someone, db: Db, settings: PlatformSettings) -> Response:
    """Set up an authenticator app. It counts once a code of it was confirmed; until then it can be begun anew."""
    secret = totp.new_secret()
    sealed = secrets.seal(settings.secret, secret)
    uri = totp.address_for(secret, caller.username)
    out = NewTotpOut(secret=uri.partition("secret=")[2].partition("&")[0], uri=uri)
    async with db.transaction(by=caller, to="begin a second factor", about=caller.username) as tx:
        added = insert(TotpFactor).values(user_id=UUID(caller.id), sealed=sealed)
        begun = await tx.execute(
            added.on_conflict_do_update(
                index_elements=[TotpFactor.user_id],
                set_={"sealed": sealed, "created_at": func.now()},
                where=TotpFactor.confirmed_at.is_(None),
            ).returning(TotpFactor.user_id)
        )
        if begun.first() is None:
            raise Conflict("There is an authenticator app already: remove it first.")
        idempotency.will_answer(out, secret=frozenset({"secret", "uri"}))
    return answer(request, out, status=201)


@router.post("/totp/confirm", status_code=204, responses=documented(400, 401, 403, 404, 409, 415, 422, 429))
async def confirm_totp(wanted: CodeIn, caller: Someone, db: Db, settings: PlatformSettings) -> Response:
    """Show that the app is set up by a code of it. From now on a log-in needs one."""
    async with db.transaction(by=caller, to="confirm a second factor", about=caller.username) as tx:
        found = await tx.get(TotpFactor, UUID(caller.id), with_for_update=True)
        if found is None:
            raise NotFound("This factor")
        if found.confirmed_at is not None:
            raise Conflict("It is confirmed already.")
        step = totp.step_of(secrets.unseal(settings.secret, found.sealed), wanted.code, time.time())
        if step is None:
            raise Invalid.at("/code", "is not the present code of the app", "code")
        await tx.execute(
            update(TotpFactor)
            .where(TotpFactor.user_id == found.user_id)
            .values(confirmed_at=func.now(), last_step=step)
        )
    return nothing()


@router.post("/totp/remove", status_code=204, responses=documented(400, 401, 403, 415, 422, 429))
async def remove_totp(
    request: Request, wanted: CodeIn, caller: Someone, db: Db, settings: PlatformSettings
) -> Response:
    """Do without the app again; needs a code of it, so that an open browser is not enough."""

    async def attempt() -> bool | None:
        return await factors.is_proven(db, settings.secret, UUID(caller.id), wanted.code) or None

    if not await sessions.guess(db, sessions.key_of(caller.username), attempt, address=request.state.address):
        raise Invalid.at("/code", "is not an unused code of the app", "code")
    async with db.transaction(by=caller, to="remove a second factor", about=caller.username) as tx:
        await tx.execute(delete(TotpFactor).where(TotpFactor.user_id == UUID(caller.id)))
    return nothing()
