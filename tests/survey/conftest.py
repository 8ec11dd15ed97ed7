"""Things of the survey's tests: a campaign that is open, people who answer, an assessment in each state."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from deploy.local.composition import Platform
from tests.people import Person, somebody

API = "/api/v1/survey"
YEAR = 2026
COMMUNITY = "mx-manzanillo"
VERSION = "0.1.0-reconstruction"
ASSESSMENT = f"{API}/campaigns/{YEAR}/assessments/{COMMUNITY}"
MINE = f"{ASSESSMENT}/answers/mine"
MEASURES = [
    "M1.1.a", "M1.1.b", "M1.1.c", "M1.2.a", "M1.2.b", "M1.2.c", "M1.3.a", "M1.3.b",
    "M2.1.a", "M2.1.b", "M2.1.c", "M2.2.a", "M2.2.b", "M2.3.a", "M2.3.b",
    "M3.1.a", "M3.1.b", "M3.2.a", "M3.2.b", "M3.3.a", "M3.3.b",
    "M4.1.a", "M4.1.b", "M4.2.a", "M4.2.b", "M4.3.a", "M4.3.b",
]  # fmt: skip


def in_days(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def campaign(**changes: Any) -> dict[str, Any]:
    return {
        "year": YEAR, "model_version": VERSION, "opens_on": in_days(-10), "closes_on": in_days(20),
        "communities": [COMMUNITY, "cl-biobio"],
    } | changes  # fmt: skip


def answers(levels: Mapping[str, int | str], **others: Any) -> dict[str, Any]:
    """A PATCH of `answers/mine`: a number is a level, a word is a flag."""
    return {
        "answers": [
            {"measure": measure, "level": None, "flag": said}
            if isinstance(said, str)
            else {"measure": measure, "level": said, "flag": None}
            for measure, said in levels.items()
        ]
    } | others


def everything(level: int | str) -> dict[str, int | str]:
    return dict.fromkeys(MEASURES, level)


async def opened(secretariat: Person, **changes: Any) -> int:
    """An open campaign; its year."""
    wanted = campaign(**changes)
    made = await secretariat.post(f"{API}/campaigns", json=wanted)
    assert made.status_code == 201, made.text
    answer = await secretariat.post(f"{API}/campaigns/{wanted['year']}/open")
    assert answer.status_code == 200, answer.text
    return int(wanted["year"])


@pytest.fixture
async def open_campaign(secretariat: Person) -> str:
    """The address of an open campaign with Manzanillo and Biobío."""
    return f"{API}/campaigns/{await opened(secretariat)}"


MakeRespondent = Callable[..., Awaitable[Person]]


@pytest.fixture
def somebody_of(platform: Platform) -> MakeRespondent:
    """Makes a respondent of a stakeholder group."""

    async def make(group: str, name: str | None = None, community: str = COMMUNITY) -> Person:
        return await somebody(
            platform, name or group.replace("_", "-"), ("respondent", f"community:{community}", group)
        )

    return make


async def agree(who: Person, measure: str, assessment: str = ASSESSMENT, **said: Any) -> httpx.Response:
    """Record an agreement with the assessment's present ETag."""
    etag = (await who.get(assessment)).json()["etag"]
    body = {"level": None, "flag": None, "note": None} | said
    return await who.put(f"{assessment}/agreed/{measure}", json=body, headers={"If-Match": etag})


async def publish(
    secretariat: Person, respondent: Person, coordinator: Person, *, year: int = YEAR, community: str = COMMUNITY,
    levels: Mapping[str, int | str] | None = None,
) -> None:  # fmt: skip
    """The way of one assessment from its answers to the public."""
    url = f"{API}/campaigns/{year}/assessments/{community}"
    saved = await respondent.patch(f"{url}/answers/mine", json=answers(levels or everything(3)))
    assert saved.status_code == 200, saved.text
    for who, step in ((coordinator, "submit"), (secretariat, "accept"), (coordinator, "publish")):
        done = await who.post(f"{url}/{step}")
        assert done.status_code == 200, done.text
