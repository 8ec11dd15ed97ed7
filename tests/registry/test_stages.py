"""The life cycle of a community."""

import asyncio

import pytest

from services.registry.words import LADDER, STAGES
from tests.people import Person, if_match, pointers
from tests.registry.things import COMMUNITIES, made, whole_list

URL = f"{COMMUNITIES}/mx-new"
NEW = {"code": "mx-new", "name": "Nueva", "country": "MX", "kind": "port"}


def expected(before: str, after: str, reason: bool) -> int:
    """The table of the life cycle, written the long way round."""
    if before == after:
        return 409
    if before == "dormant" or after == "dormant":
        return 201 if reason else 422
    step = LADDER.index(after) - LADDER.index(before)
    if step == 1:
        return 201
    if step > 1:
        return 409
    return 201 if reason else 422


@pytest.mark.parametrize("before", STAGES)
async def test_only_forward_one_step_and_back_or_asleep_with_a_reason(secretariat: Person, before: str):
    for number, after in enumerate(STAGES):
        for reason in (None, "Cambio de gobierno"):
            code = f"mx-new-{number}-{'with' if reason else 'without'}"
            await made(secretariat, COMMUNITIES, NEW | {"code": code, "stage": before})
            body = {"stage": after} | ({"reason": reason} if reason else {})
            answer = await secretariat.post(f"{COMMUNITIES}/{code}/stages", json=body)
            assert answer.status_code == expected(before, after, reason is not None), (before, after, reason)
            now = (await secretariat.get(f"{COMMUNITIES}/{code}")).json()["stage"]
            assert now == (after if answer.status_code == 201 else before)
            if answer.status_code == 422:
                assert pointers(answer) == ["/reason"]


async def test_the_history_is_kept_oldest_first(secretariat: Person, public: Person):
    await made(secretariat, COMMUNITIES, NEW)
    first = {"stage": "conceptualization", "date": "2016-05-01", "note": "Taller"}
    answer = await secretariat.post(f"{URL}/stages", json=first)
    assert answer.status_code == 201
    await made(secretariat, f"{URL}/stages", {"stage": "mobilization", "date": "2017-02-28"})
    await made(secretariat, f"{URL}/stages", {"stage": "dormant", "reason": "Sin actividad", "date": "2020-01-01"})
    history = await whole_list(public, f"{URL}/stages", limit=2)
    assert [(step["stage"], step["date"]) for step in history] == [
        ("candidate", None), ("conceptualization", "2016-05-01"), ("mobilization", "2017-02-28"),
        ("dormant", "2020-01-01"),
    ]  # fmt: skip
    assert history[1] == answer.json()
    assert history[1]["note"] == "Taller"
    assert history[3]["reason"] == "Sin actividad"
    assert all(step["recorded_at"].endswith("Z") for step in history)
    told = (await public.get(URL)).json()
    assert (told["stage"], told["stage_since"]) == ("dormant", "2020-01-01")
    assert [c["code"] for c in (await public.get(COMMUNITIES, params={"stage": "dormant"})).json()["items"]] == [
        "mx-new"
    ]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"stage": "asleep"}, ["/stage"]), ({}, ["/stage"]), ({"stage": 1}, ["/stage"]),
        ({"stage": "conceptualization", "date": "2999-01-01"}, ["/date"]),
        ({"stage": "conceptualization", "date": "2023-02-29"}, ["/date"]),
        ({"stage": "conceptualization", "date": "01-02-2023"}, ["/date"]),
        ({"stage": "conceptualization", "date": "2023-02-01T00:00:00Z"}, ["/date"]),
        ({"stage": "conceptualization", "date": 20230201}, ["/date"]),
        ({"stage": "conceptualization", "date": "0001-01-01"}, ["/date"]),
        ({"stage": "conceptualization", "why": "x"}, ["/why"]),
        ({"stage": "dormant", "reason": "  "}, ["/reason"]),
    ],
)  # fmt: skip
async def test_a_wrong_step_is_refused(secretariat: Person, body: dict, wrong: list[str]):
    await made(secretariat, COMMUNITIES, NEW)
    assert pointers(await secretariat.post(f"{URL}/stages", json=body)) == wrong
    assert len(await whole_list(secretariat, f"{URL}/stages")) == 1


async def test_a_step_is_not_dated_before_the_one_it_follows(secretariat: Person):
    await made(secretariat, COMMUNITIES, NEW)
    await made(secretariat, f"{URL}/stages", {"stage": "conceptualization", "date": "2017-01-01"})
    answer = await secretariat.post(f"{URL}/stages", json={"stage": "mobilization", "date": "2016-12-31"})
    assert pointers(answer) == ["/date"]


async def test_a_step_makes_the_card_newer(secretariat: Person):
    before = await secretariat.post(COMMUNITIES, json=NEW)
    await made(secretariat, f"{URL}/stages", {"stage": "conceptualization"})
    assert (await secretariat.patch(URL, json={"phase": "I"}, headers=if_match(before))).status_code == 412


async def test_of_the_same_step_taken_twice_at_once_one_counts(secretariat: Person):
    await made(secretariat, COMMUNITIES, NEW)
    answers = await asyncio.gather(
        *[secretariat.post(f"{URL}/stages", json={"stage": "conceptualization"}) for _ in range(8)]
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert len(await whole_list(secretariat, f"{URL}/stages")) == 2
