"""From a gap to work: tasks of committees and of the community's own list, linked both ways."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from deploy.local.composition import Platform
from tests.people import Person, if_match, pointers, somebody
from tests.survey.conftest import API, ASSESSMENT, COMMUNITY, answers, everything, in_days, opened, publish

COMMITTEE = "research-and-innovation"
ACTIONS = f"{ASSESSMENT}/actions"
WORKSPACE = "/api/v1/workspace"


def action(**changes: Any) -> dict[str, Any]:
    return {"measure": "M1.1.a", "board": COMMITTEE, "title": "Redactar el acta del comité"} | changes


@pytest.fixture
async def both(platform: Platform) -> Person:
    """Coordinates the community and works in the committee."""
    scopes = (("coordinator", f"community:{COMMUNITY}"), ("member", f"committee:{COMMITTEE}"))
    return await somebody(platform, "puente", *scopes)


@pytest.mark.usefixtures("open_campaign")
async def test_a_gap_becomes_a_committees_task_once_and_both_sides_know(
    platform: Platform, both: Person, respondent: Person, coordinator: Person
):
    await respondent.patch(f"{ASSESSMENT}/answers/mine", json=answers({"M1.1.a": 1}))
    many = await asyncio.gather(*[both.post(ACTIONS, json=action(due_on=in_days(30))) for _ in range(6)])
    assert sorted({one.status_code for one in many}) in ([200, 201], [201]), [one.text for one in many]
    assert [one.status_code for one in many].count(201) == 1
    made = (await both.get(ACTIONS)).json()["items"]
    assert len(made) == 1
    tasks = (await both.get(f"{WORKSPACE}/committees/{COMMITTEE}/tasks")).json()["items"]
    assert [task["id"] for task in tasks] == [made[0]["task"]]
    assert tasks[0]["links"] == [{"kind": "measure", "ref": f"2026:{COMMUNITY}:M1.1.a"}]
    assert "Manzanillo 2026" in tasks[0]["description"] and tasks[0]["due_on"] == in_days(30)
    assert (made[0]["state"], made[0]["level_then"], made[0]["may_edit"]) == ("todo", 1.0, False)
    spelled = await both.post(ACTIONS, json=action(title="  REDACTAR el acta   del comite "))
    assert (spelled.status_code, spelled.json()["id"]) == (200, made[0]["id"])
    await both.post(f"{WORKSPACE}/tasks/{made[0]['task']}/move", json={"state": "done", "after": None})
    seen = (await coordinator.get(f"{ACTIONS}?measure=M1.1.a")).json()["items"][0]
    assert seen["state"] == "done" and seen["done_at"] is not None, "whoever is not in the committee sees how it stands"
    assert (await coordinator.get(f"{WORKSPACE}/tasks/{made[0]['task']}")).status_code == 404
    changed = await both.patch(f"{ACTIONS}/{made[0]['id']}", json={"state": "todo"}, headers={"If-Match": "*"})
    assert changed.status_code == 409, "a committee's task changes on its board"
    tag = if_match(await both.get(f"{WORKSPACE}/tasks/{made[0]['task']}"))
    assert (await both.delete(f"{WORKSPACE}/tasks/{made[0]['task']}", headers=tag)).status_code == 204
    assert (await coordinator.get(ACTIONS)).json()["items"][0]["state"] == "gone"


@pytest.mark.usefixtures("open_campaign")
async def test_a_refused_task_leaves_nothing_behind(both: Person, coordinator: Person, respondent: Person):
    assert (await coordinator.post(ACTIONS, json=action())).status_code == 403, "the workspace decides who works there"
    assert (await respondent.post(ACTIONS, json=action(board="community"))).status_code == 403
    for body, pointer in (
        (action(board="no-such-committee"), "/board"), (action(measure="M9"), "/measure"), (action(title=" "), "/title"), (action(board="X Y"), "/board"),
        (action(due_on="2026-02-30"), "/due_on"), (action(title="a\u000bb"), "/title"), (action(x=1), "/x"),
    ):  # fmt: skip
        assert pointers(await both.post(ACTIONS, json=body)) == [pointer], body
    assert (await coordinator.get(ACTIONS)).json()["items"] == []


@pytest.mark.usefixtures("open_campaign")
async def test_the_communitys_own_list_is_kept_here(coordinator: Person, respondent: Person, secretariat: Person):
    wanted = action(board="community", owner="Gerencia de operaciones", due_on=in_days(60))
    key = {"Idempotency-Key": "a-1"}
    made, again = [await coordinator.post(ACTIONS, json=wanted, headers=key) for _ in range(2)]
    assert (made.status_code, again.status_code, again.json()["id"]) == (201, 201, made.json()["id"])
    other = await coordinator.post(ACTIONS, json=action(board="community", title="Otra"), headers=key)
    assert pointers(other) == ["/Idempotency-Key"]
    url = f"{ACTIONS}/{made.json()['id']}"
    assert made.headers["location"] == url
    read = await coordinator.get(url)
    assert (await coordinator.patch(url, json={"state": "doing"})).status_code == 428
    doing = await coordinator.patch(url, json={"state": "doing", "owner": None}, headers=if_match(read))
    assert (doing.json()["state"], doing.json()["owner"]) == ("doing", None)
    assert (await secretariat.patch(url, json={"state": "done"}, headers=if_match(read))).status_code == 412
    done = await secretariat.patch(url, json={"state": "done"}, headers=if_match(doing))
    assert done.json()["done_at"] is not None
    nothing = await coordinator.patch(url, json={}, headers=if_match(done))
    assert nothing.headers["etag"] == done.headers["etag"]
    assert pointers(await coordinator.patch(url, json={"title": None}, headers=if_match(done))) == ["/title"]
    second = await coordinator.post(ACTIONS, json=action(board="community", title="Otra"))
    clash = await coordinator.patch(
        f"{ACTIONS}/{second.json()['id']}", json={"title": "redactar el acta del comité"}, headers=if_match(second)
    )
    assert clash.status_code == 409
    assert (await respondent.get(url)).json()["may_edit"] is False
    assert (await respondent.patch(url, json={"state": "todo"}, headers={"If-Match": "*"})).status_code == 403
    assert (await coordinator.delete(url, headers=if_match(done))).status_code == 204
    assert (await coordinator.get(url)).status_code == 404


async def test_next_year_sees_what_became_of_it(
    secretariat: Person, coordinator: Person, respondent: Person, everyone_else: Mapping[str, Person]
):
    await opened(secretariat, year=2025)
    last = f"{API}/campaigns/2025/assessments/{COMMUNITY}"
    made = await coordinator.post(f"{last}/actions", json=action(board="community", title="Ventanilla única"))
    await publish(secretariat, respondent, coordinator, year=2025, levels=everything(1))
    await opened(secretariat)
    done = await coordinator.patch(
        f"{last}/actions/{made.json()['id']}", json={"state": "done"}, headers=if_match(made)
    )
    assert done.status_code == 200, "work goes on after the year was published"
    told = (await respondent.get(f"{ACTIONS}?measure=M1.1.a")).json()
    assert (told["year"], told["items"], told["last_year"]) == (2026, [], 2025)
    assert [(one["title"], one["state"]) for one in told["last_year_items"]] == [("Ventanilla única", "done")]
    expected = {"public": 401, "chair": 404, "foreign_coordinator": 404, "provider": 200}
    for role, person in everyone_else.items():
        assert (await person.get(ACTIONS)).status_code == expected[role], role
        wanted = action(board="community", title=role)
        refused = {"provider": 403}.get(role, expected[role])
        assert (await person.post(ACTIONS, json=wanted)).status_code == refused, role


@pytest.fixture
async def everyone_else(
    public: Person, chair: Person, foreign_coordinator: Person, data_provider: Person
) -> Mapping[str, Person]:
    return {
        "public": public, "chair": chair, "foreign_coordinator": foreign_coordinator, "provider": data_provider,
    }  # fmt: skip
