"""Taking away the people, roles and programs that `portsnet demo` made."""

from sqlalchemy import delete, select, update
from starlette.responses import Response

from gateway.accounts import VisitorsOf
from gateway.internal import InnerService
from gateway.tables import ApiClient, Invitation, RoleGrant, Session, User
from gateway.visitors import tell_changed
from shared.answers import nothing
from shared.dependencies import Db
from shared.problems import documented
from shared.routing import house_router

router = house_router()


@router.delete("/internal/demo", status_code=204, responses=documented(404), include_in_schema=False)
async def remove_demonstration(caller: InnerService, db: Db, visitors: VisitorsOf) -> Response:
    """Delete every demo row; sessions and tokens of demo people and programs end at once."""
    async with db.transaction(by=caller, to="remove the demonstration") as tx:
        users = (await tx.scalars(select(User.id).where(User.demo))).all()
        holders = (await tx.scalars(select(RoleGrant.user_id).where(RoleGrant.demo))).all()
        clients = (await tx.scalars(select(ApiClient.id).where(ApiClient.demo))).all()
        await tx.execute(update(ApiClient).where(ApiClient.created_by.in_(users)).values(created_by=None))
        for statement in (
            delete(ApiClient).where(ApiClient.demo),
            delete(Invitation).where(Invitation.demo),
            delete(RoleGrant).where(RoleGrant.demo),
            delete(Session).where(Session.user_id.in_(users)),
            delete(User).where(User.demo),
        ):
            await tx.execute(statement)
        tx.note(users=len(users), programs=len(clients))
        changed = {str(subject) for subject in (*users, *holders, *clients)}
        for subject in changed:
            await tell_changed(tx, subject)
    for subject in changed:
        visitors.forget(subject)
    return nothing()
