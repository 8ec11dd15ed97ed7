"""Who sees and does what with a document: one table of roles, states and surfaces, held against all of them."""

from collections.abc import Mapping

from deploy.local.composition import Platform
from tests.conftest import COMMITTEE
from tests.people import Person, if_match, somebody
from tests.workspace.conftest import HERE, OTHER, ROOT
from tests.workspace.files import send_file

INSIDE = ("secretariat", "chair", "member", "author", "observer")
OUTSIDE = ("public", "coordinator", "respondent", "data_provider", "foreign_coordinator", "without_grants", "elsewhere")
EVERYBODY = (*INSIDE, *OUTSIDE)
STATES = ("draft", "approved", "published", "outdated", "withdrawn", "deleted")
"""`outdated`: published, with a newer version that is not."""
SEES: Mapping[str, tuple[str, ...]] = {
    "draft": INSIDE, "approved": INSIDE, "published": EVERYBODY, "outdated": EVERYBODY, "withdrawn": INSIDE, "deleted": (),
}  # fmt: skip
LEADS = ("secretariat", "chair")
WORKS = ("secretariat", "chair", "member", "author")
MAY: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "change": {state: WORKS if state in ("draft", "approved", "withdrawn") else LEADS for state in STATES},
    "add a version": dict.fromkeys(STATES, WORKS),
    "check out": dict.fromkeys(STATES, WORKS),
    "begin a discussion": dict.fromkeys(STATES, WORKS),
    "approve": dict.fromkeys(STATES, LEADS),
    "publish": dict.fromkeys(STATES, LEADS),
    "withdraw": dict.fromkeys(STATES, LEADS),
    "remove": {state: (*LEADS, "author") if state in ("draft", "approved", "withdrawn") else LEADS for state in STATES},
}
"""Of those who see it; of a deleted one nobody sees anything."""
WORD = "zanahoria"
SHOWN = ("published", "outdated")
"""In the public library."""
PAGE = {"accept": "text/html"}


async def made(author: Person, chair: Person, state: str) -> str:
    """The address of a document in a state; its words say which version they are of."""
    title = f"{WORD} {state}"
    told = (await send_file(author, f"{WORD} primera".encode(), "a.txt", title=title)).json()
    url = f"{ROOT}/documents/{told['id']}"
    if state == "approved":
        assert (await chair.post(f"{url}/approve")).status_code == 200
    if state in ("published", "outdated", "withdrawn"):
        assert (await chair.post(f"{url}/publish")).status_code == 200
    if state == "outdated":
        await send_file(author, f"{WORD} segunda secreta".encode(), "b.txt", to=f"{url}/versions", note="Nota interna")
    if state == "withdrawn":
        assert (await chair.post(f"{url}/withdraw")).status_code == 200
    if state == "deleted":
        assert (await author.delete(url, headers=if_match(await author.get(url)))).status_code == 204
    return url


async def test_every_surface_shows_a_document_to_the_same_people(platform: Platform, everyone: Mapping[str, Person]):
    people = await with_more(platform, everyone)
    urls = {state: await made(people["author"], people["chair"], state) for state in STATES}
    await platform.run_jobs()
    for name, person in people.items():
        expected = {state for state in STATES if name in SEES[state]}
        titles = {f"{WORD} {state}" for state in expected}
        for state, url in urls.items():
            seen = 200 if state in expected else 404
            # A child process makes previews and comparisons, so of those who see them two are enough.
            made_apart = ("/versions/1/preview",) if seen == 404 or name in ("public", "member") else ()
            for path in ("", "/versions", "/versions/1", "/versions/1/content", *made_apart, "/links"):
                answer = await person.get(f"{url}{path}")
                assert answer.status_code == seen, (name, state, path)
            part = await person.get(f"{url}/versions/1/content", headers={"Range": "bytes=0-1"})
            assert part.status_code == (206 if seen == 200 else 404), (name, state)
            assert (await person.head(f"{url}/versions/1/content")).status_code == seen, (name, state)
            told = (await person.get(f"{url}/discussions")).status_code
            assert told == (401 if name == "public" else 404 if seen == 404 else 200 if name in INSIDE else 403)
            key = url.rpartition("/")[2]
            public_page = await person.get(f"/documents/{key}", headers=PAGE)
            assert public_page.status_code == (200 if state in SHOWN else 404), (name, state)
            assert "secreta" not in public_page.text, (name, state)
            inner = await person.get(f"/committees/{COMMITTEE}/documents/{key}", headers=PAGE)
            way = "/login" if name == "public" else f"/documents/{key}"
            assert inner.status_code == (200 if name in INSIDE and seen == 200 else 303 if name == "public" else
                                         303 if seen == 200 else 404), (name, state)  # fmt: skip
            assert inner.status_code != 303 or inner.headers["location"].startswith(way), (name, state)
            if made_apart:
                compared = await person.get(f"{url}/compare", params={"before": "1", "after": "1"})
                assert compared.status_code == seen, (name, state)
        listed = (await person.get(f"{ROOT}/documents", params={"limit": "200"})).json()
        assert {one["title"] for one in listed["items"]} == titles, name
        assert listed["total"] == len(titles), name
        searched = (await person.get(f"{ROOT}/search", params={"q": WORD})).json()
        assert {one["title"] for one in searched["items"]} == titles, name
        assert searched["total"] == len(titles), name
        found = await person.get(f"/search?q={WORD}", headers=PAGE)
        assert found.text.count('class="hit-title"') == len(titles), name
        for path in ("/documents", "/documents.atom", "/"):
            told = (await person.get(path, headers=PAGE)).text
            assert {state for state in STATES if f">{WORD} {state}<" in told} == set(SHOWN), (name, path)
            assert "segunda secreta" not in told and "Nota interna" not in told, (name, path)
        filtered = (await person.get(f"{ROOT}/documents", params={"q": WORD})).json()
        assert filtered["total"] == len(titles), name
        status = {"public": 401, "without_grants": 404}.get(name, 200 if name in INSIDE else 403)
        for path in ("documents", "folders"):
            assert (await person.get(f"{HERE}/{path}")).status_code == status, (name, path)
        secret = (await person.get(f"{ROOT}/search", params={"q": "secreta"})).json()
        assert secret["total"] == (1 if name in INSIDE else 0), name
        newest = await person.get(f"{urls['outdated']}/versions/2/content")
        assert newest.status_code == (200 if name in INSIDE else 404), name
        one = (await person.get(urls["outdated"])).json()
        assert (one["current_version"], one["versions"]) == ((2, 2) if name in INSIDE else (1, 1)), name
        inside = one["created_by"] is not None
        assert inside == (name in INSIDE)
        if not inside:
            assert "interna" not in str(one) and "Author" not in str(one)
            versions = (await person.get(f"{urls['outdated']}/versions")).json()
            assert (versions["total"], versions["items"][0]["created_by"]) == (1, None)


