"""What people are told: once each, with the reason, never of their own acts."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete

from deploy.local.composition import Platform
from gateway.tables import RoleGrant
from gateway.visitors import tell_changed
from shared.ending import begin_to_end
from tests.people import OPERATOR, Person, if_match, pointers, somebody
from tests.workspace.conftest import OTHER, ROOT, SLUG, Outbox, add_task, url_of

URL = f"{ROOT}/notifications"


async def told(person: Person, **params: str) -> list[dict[str, Any]]:
    answer = await person.get(URL, params=params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def kinds(person: Person) -> list[tuple[str, str]]:
    """Kind and reason of each, the oldest first."""
    return [(item["kind"], item["why"]) for item in reversed(await told(person))]


async def test_whoever_gets_a_task_is_told_by_whom_and_why(chair: Person, member: Person):
    task = await add_task(chair, "Reunir estándares", assignees=[member.user_id, chair.user_id])
    [item] = await told(member)
    assert (item["kind"], item["why"]) == ("assigned", "assignee")
    assert item["text"] == "Chair le asignó la tarea «Reunir estándares»."
    assert item["because"] == "Recibe este aviso porque la tarea está a su cargo."
    assert item["task"] == {"id": task["id"], "title": "Reunir estándares"}
    assert (item["actor"], item["committee"], item["read"], item["demo"]) == ("Chair", SLUG, False, False)
    assert await told(chair) == []
    [english] = await told(member, lang="en")
    assert english["text"] == "Chair assigned the task “Reunir estándares” to you."


async def test_people_are_told_of_their_seats_and_of_the_end_of_them(
    platform: Platform, secretariat: Person, chair: Person, member: Person, observer: Person, outbox: Outbox
):
    grants, scope = "/api/v1/identity/grants", f"committee:{SLUG}"
    newcomer = await somebody(platform, "newcomer", ("respondent", "community:mx-manzanillo"), locale="en")
    english = {"lang": "en"}
    given = await secretariat.post(grants, json={"user": newcomer.user_id, "role": "observer", "scope": scope})
    assert given.status_code == 201, given.text
    again = await secretariat.post(grants, json={"user": newcomer.user_id, "role": "observer", "scope": scope})
    assert again.status_code == 409
    force = {"name": "Ventanilla única", "mandate": "Comparar", "ends_on": "2031-01-01", "parent": SLUG,
             "members": [member.user_id, newcomer.user_id]}  # fmt: skip
    made = await chair.post(f"{ROOT}/committees", json=force)
    assert made.status_code == 201, made.text
    for _ in range(2):
        await platform.run_jobs()
    items = list(reversed(await told(newcomer, **english)))
    assert [(item["kind"], item["why"], item["text"], item["link"]) for item in items] == [
        ("seated", "seat", "Secretary gave you a seat in “Research and Innovation”: observer.", f"/committees/{SLUG}"),
        ("seated", "seat", "Chair gave you a seat in “Ventanilla única”: member.", "/committees/ventanilla-unica"),
    ]
    assert items[0]["because"] == "You get this because it is about your own seat in the committee."
    assert [item["text"] for item in await told(member)] == ["Chair le dio un lugar en «Ventanilla única»: miembro."]
    assert await told(chair) == [], "whoever founds a task force is not told that they chair it"
    mails = outbox.to("newcomer")
    assert sorted(mail["Subject"] for mail in mails) == sorted(item["text"] for item in items)
    assert "about your own seat" in mails[0].get_content()
    promoted = await chair.post(grants, json={"user": observer.user_id, "role": "member", "scope": scope})
    assert promoted.status_code == 201
    silent = {"kinds": {"seated": {"in_app": False, "email": "never"}}, "committees": {SLUG: {"muted": True}}}
    assert (await member.put(f"{URL}/preferences", json=silent)).status_code == 200
    for user, role in ((member.user_id, "observer"), (newcomer.user_id, "chair")):
        assert (await chair.post(grants, json={"user": user, "role": role, "scope": scope})).status_code == 201
    held = (await secretariat.get(grants, params={"user": newcomer.user_id, "scope": scope})).json()["items"]
    for grant in held:
        assert (await secretariat.delete(f"{grants}/{grant['id']}")).status_code == 204
    own = (await chair.get(grants, params={"user": chair.user_id, "scope": scope})).json()["items"]
    assert (await chair.delete(f"{grants}/{own[0]['id']}")).status_code == 204
    for _ in range(2):
        await platform.run_jobs()
    assert [item["text"] for item in await told(observer)] == [
        "Chair le dio un lugar en «Investigación e Innovación»: miembro."
    ]
    assert len(await told(member)) == 1, "a silent committee is silent"
    assert await told(chair) == [], "who leaves by themselves is not told"
    after = await told(newcomer, **english)
    ended = [item for item in after if item["kind"] == "unseated"]
    assert {item["text"] for item in ended} == {
        f"Secretary ended your seat in “Research and Innovation”: {role}." for role in ("observer", "chair")
    }
    assert {item["link"] for item in ended} == {None}
    assert [item["kind"] for item in after].count("seated") == 1, "only of the task force, in which they still are"
    subjects = [mail["Subject"] for mail in outbox.to("newcomer")]
    assert len(subjects) == len(set(subjects)) == 4, subjects
    assert sum("ended your seat" in subject for subject in subjects) == 2, subjects


async def test_each_event_is_told_once_to_each_and_not_to_its_author(
    chair: Person, member: Person, second_member: Person, observer: Person
):
    read = await chair.get(url_of(await add_task(chair, assignees=[member.user_id])))
    url = url_of(read.json())
    both = {"assignees": [member.user_id, second_member.user_id], "state": "doing"}
    read = await member.patch(url, json=both, headers=if_match(read))
    assert await kinds(chair) == [("moved", "creator")]
    assert await kinds(member) == [("assigned", "assignee")]
    assert await kinds(second_member) == [("assigned", "assignee")]
    await second_member.post(f"{url}/comments", json={"text": "@member @chair @member @observer @second-member"})
    assert await kinds(chair) == [("moved", "creator"), ("mentioned", "mentioned")]
    assert await kinds(member) == [("assigned", "assignee"), ("mentioned", "mentioned")]
    assert await kinds(observer) == [("mentioned", "mentioned")]
    assert await kinds(second_member) == [("assigned", "assignee")]
    await chair.post(f"{url}/comments", json={"text": "De acuerdo"})
    assert (await kinds(member))[-1] == (await kinds(second_member))[-1] == ("commented", "assignee")
    await second_member.post(f"{url}/comments", json={"text": "Bien"})
    assert (await kinds(chair))[-1] == ("commented", "creator")
    await second_member.post(f"{url}/move", json={"state": "doing", "after": None})
    await second_member.patch(url, json={"title": "Otro título"}, headers=if_match(read))
    assert [len(await told(person)) for person in (chair, member, second_member, observer)] == [3, 4, 2, 1]
    assert {item["task"]["title"] for item in await told(member)} == {"Otro título"}


async def test_a_changed_comment_tells_only_whom_it_did_not_mention_before(
    chair: Person, member: Person, second_member: Person
):
    task = await add_task(chair)
    said = await chair.post(url_of(task, "comments"), json={"text": "@member"})
    await chair.patch(said.headers["location"], json={"text": "@member @second-member"}, headers=if_match(said))
    assert await kinds(member) == await kinds(second_member) == [("mentioned", "mentioned")]


async def test_read_is_read(chair: Person, member: Person):
    for title in "ABC":
        await add_task(chair, title, assignees=[member.user_id])
    newest, middle, oldest = await told(member)
    assert [item["task"]["title"] for item in (newest, middle, oldest)] == ["C", "B", "A"]
    for _ in range(2):
        once = await member.post(f"{URL}/{middle['id']}/read")
        assert once.status_code == 200
        assert once.json()["read"] is True
    answer = (await member.get(URL, params={"unread": "true"})).json()
    assert [item["id"] for item in answer["items"]] == [newest["id"], oldest["id"]]
    assert answer["unread"] == 2
    assert (await member.post(f"{URL}/read", json={"up_to": middle["id"]})).json() == {"unread": 1}
    assert (await member.post(f"{URL}/read")).json() == {"unread": 0}
    assert (await member.post(f"{URL}/read", json={})).json() == {"unread": 0}
    assert all(item["read"] for item in await told(member))


async def test_notifications_come_in_parts(chair: Person, member: Person):
    for title in "ABCDE":
        await add_task(chair, title, assignees=[member.user_id])
    first = (await member.get(URL, params={"limit": 3})).json()
    await add_task(chair, "F", assignees=[member.user_id])
    rest = (await member.get(URL, params={"limit": 3, "cursor": first["next"]})).json()
    assert [item["task"]["title"] for item in first["items"] + rest["items"]] == ["E", "D", "C", "B", "A"]
    assert (first["unread"], rest["unread"], rest["next"]) == (5, 6, None)


async def test_nobody_reads_what_others_were_told(
    public: Person, chair: Person, member: Person, secretariat: Person, foreign_chair: Person
):
    await add_task(chair, assignees=[member.user_id])
    [item] = await told(member)
    for other in (chair, secretariat, foreign_chair):
        assert (await other.post(f"{URL}/{item['id']}/read")).status_code == 404
        assert (await other.post(f"{URL}/read", json={"up_to": item["id"]})).status_code == 404
        assert await told(other) == []
    for method, path in (("GET", ""), ("POST", "/read"), ("GET", "/preferences"), ("GET", "/stream")):
        assert (await public.request(method, f"{URL}{path}")).status_code == 401
    for name in ("1", "x" * 300, "01932d3e-0000-7000-8000-000000000000"):
        assert (await member.post(f"{URL}/{name}/read")).status_code == 404


async def test_whoever_has_left_the_committee_reads_nothing_of_it_any_more(platform: Platform, chair: Person):
    scope = f"committee:{SLUG}"
    leaver = await somebody(platform, "leaver", ("member", scope), ("member", f"committee:{OTHER}"))
    task = await add_task(chair, "Reservado", assignees=[leaver.user_id])
    assert (await leaver.get(URL)).json()["unread"] == 1
    async with platform.gateway.own.state.database.transaction(by=OPERATOR, to="take a role away") as tx:
        await tx.execute(delete(RoleGrant).where(RoleGrant.user_id == UUID(leaver.user_id), RoleGrant.scope == scope))
        await tell_changed(tx, leaver.user_id)
    platform.gateway.own.state.visitors.forget(leaver.user_id)
    assert (await leaver.get(URL)).json() == {"items": [], "next": None, "unread": 0}
    assert (await leaver.get(url_of(task))).status_code == 404
    assert (await leaver.get(f"{ROOT}/tasks", params={"assignee": "me"})).json()["total"] == 0
    assert (await chair.get(url_of(task))).json()["assigned"] == [{"user_id": leaver.user_id, "name": "Leaver"}]


async def test_muted_is_muted(chair: Person, member: Person):
    url = f"{URL}/preferences"
    before = (await member.get(url)).json()
    assert before["kinds"].keys() >= {"assigned", "mentioned", "commented", "moved", "due_soon", "invited"}
    assert before["kinds"]["assigned"] == {"in_app": True, "email": "at_once"}
    assert before["kinds"]["commented"] == {"in_app": True, "email": "daily"}
    after = await member.put(url, json={"kinds": {"assigned": {"in_app": False}}})
    assert after.status_code == 200
    assert after.json()["kinds"]["assigned"] == {"in_app": False, "email": "never"}
    assert after.json() == (await member.get(url)).json()
    task = await add_task(chair, assignees=[member.user_id])
    await chair.post(url_of(task, "comments"), json={"text": "Hola"})
    assert await kinds(member) == [("commented", "assignee")]
    assert (await member.put(url, json={"kinds": {}})).json() == before
    assert (await member.put(url, json=before)).json() == before
    assert pointers(await member.put(url, json=before | {"digest_at": "09:00"})) == ["/digest_at"]
    await add_task(chair, assignees=[member.user_id])
    assert await kinds(member) == [("commented", "assignee"), ("assigned", "assignee")]


async def test_preferences_promise_only_what_is_kept(member: Person):
    url = f"{URL}/preferences"
    for kinds_sent, pointer in (
        ({"assigned": {"email": "by pigeon"}}, "/kinds/assigned/email"),
        ({"assigned": {"in_app": 1}}, "/kinds/assigned/in_app"),
        ({"assigned": {"sms": True}}, "/kinds/assigned/sms"),
    ):
        assert pointers(await member.put(url, json={"kinds": kinds_sent})) == [pointer]
    assert len(pointers(await member.put(url, json={"kinds": {"weather": {"in_app": True}}}))) == 1
    assert pointers(await member.put(url, json={})) == ["/kinds"]


async def test_a_task_that_is_due_is_told_once_for_each_date(platform: Platform, chair: Person, member: Person):
    today = datetime.now(ZoneInfo("America/Caracas")).date()
    read = await chair.get(url_of(await add_task(chair, assignees=[member.user_id, chair.user_id])))
    url = url_of(read.json())
    read = await chair.patch(url, json={"due_on": str(today)}, headers=if_match(read))
    read = await chair.patch(url, json={"due_on": None}, headers=if_match(read))
    await chair.patch(url, json={"due_on": str(today)}, headers=if_match(read))
    await add_task(chair, "Hecha", state="done", due_on=str(today), assignees=[member.user_id])
    await add_task(chair, "Pasada", due_on=str(today - timedelta(days=1)), assignees=[member.user_id])
    await add_task(chair, "Lejana", due_on="9999-12-31", assignees=[member.user_id])
    await add_task(chair, "Antigua", due_on="0001-01-01", assignees=[member.user_id])
    for _ in range(2):
        await platform.run_jobs()
    due = [item for item in await told(member) if item["kind"] == "due_soon"]
    assert [(item["task"]["id"], item["why"]) for item in due] == [(read.json()["id"], "assignee")]
    assert due[0]["text"].startswith("La tarea «Reunir los estándares de servicio» vence el ")
    assert await kinds(chair) == []


async def test_what_was_removed_is_not_told_any_more(chair: Person, member: Person):
    task = await add_task(chair, assignees=[member.user_id])
    said = await chair.post(url_of(task, "comments"), json={"text": "@member"})
    assert len(await told(member)) == 2
    await chair.delete(said.headers["location"], headers={"If-Match": "*"})
    assert await kinds(member) == [("assigned", "assignee")]
    await chair.delete(url_of(task), headers={"If-Match": "*"})
    assert (await member.get(URL)).json() == {"items": [], "next": None, "unread": 0}


async def test_the_stream_tells_what_comes_and_ends_when_the_platform_does(
    platform: Platform, chair: Person, member: Person
):
    await add_task(chair, "Antes", assignees=[member.user_id])
    [before] = await told(member)
    streams = platform.services["workspace"].state.streams
    following = asyncio.create_task(member.get(f"{URL}/stream"))
    resuming = asyncio.create_task(member.get(f"{URL}/stream", headers={"Last-Event-ID": str(UUID(int=0))}))
    while len(streams._followers.get(member.user_id, ())) < 2:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    await add_task(chair, "Ahora", assignees=[member.user_id])
    await asyncio.sleep(0.2)
    begin_to_end()
    answer, resumed = await following, await resuming
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    events = read_events(answer.text)
    assert [name for name, _, _ in events] == ["unread", "notification"]
    assert events[0][2] == {"unread": 1}
    assert events[1][2]["task"]["title"] == "Ahora"
    assert [event[1] for event in read_events(resumed.text)][1:] == [before["id"], events[1][1]]
    assert not streams._followers


def read_events(text: str) -> list[tuple[str, str, Any]]:
    """Name, id and data of each event of a stream."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            found.append((fields["event"], fields.get("id", ""), json.loads(fields["data"])))
    return found
