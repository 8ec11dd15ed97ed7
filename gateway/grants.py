"""`/api/v1/identity/grants`: who holds which role where. Giving and taking has effect at once, everywhere."""

from uuid import UUID

from fastapi import Request
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from starlette.responses import Response

from gateway.access import grant_to_take, lock_secretariat, somebody_must_remain, visible_grants, visible_users
from gateway.accounts import Someone, VisitorsOf
from gateway.invitations import must_fit
from gateway.roles import may_hand_out
from gateway.schemas import RoleOut
from gateway.scopes import must_exist
from gateway.seats import announce_seat
from gateway.tables import RoleGrant, User
from gateway.visitors import tell_changed
from shared import idempotency
from shared.answers import answer, nothing
from shared.callers import Caller
from shared.database import Database
from shared.dependencies import Db, PeersOf
from shared.fields import Counted, Id, Input
from shared.paging import Part, count_of
from shared.problems import Conflict, Invalid, NotAllowed, NotFound, documented
from shared.routing import house_router

router = house_router("/api/v1/identity", tags=["identity"])


class GrantIn(Input):
    user: Id
    role: str
    scope: str = "network"
    stakeholder_group: str | None = None


def role_out(row: RoleGrant, user: User) -> RoleOut:
    return RoleOut(
        id=row.id, user=user.id, username=user.username, name=user.name, role=row.role, scope=row.scope,
        stakeholder_group=row.stakeholder_group, demo=row.demo, created_at=row.created_at,
    )  # fmt: skip


@router.get("/grants", response_model=Counted[RoleOut], responses=documented(401, 403, 422))
async def list_grants(
    request: Request,
    caller: Someone,
    db: Db,
    part: Part,
    scope: str | None = None,
    role: str | None = None,
    user: UUID | None = None,
) -> Response:
    """Roles by the time they were given: all for the secretariat, one's own and one's people's for others."""
    statement = select(RoleGrant).where(visible_grants(caller)).options(joinedload(RoleGrant.user))
    if scope is not None:
        statement = statement.where(RoleGrant.scope == scope)
    if role is not None:
        statement = statement.where(RoleGrant.role == role)
    if user is not None:
        statement = statement.where(RoleGrant.user_id == user)
    async with db.reading() as reading:
        total = await count_of(reading, statement)
        rows = (await reading.scalars(part.apply(statement, [RoleGrant.created_at, RoleGrant.id]))).all()
    shown, following = part.cut(rows, lambda row: (row.created_at, row.id))
    return answer(request, Counted(items=[role_out(r, r.user) for r in shown], next=following, total=total))


@router.get("/grants/{grant_id}", response_model=RoleOut, responses=documented(401, 403, 404))
async def read_grant(request: Request, grant_id: UUID, caller: Someone, db: Db) -> Response:
    """One role of somebody."""
    async with db.reading() as reading:
        found = await reading.scalar(
            select(RoleGrant)
            .where(RoleGrant.id == grant_id, visible_grants(caller))
            .options(joinedload(RoleGrant.user))
        )
    if found is None:
        raise NotFound("This role")
    return answer(request, role_out(found, found.user))


@router.post("/grants", status_code=201, response_model=RoleOut, responses=documented(400, 401, 403, 409, 415, 422))
async def give_role(
    request: Request, wanted: GrantIn, caller: Someone, db: Db, peers: PeersOf, visitors: VisitorsOf
) -> Response:
    """Give somebody who has an account a role: the secretariat every one, coordinators and chairs within their own
    scope, to people they know there."""
    must_fit(wanted)
    if not may_hand_out(caller, wanted.scope):
        raise NotAllowed("You may give roles within your own community or committee only.")
    await must_exist(peers, wanted.scope)
    out = await give(db, wanted, by=caller)
    visitors.forget(str(wanted.user))
    return answer(request, out, status=201, headers={"Location": f"/api/v1/identity/grants/{out.id}"})


async def give(db: Database, wanted: GrantIn, *, by: Caller) -> RoleOut:
    """Raises Invalid for somebody unknown, Conflict when they hold the role."""
    async with db.transaction(by=by, to="give a role", about=wanted.scope) as tx:
        user = await tx.scalar(
            select(User).where(User.id == wanted.user, User.active, visible_users(by)).with_for_update(of=User)
        )
        if user is None:
            raise Invalid.at("/user", "is nobody that you can see")
        held = select(RoleGrant.id).where(
            RoleGrant.user_id == user.id, RoleGrant.role == wanted.role, RoleGrant.scope == wanted.scope
        )
        if await tx.scalar(held) is not None:
            raise Conflict("This person holds the role already.")
        grant = RoleGrant(
            user_id=user.id, role=wanted.role, scope=wanted.scope, stakeholder_group=wanted.stakeholder_group,
            demo=by.demo or user.demo,
        )  # fmt: skip
        tx.add(grant)
        await tx.flush()
        await tx.refresh(grant, ["created_at"])
        tx.note(user=str(user.id), role=wanted.role)
        await tell_changed(tx, str(user.id))
        announce_seat(tx, grant, by_name=by.name or by.username, by_id=by.id)
        out = role_out(grant, user)
        idempotency.will_answer(out, headers={"Location": f"/api/v1/identity/grants/{out.id}"})
    return out


@router.delete("/grants/{grant_id}", status_code=204, responses=documented(401, 403, 404, 409))
async def take_role(grant_id: UUID, caller: Someone, db: Db, visitors: VisitorsOf) -> Response:
    """Take a role away. The secretariat keeps at least one person."""
    async with db.transaction(by=caller, to="take a role away", about=grant_id) as tx:
        await lock_secretariat(tx)
        grant = await grant_to_take(tx, grant_id, caller)
        if grant.role == "secretariat":
            await somebody_must_remain(tx, without=grant.user_id)
        tx.about = grant.scope
        tx.note(user=str(grant.user_id), role=grant.role)
        announce_seat(tx, grant, by_name=caller.name or caller.username, by_id=caller.id, ended=True)
        await tx.delete(grant)
        await tx.flush()
        await tell_changed(tx, str(grant.user_id))
        user_id = str(grant.user_id)
    visitors.forget(user_id)
    return nothing()
