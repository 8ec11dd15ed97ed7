"""Signing in with an account elsewhere: at a provider of another project, and at one that cheats."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from pydantic import SecretStr
from pytest_iam import Server as Iam
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from deploy.local.composition import Platform
from gateway import oidc_flows
from gateway.oidc_provider import Provider
from shared.settings import OidcSettings, Settings
from tests.gateway.conftest import PASSWORD, Mailbox
from tests.gateway.forging import signed_with_public_key, unsigned
from tests.gateway.serving import served
from tests.people import Person, somebody, visitor

ORIGIN = "http://127.0.0.1:8000"
UNKNOWN_STATE = "the state is unknown, used or too old"


async def provider_of(platform: Platform, name: str, issuer: str, client_id: str, secret: str) -> Provider:
    """Add a provider, as the operator's configuration would."""
    if before := platform.gateway.own.state.providers.pop(name, None):
        await before.close()
    settings = OidcSettings(issuer=issuer, client_id=client_id, client_secret=SecretStr(secret), label="Elsewhere")
    made = Provider(name, settings)
    platform.gateway.own.state.providers[name] = made
    return made


class Elsewhere:
    """pytest-iam with this platform registered, and somebody's browser at it."""

    def __init__(self, iam: Iam) -> None:
        self.iam = iam

    async def answer(self, way: str) -> str:
        """Where the provider leads a browser that is signed in there: our callback with a code."""
        parts = urlsplit(way)
        got = await asyncio.to_thread(self.iam.test_client.get, f"{parts.path}?{parts.query}")
        assert got.status_code == 302, got.text[:300]
        location = str(got.headers["Location"])
        assert location.startswith(f"{ORIGIN}/auth/oidc/iam/callback")
        return location.removeprefix(ORIGIN)

    def forget_codes(self) -> None:
        """Codes that nobody fetched confuse the provider's store in memory."""
        with self.iam.app.app_context():
            for code in self.iam.backend.query(self.iam.models.AuthorizationCode):
                self.iam.backend.delete(code)

    async def sign_in(self, browser: Person, **query: str) -> Any:
        start = await browser.get("/auth/oidc/iam", params=query)
        assert start.status_code == 303, start.text
        return await browser.get(await self.answer(start.headers["location"]))


@pytest.fixture
async def elsewhere(platform: Platform, iam: Iam) -> AsyncIterator[Elsewhere]:
    secret = "a secret that both know"
    with iam.app.app_context():
        client = iam.models.Client(
            client_id="portsnet", client_secret=secret, client_name="Red de Puertos", client_uri=ORIGIN,
            redirect_uris=[f"{ORIGIN}/auth/oidc/iam/callback"], grant_types=["authorization_code"],
            response_types=["code"], token_endpoint_auth_method="client_secret_basic",
            scope=["openid", "profile", "email"],
        )  # fmt: skip
        iam.backend.save(client)
        iam.backend.update(client, audience=[client])
        iam.backend.save(client)
    made = await provider_of(platform, "iam", iam.url.rstrip("/"), "portsnet", secret)
    found = await asyncio.to_thread(iam.test_client.get, "/.well-known/openid-configuration")
    made.issuer = found.json["issuer"]
    yield Elsewhere(iam)
    Elsewhere(iam).forget_codes()
    with iam.app.app_context():
        iam.backend.delete(client)


def newcomer(iam: Iam, name: str) -> Any:
    """Somebody with an account at the provider, signed in there."""
    user = iam.random_user(user_name=name, emails=[f"{name}@example.org"], formatted_name=name.title())
    iam.consent(user)
    iam.login(user)
    return user


async def test_somebody_links_an_account_elsewhere_and_signs_in_with_it(
    platform: Platform, elsewhere: Elsewhere, ana: Person
):  # fmt: skip
    newcomer(elsewhere.iam, "ana.elsewhere")
    way = (await ana.post("/auth/oidc/iam/link", json={})).json()["location"]
    linked = await ana.get(await elsewhere.answer(way))
    assert (linked.status_code, linked.headers["location"]) == (303, "/desk")
    (login,) = (await ana.get("/api/v1/identity/logins")).json()["items"]
    assert login["provider"] == "iam"
    browser = visitor(platform)
    done = await elsewhere.sign_in(browser, next="/model")
    assert (done.status_code, done.headers["location"]) == (303, "/model")
    assert (await browser.get("/auth/me")).json()["user"]["username"] == "ana"
    assert (await ana.delete("/auth/oidc/iam/link")).status_code == 204
    assert (await elsewhere.sign_in(visitor(platform))).status_code == 403


