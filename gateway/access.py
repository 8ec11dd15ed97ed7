"""Who may see and change accounts and roles: one condition per resource, and the doors to its rows."""

from typing import NewType
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, text, true
from sqlalchemy.orm import selectinload

from gateway.roles import may_hand_out, scopes_handed_out
from gateway.tables import ApiClient, RoleGrant, User
from shared.callers import Caller
from shared.database import ReadSession, WriteSession
from shared.problems import Conflict, FieldError, NotAllowed, NotFound

UserToChange = NewType("UserToChange", User)
GrantToTake = NewType("GrantToTake", RoleGrant)
ClientToRemove = NewType("ClientToRemove", ApiClient)
SECRETARIATS_FIELDS = frozenset({"active"})
"""What nobody changes of their own account."""
SECRETARIAT_LOCK = 7_701_930_003  # held while the secretariat's people change; any number that nothing else uses


def visible_users(caller: Caller) -> ColumnElement[bool]:
    """Accounts that this caller may know of: their own, and those with a role in a scope that they manage."""
    if caller.is_secretariat:
        return true()
    managed = select(RoleGrant.user_id).where(RoleGrant.scope.in_(scopes_handed_out(caller)))
    return or_(User.id == UUID(caller.id), User.id.in_(managed))


def visible_grants(caller: Caller) -> ColumnElement[bool]:
    """Roles that this caller may know of: their own, and those in the scopes that they manage."""
    if caller.is_secretariat:
        return true()
    return or_(RoleGrant.user_id == UUID(caller.id), RoleGrant.scope.in_(scopes_handed_out(caller)))


def visible_clients(caller: Caller) -> ColumnElement[bool]:
    """Programs that this caller may know of: those in the scopes that they manage."""
    return true() if caller.is_secretariat else ApiClient.scope.in_(scopes_handed_out(caller))


async def user_to_see(db: ReadSession | WriteSession, user_id: UUID, caller: Caller) -> User:
    found: User | None = await db.scalar(
        select(User).where(User.id == user_id, visible_users(caller)).options(selectinload(User.grants))
    )
    if found is None:
        raise NotFound("This person")
    return found


async def user_to_change(tx: WriteSession, user_id: UUID, caller: Caller, fields: frozenset[str]) -> UserToChange:
    """The account, locked, for its owner or the secretariat. Raises NotFound, NotAllowed with pointers."""
    found = await tx.scalar(
        select(User)
        .where(User.id == user_id, visible_users(caller))
        .options(selectinload(User.grants))
        .with_for_update(of=User)
    )
    if found is None:
        raise NotFound("This person")
    if caller.is_secretariat:
        return UserToChange(found)
    if str(found.id) != caller.id:
        raise NotAllowed("An account is changed by its owner and by the secretariat.")
    if refused := sorted(fields & SECRETARIATS_FIELDS):
        raise NotAllowed(
            "Only the secretariat changes these fields.",
            errors=[FieldError(f"/{field}", "is changed by the secretariat only", "not_allowed") for field in refused],
        )
    return UserToChange(found)


async def grant_to_take(tx: WriteSession, grant_id: UUID, caller: Caller) -> GrantToTake:
    """The role, locked, for whoever may take it away. Raises NotFound, NotAllowed."""
    found = await tx.scalar(select(RoleGrant).where(RoleGrant.id == grant_id, visible_grants(caller)).with_for_update())
    if found is None:
        raise NotFound("This role")
    if not may_hand_out(caller, found.scope):
        raise NotAllowed("A role is taken away by those who may give it.")
    return GrantToTake(found)


async def client_to_remove(tx: WriteSession, client_id: UUID, caller: Caller) -> ClientToRemove:
    found = await tx.scalar(
        select(ApiClient).where(ApiClient.id == client_id, visible_clients(caller)).with_for_update()
    )
    if found is None:
        raise NotFound("This program")
    return ClientToRemove(found)


async def lock_secretariat(tx: WriteSession) -> None:
    """Have everybody else who changes the secretariat's people wait; call before reading who they are."""
    await tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SECRETARIAT_LOCK})


async def somebody_must_remain(tx: WriteSession, without: UUID) -> None:
    """Raises Conflict when the secretariat would have nobody but this person. Needs `lock_secretariat`."""
    others = await tx.scalar(
        select(func.count())
        .select_from(RoleGrant)
        .join(User)
        .where(RoleGrant.role == "secretariat", User.active, User.id != without)
    )
    if not others:
        raise Conflict("The secretariat must have at least one person: give somebody else the role first.")
