"""`/auth/oidc`: signing in with an account elsewhere (OpenID Connect, authorization code with PKCE).

A login is known by issuer and subject. An e-mail address links nothing by itself, verified or not: whoever has an
account signs in and links the other one there, whoever has an invitation may accept it with a login.
"""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy import delete, select
from sqlalchemy.orm import selectinload
from starlette.responses import RedirectResponse, Response

from gateway import joining, oidc_flows, sessions
from gateway.accounts import PlatformSettings, Someone, VisitorsOf, must_come_from_our_page
from gateway.invitations import open_invitation
from gateway.oidc_provider import NotTrusted, Provider, Unreachable
from gateway.pages import refusal
from gateway.schemas import LoginOut, LoginsOut
from gateway.secrets import new_token
from gateway.sessions import key_of
from gateway.tables import FederatedIdentity, User
from shared.answers import answer, nothing
from shared.callers import PUBLIC, Anyone, Caller
from shared.database import Database
from shared.dependencies import Db
from shared.fields import Output
from shared.forms import form_fields, is_form
from shared.problems import BadUpstream, Conflict, Malformed, NotAllowed, NotFound, Problem, documented
from shared.redirects import safe_next
from shared.routing import house_router
from shared.settings import Settings

router = house_router("/auth", tags=["auth"])
identity = house_router("/api/v1/identity", tags=["identity"])


class NotLinked(Exception):
    """A login that is fine, and that no account here has."""


class WayOut(Output):
    location: str


def provider_named(request: Request, name: str) -> Provider:
    providers: Mapping[str, Provider] = request.app.state.providers
    if name not in providers:
        raise NotFound("This provider")
    return providers[name]


def _back_to(settings: Settings, provider: str) -> str:
    return f"{settings.origin}/auth/oidc/{provider}/callback"


@router.get("/oidc/{provider}", status_code=303, responses=documented(404, 422, 502))
async def begin_login(
    request: Request,
    provider: str,
    caller: Anyone,
    db: Db,
    settings: PlatformSettings,
    next: str | None = None,  # noqa: A002 -- the word that every way in uses
    invitation: str | None = None,
) -> Response:
    """Go to the provider's page; `next` is where to go afterwards, `invitation` the token of one to accept."""
    way, browser = await _way_there(request, provider, db, settings, safe_next(next), (invitation or "")[:100], "")
    return oidc_flows.set_browser_cookie(RedirectResponse(way, status_code=303), browser, settings)


@router.post("/oidc/{provider}/link", response_model=WayOut, responses=documented(401, 403, 404, 502))
async def begin_linking(
    request: Request, provider: str, caller: Someone, db: Db, settings: PlatformSettings
) -> Response:
    """Link a login to one's own account: go to the provider's page as `location` says. A form is led there."""
    fields = await form_fields(request) if is_form(request) else {}
    must_come_from_our_page(request, fields, caller)
    way, browser = await _way_there(request, provider, db, settings, safe_next(fields.get("next")), "", caller.id)
    led: Response = (
        RedirectResponse(way, status_code=303) if is_form(request) else answer(request, WayOut(location=way))
    )
    return oidc_flows.set_browser_cookie(led, browser, settings)


async def _way_there(
    request: Request, name: str, db: Database, settings: Settings, after: str, invitation: str, links_to: str
) -> tuple[str, str]:
    """The address of the provider's page and the browser's mark; a browser with several tabs keeps one mark."""
    provider = provider_named(request, name)
    kept = request.cookies.get(oidc_flows.browser_cookie(settings), "")
    browser = kept if re.fullmatch(r"[\w-]{43}", kept, re.ASCII) else new_token()
    state, flow = await oidc_flows.begin(
        db, settings.secret, name, browser=browser, next=after, invitation=invitation, links_to=links_to
    )
    try:
        way = await provider.way_there(
            state=state, nonce=flow.nonce, verifier=flow.verifier, back_to=_back_to(settings, name)
        )
    except (Unreachable, NotTrusted) as error:
        await _tell_audit(db, name, str(error) or "it does not answer", {})
        raise BadUpstream("The other place does not answer now; try again later.") from None
    return way, browser


@router.get(
    "/oidc/{provider}/callback", status_code=303, responses=documented(400, 403, 404),
    openapi_extra={"x-any-query": True},
)  # fmt: skip
async def finish_login(
    request: Request, provider: str, caller: Anyone, db: Db, settings: PlatformSettings, visitors: VisitorsOf
) -> Response:
    """Where the provider leads the browser back to: begins a session, or shows a page that says what to do."""
    found = provider_named(request, provider)
    claims: dict[str, Any] = {}
    try:
        flow = await _flow_of(request, found, db, settings)
        claims = await found.claims_for(
            request.query_params.get("code", ""), issuer=request.query_params.get("iss"), nonce=flow.nonce,
            verifier=flow.verifier, back_to=_back_to(settings, provider),
        )  # fmt: skip
        identity = FederatedIdentity(issuer=found.issuer, subject=claims["sub"], provider=provider)
        if flow.links_to:
            await _link(db, identity, flow.links_to, by=caller)
            return RedirectResponse(flow.next, status_code=303)
        token, user_id, after = await _come_in(request, db, flow, identity, claims)
    except (NotTrusted, Unreachable, Problem) as error:
        await _tell_audit(db, provider, str(error) or "it does not answer", claims)
        return refusal(request, "failed", Malformed("The sign-in with the other account was not completed."))
    except NotLinked:
        await _tell_audit(db, provider, "no account has this login", claims)
        return refusal(request, "not_linked", NotAllowed("No account here is linked with this one."))
    visitors.forget(user_id)
    return sessions.set_cookie(RedirectResponse(after, status_code=303), token, settings)


