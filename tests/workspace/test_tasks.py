"""Tasks of a committee, as its people use them."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from tests.people import Person, if_match, pointers
from tests.workspace.conftest import HERE, ROOT, SLUG, THERE, add_task, titles, url_of

WHOLE: dict[str, Any] = {
    "title": "Reunir los estándares de servicio",
    "description": "Ver **todos** los [estándares](https://example.org).",
    "state": "doing",
    "due_on": "2027-03-31",
    "priority": "high",
    "labels": ["M2.2.a", "aduana"],
    "checklist": [{"text": "Pedir a la terminal", "done": True}, {"text": "Comparar", "done": False}],
    "links": [{"kind": "measure", "ref": "M2.2.a"}, {"kind": "indicator", "ref": "VPA-01"}],
}


async def test_a_task_comes_back_as_it_was_written(chair: Person, member: Person):
    added = await chair.post(f"{HERE}/tasks", json={**WHOLE, "assignees": [member.user_id, chair.user_id]})
    assert added.status_code == 201
    told = added.json()
    assert added.headers["location"] == url_of(told)
    assert {name: told[name] for name in WHOLE} == WHOLE
    assert told["assignees"] == [member.user_id, chair.user_id]
    assert told["assigned"] == [
        {"user_id": member.user_id, "name": "Member"}, {"user_id": chair.user_id, "name": "Chair"},
    ]  # fmt: skip
    assert told["committee"] == SLUG
    assert told["created_by"] == {"user_id": chair.user_id, "name": "Chair"}
    assert "<strong>todos</strong>" in told["description_html"]
    assert told["demo"] is False
    read = await chair.get(url_of(told))
    assert read.json() == told
    assert read.headers["etag"] == added.headers["etag"]
    assert read.headers["cache-control"] == "no-store"


async def test_a_task_needs_no_more_than_a_title(member: Person):
    told = await add_task(member, "  Invitar a la universidad ")
    assert told["title"] == "Invitar a la universidad"
    assert (told["state"], told["priority"]) == ("todo", "normal")
    assert told["description"] is None
    assert told["due_on"] is None
    assert told["assignees"] == told["labels"] == told["checklist"] == told["links"] == []


IMPOSSIBLE: list[tuple[str, Any, str]] = [
    ("title", "", "/title"),
    ("title", "   ", "/title"),
    ("title", None, "/title"),
    ("title", 3, "/title"),
    ("title", "a\u0000b", "/title"),
    ("title", "x" * 301, "/title"),
    ("description", "\u000b", "/description"),
    ("description", "x" * 20_001, "/description"),
    ("state", "waiting", "/state"),
    ("priority", "urgent", "/priority"),
    ("due_on", "2026-02-30", "/due_on"),
    ("due_on", "2026-3-1", "/due_on"),
    ("due_on", "2026-03-01T00:00:00Z", "/due_on"),
    ("due_on", 20260301, "/due_on"),
    ("assignees", ["somebody"], "/assignees/0"),
    ("assignees", "somebody", "/assignees"),
    ("labels", [""], "/labels/0"),
    ("labels", ["a", "b", "a"], "/labels/2"),
    ("labels", [["a"]], "/labels/0"),
    ("checklist", [{"text": "a", "done": 1}], "/checklist/0/done"),
    ("checklist", [{"text": "a", "done": "true"}], "/checklist/0/done"),
    ("checklist", [{"done": True}], "/checklist/0/text"),
    ("checklist", [{"text": "a", "doen": True}], "/checklist/0/doen"),
    ("links", [{"kind": "page", "ref": "a"}], "/links/0/kind"),
    ("links", [{"kind": "document", "ref": "../a"}], "/links/0/ref"),
    ("links", [{"kind": "measure", "ref": "M1"}, {"kind": "measure", "ref": "M1"}], "/links/1"),
    ("position", 3, "/position"),
    ("committee", "elsewhere", "/committee"),
]


async def test_what_cannot_be_is_refused_and_named(chair: Person):
    before = await chair.get(url_of(await add_task(chair)))
    for field, value, pointer in IMPOSSIBLE:
        refused = await chair.post(f"{HERE}/tasks", json={"title": "Una tarea", field: value})
        assert pointers(refused) == [pointer], (field, value)
        changed = await chair.patch(url_of(before.json()), json={field: value}, headers=if_match(before))
        assert pointers(changed) == [pointer], (field, value)
    assert (await chair.get(f"{HERE}/tasks")).json()["items"] == [before.json()]


async def test_a_task_is_for_people_of_the_committee_only(
    chair: Person, member: Person, observer: Person, foreign_chair: Person
):
    strangers = [member.user_id, foreign_chair.user_id, observer.user_id, str(uuid4())]
    refused = await chair.post(f"{HERE}/tasks", json={"title": "A", "assignees": strangers})
    assert pointers(refused) == ["/assignees/1", "/assignees/3"]
    before = await chair.get(url_of(await add_task(chair, assignees=[member.user_id])))
    changed = await chair.patch(
        url_of(before.json()), json={"assignees": [foreign_chair.user_id]}, headers=if_match(before)
    )
    assert pointers(changed) == ["/assignees/0"]
    twice = await chair.post(f"{HERE}/tasks", json={"title": "A", "assignees": [member.user_id, member.user_id]})
    assert pointers(twice) == ["/assignees/1"]


async def test_null_clears_nothing_changes_nothing(chair: Person, member: Person):
    first = await chair.get(url_of(await add_task(chair, **{**WHOLE, "assignees": [member.user_id]})))
    url = url_of(first.json())
    same = await chair.patch(url, json={}, headers=if_match(first))
    assert same.json() == first.json()
    assert same.headers["etag"] == first.headers["etag"]
    again = await chair.patch(url, json={"title": WHOLE["title"], "labels": WHOLE["labels"]}, headers=if_match(first))
    assert again.headers["etag"] == first.headers["etag"]
    cleared = await chair.patch(
        url,
        json=dict.fromkeys(("description", "due_on", "assignees", "labels", "checklist", "links")),
        headers={**if_match(first), "Content-Type": "application/merge-patch+json"},
    )
    told = cleared.json()
    assert told["description"] is None
    assert told["due_on"] is None
    assert told["description_html"] == ""
    assert told["assignees"] == told["labels"] == told["checklist"] == told["links"] == []
    required = await chair.patch(url, json={"title": None, "state": None, "priority": None}, headers=if_match(cleared))
    assert pointers(required) == ["/priority", "/state", "/title"]
    assert len((await chair.get(f"{url}/history")).json()["items"]) == 2


async def test_a_change_needs_the_version_that_was_read(chair: Person, member: Person):
    first = await chair.get(url_of(await add_task(chair)))
    url = url_of(first.json())
    assert (await chair.patch(url, json={"title": "A"})).status_code == 428
    assert (await chair.delete(url)).status_code == 428
    second = await member.patch(url, json={"title": "B"}, headers=if_match(first))
    assert second.status_code == 200
    for stale in (first.headers["etag"], f"W/{second.headers['etag']}", '"0"', '"99-abc", "1-x"'):
        assert (await chair.patch(url, json={"title": "C"}, headers={"If-Match": stale})).status_code == 412
        assert (await chair.delete(url, headers={"If-Match": stale})).status_code == 412
    assert (await chair.get(url)).json()["title"] == "B"
    assert (await chair.patch(url, json={"title": "D"}, headers={"If-Match": "*"})).status_code == 200


async def test_of_two_changes_to_one_version_exactly_one_is_made(chair: Person, member: Person):
    read = await chair.get(url_of(await add_task(chair)))
    url = url_of(read.json())
    for turn in range(20):
        answers = await asyncio.gather(
            chair.patch(url, json={"title": f"chair {turn}"}, headers=if_match(read)),
            member.patch(url, json={"description": f"member {turn}"}, headers=if_match(read)),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 412]
        read = await chair.get(url)
    assert len((await chair.get(f"{url}/history")).json()["items"]) == 21


async def test_a_change_and_a_removal_at_once_do_not_both_happen(chair: Person, member: Person):
    for _ in range(5):
        read = await chair.get(url_of(await add_task(chair)))
        url = url_of(read.json())
        removed, changed = await asyncio.gather(
            chair.delete(url, headers=if_match(read)),
            member.patch(url, json={"priority": "low"}, headers=if_match(read)),
        )
        assert (removed.status_code, changed.status_code) in ((204, 404), (412, 200))


async def test_twenty_posts_with_one_key_make_one_task(chair: Person, member: Person):
    body = {"title": "Una sola vez", "assignees": [member.user_id]}
    answers = await asyncio.gather(
        *[chair.post(f"{HERE}/tasks", json=body, headers={"Idempotency-Key": "once"}) for _ in range(20)]
    )
    made = [answer for answer in answers if answer.status_code == 201]
    assert made
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.text for answer in made}) == 1
    assert len({answer.headers["location"] for answer in made}) == 1
    assert len({answer.headers["etag"] for answer in made}) == 1
    assert await titles(chair) == ["Una sola vez"]
    assert (await member.get(f"{ROOT}/notifications")).json()["unread"] == 1
    other = await chair.post(f"{HERE}/tasks", json={"title": "Otra"}, headers={"Idempotency-Key": "once"})
    assert other.status_code == 422


async def test_the_history_tells_who_changed_what(chair: Person, member: Person, observer: Person):
    first = await chair.get(url_of(await add_task(chair, "Antes")))
    url = url_of(first.json())
    await member.patch(
        url, json={"title": "Después", "assignees": [member.user_id], "priority": "normal"}, headers=if_match(first)
    )
    await chair.post(f"{url}/move", json={"state": "review", "after": None})
    told = (await observer.get(f"{url}/history")).json()
    assert [(entry["actor"]["name"], entry["action"]) for entry in told["items"]] == [
        ("Chair", "created"), ("Member", "changed"), ("Chair", "moved"),
    ]  # fmt: skip
    assert told["items"][1]["changes"] == [
        {"field": "title", "from": "Antes", "to": "Después"},
        {"field": "assignees", "from": [], "to": [member.user_id]},
    ]
    assert told["items"][2]["changes"] == [{"field": "state", "from": "todo", "to": "review"}]
    assert told["people"] == {member.user_id: "Member"}
    part = (await observer.get(f"{url}/history", params={"limit": 2})).json()
    rest = (await observer.get(f"{url}/history", params={"limit": 2, "cursor": part["next"]})).json()
    assert part["items"] + rest["items"] == told["items"]


async def test_a_list_is_narrowed(chair: Person, member: Person):
    today = datetime.now(ZoneInfo("America/Caracas")).date()
    day = timedelta(days=1)
    await add_task(chair, "Ayer", due_on=str(today - day), assignees=[member.user_id], labels=["agua"])
    await add_task(chair, "Ayer, hecha", due_on=str(today - day), state="done", assignees=[member.user_id])
    await add_task(chair, "Hoy", due_on=str(today), labels=["agua", "100%"])
    await add_task(chair, "Sin fecha", description="Asociación de Agentes")
    assert await titles(chair, overdue="true") == ["Ayer"]
    assert await titles(chair, overdue="false") == ["Hoy", "Sin fecha", "Ayer, hecha"]
    assert await titles(chair, state="done") == ["Ayer, hecha"]
    assert await titles(chair, state="todo,doing") == ["Ayer", "Hoy", "Sin fecha"]
    assert await titles(chair, assignee=member.user_id) == ["Ayer", "Ayer, hecha"]
    assert await titles(member, assignee="me", state="todo") == ["Ayer"]
    assert await titles(member, assignee="none") == ["Hoy", "Sin fecha"]
    assert await titles(chair, label="agua") == ["Ayer", "Hoy"]
    assert await titles(chair, label="Agua") == []
    assert await titles(chair, due_until=str(today)) == ["Ayer", "Hoy", "Ayer, hecha"]
    for written in ("asociacion", "Asociación", "Asociacio\u0301n", "AGENTES de"):
        assert await titles(chair, q=written) == ["Sin fecha"]
    assert await titles(chair, q="%") == ["Hoy"]
    assert await titles(chair, q="_") == []
    assert await titles(chair, q="'\":*\\ & | !") == []
    overdue = {task["title"]: task["overdue"] for task in (await chair.get(f"{HERE}/tasks")).json()["items"]}
    assert overdue == {"Ayer": True, "Ayer, hecha": False, "Hoy": False, "Sin fecha": False}


SENSELESS = (
    ("state", "waiting"), ("state", "todo,waiting"), ("state", ""), ("assignee", "somebody"), ("overdue", "perhaps"),
    ("overdue", "2"), ("due_until", "tomorrow"), ("q", "x" * 201), ("q", "\x00"), ("limit", "0"), ("limit", "201"),
    ("limit", "99999999999999999999"), ("cursor", "x"), ("page", "2"),
)  # fmt: skip


async def test_an_impossible_question_is_refused(member: Person):
    for name, value in SENSELESS:
        for url in (f"{HERE}/tasks", f"{ROOT}/tasks"):
            assert pointers(await member.get(url, params={name: value})) == [f"/{name}"]


async def test_text_is_kept_in_one_spelling(member: Person):
    told = await add_task(member, "Asociacio\u0301n", labels=["cafe\u0301"])
    assert told["title"] == "Asociaci\u00f3n"
    for spelling in ("caf\u00e9", "cafe\u0301"):
        assert await titles(member, label=spelling) == ["Asociaci\u00f3n"]


async def test_parts_neither_skip_nor_repeat_while_the_list_changes(chair: Person, member: Person):
    tasks = [await add_task(chair, f"{number:03}") for number in range(30)]
    staying = {task["id"] for index, task in enumerate(tasks) if index % 7}
    seen: list[str] = []
    cursor: str | None = None
    for turn in range(100):
        params = {"limit": "4", **({"cursor": cursor} if cursor else {})}
        told = (await member.get(f"{HERE}/tasks", params=params)).json()
        seen += [task["id"] for task in told["items"]]
        cursor = told["next"]
        if cursor is None:
            break
        gone = tasks[turn * 7] if turn * 7 < len(tasks) else None
        if gone is not None:
            await chair.delete(url_of(gone), headers={"If-Match": "*"})
        new = await add_task(chair, f"new {turn}")
        await chair.post(url_of(new, "move"), json={"state": "todo", "after": tasks[turn * 3 + 1]["id"]})
    assert [identifier for identifier in seen if identifier in staying] == [
        task["id"] for task in tasks if task["id"] in staying
    ]
    assert len(seen) == len(set(seen))


async def test_a_cursor_grants_nothing(chair: Person, foreign_chair: Person):
    for number in range(3):
        await add_task(chair, str(number))
    cursor = (await chair.get(f"{ROOT}/tasks", params={"limit": 1})).json()["next"]
    assert pointers(await foreign_chair.get(f"{ROOT}/tasks", params={"limit": 1, "cursor": cursor})) == ["/cursor"]
    assert pointers(await chair.get(f"{ROOT}/tasks", params={"cursor": cursor, "q": "a"})) == ["/cursor"]


async def test_ones_own_tasks_come_by_their_due_date(chair: Person, member: Person, secretariat: Person):
    await add_task(chair, "Sin fecha", assignees=[member.user_id])
    await add_task(chair, "Después", due_on="2027-06-01", assignees=[member.user_id])
    await add_task(chair, "Antes", due_on="2027-01-01", assignees=[chair.user_id, member.user_id])
    await add_task(chair, "De otra persona", due_on="2027-01-01", assignees=[chair.user_id])
    elsewhere = await secretariat.post(f"{THERE}/tasks", json={"title": "En otro comité"})
    assert elsewhere.status_code == 201
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"assignee": "me", "limit": "1", **({"cursor": cursor} if cursor else {})}
        told = (await member.get(f"{ROOT}/tasks", params=params)).json()
        assert told["total"] == 3
        seen += [task["title"] for task in told["items"]]
        cursor = told["next"]
        if cursor is None:
            break
    assert seen == ["Antes", "Después", "Sin fecha"]
    assert (await member.get(f"{ROOT}/tasks")).json()["total"] == 4
    assert (await secretariat.get(f"{ROOT}/tasks")).json()["total"] == 5
    assert (await secretariat.get(f"{ROOT}/tasks", params={"committee": SLUG})).json()["total"] == 4


async def test_a_task_that_is_none_is_not_found(chair: Person):
    for name in ("1", "99999999999999999999999999", "01932d3e-0000-7000-8000-000000000000", "x" * 300, "null"):
        url = f"{ROOT}/tasks/{name}"
        for path in (url, f"{url}/comments", f"{url}/history", f"{url}/comments/{name}"):
            assert (await chair.get(path)).status_code == 404
        assert (await chair.patch(url, json={"title": "A"}, headers={"If-Match": "*"})).status_code == 404
        assert (await chair.delete(url, headers={"If-Match": "*"})).status_code == 404
        assert (await chair.post(f"{url}/move", json={"state": "done", "after": None})).status_code == 404
        assert (await chair.post(f"{url}/comments", json={"text": "A"})).status_code == 404


PERMISSIONS: Mapping[str, tuple[int, int, int, int, int, int, int]] = {
    #                 list  add  read edit move remove-another's history
    "public": (401, 401, 401, 401, 401, 401, 401),
    "without_grants": (404, 404, 404, 404, 404, 404, 404),
    "coordinator": (403, 403, 404, 404, 404, 404, 404),
    "foreign_coordinator": (403, 403, 404, 404, 404, 404, 404),
    "respondent": (403, 403, 404, 404, 404, 404, 404),
    "data_provider": (403, 403, 404, 404, 404, 404, 404),
    "foreign_chair": (403, 403, 404, 404, 404, 404, 404),
    "observer": (200, 403, 200, 403, 403, 403, 200),
    "member": (200, 201, 200, 200, 200, 403, 200),
    "chair": (200, 201, 200, 200, 200, 204, 200),
    "secretariat": (200, 201, 200, 200, 200, 204, 200),
}


@pytest.mark.parametrize("who", PERMISSIONS)
async def test_who_may_do_what_with_tasks(
    everyone: Mapping[str, Person], foreign_chair: Person, second_member: Person, who: str
):
    person = {**everyone, "foreign_chair": foreign_chair}[who]
    task = await add_task(second_member, "Asunto interno")
    url = url_of(task)
    answers = (
        await person.get(f"{HERE}/tasks"),
        await person.post(f"{HERE}/tasks", json={"title": "Otra"}),
        await person.get(url),
        await person.patch(url, json={"priority": "high"}, headers={"If-Match": "*"}),
        await person.post(f"{url}/move", json={"state": "doing", "after": None}),
        await person.get(f"{url}/history"),
        await person.delete(url, headers={"If-Match": "*"}),
    )
    expected = PERMISSIONS[who]
    assert tuple(answer.status_code for answer in answers) == (*expected[:5], expected[6], expected[5])
    if expected[2] != 200:
        assert all("Asunto interno" not in answer.text for answer in answers)
        assert task["id"] not in answers[0].text
    if who not in ("public", "observer", "member", "chair", "secretariat"):
        assert (await person.get(f"{ROOT}/tasks")).json() == {"items": [], "next": None, "total": 0}


async def test_members_remove_their_own_tasks_and_see_that_they_may(member: Person, second_member: Person):
    own, other = await add_task(member), await add_task(second_member)
    told = {task["id"]: task["may_remove"] for task in (await member.get(f"{HERE}/tasks")).json()["items"]}
    assert told == {own["id"]: True, other["id"]: False}
    assert (await member.delete(url_of(own), headers={"If-Match": "*"})).status_code == 204
    assert (await member.delete(url_of(other), headers={"If-Match": "*"})).status_code == 403
    assert (await member.get(url_of(own))).status_code == 404
