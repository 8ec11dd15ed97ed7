"""What is new in a committee since one looked, what is due, and what waits for one."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import update

from deploy.local.composition import Platform
from gateway.tables import User
from tests.people import Person, somebody
from tests.workspace.conftest import HERE, ROOT, SLUG, add_task, url_of
from tests.workspace.test_elections import announced, pass_time, stand
from tests.workspace.test_events import arrange

OVERVIEW = f"{HERE}/overview"


async def told(person: Person) -> dict[str, Any]:
    answer = await person.get(OVERVIEW)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_committee_shows_what_is_new_due_and_waiting(platform: Platform, everyone: Mapping[str, Person]):
    chair, member = everyone["chair"], everyone["member"]
    today = datetime.now(ZoneInfo("America/Caracas")).date()
    task = await add_task(chair, "Mía", assignees=[member.user_id], due_on=str(today + timedelta(days=3)))
    await add_task(chair, "De otros", due_on=str(today - timedelta(days=3)))
    await add_task(chair, "Lejana", due_on=str(today + timedelta(days=30)))
    await add_task(member, "Propia")
    await chair.post(url_of(task, "comments"), json={"text": "Hola"})
    event = (await arrange(chair, title="La próxima")).json()
    poll = {"title": "Fecha", "timezone": "America/Lima", "options": [
        {"starts_at": f"2099-01-0{n}T10:00:00Z", "ends_at": f"2099-01-0{n}T11:00:00Z"} for n in (1, 2)
    ]}  # fmt: skip
    asked = (await chair.post(f"{HERE}/polls", json=poll)).json()
    election = (await chair.post(f"{HERE}/elections", json=announced())).json()
    url = f"{ROOT}/elections/{election['id']}"
    await stand(url, chair)
    await chair.post(f"{url}/nominations", json={"user_id": member.user_id})
    await chair.post(f"{HERE}/decisions", json={"title": "Se decidió", "decided_on": str(today)})
    seen = await told(member)
    assert {(one["kind"], one["title"]) for one in seen["news"]} == {
        ("task", "Mía"), ("task", "De otros"), ("task", "Lejana"), ("comment", "Mía"), ("event", "La próxima"),
        ("poll", "Fecha"), ("election", "Secretaría técnica 2027"), ("decision", "Se decidió"),
    }  # fmt: skip
    assert [item["title"] for item in seen["due"]] == ["Mía", "De otros"], "one's own first"
    assert {(one["kind"], one["title"]) for one in seen["waiting"]} == {
        ("invitation", "La próxima"), ("poll", "Fecha"), ("nomination", "Secretaría técnica 2027"),
    }  # fmt: skip
    assert seen["next_meeting"]["event"] == event["id"]
    assert [one["title"] for one in (await told(chair))["news"]] == ["Propia"], "one's own doings are no news"
    everywhere = (await member.get(f"{ROOT}/waiting")).json()["items"]
    assert everywhere == seen["waiting"], "a member of one committee has the same list everywhere"
    assert (await everyone["coordinator"].get(f"{ROOT}/waiting")).json()["items"] == []
    # Having seen it, only what came since is new; nobody else's view changes.
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    await chair.post(url_of(task, "comments"), json={"text": "Después"})
    assert (await member.post(f"{HERE}/seen", json={"at": at})).status_code == 204
    assert [one["kind"] for one in (await told(member))["news"]] == ["comment"]
    assert (await member.post(f"{HERE}/seen", json={"at": "2020-01-01T00:00:00Z"})).status_code == 204
    assert len((await told(member))["news"]) == 1, "it never goes back"
    assert len((await told(everyone["secretariat"]))["news"]) > 5
    await member.put(f"{ROOT}/events/{event['id']}/attendance", json={"answer": "yes"})
    await member.put(f"{ROOT}/polls/{asked['id']}/answers", json={"answers": {"1": "yes"}})
    await pass_time(platform, election["id"], 61)
    await member.get(url)
    assert [one["kind"] for one in (await told(member))["waiting"]] == ["vote"]
    assert (await told(everyone["observer"]))["waiting"] == [], "who votes on nothing is asked for nothing"
    for name, status in (("coordinator", 403), ("without_grants", 404), ("public", 401)):
        assert (await everyone[name].get(OVERVIEW)).status_code == status, name
        assert (await everyone[name].post(f"{HERE}/seen")).status_code == status, name


async def test_what_a_demonstration_arranged_goes_with_it_and_nothing_else(platform: Platform, chair: Person):
    demo = await somebody(platform, "demo", ("chair", f"committee:{SLUG}"))
    async with platform.gateway.own.state.database.engine.begin() as connection:
        await connection.execute(update(User).where(User.username == "demo").values(demo=True))
    platform.gateway.front.visitors.forget(demo.user_id)
    kept = (await arrange(chair, title="La de verdad")).json()
    made = (await arrange(demo, title="La de muestra")).json()
    assert made["demo"] is True and kept["demo"] is False
    await demo.put(f"{ROOT}/events/{kept['id']}/attendance", json={"answer": "yes"})
    await demo.post(f"{ROOT}/events/{made['id']}/minutes", json={"text": "Se habló."})
    await demo.post(f"{HERE}/decisions", json={"title": "De muestra", "decided_on": "2026-01-01", "event": made["id"]})
    election = (await demo.post(f"{HERE}/elections", json=announced())).json()
    assert election["demo"] is True
    await stand(f"{ROOT}/elections/{election['id']}", demo)
    await pass_time(platform, election["id"], 61)
    assert (await demo.post(f"{ROOT}/elections/{election['id']}/ballots", json={"choices": []})).status_code == 201
    await demo.post(f"{ROOT}/calendar/token")
    await demo.post(f"{HERE}/webhooks", json={"url": "https://example.org/"})
    await platform.run_jobs()
    peers = platform.services["registry"].state.peers
    headers = {"Authorization": f"Bearer {await peers.token('workspace', None)}"}
    for _ in range(2):
        assert (await peers.send("workspace", "DELETE", "/internal/demo", headers=headers)).status_code == 204
    items = (await chair.get(f"{HERE}/events")).json()["items"]
    assert [(item["title"], item["attendance"]) for item in items] == [("La de verdad", [])]
    for path in ("elections", "decisions", "webhooks", "polls"):
        assert (await chair.get(f"{HERE}/{path}")).json()["total"] == 0, path
