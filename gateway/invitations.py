"""Invitations: the only way an account comes into being. The link works once; only its digest is stored."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import Request
from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError
from sqlalchemy import select, update
from starlette.responses import RedirectResponse, Response

from gateway import passwords, sessions
from gateway.accounts import LoggedIn, PlatformSettings, VisitorsOf, body_of, must_come_from_our_page, user_out
from gateway.mail import send_mail
from gateway.roles import ROLES, STAKEHOLDER_GROUPS, kind_of, may_hand_out, scopes_handed_out
from gateway.scopes import must_exist
from gateway.schemas import InvitationOut
from gateway.secrets import new_token, token_hash
from gateway.sessions import key_of
from gateway.tables import Invitation, RoleGrant, User
from gateway.visitors import tell_changed
from shared import idempotency
from shared.answers import answer, nothing
from shared.callers import Anyone, Caller, Member
from shared.database import Database, WriteSession
from shared.fields import Counted, Email, Input, Language, Line
from shared.forms import Sent, json_or_form
from shared.paging import Part, count_of
from shared.problems import Conflict, FieldError, Invalid, NotAllowed, NotFound, Problem, documented
from shared.routing import house_router
from shared.dependencies import Db, PeersOf
from shared.settings import Settings

router = house_router(tags=["identity"])
VALID_FOR = timedelta(days=14)


def _username(value: str) -> str:
    stripped = value.strip()
    if not re.fullmatch(r"[^\W_][\w.@+-]{1,63}", stripped):
        raise PydanticCustomError(
            "username", "must have 2 to 64 letters, digits or . _ - @ + and begin with a letter or digit"
        )
    return stripped


class InvitationIn(Input):
    email: Email
    role: Annotated[str, StringConstraints(max_length=40)]
    scope: Annotated[str, StringConstraints(max_length=100)] = "network"
    stakeholder_group: str | None = None
    locale: Language = "es"


class AcceptIn(Input):
    username: Annotated[str, AfterValidator(_username)] | None = None
    name: Line | None = None
    password: str | None = None


def must_fit(wanted: InvitationIn) -> None:
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
            created_at=datetime.now(UTC),
        )  # fmt: skip
        tx.add(invitation)
        await tx.flush()
        tx.note(email=wanted.email, role=wanted.role)
        if mail:
            await send_mail(
                tx, settings.secret, to=wanted.email, kind="invitation", locale=wanted.locale,
                values={"by": by.name or "La Secretaría", "link": link(settings, token), "until": f"{expires:%Y-%m-%d}"},
            )  # fmt: skip
        out = invitation_out(invitation)
        idempotency.will_answer(out)
    return out, token


def link(settings: Settings, token: str) -> str:
    return f"{settings.origin}/invitations/{token}"


def invitation_out(row: Invitation) -> InvitationOut:
    return InvitationOut(
        id=row.id, email=row.email, role=row.role, scope=row.scope, stakeholder_group=row.stakeholder_group,
        locale=row.locale, created_at=row.created_at, expires_at=row.expires_at, accepted_at=row.accepted_at,
    )  # fmt: skip


async def open_invitation(db: Database, token: str) -> Invitation:
    """The invitation that a link stands for. Raises NotFound, or Conflict when it was used, withdrawn or expired."""
    async with db.reading() as reading:
        found = await reading.scalar(select(Invitation).where(Invitation.token_hash == token_hash(token)))
    if found is None:
        raise NotFound("This invitation")
    _must_be_open(found)
    return found


def _must_be_open(found: Invitation) -> None:
    if found.accepted_at is not None:
        raise Conflict("This invitation was already used: sign in with the account that was made with it.")
    if found.withdrawn_at is not None or found.expires_at < datetime.now(UTC):
        raise Conflict("This invitation has expired: ask for a new one.")


async def accept(
    db: Database, token: str, wanted: AcceptIn, *, by: Caller, address: str, agent: str
) -> tuple[str | None, Caller]:
    """Make the account (or add the role to the caller's own) and a session; once per invitation."""
    invitation = await open_invitation(db, token)
    joining = by.kind == "user" and sessions.key_of(by.email) == sessions.key_of(invitation.email)
    password_hash = None if joining else await _checked_password(wanted)
    async with db.transaction(by=by, to="accept an invitation", about=invitation.scope) as tx:
        taken = await tx.execute(
            update(Invitation)
            .where(
                Invitation.id == invitation.id,
                Invitation.accepted_at.is_(None),
                Invitation.withdrawn_at.is_(None),
                Invitation.expires_at > datetime.now(UTC),
            )  # fmt: skip
            .values(accepted_at=datetime.now(UTC))
            .returning(Invitation.id)
        )
        if taken.first() is None:
            raise Conflict("This invitation was already used or has expired.")
        if joining:
            await add_grant(tx, UUID(by.id), invitation.role, invitation.scope, invitation.stakeholder_group)
            user = await _user(tx, UUID(by.id))
            return None, sessions.caller_for(user, csrf=by.csrf)
        user = await _new_user(tx, invitation, wanted, password_hash)
        await add_grant(tx, user.id, invitation.role, invitation.scope, invitation.stakeholder_group)
        user = await _user(tx, user.id)
        session_token, session = await sessions.open_session(tx, user.id, address=address, agent=agent)
        return session_token, sessions.caller_for(user, csrf=session.csrf_token)


async def _checked_password(wanted: AcceptIn) -> str:
    missing = [
        FieldError(f"/{name}", "is required", "missing")
        for name in ("username", "name", "password")
        if not getattr(wanted, name)
    ]
    if missing:
        raise Invalid(errors=missing)
    passwords.must_be_acceptable(wanted.password or "", wanted.username or "")
    return await passwords.hashed(wanted.password or "")


async def _new_user(tx: WriteSession, invitation: Invitation, wanted: AcceptIn, password_hash: str | None) -> User:
    username = wanted.username or ""
    taken = await tx.scalar(
        select(User.id).where((User.username_key == key_of(username)) | (User.email_key == key_of(username)))
    )
    if taken is not None:
        raise Invalid.at("/username", "is taken", "taken")
    if await tx.scalar(select(User.id).where(User.email_key == key_of(invitation.email))) is not None:
        raise Conflict("There is an account with this e-mail address: sign in first, then open the link again.")
    user = User(
        username=username, username_key=key_of(username), name=wanted.name or username, email=invitation.email,
        email_key=key_of(invitation.email), locale=invitation.locale, password_hash=password_hash,
    )  # fmt: skip
    tx.add(user)
    await tx.flush()
    return user


async def _user(tx: WriteSession, user_id: UUID) -> User:
    user = await tx.get_one(User, user_id, populate_existing=True)
    await tx.refresh(user, ["grants"])
    return user


async def add_grant(tx: WriteSession, user_id: UUID, role: str, scope: str, group: str | None) -> None:
    """Give a role; giving it twice changes the stakeholder group only."""
    held = await tx.scalar(
        select(RoleGrant).where(RoleGrant.user_id == user_id, RoleGrant.role == role, RoleGrant.scope == scope)
    )
    if held is None:
        tx.add(RoleGrant(user_id=user_id, role=role, scope=scope, stakeholder_group=group))
    else:
        held.stakeholder_group = group
    await tx.flush()
    await tell_changed(tx, str(user_id))


@router.post(
    "/api/v1/identity/invitations", status_code=201, response_model=InvitationOut,
    responses=documented(401, 403, 409, 422),
)  # fmt: skip
async def invite_someone(
    request: Request, wanted: InvitationIn, caller: Member, db: Db, settings: PlatformSettings, peers: PeersOf
) -> Response:
    """Invite somebody by mail: the secretariat for every role, coordinators and chairs within their own scope."""
    must_fit(wanted)
    if not may_hand_out(caller, wanted.scope):
        raise NotAllowed("You may invite people within your own community or committee only.")
    await must_exist(peers, wanted.scope)
    out, _ = await invite(db, settings, wanted, by=caller)
    return answer(request, out, status=201, headers={"Location": f"/api/v1/identity/invitations/{out.id}"})


@router.get("/api/v1/identity/invitations", response_model=Counted[InvitationOut], responses=documented(401, 403))
async def list_invitations(request: Request, caller: Member, db: Db, part: Part, scope: str | None = None) -> Response:
    """Invitations in the scopes that the caller manages, the newest first."""
    if not caller.is_secretariat and not scopes_handed_out(caller):
        raise NotAllowed("Only those who manage people see invitations.")
    mine = select(Invitation).where(Invitation.withdrawn_at.is_(None))
    if not caller.is_secretariat:
        mine = mine.where(Invitation.scope.in_(scopes_handed_out(caller)))
    if scope is not None:
        mine = mine.where(Invitation.scope == scope)
    async with db.reading() as reading:
        total = await count_of(reading, mine)
        rows = (await reading.scalars(part.apply(mine, [Invitation.created_at, Invitation.id], descending=True))).all()
    shown, following = part.cut(rows, lambda row: (row.created_at, row.id))
    return answer(request, Counted(items=[invitation_out(row) for row in shown], next=following, total=total))


@router.delete(
    "/api/v1/identity/invitations/{invitation_id}", status_code=204, responses=documented(401, 403, 404, 409)
)
async def withdraw_invitation(invitation_id: UUID, caller: Member, db: Db) -> Response:
    """Make the link useless. One that was accepted cannot be withdrawn; take the role away instead."""
    async with db.transaction(by=caller, to="withdraw an invitation", about=invitation_id) as tx:
        found = await tx.get(Invitation, invitation_id, with_for_update=True)
        if found is None or not may_hand_out(caller, found.scope):
            raise NotFound("This invitation")
        if found.accepted_at is not None:
            raise Conflict("This invitation was already accepted.")
        found.withdrawn_at = datetime.now(UTC)
    return nothing()


@router.post(
    "/auth/invitations/{token}", status_code=201, openapi_extra=body_of(AcceptIn), response_model=LoggedIn,
    tags=["auth"], responses=documented(404, 409, 422),
)  # fmt: skip
async def accept_invitation(
    request: Request, token: str, caller: Anyone, db: Db, settings: PlatformSettings, visitors: VisitorsOf
) -> Response:
    """Choose a username and a password, and be signed in. A signed-in person with the invited address only gains the role."""
    form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    kept: dict[str, str] = {}
    try:
        sent: Sent[AcceptIn] = await json_or_form(request, AcceptIn)
        kept = {name: sent.fields[name][:300] for name in ("username", "name") if name in sent.fields}
        if sent.is_form and caller.is_signed_in:
            must_come_from_our_page(sent.fields, caller)
        session_token, signed_in = await accept(
            db, token, sent.body, by=caller, address=request.state.address, agent=request.headers.get("user-agent", "")
        )
    except Problem as problem:
        if not form:
            raise
        wrong = [f"{e.pointer.removeprefix('/')}:{e.code}" for e in problem.errors] or [problem.kind]
        query = urlencode([*[("error", w) for w in wrong], *kept.items()])
        return RedirectResponse(f"/invitations/{quote(token, safe='')}?{query}", status_code=303)
    visitors.forget(signed_in.id)
    if sent.is_form:
        response: Response = RedirectResponse("/desk", status_code=303)
    else:
        response = answer(request, LoggedIn(user=user_out(signed_in)), status=201)
    return sessions.set_cookie(response, session_token, settings) if session_token else response
