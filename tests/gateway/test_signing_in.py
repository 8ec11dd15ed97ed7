"""Signing in and out, as a person, a program and an attacker see it."""

import asyncio
import time

import pytest
from starlette.responses import Response

from deploy.local.composition import Platform
from gateway import totp
from gateway.front import Front
from gateway.sessions import drop_cookie, set_cookie
from shared.settings import Settings
from tests.gateway.conftest import PASSWORD
from tests.people import Person, pointers, read_problem, somebody, visitor

LOGIN = "/auth/login"


async def sign_in(person: Person, username: str = "ana", password: str = PASSWORD, **fields: str):
    return await person.post(LOGIN, json={"username": username, "password": password, **fields})


async def test_somebody_signs_in_and_is_known_until_they_sign_out(public: Person, ana: Person):
    answer = await sign_in(public)
    assert answer.status_code == 200
    assert answer.json()["user"]["username"] == "ana"
    assert answer.headers["cache-control"] == "no-store"
    me = (await public.get("/auth/me")).json()
    assert me["user"] == answer.json()["user"]
    assert me["grants"] == [{"role": "coordinator", "scope": "community:mx-manzanillo", "stakeholder_group": None}]
    public.headers["X-CSRF-Token"] = me["csrf_token"]
    assert (await public.post("/auth/logout")).status_code == 204
    assert (await public.get("/auth/me")).status_code == 401


async def test_a_session_that_was_ended_is_worth_nothing_even_with_its_cookie(platform: Platform, ana: Person):
    token = ana.cookies[platform.gateway.front.cookie]
    await ana.post("/auth/logout")
    ana.cookies.set(platform.gateway.front.cookie, token, domain="127.0.0.1")
    assert (await ana.get("/auth/me")).status_code == 401


async def test_a_username_is_known_in_every_spelling_and_the_address_serves_too(public: Person, ana: Person):
    for name in ("ANA", " ana ", "Ana@Example.org"):
        assert (await sign_in(public, name)).status_code == 200


async def test_an_unknown_user_and_a_wrong_password_get_the_same_answer(platform: Platform, ana: Person):
    unknown = await sign_in(visitor(platform), "nobody-here")
    wrong = await sign_in(visitor(platform), "ana", "not the password at all")
    assert unknown.status_code == wrong.status_code == 401
    assert read_problem(unknown) == read_problem(wrong)
    assert unknown.headers["www-authenticate"] == wrong.headers["www-authenticate"]
    assert "set-cookie" not in wrong.headers


async def test_the_sixth_guess_waits_and_the_owner_elsewhere_gets_in(platform: Platform, ana: Person):
    guesser = visitor(platform)
    for _ in range(5):
        assert (await sign_in(guesser, "ana", "a wrong password")).status_code == 401
    sixth = await sign_in(guesser, "ana", PASSWORD)
    assert sixth.status_code == 429
    assert 1 <= int(sixth.headers["retry-after"]) <= 60
    assert (await sign_in(visitor_from(platform, "203.0.113.9"))).status_code == 200
    assert (await sign_in(guesser, "somebody-else", "a wrong password")).status_code == 401


async def test_a_burst_of_guesses_is_counted_before_it_is_tried(platform: Platform, ana: Person):
    answers = await asyncio.gather(*[sign_in(visitor(platform), "ana", f"wrong guess {n}") for n in range(12)])
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 7


async def test_many_browsers_of_one_person_sign_in_at_once(platform: Platform, ana: Person):
    answers = await asyncio.gather(*[sign_in(visitor(platform)) for _ in range(8)])
    assert [answer.status_code for answer in answers] == [200] * 8


def visitor_from(platform: Platform, address: str) -> Person:
    import httpx

    from tests.people import ORIGIN

    transport = httpx.ASGITransport(app=platform.app, raise_app_exceptions=False, client=(address, 1234))
    return Person(transport=transport, base_url=ORIGIN, headers={"accept": "application/json"})


async def test_what_no_password_can_be_is_simply_wrong(platform: Platform, ana: Person):
    for number, password in enumerate(["a" * 257, "x" * 1000, "🚢" * 300, "x" * 2**20, ""]):
        person = visitor_from(platform, f"203.0.113.{number}")
        assert (await sign_in(person, "ana", password)).status_code == 401


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"username": "ana"}, ["/password"]),
        ({"username": "ana", "password": 12}, ["/password"]),
        ({"username": True, "password": "x"}, ["/username"]),
        ({"username": "ana", "password": "x", "admin": True}, ["/admin"]),
        ({"username": "an\x00a", "password": "x"}, ["/username"]),
    ],
)
async def test_a_log_in_that_is_not_one_names_its_fields(public: Person, body: dict[str, object], named: list[str]):
    assert pointers(await public.post(LOGIN, json=body)) == named


