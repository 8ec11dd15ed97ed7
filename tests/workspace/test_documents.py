"""Documents: what is kept of them, in which versions, and who holds one."""

import asyncio
import hashlib
from typing import Any

import pytest
from sqlalchemy import text

from deploy.local.composition import Platform
from services.workspace.documents.keeping import once
from services.workspace.documents.text_jobs import forget_file
from shared.apart import TooMuch
from tests.people import Person, if_match, pointers, somebody
from tests.workspace.conftest import HERE, OTHER, ROOT, THERE, add_task
from tests.workspace.files import ACTA, send_file


async def test_a_document_is_added_and_comes_back_as_it_was(
    platform: Platform, member: Person, chair: Person, observer: Person
):
    added = await send_file(member, ACTA, "Acta_reunión 3.pdf", folder=" Actas / 2026 ", note="Para revisar")
    told = added.json()
    assert added.headers["location"] == f"{ROOT}/documents/{told['id']}"
    assert (told["title"], told["folder"], told["state"]) == ("Acta reunión 3", "Actas/2026", "draft")
    assert (told["current_version"], told["versions"], told["media_type"]) == (1, 1, "application/pdf")
    assert (told["size"], told["sha256"]) == (len(ACTA), hashlib.sha256(ACTA).hexdigest())
    assert told["created_by"] == {"user_id": member.user_id, "name": "Member"}
    assert (told["address"], told["citation"], told["published_version"]) == (None, None, None)
    content = await observer.get(told["content"])
    assert content.content == ACTA
    assert content.headers["content-type"] == "application/pdf"
    assert content.headers["cache-control"] == "no-store"
    await platform.run_jobs()
    seen = (await observer.get(f"{ROOT}/documents/{told['id']}")).json()
    assert (seen["text_state"], seen["pages"], seen["may_edit"], seen["may_lead"]) == ("read", 1, False, False)
    preview = (await observer.get(f"{ROOT}/documents/{told['id']}/versions/1/preview")).json()
    assert "gestión de los muelles" in preview["text"]
    listed = (await chair.get(f"{HERE}/documents", params={"folder": "Actas/2026"})).json()
    assert [one["id"] for one in listed["items"]] == [told["id"]]
    assert listed["total"] == 1
    folders = (await chair.get(f"{HERE}/folders")).json()["items"]
    assert folders == [{"folder": "Actas/2026", "documents": 1}]


async def test_versions_follow_each_other_and_none_is_lost(platform: Platform, member: Person, second_member: Person):
    told = (await send_file(member, b"uno\ndos\n", "plan.txt")).json()
    url = f"{ROOT}/documents/{told['id']}"
    both = await asyncio.gather(*(
        by.post(f"{url}/versions", files={"file": ("plan.txt", text)}, data={"base_version": "1"})
        for by, text in ((member, b"uno\ntres\n"), (second_member, b"uno\ncuatro\n"))
    ))  # fmt: skip
    assert sorted(answer.status_code for answer in both) == [201, 412]
    late, author, theirs = (
        (both[0], member, b"uno\ntres\n") if both[0].status_code == 412 else (both[1], second_member, b"uno\ncuatro\n")
    )
    waiting = late.headers["location"]
    assert (await author.get(waiting)).json()["received"] == len(theirs)
    assert (await author.post(f"{waiting}/complete", json={})).status_code == 412
    done = await author.post(f"{waiting}/complete", json={"base_version": 2})
    assert done.json()["finished"]["n"] == 3
    assert (await author.get(f"{url}/versions/3/content")).content == theirs
    assert (await author.get(waiting)).status_code == 404
    read = await member.get(url)
    stale = await member.post(f"{url}/versions", files={"file": ("plan.txt", b"cinco")}, headers={"If-Match": '"1-x"'})
    assert stale.status_code == 412
    fresh = await member.post(f"{url}/versions", files={"file": ("plan.txt", b"cinco")}, headers=if_match(read))
    assert (fresh.status_code, fresh.json()["n"]) == (201, 4)
    plain = await asyncio.gather(*(
        member.post(f"{url}/versions", files={"file": ("plan.txt", f"uno\n{n}".encode())}) for n in range(6)
    ))  # fmt: skip
    assert sorted(answer.json()["n"] for answer in plain) == [5, 6, 7, 8, 9, 10]
    versions = (await member.get(f"{url}/versions", params={"limit": "4"})).json()
    assert ([one["n"] for one in versions["items"]], versions["total"]) == ([10, 9, 8, 7], 10)
    for n in (11, 0, -1, 2147483648, 99999999999999999999):
        assert (await member.get(f"{url}/versions/{n}/content")).status_code == 404
    await platform.run_jobs()
    changed = (await member.get(f"{url}/compare", params={"before": "1", "after": "3"})).json()
    assert (changed["comparable"], changed["added"], changed["removed"]) == (True, 1, 1)
    assert changed["lines"][0] == {"kind": "same", "text": "uno"}
    assert {line["kind"] for line in changed["lines"]} == {"same", "removed", "added"}


