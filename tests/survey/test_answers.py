"""Answering part by part: what is saved, what is refused, and what becomes of two devices."""

import asyncio
from typing import Any

import pytest

from deploy.local.composition import Platform
from tests.people import Person, pointers, somebody
from tests.survey.conftest import (
    API,
    ASSESSMENT,
    COMMUNITY,
    MEASURES,
    MINE,
    MakeRespondent,
    answers,
    everything,
    in_days,
)

pytestmark = pytest.mark.usefixtures("open_campaign")
DOCUMENT = "01890a5d-ac96-774b-bcce-b302099a8057"


def one(measure: str = "M1.1.a", **said: Any) -> dict[str, Any]:
    return {"answers": [{"measure": measure} | said]}


async def mine(person: Person) -> dict[str, Any]:
    answer = await person.get(MINE)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    told: dict[str, Any] = answer.json()
    return told


async def test_answers_are_saved_part_by_part_with_a_revision_each(respondent: Person):
    assert (await mine(respondent))["answers"] == []
    saved = await respondent.patch(MINE, json=answers({"M2.1.a": 3, "M1.1.a": "unknown"}))
    assert saved.status_code == 200
    assert saved.json() == {
        "saved": [
            {"measure": "M2.1.a", "revision": 1, "unchanged": False},
            {"measure": "M1.1.a", "revision": 1, "unchanged": False},
        ],
        "conflicts": [],
    }
    said = one("M2.1.a", level=4, flag=None, comment="Más", evidence=[DOCUMENT], base_revision=1)
    assert (await respondent.patch(MINE, json=said)).json()["saved"][0]["revision"] == 2
    told = await mine(respondent)
    assert [a["measure"] for a in told["answers"]] == ["M1.1.a", "M2.1.a"]
    second = told["answers"][1]
    assert (second["level"], second["flag"], second["comment"], second["evidence"], second["revision"]) == (
        4, None, "Más", [DOCUMENT], 2,
    )  # fmt: skip
    assert second["updated_at"].endswith("Z")
    assert told["stakeholder_group"] == "customs"
    assert told["progress"] == {"answered": 2, "total": 27, "first_unanswered": "M1.1.b"}


async def test_what_is_not_sent_stays_and_null_clears(respondent: Person):
    await respondent.patch(MINE, json=one(level=2, flag=None, comment="a", evidence=[DOCUMENT]))
    await respondent.patch(MINE, json=one(level=3, base_revision=1))
    assert [(a["level"], a["comment"]) for a in (await mine(respondent))["answers"]] == [(3, "a")]
    await respondent.patch(MINE, json=one(comment=None, base_revision=2))
    told = (await mine(respondent))["answers"][0]
    assert (told["level"], told["comment"], told["evidence"]) == (3, None, [DOCUMENT])
    nothing = await respondent.patch(MINE, json={"answers": []})
    assert nothing.json() == {"saved": [], "conflicts": []}


INVALID: list[tuple[dict[str, Any], str]] = [
    ({"level": 5, "flag": None}, "/answers/1/level"),
    ({"level": -1, "flag": None}, "/answers/1/level"),
    ({"level": 2.0, "flag": None}, "/answers/1/level"),
    ({"level": "3", "flag": None}, "/answers/1/level"),
    ({"level": True, "flag": None}, "/answers/1/level"),
    ({"level": 9223372036854775808, "flag": None}, "/answers/1/level"),
    ({"level": 3, "flag": "unknown"}, "/answers/1/flag"),
    ({"level": None, "flag": None}, "/answers/1/level"),
    ({}, "/answers/1/level"),
    ({"level": None, "flag": "perhaps"}, "/answers/1/flag"),
    ({"level": 3, "measure": "M9.9.z"}, "/answers/1/measure"),
    ({"level": 3, "measure": "M1.1.b"}, "/answers/1/measure"),
    ({"level": 3, "measure": "m1.1.c"}, "/answers/1/measure"),
    ({"level": 3, "comment": "a\u0007b"}, "/answers/1/comment"),
    ({"level": 3, "comment": "a\u0000b"}, "/answers/1/comment"),
    ({"level": 3, "comment": "x" * 40_000}, "/answers/1/comment"),
    ({"level": 3, "comment": 7}, "/answers/1/comment"),
    ({"level": 3, "evidence": ["not a document"]}, "/answers/1/evidence/0"),
    ({"level": 3, "base_revision": -1}, "/answers/1/base_revision"),
    ({"level": 3, "base_revision": 2**31}, "/answers/1/base_revision"),
    ({"level": 3, "revision": 1}, "/answers/1/revision"),
]


