"""Invitations: who invites whom where, and how an account comes into being."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from deploy.local.composition import Platform
from gateway.client import IdentityClient
from gateway.tables import Invitation
from tests.gateway.conftest import PASSWORD, Mailbox
from tests.people import Person, pointers, somebody, visitor

URL = "/api/v1/identity/invitations"
HERE, ELSEWHERE = "community:mx-manzanillo", "community:cl-biobio"
COMMITTEE = "committee:research-and-innovation"
NEW = {"username": "bea", "name": "Bea Ruiz", "password": PASSWORD}


async def invited(platform: Platform, mailbox: Mailbox, by: Person, **fields: str) -> str:
    """The address that accepts an invitation."""
    body = {"email": "bea@example.org", "role": "data_provider", "scope": HERE, **fields}
    assert (await by.post(URL, json=body)).status_code == 201
    return "/auth" + await mailbox.link()


# role of who invites → statuses for (network, own community, other community, own committee)
MAY_INVITE = {
    "public": (401, 401, 401, 401),
    "secretariat": (201, 201, 201, 201),
    "coordinator": (403, 201, 403, 403),
    "respondent": (403, 403, 403, 403),
    "data_provider": (403, 403, 403, 403),
    "chair": (403, 403, 403, 201),
    "member": (403, 403, 403, 403),
    "observer": (403, 403, 403, 403),
    "foreign_coordinator": (403, 403, 201, 403),
    "without_grants": (403, 403, 403, 403),
}
WANTED = (
    {"role": "secretariat", "scope": "network"},
    {"role": "coordinator", "scope": HERE},
    {"role": "respondent", "scope": ELSEWHERE, "stakeholder_group": "customs"},
    {"role": "member", "scope": COMMITTEE},
)


async def test_each_role_invites_where_it_may_and_nowhere_else(everyone: Mapping[str, Person]):
    assert everyone.keys() == MAY_INVITE.keys()
    for role, expected in MAY_INVITE.items():
        found = [(await everyone[role].post(URL, json={"email": "x@example.org", **w})).status_code for w in WANTED]
        assert (role, tuple(found)) == (role, expected)
    seen = {role: await everyone[role].get(URL) for role in MAY_INVITE}
    assert seen["public"].status_code == 401
    assert seen["member"].status_code == seen["respondent"].status_code == 403
    assert seen["secretariat"].json()["total"] == 7
    assert {i["scope"] for i in seen["coordinator"].json()["items"]} == {HERE}
    assert {i["scope"] for i in seen["chair"].json()["items"]} == {COMMITTEE}


async def test_the_answer_has_the_end_and_never_the_link(secretariat: Person, mailbox: Mailbox):
    answer = await secretariat.post(URL, json={"email": "bea@example.org", "role": "secretariat"})
    told = answer.json()
    assert answer.status_code == 201
    assert told["scope"] == "network"
    ends = datetime.fromisoformat(told["expires_at"])
    assert timedelta(days=13) < ends - datetime.now(UTC) <= timedelta(days=14)
    assert (await secretariat.get(answer.headers["location"])).json() == told
    token = (await mailbox.link()).removeprefix("/invitations/")
    everything = (
        answer.text + (await secretariat.get(URL)).text + (await secretariat.get("/api/v1/identity/mails")).text
    )
    assert token not in everything
    (mail,) = (await secretariat.get("/api/v1/identity/mails")).json()["items"]
    assert (mail["recipient"], mail["kind"]) == ("bea@example.org", "invitation")
    assert mail["sent_at"] is not None


async def test_links_start_with_the_public_address_whatever_the_host(secretariat: Person, mailbox: Mailbox):
    body = {"email": "bea@example.org", "role": "secretariat"}
    await secretariat.post(URL, json=body, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    assert (await mailbox.link()).startswith("/invitations/")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"email": "no address"}, ["/email"]),
        ({"role": "king"}, ["/role"]),
        ({"scope": "network"}, ["/scope"]),
        ({"scope": "community:not-there"}, ["/scope"]),
        ({"scope": "community:MX-Manzanillo"}, ["/scope"]),
        ({"scope": "committee:research-and-innovation"}, ["/scope"]),
        ({"role": "respondent"}, ["/stakeholder_group"]),
        ({"role": "respondent", "stakeholder_group": "pirates"}, ["/stakeholder_group"]),
        ({"stakeholder_group": "customs"}, ["/stakeholder_group"]),
        ({"locale": "de"}, ["/locale"]),
        ({"token": "x"}, ["/token"]),
    ],
)
async def test_an_invitation_that_cannot_be_names_what_is_wrong(
    secretariat: Person, fields: dict[str, str], named: list[str]
):  # fmt: skip
    body = {"email": "bea@example.org", "role": "data_provider", "scope": HERE, **fields}
    assert pointers(await secretariat.post(URL, json=body)) == named


async def test_who_accepts_has_the_role_at_once(platform: Platform, coordinator: Person, mailbox: Mailbox):
    accept = await invited(platform, mailbox, coordinator)
    newcomer = visitor(platform)
    answer = await newcomer.post(accept, json=NEW)
    assert answer.status_code == 201
    assert answer.json()["user"]["email"] == "bea@example.org"
    me = (await newcomer.get("/auth/me")).json()
    assert [(g["role"], g["scope"]) for g in me["grants"]] == [("data_provider", HERE)]
    assert (await visitor(platform).post(accept, json=NEW | {"username": "other"})).status_code == 409


async def test_of_ten_who_accept_at_once_one_comes_in(platform: Platform, coordinator: Person, mailbox: Mailbox):
    accept = await invited(platform, mailbox, coordinator)
    answers = await asyncio.gather(
        *[visitor(platform).post(accept, json=NEW | {"username": f"bea{n}"}) for n in range(10)]
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9


async def test_what_is_wrong_with_an_account_leaves_the_link_whole(
    platform: Platform, coordinator: Person, mailbox: Mailbox
):  # fmt: skip
    accept = await invited(platform, mailbox, coordinator)
    wrong: list[tuple[dict[str, object], list[str]]] = [
        ({}, ["/name", "/password", "/username"]),
        (NEW | {"password": "short"}, ["/password"]),
        (NEW | {"password": "123456789012"}, ["/password"]),
        (NEW | {"password": "password1234"}, ["/password"]),
        (NEW | {"password": "aaaaaaaaaaaa"}, ["/password"]),
        (NEW | {"password": "x" * 257}, ["/password"]),
        (NEW | {"password": "el barco de BEA zarpa"}, ["/password"]),
        (NEW | {"username": "coordinator"}, ["/username"]),
        (NEW | {"username": "COORDINATOR@example.org"}, ["/username"]),
        (NEW | {"username": "a b"}, ["/username"]),
        (NEW | {"username": "x"}, ["/username"]),
        (NEW | {"name": "  "}, ["/name"]),
        (NEW | {"role": "secretariat"}, ["/role"]),
    ]
    for body, named in wrong:
        answer = await visitor(platform).post(accept, json=body)
        assert (body, pointers(answer)) == (body, named)
    assert (await visitor(platform).post(accept, json=NEW)).status_code == 201


async def test_long_passwords_work_and_differ(platform: Platform, coordinator: Person, mailbox: Mailbox):
    accept = await invited(platform, mailbox, coordinator)
    password = "🚢" * 128 + "é" * 128
    assert (await visitor(platform).post(accept, json=NEW | {"password": password})).status_code == 201
    for tried, status in ((password, 200), (password[:-1] + "e", 401), (password[:72], 401)):
        body = {"username": "bea", "password": tried}
        assert (await visitor(platform).post("/auth/login", json=body)).status_code == status


async def test_an_invitation_that_is_over_says_so(platform: Platform, coordinator: Person, mailbox: Mailbox):
    accept = await invited(platform, mailbox, coordinator)
    (one,) = (await coordinator.get(URL)).json()["items"]
    assert (await coordinator.delete(f"{URL}/{one['id']}")).status_code == 204
    assert (await coordinator.get(URL)).json()["items"] == []
    assert (await visitor(platform).post(accept, json=NEW)).status_code == 409
    assert (await visitor(platform).post("/auth/invitations/not-a-token", json=NEW)).status_code == 404
    mailbox.empty()
    accept = await invited(platform, mailbox, coordinator)
    async with platform.gateway.own.state.database.engine.begin() as connection:
        await connection.execute(update(Invitation).values(expires_at=datetime.now(UTC)))
    assert (await visitor(platform).post(accept, json=NEW)).status_code == 409


async def test_withdrawing_is_for_who_manages_and_not_after_it_was_accepted(
    platform: Platform, coordinator: Person, foreign_coordinator: Person, member: Person, mailbox: Mailbox
):  # fmt: skip
    accept = await invited(platform, mailbox, coordinator)
    (one,) = (await coordinator.get(URL)).json()["items"]
    for stranger in (foreign_coordinator, member):
        assert (await stranger.delete(f"{URL}/{one['id']}")).status_code == 404
        assert (await stranger.get(f"{URL}/{one['id']}")).status_code == 404
    await visitor(platform).post(accept, json=NEW)
    assert (await coordinator.delete(f"{URL}/{one['id']}")).status_code == 409


async def test_somebody_with_an_account_only_gains_the_role(platform: Platform, coordinator: Person, mailbox: Mailbox):
    bea = await somebody(platform, "bea")
    accept = await invited(platform, mailbox, coordinator)
    assert (await visitor(platform).post(accept, json=NEW | {"username": "bea2"})).status_code == 409
    token = bea.headers.pop("X-CSRF-Token")
    assert (await bea.post(accept)).status_code == 403
    assert (await bea.get("/auth/me")).json()["grants"] == []
    answer = await bea.post(accept, headers={"X-CSRF-Token": token})
    assert answer.status_code == 201
    assert answer.json()["user"]["username"] == "bea"
    assert [g["role"] for g in (await bea.get("/auth/me")).json()["grants"]] == ["data_provider"]


async def test_a_form_accepts_and_tells_what_is_wrong_by_code(
    platform: Platform, coordinator: Person, mailbox: Mailbox
):  # fmt: skip
    accept = await invited(platform, mailbox, coordinator)
    page = accept.removeprefix("/auth")
    bad = await visitor(platform).post(accept, data={"username": "bea", "name": "Bea", "password": "short"})
    assert bad.headers["location"] == f"{page}?error=password%3Apassword_short&username=bea&name=Bea"
    good = await visitor(platform).post(accept, data=NEW)
    assert (good.status_code, good.headers["location"]) == (303, "/desk")
    assert "set-cookie" in good.headers


async def test_the_same_key_invites_once(secretariat: Person, mailbox: Mailbox):
    body = {"email": "bea@example.org", "role": "secretariat"}
    key = {"Idempotency-Key": "k1"}
    answers = await asyncio.gather(*[secretariat.post(URL, json=body, headers=key) for _ in range(10)])
    assert {answer.status_code for answer in answers} <= {201, 409}
    made = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.json()["id"] for answer in made}) == 1
    again = await secretariat.post(URL, json=body, headers=key)
    assert (again.status_code, again.json()) == (201, made[0].json())
    assert again.headers["location"] == made[0].headers["location"]
    other = await secretariat.post(URL, json=body | {"locale": "en"}, headers=key)
    assert pointers(other) == ["/Idempotency-Key"]
    assert len(await mailbox.messages()) == 1


async def test_accepting_again_with_the_same_key_answers_alike_and_shows_no_session(
    platform: Platform, coordinator: Person, mailbox: Mailbox
):  # fmt: skip
    accept = await invited(platform, mailbox, coordinator)
    key = {"Idempotency-Key": "k1"}
    first = await visitor(platform).post(accept, json=NEW, headers=key)
    again = await visitor(platform).post(accept, json=NEW, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert "set-cookie" in first.headers
    assert "set-cookie" not in again.headers
    other = await visitor(platform).post(accept, json=NEW | {"password": "another one, long enough"}, headers=key)
    assert pointers(other) == ["/Idempotency-Key"]


async def test_what_a_link_invites_to_is_shown_to_services_only(
    platform: Platform, coordinator: Person, mailbox: Mailbox
):  # fmt: skip
    token = (await invited(platform, mailbox, coordinator)).rpartition("/")[2]
    assert (await visitor(platform).get(f"/internal/invitations/{token}")).status_code == 404
    found = await IdentityClient(platform.services["portal"].state.peers).invitation(token)
    assert (found.email, found.role, found.scope) == ("bea@example.org", "data_provider", HERE)
