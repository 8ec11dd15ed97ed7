"""`/internal`: what services ask of the gateway. Without a service's credential or token nothing is here (404)."""

import hmac
from collections.abc import Set
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Request
from pydantic import Field
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import joinedload
from starlette.responses import Response

from gateway.accounts import VisitorsOf
from gateway.invitations import add_grant, invitation_out, open_invitation
from gateway.keys import Minter
from gateway.roles import kind_of
from gateway.schemas import HolderOut, HoldersOut, InvitationOut, PeopleOut, PersonOut
from gateway.seats import announce_seat
from gateway.tables import ApiClient, Invitation, RoleGrant, User
from gateway.visitors import tell_changed
from shared.answers import answer, nothing
from shared.callers import Caller
from shared.database import ReadSession
from shared.dependencies import Db
from shared.fields import Id, Input, Output, Time
from shared.peers import credential_of, service_secret
from shared.problems import Invalid, NotFound, NotSignedIn, documented
from shared.routing import house_router
from shared.settings import SERVICES
from shared.tokens import TokenVerifier

router = house_router()
AUDIENCES = (*SERVICES, "gateway")


class TokenIn(Input):
    audience: str
    subject_token: str | None


class SeatIn(Input):
    user_id: Id
    role: Literal["chair", "member", "observer"]


class SeatsIn(Input):
    """Who takes which seat in `committee:<slug>`; `asked_by` says at whose wish, who are not told of their own."""

    scope: str
    seats: Annotated[list[SeatIn], Field(max_length=500)]
    asked_by: str
    asked_by_id: Id | None = None
    demo: bool


class UnseatIn(Input):
    """That `committee:<slug>` is gone since a moment; `asked_by` says at whose wish."""

    scope: str
    before: Time
    asked_by: str


class TokenOut(Output):
    token: str
    expires_at: int


