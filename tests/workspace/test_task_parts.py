"""Tasks that come again, the files that are kept with a task, and lists as people sort them and take them home."""

import asyncio
import csv
import hashlib
import io
import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text

from deploy.local.composition import Platform
from services.workspace.tasks.repeating import follow_when_passed
from tests.people import Person, if_match, pointers
from tests.workspace.conftest import HERE, ROOT, add_task, titles, url_of
from tests.workspace.files import HTML, pdf, send_file

CARACAS = ZoneInfo("America/Caracas")
ANSWERS = {200: "r", 403: "x", 404: "-", 401: "0"}


async def patched(by: Person, task: Mapping[str, Any], **changes: Any) -> Any:
    current = await by.get(f"{ROOT}/tasks/{task['id']}")
    return await by.patch(f"{ROOT}/tasks/{task['id']}", json=changes, headers=if_match(current))


async def test_a_task_comes_again_exactly_once_when_it_is_done_or_its_day_has_passed(
    platform: Platform, chair: Person, member: Person
):
    today = datetime.now(CARACAS).date()
    for wrong, pointer in (
        ({"rrule": "FREQ=WEEKLY"}, "/due_on"),
        ({"rrule": "each week", "due_on": "2027-01-04"}, "/rrule"),
        ({"rrule": "FREQ=HOURLY", "due_on": "2027-01-04"}, "/rrule"),
        ({"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "due_on": "2027-01-04"}, "/rrule"),
        ({"rrule": "FREQ=WEEKLY;UNTIL=20261231", "due_on": "2027-01-04"}, "/rrule"),
        ({"rrule": "FREQ=WEEKLY", "due_on": "9999-12-31"}, "/due_on"),
        ({"rrule": 7, "due_on": "2027-01-04"}, "/rrule"),
    ):
        refused = await chair.post(f"{HERE}/tasks", json={"title": "Acta mensual", **wrong})
        assert pointers(refused) == [pointer], wrong
    first = await add_task(
        chair, "Acta mensual", due_on="2027-01-31", rrule=" rrule:freq=monthly;bymonthday=28,29,30,31;bysetpos=-1;count=3 ",
        assignees=[member.user_id], labels=["actas"], checklist=[{"text": "Enviar", "done": True}],
    )  # fmt: skip
    assert first["rrule"] == "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1;COUNT=3"
    assert first["follows"] is first["followed_by"] is None
    moved = await member.post(url_of(first, "move"), json={"state": "done"})
    second = (await chair.get(f"{ROOT}/tasks/{moved.json()['followed_by']}")).json()
    assert (second["due_on"], second["state"], second["follows"]) == ("2027-02-28", "todo", first["id"])
    assert second["checklist"] == [{"text": "Enviar", "done": False}] and second["assignees"] == [member.user_id]
    again = await patched(chair, first, state="doing")
    assert again.json()["followed_by"] == second["id"]
    assert (await patched(chair, first, state="done")).json()["followed_by"] == second["id"]
    assert pointers(await patched(chair, first, rrule=None)) == ["/rrule"], "the rule has moved on"
    kinds = [one["kind"] for one in (await member.get(f"{ROOT}/notifications")).json()["items"]]
    assert kinds.count("recurred") == 1
    third = (await patched(chair, second, state="cancelled")).json()["followed_by"]
    last = (await chair.get(f"{ROOT}/tasks/{third}")).json()
    assert last["due_on"] == "2027-03-31"
    assert (await patched(chair, last, state="done")).json()["followed_by"] is None, "three times and no more"
    done_at = [entry["action"] for entry in (await chair.get(url_of(first, "history"))).json()["items"]]
    assert done_at[:3] == ["created", "moved", "followed"]

    late = await add_task(chair, "Respaldo", due_on=str(today - timedelta(days=10)), rrule="FREQ=WEEKLY")
    postponed = await add_task(chair, "Informe", due_on=str(today + timedelta(days=1)), rrule="FREQ=DAILY;INTERVAL=5")
    assert (await patched(chair, postponed, due_on=str(today + timedelta(days=3)))).status_code == 200
    service = platform.services["workspace"].state
    await asyncio.gather(
        *(
            follow_when_passed(service.database, UUID(late["id"]), today - timedelta(days=10), CARACAS)
            for _ in range(8)
        ),
        patched(member, late, state="done"),
    )
    await platform.run_jobs()
    series = [task for task in (await chair.get(f"{HERE}/tasks")).json()["items"] if task["title"] == "Respaldo"]
    assert sorted((task["state"], task["due_on"]) for task in series) in (
        [("done", str(today - timedelta(days=10))), ("todo", str(today + timedelta(days=4)))],
        [("todo", str(today - timedelta(days=10))), ("todo", str(today + timedelta(days=4)))],
    ), "one next, and none of the weeks that were missed"
    following = (await patched(chair, postponed, state="done")).json()["followed_by"]
    assert (await chair.get(f"{ROOT}/tasks/{following}")).json()["due_on"] == str(today + timedelta(days=8))
    current = await chair.get(f"{ROOT}/tasks/{following}")
    assert (await chair.delete(f"{ROOT}/tasks/{following}", headers=if_match(current))).status_code == 204
    assert (await patched(chair, postponed, state="doing")).status_code == 200
    assert (await patched(chair, postponed, state="done")).json()["followed_by"] == following, "removed is removed"
    assert await titles(chair, q="Informe") == ["Informe"]


async def test_a_board_comes_whole_with_one_question(everyone: Mapping[str, Person]):
    chair, member = everyone["chair"], everyone["member"]
    task = await add_task(
        chair, 'Con "comillas" y ñ', state="doing", due_on="2020-01-01", labels=["x"], rrule="FREQ=YEARLY",
        assignees=[member.user_id, chair.user_id], checklist=[{"text": "a", "done": True}, {"text": "b"}],
    )  # fmt: skip
    await member.post(url_of(task, "comments"), json={"text": "Sí"})
    await send_file(member, b"a", "a.txt", to=url_of(task, "attachments"))
    await add_task(chair, "Otra")
    told = (await member.get(f"{HERE}/board")).json()
    assert (told["total"], told["may_edit"]) == (2, True)
    assert told["people"] == {member.user_id: "Member", chair.user_id: "Chair"}
    assert [card["title"] for card in told["items"]] == ["Otra", 'Con "comillas" y ñ']
    assert told["items"][1] == {
        "id": task["id"], "title": 'Con "comillas" y ñ', "state": "doing", "due_on": "2020-01-01", "overdue": True,
        "priority": "normal", "labels": ["x"], "assignees": [member.user_id, chair.user_id], "checklist_done": 1,
        "checklist_total": 2, "comments": 1, "attachments": 1, "repeats": True, "demo": False,
    }  # fmt: skip
    found = (await member.get(f"{HERE}/board", params={"label": "x", "overdue": "true", "q": "comillas"})).json()
    assert [card["id"] for card in found["items"]] == [task["id"]]
    assert (await chair.get(f"{HERE}/board", params={"q": "nowhere"})).json()["items"] == []
    assert (await everyone["observer"].get(f"{HERE}/board")).json()["may_edit"] is False
    seen = {role: (await person.get(f"{HERE}/board")).status_code for role, person in everyone.items()}
    inside = {"secretariat", "chair", "member", "observer"}
    assert {role for role, status in seen.items() if status == 200} == inside
    assert {status for role, status in seen.items() if role not in inside} <= {401, 403, 404}
    assert (await everyone["secretariat"].get(HERE.replace("research", "other") + "/board")).status_code == 404


async def test_files_of_a_task_are_for_those_who_see_it_and_go_with_it(
    platform: Platform, everyone: Mapping[str, Person]
):
    chair, member = everyone["chair"], everyone["member"]
    task = await add_task(chair)
    to = url_of(task, "attachments")
    content = pdf("Cotización de la grúa")
    added = (await send_file(member, content, "Cotización <1>.pdf", to=to)).json()
    assert (added["media_type"], added["size"]) == ("application/pdf", len(content))
    assert added["sha256"] == hashlib.sha256(content).hexdigest()
    assert added["added_by"]["user_id"] == member.user_id
    seen = {}
    for role, person in everyone.items():
        statuses = [(await person.get(url)).status_code for url in (to, added["content"])]
        assert statuses[0] == statuses[1], role
        seen[role] = ANSWERS[statuses[0]]
    assert {role for role, answer in seen.items() if answer == "r"} == {"secretariat", "chair", "member", "observer"}
    assert set(seen.values()) == {"r", "-", "0"}
    assert (await everyone["respondent"].post(to, files={"file": ("a.pdf", content)})).status_code == 404
    fetched = await member.get(added["content"], headers={"Range": "bytes=0-7"})
    assert (fetched.status_code, fetched.content) == (206, content[:8])
    whole = await member.get(added["content"])
    assert whole.content == content
    assert whole.headers["content-disposition"].startswith("attachment;")
    assert "sandbox" in whole.headers["content-security-policy"] and whole.headers["cache-control"] == "no-store"
    page = (await send_file(chair, HTML, "pagina.html", to=to)).json()
    assert (await chair.get(page["content"])).headers["content-disposition"].startswith("attachment;")
    for name, sent in (
        ("virus.exe", b"MZ" + bytes(200)),
        ("acta.pdf", b"#!/bin/sh\n"),
        ("hoja.xlsm", b"PK\x03\x04"),
        ("a.pdf", b""),
    ):
        assert pointers(await send_file(member, sent, name, to=to, status=422)) == ["/file"], name
    twice = [
        (await send_file(chair, b"una vez", "a.txt", to=to, headers={"Idempotency-Key": "k1"})).json() for _ in range(2)
    ]
    assert twice[0] == twice[1]
    other = await send_file(chair, b"otra cosa", "a.txt", to=to, headers={"Idempotency-Key": "k1"}, status=422)
    assert other.status_code == 422
    assert (await chair.delete(f"{to}/{twice[0]['id']}")).status_code == 204
    assert (await member.get(url_of(task))).json()["attachments"] == 2
    history = (await member.get(url_of(task, "history"))).json()["items"]
    assert history[1]["changes"] == [{"field": "attachments", "from": None, "to": [added["file_name"]]}]
    await send_file(member, b"x", "plan_de-dragado.txt", to=to)
    for person, number in ((member, 1), (everyone["respondent"], 0)):
        found = await person.get(f"{ROOT}/search", params={"q": "dragado", "kind": "task"})
        assert found.json()["total"] == number, "a task is found by the names of its files"
    own, others = f"{to}/{added['id']}", f"{to}/{page['id']}"
    assert [(await member.delete(url)).status_code for url in (others, own, own)] == [403, 204, 404]
    assert (await chair.get(added["content"])).status_code == 404
    current = await chair.get(url_of(task))
    assert (await chair.delete(url_of(task), headers=if_match(current))).status_code == 204
    assert (await chair.get(page["content"])).status_code == 404
    async with platform.services["workspace"].state.database.engine.connect() as connection:
        jobs = "SELECT convert_from(payload, 'UTF8') FROM workspace.pgqueuer WHERE entrypoint = 'forget_file'"
        forgotten = [json.loads(row)["sha256"] for row in (await connection.execute(text(jobs))).scalars()]
        left = (await connection.execute(text("SELECT count(*) FROM workspace.attachments"))).scalar()
    assert left == 0
    assert forgotten.count(page["sha256"]) == 2, "once when it came, once when its task went"


async def test_lists_are_sorted_and_taken_along_as_a_table(chair: Person, member: Person, secretariat: Person):
    day = date(2027, 5, 1)
    for title, priority, due, state in (
        ("Ámbar", "low", day, "doing"),
        ("=cmd|' /C calc'!A0", "high", None, "todo"),
        ("bandera", "normal", day - timedelta(days=1), "todo"),
        ("Casco", "high", day + timedelta(days=1), "done"),
    ):
        await add_task(
            chair, title, priority=priority, due_on=str(due) if due else None, state=state, labels=["a", "b"],
            assignees=[member.user_id, chair.user_id] if title == "Casco" else [],
        )  # fmt: skip
    danger = "=cmd|' /C calc'!A0"
    for sort, wanted in {
        "board": [danger, "bandera", "Ámbar", "Casco"],
        "title": [danger, "Ámbar", "bandera", "Casco"],
        "-title": ["Casco", "bandera", "Ámbar", danger],
        "due_on": ["bandera", "Ámbar", "Casco", danger],
        "priority": ["Casco", danger, "bandera", "Ámbar"],
        "-updated_at": ["Casco", "bandera", danger, "Ámbar"],
        "state": ["bandera", danger, "Ámbar", "Casco"],
    }.items():
        found, cursor = [], None
        while True:
            part = (
                await member.get(
                    f"{HERE}/tasks",
                    params={"sort": sort, "limit": "3", "cursor": cursor} if cursor else {"sort": sort, "limit": "3"},
                )
            ).json()
            found += [task["title"] for task in part["items"]]
            cursor = part["next"]
            if cursor is None:
                break
        if sort == "-updated_at":
            assert len(set(found)) == 4
        else:
            assert found == wanted, sort
    assert pointers(await member.get(f"{HERE}/tasks", params={"sort": "colour"})) == ["/sort"]
    for ask in (
        {"params": {"format": "csv", "sort": "title", "limit": "1"}},
        {"params": {"sort": "title"}, "headers": {"Accept": "text/csv"}},
    ):
        told = await member.get(f"{HERE}/tasks", **ask)
        assert told.headers["content-type"] == "text/csv; charset=utf-8"
        assert "tasks-research-and-innovation.csv" in told.headers["content-disposition"]
        assert told.headers["cache-control"] == "no-store"
        rows = list(csv.DictReader(io.StringIO(told.text)))
        assert [row["title"] for row in rows] == ["'" + danger, "Ámbar", "bandera", "Casco"]
        assert (rows[3]["assignees"], rows[3]["labels"]) == ("Member; Chair", "a; b")
    mine = await member.get(f"{ROOT}/tasks", params={"assignee": "me", "format": "csv"})
    assert [row["title"] for row in csv.DictReader(io.StringIO(mine.text))] == ["Casco"]
    assert pointers(await member.get(f"{ROOT}/tasks", params={"format": "xlsx"})) == ["/format"]
