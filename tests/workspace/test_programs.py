"""The workspace as other programs use it: services by its client, API clients by their grants, demonstration data."""

from uuid import UUID

import pytest
from sqlalchemy import update

from deploy.local.composition import Platform
from gateway.tables import User
from services.workspace.client import WorkspaceClient
from shared.callers import Caller, Grant
from shared.problems import Invalid, NotAllowed, NotFound, StaleVersion
from tests.people import OPERATOR, Person, if_match, somebody
from tests.workspace.conftest import HERE, ROOT, SLUG, add_task, titles, url_of


def client_for(platform: Platform, person: Person, role: str = "member", language: str = "es") -> WorkspaceClient:
    """As the portal calls the workspace in somebody's name."""
    caller = Caller(
        kind="user", id=person.user_id, name="Member", username="member", grants=(Grant(role, f"committee:{SLUG}"),)
    )
    token, _ = platform.gateway.own.state.minter.mint(caller, "portal")
    return WorkspaceClient(platform.services["portal"].state.peers, on_behalf_of=token, language=language)


async def test_a_service_does_by_the_client_what_a_person_does(platform: Platform, chair: Person, member: Person):
    client = client_for(platform, member)
    assert next(committee.slug for committee in await client.committees()) == SLUG
    assert (await client.committee(SLUG)).your_role == "member"
    assert [person.username for person in await client.members(SLUG)] == ["chair", "member"]
    first = await client.create_task(SLUG, {"title": "A", "assignees": [member.user_id]}, key="k")
    assert await client.create_task(SLUG, {"title": "A", "assignees": [member.user_id]}, key="k") == first
    second = await client.create_task(SLUG, {"title": "B"})
    await client.move_task(second.id, "todo")
    await client.move_task(first.id, "doing", to_the_end=True)
    board = await client.board(SLUG)
    assert {state: [task.title for task in tasks] for state, tasks in board.items()} == {
        "todo": ["B"], "doing": ["A"], "review": [], "done": [], "cancelled": [],
    }  # fmt: skip
    task, etag = await client.task(first.id)
    changed, newer = await client.change_task(task.id, {"priority": "high"}, etag=etag)
    assert changed.priority == "high"
    with pytest.raises(StaleVersion):
        await client.change_task(task.id, {"priority": "low"}, etag=etag)
    with pytest.raises(Invalid) as refused:
        await client.change_task(task.id, {"title": ""}, etag=newer)
    assert [error.pointer for error in refused.value.errors] == ["/title"]
    assert [mine.title for mine in await client.my_tasks(state="todo,doing")] == ["A"]
    comment = await client.comment(first.id, "Hola @chair")
    assert await client.comments(first.id) == [comment]
    actions = [(entry.action, entry.changes[-1].after) for entry in (await client.history(first.id)).items]
    assert actions == [("created", "normal"), ("moved", "doing"), ("changed", "high")]
    await client.remove_task(second.id, etag="*")
    with pytest.raises(NotFound):
        await client.task(second.id)
    with pytest.raises(NotAllowed):
        await client.tasks("public-policies-on-ports")

    chairs = client_for(platform, chair, "chair", language="en")
    assert await chairs.unread() == 1
    [item] = (await chairs.notifications(unread=True)).items
    assert item.text == "Member mentioned you in the task “A”."
    assert (await chairs.read_notification(item.id)).read
    assert await chairs.read_all_notifications(up_to=item.id) == 0
    assert (await chairs.set_preferences({"moved": {"in_app": False}})).kinds["moved"].in_app is False
    assert (await chairs.preferences()).kinds["moved"].in_app is False


async def test_an_api_client_works_within_its_own_grant(platform: Platform, member: Person):
    def headers(*scopes: str, grant: str | None = SLUG) -> dict[str, str]:
        caller = Caller(
            kind="client", id="01932d3e-0000-7000-8000-000000000000", name="Tablero", username="board",
            grants=(Grant("member", f"committee:{grant}"),) if grant else (), scopes=frozenset(scopes),
        )  # fmt: skip
        token, _ = platform.gateway.own.state.minter.mint(caller, "workspace")
        return {"Authorization": f"Bearer {token}"}

    async def send(method: str, path: str, sent: dict[str, str], **options: object) -> int:
        peers = platform.gateway.own.state.peers
        answer = await peers.http("workspace").request(method, path, headers=sent, **options)
        return int(answer.status_code)

    both = ("workspace:read", "workspace:write")
    task = {"title": "Desde un programa", "assignees": [member.user_id]}
    assert await send("POST", f"{HERE}/tasks", headers("workspace:read"), json=task) == 403
    assert await send("POST", f"{HERE}/tasks", headers(*both, grant=None), json=task) == 403
    assert await send("GET", f"{HERE}/tasks", headers(*both, grant=None)) == 403
    assert await send("GET", f"{ROOT}/committees", headers(*both, grant=None)) == 200
    assert await send("POST", f"{HERE}/tasks", headers(*both), json=task) == 201
    assert await send("GET", f"{ROOT}/tasks?assignee=me", headers(*both)) == 200
    assert await send("GET", f"{ROOT}/notifications", headers(*both)) == 403
    [made] = (await member.get(f"{HERE}/tasks")).json()["items"]
    assert made["created_by"] == {"user_id": None, "name": "Tablero"}
    said = await member.post(url_of(made, "comments"), json={"text": "Gracias"})
    assert said.status_code == 201


async def test_demonstration_data_says_so_and_goes_without_the_rest(platform: Platform, chair: Person):
    actor = await somebody(platform, "actor", ("member", f"committee:{SLUG}"))
    async with platform.gateway.own.state.database.transaction(by=OPERATOR, to="make up a person") as tx:
        await tx.execute(update(User).where(User.id == UUID(actor.user_id)).values(demo=True))
    real = await add_task(chair, "De verdad")
    made_up = await add_task(actor, "Inventada", assignees=[chair.user_id])
    assert (real["demo"], made_up["demo"]) == (False, True)
    for task in (real, made_up):
        assert (await actor.post(url_of(task, "comments"), json={"text": "@chair"})).json()["demo"] is True
        kept = await actor.post(url_of(task, "attachments"), files={"file": ("a.txt", b"a")})
        assert kept.json()["demo"] is True
    await chair.post(url_of(made_up, "comments"), json={"text": "De acuerdo"})
    await chair.post(url_of(made_up, "attachments"), files={"file": ("b.txt", b"b")})
    monthly = {"rrule": "FREQ=MONTHLY", "due_on": "2027-01-01"}
    current = await actor.get(url_of(made_up))
    repeated = await actor.patch(url_of(made_up), json={**monthly, "state": "done"}, headers=if_match(current))
    assert (await actor.get(f"{ROOT}/tasks/{repeated.json()['followed_by']}")).json()["demo"] is True
    assert {item["demo"] for item in (await chair.get(f"{ROOT}/notifications")).json()["items"]} == {True}
    assert (await chair.request("DELETE", "/internal/demo")).status_code == 404
    peers = platform.gateway.own.state.peers
    for _ in range(2):
        headers = {"Authorization": f"Bearer {await peers.token('workspace', None)}"}
        gone = await peers.send("workspace", "DELETE", "/internal/demo", headers=headers)
        assert gone.status_code == 204
    assert await titles(chair) == ["De verdad"]
    assert (await chair.get(url_of(real, "comments"))).json()["total"] == 0
    assert (await chair.get(url_of(real, "attachments"))).json()["total"] == 0
    assert (await chair.get(f"{ROOT}/notifications")).json()["unread"] == 0
