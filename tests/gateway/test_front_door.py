"""The front door: what of a request may go through, and what never does."""

import json

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from deploy.local.composition import Platform
from gateway.front import Front
from shared.settings import Settings
from tests.people import Person, visitor

URL = "/api/v1/registry/countries"


class Mirror:
    """A service that tells which headers reached it."""

    async def forward(self, scope: Scope, headers: list[tuple[bytes, bytes]], receive: Receive, send: Send) -> None:
        body = json.dumps(
            {
                "path": scope["path"],
                "method": scope["method"],
                "headers": [[n.decode("latin-1"), v.decode("latin-1")] for n, v in headers],
            }
        ).encode()
        kind = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": [*kind, (b"x-request-id", b"not this")]})
        await send({"type": "http.response.body", "body": body})

    async def is_ready(self) -> bool:
        return True

    async def close(self) -> None: ...


@pytest.fixture
async def mirror(platform: Platform) -> Person:
    """Somebody whose requests to the registry come back as they reached it."""
    front = Front(platform.gateway.own, {"registry": Mirror(), "portal": Mirror()}, platform.settings)
    front.visitors, front.minter = platform.gateway.front.visitors, platform.gateway.front.minter
    transport = httpx.ASGITransport(app=front, raise_app_exceptions=False)
    return Person(transport=transport, base_url="http://127.0.0.1:8000", headers={"accept": "application/json"})


async def test_nobody_says_who_they_are_by_a_header(mirror: Person):
    claims = [
        "X-Forwarded-User", "X_Forwarded_User", "X-Forwarded-For", "X_Forwarded_For", "X-Forwarded-Host", "Forwarded",
        "X-Real-IP", "X-Auth-Request-User", "X-Remote-User", "Remote-User", "Remote_User", "X-User", "X-User-Id",
        "X-Original-URL", "X-Client-Cert", "X-SSL-Client-CN", "True-Client-IP", "CF-Connecting-IP", "X-Portsnet-Caller",
        "X_Request_Id", "Cookie", "X-CSRF-Token", "Connection", "Keep-Alive", "TE", "Upgrade", "Proxy-Authorization",
        "Expect", "Via", "X-Portsnet-Visitor", "X_Portsnet_Visitor",
    ]  # fmt: skip
    sent = [(name, "root") for name in claims] + [("X-Forwarded-For", "10.0.0.1"), ("If-None-Match", '"x"')]
    told = (await mirror.get(URL, headers=sent)).json()
    arrived = {name for name, _ in told["headers"]}
    assert arrived <= {
        "accept", "accept-encoding", "user-agent", "if-none-match", "host", "authorization", "x-request-id",
        "x-portsnet-visitor",
    }  # fmt: skip
    visitors = [value for name, value in told["headers"] if name == "x-portsnet-visitor"]
    assert len(visitors) == 1 and visitors[0] != "root" and "127.0.0.1" not in visitors[0]
    assert [value for name, value in told["headers"] if name == "host"] == ["127.0.0.1:8000"]
    assert len([1 for name, _ in told["headers"] if name == "authorization"]) == 1


async def test_pages_get_the_cookies_they_keep_and_no_other(mirror: Person):
    sent = {"Cookie": "lang=pt; portsnet=secret; theme=dark; __Host-portsnet=secret; workshop=abc; language=en"}
    told = (await mirror.get("/communities", headers=sent)).json()
    assert [v for name, v in told["headers"] if name == "cookie"] == ["lang=pt; theme=dark; workshop=abc"]


async def test_connection_takes_away_what_it_names_but_never_the_caller(mirror: Person):
    sent = {"Connection": "Authorization, X-Mine, Host", "X-Mine": "1", "X-Other": "2"}
    arrived = dict((await mirror.get(URL, headers=sent)).json()["headers"])
    assert "x-mine" not in arrived
    assert arrived["x-other"] == "2"
    assert arrived["authorization"].startswith("Bearer ")


@pytest.mark.parametrize("own", ["x" * 10_000, "a b", "<script>", "é", "", "a\tb", "x" * 101])
async def test_a_request_id_that_is_none_is_replaced(mirror: Person, own: str):
    answer = await mirror.get(URL, headers=[(b"X-Request-ID", own.encode())])
    given = answer.headers.get_list("x-request-id")
    assert len(given) == 1
    assert given[0] not in (own, "not this")
    assert dict(answer.json()["headers"])["x-request-id"] == given[0]


