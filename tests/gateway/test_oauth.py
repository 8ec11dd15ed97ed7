"""Programs: their tokens, their proofs, and what they may do."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from sqlalchemy import text

from deploy.local.composition import Platform
from tests.gateway.conftest import Program, register
from tests.gateway.forging import signed_with_public_key, unsigned
from tests.people import Person, pointers, visitor

CLIENTS = "/api/v1/identity/clients"
ORIGIN = "http://127.0.0.1:8000"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
GRANT = {"grant_type": "client_credentials"}


async def test_a_program_gets_a_token_and_reads_with_it(program: Program):
    told = await program.token()
    assert told.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert (told["token_type"], told["expires_in"], told["scope"]) == ("Bearer", 3600, "registry:read survey:read")
    headers = {"Authorization": f"Bearer {told['access_token']}"}
    assert (await program.http.get("/api/v1/registry/communities", headers=headers)).status_code == 200
    assert (await program.http.get("/api/v1/workspace/committees", headers=headers)).status_code == 403
    assert (await program.http.get("/auth/me", headers=headers)).status_code == 401


async def test_a_token_may_be_asked_for_less(program: Program):
    told = await program.token(scope="survey:read")
    assert told["scope"] == "survey:read"
    headers = {"Authorization": f"Bearer {told['access_token']}"}
    assert (await program.http.get("/api/v1/registry/countries", headers=headers)).status_code == 403


async def test_refusals_have_oauth_s_form(program: Program):
    auth = (program.client_id, program.client_secret)
    form = {"content-type": "application/x-www-form-urlencoded"}
    cases: list[tuple[int, str, dict[str, Any]]] = [
        (401, "invalid_client", {"data": GRANT}),
        (401, "invalid_client", {"data": GRANT, "auth": (program.client_id, "wrong")}),
        (401, "invalid_client", {"data": GRANT, "auth": ("nobody", "x")}),
        (401, "invalid_client", {"data": GRANT, "headers": {"Authorization": "Basic %%%"}}),
        (401, "invalid_client", {"data": GRANT, "headers": {"Authorization": "Bearer x"}}),
        (401, "invalid_client", {"data": {**GRANT, "client_id": auth[0], "client_secret": auth[1]}}),
        (400, "unsupported_grant_type", {"data": {"grant_type": "password"}, "auth": auth}),
        (400, "unsupported_grant_type", {"data": {"grant_type": "authorization_code"}, "auth": auth}),
        (400, "invalid_request", {"data": {"x": "y"}, "auth": auth}),
        (400, "invalid_request", {"json": GRANT, "auth": auth}),
        (400, "invalid_request", {"content": b"grant_type=a&grant_type=b", "headers": form, "auth": auth}),
        (400, "invalid_request", {"data": {**GRANT, "client_id": "another"}, "auth": auth}),
        (400, "invalid_request", {"data": {**GRANT, "client_assertion": "x"}, "auth": auth}),
        (400, "invalid_request", {"data": GRANT, "params": {"grant_type": "client_credentials"}, "auth": auth}),
        (400, "invalid_scope", {"data": {**GRANT, "scope": "survey:write"}, "auth": auth}),
        (400, "invalid_scope", {"data": {**GRANT, "scope": "everything"}, "auth": auth}),
        (413, "invalid_request", {"data": {**GRANT, "scope": "x" * 70_000}, "auth": auth}),
    ]
    for status, error, options in cases:
        answer = await program.http.post("/oauth/token", **options)
        assert (options, answer.status_code, answer.json()["error"]) == (options, status, error)
        assert answer.headers["cache-control"] == "no-store"
        if status == 401:
            assert answer.headers["www-authenticate"].startswith("Basic ")
        assert program.client_secret not in answer.text


async def test_a_signed_in_browser_is_no_program(secretariat: Person):
    for url in ("/oauth/token", "/oauth/revoke", "/oauth/introspect"):
        assert (await secretariat.post(url, data={**GRANT, "token": "x"})).status_code == 401


# proofs by the program's own key


def assertion(key: Any, client_id: str, *, alg: str, header: Mapping[str, Any] | None = None, **changes: Any) -> str:
    now = int(time.time())
    claims = {
        "iss": client_id, "sub": client_id, "aud": f"{ORIGIN}/oauth/token", "iat": now, "exp": now + 60, "jti": "one",
    }  # fmt: skip
    merged = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return jwt.encode({"alg": alg, **(header or {})}, merged, key, algorithms=[alg])


async def proof(http: Person, signed: str, **fields: str) -> tuple[int, str]:
    data = {**GRANT, "client_assertion_type": JWT_BEARER, "client_assertion": signed, **fields}
    answer = await http.post("/oauth/token", data=data)
    return answer.status_code, answer.json().get("error", "")


@pytest.mark.parametrize(
    ("key", "alg"),
    [
        (RSAKey.generate_key(2048), "RS256"), (RSAKey.generate_key(2048), "PS256"), (ECKey.generate_key("P-256"), "ES256"),
        (OKPKey.generate_key("Ed25519"), "Ed25519"),
    ],
    ids=["RS256", "PS256", "ES256", "Ed25519"],
)  # fmt: skip
async def test_a_program_proves_itself_with_its_key(platform: Platform, secretariat: Person, key: Any, alg: str):
    jwks = {"keys": [key.as_dict(private=False)]}
    program = await register(platform, secretariat, scopes=["registry:read"], jwks=jwks)
    assert program.client_secret is None
    signed = assertion(key, program.client_id, alg=alg)
    assert await proof(program.http, signed) == (200, "")
    assert await proof(program.http, signed) == (401, "invalid_client")
    assert await proof(program.http, assertion(key, program.client_id, alg=alg, jti="two")) == (200, "")


async def test_an_assertion_that_is_not_right_is_no_proof(platform: Platform, secretariat: Person):
    key, other = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
    program = await register(
        platform, secretariat, scopes=["registry:read"], jwks={"keys": [key.as_dict(private=False)]}
    )
    me, now = program.client_id, int(time.time())
    stranger = (await register(platform, secretariat, scopes=["registry:read"])).client_id
    plain = {"iss": me, "sub": me, "aud": f"{ORIGIN}/oauth/token", "iat": now, "exp": now + 60, "jti": "one"}
    bad = {
        "another key": assertion(other, me, alg="ES256"),
        "another key's name": assertion(key, me, alg="ES256", header={"kid": "x"}) + "x",
        "none": unsigned(plain),
        "HS256 with the public key": signed_with_public_key(plain, key.as_pem(private=False)),
        "another audience": assertion(key, me, alg="ES256", aud="https://elsewhere.example/oauth/token"),
        "no audience": assertion(key, me, alg="ES256", aud=None),
        "another subject": assertion(key, me, alg="ES256", sub=stranger),
        "another issuer": assertion(key, me, alg="ES256", iss=stranger),
        "over": assertion(key, me, alg="ES256", exp=now - 120),
        "too long": assertion(key, me, alg="ES256", exp=now + 86_400),
        "no end": assertion(key, me, alg="ES256", exp=None),
        "the end is text": assertion(key, me, alg="ES256", exp="tomorrow"),
        "not yet": assertion(key, me, alg="ES256", nbf=now + 3600),
        "no jti": assertion(key, me, alg="ES256", jti=None),
        "a long jti": assertion(key, me, alg="ES256", jti="x" * 256),
        "an unstorable jti": assertion(key, me, alg="ES256", jti="a\x00"),
        "nonsense": "a.b.c",
    }
    for what, signed in bad.items():
        assert (what, await proof(program.http, signed)) == (what, (401, "invalid_client"))
    assert await proof(program.http, assertion(key, me, alg="ES256"), client_assertion_type="x") == (
        401,
        "invalid_client",
    )
    assert await proof(program.http, assertion(key, me, alg="ES256", aud=[ORIGIN, "x"])) == (200, "")


async def test_of_ten_equal_assertions_at_once_one_counts(platform: Platform, secretariat: Person):
    key = ECKey.generate_key("P-256")
    program = await register(
        platform, secretariat, scopes=["registry:read"], jwks={"keys": [key.as_dict(private=False)]}
    )
    signed = assertion(key, program.client_id, alg="ES256")
    answers = await asyncio.gather(*[proof(visitor(platform), signed) for _ in range(10)])
    assert sorted(status for status, _ in answers) == [200] + [401] * 9


async def test_a_key_set_that_is_none_is_refused(secretariat: Person):
    private = ECKey.generate_key("P-256").as_dict(private=True)
    for jwks in (
        {}, {"keys": []}, {"keys": "x"}, {"keys": [{"kty": "oct", "k": "YWJj"}]}, {"keys": [private]},
        {"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}, {"keys": [{"kty": "EC", "crv": "P-256"}]},
        {"keys": [1]}, {"keys": [ECKey.generate_key("P-256").as_dict(private=False)] * 11},
    ):  # fmt: skip
        body = {"name": "x", "scopes": ["registry:read"], "jwks": jwks}
        assert pointers(await secretariat.post(CLIENTS, json=body)) == ["/jwks"]


# ends of tokens


async def alive(program: Program, token: str) -> bool:
    headers = {"Authorization": f"Bearer {token}"}
    return (await program.http.get("/api/v1/registry/countries", headers=headers)).status_code == 200


async def test_introspection_tells_a_program_of_its_own_tokens_only(
    platform: Platform, program: Program, secretariat: Person
):
    token = (await program.token())["access_token"]
    auth = (program.client_id, program.client_secret)
    told = (await program.http.post("/oauth/introspect", data={"token": token}, auth=auth)).json()
    assert told["active"] is True
    assert (told["scope"], told["client_id"], told["token_type"]) == (
        "registry:read survey:read", program.client_id, "Bearer",
    )  # fmt: skip
    assert told["exp"] - told["iat"] == 3600
    for unknown in ("x", token + "x"):
        answer = await program.http.post("/oauth/introspect", data={"token": unknown}, auth=auth)
        assert (answer.status_code, answer.json()) == (200, {"active": False})
    other = await register(platform, secretariat, scopes=["registry:read"])
    answer = await other.http.post(
        "/oauth/introspect", data={"token": token}, auth=(other.client_id, other.client_secret)
    )
    assert answer.json() == {"active": False}
    assert (await program.http.post("/oauth/introspect", data={"token": token})).status_code == 401
    assert (await program.http.post("/oauth/introspect", data={}, auth=auth)).json()["error"] == "invalid_request"


async def test_a_revoked_token_stops_at_once(platform: Platform, program: Program, secretariat: Person):
    token, kept = [(await program.token())["access_token"] for _ in range(2)]
    auth = (program.client_id, program.client_secret)
    assert await alive(program, token)
    other = await register(platform, secretariat, scopes=["registry:read"])
    refused = await other.http.post("/oauth/revoke", data={"token": token}, auth=(other.client_id, other.client_secret))
    assert refused.status_code == 400
    assert await alive(program, token)
    for _ in range(2):  # what is not there any more is no error
        assert (await program.http.post("/oauth/revoke", data={"token": token}, auth=auth)).status_code == 200
    assert not await alive(program, token)
    assert await alive(program, kept)


async def test_a_removed_program_stops_at_once(program: Program, secretariat: Person):
    token = (await program.token())["access_token"]
    assert await alive(program, token)
    assert (await secretariat.delete(f"{CLIENTS}/{program.client_id}")).status_code == 204
    assert not await alive(program, token)
    auth = (program.client_id, program.client_secret)
    assert (await program.http.post("/oauth/token", data=GRANT, auth=auth)).status_code == 401
    assert (await secretariat.delete(f"{CLIENTS}/{program.client_id}")).status_code == 404


async def test_a_token_ends_after_its_hour(platform: Platform, program: Program):
    token = (await program.token())["access_token"]
    async with platform.gateway.own.state.database.engine.begin() as connection:
        await connection.execute(text("UPDATE identity.access_tokens SET expires_at = now()"))
    assert not await alive(program, token)


# who registers programs, and what they may do


async def test_a_secret_is_shown_once_and_never_again(secretariat: Person):
    key = {"Idempotency-Key": "k1"}
    body = {"name": "Tablero", "scopes": ["registry:read"]}
    first = await secretariat.post(CLIENTS, json=body, headers=key)
    assert first.status_code == 201
    secret = first.json()["client_secret"]
    assert len(secret) >= 40
    again = await secretariat.post(CLIENTS, json=body, headers=key)
    assert again.status_code == 201
    assert again.json()["client_id"] == first.json()["client_id"]
    assert "client_secret" not in again.json()
    listed = await secretariat.get(CLIENTS)
    one = await secretariat.get(first.headers["location"])
    for answer in (again, listed, one):
        assert secret not in answer.text
    assert [c["client_id"] for c in listed.json()["items"]] == [first.json()["client_id"]]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"scopes": []}, ["/scopes"]),
        ({"scopes": ["registry:read", "registry:write"]}, ["/scopes/1"]),
        ({"scopes": ["registry:read", "registry:read"]}, ["/scopes"]),
        ({"scope": "community:not-there"}, ["/scope"]),
        ({"scope": "everywhere"}, ["/scope"]),
        ({"name": " "}, ["/name"]),
        ({"secret": "mine"}, ["/secret"]),
    ],
)
async def test_a_program_that_cannot_be_names_what_is_wrong(
    secretariat: Person, fields: dict[str, Any], named: list[str]
):
    body = {"name": "x", "scopes": ["registry:read"], **fields}
    assert pointers(await secretariat.post(CLIENTS, json=body)) == named


HERE, ELSEWHERE, COMMITTEE = "community:mx-manzanillo", "community:cl-biobio", "committee:research-and-innovation"
MAY_REGISTER = {
    "public": (401, 401, 401, 401),
    "secretariat": (201, 201, 201, 201),
    "coordinator": (403, 201, 403, 403),
    "foreign_coordinator": (403, 403, 201, 403),
    "chair": (403, 403, 403, 201),
    "respondent": (403, 403, 403, 403),
    "data_provider": (403, 403, 403, 403),
    "member": (403, 403, 403, 403),
    "observer": (403, 403, 403, 403),
    "without_grants": (403, 403, 403, 403),
}


async def test_programs_are_registered_by_who_manages_their_scope(everyone: Mapping[str, Person]):
    made: dict[str, str] = {}
    for role, expected in MAY_REGISTER.items():
        found = []
        for scope in (None, HERE, ELSEWHERE, COMMITTEE):
            body = {"name": f"{role} {scope}", "scopes": ["registry:read"], "scope": scope}
            answer = await everyone[role].post(CLIENTS, json=body)
            found.append(answer.status_code)
            if answer.status_code == 201:
                made[answer.json()["client_id"]] = str(scope)
        assert (role, tuple(found)) == (role, expected)
    assert (await everyone["member"].get(CLIENTS)).status_code == 403
    seen = {c["client_id"] for c in (await everyone["coordinator"].get(CLIENTS)).json()["items"]}
    assert seen == {client for client, scope in made.items() if scope == HERE}
    for client, scope in made.items():
        status = (await everyone["coordinator"].delete(f"{CLIENTS}/{client}")).status_code
        assert (scope, status) == (scope, 204 if scope == HERE else 404)


async def test_a_program_manages_no_accounts_whatever_its_scope(platform: Platform, secretariat: Person):
    boss = await (await register(platform, secretariat, scopes=["registry:read"], scope="network")).signed_in()
    for path in ("users", "users/me", "grants", "invitations", "clients", "sessions", "audit", "mails", "logins"):
        assert (path, (await boss.get(f"/api/v1/identity/{path}")).status_code) == (path, 403)
    invitation = {"email": "x@example.org", "role": "secretariat"}
    assert (await boss.post("/api/v1/identity/invitations", json=invitation)).status_code == 403


async def test_the_server_describes_itself(public: Person):
    told = (await public.get("/.well-known/oauth-authorization-server")).json()
    assert told["issuer"] == ORIGIN
    for name in ("token", "revocation", "introspection"):
        assert told[f"{name}_endpoint"].startswith(f"{ORIGIN}/oauth/")
        assert told[f"{name}_endpoint_auth_methods_supported"] == ["client_secret_basic", "private_key_jwt"]
        assert "none" not in told[f"{name}_endpoint_auth_signing_alg_values_supported"]
    assert told["grant_types_supported"] == ["client_credentials"]
    assert told["response_types_supported"] == []
    assert "workspace:write" in told["scopes_supported"]
    assert (await public.get(told["jwks_uri"].removeprefix(ORIGIN))).json()["keys"]