async def test_an_invalid_answer_is_named_and_nothing_of_the_call_is_saved(respondent: Person):
    for wrong, pointer in INVALID:
        body = {"answers": [{"measure": "M1.1.b", "level": 1}, {"measure": "M1.1.c"} | wrong]}
        assert pointers(await respondent.patch(MINE, json=body)) == [pointer], wrong
        assert (await mine(respondent))["answers"] == []


async def test_what_is_no_json_is_malformed(respondent: Person):
    headers = {"content-type": "application/json"}
    for body in (b'{"answers": [{"measure": "M1.1.a", "level": NaN}]}', b"{", b"\xff"):
        assert (await respondent.patch(MINE, content=body, headers=headers)).status_code == 400
    doubled = b'{"answers": [{"measure": "M1.1.a", "level": 1, "level": 2}]}'
    assert pointers(await respondent.patch(MINE, content=doubled, headers=headers)) == ["/answers/0/level"]
    assert (await respondent.patch(MINE, content=b"a", headers={"content-type": "text/plain"})).status_code == 415


async def test_an_answer_that_comes_too_late_is_kept_aside_and_the_rest_is_saved(respondent: Person):
    await respondent.patch(MINE, json=one(level=1))
    await respondent.patch(MINE, json=one(level=2, base_revision=1))
    late = {
        "answers": [
            {"measure": "M1.1.a", "level": 4, "comment": "desde el barco", "base_revision": 1},
            {"measure": "M1.1.b", "level": 3},
        ]
    }
    told = (await respondent.patch(MINE, json=late)).json()
    assert [saved["measure"] for saved in told["saved"]] == ["M1.1.b"]
    conflict = {
        "measure": "M1.1.a",
        "mine": {"level": 4, "flag": None, "comment": "desde el barco", "evidence": []},
        "theirs": {"level": 2, "flag": None, "comment": None, "evidence": []},
        "revision": 2,
    }
    assert told["conflicts"] == [conflict]
    await respondent.patch(MINE, json=late)
    now = await mine(respondent)
    assert [(a["measure"], a["level"]) for a in now["answers"]] == [("M1.1.a", 2), ("M1.1.b", 3)]
    assert [{name: kept[name] for name in conflict} for kept in now["conflicts"]] == [conflict]
    settled = await respondent.patch(MINE, json=one(level=4, comment="desde el barco", base_revision=2))
    assert settled.json()["saved"][0]["revision"] == 3
    assert (await mine(respondent))["conflicts"] == []


async def test_a_first_answer_from_a_second_device_does_not_overwrite(respondent: Person):
    await respondent.patch(MINE, json=one(level=1))
    for base in ({}, {"base_revision": 0}, {"base_revision": 7}):
        told = (await respondent.patch(MINE, json=one(level=2, **base))).json()
        assert told["saved"] == []
        assert told["conflicts"][0]["revision"] == 1
    now = await mine(respondent)
    assert now["answers"][0]["level"] == 1
    assert len(now["conflicts"]) == 1


async def test_twenty_identical_saves_at_once_make_one_revision(respondent: Person):
    told = await asyncio.gather(*[respondent.patch(MINE, json=one(level=3, comment="ñ")) for _ in range(20)])
    assert {answer.status_code for answer in told} == {200}
    assert all(answer.json()["conflicts"] == [] for answer in told)
    assert {answer.json()["saved"][0]["revision"] for answer in told} == {1}
    assert sum(not answer.json()["saved"][0]["unchanged"] for answer in told) == 1
    assert [a["revision"] for a in (await mine(respondent))["answers"]] == [1]


async def test_different_saves_at_once_lose_nothing(respondent: Person):
    told = await asyncio.gather(*[respondent.patch(MINE, json=one(level=level)) for level in range(5)])
    saved = [answer for answer in told if answer.json()["saved"]]
    assert len(saved) == 1
    now = await mine(respondent)
    levels = {now["answers"][0]["level"], *(kept["mine"]["level"] for kept in now["conflicts"])}
    assert levels == {0, 1, 2, 3, 4}


async def test_many_who_begin_at_once_do_not_wait_for_each_other_for_ever(
    somebody_of: MakeRespondent, coordinator: Person
):
    groups = ("customs", "labour", "depot", "shipping", "university", "security", "rail_operator", "cargo_owner")
    people = [await somebody_of(group) for group in groups]
    told = await asyncio.gather(*[person.patch(MINE, json=answers(everything(2))) for person in people])
    assert {answer.status_code for answer in told} == {200}
    now = (await coordinator.get(ASSESSMENT)).json()
    assert (now["respondents"], now["state"]) == (8, "in_progress")


