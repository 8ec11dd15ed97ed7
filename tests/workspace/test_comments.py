"""What people say about tasks."""

import asyncio
from collections.abc import Mapping

import pytest

from deploy.local.composition import Platform
from tests.people import Person, if_match, pointers, somebody
from tests.workspace.conftest import ROOT, SLUG, add_task, url_of


async def test_a_comment_is_shown_with_who_said_it(chair: Person, member: Person, observer: Person):
    task = await add_task(chair)
    added = await member.post(url_of(task, "comments"), json={"text": "**Listo** para revisar"})
    assert added.status_code == 201
    told = added.json()
    assert added.headers["location"] == url_of(task, "comments", told["id"])
    assert told["text"] == "**Listo** para revisar"
    assert told["text_html"] == "<p><strong>Listo</strong> para revisar</p>\n"
    assert told["author"] == {"user_id": member.user_id, "name": "Member"}
    assert (told["mentions"], told["edited_at"], told["demo"]) == ([], None, False)
    seen = (await observer.get(url_of(task, "comments"))).json()
    assert seen["items"] == [{**told, "may_edit": False, "may_remove": False}]
    assert seen["total"] == 1
    assert (await observer.get(url_of(task))).json()["comments"] == 1


async def test_comments_come_in_the_order_in_which_they_were_said(chair: Person):
    task = await add_task(chair)
    for number in range(5):
        await chair.post(url_of(task, "comments"), json={"text": str(number)})
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        told = (await chair.get(url_of(task, "comments"), params=params)).json()
        seen += [comment["text"] for comment in told["items"]]
        cursor = told["next"]
        if cursor is None:
            break
    assert seen == ["0", "1", "2", "3", "4"]


async def test_what_cannot_be_said_is_refused(chair: Person):
    task = await add_task(chair)
    for text in ("", " \n ", None, 3, "a\u0000b", "\u0007", "\u000b", "\ufffe", "x" * 20_001):
        assert pointers(await chair.post(url_of(task, "comments"), json={"text": text})) == ["/text"]
    assert pointers(await chair.post(url_of(task, "comments"), json={})) == ["/text"]
    assert (await chair.get(url_of(task, "comments"))).json()["total"] == 0


async def test_the_people_mentioned_are_those_of_the_committee(
    platform: Platform, chair: Person, member: Person, foreign_chair: Person
):
    await somebody(platform, "José.Núñez", ("member", f"committee:{SLUG}"))
    task = await add_task(chair)
    text = (
        "¿Qué dicen @Member, @jose\u0301.nu\u0301n\u0303ez. y @foreign-chair? No `@chair`; escribir a a@member.example"
    )
    told = (await chair.post(url_of(task, "comments"), json={"text": text})).json()
    assert [mention["username"] for mention in told["mentions"]] == ["member", "José.Núñez"]
    assert told["mentions"][0] == {"user_id": member.user_id, "username": "member", "name": "Member"}
    assert (await foreign_chair.get(f"{ROOT}/notifications")).json() == {"items": [], "next": None, "unread": 0}


async def test_only_its_author_changes_a_comment_and_the_chair_may_remove_it(
    chair: Person, member: Person, second_member: Person, observer: Person
):
    task = await add_task(chair)
    first = await member.post(url_of(task, "comments"), json={"text": "Antes"})
    url = first.headers["location"]
    assert (await member.patch(url, json={"text": "Después"})).status_code == 428
    for other in (chair, second_member, observer):
        assert (await other.patch(url, json={"text": "A"}, headers=if_match(first))).status_code == 403
    same = await member.patch(url, json={"text": "Antes"}, headers=if_match(first))
    assert same.json()["edited_at"] is None
    changed = await member.patch(url, json={"text": "Después"}, headers=if_match(first))
    assert changed.json()["text"] == "Después"
    assert changed.json()["edited_at"] is not None
    assert (await member.patch(url, json={"text": "A"}, headers=if_match(first))).status_code == 412
    assert pointers(await member.patch(url, json={"text": None}, headers=if_match(changed))) == ["/text"]
    for other in (second_member, observer):
        assert (await other.delete(url, headers=if_match(changed))).status_code == 403
    assert (await chair.delete(url, headers=if_match(first))).status_code == 412
    assert (await chair.delete(url, headers=if_match(changed))).status_code == 204
    assert (await member.get(url)).status_code == 404


async def test_a_comment_is_found_under_its_own_task_only(chair: Person):
    task, other = await add_task(chair), await add_task(chair)
    comment = (await chair.post(url_of(task, "comments"), json={"text": "A"})).json()
    assert (await chair.get(url_of(task, "comments", comment["id"]))).status_code == 200
    url = url_of(other, "comments", comment["id"])
    assert (await chair.get(url)).status_code == 404
    assert (await chair.patch(url, json={"text": "B"}, headers={"If-Match": "*"})).status_code == 404
    assert (await chair.delete(url, headers={"If-Match": "*"})).status_code == 404


async def test_a_comment_sent_ten_times_with_one_key_is_said_once(chair: Person, member: Person):
    task = await add_task(chair, assignees=[member.user_id])
    answers = await asyncio.gather(
        *[
            chair.post(url_of(task, "comments"), json={"text": "Hola @member"}, headers={"Idempotency-Key": "once"})
            for _ in range(10)
        ]
    )
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert (await chair.get(url_of(task, "comments"))).json()["total"] == 1
    kinds = [item["kind"] for item in (await member.get(f"{ROOT}/notifications")).json()["items"]]
    assert kinds == ["mentioned", "assigned"]


@pytest.mark.parametrize(
    ("who", "read", "say"),
    [
        ("public", 401, 401), ("without_grants", 404, 404), ("coordinator", 404, 404), ("respondent", 404, 404),
        ("data_provider", 404, 404), ("foreign_coordinator", 404, 404), ("foreign_chair", 404, 404),
        ("observer", 200, 403), ("member", 200, 201), ("chair", 200, 201), ("secretariat", 200, 201),
    ],
)  # fmt: skip
async def test_who_reads_and_says_what(
    everyone: Mapping[str, Person], foreign_chair: Person, second_member: Person, who: str, read: int, say: int
):
    person = {**everyone, "foreign_chair": foreign_chair}[who]
    task = await add_task(second_member)
    said = await second_member.post(url_of(task, "comments"), json={"text": "Reservado"})
    listed = await person.get(url_of(task, "comments"))
    assert listed.status_code == read
    assert ("Reservado" in listed.text) is (read == 200)
    assert (await person.get(said.headers["location"])).status_code == read
    assert (await person.post(url_of(task, "comments"), json={"text": "Hola @second-member"})).status_code == say