async def inner_caller(request: Request) -> Caller:
    """Whoever a service speaks for: the bearer of an internal token for the gateway. Raises NotFound for others."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    verifier: TokenVerifier = request.app.state.verifier
    if scheme.lower() != "bearer":
        raise NotFound
    try:
        return await verifier.caller(token)
    except NotSignedIn:
        raise NotFound from None


Inner = Annotated[Caller, Depends(inner_caller)]
"""Whoever a service speaks for."""


async def inner_service(caller: Inner) -> Caller:
    """A service in its own name. Raises NotFound for anybody else."""
    if caller.kind != "service":
        raise NotFound
    return caller


InnerService = Annotated[Caller, Depends(inner_service)]


async def proven_service(request: Request) -> str:
    """The service whose credential the request carries. Raises NotFound."""
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    service, _, proof = credential.partition(":")
    known = credential_of(service_secret(request.app.state.settings.secret, service))
    if scheme != "Service" or service not in AUDIENCES or not hmac.compare_digest(proof.encode(), known.encode()):
        raise NotFound
    return service


@router.post("/internal/tokens", response_model=TokenOut, responses=documented(404, 422))
async def exchange_token(
    request: Request, wanted: TokenIn, service: Annotated[str, Depends(proven_service)]
) -> Response:
    """Token exchange (RFC 8693) between audiences: for the subject of a token that this service was shown, or for
    the service itself."""
    if wanted.audience not in AUDIENCES:
        raise Invalid.at("/audience", "is no part of the platform")
    minter: Minter = request.app.state.minter
    if wanted.subject_token is None:
        subject = Caller(kind="service", id=service, name=service)
    else:
        subject = await request.app.state.verifiers[service].caller(wanted.subject_token)
    token, expires = minter.mint(subject, wanted.audience)
    return answer(request, TokenOut(token=token, expires_at=expires))


@router.get("/internal/holders", response_model=HoldersOut, responses=documented(404))
async def who_holds_roles(request: Request, caller: InnerService, db: Db, scope: str) -> Response:
    """Who holds which role in a scope (`community:<code>`, or `community:*` for all communities)."""
    statement = select(RoleGrant).join(User).where(User.active).options(joinedload(RoleGrant.user))
    if scope.endswith(":*"):
        statement = statement.where(RoleGrant.scope.startswith(scope[:-1], autoescape=True))
    else:
        statement = statement.where(RoleGrant.scope == scope)
    async with db.reading() as reading:
        rows = (await reading.scalars(statement.order_by(RoleGrant.created_at, RoleGrant.id))).all()
        homes = await communities_of(reading, {row.user_id for row in rows})
    holders = [
        HolderOut(
            user_id=row.user_id,
            name=row.user.name,
            username=row.user.username,
            email=row.user.email,
            locale=row.user.locale,
            role=row.role,
            scope=row.scope,
            stakeholder_group=row.stakeholder_group,
            since=row.created_at,
            communities=homes.get(row.user_id, []),
        )
        for row in rows
    ]
    return answer(request, HoldersOut(items=holders))


async def communities_of(db: ReadSession, users: Set[UUID]) -> dict[UUID, list[str]]:
    """In which communities people hold roles, in the order of their codes."""
    rows = await db.execute(
        select(RoleGrant.user_id, RoleGrant.scope)
        .where(RoleGrant.user_id.in_(users), RoleGrant.scope.startswith("community:"))
        .distinct()
        .order_by(RoleGrant.scope)
    )
    found: dict[UUID, list[str]] = {}
    for user, scope in rows.all():
        found.setdefault(user, []).append(scope.removeprefix("community:"))
    return found


@router.post("/internal/grants", status_code=204, responses=documented(404, 422))
async def seat_people(
    request: Request, wanted: SeatsIn, caller: InnerService, db: Db, visitors: VisitorsOf
) -> Response:
    """Give people their roles in a committee that the workspace has just made, for those who asked it to. What is held
    already stays; people who are gone are left out."""
    if caller.id != "workspace" or kind_of(wanted.scope) != "committee":
        raise NotFound
    seats = sorted({(seat.user_id, seat.role) for seat in wanted.seats}, key=str)
    async with db.transaction(by=caller, to="seat people", about=wanted.scope) as tx:
        users = select(User).where(User.id.in_({user for user, _ in seats}), User.active).with_for_update(of=User)
        there = {user.id: user for user in (await tx.scalars(users.order_by(User.id))).all()}
        for user, role in seats:
            if user in there:
                grant = await add_grant(tx, user, role, wanted.scope, None, demo=wanted.demo or there[user].demo)
                if grant is not None:
                    announce_seat(tx, grant, by_name=wanted.asked_by, by_id=str(wanted.asked_by_id))
        tx.note(asked_by=wanted.asked_by, people=[str(user) for user in there])
    for user in there:
        visitors.forget(str(user))
    return nothing()


@router.post("/internal/grants/end", status_code=204, responses=documented(404, 422))
async def unseat_people(
    request: Request, wanted: UnseatIn, caller: InnerService, db: Db, visitors: VisitorsOf
) -> Response:
    """Take away what was given in a committee that the workspace has removed: roles, open invitations, clients."""
    if caller.id != "workspace" or kind_of(wanted.scope) != "committee":
        raise NotFound
    async with db.transaction(by=caller, to="unseat people", about=wanted.scope) as tx:
        ended = delete(RoleGrant).where(RoleGrant.scope == wanted.scope, RoleGrant.created_at <= wanted.before)
        users = set((await tx.scalars(ended.returning(RoleGrant.user_id))).all())
        open_ones = Invitation.accepted_at.is_(None) & Invitation.withdrawn_at.is_(None)
        await tx.execute(
            update(Invitation)
            .where(Invitation.scope == wanted.scope, Invitation.created_at <= wanted.before, open_ones)
            .values(withdrawn_at=func.now())
        )
        here = (ApiClient.scope == wanted.scope) & (ApiClient.created_at <= wanted.before)
        await tx.execute(delete(ApiClient).where(here))
        for user in users:
            await tell_changed(tx, str(user))
        tx.note(asked_by=wanted.asked_by, people=sorted(str(user) for user in users))
    for user in users:
        visitors.forget(str(user))
    return nothing()


@router.get("/internal/people", response_model=PeopleOut, responses=documented(404))
async def people(request: Request, caller: InnerService, db: Db, ids: str) -> Response:
    """Names of people by their ids, at most 200, separated by commas; unknown ones are left out."""
    wanted: list[UUID] = []
    for text in ids.split(",")[:200]:
        try:
            wanted.append(UUID(text))
        except ValueError:
            continue
    async with db.reading() as reading:
        rows = (await reading.scalars(select(User).where(User.id.in_(wanted)))).all()
    found = [PersonOut(id=u.id, name=u.name, username=u.username, locale=u.locale, email=u.email) for u in rows]
    return answer(request, PeopleOut(items=found))


@router.get("/internal/invitations/{token}", response_model=InvitationOut, responses=documented(404, 409))
async def invitation_behind(request: Request, token: str, caller: Inner, db: Db) -> Response:
    """What an invitation's page shows before somebody accepts it."""
    return answer(request, invitation_out(await open_invitation(db, token)))
