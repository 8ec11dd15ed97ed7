"""A new password by mail, and by the old one."""

import asyncio
from datetime import UTC, datetime

from sqlalchemy import update

from deploy.local.composition import Platform
from gateway.tables import PasswordReset
from tests.gateway.conftest import OTHER_PASSWORD, PASSWORD, Mailbox
from tests.people import Person, pointers, visitor

FORGOT, RESET, CHANGE = "/auth/password/forgot", "/auth/password/reset", "/auth/password/change"


async def link_token(person: Person, mailbox: Mailbox, email: str = "ana@example.org") -> str:
    assert (await person.post(FORGOT, json={"email": email})).status_code == 202
    link = await mailbox.link()
    assert link.startswith("/password/reset?token=")
    return link.partition("=")[2]


async def can_sign_in(platform: Platform, password: str) -> bool:
    answer = await visitor(platform).post("/auth/login", json={"username": "ana", "password": password})
    return answer.status_code == 200


async def test_a_forgotten_password_is_replaced_and_every_session_ends(
    platform: Platform, public: Person, ana: Person, mailbox: Mailbox
):  # fmt: skip
    token = await link_token(public, mailbox, "  ANA@Example.org ")
    answer = await public.post(RESET, json={"token": token, "password": OTHER_PASSWORD})
    assert answer.status_code == 204
    assert (await ana.get("/auth/me")).status_code == 401
    assert not await can_sign_in(platform, PASSWORD)
    assert await can_sign_in(platform, OTHER_PASSWORD)
    again = await public.post(RESET, json={"token": token, "password": PASSWORD})
    assert pointers(again) == ["/token"]


async def test_the_answer_does_not_tell_who_has_an_account(public: Person, ana: Person, mailbox: Mailbox):
    known = await public.post(FORGOT, json={"email": "ana@example.org"})
    for email in ("nobody@example.org", "no address", "a" * 1000, "ana", "\r\nBcc: x@example.org"):
        answer = await public.post(FORGOT, json={"email": email})
        assert (answer.status_code, answer.content) == (known.status_code, known.content) == (202, b"")
    assert [message["to"] for message in await mailbox.messages()] == ["ana@example.org"]
    assert pointers(await public.post(FORGOT, json={})) == ["/email"]
    assert pointers(await public.post(FORGOT, json={"email": 1})) == ["/email"]


async def test_the_link_leads_to_the_public_address_whatever_the_host_says(
    public: Person, ana: Person, mailbox: Mailbox
):
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Origin": "http://evil.example"}
    await public.post(FORGOT, json={"email": "ana@example.org"}, headers=headers)
    assert (await mailbox.link()).startswith("/password/reset")


async def test_of_ten_who_use_a_link_at_once_one_succeeds(public: Person, ana: Person, mailbox: Mailbox):
    token = await link_token(public, mailbox)
    answers = await asyncio.gather(
        *[public.post(RESET, json={"token": token, "password": f"{OTHER_PASSWORD} {n}"}) for n in range(10)]
    )
    assert sorted(answer.status_code for answer in answers) == [204] + [422] * 9


async def test_a_bad_password_does_not_use_the_link_up(public: Person, ana: Person, mailbox: Mailbox):
    token = await link_token(public, mailbox)
    for password in ("short", "123456789012", "x" * 257, "la contraseña de ANA"):
        assert pointers(await public.post(RESET, json={"token": token, "password": password})) == ["/password"]
    assert pointers(await public.post(RESET, json={"token": "x", "password": OTHER_PASSWORD})) == ["/token"]
    assert (await public.post(RESET, json={"token": token, "password": OTHER_PASSWORD})).status_code == 204


async def test_a_link_ends_after_an_hour_and_when_another_was_used(
    platform: Platform, public: Person, ana: Person, mailbox: Mailbox
):  # fmt: skip
    first = await link_token(public, mailbox)
    mailbox.empty()
    second = await link_token(public, mailbox)
    assert (await public.post(RESET, json={"token": second, "password": OTHER_PASSWORD})).status_code == 204
    assert pointers(await public.post(RESET, json={"token": first, "password": PASSWORD})) == ["/token"]
    mailbox.empty()
    third = await link_token(public, mailbox)
    async with platform.gateway.own.state.database.engine.begin() as connection:
        await connection.execute(update(PasswordReset).values(expires_at=datetime.now(UTC)))
    assert pointers(await public.post(RESET, json={"token": third, "password": PASSWORD})) == ["/token"]


async def test_nobody_s_mailbox_is_flooded(public: Person, ana: Person, mailbox: Mailbox):
    for _ in range(12):
        assert (await public.post(FORGOT, json={"email": "ana@example.org"})).status_code == 202
    assert len(await mailbox.messages()) == 5


async def test_forms_are_led_on(public: Person, ana: Person, mailbox: Mailbox):
    sent = await public.post(FORGOT, data={"email": "ana@example.org"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/password/forgot?sent=1")
    token = (await mailbox.link()).partition("=")[2]
    bad = await public.post(RESET, data={"token": token, "password": "short"})
    assert bad.headers["location"] == f"/password/reset?token={token}&error=password%3Apassword_short"
    done = await public.post(RESET, data={"token": token, "password": OTHER_PASSWORD})
    assert (done.status_code, done.headers["location"]) == (303, "/login?done=password")


async def test_one_replaces_one_s_own_password_and_stays_signed_in_here(platform: Platform, ana: Person):
    elsewhere = visitor(platform)
    await elsewhere.post("/auth/login", json={"username": "ana", "password": PASSWORD})
    wrong = await ana.post(CHANGE, json={"current": "wrong", "password": OTHER_PASSWORD})
    assert pointers(wrong) == ["/current"]
    weak = await ana.post(CHANGE, json={"current": PASSWORD, "password": "short"})
    assert pointers(weak) == ["/password"]
    assert (await ana.post(CHANGE, json={"current": PASSWORD, "password": OTHER_PASSWORD})).status_code == 204
    assert (await ana.get("/auth/me")).status_code == 200
    assert (await elsewhere.get("/auth/me")).status_code == 401
    assert await can_sign_in(platform, OTHER_PASSWORD)
    assert not await can_sign_in(platform, PASSWORD)
    assert (await visitor(platform).post(CHANGE, json={"current": "x", "password": "y"})).status_code == 401
