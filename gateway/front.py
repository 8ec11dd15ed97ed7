"""The front door, plain ASGI so that forwarding costs little: who are you, may you come in, where do you go."""

import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import paths
from gateway.forwarding import HOP_BY_HOP, Headers
from gateway.keys import Identified, Minter
from gateway.limits import RateLimit
from gateway.quotas import Quotas
from gateway.upstreams import Upstream
from gateway.visitors import Visitors
from shared import idempotency, problems
from shared.callers import PUBLIC
from shared.ids import derived_key
from shared.languages import best_match
from shared.pages import error_page, wants_page
from shared.problems import NotAllowed, NotFound, NotSignedIn, Problem, Unavailable
from shared.service import from_database
from shared.settings import Settings
from shared.tokens import TokenVerifier

log = structlog.get_logger(__name__)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
STRIPPED = HOP_BY_HOP | {
    b"authorization", b"cookie", b"host", b"x-request-id", b"x-csrf-token", b"forwarded", b"expect", b"via",
    b"remote-user",
}  # fmt: skip
STRIPPED_PREFIXES = (
    b"x-forwarded", b"x-portsnet", b"x-real-", b"x-auth", b"x-remote-", b"x-user", b"x-original-", b"x-client",
    b"x-ssl", b"x-cluster", b"x-identity", b"x-host", b"true-client", b"cf-connecting", b"ssl-client",
)  # fmt: skip
"""Headers by which somebody could claim to be someone or to come from somewhere. Underscores count as hyphens."""
PASSED_COOKIES = (b"lang=", b"theme=", b"workshop=")
"""What pages keep in a browser, none of which says who somebody is on the platform."""
STATIC = "/static/"
"""Files that browsers keep: a first page needs twenty of them, and whoever shares an address would pay for all."""
ROOMS = ("/workshop", "/w/", "/api/v1/survey/workshops/")
"""Where many people come from one address: a workshop's phones behind one router. Wrong codes are counted apart."""
IN_A_ROOM = 10
"""How many times the usual number of requests a room may send."""
PROVES_ITSELF = ("/auth/login", "/auth/password/forgot", "/auth/password/reset", "/auth/invitations/")
"""What a password or a link vouches for, whether or not the browser has a session besides."""
WITHOUT_CALLER = ("/healthz", "/readyz", "/.well-known/")
INNER = "/internal/"
INNER_API = "/internal/api/v1/identity/"
"""The identity API as services reach it on behalf of a caller, with an internal token."""


