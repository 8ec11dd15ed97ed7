"""Invitations: the only way an account comes into being. The link works once; only its digest is stored."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Request
from pydantic import StringConstraints
from sqlalchemy import ColumnElement, select
from starlette.responses import Response

from gateway.accounts import (
    PlatformSettings,
    Someone,
)  # fmt: skip
from gateway.mail import send_mail
from gateway.roles import ROLES, STAKEHOLDER_GROUPS, kind_of, may_hand_out, scopes_handed_out
from gateway.schemas import InvitationOut
from gateway.scopes import must_exist
from gateway.secrets import new_token, token_hash
from gateway.tables import Invitation, RoleGrant
from gateway.visitors import tell_changed
from shared import idempotency
from shared.answers import answer, nothing
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.dependencies import Db, PeersOf
from shared.fields import Counted, Email, Input, Language
from shared.paging import Part, count_of
from shared.problems import Conflict, FieldError, Invalid, NotAllowed, NotFound, documented
from shared.routing import house_router
from shared.settings import Settings

router = house_router(tags=["identity"])
VALID_FOR = timedelta(days=14)


class InvitationIn(Input):
    email: Email
    role: Annotated[str, StringConstraints(max_length=40)]
    scope: Annotated[str, StringConstraints(max_length=100)] = "network"
    stakeholder_group: str | None = None
    locale: Language = "es"


class Wanted(Protocol):
    """A role, as somebody wants to give it."""

    role: str
    scope: str
    stakeholder_group: str | None


def must_fit(wanted: Wanted) -> None:
    """The role, its scope and the stakeholder group go together. Raises Invalid."""
    errors: list[FieldError] = []
    if wanted.role not in ROLES:
        errors.append(FieldError("/role", f"must be one of {', '.join(ROLES)}"))
    elif kind_of(wanted.scope) != ROLES[wanted.role]:
        errors.append(FieldError("/scope", f"a {wanted.role} needs a scope of the kind {ROLES[wanted.role]}"))
    if wanted.stakeholder_group is not None and wanted.stakeholder_group not in STAKEHOLDER_GROUPS:
        errors.append(FieldError("/stakeholder_group", f"must be one of {', '.join(STAKEHOLDER_GROUPS)}"))
    elif wanted.role == "respondent" and wanted.stakeholder_group is None:
        errors.append(FieldError("/stakeholder_group", "is required for a respondent"))
    elif wanted.role != "respondent" and wanted.stakeholder_group is not None:
        errors.append(FieldError("/stakeholder_group", "belongs to respondents only"))
    if errors:
        raise Invalid(errors=errors)


async def invite(
    db: Database, settings: Settings, wanted: InvitationIn, *, by: Caller, mail: bool = True
) -> tuple[InvitationOut, str]:
    """Make an invitation and have it sent; the token is in the mail, and returned for the operator's command."""
    must_fit(wanted)
    if not may_hand_out(by, wanted.scope):
        raise NotAllowed("You may invite people within your own community or committee only.")
    token = new_token()
    expires = datetime.now(UTC) + VALID_FOR
    async with db.transaction(by=by, to="invite", about=wanted.scope) as tx:
        invitation = Invitation(
            token_hash=token_hash(token), email=wanted.email, role=wanted.role, scope=wanted.scope,
            stakeholder_group=wanted.stakeholder_group, locale=wanted.locale, invited_by=by.id, expires_at=expires,
            created_at=datetime.now(UTC), demo=by.demo,
        )  # fmt: skip
        tx.add(invitation)
        await tx.flush()
        tx.note(email=wanted.email, role=wanted.role)
        if mail:
            await send_mail(
                tx, settings.secret, to=wanted.email, kind="invitation", locale=wanted.locale,
                values={"by": by.name or "—", "link": link(settings, token), "until": f"{expires:%Y-%m-%d}"},
            )  # fmt: skip
        out = invitation_out(invitation)
        idempotency.will_answer(out, headers={"Location": address_of(out)})
    return out, token


def address_of(out: InvitationOut) -> str:
    return f"/api/v1/identity/invitations/{out.id}"


def link(settings: Settings, token: str) -> str:
    return f"{settings.origin}/invitations/{token}"


def invitation_out(row: Invitation) -> InvitationOut:
    return InvitationOut(
        id=row.id, email=row.email, role=row.role, scope=row.scope, stakeholder_group=row.stakeholder_group,
        locale=row.locale, created_at=row.created_at, expires_at=row.expires_at, accepted_at=row.accepted_at,
        demo=row.demo,
    )  # fmt: skip


async def open_invitation(db: Database, token: str) -> Invitation:
    """The invitation that a link stands for. Raises NotFound, or Conflict when it was used, withdrawn or expired."""
    found = await invitation_behind(db, token)
    _must_be_open(found)
    return found