async def test_the_way_there_has_state_nonce_and_pkce(elsewhere: Elsewhere, public: Person):
    newcomer(elsewhere.iam, "x1")
    first = await public.get("/auth/oidc/iam")
    query = dict(parse_qsl(urlsplit(first.headers["location"]).query))
    assert query["response_type"] == "code"
    assert query["code_challenge_method"] == "S256"
    assert len(query["code_challenge"]) == 43
    assert query["redirect_uri"] == f"{ORIGIN}/auth/oidc/iam/callback"
    assert query["scope"].split()[0] == "openid"
    second = dict(parse_qsl(urlsplit((await public.get("/auth/oidc/iam")).headers["location"]).query))
    for name in ("state", "nonce", "code_challenge"):
        assert len(query[name]) >= 43
        assert query[name] != second[name]
    assert (await public.get("/auth/oidc/other")).status_code == 404


async def test_an_unknown_person_gets_a_page_that_helps_and_the_secretariat_a_trace(
    platform: Platform, elsewhere: Elsewhere, ana: Person, secretariat: Person
):  # fmt: skip
    user = newcomer(elsewhere.iam, "ana")  # with the address of an account here, which links nothing
    browser = visitor(platform)
    browser.headers["Accept"] = "text/html"
    answer = await elsewhere.sign_in(browser)
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "vincule" in answer.text
    assert "set-cookie" not in answer.headers
    other = newcomer(elsewhere.iam, "stranger")
    assert (await elsewhere.sign_in(browser)).text == answer.text
    rows = (await secretariat.get("/api/v1/identity/audit", params={"action": "refuse a login elsewhere"})).json()[
        "items"
    ]
    assert {row["details"]["subject"] for row in rows} == {user.user_name, other.user_name}
    assert {row["details"]["reason"] for row in rows} == {"no account has this login"}


async def test_an_invitation_is_accepted_with_a_login_elsewhere(
    platform: Platform, elsewhere: Elsewhere, secretariat: Person, mailbox: Mailbox
):  # fmt: skip
    await somebody(platform, "bea")
    newcomer(elsewhere.iam, "bea")
    body = {"email": "bea.new@example.org", "role": "coordinator", "scope": "community:mx-manzanillo"}
    await secretariat.post("/api/v1/identity/invitations", json=body)
    token = (await mailbox.link()).removeprefix("/invitations/")
    browser = visitor(platform)
    assert (await elsewhere.sign_in(browser, invitation="wrong-token")).status_code == 400
    assert (await elsewhere.sign_in(browser, invitation=token)).headers["location"] == "/desk"
    me = (await browser.get("/auth/me")).json()
    assert (me["user"]["username"], me["user"]["email"]) == ("bea2", "bea.new@example.org")
    assert [grant["role"] for grant in me["grants"]] == ["coordinator"]
    again = visitor(platform)
    assert (await elsewhere.sign_in(again)).status_code == 303
    assert (await again.get("/auth/me")).json()["user"]["username"] == "bea2"
    browser.headers["X-CSRF-Token"] = me["csrf_token"]
    assert (await browser.delete("/auth/oidc/iam/link")).status_code == 409  # the only way in