class Front:
    """Serves every request of the platform; see `gateway.app` for how it is put together."""

    def __init__(self, own: ASGIApp, upstreams: Mapping[str, Upstream], settings: Settings) -> None:
        self.own = own
        self.upstreams = upstreams
        self.visitors: Visitors
        self.minter: Minter
        self.verifier: TokenVerifier
        self.quotas: Quotas
        self.settings = settings
        self.limit = RateLimit(settings.rate_limit)
        self.cookie = session_cookie(settings)
        self.everybody = Identified(PUBLIC, public_caller=True)
        self._cookie_start = f"{self.cookie}=".encode()
        self._host = _without_default_port(settings.origin.lower())
        self._trusted = frozenset(a.strip() for a in settings.trusted_proxies.split(",") if a.strip())
        self._added: Headers = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"strict-origin-when-cross-origin"),
            (b"x-frame-options", b"DENY"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
        ]
        if settings.origin.startswith("https:"):
            self._added.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))
        self._names_added = frozenset(name for name, _ in self._added)

    def _completed(self, headers: Iterable[tuple[bytes, bytes]], request_id: bytes) -> Headers:
        """The headers of an answer with those that every answer has; a service's own word on one of them stands."""
        told = [pair for pair in headers if pair[0] != b"x-request-id"]
        present = {name for name, _ in told}
        if present.isdisjoint(self._names_added):
            return [*told, *self._added, (b"x-request-id", request_id)]
        return [*told, *[pair for pair in self._added if pair[0] not in present], (b"x-request-id", request_id)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1000})
            return
        began = False
        head_only = scope["method"] == "HEAD"
        asked = _Asked(scope)
        request_id = asked.request_id or secrets.token_hex(8)

        async def answering(message: Message) -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                message["headers"] = self._completed(message["headers"], request_id.encode())
            elif head_only and message["type"] == "http.response.body":
                message = {"type": "http.response.body", "body": b"", "more_body": message.get("more_body", False)}
            await send(message)

        idempotency.request_id.set(request_id)
        if head_only:
            scope = {**scope, "method": "GET"}
        try:
            await self._serve(scope, asked, request_id, receive, answering)
        except Exception as error:
            if began:
                raise
            problem = problem_for(error)
            if wants_page(asked.accept):
                refusal = error_page(problem, best_match(asked.language))
            else:
                refusal = problems.as_response(problem, scope["path"])
            await refusal(scope, receive, answering)

    async def _serve(self, scope: Scope, asked: "_Asked", request_id: str, receive: Receive, send: Send) -> None:
        service = paths.destination(asked.path, scope.get("raw_path") or asked.path.encode())
        address = self._address(scope, asked)
        if service is None and asked.path.startswith(WITHOUT_CALLER):
            await self._serve_own(scope, self.everybody, address, receive, send)
            return
        if service is None and asked.path.startswith(INNER):
            await self._serve_inner(scope, asked, address, receive, send)
            return
        identified = await self._identify(asked, address)
        if identified.caller.kind == "client":
            left = await self.quotas.count(identified.caller.id)
            send = _with_headers(send, left.headers if left is not None else [])
        if not asked.path.startswith(STATIC):
            of_a_room = asked.path.startswith(ROOMS)
            who = identified.caller.id if not identified.public_caller else "a room" if of_a_room else "public"
            self.limit.must_allow(who, address, times=IN_A_ROOM if of_a_room else 1)
        if scope["method"] not in SAFE and not asked.bearer and not asked.path.startswith("/oauth/"):
            self._must_be_meant(asked, identified, service)
        if service is None:
            await self._serve_own(scope, identified, address, receive, send)
            return
        headers = asked.headers_to_pass()
        headers.append((b"host", self._host.encode()))
        headers.append((b"authorization", b"Bearer " + self.minter.token_for(identified, service).encode()))
        headers.append((b"x-request-id", request_id.encode()))
        if identified.public_caller:
            headers.append((b"x-portsnet-visitor", self._visitor(address)))
        if service == "portal" and (kept := asked.cookies_to_pass()):
            headers.append((b"cookie", kept))
        await self.upstreams[service].forward(scope, headers, receive, send)

    async def _serve_own(
        self, scope: Scope, identified: Identified, address: str, receive: Receive, send: Send
    ) -> None:
        state = {"caller": identified.caller, "session_id": identified.session_id, "address": address, "token": ""}
        await self.own({**scope, "state": {**scope.get("state", {}), **state}}, receive, send)

    async def _serve_inner(self, scope: Scope, asked: "_Asked", address: str, receive: Receive, send: Send) -> None:
        """What services ask. Who has no internal token learns nothing, not even that there is something."""
        if not asked.authorization.startswith(("Bearer ", "Service ")):
            raise NotFound
        if not asked.path.startswith(INNER_API):
            await self._serve_own(scope, self.everybody, address, receive, send)
            return
        try:
            caller = await self.verifier.caller(asked.bearer)
        except NotSignedIn:
            raise NotFound from None
        path = asked.path.removeprefix(INNER.rstrip("/"))
        inner = {**scope, "path": path, "raw_path": scope["raw_path"].removeprefix(INNER.rstrip("/").encode())}
        await self._serve_own(inner, Identified(caller), address, receive, send)

    async def _identify(self, asked: "_Asked", address: str) -> Identified:
        """A bearer token must be good; a session that has ended makes a visitor of the public."""
        if asked.path.startswith("/oauth/"):
            return self.everybody  # a client proves itself there
        if asked.authorization:
            self.limit.must_have_left("refused", address)
            found = await self.visitors.by_bearer(asked.bearer) if asked.bearer else None
            if found is not None:
                return found
            self.limit.must_allow("refused", address)
            raise NotSignedIn(
                "The access token is not valid, or no longer.", scheme='Bearer realm="portsnet", error="invalid_token"'
            )
        token = asked.cookie_value(self._cookie_start)
        return (await self.visitors.by_session(token) if token else None) or self.everybody

    def _must_be_meant(self, asked: "_Asked", identified: Identified, service: str | None) -> None:
        """What a browser sends must come from one of our own pages, and a change that its session vouches for must
        prove it.

        Programs send the token as `X-CSRF-Token`. A form sends it as a field, which the page's service checks, so here
        only its origin is looked at.
        """
        is_ours = asked.origin is None or asked.origin in (self._host, asked.host)
        if not is_ours or asked.fetch_site not in (None, "same-origin", "none"):
            raise NotAllowed("This came from another site.")
        if not identified.session_id or asked.path.startswith(PROVES_ITSELF):
            return
        if service == "portal" and asked.content_type in (FORM, MULTIPART) and not asked.path.startswith("/api/"):
            return
        if service is None and asked.content_type == FORM and asked.path.startswith("/auth/"):
            return
        if not secrets.compare_digest(asked.csrf.encode(), identified.caller.csrf.encode()):
            raise NotAllowed("Send the X-CSRF-Token that /auth/me gives.")

    @cached_property
    def _visitors_key(self) -> bytes:
        return derived_key(self.settings.secret, "visitors")

    def _visitor(self, address: str) -> bytes:
        """What services may count a visitor of the public by: a digest that tells nobody the address."""
        return hmac.digest(self._visitors_key, address.encode(), "sha256")[:12].hex().encode()

    def _address(self, scope: Scope, asked: "_Asked") -> str:
        """Whose address this is: the peer's, or what a trusted proxy says of it (the last hop that is not trusted)."""
        peer = _plain_address(scope["client"][0] if scope.get("client") else "") or "127.0.0.1"
        if peer not in self._trusted:
            return peer
        for hop in reversed([h.strip() for h in asked.forwarded_for.split(",") if h.strip()]):
            if hop not in self._trusted:
                return _plain_address(hop) or peer
        return peer


