"""The coordinator's agreements and the way of an assessment through the review."""

import asyncio
from typing import Any

import pytest

from tests.people import Person, if_match, pointers
from tests.survey.conftest import API, ASSESSMENT, MINE, MakeRespondent, agree, answers, everything

pytestmark = pytest.mark.usefixtures("open_campaign")
AGREED = f"{ASSESSMENT}/agreed/M1.1.a"


async def test_an_agreement_needs_the_assessments_etag_and_gives_the_next(coordinator: Person):
    before = await coordinator.get(ASSESSMENT)
    assert before.headers["etag"] == before.json()["etag"]
    body = {"level": 3, "flag": None, "note": "Con reparos de un gremio"}
    assert (await coordinator.put(AGREED, json=body)).status_code == 428
    weak = {"If-Match": "W/" + before.headers["etag"]}
    assert (await coordinator.put(AGREED, json=body, headers=weak)).status_code == 412
    done = await coordinator.put(AGREED, json=body, headers=if_match(before))
    assert done.status_code == 200
    told = done.json()
    assert (told["measure"], told["level"], told["flag"], told["note"]) == ("M1.1.a", 3, None, body["note"])
    assert told["etag"] == done.headers["etag"]
    assert (await coordinator.put(AGREED, json=body, headers=if_match(before))).status_code == 412
    again = await coordinator.put(AGREED, json=body, headers=if_match(done))
    assert again.headers["etag"] == done.headers["etag"]
    back = await coordinator.put(AGREED, json={"level": None, "flag": None}, headers=if_match(again))
    assert back.json()["level"] is None
    assert (await coordinator.get(f"{ASSESSMENT}/summary")).json()["measures"][0]["agreed"] is None
    assert (await coordinator.get(ASSESSMENT)).json()["state"] == "in_progress"


async def test_of_two_agreements_at_once_one_is_told_to_read_again(coordinator: Person):
    for round_ in range(5):
        tag = if_match(await coordinator.get(ASSESSMENT))
        told = await asyncio.gather(
            *[
                coordinator.put(f"{ASSESSMENT}/agreed/{code}", json={"level": round_ % 5}, headers=tag)
                for code in ("M1.1.a", "M1.1.b")
            ]
        )
        assert sorted(answer.status_code for answer in told) == [200, 412]


async def test_respondents_do_not_make_the_coordinators_etag_stale(coordinator: Person, respondent: Person):
    tag = if_match(await coordinator.get(ASSESSMENT))
    await coordinator.put(AGREED, json={"level": 1}, headers=tag)
    tag = if_match(await coordinator.get(ASSESSMENT))
    await respondent.patch(MINE, json=answers({"M1.1.b": 2}))
    assert (await coordinator.put(AGREED, json={"level": 2}, headers=tag)).status_code == 200


async def test_answers_agreements_and_the_submission_at_once_neither_fail_nor_get_lost(
    somebody_of: MakeRespondent, coordinator: Person
):
    people = [await somebody_of(group) for group in ("customs", "labour", "depot", "shipping", "security")]
    await people[0].patch(MINE, json=answers(everything(1)))
    etag = (await coordinator.get(ASSESSMENT)).headers["etag"]
    told = await asyncio.gather(
        *[person.patch(MINE, json=answers(everything(3))) for person in people[1:]],
        *[
            coordinator.put(f"{ASSESSMENT}/agreed/{code}", json={"level": 2}, headers={"If-Match": etag})
            for code in ("M1.1.a", "M1.1.b", "M1.1.c")
        ],
        coordinator.post(f"{ASSESSMENT}/submit"),
    )
    assert {answer.status_code for answer in told[:4]} <= {200, 409}
    assert {answer.status_code for answer in told[4:7]} <= {200, 409, 412}
    assert told[7].status_code == 200
    saved = sum(answer.status_code == 200 for answer in told[:4])
    assert (await coordinator.get(ASSESSMENT)).json()["respondents"] == 1 + saved
    live = (await coordinator.get(f"{ASSESSMENT}/score")).json()
    kept = (await coordinator.get(f"{API}/results/mx-manzanillo")).json()
    assert kept["answers_hash"] == live["answers_hash"]


NOT_AGREEABLE: list[tuple[dict[str, Any], str]] = [
    ({"level": 5}, "/level"),
    ({"level": -1}, "/level"),
    ({"level": True}, "/level"),
    ({"level": "3"}, "/level"),
    ({"level": 2, "flag": "not_applicable"}, "/flag"),
    ({"flag": "maybe"}, "/flag"),
    ({"level": 2, "note": "a\u000bb"}, "/note"),
    ({"level": 2, "comment": "x"}, "/comment"),
]


async def test_a_level_outside_the_scale_is_refused_and_nothing_changes(coordinator: Person):
    before = await coordinator.get(ASSESSMENT)
    for body, pointer in NOT_AGREEABLE:
        assert pointers(await coordinator.put(AGREED, json=body, headers=if_match(before))) == [pointer], body
        assert (await coordinator.get(ASSESSMENT)).text == before.text