async def test_an_answer_counts_once_and_in_the_browser_that_asked(
    platform: Platform, elsewhere: Elsewhere, ana: Person, secretariat: Person
):  # fmt: skip
    newcomer(elsewhere.iam, "ana.elsewhere")
    way = (await ana.post("/auth/oidc/iam/link", json={})).json()["location"]
    back = await elsewhere.answer(way)
    assert (await visitor(platform).get(back)).status_code == 400
    assert (await ana.get(back)).status_code == 400  # the other browser's attempt has used it up
    elsewhere.forget_codes()
    way = (await ana.post("/auth/oidc/iam/link", json={})).json()["location"]
    back = await elsewhere.answer(way)
    assert ((await ana.get(back)).status_code, await last_reason(platform)) == (303, UNKNOWN_STATE)
    assert (await ana.get(back)).status_code == 400
    start = await visitor(platform).get("/auth/oidc/iam")
    theirs = await elsewhere.answer(start.headers["location"])
    assert (await ana.get(theirs)).status_code == 400  # a login that somebody else began
    code = parse_qs(urlsplit(back).query)["code"][0]
    browser = visitor(platform)
    state = parse_qs(urlsplit((await browser.get("/auth/oidc/iam")).headers["location"]).query)["state"][0]
    replayed = await browser.get("/auth/oidc/iam/callback", params={"code": code, "state": state})
    assert replayed.status_code == 400
    rows = (await secretariat.get("/api/v1/identity/audit", params={"action": "refuse a login elsewhere"})).json()[
        "items"
    ]
    assert len(rows) == 5


async def test_somebody_else_s_browser_links_nothing(
    platform: Platform, elsewhere: Elsewhere, ana: Person, member: Person
):
    newcomer(elsewhere.iam, "ana.elsewhere")
    assert (await visitor(platform).post("/auth/oidc/iam/link", json={})).status_code == 401
    token = ana.headers.pop("X-CSRF-Token")
    assert (await ana.post("/auth/oidc/iam/link", data={"next": "/"})).status_code == 403
    started = await ana.post("/auth/oidc/iam/link", data={"csrf_token": token, "next": "//evil.example"})
    assert started.status_code == 303
    back = await elsewhere.answer(started.headers["location"])
    cookie = platform.gateway.front.cookie
    ana.cookies.set(cookie, member.cookies[cookie], domain="127.0.0.1")  # signed in as another meanwhile
    assert (await ana.get(back)).status_code == 400
    assert (await member.get("/api/v1/identity/logins")).json()["items"] == []


async def test_a_login_belongs_to_one_account(platform: Platform, elsewhere: Elsewhere, ana: Person, member: Person):
    newcomer(elsewhere.iam, "shared.elsewhere")
    for person, status in ((ana, 303), (ana, 303), (member, 400)):
        way = (await person.post("/auth/oidc/iam/link", json={})).json()["location"]
        assert (await person.get(await elsewhere.answer(way))).status_code == status


async def test_a_closed_account_stays_closed_elsewhere_too(
    platform: Platform, elsewhere: Elsewhere, ana: Person, secretariat: Person
):  # fmt: skip
    newcomer(elsewhere.iam, "ana.elsewhere")
    way = (await ana.post("/auth/oidc/iam/link", json={})).json()["location"]
    await ana.get(await elsewhere.answer(way))
    url = f"/api/v1/identity/users/{ana.user_id}"
    tag = {"If-Match": (await secretariat.get(url)).headers["etag"]}
    await secretariat.patch(url, json={"active": False}, headers=tag)
    assert (await elsewhere.sign_in(visitor(platform))).status_code == 403


async def test_nobody_is_led_to_another_site_afterwards(platform: Platform, elsewhere: Elsewhere, ana: Person):
    newcomer(elsewhere.iam, "ana.elsewhere")
    way = (await ana.post("/auth/oidc/iam/link", json={})).json()["location"]
    await ana.get(await elsewhere.answer(way))
    for target in ("//evil.example", "/\\evil.example", "https://evil.example", "/%0d%0ax"):
        done = await elsewhere.sign_in(visitor(platform), next=target)
        assert (target, done.headers["location"]) == (target, "/desk")


def test_the_browser_s_mark_is_for_this_host_alone():
    header = oidc_flows.set_browser_cookie(Response(), "b", Settings(public_url="https://red.example.org")).headers
    parts = {part.strip() for part in header["set-cookie"].split(";")}
    assert parts == {"__Host-portsnet-login=b", "HttpOnly", "Max-Age=600", "Path=/", "SameSite=lax", "Secure"}


# a provider that cheats