async def test_every_act_is_for_those_whom_the_table_names(platform: Platform, everyone: Mapping[str, Person]):
    people = await with_more(platform, everyone)
    for state in STATES:
        url = await made(people["author"], people["chair"], state)
        for act, by_state in MAY.items():
            for name in (one for one in people if one not in by_state[state] or one not in SEES[state]):
                expected = 401 if name == "public" else 403 if name in SEES[state] else 404
                assert await attempted(people[name], act, url) == expected, (act, state, name)
        for act, by_state in MAY.items():  # in an order in which none of them takes the next one its state
            for name in (one for one in by_state[state] if one in SEES[state]):
                if act == "remove":
                    url = await made(people["author"], people["chair"], state)
                assert await attempted(people[name], act, url) in (200, 201, 204), (act, state, name)
                if act == "check out":
                    assert (await people["chair"].post(f"{url}/checkin")).status_code == 200
                if act == "remove":
                    assert (await people["chair"].get(url)).status_code == 404
                    assert (await people["member"].post(f"{url}/restore")).status_code == 404


async def test_whoever_is_removed_while_the_page_is_open_gets_nothing_more(
    platform: Platform, member: Person, secretariat: Person
):
    told = (await send_file(member, b"Borrador " + WORD.encode(), "a.txt")).json()
    begun = await member.post(f"{ROOT}/uploads", json={"committee": COMMITTEE, "file_name": "b.txt", "size": 9})
    await platform.run_jobs()
    assert (await member.get(told["content"])).status_code == 200
    grants = (await secretariat.get("/api/v1/identity/grants", params={"user": member.user_id})).json()["items"]
    assert (await secretariat.delete(f"/api/v1/identity/grants/{grants[0]['id']}")).status_code == 204
    url = f"{ROOT}/documents/{told['id']}"
    for path in (url, told["content"], f"{url}/versions", f"{url}/versions/1/preview"):
        assert (await member.get(path)).status_code == 404, path
    assert (await member.get(f"{ROOT}/search", params={"q": WORD})).json()["total"] == 0
    assert (await member.get(f"{HERE}/documents")).status_code == 404
    headers = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert (await member.patch(begun.headers["location"], content=b"123456789", headers=headers)).status_code == 404


async def with_more(platform: Platform, everyone: Mapping[str, Person]) -> dict[str, Person]:
    """Besides one of every role, who made the document, and a member of another committee."""
    author = await somebody(platform, "author", ("member", f"committee:{COMMITTEE}"))
    elsewhere = await somebody(platform, "elsewhere", ("chair", f"committee:{OTHER}"))
    return {**everyone, "author": author, "elsewhere": elsewhere}


async def attempted(person: Person, act: str, url: str) -> int:
    """The status of an act as this person."""
    match act:
        case "change":
            headers = {"If-Match": "*"}
            return (await person.patch(url, json={"tags": [person.user_id or "x"]}, headers=headers)).status_code
        case "add a version":
            return (await person.post(f"{url}/versions", files={"file": ("a.txt", b"otra")})).status_code
        case "begin a discussion":
            wanted = {"title": "¿Y?", "text": "Hola"}
            return (await person.post(f"{url}/discussions", json=wanted)).status_code
        case "check out":
            return (await person.post(f"{url}/checkout")).status_code
        case "remove":
            return (await person.delete(url, headers={"If-Match": "*"})).status_code
        case _:
            return (await person.post(f"{url}/{act}")).status_code
