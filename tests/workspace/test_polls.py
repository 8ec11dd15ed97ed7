"""Polls for a date: who can when, and the meeting that comes of it."""

from collections.abc import Mapping

from deploy.local.composition import Platform
from tests.people import Person, if_match, pointers
from tests.workspace.conftest import HERE, ROOT
from tests.workspace.test_delivery import wait_no_longer

OPTIONS = [
    {"starts_at": f"2099-03-{day:02}T15:00:00Z", "ends_at": f"2099-03-{day:02}T16:00:00Z"} for day in (12, 10, 11)
]
POLL = {"title": "Reunión con la aduana", "timezone": "America/Lima", "options": OPTIONS}


async def test_a_date_is_found_and_becomes_a_meeting(everyone: Mapping[str, Person], platform: Platform):
    chair, member, secretariat = everyone["chair"], everyone["member"], everyone["secretariat"]
    for name, status in (("observer", 403), ("coordinator", 403), ("public", 401), ("without_grants", 404)):
        assert (await everyone[name].post(f"{HERE}/polls", json=POLL)).status_code == status, name
    for fields, pointer in (
        ({"options": OPTIONS[:1]}, "/options"), ({"timezone": "Lima"}, "/timezone"), ({"title": ""}, "/title"),
        ({"options": [OPTIONS[0], OPTIONS[0]]}, "/options/1"),
        ({"options": [OPTIONS[0], {**OPTIONS[1], "ends_at": "2099-03-10T14:00:00Z"}]}, "/options/1/ends_at"),
    ):  # fmt: skip
        assert pointers(await member.post(f"{HERE}/polls", json={**POLL, **fields})) == [pointer], fields
    asked = await member.post(f"{HERE}/polls", json=POLL, headers={"Idempotency-Key": "1"})
    assert asked.status_code == 201, asked.text
    assert (await member.post(f"{HERE}/polls", json=POLL, headers={"Idempotency-Key": "1"})).json() == asked.json()
    url = f"{ROOT}/polls/{asked.json()['id']}"
    assert [option["starts_at"][8:10] for option in asked.json()["options"]] == ["10", "11", "12"], "in order of time"
    assert asked.json()["best"] is None
    [told] = (await chair.get(f"{ROOT}/notifications")).json()["items"]
    assert told["kind"] == "poll" and told["link"] == f"/polls/{asked.json()['id']}"
    await chair.put(f"{url}/answers", json={"answers": {"1": "no", "2": "yes", "3": "yes"}})
    await chair.put(f"{url}/answers", json={"answers": {"1": "no", "2": "maybe", "3": "yes"}})
    await member.put(f"{url}/answers", json={"answers": {"1": "yes", "2": "yes", "3": "no"}})
    answered = await secretariat.put(f"{url}/answers", json={"answers": {"2": "maybe"}})
    assert [(o["yes"], o["maybe"], o["no"]) for o in answered.json()["options"]] == [(1, 0, 1), (1, 2, 0), (1, 0, 1)]
    assert answered.json()["best"] == "2" and len(answered.json()["answers"]) == 3
    assert pointers(await member.put(f"{url}/answers", json={"answers": {"9": "yes"}})) == ["/answers/9"]
    assert pointers(await member.put(f"{url}/answers", json={"answers": {"1": "si"}})) == ["/answers/1"]
    assert (await everyone["observer"].put(f"{url}/answers", json={"answers": {}})).status_code == 403
    assert (await everyone["coordinator"].get(url)).status_code == 404
    current = await chair.get(url)
    assert (await member.post(f"{url}/choose", json={"option": "2"}, headers=if_match(current))).status_code == 403
    assert pointers(await chair.post(f"{url}/choose", json={"option": "7"}, headers=if_match(current))) == ["/option"]
    chosen = await chair.post(f"{url}/choose", json={"option": "2"}, headers=if_match(current))
    assert chosen.json()["state"] == "closed", chosen.text
    event = (await member.get(f"{ROOT}/events/{chosen.json()['event']}")).json()
    assert (event["title"], event["starts_at"]) == ("Reunión con la aduana", "2099-03-11T15:00:00Z")
    assert (await chair.post(f"{url}/choose", json={"option": "1"}, headers=if_match(chosen))).status_code == 409
    assert (await member.put(f"{url}/answers", json={"answers": {}})).status_code == 409
    assert (await member.get(f"{HERE}/polls")).json()["total"] == 1
    second = (await member.post(f"{HERE}/polls", json={**POLL, "title": "Otra reunión"})).json()
    await chair.put(f"{ROOT}/polls/{second['id']}/answers", json={"answers": {"1": "yes"}})
    for _ in range(2):
        await wait_no_longer(platform, "poll_reminds")
    kinds = {
        name: [one["link"] for one in (await everyone[name].get(f"{ROOT}/notifications")).json()["items"]
               if one["kind"] == "poll_closing"]
        for name in ("chair", "member", "observer", "secretariat")
    }  # fmt: skip
    assert kinds == {"chair": [], "member": [f"/polls/{second['id']}"], "observer": [], "secretariat": []}
    gone = await chair.delete(url, headers=if_match(chosen))
    assert gone.status_code == 204 and (await chair.get(url)).status_code == 404
