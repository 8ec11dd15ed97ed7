"""Private pages as a browser without JavaScript uses them: read, checked, and their forms sent."""

from __future__ import annotations

import re
from html import unescape

import httpx

from tests.conftest import COMMITTEE, COMMUNITY
from tests.people import ORIGIN, Person
from tests.portal.reading import complaints, read

YEAR = 2026
MODEL = "0.1.0-reconstruction"
API = f"/api/v1/survey/campaigns/{YEAR}"
ASSESSMENT = f"{API}/assessments/{COMMUNITY}"
SURVEY = f"/survey/{YEAR}/{COMMUNITY}"
SUMMARY = f"{SURVEY}/summary"
BOARD = f"/committees/{COMMITTEE}"
HTML = {"accept": "text/html"}


async def page(person: Person, path: str, status: int = 200) -> httpx.Response:
    """A page, checked: valid, one h1 that opens the title, labels, strict policy, nobody keeps it."""
    answer = await person.get(path, headers=HTML)
    assert answer.status_code == status, (path, answer.status_code, text_of(answer)[:400])
    checked(answer)
    return answer


def checked(answer: httpx.Response) -> None:
    assert complaints(answer.text, whole=True) == []
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"


def text_of(answer: httpx.Response) -> str:
    main = answer.text.partition("<main")[2].partition("</main")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


async def press(person: Person, path: str, status: int = 303, **fields: str) -> httpx.Response:
    """Send a form as a browser without JavaScript does."""
    token = person.headers["X-CSRF-Token"]
    answer = await send(person, path, csrf_token=token, **fields)
    assert answer.status_code == status, (path, answer.status_code, text_of(answer)[:400])
    if status != 303:
        checked(answer)
    return answer


async def send(person: Person, path: str, **fields: str) -> httpx.Response:
    headers = {**HTML, "Origin": ORIGIN}
    sent = person.build_request("POST", path, data=fields, headers=headers)
    del sent.headers["X-CSRF-Token"]  # a form has no headers of its own
    return await person.send(sent)


def hidden(answer: httpx.Response, name: str, at: int = 0) -> str:
    found = [e.attributes["value"] for e in read(answer.text).all("input") if e.attributes.get("name") == name]
    return found[at]


def campaign_fields(*codes: str, year: int = YEAR) -> dict[str, str]:
    return {
        "year": str(year), "model_version": MODEL, "opens_on": f"{year}-01-10", "closes_on": "2099-12-15",
        **{f"community.{code}": "1" for code in codes},
    }  # fmt: skip


async def measures(person: Person) -> list[str]:
    model = (await person.get(f"/api/v1/survey/models/{MODEL}")).json()
    return [m["code"] for pillar in model["pillars"] for point in pillar["points"] for m in point["measures"]]


async def answer_everything(respondent: Person, level: int = 3) -> None:
    answers = [{"measure": code, "level": level, "flag": None} for code in await measures(respondent)]
    told = await respondent.patch(f"{ASSESSMENT}/answers/mine", json={"answers": answers})
    assert told.status_code == 200, told.text


async def state(person: Person) -> str:
    return str((await person.get(ASSESSMENT)).json()["state"])