async def test_a_numbered_call_is_harmless_when_it_comes_again(respondent: Person):
    body = one(level=2) | {"client_id": "tablet", "client_seq": 1}
    first = (await respondent.patch(MINE, json=body)).json()
    await respondent.patch(MINE, json=one(level=4, base_revision=1) | {"client_id": "tablet", "client_seq": 2})
    again = (await respondent.patch(MINE, json=body)).json()
    assert again == first
    now = await mine(respondent)
    assert (now["answers"][0]["level"], now["answers"][0]["revision"], now["conflicts"]) == (4, 2, [])
    other = one(level=0) | {"client_id": "tablet", "client_seq": 1}
    assert pointers(await respondent.patch(MINE, json=other)) == ["/client_seq"]
    assert pointers(await respondent.patch(MINE, json=one(level=0) | {"client_seq": 1})) == ["/client_id"]
    assert pointers(await respondent.patch(MINE, json=one(level=0) | {"client_id": "t"})) == ["/client_seq"]


async def test_answers_of_one_respondent_are_not_another_ones(somebody_of: MakeRespondent, respondent: Person):
    other = await somebody_of("customs", "colleague")
    await respondent.patch(MINE, json=one(level=1, comment="mío"))
    await other.patch(MINE, json=one(level=3))
    assert [a["level"] for a in (await mine(respondent))["answers"]] == [1]
    assert [(a["level"], a["comment"]) for a in (await mine(other))["answers"]] == [(3, None)]


async def test_a_coordinator_answers_only_with_a_respondents_grant(platform: Platform, coordinator: Person):
    assert (await coordinator.get(MINE)).status_code == 403
    assert (await coordinator.patch(MINE, json=one(level=1))).status_code == 403
    both = await somebody(
        platform, "both", ("coordinator", f"community:{COMMUNITY}"), ("respondent", f"community:{COMMUNITY}", "labour")
    )
    assert (await both.patch(MINE, json=one(level=1))).status_code == 200
    first = (await both.get(f"{ASSESSMENT}/summary")).json()["measures"][0]
    assert first["groups"] == [
        {
            "stakeholder_group": "labour",
            "respondents": 1,
            "median": 1.0,
            "not_applicable": 0,
            "unknown": 0,
            "levels": {"0": 0, "1": 1, "2": 0, "3": 0, "4": 0},
        }
    ]


async def test_a_respondent_of_another_community_finds_nothing(somebody_of: MakeRespondent):
    foreign = await somebody_of("customs", "foreign", "cl-biobio")
    assert (await foreign.get(MINE)).status_code == 404
    assert (await foreign.patch(MINE, json=one(level=1))).status_code == 404
    own = f"{API}/campaigns/2026/assessments/cl-biobio/answers/mine"
    assert (await foreign.patch(own, json=one(level=1))).status_code == 200
    nowhere = f"{API}/campaigns/2026/assessments/pe-callao/answers/mine"
    assert (await foreign.get(nowhere)).status_code == 404


async def test_after_the_close_answers_are_refused_and_still_readable(secretariat: Person, respondent: Person):
    await respondent.patch(MINE, json=one(level=1))
    await secretariat.post(f"{API}/campaigns/2026/close")
    assert (await respondent.patch(MINE, json=one(level=2, base_revision=1))).status_code == 409
    told = await mine(respondent)
    assert (told["open"], told["answers"][0]["level"]) == (False, 1)


async def test_the_coordinator_reads_who_said_what_and_exports_it_safely(
    respondent: Person, coordinator: Person, secretariat: Person
):
    await respondent.patch(MINE, json=one("M1.1.b", level=2, comment="=HYPERLINK(1)"))
    await respondent.patch(MINE, json=one("M1.1.a", level=None, flag="not_applicable"))
    for reader in (coordinator, secretariat):
        items = (await reader.get(f"{ASSESSMENT}/answers")).json()["items"]
        assert [(item["measure"], item["name"], item["stakeholder_group"]) for item in items] == [
            ("M1.1.a", "Respondent", "customs"), ("M1.1.b", "Respondent", "customs"),
        ]  # fmt: skip
    table = (await coordinator.get(f"{ASSESSMENT}/answers", params={"format": "csv"})).text.splitlines()
    assert table[0].startswith("respondent,name,stakeholder_group,measure,level,flag,comment,evidence,revision")
    assert table[0].endswith("demo")
    assert ",'=HYPERLINK(1)," in table[2]
    book = await coordinator.get(f"{ASSESSMENT}/answers", params={"format": "xlsx"})
    assert book.content.startswith(b"PK")
    assert pointers(await coordinator.get(f"{ASSESSMENT}/answers", params={"format": "pdf"})) == ["/format"]
    assert (await respondent.get(f"{ASSESSMENT}/answers")).status_code == 403