async def test_a_good_request_id_comes_back(public: Person):
    for url in (URL, "/healthz", "/nowhere/at/all", "/api/v1/registry/communities/none"):
        answer = await public.get(url, headers={"X-Request-ID": "trace-1.2:3"})
        assert answer.headers.get_list("x-request-id") == ["trace-1.2:3"]


BAD_PATHS = (
    "/api/v1/registry/../../internal/holders", "/api/v1/registry/%2e%2e/%2e%2e/internal/holders",
    "/api/v1/registry/%2e./internal", "/api/v1/registry/..%2f..%2finternal/holders", "/api/v1/registry/..%5c..%5cinternal",
    "/api/v1/registry/communities;jsessionid=1", "/api/v1/registry/communities%3bx", "//internal/holders",
    "/api//v1/registry/countries", "/api/v1/registry/%252e%252e/internal", "/api/v1/registry/%252finternal",
    "/api/v1/registry/a%00b", "/api/v1/registry/a%0d%0ab", "/api/v1/registry/a%09b", "/api/v1/registry/%ff%fe",
    "/api/v1/registry/communities\\x", "/./api/v1/registry/countries", "/api/v1/registry/communities/.",
    "/api/v1/registry/communities/%EF%BF%BE",
)  # fmt: skip
NOWHERE = (
    "/api/v1/nothing/countries", "/api/v1/identity-x/users", "/api/v2/registry/countries", "/api/v1/Registry/countries",
    "/internal/holders?scope=network", "/internal/tokens", "/internal/audit", "/internal/openapi.json", "/internal/",
    "/internal/api/v1/identity/users", "/internal/api/v1/registry/countries", "/internal/people?ids=x",
)  # fmt: skip


async def test_a_path_that_two_readers_could_read_differently_reaches_nobody(mirror: Person):
    for path in BAD_PATHS:
        answer = await raw(mirror, path)
        assert (path, answer.status_code) == (path, 400)
    for path in NOWHERE:
        assert (path, (await mirror.get(path)).status_code) == (path, 404)
    assert (
        await mirror.post("/internal/tokens", json={"audience": "registry", "subject_token": None})
    ).status_code == 404
    told = await mirror.get("/api/v1/registry/communities/mx-manzanillo%20x")
    assert told.json()["path"] == "/api/v1/registry/communities/mx-manzanillo x"


async def raw(person: Person, target: str) -> httpx.Response:
    """A request whose path is sent as it stands."""
    request = person.build_request("GET", "/")
    request.url = httpx.URL("http://127.0.0.1:8000/")
    request.extensions["target"] = target.encode()
    from urllib.parse import unquote

    front = person._transport.app  # type: ignore[attr-defined]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await front({**scope, "path": unquote(target), "raw_path": target.encode()}, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1:8000") as client:
        return await client.get("/", headers={"accept": "application/json"})