async def _flow_of(request: Request, provider: Provider, db: Database, settings: Settings) -> oidc_flows.Flow:
    asked = request.query_params
    if any(len(asked.getlist(name)) > 1 for name in ("code", "state", "iss", "error")):
        raise NotTrusted("a parameter came twice")
    flow = await oidc_flows.finish(
        db, settings.secret, provider.name, state=asked.get("state", ""),
        browser=request.cookies.get(oidc_flows.browser_cookie(settings), ""),
    )  # fmt: skip
    if "error" in asked or not asked.get("code"):
        raise NotTrusted(f"the provider says: {asked.get('error', 'nothing')[:100]}")
    return flow


async def _come_in(
    request: Request, db: Database, flow: oidc_flows.Flow, identity: FederatedIdentity, claims: Mapping[str, Any]
) -> tuple[str, str, str]:
    """A session's token, whose it is, and where to go. Raises NotLinked."""
    async with db.reading() as reading:
        user = await reading.scalar(
            select(User)
            .join(FederatedIdentity, FederatedIdentity.user_id == User.id)
            .where(
                FederatedIdentity.issuer == identity.issuer,
                FederatedIdentity.subject == identity.subject,
                User.active,
            )
            .options(selectinload(User.grants))
        )
    if user is not None:
        token, signed_in = await sessions.begin_session(db, user, request, how=f"log in with {identity.provider}")
        return token, signed_in.id, f"/invitations/{flow.invitation}" if flow.invitation else flow.next
    if not flow.invitation:
        raise NotLinked
    invitation = await open_invitation(db, flow.invitation)
    wanted = joining.NewAccount(
        username=await _free_username(db, claims), name=_name_in(claims) or invitation.email, identity=identity
    )
    accepted = await joining.accept(
        db, invitation, wanted, by=PUBLIC, address=request.state.address, agent=request.headers.get("user-agent", "")
    )
    return accepted.session_token or "", accepted.caller.id, flow.next


def _name_in(claims: Mapping[str, Any]) -> str:
    name = claims.get("name")
    return " ".join(name.split())[:300] if isinstance(name, str) and name.isprintable() else ""


async def _free_username(db: Database, claims: Mapping[str, Any]) -> str:
    """A username like the one elsewhere; with a number when it is taken."""
    wanted = str(claims.get("preferred_username") or str(claims.get("email", "")).partition("@")[0])
    plain = re.sub(r"^[\W_]+|[^\w.@+-]", "", wanted)[:50]
    start = plain if len(plain) >= 2 else "user"
    names = [start, *(f"{start}{number}" for number in range(2, 100)), f"{start}-{new_token()[:8]}"]
    async with db.reading() as reading:
        keys = [key_of(name) for name in names]
        taken = set(await reading.scalars(select(User.username_key).where(User.username_key.in_(keys))))
        taken |= set(await reading.scalars(select(User.email_key).where(User.email_key.in_(keys))))
    return next(name for name in names if key_of(name) not in taken)


async def _link(db: Database, identity: FederatedIdentity, user_id: str, *, by: Caller) -> None:
    """Raises NotTrusted when somebody else is signed in now, Conflict when another account has the login."""
    if by.kind != "user" or by.id != user_id:
        raise NotTrusted("somebody else is signed in than who began to link")
    async with db.transaction(by=by, to="link a login elsewhere", about=identity.provider) as tx:
        known = await tx.get(FederatedIdentity, (identity.issuer, identity.subject))
        if known is not None and str(known.user_id) != user_id:
            raise Conflict("The login belongs to another account.")
        if known is None:
            identity.user_id = UUID(user_id)
            tx.add(identity)


async def _tell_audit(db: Database, provider: str, reason: str, claims: Mapping[str, Any]) -> None:
    async with db.transaction(by=PUBLIC, to="refuse a login elsewhere", about=provider) as tx:
        tx.note(reason=reason[:300], issuer=str(claims.get("iss", ""))[:300], subject=str(claims.get("sub", ""))[:300])


@identity.get("/logins", response_model=LoginsOut, responses=documented(401, 403))
async def list_logins(request: Request, caller: Someone, db: Db) -> Response:
    """The logins elsewhere that are linked to one's own account."""
    async with db.reading() as reading:
        rows = await reading.scalars(
            select(FederatedIdentity)
            .where(FederatedIdentity.user_id == UUID(caller.id))
            .order_by(FederatedIdentity.created_at)
        )
        items = [
            LoginOut(provider=row.provider, issuer=row.issuer, subject=row.subject, created_at=row.created_at)
            for row in rows
        ]
    return answer(request, LoginsOut(items=items))


@router.delete("/oidc/{provider}/link", status_code=204, responses=documented(401, 403, 404))
async def unlink_login(provider: str, caller: Someone, db: Db) -> Response:
    """Cut the link between one's own account and its logins at a provider. Who has no password cannot."""
    async with db.transaction(by=caller, to="unlink a login elsewhere", about=provider) as tx:
        user = await tx.get_one(User, UUID(caller.id), with_for_update=True)
        if user.password_hash is None:
            raise Conflict("Choose a password first: without one this login is the only way in.")
        cut = await tx.scalars(
            delete(FederatedIdentity)
            .where(FederatedIdentity.user_id == user.id, FederatedIdentity.provider == provider)
            .returning(FederatedIdentity.subject)
        )
        if not cut.all():
            raise NotFound("This login")
    return nothing()