async def invitation_behind(db: Database, token: str) -> Invitation:
    """The invitation that a link stands for, open or not. Raises NotFound."""
    async with db.reading() as reading:
        found: Invitation | None = await reading.scalar(
            select(Invitation).where(Invitation.token_hash == token_hash(token))
        )
    if found is None:
        raise NotFound("This invitation")
    return found


def _must_be_open(found: Invitation) -> None:
    if found.accepted_at is not None:
        raise Conflict("This invitation was already used: sign in with the account that was made with it.")
    if found.withdrawn_at is not None or found.expires_at < datetime.now(UTC):
        raise Conflict("This invitation has expired: ask for a new one.")


async def add_grant(
    tx: WriteSession, user_id: UUID, role: str, scope: str, group: str | None, *, demo: bool = False
) -> RoleGrant | None:
    """Give a role, and say which row it is when it is new; giving it twice changes the stakeholder group only."""
    held = await tx.scalar(
        select(RoleGrant).where(RoleGrant.user_id == user_id, RoleGrant.role == role, RoleGrant.scope == scope)
    )
    added: RoleGrant | None = None
    if held is None:
        added = RoleGrant(user_id=user_id, role=role, scope=scope, stakeholder_group=group, demo=demo)
        tx.add(added)
    else:
        held.stakeholder_group = group
    await tx.flush()
    await tell_changed(tx, str(user_id))
    return added


@router.post(
    "/api/v1/identity/invitations", status_code=201, response_model=InvitationOut,
    responses=documented(400, 401, 403, 409, 415, 422),
)  # fmt: skip
async def invite_someone(
    request: Request, wanted: InvitationIn, caller: Someone, db: Db, settings: PlatformSettings, peers: PeersOf
) -> Response:
    """Invite somebody by mail: the secretariat for every role, coordinators and chairs within their own scope."""
    must_fit(wanted)
    if not may_hand_out(caller, wanted.scope):
        raise NotAllowed("You may invite people within your own community or committee only.")
    await must_exist(peers, wanted.scope)
    out, _ = await invite(db, settings, wanted, by=caller)
    return answer(request, out, status=201, headers={"Location": address_of(out)})


def visible(caller: Caller) -> ColumnElement[bool]:
    """Invitations that this caller may know of: those in the scopes that they manage."""
    everything = Invitation.withdrawn_at.is_(None)
    return everything if caller.is_secretariat else everything & Invitation.scope.in_(scopes_handed_out(caller))


@router.get("/api/v1/identity/invitations", response_model=Counted[InvitationOut], responses=documented(401, 403, 422))
async def list_invitations(request: Request, caller: Someone, db: Db, part: Part, scope: str | None = None) -> Response:
    """Invitations in the scopes that the caller manages, the newest first."""
    if not caller.is_secretariat and not scopes_handed_out(caller):
        raise NotAllowed("Only those who manage people see invitations.")
    mine = select(Invitation).where(visible(caller))
    if scope is not None:
        mine = mine.where(Invitation.scope == scope)
    async with db.reading() as reading:
        total = await count_of(reading, mine)
        keys = [Invitation.created_at, Invitation.id]
        rows = (await reading.scalars(part.apply(mine, keys, descending=True))).all()
    shown, following = part.cut(rows, lambda row: (row.created_at, row.id))
    return answer(request, Counted(items=[invitation_out(row) for row in shown], next=following, total=total))


@router.get(
    "/api/v1/identity/invitations/{invitation_id}", response_model=InvitationOut, responses=documented(401, 403, 404)
)
async def read_invitation(request: Request, invitation_id: UUID, caller: Someone, db: Db) -> Response:
    """One invitation; never its link."""
    async with db.reading() as reading:
        found = await reading.scalar(select(Invitation).where(Invitation.id == invitation_id, visible(caller)))
    if found is None:
        raise NotFound("This invitation")
    return answer(request, invitation_out(found))


@router.delete(
    "/api/v1/identity/invitations/{invitation_id}", status_code=204, responses=documented(401, 403, 404, 409)
)
async def withdraw_invitation(invitation_id: UUID, caller: Someone, db: Db) -> Response:
    """Make the link useless. One that was accepted cannot be withdrawn; take the role away instead."""
    async with db.transaction(by=caller, to="withdraw an invitation", about=invitation_id) as tx:
        found = await tx.scalar(
            select(Invitation).where(Invitation.id == invitation_id, visible(caller)).with_for_update()
        )
        if found is None:
            raise NotFound("This invitation")
        if found.accepted_at is not None:
            raise Conflict("This invitation was already accepted.")
        found.withdrawn_at = datetime.now(UTC)
    return nothing()
