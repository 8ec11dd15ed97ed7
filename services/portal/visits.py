"""A visit to a page: who reads, in which language, which services answer for them, and the page that comes back."""

import secrets
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.client import IdentityClient
from services.indicators.client import IndicatorsClient
from services.portal.rendering import render
from services.registry.client import RegistryClient
from services.survey.client import SurveyClient
from services.workspace.client import WorkspaceClient
from shared.callers import Caller
from shared.forms import form_fields
from shared.languages import DEFAULT, LANGUAGES, best_match
from shared.peers import Peers
from shared.problems import NotAllowed, NotFound, NotSignedIn
from shared.tags import tag, unchanged
from shared.text import forbidden_character

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
YEAR = 365 * 24 * 3600


class Visit:
    """One request for a page.

    The clients speak for the reader, so a page can show nothing that its reader may not see. Their errors are the
    platform's problems (`NotFound`, `NotAllowed`, `Invalid` …), which become pages unless a page handles them.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.caller: Caller = request.state.caller
        self.language: str = request.state.language
        self._peers: Peers = request.app.state.peers
        self._token: str = request.state.token

    @cached_property
    def registry(self) -> RegistryClient:
        return RegistryClient(self._peers, on_behalf_of=self._token, language=self.language)

    @cached_property
    def survey(self) -> SurveyClient:
        return SurveyClient(self._peers, on_behalf_of=self._token, language=self.language)

    @cached_property
    def indicators(self) -> IndicatorsClient:
        return IndicatorsClient(self._peers, on_behalf_of=self._token, language=self.language)

    @cached_property
    def workspace(self) -> WorkspaceClient:
        return WorkspaceClient(self._peers, on_behalf_of=self._token, language=self.language)

    @cached_property
    def identity(self) -> IdentityClient:
        return IdentityClient(self._peers, on_behalf_of=self._token, language=self.language)

    @cached_property
    def identity_as_platform(self) -> IdentityClient:
        """For what only services may ask, such as people's names; show of it what the reader may see."""
        return IdentityClient(self._peers, language=self.language)

    @property
    def frame(self) -> dict[str, Any]:
        """What `base.html` needs of the visit."""
        is_person = self.caller.kind == "user"
        return {
            "path": self.request.url.path,
            "query": self.request.url.query,
            "person": {"name": self.caller.name} if is_person else None,
            "caller": self.caller,
            "csrf_token": self.caller.csrf or None,
            "demo": self.caller.demo,
            "theme": self.request.cookies.get("theme"),
            "zone": str(self.request.app.state.settings.timezone),
        }

    def page(
        self, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
    ) -> Response:
        """A page from a template; 304 for those of the public who have it already. `demo=True` puts the banner of
        demonstration data on it."""
        body = render(template, locale=self.language, **{**self.frame, **context}).encode()
        is_public = not self.caller.is_signed_in
        told = {**(headers or {}), "Cache-Control": "public, max-age=60" if is_public else "no-store"}
        if is_public and status == 200 and self.request.method in ("GET", "HEAD"):
            told["ETag"] = tag(None, body, self.language, "text/html")
            if unchanged(self.request, told["ETag"]):
                return Response(status_code=304, headers=told)
        return HTMLResponse(body, status_code=status, headers=told)

    def go(self, path: str) -> Response:
        """Lead the browser on after a form (303)."""
        return RedirectResponse(path, status_code=303, headers={"Cache-Control": "no-store"})

    async def form(self) -> dict[str, str]:
        """The fields of a form that one of our own pages sent. Raises NotAllowed without the session's token."""
        fields = await form_fields(self.request, largest=2 * 2**20)
        self.must_have_token(fields.pop("csrf_token", ""))
        return fields

    def must_have_token(self, sent: str) -> None:
        """Raises NotAllowed when a form does not carry the session's token."""
        if not self.caller.csrf or not secrets.compare_digest(sent.encode(), self.caller.csrf.encode()):
            raise NotAllowed("The form is out of date; reload the page and send it again.")

    def must_be_secretariat(self) -> None:
        """Raises NotAllowed."""
        if not self.caller.is_secretariat:
            raise NotAllowed("Only the secretariat may do this.")

    def must_be_signed_in(self) -> None:
        if self.caller.kind != "user":
            raise NotSignedIn


async def visit_of(request: Request) -> Visit:
    return Visit(request)


async def visit_of_member(request: Request) -> Visit:
    visit = Visit(request)
    visit.must_be_signed_in()
    return visit


Reader = Annotated[Visit, Depends(visit_of)]
"""Anybody, the public included."""
MemberVisit = Annotated[Visit, Depends(visit_of_member)]
"""Somebody signed in; others are led to the log-in and back."""


class PageRoute(APIRoute):
    """A page: unknown query parameters are nobody's business, a language that is chosen is remembered."""

    def get_route_handler(self) -> Any:
        handle = super().get_route_handler()

        async def read_and_handle(request: Request) -> Response:
            if any(forbidden_character(str(value)) for value in request.path_params.values()):
                raise NotFound
            request.state.language = page_language(request)
            response: Response = await handle(request)
            dress(request, response)
            return response

        return read_and_handle


def page_language(request: Request) -> str:
    """`?lang=`, else the language chosen before, else the browser's, else the reader's own, else Spanish."""
    for chosen in (request.query_params.get("lang"), request.cookies.get("lang")):
        if chosen in LANGUAGES:
            return str(chosen)
    own = request.state.caller.locale or DEFAULT
    header = request.headers.get("accept-language")
    return best_match(header, own) if header else own


def dress(request: Request, response: Response) -> None:
    """The headers of every page."""
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("Content-Language", request.state.language)
    response.headers.setdefault("Vary", "Accept, Accept-Language, Cookie")
    chosen = request.query_params.get("lang")
    if chosen in LANGUAGES and request.cookies.get("lang") != chosen:
        response.set_cookie("lang", str(chosen), max_age=YEAR, samesite="lax", path="/")


def page_router() -> APIRouter:
    return APIRouter(route_class=PageRoute, include_in_schema=False)
