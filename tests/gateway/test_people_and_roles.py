"""Accounts, roles and sessions: who sees and changes what, and that it counts at once."""

import asyncio
from collections.abc import Mapping

from deploy.local.composition import Platform
from tests.gateway.conftest import PASSWORD, Mailbox
from tests.people import Person, if_match, pointers, somebody, visitor

API = "/api/v1/identity"
HERE, ELSEWHERE = "community:mx-manzanillo", "community:cl-biobio"
COMMITTEE = "committee:research-and-innovation"


async def test_each_sees_the_people_they_manage_and_themselves(everyone: Mapping[str, Person]):
    names = {
        "secretariat": {
            "secretary", "coordinator", "respondent", "provider", "chair", "member", "observer", "foreigner", "nobody",
        },
        "coordinator": {"coordinator", "respondent", "provider"},
        "foreign_coordinator": {"foreigner"},
        "chair": {"chair", "member", "observer"},
        "respondent": {"respondent"},
        "data_provider": {"provider"},
        "member": {"member"},
        "observer": {"observer"},
        "without_grants": {"nobody"},
    }  # fmt: skip
    assert (await everyone["public"].get(f"{API}/users")).status_code == 401
    everybody = {u["username"]: u["id"] for u in (await everyone["secretariat"].get(f"{API}/users")).json()["items"]}
    for role, expected in names.items():
        told = (await everyone[role].get(f"{API}/users")).json()
        assert (role, {u["username"] for u in told["items"]}) == (role, expected)
        assert told["total"] == len(expected)
        for username, user_id in everybody.items():
            status = (await everyone[role].get(f"{API}/users/{user_id}")).status_code
            assert (role, username, status) == (role, username, 200 if username in expected else 404)
        grants = (await everyone[role].get(f"{API}/grants")).json()
        assert {g["username"] for g in grants["items"]} == expected - {"nobody"}


async def test_lists_are_filtered_and_go_on_where_they_stopped(everyone: Mapping[str, Person]):
    boss = everyone["secretariat"]

    async def found(**query: object) -> list[str]:
        told = (await boss.get(f"{API}/users", params=query)).json()
        assert told["total"] == len(told["items"])
        return sorted(user["username"] for user in told["items"])

    assert await found(scope=HERE) == ["coordinator", "provider", "respondent"]
    assert await found(role="chair") == ["chair"]
    assert await found(role="coordinator", scope=ELSEWHERE) == ["foreigner"]
    assert await found(q="FOREÍGN") == ["foreigner"]
    assert await found(q="%") == []
    assert pointers(await boss.get(f"{API}/users", params={"active": "true"})) == ["/active"]
    for path in ("users", "grants"):
        seen, cursor = [], None
        while True:
            query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
            told = (await boss.get(f"{API}/{path}", params=query)).json()
            seen += [item["id"] for item in told["items"]]
            cursor = told["next"]
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == told["total"]


async def test_one_changes_one_s_own_account(member: Person, chair: Person, mailbox: Mailbox):
    before = await member.get(f"{API}/users/me")
    assert before.json()["grants"][0]["role"] == "member"
    changed = await member.patch(
        f"{API}/users/{member.user_id}", json={"name": "Inés", "locale": "pt"}, headers=if_match(before)
    )
    assert changed.status_code == 200
    assert (changed.json()["name"], changed.json()["locale"]) == ("Inés", "pt")
    me = (await member.get("/auth/me")).json()["user"]
    assert (me["name"], me["locale"]) == ("Inés", "pt")
    url = f"{API}/users/{member.user_id}"
    assert (await member.patch(url, json={"name": "X"})).status_code == 428
    assert (await member.patch(url, json={"name": "X"}, headers=if_match(before))).status_code == 412
    assert pointers(await member.patch(url, json={"name": None}, headers=if_match(changed))) == ["/name"]
    assert pointers(await member.patch(url, json={"locale": "de"}, headers=if_match(changed))) == ["/locale"]
    assert pointers(await member.patch(url, json={"email": "chair@example.org"}, headers=if_match(changed))) == [
        "/email"
    ]
    refused = await member.patch(url, json={"active": False}, headers=if_match(changed))
    assert refused.status_code == 403
    assert [e["pointer"] for e in refused.json()["errors"]] == ["/active"]
    now = await member.get(url)
    same = await member.patch(url, json={}, headers=if_match(now))
    assert (same.json(), same.headers["etag"]) == (now.json(), now.headers["etag"])
    theirs = await chair.get(url)
    assert (await chair.patch(url, json={"name": "X"}, headers=if_match(theirs))).status_code == 403


async def test_the_old_address_hears_of_the_new_one(member: Person, mailbox: Mailbox):
    before = await member.get(f"{API}/users/me")
    await member.patch(f"{API}/users/me", json={"email": "Nueva@example.org"}, headers=if_match(before))
    (message,) = await mailbox.messages()
    assert message["to"] == "member@example.org"
    assert "Nueva@example.org" in message.get_content()


async def test_a_closed_account_is_out_at_once_and_stays_out(
    platform: Platform, secretariat: Person, ana: Person, password_hash: str
):  # fmt: skip
    url = f"{API}/users/{ana.user_id}"
    tag = if_match(await secretariat.get(url))
    closed = await secretariat.patch(url, json={"active": False}, headers=tag)
    assert closed.json()["active"] is False
    assert (await ana.get("/auth/me")).status_code == 401
    login = {"username": "ana", "password": PASSWORD}
    assert (await visitor(platform).post("/auth/login", json=login)).status_code == 401
    await secretariat.patch(url, json={"active": True}, headers=if_match(closed))
    assert (await ana.get("/auth/me")).status_code == 401
    assert (await visitor(platform).post("/auth/login", json=login)).status_code == 200