class Cheat:
    """An OpenID Connect provider whose every answer a test may bend."""

    def __init__(self) -> None:
        self.url = ""
        self.key: Any = ECKey.generate_key("P-256", {"kid": "k1"})
        self.published: list[Any] = [self.key]
        self.discovery: dict[str, Any] = {}
        self.token: Callable[[dict[str, Any]], Any] = self.signed
        self.nonce = ""
        self.fetches = 0
        self.asked: dict[str, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body: Any = {}
        if scope["path"] == "/.well-known/openid-configuration":
            body = {
                "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/keys", **self.discovery,
            }  # fmt: skip
        elif scope["path"] == "/keys":
            self.fetches += 1
            body = {"keys": [key.as_dict(private=False) for key in self.published]}
        elif scope["path"] == "/token":
            self.asked = dict(parse_qsl((await request.body()).decode()))
            body = {"access_token": "x", "token_type": "Bearer", "id_token": self.token(self.claims())}
        await JSONResponse(body)(scope, receive, send)

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": "portsnet", "sub": "somebody", "iat": now, "exp": now + 300, "nonce": self.nonce,
        } | changes  # fmt: skip
        return {name: value for name, value in claims.items() if value is not None}

    def signed(self, claims: dict[str, Any]) -> str:
        alg = "RS256" if isinstance(self.key, RSAKey) else "ES256"
        return jwt.encode({"alg": alg, "kid": self.key.kid}, claims, self.key, algorithms=[alg])


@pytest.fixture
async def cheat() -> AsyncIterator[Cheat]:
    made = Cheat()
    async with served(made) as url:
        made.url = url
        yield made


async def come_back(platform: Platform, cheat: Cheat, **query: str) -> tuple[int, str]:
    """A whole login at the cheat; the status, and what the audit trail says of it."""
    browser = visitor(platform)
    start = await browser.get("/auth/oidc/cheat")
    if start.status_code != 303:
        return start.status_code, await last_reason(platform)
    asked = dict(parse_qsl(urlsplit(start.headers["location"]).query))
    cheat.nonce = asked["nonce"]
    answer = await browser.get("/auth/oidc/cheat/callback", params={"code": "c", "state": asked["state"], **query})
    assert "set-cookie" not in answer.headers or answer.status_code == 303
    return answer.status_code, await last_reason(platform)


async def last_reason(platform: Platform) -> str:
    from sqlalchemy import text

    async with platform.gateway.own.state.database.engine.connect() as connection:
        found = await connection.scalar(
            text("SELECT details FROM identity.audit WHERE action LIKE 'refuse%' ORDER BY at DESC, id DESC LIMIT 1")
        )
    details = json.loads(found) if isinstance(found, str) else (found or {})
    return str(details.get("reason", ""))


async def test_a_token_that_is_not_wholly_right_lets_nobody_in(platform: Platform, cheat: Cheat, ana: Person):
    await provider_of(platform, "cheat", cheat.url, "portsnet", "s")
    async with platform.gateway.own.state.database.engine.begin() as connection:
        from sqlalchemy import text

        await connection.execute(
            text("INSERT INTO identity.federated_identities (issuer, subject, provider, user_id) VALUES (:i, 'somebody', 'cheat', :u)"),
            {"i": cheat.url, "u": ana.user_id},
        )  # fmt: skip
    assert (await come_back(platform, cheat))[0] == 303
    assert len(cheat.asked["code_verifier"]) >= 43
    now, stranger = int(time.time()), ECKey.generate_key("P-256", {"kid": "k1"})
    public = cheat.key.as_pem(private=False)

    def bent(**changes: Any) -> Callable[[dict[str, Any]], str]:
        return lambda claims: cheat.signed({n: v for n, v in (claims | changes).items() if v is not None})

    bad: dict[str, Callable[[dict[str, Any]], Any]] = {
        "alg none": lambda claims: unsigned(claims, kid="k1"),
        "HS256 with the public key": lambda claims: signed_with_public_key(claims, public, kid="k1"),
        "HS256 with the client secret": lambda claims: signed_with_public_key(claims, b"s"),
        "another key": lambda claims: jwt.encode({"alg": "ES256", "kid": "k1"}, claims, stranger, algorithms=["ES256"]),
        "issuer with a slash": bent(iss=f"{cheat.url}/"),
        "another issuer": bent(iss="https://evil.example"),
        "no issuer": bent(iss=None),
        "another audience": bent(aud="another"),
        "one audience more": bent(aud=["portsnet", "another"]),
        "no audience": bent(aud=None),
        "for another party": bent(azp="another"),
        "no nonce": bent(nonce=None),
        "another nonce": bent(nonce="x"),
        "expired": bent(iat=now - 7200, exp=now - 3600),
        "no end": bent(exp=None),
        "an end that is text": bent(exp="9999999999"),
        "from the future": bent(iat=now + 7200, exp=now + 9000),
        "no subject": bent(sub=None),
        "a subject that is a number": bent(sub=1),
        "no token": lambda claims: None,
        "nonsense": lambda claims: "a.b.c",
    }
    for what, token in bad.items():
        cheat.token = token
        status, reason = await come_back(platform, cheat)
        assert (what, status) == (what, 400)
        assert reason
    cheat.token = cheat.signed
    assert (await come_back(platform, cheat, iss=cheat.url))[0] == 303
    assert (await come_back(platform, cheat, iss=f"{cheat.url}/")) == (400, "the answer names another issuer")
    assert (await come_back(platform, cheat, error="access_denied")) == (400, "the provider says: access_denied")
    assert (await come_back(platform, cheat, session_state="x", anything="y"))[0] == 303