async def test_bodies_that_are_no_json_are_told_apart(public: Person):
    assert (await public.post(LOGIN, content=b"{", headers={"content-type": "application/json"})).status_code == 400
    assert (await public.post(LOGIN, content=b"x", headers={"content-type": "text/plain"})).status_code == 415


async def test_accents_count_alike_in_both_spellings(public: Person, ana: Person):
    import unicodedata

    assert unicodedata.normalize("NFD", PASSWORD) != PASSWORD
    assert (await sign_in(public, "ana", unicodedata.normalize("NFD", PASSWORD))).status_code == 200


async def test_a_form_leads_on_and_back(public: Person, ana: Person):
    good = await public.post(LOGIN, data={"username": "ana", "password": PASSWORD, "next": "/model"})
    assert (good.status_code, good.headers["location"]) == (303, "/model")
    assert "set-cookie" in good.headers
    bad = await public.post(LOGIN, data={"username": "ana", "password": "wrong", "next": "//evil"})
    assert bad.headers["location"] == "/login?error=credentials&username=ana&next=%2Fdesk"
    assert "set-cookie" not in bad.headers


ELSEWHERE = (
    "//evil.example", "/\\evil.example", "/%09/evil.example", "https:evil.example", "https://evil.example",
    "/%0d%0aLocation:https://evil.example", "javascript:alert(1)", "/%2f/evil.example", "/%252f/evil.example",
    "/%5cevil.example", "\t//evil.example", "",
)  # fmt: skip


async def test_nobody_is_led_to_another_site(platform: Platform, ana: Person):
    for target in ELSEWHERE:
        fields = {"username": "ana", "password": PASSWORD, "next": target}
        answer = await visitor(platform).post(LOGIN, data=fields)
        assert (target, answer.headers["location"]) == (target, "/desk")
        answer = await visitor(platform).post("/auth/logout", data={"next": target})
        assert (target, answer.headers["location"]) == (target, "/")


