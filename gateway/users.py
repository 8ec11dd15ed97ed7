"""`/api/v1/identity/users`: who has an account, and the little that one may change of it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from pydantic import StringConstraints
from sqlalchemy import delete, select
from sqlalchemy.orm import selectinload
from starlette.responses import Response

from gateway.access import lock_secretariat, somebody_must_remain, user_to_change, user_to_see, visible_users
from gateway.accounts import PlatformSettings, Secretary, Someone, VisitorsOf
from gateway.mail import send_mail
from gateway.schemas import AccountOut, HeldOut
from gateway.sessions import end_all_sessions, key_of
from gateway.tables import RoleGrant, TotpFactor, User
from gateway.visitors import tell_changed
from shared.answers import answer, nothing
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.dependencies import Db
from shared.fields import Counted, Email, Language, Line, Patch
from shared.paging import Part, count_of
from shared.problems import FieldError, Invalid, documented
from shared.routing import house_router
from shared.settings import Settings
from shared.tags import Expected, IfMatch
from shared.text import without_accents

router = house_router("/api/v1/identity", tags=["identity"])
Search = Annotated[str, StringConstraints(max_length=200)]
REQUIRED = ("name", "email", "locale", "active")


class AccountPatch(Patch):
    name: Line | None = None
    email: Email | None = None
    locale: Language | None = None
    active: bool | None = None


def account_out(user: User) -> AccountOut:
    return AccountOut(
        id=user.id, username=user.username, name=user.name, email=user.email, locale=user.locale, active=user.active,
        demo=user.demo, created_at=user.created_at,
        grants=[
            HeldOut(id=g.id, role=g.role, scope=g.scope, stakeholder_group=g.stakeholder_group) for g in user.grants
        ],
    )  # fmt: skip


@router.get("/users", response_model=Counted[AccountOut], responses=documented(401, 403, 422))
async def list_users(
    request: Request,
    caller: Someone,
    db: Db,
    part: Part,
    scope: Annotated[str | None, Query(description="Who holds a role in this scope.")] = None,
    role: Annotated[str | None, Query(description="Who holds this role (in the scope, when given).")] = None,
    q: Annotated[
        Search | None, Query(description="Part of a name, username or address, accents and case aside.")
    ] = None,
) -> Response:
    """People with an account, by the time they came: all for the secretariat, one's own people for others."""
    statement = select(User).where(visible_users(caller)).options(selectinload(User.grants))
    if scope is not None or role is not None:
        held = select(RoleGrant.user_id)
        held = held.where(RoleGrant.scope == scope) if scope is not None else held
        held = held.where(RoleGrant.role == role) if role is not None else held
        statement = statement.where(User.id.in_(held))
    if q is not None:
        statement = statement.where(User.id.in_(await _found(db, caller, q)))
    async with db.reading() as reading:
        total = await count_of(reading, statement)
        rows = (await reading.scalars(part.apply(statement, [User.created_at, User.id]))).all()
    shown, following = part.cut(rows, lambda row: (row.created_at, row.id))
    return answer(request, Counted(items=[account_out(row) for row in shown], next=following, total=total))


async def _found(db: Database, caller: Caller, wanted: str) -> list[UUID]:
    """Ids by text. Compared here, because the database folds no accents; a Network has hundreds of people."""
    needle = without_accents(wanted)
    async with db.reading() as reading:
        rows = await reading.execute(select(User.id, User.name, User.username, User.email).where(visible_users(caller)))
        return [row.id for row in rows if needle in without_accents(f"{row.name}\n{row.username}\n{row.email}")]


@router.get("/users/me", response_model=AccountOut, responses=documented(401, 403))
async def read_own_account(request: Request, caller: Someone, db: Db) -> Response:
    """The caller's own account, with the tag to change it."""
    return await _account(request, db, UUID(caller.id), caller)


@router.get("/users/{user_id}", response_model=AccountOut, responses=documented(401, 403, 404))
async def read_user(request: Request, user_id: UUID, caller: Someone, db: Db) -> Response:
    """A person's account and roles."""
    return await _account(request, db, user_id, caller)


