"""Moving tasks on the board."""

import asyncio

import pytest

from services.workspace.tasks import queries
from tests.people import Person, if_match, pointers
from tests.workspace.conftest import ROOT, THERE, add_task, titles, url_of


async def test_a_task_goes_below_another_to_the_top_or_to_the_end(chair: Person, member: Person):
    a, b, c = [await add_task(chair, title) for title in "ABC"]
    assert await titles(member) == ["A", "B", "C"]
    moved = await member.post(url_of(a, "move"), json={"state": "todo", "after": b["id"]})
    assert moved.status_code == 200
    assert await titles(member) == ["B", "A", "C"]
    await member.post(url_of(c, "move"), json={"state": "todo", "after": None})
    assert await titles(member) == ["C", "B", "A"]
    await member.post(url_of(c, "move"), json={"state": "todo"})
    assert await titles(member) == ["B", "A", "C"]
    await member.post(url_of(a, "move"), json={"state": "doing", "after": None})
    await member.post(url_of(b, "move"), json={"state": "doing", "after": a["id"]})
    assert await titles(member, state="doing") == ["A", "B"]
    assert await titles(member) == ["C", "A", "B"]


async def test_moving_to_where_it_is_changes_nothing(chair: Person):
    a, b = await add_task(chair, "A"), await add_task(chair, "B")
    await chair.post(url_of(b, "move"), json={"state": "todo", "after": a["id"]})
    await chair.post(url_of(a, "move"), json={"state": "todo", "after": None})
    assert await titles(chair) == ["A", "B"]


async def test_another_order_is_no_new_version_another_state_is(chair: Person, member: Person):
    await add_task(chair, "A")
    read = await chair.get(url_of(await add_task(chair, "B")))
    url = url_of(read.json())
    moved = await member.post(f"{url}/move", json={"state": "todo", "after": None})
    assert moved.headers["etag"].split("-")[0] == read.headers["etag"].split("-")[0]
    assert (await chair.patch(url, json={"title": "B2"}, headers=if_match(read))).status_code == 200
    await member.post(f"{url}/move", json={"state": "doing", "after": None})
    assert (await chair.patch(url, json={"title": "B3"}, headers=if_match(moved))).status_code == 412


async def test_after_must_be_in_the_same_column_of_the_same_committee(chair: Person, secretariat: Person):
    task, done = await add_task(chair, "A"), await add_task(chair, "B", state="done")
    elsewhere = (await secretariat.post(f"{THERE}/tasks", json={"title": "C"})).json()
    for after in (done["id"], elsewhere["id"], task["id"], "01932d3e-0000-7000-8000-000000000000", "1", 1):
        assert pointers(await chair.post(url_of(task, "move"), json={"state": "todo", "after": after})) == ["/after"]
    assert pointers(await chair.post(url_of(task, "move"), json={"after": None})) == ["/state"]
    assert pointers(await chair.post(url_of(task, "move"), json={"state": None, "after": None})) == ["/state"]


async def test_twenty_moves_at_once_leave_one_order_of_all(chair: Person, member: Person):
    tasks = [await add_task(chair, f"{number:02}") for number in range(10)]
    answers = await asyncio.gather(
        *[
            (chair, member)[number % 2].post(
                url_of(tasks[number % 10], "move"),
                json={"state": "todo", "after": tasks[0]["id"] if number % 10 else None},
            )
            for number in range(20)
        ]
    )
    assert {answer.status_code for answer in answers} == {200}
    order = await titles(chair)
    assert order[0] == "00"
    assert sorted(order) == [f"{number:02}" for number in range(10)]
    for place, title in enumerate(order[1:], start=1):  # each neighbour is where a move says it is
        follower = tasks[int(title)]
        await chair.post(url_of(follower, "move"), json={"state": "todo", "after": tasks[int(order[place - 1])]["id"]})
    assert await titles(member) == order


async def test_twenty_tasks_added_at_once_have_places_of_their_own(chair: Person):
    await asyncio.gather(*[add_task(chair, f"{number:02}") for number in range(20)])
    order = await titles(chair)
    assert sorted(order) == [f"{number:02}" for number in range(20)]
    first = (await chair.get(f"{ROOT}/tasks", params={"q": order[0]})).json()["items"][0]
    last = (await chair.get(f"{ROOT}/tasks", params={"q": order[-1]})).json()["items"][0]
    await chair.post(url_of(last, "move"), json={"state": "todo", "after": first["id"]})
    assert await titles(chair) == [order[0], order[-1], *order[1:-1]]


async def test_a_column_in_which_places_grew_long_is_spread_anew(chair: Person, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(queries, "LONGEST", 7)
    tasks = [await add_task(chair, title) for title in "ABCDEFGH"]
    expected = list("ABCDEFGH")
    for turn in range(24):
        moving = expected[2 + turn % 6]
        expected.remove(moving)
        expected.insert(1, moving)
        moved = await chair.post(
            url_of(tasks["ABCDEFGH".index(moving)], "move"), json={"state": "todo", "after": tasks[0]["id"]}
        )
        assert moved.status_code == 200
        assert await titles(chair) == expected


async def test_a_patched_state_puts_the_task_at_the_end_of_its_new_column(chair: Person):
    await add_task(chair, "A", state="done")
    read = await chair.get(url_of(await add_task(chair, "B")))
    await chair.patch(url_of(read.json()), json={"state": "done"}, headers=if_match(read))
    assert await titles(chair, state="done") == ["A", "B"]
