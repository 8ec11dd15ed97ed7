"""Who may do what with the survey: every role against every address, before and after the result is public."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.people import Person
from tests.survey.conftest import API, ASSESSMENT, COMMUNITY, MINE, VERSION, answers, campaign, everything, opened

pytestmark = pytest.mark.slow

ROLES = (
    "public", "secretariat", "coordinator", "respondent", "data_provider", "chair", "member", "observer",
    "foreign_coordinator", "without_grants",
)  # fmt: skip
OUTSIDERS = ("chair", "member", "observer", "foreign_coordinator", "without_grants")
Row = tuple[str, str, Any, dict[str, int]]


def statuses(otherwise: int, **named: int) -> dict[str, int]:
    """The status by role: 401 for the public unless said, `outsiders` for those of elsewhere."""
    outsiders = named.pop("outsiders", otherwise)
    found = {"public": 401} | {role: outsiders if role in OUTSIDERS else otherwise for role in ROLES[1:]}
    return found | named


EVERYBODY = statuses(200, public=200)
SIGNED_IN = statuses(200)
COMMUNITY_AND_SECRETARIAT = statuses(200, outsiders=404)
REVIEWERS = statuses(403, secretariat=200, coordinator=200, outsiders=404)
SECRETARIAT = statuses(403, secretariat=200)
RESPONDENT = statuses(403, respondent=200, outsiders=404)

READS: list[Row] = [
    ("GET", f"{API}/models", None, EVERYBODY),
    ("GET", f"{API}/models/{VERSION}", None, EVERYBODY),
    ("GET", f"{API}/models/{VERSION}.xlsx", None, EVERYBODY),
    ("GET", f"{API}/campaigns", None, SIGNED_IN),
    ("GET", f"{API}/campaigns/2026", None, SIGNED_IN),
    ("GET", f"{API}/campaigns/2025", None, statuses(404, secretariat=200)),
    ("GET", f"{API}/campaigns/2026/assessments", None, SIGNED_IN),
    ("GET", f"{API}/mine", None, SIGNED_IN),
    ("GET", ASSESSMENT, None, COMMUNITY_AND_SECRETARIAT),
    ("GET", f"{ASSESSMENT}/score", None, COMMUNITY_AND_SECRETARIAT),
    ("GET", f"{ASSESSMENT}/gaps", None, COMMUNITY_AND_SECRETARIAT),
    ("GET", f"{ASSESSMENT}/score/basis", None, REVIEWERS),
    ("GET", f"{ASSESSMENT}/summary", None, REVIEWERS),
    ("GET", f"{ASSESSMENT}/answers", None, REVIEWERS),
    ("GET", f"{ASSESSMENT}/history", None, REVIEWERS),
    ("GET", MINE, None, RESPONDENT),
    ("GET", f"{API}/results", None, EVERYBODY),
    ("GET", f"{API}/results/network", None, statuses(404, public=404)),
    ("GET", f"{API}/results/{COMMUNITY}", None, statuses(404, public=404)),
    ("GET", f"{API}/results/{COMMUNITY}/history", None, statuses(404, public=404)),
]

COMMENTS = {"comments": [{"text": "Falta un acta"}]}
WRITES: list[Row] = [
    ("POST", f"{API}/models", {}, statuses(403, secretariat=422)),
    ("PUT", f"{API}/models/{VERSION}", {}, statuses(403, secretariat=422)),
    ("POST", f"{API}/models/{VERSION}/publish", None, statuses(403, secretariat=409)),
    ("POST", f"{API}/campaigns", campaign(), statuses(403, secretariat=409)),
    ("PATCH", f"{API}/campaigns/2026", {}, SECRETARIAT),
    ("POST", f"{API}/campaigns/2026/open", None, statuses(403, secretariat=409)),
    ("POST", f"{API}/campaigns/2026/publish", None, statuses(403, secretariat=409)),
    ("PATCH", MINE, {"answers": []}, RESPONDENT),
    ("PUT", f"{ASSESSMENT}/agreed/M1.1.a", {"level": 2}, REVIEWERS),
    ("POST", f"{ASSESSMENT}/return", COMMENTS, statuses(403, secretariat=409)),
    ("POST", f"{ASSESSMENT}/accept", None, statuses(403, secretariat=409)),
    ("POST", f"{ASSESSMENT}/publish", None, statuses(403, secretariat=409, coordinator=409, outsiders=404)),
    ("POST", f"{ASSESSMENT}/submit", None, statuses(403, secretariat=422, coordinator=422, outsiders=404)),
]


async def ask(person: Person, method: str, address: str, body: Any) -> int:
    headers = {"If-Match": "*"} if method in ("PUT", "PATCH") else {}
    return (await person.request(method, address, json=body, headers=headers)).status_code


@pytest.mark.parametrize("rows", [READS, WRITES], ids=["reading", "changing"])
async def test_every_role_at_every_address(everyone: Mapping[str, Person], rows: list[Row]):
    secretariat = everyone["secretariat"]
    await secretariat.post(f"{API}/campaigns", json=campaign(year=2025))
    await opened(secretariat)
    for method, address, body, expected in rows:
        found = {role: await ask(everyone[role], method, address, body) for role in ROLES}
        assert found == expected, (method, address)


async def test_what_is_published_is_everybodys_and_what_was_said_stays_the_communitys(everyone: Mapping[str, Person]):
    await opened(everyone["secretariat"])
    await everyone["respondent"].patch(MINE, json=answers(everything(3)))
    await everyone["coordinator"].post(f"{ASSESSMENT}/submit")
    for role in ROLES:
        seen = (await everyone[role].get(f"{API}/results")).json()["total"]
        assert seen == (role in ("secretariat", "coordinator", "respondent", "data_provider")), role
    await everyone["secretariat"].post(f"{ASSESSMENT}/accept")
    await everyone["coordinator"].post(f"{ASSESSMENT}/publish")
    for role in ROLES:
        person = everyone[role]
        assert (await person.get(f"{API}/results/{COMMUNITY}")).status_code == 200, role
        surfaces = [
            (await person.get(f"{API}/results")).json()["total"],
            len((await person.get(f"{API}/results")).json()["items"]),
            len((await person.get(f"{API}/results", params={"format": "csv"})).text.splitlines()) - 1,
            len((await person.get(f"{API}/results/{COMMUNITY}/history")).json()["items"]),
        ]
        assert surfaces == [1, 1, 1, 1], role
        if role == "public":
            continue
        assert (await person.get(f"{ASSESSMENT}/score")).status_code == 200, role
        told = (await person.get(ASSESSMENT)).json()
        assert (told["returned_comments"] is None) == (role in OUTSIDERS)
        may_read = role in ("secretariat", "coordinator")
        for part in ("summary", "answers", "history"):
            status = (await person.get(f"{ASSESSMENT}/{part}")).status_code
            assert status == (200 if may_read else 403), (role, part)


async def test_one_right_on_list_count_and_item(everyone: Mapping[str, Person]):
    await opened(everyone["secretariat"])
    both = {"cl-biobio", COMMUNITY}
    seen_by = {"secretariat": both, "foreign_coordinator": {"cl-biobio"}} | {
        role: {COMMUNITY} for role in ("coordinator", "respondent", "data_provider")
    }
    for role in ROLES[1:]:
        person = everyone[role]
        told = (await person.get(f"{API}/campaigns/2026/assessments")).json()
        seen = {item["community"] for item in told["items"]}
        assert seen == seen_by.get(role, set()), role
        assert told["total"] == len(seen)
        for code in both:
            item = await person.get(f"{API}/campaigns/2026/assessments/{code}")
            assert item.status_code == (200 if code in seen else 404)
            if code in seen:
                listed = next(row for row in told["items"] if row["community"] == code)
                assert item.json() == listed