def _with_headers(send: Send, headers: Headers) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *headers]}
        await send(message)

    return sending


def problem_for(error: Exception) -> Problem:
    """What a caller is told of an error that came up before anything was answered."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, SQLAlchemyError):
        return from_database(error)
    if isinstance(error, OSError | TimeoutError):
        log.warning("cannot be reached", error=str(error))
        return Unavailable()
    log.error("unexpected", exc_info=error)
    return Problem()


PLAIN = frozenset({b"accept", b"accept-language", b"content-type", b"content-length", b"user-agent", b"if-none-match"})
"""Passed on without a closer look, unless `Connection` names them."""


class _Asked:
    """The headers of a request, read in one pass."""

    __slots__ = (
        "accept", "authorization", "bearer", "content_type", "cookies", "csrf", "fetch_site", "forwarded_for",
        "headers", "host", "language", "named_by_connection", "origin", "path", "request_id",
    )  # fmt: skip

    def __init__(self, scope: Scope) -> None:
        self.path: str = scope["path"]
        self.headers: Headers = scope["headers"]
        self.accept = self.authorization = self.bearer = self.content_type = self.csrf = self.language = ""
        self.forwarded_for = self.host = self.request_id = ""
        self.origin: str | None = None
        self.fetch_site: str | None = None
        self.cookies: list[bytes] = []
        self.named_by_connection: frozenset[bytes] = frozenset()
        for name, value in self.headers:
            if read := _READ.get(name):
                read(self, value)

    def cookie_value(self, start: bytes) -> str:
        for header in self.cookies:
            for part in header.split(b";"):
                stripped = part.strip()
                if stripped.startswith(start):
                    return stripped[len(start) :].decode("latin-1")
        return ""

    def cookies_to_pass(self) -> bytes:
        """Of all cookies those that pages keep, as one header."""
        parts = (part.strip() for header in self.cookies for part in header.split(b";"))
        return b"; ".join(part for part in parts if part.startswith(PASSED_COOKIES))

    def headers_to_pass(self) -> Headers:
        """What a service may see: nothing that claims an identity or an address, nothing hop-by-hop."""
        plain = PLAIN - self.named_by_connection
        return [pair for pair in self.headers if pair[0] in plain or self._may_pass(pair[0])]

    def _may_pass(self, name: bytes) -> bool:
        spelled = name.replace(b"_", b"-")
        return (
            spelled not in STRIPPED
            and name not in self.named_by_connection
            and not spelled.startswith(STRIPPED_PREFIXES)
        )


def _text(field: str, limit: int = 4096) -> Callable[[_Asked, bytes], None]:
    def read(asked: _Asked, value: bytes) -> None:
        setattr(asked, field, value[:limit].decode("latin-1"))

    return read


def _authorization(asked: _Asked, value: bytes) -> None:
    asked.authorization = value.decode("latin-1")
    scheme, _, rest = asked.authorization.partition(" ")
    if scheme.lower() == "bearer":
        asked.bearer = rest.strip()


def _origin(asked: _Asked, value: bytes) -> None:
    asked.origin = _without_default_port(value.decode("latin-1").lower())


def _request_id(asked: _Asked, value: bytes) -> None:
    text = value.decode("latin-1")
    if 1 <= len(text) <= 100 and all(c.isalnum() or c in "-_.:" for c in text) and text.isascii():
        asked.request_id = text


def _content_type(asked: _Asked, value: bytes) -> None:
    asked.content_type = value.decode("latin-1").partition(";")[0].strip().lower()


def _forwarded_for(asked: _Asked, value: bytes) -> None:
    asked.forwarded_for = f"{asked.forwarded_for},{value.decode('latin-1')}"[-4096:]


def _host(asked: _Asked, value: bytes) -> None:
    asked.host = value.decode("latin-1").strip().lower()


def _connection(asked: _Asked, value: bytes) -> None:
    asked.named_by_connection |= frozenset(part.strip().lower() for part in value.split(b","))


_READ: dict[bytes, Callable[[_Asked, bytes], Any]] = {
    b"accept": _text("accept"),
    b"accept-language": _text("language", 500),
    b"authorization": _authorization,
    b"connection": _connection,
    b"content-type": _content_type,
    b"cookie": lambda asked, value: asked.cookies.append(value),
    b"host": _host,
    b"origin": _origin,
    b"sec-fetch-site": _text("fetch_site", 40),
    b"x-csrf-token": _text("csrf", 200),
    b"x-forwarded-for": _forwarded_for,
    b"x-request-id": _request_id,
}


def _without_default_port(origin: str) -> str:
    scheme, _, host = origin.partition("://")
    return (host or "null").removesuffix(":443" if scheme == "https" else ":80")


def session_cookie(settings: Settings) -> str:
    """`__Host-` and Secure, but on plain-HTTP loopback, where browsers would refuse them."""
    return "portsnet" if is_plain_loopback(settings) else "__Host-portsnet"


def is_plain_loopback(settings: Settings) -> bool:
    parts = urlsplit(settings.origin)
    return parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")


@lru_cache(maxsize=4096)
def _plain_address(text: str) -> str | None:
    try:
        found = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)