async def test_a_role_counts_from_the_moment_it_is_given_until_it_is_taken(
    secretariat: Person, coordinator: Person, platform: Platform
):  # fmt: skip
    nobody = await somebody(platform, "nobody")
    body = {"user": nobody.user_id, "role": "data_provider", "scope": HERE}
    given = await secretariat.post(f"{API}/grants", json=body)
    assert given.status_code == 201
    assert given.json().items() >= body.items()
    assert [g["role"] for g in (await nobody.get("/auth/me")).json()["grants"]] == ["data_provider"]
    assert (await secretariat.post(f"{API}/grants", json=body)).status_code == 409
    assert (await secretariat.get(given.headers["location"])).json() == given.json()
    assert (await coordinator.delete(given.headers["location"])).status_code == 204
    assert (await nobody.get("/auth/me")).json()["grants"] == []
    assert (await secretariat.delete(given.headers["location"])).status_code == 404


async def test_a_role_that_cannot_be_names_what_is_wrong(secretariat: Person, member: Person, coordinator: Person):
    base = {"user": member.user_id, "role": "data_provider", "scope": HERE}
    stranger = "01890a5d-ac96-774b-bcce-b302099a8057"
    for changes, named in (
        ({"user": stranger}, ["/user"]),
        ({"user": "x"}, ["/user"]),
        ({"role": "king"}, ["/role"]),
        ({"scope": "network"}, ["/scope"]),
        ({"scope": "community:not-there"}, ["/scope"]),
        ({"stakeholder_group": "customs"}, ["/stakeholder_group"]),
        ({"role": "respondent"}, ["/stakeholder_group"]),
    ):
        answer = await secretariat.post(f"{API}/grants", json=base | changes)
        assert (changes, pointers(answer)) == (changes, named)
    assert pointers(await coordinator.post(f"{API}/grants", json=base)) == ["/user"]
    assert (await coordinator.post(f"{API}/grants", json=base | {"scope": ELSEWHERE})).status_code == 403


async def test_a_role_is_taken_by_who_may_give_it(everyone: Mapping[str, Person]):
    boss = everyone["secretariat"]
    (held,) = (await boss.get(f"{API}/grants", params={"role": "respondent"})).json()["items"]
    url = f"{API}/grants/{held['id']}"
    for role in ("public", "chair", "member", "foreign_coordinator", "data_provider", "without_grants"):
        expected = 401 if role == "public" else 404
        assert (role, (await everyone[role].delete(url)).status_code) == (role, expected)
    assert (await everyone["respondent"].delete(url)).status_code == 403
    assert (await everyone["coordinator"].delete(url)).status_code == 204


async def test_the_last_of_the_secretariat_stays_also_when_two_leave_at_once(platform: Platform, secretariat: Person):
    other = await somebody(platform, "second", ("secretariat", "network"))
    held = (await secretariat.get(f"{API}/grants", params={"role": "secretariat"})).json()["items"]
    answers = await asyncio.gather(
        secretariat.delete(f"{API}/grants/{held[0]['id']}"), other.delete(f"{API}/grants/{held[1]['id']}")
    )
    assert sorted(answer.status_code for answer in answers) == [204, 409]
    left = secretariat if (await secretariat.get("/auth/me")).json()["grants"] else other
    me = await left.get(f"{API}/users/me")
    assert (await left.patch(f"{API}/users/me", json={"active": False}, headers=if_match(me))).status_code == 409
    assert (await left.get("/auth/me")).status_code == 200


async def test_two_who_close_each_other_s_account_do_not_leave_it_empty(platform: Platform, secretariat: Person):
    other = await somebody(platform, "second", ("secretariat", "network"))
    urls = [f"{API}/users/{person.user_id}" for person in (other, secretariat)]
    tags = [if_match(await secretariat.get(url)) for url in urls]
    answers = await asyncio.gather(
        secretariat.patch(urls[0], json={"active": False}, headers=tags[0]),
        other.patch(urls[1], json={"active": False}, headers=tags[1]),
    )
    assert sorted(answer.status_code for answer in answers)[0] == 200
    people = [(await person.get("/auth/me")).status_code for person in (secretariat, other)]
    assert sorted(people) == [200, 401]


async def test_one_sees_and_ends_one_s_own_sessions(platform: Platform, ana: Person, member: Person):
    elsewhere = visitor(platform)
    await elsewhere.post("/auth/login", json={"username": "ana", "password": PASSWORD}, headers={"User-Agent": "Phone"})
    told = (await ana.get(f"{API}/sessions")).json()
    assert told["total"] == 2
    assert [s["current"] for s in told["items"]] == [False, True]
    assert told["items"][0]["agent"] == "Phone"
    other = told["items"][0]["id"]
    assert (await member.delete(f"{API}/sessions/{other}")).status_code == 404
    assert (await elsewhere.get("/auth/me")).status_code == 200
    assert (await ana.delete(f"{API}/sessions/{other}")).status_code == 204
    assert (await elsewhere.get("/auth/me")).status_code == 401
    assert (await ana.get("/auth/me")).status_code == 200


async def test_a_session_ends_when_its_time_is_over(platform: Platform, ana: Person):
    from sqlalchemy import text

    async with platform.gateway.own.state.database.engine.begin() as connection:
        await connection.execute(text("UPDATE identity.sessions SET expires_at = now()"))
    assert (await ana.get("/auth/me")).status_code == 401
