"""A workshop: a room without accounts votes, the coordinator records what was agreed and what it rested on."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from deploy.local.composition import Platform
from services.survey.workshops.codes import ALPHABET, LENGTH
from services.survey.workshops.guessing import MOST
from tests.people import Person, if_match, pointers, somebody, visitor
from tests.survey.conftest import API, ASSESSMENT, COMMUNITY, MINE, agree, answers, everything, opened

with_campaign = pytest.mark.usefixtures("open_campaign")
WORKSHOPS = f"{ASSESSMENT}/workshops"


async def opened_by(coordinator: Person) -> tuple[str, str]:
    """The address of a workshop, and its code."""
    made = await coordinator.post(WORKSHOPS)
    assert made.status_code == 201, made.text
    return f"{WORKSHOPS}/{made.json()['id']}", made.json()["code"]


async def turn_to(coordinator: Person, url: str, measure: str | None, **others: Any) -> httpx.Response:
    tag = if_match(await coordinator.get(url))
    return await coordinator.patch(url, json={"measure": measure} | others, headers=tag)


async def joined(platform: Platform, code: str, name: str, group: str) -> Person:
    """Somebody in the room with a device of their own."""
    device = visitor(platform)
    told = await device.post(f"{API}/workshops/{code}/participants", json={"name": name, "stakeholder_group": group})
    assert told.status_code == 201, told.text
    device.headers["Workshop-Token"] = told.json()["token"]
    return device


async def vote(device: Person, code: str, measure: str, **said: Any) -> httpx.Response:
    return await device.put(f"{API}/workshops/{code}/votes/{measure}", json=said)


@with_campaign
async def test_a_room_votes_and_the_agreement_remembers_it(platform: Platform, coordinator: Person, public: Person):
    url, code = await opened_by(coordinator)
    assert len(code) == LENGTH and set(code) <= set(ALPHABET)
    assert (await coordinator.post(WORKSHOPS)).status_code == 409
    room = (await public.get(f"{API}/workshops/{code}")).json()
    assert (room["community"], room["measure"], room["me"], room["taking_votes"]) == (COMMUNITY, None, None, False)
    ana = await joined(platform, code, "Ana", "customs")
    luis = await joined(platform, code, "Luis", "terminal_operator")
    rosa = await joined(platform, code, "Rosa", "terminal_operator")
    assert (await vote(ana, code, "M1.1.a", level=4)).status_code == 409, "nothing is asked yet"
    done = await turn_to(coordinator, url, "M1.1.a")
    assert (done.json()["measure"], done.json()["taking_votes"]) == ("M1.1.a", True)
    assert (await vote(ana, code, "M1.1.a", level=4)).json()["level"] == 4
    assert (await vote(ana, code, "M1.1.a", level=3)).json()["level"] == 3, "changed while the measure is open"
    assert (await vote(luis, code, "M1.1.a", level=1)).status_code == 200
    assert (await vote(rosa, code, "M1.1.a", flag="unknown")).status_code == 200
    assert (await vote(rosa, code, "M1.1.b", level=1)).status_code == 409, "the room looks at another measure"
    for body, pointer in (({"level": 5}, "/level"), ({}, "/level"), ({"level": 1, "flag": "unknown"}, "/level"),
                          ({"level": True}, "/level"), ({"flag": "x"}, "/flag")):  # fmt: skip
        assert pointers(await vote(ana, code, "M1.1.a", **body)) == [pointer], body
    shown = (await ana.get(f"{API}/workshops/{code}")).json()
    assert shown["me"]["vote"]["level"] == 3 and shown["measure"]["code"] == "M1.1.a" and len(shown["levels"]) == 5
    live = (await coordinator.get(f"{url}/live")).json()
    assert (live["participants"], live["votes"]["total"], live["votes"]["unknown"]) == (3, 3, 1)
    assert live["votes"]["levels"] == {"0": 0, "1": 1, "2": 0, "3": 1, "4": 0}
    assert [(g["stakeholder_group"], g["votes"], g["median"]) for g in live["votes"]["groups"]] == [
        ("customs", 1, 3.0), ("terminal_operator", 2, 1.0),
    ]  # fmt: skip
    assert live["votes"]["mean"] == 2.0 and live["votes"]["consensus"] == pytest.approx(
        0.5849625007211562
    )  # 1 + log2(3/4)

    present = [
        {"name": "Ana", "stakeholder_group": "customs"}, {"name": "Don Pedro", "stakeholder_group": None},
    ]  # fmt: skip
    minority = [{"stakeholder_group": "terminal_operator", "note": "Aún no opera de noche."}]
    said = {"level": 2, "note": "Con reparos", "workshop": url.rpartition("/")[2], "attendance": present}
    agreed = await agree(coordinator, "M1.1.a", **said, minority_notes=minority)
    assert agreed.status_code == 200, agreed.text
    rests = agreed.json()["rested_on"]
    assert (rests["votes"]["total"], rests["attendance"]) == (3, present)
    assert agreed.json()["minority_notes"][0]["about_level"] == 2
    again = await agree(coordinator, "M1.1.a", **said, minority_notes=minority)
    assert again.headers["etag"] == agreed.headers["etag"], "the same again changes nothing"
    assert (await vote(luis, code, "M1.1.a", level=2)).status_code == 409, "the agreement closed the votes"
    summary = (await coordinator.get(f"{ASSESSMENT}/summary")).json()
    assert summary["respondents"] == 0 and sum(summary["measures"][0]["levels"].values()) == 0, "votes are no answers"
    assert summary["measures"][0]["agreed"]["rested_on"]["votes"]["total"] == 3
    score = (await coordinator.get(f"{ASSESSMENT}/score")).json()
    first = score["pillars"][0]["points"][0]["measures"][0]
    assert (first["value"], first["source"], first["respondents"]) == (2.0, "agreed", 0)
    await agree(coordinator, "M1.1.a", level=1)
    now = (await coordinator.get(f"{ASSESSMENT}/summary")).json()["measures"][0]
    assert now["agreed"]["rested_on"] is None, "what was recorded for level 2 is no ground of level 1"
    assert now["minority_notes"][0]["about_level"] == 2, "the note says what it was about"

    ended = await coordinator.post(f"{url}/end")
    assert (ended.json()["state"], ended.json()["code"], ended.json()["join_url"]) == ("ended", None, None)
    assert (await ana.get(f"{API}/workshops/{code}")).status_code == 404
    assert (await vote(ana, code, "M1.1.a", level=1)).status_code == 404
    assert (await turn_to(coordinator, url, "M1.1.b")).status_code == 409
    assert (await coordinator.post(f"{url}/code")).status_code == 409
    assert len((await coordinator.get(WORKSHOPS)).json()["items"]) == 1
    assert (await coordinator.post(WORKSHOPS)).status_code == 201, "the next workshop can begin"


@with_campaign
async def test_twenty_votes_at_once_and_repeated_votes_are_one_each(platform: Platform, coordinator: Person):
    url, code = await opened_by(coordinator)
    devices = await asyncio.gather(
        *[joined(platform, code, f"P{n}", "customs" if n % 2 else "depot") for n in range(20)]
    )
    await turn_to(coordinator, url, "M2.1.a")
    told = await asyncio.gather(*[vote(device, code, "M2.1.a", level=n % 5) for n, device in enumerate(devices)])
    assert {one.status_code for one in told} == {200}
    same = await asyncio.gather(*[vote(devices[0], code, "M2.1.a", level=n % 5) for n in range(10)])
    assert {one.status_code for one in same} == {200}
    live = (await coordinator.get(f"{url}/live")).json()
    assert (live["votes"]["total"], live["participants"]) == (20, 20)
    # Voting and closing at once: what was told 200 is counted, what was refused is not.
    closing = await coordinator.get(ASSESSMENT)
    body = {"level": 2, "workshop": url.rpartition("/")[2]}
    late = await asyncio.gather(
        *[vote(device, code, "M2.1.a", level=4) for device in devices],
        coordinator.put(f"{ASSESSMENT}/agreed/M2.1.a", json=body, headers=if_match(closing)),
    )
    assert late[-1].status_code == 200, late[-1].text
    assert {one.status_code for one in late[:-1]} <= {200, 409}
    kept = late[-1].json()["rested_on"]["votes"]
    assert kept["total"] == 20
    live = (await coordinator.get(f"{url}/live?measure=M2.1.a")).json()["votes"]
    assert live["levels"] == kept["levels"], "nothing came in after what was recorded"


@with_campaign
async def test_two_coordinators_lose_nothing(platform: Platform, coordinator: Person):
    other = await somebody(platform, "second", ("coordinator", f"community:{COMMUNITY}"))
    opening = await asyncio.gather(*[who.post(WORKSHOPS) for who in (coordinator, other) * 3])
    assert sorted(one.status_code for one in opening) == [201, 409, 409, 409, 409, 409]
    url = f"{WORKSHOPS}/{next(one.json()['id'] for one in opening if one.status_code == 201)}"
    tag = if_match(await coordinator.get(url))
    turned = await asyncio.gather(
        coordinator.patch(url, json={"measure": "M1.1.a"}, headers=tag),
        other.patch(url, json={"measure": "M1.1.b"}, headers=tag),
    )
    assert sorted(one.status_code for one in turned) == [200, 412], "nobody skips a measure"
    tag = if_match(await coordinator.get(ASSESSMENT))
    agreed = await asyncio.gather(
        *[
            who.put(
                f"{ASSESSMENT}/agreed/M1.1.a", headers=tag,
                json={"level": level, "workshop": url.rpartition("/")[2], "attendance": [{"name": name}]},
            )
            for who, level, name in ((coordinator, 1, "Ana"), (other, 3, "Luis"))
        ]
    )  # fmt: skip
    assert sorted(one.status_code for one in agreed) == [200, 412]
    won = next(one.json() for one in agreed if one.status_code == 200)
    now = (await other.get(f"{ASSESSMENT}/summary")).json()["measures"][0]["agreed"]
    assert (now["level"], now["rested_on"]) == (won["level"], won["rested_on"])
    assert (await coordinator.patch(url, json={"measure": "M1.1.c"})).status_code == 428
    for body, pointer in (({"measure": "M9"}, "/measure"), ({"taking_votes": None}, "/taking_votes"),
                          ({"measure": None, "taking_votes": True}, "/taking_votes")):  # fmt: skip
        refused = await coordinator.patch(url, json=body, headers=if_match(await coordinator.get(url)))
        assert pointers(refused) == [pointer]


@with_campaign
async def test_a_wrong_code_reveals_nothing_and_a_guesser_is_slowed(platform: Platform, coordinator: Person):
    url, code = await opened_by(coordinator)
    ana = await joined(platform, code, "Ana", "customs")
    spaced = f"{code[:3].lower()}-{code[3:]}"
    assert (await visitor(platform).get(f"{API}/workshops/{spaced}")).status_code == 200
    renewed = (await coordinator.post(f"{url}/code")).json()["code"]
    assert renewed != code
    assert (await ana.get(f"{API}/workshops/{code}")).json()["code"] == renewed, "whoever is in stays in"
    guesser = visitor(platform)
    wrong = [code, "BBBBBB" if code != "BBBBBB" else "CCCCCC", "x", "A" * 300, "KTR%20MXP", "ñandú!"]
    told = [await guesser.get(f"{API}/workshops/{one}") for one in wrong]
    assert {one.status_code for one in told} == {404}
    assert len({json.dumps({**one.json(), "instance": ""}) for one in told}) == 1, "revoked, wrong and odd look alike"
    tries = await asyncio.gather(
        *[guesser.post(f"{API}/workshops/{code}/participants", json={"name": "x", "stakeholder_group": "other"})
          for _ in range(MOST)]
    )  # fmt: skip
    assert {one.status_code for one in tries} <= {404, 429}
    stopped = await guesser.get(f"{API}/workshops/{renewed}")
    assert stopped.status_code == 429 and int(stopped.headers["retry-after"]) <= 600, "a right guess comes too late"
    assert (await guesser.get(f"{API}/workshops/{code}/stream")).status_code == 429
    assert (await coordinator.get(f"{API}/workshops/{renewed}")).status_code == 200, "who is signed in counts apart"
    assert (await ana.get(f"{API}/workshops/{renewed}")).status_code == 200, "a device in the room counts for itself"
    for _ in range(MOST):
        assert (await ana.get(f"{API}/workshops/QQQQQQ")).status_code == 200, "its token leads it to its room"
    async with platform.services["survey"].state.database.engine.begin() as connection:
        await connection.execute(text("UPDATE survey.workshops SET expires_at = now()"))
        await connection.execute(text("DELETE FROM survey.wrong_codes"))
    assert (await ana.get(f"{API}/workshops/{renewed}")).status_code == 404, "expired"
    assert (await coordinator.get(url)).json()["state"] == "expired"
    assert (await coordinator.post(WORKSHOPS)).status_code == 201


@with_campaign
async def test_names_groups_and_tokens_are_checked(platform: Platform, coordinator: Person, public: Person):
    url, code = await opened_by(coordinator)
    join = f"{API}/workshops/{code}/participants"
    for body, pointer in (
        ({"name": " ", "stakeholder_group": "customs"}, "/name"), ({"name": "a\u0000", "stakeholder_group": "customs"}, "/name"),
        ({"name": "x" * 81, "stakeholder_group": "customs"}, "/name"), ({"name": "Ana", "stakeholder_group": "aduana"}, "/stakeholder_group"),
        *(({"name": name, "stakeholder_group": "customs"}, "/name") for name in ("Ana\u202e", "\u200b", "a\tb", "a\nb", "...")),
        ({"name": "Ana"}, "/stakeholder_group"), ({"name": "Ana", "stakeholder_group": "customs", "x": 1}, "/x"),
    ):  # fmt: skip
        assert pointers(await public.post(join, json=body)) == [pointer], body
    await turn_to(coordinator, url, "M1.1.a")
    without = await vote(public, code, "M1.1.a", level=1)
    assert without.status_code == 401 and without.headers["www-authenticate"] == "Workshop-Token"
    public.headers["Workshop-Token"] = "made-up"
    assert (await vote(public, code, "M1.1.a", level=1)).status_code == 401
    key = {"Idempotency-Key": "join-1"}
    body = {"name": "Ana", "stakeholder_group": "customs"}
    first, again = [await public.post(join, json=body, headers=key) for _ in range(2)]
    assert "token" in first.json() and "token" not in again.json(), "no secret is replayed"
    people = (await coordinator.get(url)).json()["participants"]
    assert [one["name"] for one in people] == ["Ana"]
    public.headers["Workshop-Token"] = first.json()["token"]
    assert (await vote(public, code, "M1.1.a", level=1)).status_code == 200
    assert (await coordinator.delete(f"{url}/participants/{people[0]['id']}")).status_code == 204
    assert (await vote(public, code, "M1.1.a", level=1)).status_code == 401
    assert (await coordinator.get(f"{url}/live")).json()["votes"]["total"] == 0


async def test_who_may_run_a_workshop_in_which_state(everyone: Mapping[str, Person], platform: Platform):
    coordinator, secretariat = everyone["coordinator"], everyone["secretariat"]
    await opened(secretariat)
    url, code = await opened_by(coordinator)
    expected = {
        "public": 401, "secretariat": 200, "coordinator": 200, "respondent": 403, "data_provider": 403, "chair": 404,
        "member": 404, "observer": 404, "foreign_coordinator": 404, "without_grants": 404,
    }  # fmt: skip
    for role, person in everyone.items():
        tag = if_match(await coordinator.get(url))
        for told in (
            await person.get(WORKSHOPS), await person.get(url), await person.get(f"{url}/live"),
            await person.patch(url, json={"measure": "M1.1.a"}, headers=tag),
        ):  # fmt: skip
            assert told.status_code == expected[role], (role, told.request.method, str(told.request.url), told.text)
        assert (await person.get(f"{API}/workshops/{code}")).status_code == 200, "the room is for whoever has the code"
        if expected[role] != 200:
            for method, path in (("POST", f"{url}/code"), ("POST", f"{url}/end"), ("POST", WORKSHOPS)):
                assert (await person.request(method, path)).status_code == expected[role], (role, path)
            assert (await person.get(f"{url}/stream")).status_code == expected[role]
    assert (await coordinator.post(f"{url}/end")).status_code == 200
    await everyone["respondent"].patch(MINE, json=answers(everything(2)))
    assert (await coordinator.post(f"{ASSESSMENT}/submit")).status_code == 200
    assert (await coordinator.post(WORKSHOPS)).status_code == 409, "submitted: nothing can be agreed"
    back = {"comments": [{"measure": "M1.1.a", "text": "¿Acta?"}]}
    assert (await secretariat.post(f"{ASSESSMENT}/return", json=back)).status_code == 200
    assert (await secretariat.post(f"{API}/campaigns/2026/close")).status_code == 200
    assert (await coordinator.post(WORKSHOPS)).status_code == 201, "returned: corrections outlive the closing"