async def test_a_measure_that_the_model_has_not_is_not_found(coordinator: Person):
    for measure in ("M9.9.a", "P1.1", "m1.1.a", "x" * 500):
        assert (await agree(coordinator, measure, level=1)).status_code == 404


async def test_what_does_not_apply_is_not_missing(coordinator: Person, respondent: Person):
    await respondent.patch(MINE, json=answers(everything(2) | {"M1.1.a": "unknown", "M4.3.b": "not_applicable"}))
    assert pointers(await coordinator.post(f"{ASSESSMENT}/submit")) == ["/M1.1.a"]
    assert (await agree(coordinator, "M1.1.a", flag="unknown")).status_code == 200
    assert pointers(await coordinator.post(f"{ASSESSMENT}/submit")) == ["/M1.1.a"]
    assert (await agree(coordinator, "M1.1.a", flag="not_applicable")).status_code == 200
    told = await coordinator.post(f"{ASSESSMENT}/submit")
    assert told.json()["progress"] == {"answered": 25, "applicable": 25, "total": 27}


async def test_each_step_follows_only_the_one_before(coordinator: Person, secretariat: Person, respondent: Person):
    comments = {"comments": [{"measure": "M1.1.a", "text": "¿Acta?"}]}

    async def tries(**expected: int) -> None:
        for step, status in expected.items():
            who = coordinator if step in ("submit", "publish") else secretariat
            body = {"json": comments} if step == "return" else {}
            told = await who.post(f"{ASSESSMENT}/{step}", **body)
            assert told.status_code == status, (step, told.text)

    await tries(publish=409, accept=409, **{"return": 409}, submit=422)
    await respondent.patch(MINE, json=answers(everything(3)))
    await tries(publish=409, accept=409, submit=200)
    await tries(submit=409, publish=409, **{"return": 200})
    await tries(accept=409, publish=409, submit=200)
    await tries(accept=200)
    await tries(accept=409, submit=409, publish=200)
    await tries(publish=409, accept=409, submit=409)


async def test_a_doubled_submission_is_one(coordinator: Person, respondent: Person):
    await respondent.patch(MINE, json=answers(everything(3)))
    told = await asyncio.gather(*[coordinator.post(f"{ASSESSMENT}/submit") for _ in range(5)])
    assert sorted(answer.status_code for answer in told) == [200, 409, 409, 409, 409]
    events = (await coordinator.get(f"{ASSESSMENT}/history")).json()["items"]
    assert [event["action"] for event in events].count("submitted") == 1