async def _account(request: Request, db: Database, user_id: UUID, caller: Caller) -> Response:
    async with db.reading() as reading:
        user = await user_to_see(reading, user_id, caller)
    return answer(request, account_out(user), version=user.version)


@router.patch("/users/me", response_model=AccountOut, responses=documented(400, 401, 403, 409, 412, 415, 422, 428))
async def change_own_account(
    request: Request,
    wanted: AccountPatch,
    caller: Someone,
    expected: IfMatch,
    db: Db,
    settings: PlatformSettings,
    visitors: VisitorsOf,
) -> Response:
    """Change one's own name, address or language."""
    return await change_user(request, UUID(caller.id), wanted, caller, expected, db, settings, visitors)


@router.patch(
    "/users/{user_id}", response_model=AccountOut, responses=documented(400, 401, 403, 404, 409, 412, 415, 422, 428)
)
async def change_user(
    request: Request,
    user_id: UUID,
    wanted: AccountPatch,
    caller: Someone,
    expected: IfMatch,
    db: Db,
    settings: PlatformSettings,
    visitors: VisitorsOf,
) -> Response:
    """Change name, address or language: one's own, or anybody's for the secretariat, who also closes (`active: false`)
    and reopens accounts. A closed account's sessions end at once."""
    user = await change_account(db, settings, user_id, wanted.changes, expected, by=caller)
    visitors.forget(str(user_id))
    return answer(request, account_out(user), version=user.version)


async def change_account(
    db: Database, settings: Settings, user_id: UUID, changes: dict[str, Any], expected: Expected, *, by: Caller
) -> User:
    """Raises NotFound, NotAllowed, StaleVersion, Invalid, and Conflict for the last of the secretariat."""
    if cleared := [field for field in REQUIRED if field in changes and changes[field] is None]:
        raise Invalid(errors=[FieldError(f"/{field}", "cannot be cleared", "required") for field in cleared])
    async with db.transaction(by=by, to="change an account", about=user_id) as tx:
        if changes.get("active") is False:
            await lock_secretariat(tx)
        user = await user_to_change(tx, user_id, by, frozenset(changes))
        expected.must_match(user.version)
        changed = {name: value for name, value in changes.items() if getattr(user, name) != value}
        if changed:
            tx.note(fields=sorted(changed))
            await _apply(tx, settings, user, changed)
            user.version += 1
            await tx.flush()
            await tell_changed(tx, str(user_id))
    return user


async def _apply(tx: WriteSession, settings: Settings, user: User, changed: dict[str, Any]) -> None:
    if "email" in changed:
        await _change_address(tx, settings, user, changed["email"])
    if changed.get("active") is False:
        if any(grant.role == "secretariat" for grant in user.grants):
            await somebody_must_remain(tx, without=user.id)
        await end_all_sessions(tx, user.id)
    for name in ("name", "locale", "active"):
        if name in changed:
            setattr(user, name, changed[name])


async def _change_address(tx: WriteSession, settings: Settings, user: User, email: str) -> None:
    """The old address hears of it: whoever took over a session must not take the account unnoticed."""
    key = key_of(email)
    taken = select(User.id).where((User.email_key == key) | (User.username_key == key), User.id != user.id)
    if await tx.scalar(taken) is not None:
        raise Invalid.at("/email", "belongs to another account", "taken")
    await send_mail(
        tx, settings.secret, to=user.email, kind="email_changed", locale=user.locale,
        values={"username": user.username, "email": email, "link": f"{settings.origin}/"},
    )  # fmt: skip
    user.email, user.email_key = email, key


@router.delete("/users/{user_id}/factors/totp", status_code=204, responses=documented(401, 403, 404))
async def remove_second_factor(user_id: UUID, caller: Secretary, db: Db) -> Response:
    """Take the authenticator app off an account, for somebody who lost the device."""
    async with db.transaction(by=caller, to="remove a second factor", about=user_id) as tx:
        await user_to_see(tx, user_id, caller)
        await tx.execute(delete(TotpFactor).where(TotpFactor.user_id == user_id))
    return nothing()