async def test_a_token_of_one_s_own_making_is_no_token(platform: Platform, public: Person):
    for value in ("Bearer x", "Bearer ", "bearer a.b.c", "Basic YTpi", "Service portal:x", "Negotiate x", "x"):
        answer = await public.get(URL, headers={"Authorization": value})
        assert (value, answer.status_code) == (value, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer ")
    inner = platform.gateway.front.minter.mint(platform.gateway.front.everybody.caller, "registry")[0]
    assert (await public.get(URL, headers={"Authorization": f"Bearer {inner}"})).status_code == 401


def test_the_address_is_the_peer_s_unless_a_named_proxy_says_otherwise():
    from gateway.front import _Asked

    def seen(trusted: str, peer: str, *forwarded: str) -> str:
        front = Front(None, {}, Settings(trusted_proxies=trusted))  # type: ignore[arg-type]
        headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
        scope = {"client": (peer, 1), "headers": headers, "path": "/"}
        return front._address(scope, _Asked(scope))

    assert seen("", "192.0.2.1", "203.0.113.5") == "192.0.2.1"
    assert seen("192.0.2.1", "192.0.2.1", "203.0.113.5") == "203.0.113.5"
    assert seen("192.0.2.1", "192.0.2.1", "198.51.100.7, 203.0.113.5") == "203.0.113.5"
    assert seen("192.0.2.1", "192.0.2.1", "198.51.100.7", "203.0.113.5") == "203.0.113.5"
    assert seen("192.0.2.1,203.0.113.5", "192.0.2.1", "198.51.100.7, 203.0.113.5") == "198.51.100.7"
    assert seen("192.0.2.1", "192.0.2.1", "not an address") == "192.0.2.1"
    assert seen("192.0.2.1", "::ffff:192.0.2.1", "203.0.113.5") == "203.0.113.5"
    assert seen("", "fe80::1%eth0") == "fe80::1"


async def test_head_answers_as_get_without_a_body(public: Person):
    got = await public.get(URL)
    head = await public.head(URL)
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["etag"] == got.headers["etag"]
    assert head.headers["content-length"] == str(len(got.content))
    assert (await public.head("/api/v1/registry/communities/none")).content == b""


async def test_what_one_has_already_is_not_sent_again(public: Person):
    got = await public.get(URL)
    again = await public.get(URL, headers={"If-None-Match": got.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == got.headers["etag"]


async def test_every_answer_guards_the_browser(public: Person):
    for url in (URL, "/healthz", "/api/docs", "/auth/me"):
        headers = (await public.get(url)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "referrer-policy" in headers
        assert "strict-transport-security" not in headers
    far = Front(None, {}, Settings(public_url="https://red.example.org"))  # type: ignore[arg-type]
    assert (b"strict-transport-security", b"max-age=31536000; includeSubDomains") in far._added


async def test_an_error_is_a_page_for_whoever_asks_for_one(public: Person):
    for url, status in (("/api/v1/nothing/x", 404), ("/auth/me", 401), ("/api/v1/registry/communities/none", 404)):
        page = await public.get(url, headers={"Accept": "text/html,*/*;q=0.8", "Accept-Language": "pt"})
        assert page.status_code == status
        assert page.headers["content-type"].startswith("text/html")
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert '<html lang="pt">' in page.text
        assert page.text.count("<h1>") == 1
        assert (await public.get(url, headers={"Accept": "application/json"})).status_code == status


async def test_who_asks_too_often_is_told_to_wait(platform: Platform, limited: None, password_hash: str):
    person = visitor(platform)
    answers = [await person.get(URL) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 3600
    assert (await person.get("/healthz")).status_code == 200
    for url in ("/static/css/tokens.css", "/workshop", *["/workshop"] * 12):
        assert (await person.get(url)).status_code == 200, "a room's phones share an address, and each needs its files"


async def test_who_guesses_tokens_is_stopped_before_they_are_looked_up(platform: Platform, limited: None):
    person = visitor(platform)
    for number in range(10):
        assert (await person.get(URL, headers={"Authorization": f"Bearer guess{number}"})).status_code == 401
    assert (await person.get(URL, headers={"Authorization": "Bearer one-more"})).status_code == 429


async def test_everybody_has_a_count_of_their_own(
    platform: Platform, limited: None, secretariat: Person, member: Person
):
    for _ in range(10):
        assert (await secretariat.get("/auth/me")).status_code == 200
    assert (await secretariat.get("/auth/me")).status_code == 429
    assert (await member.get("/auth/me")).status_code == 200


async def test_health_tells_what_does_not_answer(platform: Platform, public: Person):
    assert (await public.get("/healthz")).json()["status"] == "ok"
    assert (await public.get("/readyz")).json() == {"status": "ok", "failing": []}
    upstreams = platform.gateway.front.upstreams
    from gateway.upstreams import RemoteUpstream

    whole = dict(upstreams)
    try:
        platform.gateway.front.upstreams = {**whole, "survey": RemoteUpstream("http://127.0.0.1:1", timeout=1)}
        answer = await public.get("/readyz")
        refused = await public.get("/api/v1/survey/models")
    finally:
        platform.gateway.front.upstreams = whole
    assert answer.status_code == refused.status_code == 503
    assert answer.json()["failing"] == ["survey"]
    assert "retry-after" in answer.headers
    assert "retry-after" in refused.headers