async def test_discovery_must_name_the_configured_issuer_to_the_letter(platform: Platform, cheat: Cheat):
    for issuer, discovery in (
        (cheat.url, {"issuer": f"{cheat.url}/"}),
        (f"{cheat.url}/", {}),
        (cheat.url, {"issuer": "https://evil.example"}),
        (cheat.url, {"issuer": None}),
        (cheat.url, {"token_endpoint": "file:///etc/passwd"}),
        (cheat.url, {"jwks_uri": None}),
    ):
        await provider_of(platform, "cheat", issuer, "portsnet", "s")
        cheat.discovery = discovery
        status, reason = await come_back(platform, cheat)
        assert (discovery, status) == (discovery, 502)
        assert reason.startswith("discovery")
    await provider_of(platform, "cheat", "http://127.0.0.1:1", "portsnet", "s")
    assert (await come_back(platform, cheat))[0] == 502


async def test_a_provider_that_promises_its_name_must_give_it(platform: Platform, cheat: Cheat):
    await provider_of(platform, "cheat", cheat.url, "portsnet", "s")
    cheat.discovery = {"authorization_response_iss_parameter_supported": True}
    assert (await come_back(platform, cheat)) == (400, "the answer names another issuer")
    assert (await come_back(platform, cheat, iss=cheat.url)) == (403, "no account has this login")


async def test_new_keys_are_fetched_once_in_five_seconds(platform: Platform, cheat: Cheat):
    provider = await provider_of(platform, "cheat", cheat.url, "portsnet", "s")
    assert (await come_back(platform, cheat))[0] == 403
    assert cheat.fetches == 1
    cheat.key = RSAKey.generate_key(2048, {"kid": "k2"})
    cheat.published.append(cheat.key)
    for _ in range(3):
        assert (await come_back(platform, cheat)) == (400, "signed with none of the keys")
    assert cheat.fetches == 1
    provider._keys_at -= 6
    assert (await come_back(platform, cheat)) == (403, "no account has this login")
    assert cheat.fetches == 2


async def test_a_flow_ends_after_ten_minutes(platform: Platform, cheat: Cheat):
    from sqlalchemy import text

    await provider_of(platform, "cheat", cheat.url, "portsnet", "s")
    browser = visitor(platform)
    asked = dict(parse_qsl(urlsplit((await browser.get("/auth/oidc/cheat")).headers["location"]).query))
    async with platform.gateway.own.state.database.engine.begin() as connection:
        await connection.execute(text("UPDATE identity.oidc_flows SET expires_at = now()"))
    answer = await browser.get("/auth/oidc/cheat/callback", params={"code": "c", "state": asked["state"]})
    assert answer.status_code == 400
    assert PASSWORD not in answer.text