async def test_a_second_look_at_a_comparison_or_preview_shows_what_was_made_before(
    platform: Platform, member: Person, chair: Person, foreign_chair: Person
):
    first = "\n\n".join(f"## Muelle {n}\n\n**calado** de {n} metros" for n in range(600))
    told = (await send_file(member, first.encode(), "plan.md")).json()
    url = f"{ROOT}/documents/{told['id']}"
    await send_file(member, first.replace("de 7 metros", "de 8 metros").encode(), "plan.md", to=f"{url}/versions")
    await send_file(chair, first.encode(), "copia.md")
    await platform.run_jobs()
    engine = platform.services["workspace"].state.database.engine
    database = platform.services["workspace"].state.database

    async def ask(question: str, **values: object) -> list[Any]:
        async with engine.begin() as connection:
            told = await connection.execute(text(question), values)
            return [tuple(row) for row in told.all()] if told.returns_rows else []

    texts = await ask("SELECT text, language FROM workspace.document_versions WHERE sha256 = :sha", sha=told["sha256"])
    assert len(texts) == 2 and texts[0] == texts[1] and "calado" in texts[0][0]
    pair = {"before": "1", "after": "2"}
    looks = await asyncio.gather(*(member.get(f"{url}/compare", params=pair) for _ in range(3)))
    assert len({look.text for look in looks}) == 1 and looks[0].json()["added"] == 1
    shown = (await member.get(f"{url}/versions/1/preview")).json()
    assert shown["cut"] and "<strong>calado</strong>" in shown["html"]
    kept = await ask("SELECT kind, size > 0 FROM workspace.kept_results ORDER BY kind")
    assert kept == [("comparison", True), ("preview", True)]
    await ask("UPDATE workspace.document_versions SET text = 'otro ' || repeat('x', 5000)")
    assert (await member.get(f"{url}/compare", params=pair)).json() == looks[0].json(), "not made again"
    assert (await chair.get(f"{url}/versions/1/preview")).json()["html"] == shown["html"]
    turned = (await member.get(f"{url}/compare", params={"before": "2", "after": "1"})).json()
    assert turned["added"] == 0, "a pair turned round is another one"
    assert (await foreign_chair.get(f"{url}/compare", params=pair)).status_code == 404
    tries = 0

    async def too_much() -> None:
        nonlocal tries
        tries += 1
        raise TooMuch

    for _ in range(2):
        with pytest.raises(TooMuch):
            await once(database, "comparison", "a" * 64, too_much, other="b" * 64)
    assert tries == 1, "what took too much is not tried again at once"

    async def long(size: int = 2000) -> str:
        return "".join(hashlib.sha256(bytes([n % 256, n // 256])).hexdigest() for n in range(size // 64))

    for n in range(6):
        assert len(await once(database, "preview", f"{n}" * 64, long, most=3000)) == 1984
    sizes = await ask("SELECT sum(size), count(*), max(sha256) FROM workspace.kept_results WHERE content IS NOT NULL")
    assert 0 < sizes[0][0] <= 3000 and sizes[0][2] == "5" * 64, "the oldest make room"
    await once(database, "comparison", told["sha256"], long, other="c" * 64)
    await once(database, "comparison", "c" * 64, long, other=told["sha256"])
    state = platform.services["workspace"].state
    await forget_file(database, state.objects, {"sha256": told["sha256"]})
    mine = "SELECT count(*) FROM workspace.kept_results WHERE :sha IN (sha256, other_sha256)"
    assert await ask(mine, sha=told["sha256"]) == [(2,)], "somebody still has the file"
    await ask("DELETE FROM workspace.documents")
    await forget_file(database, state.objects, {"sha256": told["sha256"]})
    assert await ask(mine, sha=told["sha256"]) == [(0,)], "gone with the bytes"


async def test_who_checks_a_document_out_is_alone_with_it(member: Person, second_member: Person, chair: Person):
    told = (await send_file(member, b"uno", "plan.txt")).json()
    url = f"{ROOT}/documents/{told['id']}"
    held = await member.post(f"{url}/checkout", json={"note": "Corrijo el anexo"})
    assert held.json()["held"]["note"] == "Corrijo el anexo"
    assert held.json()["held"]["yours"] is True
    assert (await second_member.post(f"{url}/checkout", json={})).status_code == 409
    refused = await second_member.post(f"{url}/versions", files={"file": ("plan.txt", b"dos")})
    assert refused.status_code == 409
    assert (await second_member.get(refused.headers["location"])).json()["received"] == 3
    assert (await second_member.post(f"{url}/checkin")).status_code == 403
    assert (await send_file(member, b"tres", "plan.txt", to=f"{url}/versions")).json()["n"] == 2
    assert (await second_member.get(url)).json()["held"] is None
    await second_member.post(f"{url}/checkout")
    assert (await chair.post(f"{url}/checkin")).json()["held"] is None


async def test_what_was_removed_is_in_the_bin_of_the_chair(
    member: Person, second_member: Person, chair: Person, public: Person
):
    told = (await send_file(member, ACTA, "acta.pdf")).json()
    url = f"{ROOT}/documents/{told['id']}"
    read = await member.get(url)
    assert (await second_member.delete(url, headers=if_match(read))).status_code == 403
    assert (await member.delete(url)).status_code == 428
    assert (await member.delete(url, headers=if_match(read))).status_code == 204
    for gone in (url, told["content"], f"{url}/versions", f"{url}/links", f"{url}/versions/1/preview"):
        assert (await member.get(gone)).status_code == 404, gone
    assert (await member.get(f"{HERE}/documents", params={"removed": "true"})).status_code == 403
    binned = (await chair.get(f"{HERE}/documents", params={"removed": "true"})).json()["items"]
    assert [one["id"] for one in binned] == [told["id"]]
    assert (await member.post(f"{url}/restore")).status_code == 404
    assert (await chair.post(f"{url}/restore")).json()["state"] == "draft"
    assert (await member.get(told["content"])).content == ACTA


async def test_a_task_names_documents_that_its_author_can_see(
    platform: Platform, chair: Person, member: Person, observer: Person
):
    there = await somebody(platform, "away", ("member", f"committee:{OTHER}"))
    hidden = (await send_file(there, ACTA, "acta.pdf", to=f"{THERE}/documents")).json()
    told = (await send_file(member, ACTA, "acta.pdf")).json()
    for ref in (hidden["id"], "nothing", "01890000-0000-7000-8000-000000000000"):
        links = [{"kind": "measure", "ref": "M1.1.a"}, {"kind": "document", "ref": ref}]
        refused = await chair.post(f"{HERE}/tasks", json={"title": "Leer", "links": links})
        assert pointers(refused) == ["/links/1/ref"]
    task = await add_task(chair, "Leer el acta", links=[{"kind": "document", "ref": told["id"]}])
    linked = (await observer.get(f"{ROOT}/documents/{told['id']}/links")).json()["items"]
    assert [(one["task"], one["title"]) for one in linked] == [(task["id"], "Leer el acta")]
    await chair.post(f"{ROOT}/documents/{told['id']}/publish")
    assert (await there.get(f"{ROOT}/documents/{told['id']}/links")).json()["items"] == []
    removed = await chair.get(f"{ROOT}/documents/{told['id']}")
    await chair.delete(f"{ROOT}/documents/{told['id']}", headers=if_match(removed))
    read = await chair.get(f"{ROOT}/tasks/{task['id']}")
    kept = await chair.patch(
        f"{ROOT}/tasks/{task['id']}", json={"title": "Leer otra vez", "links": task["links"]}, headers=if_match(read)
    )
    assert kept.status_code == 200