async def test_the_summary_has_comments_with_the_group_and_can_show_disagreement_first(
    somebody_of: MakeRespondent, coordinator: Person
):
    people = [await somebody_of(group) for group in ("customs", "labour")]
    await people[0].patch(MINE, json=answers({"M1.1.a": 2, "M1.1.b": 0, "M1.2.a": 3}))
    await people[1].patch(MINE, json=answers({"M1.1.a": 2, "M1.1.b": 4, "M1.2.a": 2}))
    await people[1].patch(MINE, json=one("M2.2.a", level=None, flag="unknown", comment="No lo vemos"))
    told = (await coordinator.get(f"{ASSESSMENT}/summary", params={"sort": "consensus"})).json()["measures"]
    assert [row["measure"] for row in told[:4]] == ["M1.1.b", "M1.2.a", "M1.1.a", "M1.1.c"]
    assert [(row["consensus"], row["disagreement"]) for row in told[:1]] == [(0.0, True)]
    assert told[2]["consensus"] == 1.0
    assert told[3]["consensus"] is None
    by_code = {row["measure"]: row for row in told}
    comment = by_code["M2.2.a"]["comments"][0]
    assert (comment["stakeholder_group"], comment["comment"], comment["flag"]) == ("labour", "No lo vemos", "unknown")
    assert "name" not in comment
    assert len(told) == len(MEASURES)
    assert pointers(await coordinator.get(f"{ASSESSMENT}/summary", params={"sort": "name"})) == ["/sort"]


async def test_an_answer_saved_at_once_leaves_what_one_saved_step_by_step_does(
    secretariat: Person, coordinator: Person, respondent: Person
):
    """From the second call on, single answers take one statement: what is stored, told and refused is the same."""
    await respondent.patch(MINE, json=one("M1.1.b", level=1))

    async def save(status: int = 200, **said: Any) -> Any:
        answer = await respondent.patch(MINE, json=one(**said) | device)
        assert answer.status_code == status, answer.text
        return answer.json()

    device: dict[str, Any] = {"client_id": "phone", "client_seq": 1}
    first = await save(level=2, comment=" Con plan ")
    assert first == {"saved": [{"measure": "M1.1.a", "revision": 1, "unchanged": False}], "conflicts": []}
    assert await save(level=2, comment=" Con plan ") == first  # the line broke, and the device sends it again
    assert (await save(422, level=3, base_revision=1))["errors"][0]["pointer"] == "/client_seq"
    device = {}
    assert (await save(level=4))["conflicts"][0]["revision"] == 1
    assert len((await mine(respondent))["conflicts"]) == 1
    assert (await save(level=3, base_revision=1))["saved"][0]["revision"] == 2
    assert (await save(level=3, base_revision=2))["saved"][0]["unchanged"] is True
    told = await mine(respondent)
    assert [(a["measure"], a["level"], a["comment"], a["revision"]) for a in told["answers"]] == [
        ("M1.1.a", 3, "Con plan", 2), ("M1.1.b", 1, None, 1),
    ]  # fmt: skip
    assert told["conflicts"] == []  # whoever saves on top of what is stored has seen what was kept aside
    assert pointers(await respondent.patch(MINE, json=one(level=9, base_revision=2))) == ["/answers/0/level"]
    trail = (await coordinator.get(f"{ASSESSMENT}/history")).json()["items"]
    answered = [step["details"] for step in trail if step["action"] == "answered"]
    assert answered.count({"measures": ["M1.1.a"], "stakeholder_group": "customs"}) == 2
    audit = (await secretariat.get("/api/v1/identity/audit", params={"action": "save answers"})).json()["items"]
    assert [row["details"].get("saved") for row in audit].count(1) == 3
    tag = (await coordinator.get(ASSESSMENT)).headers["etag"]
    assert (await secretariat.post(f"{API}/campaigns/2026/close")).status_code == 200
    assert (await save(409, level=1, base_revision=2))["detail"] == "The campaign is closed; it takes no answers."
    until = {"until": in_days(3), "reason": "Pidieron unos días"}
    opened = await secretariat.post(f"{ASSESSMENT}/reopen", json=until, headers={"If-Match": tag})
    assert opened.status_code == 200, opened.text
    assert (await save(level=1, base_revision=2))["saved"][0]["revision"] == 3