def test_the_cookie_is_for_this_host_and_https_alone():
    far = Settings(public_url="https://red.example.org")
    for change in (set_cookie(Response(), "t", far), drop_cookie(Response(), far)):
        header = change.headers["set-cookie"]
        assert header.startswith("__Host-portsnet=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= {part.strip() for part in header.split(";")}
        assert "Domain" not in header
    near = set_cookie(Response(), "t", Settings(public_url="http://127.0.0.1:8000")).headers["set-cookie"]
    assert near.startswith("portsnet=t;")
    assert "Secure" not in near
    assert "HttpOnly" in near
    assert Front(None, {}, Settings(public_url="http://ports.example.org")).cookie == "__Host-portsnet"  # type: ignore[arg-type]


# what a browser sends by itself must not change anything


PROOFS: tuple[tuple[dict[str, str], int], ...] = (
    ({}, 403),
    ({"X-CSRF-Token": "wrong"}, 403),
    ({"X-CSRF-Token": ""}, 403),
    ({"X-CSRF-Token": "right"}, 201),
    ({"X-CSRF-Token": "right", "Origin": "http://127.0.0.1:8000"}, 201),
    ({"X-CSRF-Token": "right", "Origin": "http://localhost:8000", "Host": "localhost:8000"}, 201),
    ({"X-CSRF-Token": "right", "Origin": "https://evil.example"}, 403),
    ({"X-CSRF-Token": "right", "Origin": "http://127.0.0.1:8001"}, 403),
    ({"X-CSRF-Token": "right", "Origin": "null"}, 403),
    ({"X-CSRF-Token": "right", "Sec-Fetch-Site": "cross-site"}, 403),
    ({"X-CSRF-Token": "right", "Sec-Fetch-Site": "same-site"}, 403),
    ({"X-CSRF-Token": "right", "Sec-Fetch-Site": "same-origin"}, 201),
    ({"Content-Type": "application/x-www-form-urlencoded"}, 403),
    ({"Content-Type": "multipart/form-data; boundary=x"}, 403),
    ({"Content-Type": "text/plain"}, 403),
)


async def test_a_change_by_cookie_proves_that_it_was_meant(secretariat: Person):
    right = secretariat.headers.pop("X-CSRF-Token")
    for headers, status in PROOFS:
        sent = {name: right if value == "right" else value for name, value in headers.items()}
        body = {"email": "new@example.org", "role": "secretariat"}
        answer = await secretariat.post("/api/v1/identity/invitations", json=body, headers=sent)
        assert (headers, answer.status_code) == (headers, status)


async def test_nobody_is_signed_in_or_out_from_another_site(public: Person, ana: Person):
    fields = {"username": "ana", "password": PASSWORD}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert (await public.post(LOGIN, data=fields, headers=headers)).status_code == 403
        assert (await ana.post("/auth/logout", data={}, headers=headers)).status_code == 403
    del ana.headers["X-CSRF-Token"]
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"):
        assert (await ana.post("/auth/logout", headers={"Content-Type": kind})).status_code == 403
    assert (await ana.get("/auth/me")).status_code == 200


async def test_signing_in_anew_needs_no_token_of_the_old_session(ana: Person, platform: Platform, password_hash: str):
    await somebody(platform, "bea", password_hash=password_hash)
    del ana.headers["X-CSRF-Token"]
    assert (await sign_in(ana, "bea")).status_code == 200
    assert (await ana.get("/auth/me")).json()["user"]["username"] == "bea"


async def test_a_form_with_the_session_s_token_signs_out(ana: Person):
    token = ana.headers.pop("X-CSRF-Token")
    answer = await ana.post("/auth/logout", data={"csrf_token": token, "next": "/model"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/model")
    assert (await ana.get("/auth/me")).status_code == 401


# the second factor


async def begin_factor(person: Person) -> bytes:
    import base64

    told = (await person.post("/auth/factors/totp")).json()
    assert told["uri"].startswith("otpauth://totp/")
    return base64.b32decode(told["secret"] + "=" * (-len(told["secret"]) % 8))


async def use_factor(person: Person) -> bytes:
    """Set up an app whose present code is still unused."""
    secret = await begin_factor(person)
    code = totp.code_at(secret, int(time.time()) // 30 - 1)
    assert (await person.post("/auth/factors/totp/confirm", json={"code": code})).status_code == 204
    return secret


def now_code(secret: bytes) -> str:
    return totp.code_at(secret, int(time.time()) // 30)


async def test_an_app_that_was_never_confirmed_locks_nobody_out(public: Person, ana: Person):
    await begin_factor(ana)
    assert pointers(await ana.post("/auth/factors/totp/confirm", json={"code": "abc"})) == ["/code"]
    assert (await sign_in(public)).status_code == 200


async def test_with_an_app_the_password_alone_does_not_do(public: Person, ana: Person):
    secret = await use_factor(ana)
    without = await sign_in(public)
    assert without.status_code == 401
    assert [e["code"] for e in read_problem(without)["errors"]] == ["code_needed"]
    assert (await sign_in(public, code="000000" if now_code(secret) != "000000" else "111111")).status_code == 401
    assert (await sign_in(public, code=now_code(secret))).status_code == 200
    assert [f["kind"] for f in (await ana.get("/auth/factors")).json()["items"]] == ["totp"]
    assert (await ana.post("/auth/factors/totp")).status_code == 409


async def test_a_code_counts_once_also_when_it_comes_ten_times_at_once(platform: Platform, ana: Person):
    code = now_code(await use_factor(ana))
    visitors = [visitor_from(platform, f"203.0.113.{n}") for n in range(10)]
    answers = await asyncio.gather(*[sign_in(person, code=code) for person in visitors])
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 9
    assert (await sign_in(visitor(platform), code=code)).status_code == 401


async def test_the_app_is_removed_with_a_code_of_it_or_by_the_secretariat(
    public: Person, ana: Person, secretariat: Person
):  # fmt: skip
    secret = await use_factor(ana)
    assert pointers(await ana.post("/auth/factors/totp/remove", json={"code": "000"})) == ["/code"]
    assert (await ana.post("/auth/factors/totp/remove", json={"code": now_code(secret)})).status_code == 204
    assert (await sign_in(public)).status_code == 200
    await use_factor(ana)
    url = f"/api/v1/identity/users/{ana.user_id}/factors/totp"
    assert (await ana.delete(url)).status_code == 403
    assert (await secretariat.delete(url)).status_code == 204
    assert (await sign_in(public)).status_code == 200
