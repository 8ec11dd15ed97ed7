"""`/internal`: what services ask of the gateway. Without a service's credential or token nothing is here (404)."""

import hmac
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from starlette.responses import Response

from gateway.invitations import invitation_out, open_invitation
from gateway.keys import Minter
from gateway.schemas import HolderOut, HoldersOut, InvitationOut, PeopleOut, PersonOut
from gateway.tables import RoleGrant, User
from shared.answers import answer
from shared.callers import Caller
from shared.dependencies import Db
from shared.fields import Input, Output
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
        )
        for row in rows
    ]
    return answer(request, HoldersOut(items=holders))


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
