"""`/auth`: log in, log out, who am I. Programs send JSON; pages without JavaScript send forms and are led on."""

import secrets
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Request
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from gateway import sessions
from gateway.visitors import Visitors
from shared.answers import answer, nothing
from shared.callers import Anyone, Caller, Member, signed_in
from shared.dependencies import Db
from shared.fields import Input, Output
from shared.forms import Sent, form_fields, is_form, json_or_form
from shared.problems import Invalid, NotAllowed, NotSignedIn, TooManyRequests, Unavailable, documented
from shared.redirects import safe_next
from shared.routing import house_router
from shared.settings import Settings

router = house_router(tags=["auth"])
LARGEST_LOGIN = 2 * 2**20
"""Bytes: whatever somebody sends as a password is answered alike, long before it is hashed."""


class LoginIn(Input):
    username: str
    password: str
    code: str | None = None


class UserOut(Output):
    id: UUID
    username: str
    name: str
    email: str
    locale: str


class GrantOut(Output):
    role: str
    scope: str
    stakeholder_group: str | None


class LoggedIn(Output):
    user: UserOut


class MeOut(Output):
    user: UserOut
    grants: list[GrantOut]
    csrf_token: Annotated[str, Field(description="Send as X-CSRF-Token with every change.")]


async def settings_of(request: Request) -> Settings:
    found: Settings = request.app.state.settings
    return found


async def visitors_of(request: Request) -> Visitors:
    found: Visitors = request.app.state.visitors
    return found


async def person(request: Request) -> Caller:
    """A signed-in person. Programs manage no accounts, whatever else they may do; services have their own ways."""
    caller = await signed_in(request)
    if caller.kind != "user":
        raise NotAllowed("Accounts are managed by people, not by programs.")
    return caller


async def secretary(request: Request) -> Caller:
    caller = await person(request)
    if not caller.is_secretariat:
        raise NotAllowed("Only the secretariat may do this.")
    return caller


Someone = Annotated[Caller, Depends(person)]
"""A person with an account, or 401 for the public and 403 for programs before the route begins."""
Secretary = Annotated[Caller, Depends(secretary)]
"""Somebody of the secretariat in person."""
PlatformSettings = Annotated[Settings, Depends(settings_of)]
VisitorsOf = Annotated[Visitors, Depends(visitors_of)]


def user_out(caller: Caller) -> UserOut:
    return UserOut(
        id=UUID(caller.id), username=caller.username, name=caller.name, email=caller.email, locale=caller.locale
    )


def body_of(model: type[Input]) -> dict[str, Any]:
    """What the API's documentation says of a body that may also be a form."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": model.model_json_schema()}}}}


def must_come_from_our_page(request: Request, fields: dict[str, str], caller: Caller) -> None:
    """What changes something for a session carries the session's token, as a form's field or as a header. Raises
    NotAllowed."""
    sent = fields.get("csrf_token") or request.headers.get("x-csrf-token", "")
    if not caller.csrf or not secrets.compare_digest(sent.encode(), caller.csrf.encode()):
        raise NotAllowed("The form is out of date; reload the page and send it again.")


@router.post(
    "/auth/login", openapi_extra=body_of(LoginIn), response_model=LoggedIn, responses=documented(401, 422, 429)
)
async def log_in(request: Request, caller: Anyone, db: Db, settings: PlatformSettings) -> Response:
    """Begin a session: a cookie for browsers. A form is led on to `next`, or back with what was wrong."""
    try:
        sent: Sent[LoginIn] = await json_or_form(request, LoginIn, largest=LARGEST_LOGIN)
    except Invalid:
        if not is_form(request):
            raise
        return RedirectResponse("/login?error=credentials", status_code=303)
    try:
        user = await sessions.log_in(
            db, settings.secret, sent.body.username, sent.body.password, sent.body.code, address=request.state.address
        )
        token, signed_in = await sessions.begin_session(db, user, request)
    except (NotSignedIn, TooManyRequests, Unavailable) as problem:
        if not sent.is_form:
            raise
        error = "too_many"
        if isinstance(problem, NotSignedIn):
            error = "code" if problem.errors else "credentials"
        query = urlencode(
            {"error": error, "username": sent.body.username[:200], "next": safe_next(sent.fields.get("next"))}
        )
        return RedirectResponse(f"/login?{query}", status_code=303)
    response = (
        RedirectResponse(safe_next(sent.fields.get("next")), status_code=303)
        if sent.is_form
        else answer(request, LoggedIn(user=user_out(signed_in)))
    )
    return sessions.set_cookie(response, token, settings)


@router.post("/auth/logout", status_code=204, responses=documented(401, 403))
async def log_out(
    request: Request, caller: Anyone, db: Db, settings: PlatformSettings, visitors: VisitorsOf
) -> Response:
    """End this session. Without one there is nothing to end, and the answer is the same."""
    led_on: str | None = None
    if is_form(request):
        fields = await form_fields(request)
        if caller.is_signed_in:
            must_come_from_our_page(request, fields, caller)
        led_on = safe_next(fields.get("next"), "/")
    if request.state.session_id:
        await sessions.end_session(db, UUID(request.state.session_id), by=caller)
        visitors.forget(caller.id)
    response = RedirectResponse(led_on, status_code=303) if led_on else nothing()
    return sessions.drop_cookie(response, settings)


@router.get("/auth/me", response_model=MeOut, responses=documented(401))
async def who_am_i(request: Request, caller: Member) -> Response:
    """The signed-in person, what they may do, and the token that proves a change was meant."""
    if caller.kind != "user":
        raise NotSignedIn("A program has no account; see /oauth/introspect.")
    out = MeOut(
        user=user_out(caller),
        grants=[GrantOut(role=g.role, scope=g.scope, stakeholder_group=g.stakeholder_group) for g in caller.grants],
        csrf_token=caller.csrf,
    )
    return answer(request, out)
