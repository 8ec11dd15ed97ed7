"""What the people of a committee talk about."""

from deploy.local.composition import Platform
from tests.people import Person, if_match, pointers
from tests.workspace.conftest import HERE, ROOT
from tests.workspace.files import send_file


async def test_a_discussion_from_its_beginning_to_its_end(
    platform: Platform, chair: Person, member: Person, second_member: Person, observer: Person, foreign_chair: Person
):
    begun = await member.post(
        f"{HERE}/discussions", json={"title": "Ventanilla única", "text": "¿**Cuándo**? @second-member"}
    )
    assert begun.status_code == 201
    url = begun.headers["location"]
    assert (begun.json()["posts"], begun.json()["unread"]) == (1, 0)
    told = (await second_member.get(f"{ROOT}/notifications")).json()
    assert [(one["kind"], one["why"], one["subject"]) for one in told["items"]] == [
        ("named", "named", "Ventanilla única")
    ]
    assert told["items"][0]["text"] == "Member le mencionó en la conversación «Ventanilla única»."
    assert (await second_member.get(url)).json()["unread"] == 1
    first = (await second_member.get(f"{url}/posts")).json()["items"][0]
    assert first["text_html"] == "<p>¿<strong>Cuándo</strong>? @second-member</p>\n"
    answer = await second_member.post(f"{url}/posts", json={"text": "En marzo.", "quotes": first["id"]})
    assert answer.json()["quotes"] == {"id": first["id"], "author": "Member", "text": "¿Cuándo? @second-member"}
    assert [one["kind"] for one in (await member.get(f"{ROOT}/notifications")).json()["items"]] == ["posted"]
    assert (await member.get(url)).json()["unread"] == 1
    assert (await member.post(f"{url}/read", json={})).json()["unread"] == 0
    assert (await member.get(f"{HERE}/discussions")).json()["items"][0]["unread"] == 0
    edited = await second_member.patch(answer.headers["location"], json={"text": "En abril."}, headers=if_match(answer))
    assert (edited.json()["text"], edited.json()["edits"]) == ("En abril.", 1)
    wordings = (await observer.get(f"{answer.headers['location']}/revisions")).json()["items"]
    assert [one["text"] for one in wordings] == ["En marzo."]
    for other in (chair, member, observer):
        refused = await other.patch(answer.headers["location"], json={"text": "x"}, headers=if_match(edited))
        assert refused.status_code == 403
    assert (await observer.post(f"{url}/posts", json={"text": "x"})).status_code == 403
    for hidden in (url, f"{url}/posts", answer.headers["location"], f"{answer.headers['location']}/revisions"):
        assert (await foreign_chair.get(hidden)).status_code == 404, hidden
    assert (await foreign_chair.get(f"{HERE}/discussions")).status_code == 403
    assert pointers(await member.post(f"{url}/posts", json={"text": " "})) == ["/text"]
    elsewhere = {"text": "x", "quotes": "01890000-0000-7000-8000-000000000000"}
    assert pointers(await member.post(f"{url}/posts", json=elsewhere)) == ["/quotes"]
    removed = await chair.delete(answer.headers["location"], headers=if_match(edited))
    assert removed.status_code == 204
    left = (await member.get(f"{url}/posts")).json()["items"]
    assert [(one["removed"], one["text"]) for one in left] == [(False, "¿**Cuándo**? @second-member"), (True, "")]
    read = await member.get(url)
    closed = await member.patch(url, json={"closed": True}, headers=if_match(read))
    assert closed.json()["closed"] is True
    assert (await chair.post(f"{url}/posts", json={"text": "Tarde"})).status_code == 409
    assert (await member.delete(url, headers=if_match(closed))).status_code == 403
    assert (await chair.delete(url, headers=if_match(closed))).status_code == 204
    assert (await chair.get(url)).status_code == 404


async def test_a_document_is_talked_about_by_its_committee_alone(
    chair: Person, member: Person, foreign_chair: Person, public: Person
):
    told = (await send_file(member, b"Plan", "plan.txt")).json()
    url = f"{ROOT}/documents/{told['id']}/discussions"
    begun = await member.post(url, json={"title": "¿Y el anexo?", "text": "Falta."})
    assert begun.json()["document"] == {"id": told["id"], "title": "plan"}
    assert (await chair.get(url)).json()["total"] == 1
    assert (await foreign_chair.get(url)).status_code == 404
    await chair.post(f"{ROOT}/documents/{told['id']}/publish")
    assert (await foreign_chair.get(url)).status_code == 403
    assert (await public.get(url)).status_code == 401
    assert (await foreign_chair.get(begun.headers["location"])).status_code == 404
    read = await chair.get(f"{ROOT}/documents/{told['id']}")
    await chair.delete(f"{ROOT}/documents/{told['id']}", headers=if_match(read))
    assert (await chair.get(begun.headers["location"])).status_code == 404
    assert (await chair.get(f"{HERE}/discussions")).json()["total"] == 0
    assert (await chair.get(f"{ROOT}/search", params={"q": "anexo"})).json()["total"] == 0
