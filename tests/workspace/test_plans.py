"""Charters, work plans and task forces: what a committee is for, what it means to do, and whom it sets to work."""

import asyncio
import csv
import io
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from deploy.local.composition import Platform
from services.workspace.tasks.reminding import tell_of_overdue
from services.workspace.tasks.repeating import follow_when_passed
from tests.people import Person, if_match, pointers, somebody
from tests.workspace.conftest import HERE, OTHER, ROOT, SLUG, add_task
from tests.workspace.files import pdf, send_file

CHARTER = f"{HERE}/charter"
PLAN = f"{HERE}/work-plan"
TODAY = datetime.now(UTC).date()


def in_days(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


async def test_a_charter_is_written_by_who_leads_and_never_overwritten(everyone: Mapping[str, Person]):
    chair = everyone["chair"]
    empty = await chair.get(CHARTER)
    assert (empty.json()["revision"], empty.json()["text"], empty.json()["changed_by"]) == (0, "", None)
    statuses = {}
    for role, person in everyone.items():
        shown = await person.get(CHARTER)
        written = await person.put(CHARTER, json={"text": "x"}, headers={"If-Match": '"9-x"'})
        statuses[role] = (shown.status_code, written.status_code)
    assert statuses == {
        "public": (401, 401), "secretariat": (200, 412), "coordinator": (200, 403), "respondent": (200, 403),
        "data_provider": (200, 403), "chair": (200, 412), "member": (200, 403), "observer": (200, 403),
        "foreign_coordinator": (200, 403), "without_grants": (404, 404),
    }  # fmt: skip
    assert (await chair.put(CHARTER, json={"text": "x"})).status_code == 428
    first = {"text": "# Para qué\n\n[x](javascript:alert(1)) **Muelles**", "note": "Asamblea de marzo"}
    both = await asyncio.gather(
        chair.put(CHARTER, json=first, headers=if_match(empty)),
        everyone["secretariat"].put(CHARTER, json={"text": "Otro"}, headers=if_match(empty)),
    )
    assert sorted(answer.status_code for answer in both) == [200, 412]
    now = await chair.get(CHARTER)
    second = await chair.put(CHARTER, json=first | {"text": first["text"] + "\n\nY más."}, headers=if_match(now))
    assert second.json()["revision"] == 2 and second.json()["changed_by"]["user_id"] == chair.user_id
    assert "<strong>Muelles</strong>" in second.json()["text_html"] and "href" not in second.json()["text_html"]
    again = await chair.put(CHARTER, json=first | {"text": first["text"] + "\n\nY más."}, headers=if_match(second))
    assert again.json() == second.json(), "the same text is no new revision"
    told = (await everyone["coordinator"].get(f"{CHARTER}/revisions")).json()
    assert [one["revision"] for one in told["items"]] == [2, 1] and told["total"] == 2
    for wrong, where in (({"text": "  "}, ["/text"]), ({"text": "a\u0000b"}, ["/text"]), ({"text": "a", "x": 1}, ["/x"]),
                         ({}, ["/text"]), ({"text": "a" * 20_001}, ["/text"])):  # fmt: skip
        answer = await chair.put(CHARTER, json=wrong, headers={"If-Match": "*"})
        assert pointers(answer) == where, wrong


async def test_a_year_s_plan_is_added_to_ordered_and_measured_by_its_tasks(
    platform: Platform, everyone: Mapping[str, Person]
):
    chair, member = everyone["chair"], everyone["member"]
    done, todo, gone = [await add_task(chair, title) for title in ("Hecha", "Por hacer", "Cancelada")]
    for task, state in ((done, "done"), (gone, "cancelled")):
        assert (await chair.post(f"{ROOT}/tasks/{task['id']}/move", json={"state": state})).status_code == 200
    document = (await send_file(chair, pdf("Plan"), "plan.pdf")).json()
    foreign = await somebody(platform, "foreign-chair", ("chair", f"committee:{OTHER}"))
    body = {
        "year": 2027, "title": "Estándares de la ventanilla única", "lead": member.user_id, "quarter": 2,
        "starts_on": "2027-04-01", "ends_on": "2027-06-30", "description": "Con **aduanas**.",
        "tasks": [done["id"], todo["id"], gone["id"]], "documents": [document["id"]],
    }  # fmt: skip
    statuses = {role: (await person.post(PLAN, json={"year": 2027, "title": role})).status_code
                for role, person in everyone.items()}  # fmt: skip
    assert statuses == {
        "public": 401, "secretariat": 201, "coordinator": 403, "respondent": 403, "data_provider": 403, "chair": 201,
        "member": 201, "observer": 403, "foreign_coordinator": 403, "without_grants": 404,
    }  # fmt: skip
    twice = [await chair.post(PLAN, json=body, headers={"Idempotency-Key": "k-1"}) for _ in range(2)]
    assert twice[0].status_code == 201, twice[0].text
    assert twice[0].json() == twice[1].json(), "one key, one item"
    item = twice[0].json()
    url = f"{ROOT}/work-plan/{item['id']}"
    assert item["progress"] == {"tasks": 2, "done": 1, "share": 0.5} and item["lead_name"] == "Member"
    assert [one["title"] for one in item["documents"]] == ["plan"] and "<strong>" in item["description_html"]
    plan = (await member.get(PLAN, params={"year": 2027})).json()
    assert [one["title"] for one in plan["items"]] == ["secretariat", "chair", "member", body["title"]]
    assert plan["years"] == [2027] and plan["states"] == {"planned": 4, "under_way": 0, "done": 0, "dropped": 0}
    assert plan["progress"]["share"] == 0.5 and plan["may_edit"] is True
    for role in ("coordinator", "public", "without_grants"):
        assert (await everyone[role].get(PLAN)).status_code == {"coordinator": 403, "public": 401}.get(role, 404)
        assert (await everyone[role].get(url)).status_code == {"public": 401}.get(role, 404)
    assert (await foreign.get(url)).status_code == 404
    second = plan["items"][1]["id"]
    assert (await member.post(f"{url}/move", json={"after": plan["items"][0]["id"]})).status_code == 200
    assert (await member.post(f"{ROOT}/work-plan/{second}/move", json={"after": None})).status_code == 200
    moves = [chair.post(f"{ROOT}/work-plan/{one['id']}/move", json={"after": None}) for one in plan["items"]]
    assert {answer.status_code for answer in await asyncio.gather(*moves)} == {200}
    after = (await member.get(PLAN, params={"year": 2027})).json()["items"]
    assert sorted(one["id"] for one in after) == sorted(one["id"] for one in plan["items"])
    assert (await everyone["observer"].post(f"{url}/move", json={"after": None})).status_code == 403
    shown = await chair.get(url)
    pair = await asyncio.gather(
        *(chair.patch(url, json={"state": state}, headers=if_match(shown)) for state in ("done", "dropped"))
    )
    assert sorted(answer.status_code for answer in pair) == [200, 412]
    shown = await chair.get(url)
    same = await chair.patch(url, json={}, headers=if_match(shown))
    assert same.headers["etag"] == shown.headers["etag"]
    for wrong, where in (
        ({"title": None}, ["/title"]), ({"quarter": 5}, ["/quarter"]), ({"ends_on": "2027-03-01"}, ["/ends_on"]),
        ({"lead": everyone["coordinator"].user_id}, ["/lead"]), ({"state": "late"}, ["/state"]),
        ({"tasks": [done["id"], done["id"]]}, ["/tasks/1"]), ({"year": 1999}, ["/year"]),
        ({"documents": [done["id"]]}, ["/documents/0"]), ({"year": True}, ["/year"]),
    ):  # fmt: skip
        assert pointers(await chair.patch(url, json=wrong, headers=if_match(shown))) == where, wrong
    moved = await chair.patch(url, json={"year": 2028, "lead": None, "quarter": None}, headers=if_match(shown))
    assert moved.status_code == 200 and moved.json()["lead_name"] is None
    told = await member.get(PLAN, params={"year": 2028, "format": "csv"})
    rows = list(csv.DictReader(io.StringIO(told.text)))
    assert [(row["title"], row["tasks"], row["tasks_done"]) for row in rows] == [(body["title"], "2", "1")]
    assert told.headers["cache-control"] == "no-store" and "attachment" in told.headers["content-disposition"]
    assert (await member.delete(url, headers=if_match(moved))).status_code == 403, "a member takes out only their own"
    assert (await chair.delete(url, headers=if_match(moved))).status_code == 204
    assert (await chair.get(url)).status_code == 404


async def make(person: Person, **fields: Any) -> Any:
    body = {"name": "Ventanilla única 2027", "parent": SLUG, "mandate": "Un **piloto**.", "ends_on": in_days(30)}
    return await person.post(f"{ROOT}/committees", json={**body, **fields})


async def test_a_task_force_is_made_for_a_time_and_is_for_reading_afterwards(
    platform: Platform, everyone: Mapping[str, Person]
):
    chair, secretariat, coordinator = everyone["chair"], everyone["secretariat"], everyone["coordinator"]
    member = everyone["member"]
    statuses = {role: (await make(person, name=role)).status_code for role, person in everyone.items()}
    assert statuses == {
        "public": 401, "secretariat": 201, "coordinator": 403, "respondent": 403, "data_provider": 403, "chair": 201,
        "member": 403, "observer": 403, "foreign_coordinator": 403, "without_grants": 403,
    }  # fmt: skip
    for fields, where in (
        ({"mandate": " "}, ["/mandate"]), ({"ends_on": None}, ["/ends_on"]), ({"ends_on": in_days(-1)}, ["/ends_on"]),
        ({"starts_on": in_days(40)}, ["/ends_on"]), ({"members": [everyone["without_grants"].user_id]}, ["/members/0"]),
        ({"chair": member.user_id, "members": [member.user_id]}, ["/members/0"]), ({"kind": "choir"}, ["/kind"]),
        ({"name": ""}, ["/name"]),
    ):  # fmt: skip
        assert pointers(await make(chair, **fields)) == where, fields
    assert (await make(chair, parent=OTHER)).status_code == 403, "of the own committee only"
    assert (await make(chair, kind="technical")).status_code == 403
    assert pointers(await make(secretariat, parent="nowhere")) == ["/parent"]
    offered = (await chair.get(f"{HERE}/candidates")).json()["items"]
    names = {one["name"]: (one["communities"], one["committees"]) for one in offered}
    assert names["Coordinator"] == (["mx-manzanillo"], []) and names["Member"] == ([], [SLUG])
    assert "Nobody" not in names and (await member.get(f"{HERE}/candidates")).status_code == 403
    made = await make(chair, members=[coordinator.user_id, member.user_id])
    assert made.status_code == 201, made.text
    force = made.json()
    assert force["slug"] == "ventanilla-unica-2027" and force["kind"] == "task_force" and force["parent"] == SLUG
    assert force["starts_on"] == made.json()["starts_on"] and not force["ended"]
    assert (await make(chair)).json()["slug"] == "ventanilla-unica-2027-2"
    assert (await make(chair, slug=force["slug"])).status_code == 409
    several = await asyncio.gather(*(make(secretariat, name="Muchos a la vez") for _ in range(5)))
    assert len({answer.json()["slug"] for answer in several}) == 5
    await platform.run_jobs()
    here = f"{ROOT}/committees/{force['slug']}"
    people = (await chair.get(f"{here}/members")).json()["items"]
    assert [(one["name"], one["role"], one["communities"]) for one in people] == [
        ("Chair", "chair", []), ("Coordinator", "member", ["mx-manzanillo"]), ("Member", "member", []),
    ]  # fmt: skip
    task = (await coordinator.post(f"{here}/tasks", json={"title": "Probar"})).json()
    assert (await coordinator.get(here)).json()["your_role"] == "member"
    shown = await chair.get(here)
    assert (await member.patch(here, json={"mandate": "x"}, headers=if_match(shown))).status_code == 403
    changed = await chair.patch(here, json={"mandate": "Dos pilotos."}, headers=if_match(shown))
    assert changed.status_code == 200 and changed.json()["mandate"] == "Dos pilotos."
    assert (await chair.patch(here, json={"name": "x"}, headers=if_match(shown))).status_code == 412
    for wrong, where in (({"ends_on": "2020-01-01"}, ["/ends_on"]), ({"mandate": None}, ["/mandate"]),
                         ({"name": None}, ["/name"])):  # fmt: skip
        assert pointers(await chair.patch(here, json=wrong, headers=if_match(changed))) == where, wrong
    technical = await secretariat.get(HERE)
    assert pointers(await secretariat.patch(HERE, json={"ends_on": in_days(9)}, headers=if_match(technical))) == [
        "/ends_on"
    ]
    past = await chair.patch(here, json={"starts_on": in_days(-20), "ends_on": in_days(-3)}, headers=if_match(changed))
    assert past.json()["ended"] is True
    etag = (await coordinator.get(f"{ROOT}/tasks/{task['id']}")).headers["etag"]
    refusals = {
        "task": await coordinator.post(f"{here}/tasks", json={"title": "Tarde"}),
        "change": await chair.patch(f"{ROOT}/tasks/{task['id']}", json={"title": "x"}, headers={"If-Match": etag}),
        "comment": await member.post(f"{ROOT}/tasks/{task['id']}/comments", json={"text": "x"}),
        "plan": await chair.post(f"{here}/work-plan", json={"year": 2027, "title": "x"}),
        "charter": await chair.put(f"{here}/charter", json={"text": "x"}, headers={"If-Match": "*"}),
        "document": await send_file(chair, pdf("a"), "a.pdf", to=f"{here}/documents", status=403),
        "talk": await member.post(f"{here}/discussions", json={"title": "x", "text": "x"}),
    }
    assert {name: answer.status_code for name, answer in refusals.items()} == dict.fromkeys(refusals, 403)
    assert (await coordinator.get(f"{ROOT}/tasks/{task['id']}")).json()["may_edit"] is False
    assert (await coordinator.get(f"{here}/tasks")).json()["total"] == 1, "what it did stays to be read"
    joining = {"email": "a@example.org", "role": "member", "scope": f"committee:{force['slug']}"}
    assert (await chair.post("/api/v1/identity/invitations", json=joining)).status_code == 409
    longer = await secretariat.patch(here, json={"ends_on": in_days(5)}, headers=if_match(past))
    assert longer.json()["ended"] is False
    assert (await coordinator.post(f"{here}/tasks", json={"title": "Otra vez"})).status_code == 201


async def test_a_committee_is_removed_when_it_never_held_anything_and_archived_otherwise(
    platform: Platform, everyone: Mapping[str, Person]
):
    chair, secretariat, member = everyone["chair"], everyone["secretariat"], everyone["member"]
    committees, invitations = f"{ROOT}/committees", "/api/v1/identity/invitations"

    async def listed(person: Person, **query: str) -> set[str]:
        answer = (await person.get(committees, params=query)).json()
        assert answer["total"] == len(answer["items"])
        return {one["slug"] for one in answer["items"]}

    kept, empty = (await make(chair, name="Con tareas", members=[member.user_id])), await make(chair, name="Vacío")
    assert kept.status_code == empty.status_code == 201
    here, there = (f"{committees}/{answer.json()['slug']}" for answer in (kept, empty))
    task = (await member.post(f"{here}/tasks", json={"title": "Probar"})).json()
    weekly = {"title": "Medir", "due_on": in_days(-10), "rrule": "FREQ=WEEKLY", "assignees": [member.user_id]}
    late = (await chair.post(f"{here}/tasks", json=weekly)).json()
    before = await listed(member)
    for role, person in everyone.items():
        if role == "secretariat":
            continue
        anyway = {"If-Match": "*"}
        told = (
            await person.patch(here, json={"archived": True}, headers=anyway),
            await person.delete(there, headers=anyway),
        )
        refused = {"public": 401, "without_grants": 404}.get(role, 403)
        assert tuple(answer.status_code for answer in told) == (refused, refused), role
    told = await chair.patch(here, json={"archived": True}, headers={"If-Match": "*"})
    assert [error["pointer"] for error in told.json()["errors"]] == ["/archived"]
    shown = await secretariat.get(here)
    assert shown.json()["may_put_away"] and not (await secretariat.get(HERE)).json()["may_put_away"]
    for answer in (
        await secretariat.patch(HERE, json={"archived": True}, headers={"If-Match": "*"}),
        await secretariat.delete(HERE, headers={"If-Match": "*"}),
        await secretariat.delete(here, headers=if_match(shown)),
    ):
        assert answer.status_code == 409, answer.text
    assert (await secretariat.delete(there)).status_code == 428
    assert (await secretariat.delete(there, headers={"If-Match": '"9-x"'})).status_code == 412
    assert pointers(await secretariat.patch(here, json={"archived": None}, headers=if_match(shown))) == ["/archived"]
    assert pointers(await secretariat.patch(here, json={"archived": 1}, headers=if_match(shown))) == ["/archived"]
    pair = await asyncio.gather(
        *(secretariat.patch(here, json={"archived": True}, headers=if_match(shown)) for _ in range(2))
    )
    assert sorted(answer.status_code for answer in pair) == [200, 412]
    slug = here.rpartition("/")[2]
    assert await listed(member) == before - {slug} and await listed(member, archived="true") == {slug}
    read = (await member.get(here)).json()
    assert (read["archived"], read["ended"], read["your_role"]) == (True, True, "observer")
    assert (await member.get(f"{ROOT}/tasks/{task['id']}")).json()["may_edit"] is False
    for person in (member, chair):
        assert (await person.post(f"{here}/tasks", json={"title": "Tarde"})).status_code == 403
    joining = {"email": "a@example.org", "role": "member", "scope": f"committee:{slug}"}
    assert (await secretariat.post(invitations, json=joining)).status_code == 409
    database, zone = platform.services["workspace"].state.database, platform.settings.zone

    async def morning_comes() -> tuple[bool, bool]:
        due = date.fromisoformat(late["due_on"])
        await follow_when_passed(database, UUID(late["id"]), due, zone)
        await tell_of_overdue(database, {"task": late["id"], "due_on": late["due_on"], "number": 9}, zone)
        told = (await secretariat.get(f"{ROOT}/tasks/{late['id']}")).json()["followed_by"]
        kinds = {one["kind"] for one in (await member.get(f"{ROOT}/notifications")).json()["items"]}
        return told is not None, "overdue" in kinds

    assert await morning_comes() == (False, False), "nothing happens in an archive"
    back = await secretariat.patch(here, json={"archived": False}, headers=if_match(await secretariat.get(here)))
    assert back.json()["archived"] is False and await listed(member) == before
    assert await morning_comes() == (True, True)
    assert (await member.post(f"{here}/tasks", json={"title": "Otra vez"})).status_code == 201

    body = {"name": "Datos abiertos", "kind": "technical"}
    made = await secretariat.post(committees, json=body)
    data, of_it = made.json()["slug"], await make(secretariat, name="Piloto de datos", parent=made.json()["slug"])
    above, below = f"{committees}/{data}", f"{committees}/{of_it.json()['slug']}"
    under_way = await secretariat.patch(above, json={"archived": True}, headers=if_match(made))
    assert under_way.status_code == 409 and "under way" in under_way.json()["detail"]
    assert (await secretariat.delete(above, headers=if_match(made))).status_code == 409
    assert (await secretariat.delete(below, headers=if_match(of_it))).status_code == 204
    scope = f"committee:{data}"
    await secretariat.post("/api/v1/identity/grants", json={"user": member.user_id, "role": "chair", "scope": scope})
    invited = await secretariat.post(invitations, json=joining | {"scope": scope})
    client = await secretariat.post(
        "/api/v1/identity/clients", json={"name": "x", "scopes": ["workspace:read"], "scope": scope}
    )
    assert invited.status_code == client.status_code == 201
    await platform.run_jobs()
    assert "seated" in {one["kind"] for one in (await member.get(f"{ROOT}/notifications")).json()["items"]}
    both = await asyncio.gather(*(secretariat.delete(above, headers=if_match(made)) for _ in range(2)))
    assert sorted(answer.status_code for answer in both) == [204, 404]
    assert (await secretariat.get(above)).status_code == 404
    told = await secretariat.post(committees, json=body)
    assert told.json()["slug"] == data
    await platform.run_jobs()
    assert (await secretariat.get(f"{above}/members")).json()["items"] == [], "nobody comes back with the name"
    assert (await secretariat.get(invitations, params={"scope": scope})).json()["items"] == []
    clients = (await secretariat.get("/api/v1/identity/clients")).json()["items"]
    assert scope not in {one["scope"] for one in clients}
    assert (await member.get(f"{above}/tasks")).status_code == 403


async def test_made_up_plans_charters_and_task_forces_go_away_again(platform: Platform, everyone: Mapping[str, Person]):
    chair = everyone["chair"]
    await make(chair)
    await chair.post(PLAN, json={"year": 2027, "title": "Inventada"})
    await chair.put(CHARTER, json={"text": "Inventado"}, headers={"If-Match": "*"})
    database = platform.services["workspace"].state.database
    async with database.engine.begin() as connection:
        for table in ("plan_items", "charter_revisions"):
            await connection.execute(text(f"UPDATE workspace.{table} SET demo = true"))
        await connection.execute(text("UPDATE workspace.committees SET demo = true WHERE kind = 'task_force'"))
    assert (await chair.get(CHARTER)).json()["demo"] is True
    peers = platform.gateway.own.state.peers
    headers = {"Authorization": f"Bearer {await peers.token('workspace', None)}"}
    for _ in range(2):
        assert (await peers.send("workspace", "DELETE", "/internal/demo", headers=headers)).status_code == 204
    assert (await chair.get(CHARTER)).json()["revision"] == 0
    assert (await chair.get(PLAN, params={"year": 2027})).json()["items"] == []
    assert (await chair.get(f"{ROOT}/committees")).json()["total"] == 4