async def test_the_same_key_submits_once_and_is_told_the_same(coordinator: Person, respondent: Person):
    await respondent.patch(MINE, json=answers(everything(3)))
    key = {"Idempotency-Key": "s"}
    first = await coordinator.post(f"{ASSESSMENT}/submit", headers=key)
    again = await coordinator.post(f"{ASSESSMENT}/submit", headers=key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.text == first.text


NO_REASONS: list[tuple[dict[str, Any], str]] = [
    ({"comments": []}, "/comments"),
    ({}, "/comments"),
    ({"comments": [{"measure": "M9", "text": "x"}]}, "/comments/0/measure"),
    ({"comments": [{"measure": "M1.1.a", "text": " "}]}, "/comments/0/text"),
    ({"comments": [{"measure": "M1.1.a"}]}, "/comments/0/text"),
]


async def test_a_return_says_why(secretariat: Person, coordinator: Person, respondent: Person):
    await respondent.patch(MINE, json=answers(everything(3)))
    await coordinator.post(f"{ASSESSMENT}/submit")
    for body, pointer in NO_REASONS:
        assert pointers(await secretariat.post(f"{ASSESSMENT}/return", json=body)) == [pointer], body
    assert (await coordinator.get(ASSESSMENT)).json()["state"] == "submitted"


async def test_a_correction_of_what_is_public_is_a_new_edition_and_the_old_one_stays_readable(
    secretariat: Person, coordinator: Person, respondent: Person, public: Person
):
    await respondent.patch(MINE, json=answers(everything(2)))
    for who, step in ((coordinator, "submit"), (secretariat, "accept"), (coordinator, "publish")):
        await who.post(f"{ASSESSMENT}/{step}")
    url = f"{API}/results/mx-manzanillo"
    first = (await public.get(url)).json()
    assert (first["overall"], first["level"], first["state"]) == (50.0, 3, "published")
    await secretariat.post(f"{ASSESSMENT}/return", json={"comments": [{"text": "Errata"}]})
    for code in ("M1.1.a", "M1.1.b", "M1.1.c"):
        await agree(coordinator, code, level=4)
    assert (await public.get(url)).json() == first
    await coordinator.post(f"{ASSESSMENT}/submit")
    assert (await public.get(url)).json() == first
    await secretariat.post(f"{ASSESSMENT}/accept")
    await coordinator.post(f"{ASSESSMENT}/publish")
    second = (await public.get(url)).json()
    assert second["overall"] > 50
    assert second["answers_hash"] != first["answers_hash"]
    old = await public.get(url, params={"year": 2026, "revision": first["revision"]})
    assert old.json() == first
    draft = await public.get(url, params={"year": 2026, "revision": first["revision"] - 1})
    assert draft.status_code == 404
    assert pointers(await public.get(url, params={"revision": 1})) == ["/year"]
    editions = (await public.get(f"{url}/editions", params={"year": 2026})).json()["items"]
    assert [(e["revision"], e["current"], e["overall"]) for e in editions] == [
        (second["revision"], True, second["overall"]), (first["revision"], False, 50.0),
    ]  # fmt: skip
    assert (await public.get(f"{API}/results/cl-biobio/editions")).status_code == 404


async def test_the_desk_says_what_waits_for_whom(
    secretariat: Person, coordinator: Person, respondent: Person, somebody_of: MakeRespondent, member: Person
):
    await somebody_of("labour")
    finished = await somebody_of("depot")
    await respondent.patch(MINE, json=answers({"M1.1.a": 0, "M1.1.b": "unknown"}))
    await finished.patch(MINE, json=answers(everything(4)))
    mine = (await respondent.get(f"{API}/mine")).json()["items"]
    assert len(mine) == 1
    assert (mine[0]["task"], mine[0]["answered"], mine[0]["total"], mine[0]["first_unanswered"]) == (
        "answer", 2, 27, "M1.1.c",
    )  # fmt: skip
    assert mine[0]["days_left"] in (19, 20, 21)
    assert mine[0]["disagreement"] is None
    theirs = (await coordinator.get(f"{API}/mine")).json()["items"]
    assert [(i["task"], i["started"], i["finished"], i["invited"], i["disagreement"]) for i in theirs] == [
        ("coordinate", 2, 1, 3, ["M1.1.a"])
    ]
    assert theirs[0]["missing"] == []
    assert (await secretariat.get(f"{API}/mine")).json()["items"] == []
    assert (await member.get(f"{API}/mine")).json()["items"] == []
    await coordinator.post(f"{ASSESSMENT}/submit")
    assert (await respondent.get(f"{API}/mine")).json()["items"] == []
    assert [i["task"] for i in (await secretariat.get(f"{API}/mine")).json()["items"]] == ["review"]
    await secretariat.post(f"{ASSESSMENT}/accept")
    assert [i["state"] for i in (await coordinator.get(f"{API}/mine")).json()["items"]] == ["accepted"]


async def test_the_score_as_it_stands_says_how_bad_and_how_good_it_can_still_become(
    coordinator: Person, respondent: Person
):
    empty = (await coordinator.get(f"{ASSESSMENT}/score")).json()
    assert (empty["overall"], empty["level"], empty["worst"], empty["best"]) == (None, None, 0.0, 100.0)
    await respondent.patch(MINE, json=answers(everything(2) | {"M1.3.a": "unknown", "M1.3.b": "unknown"}))
    told = (await coordinator.get(f"{ASSESSMENT}/score")).json()
    assert told["overall"] is None
    assert told["pillars"][0]["points"][2]["coverage"] == 0.0
    assert (told["worst"], told["best"]) == (pytest.approx(50 - 50 / 12), pytest.approx(50 + 50 / 12))
    await agree(coordinator, "M1.3.a", level=4)
    await agree(coordinator, "M1.3.b", level=4)
    told = (await coordinator.get(f"{ASSESSMENT}/score")).json()
    assert told["worst"] == told["best"] == told["overall"] == pytest.approx(50 + 50 / 12)


async def test_the_basis_lets_anybody_check_the_hash_and_the_gaps_say_where_to_begin(
    coordinator: Person, respondent: Person
):
    await respondent.patch(MINE, json=answers(everything(3) | {"M2.1.a": 0}))
    basis = (await coordinator.get(f"{ASSESSMENT}/score/basis")).json()
    assert basis["basis"]["measures"]["M2.1.a"]["groups"] == {
        "customs": {"levels": [0], "not_applicable": 0, "unknown": 0}
    }
    score = (await coordinator.get(f"{ASSESSMENT}/score")).json()
    assert basis["answers_hash"] == score["answers_hash"]
    assert (await respondent.get(f"{ASSESSMENT}/score/basis")).status_code == 403
    gaps = (await respondent.get(f"{ASSESSMENT}/gaps", params={"target": 3})).json()
    assert [(gap["code"], gap["gap"]) for gap in gaps["items"]] == [("M2.1.a", 75.0)]
    assert pointers(await respondent.get(f"{ASSESSMENT}/gaps", params={"target": 9})) == ["/target"]
