"""Recording values and reading them back: all or nothing, never overwritten, to the last bit."""

import asyncio
import csv
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest

from tests.indicators.things import MANZANILLO, URL, publish, record, row, step
from tests.people import Person, pointers, read_problem


async def values_of(person: Person, **filters: str) -> list[tuple[str, str, str, float]]:
    told = (await person.get(f"{URL}/observations", params={"limit": 200, **filters})).json()
    return [(item["indicator"], item["community"], item["period"], item["value"]) for item in told["items"]]


async def test_a_data_provider_records_values_and_reads_them_back(data_provider: Person):
    told = await record(data_provider, row(value=12.5, n=40, note="Huelga del 3 al 5"), row("GAT-01", value=48))
    assert told.status_code == 201
    assert told.json()["accepted"] == 2
    found = (await data_provider.get(f"{URL}/observations", params={"community": MANZANILLO})).json()
    assert found["total"] == 2
    gate, waiting = found["items"]
    assert (gate["indicator"], gate["value"], gate["status"], gate["revision"]) == ("GAT-01", 48, "draft", 1)
    assert (waiting["value"], waiting["n"], waiting["note"]) == (12.5, 40, "Huelga del 3 al 5")


PERMISSIONS = {
    "public": 401, "secretariat": 201, "coordinator": 201, "respondent": 403, "data_provider": 201, "chair": 403,
    "member": 403, "observer": 403, "foreign_coordinator": 403, "without_grants": 403,
}  # fmt: skip


async def test_who_may_record_for_a_community(everyone: Mapping[str, Person]):
    told = {role: (await record(person, row(value=1, note=role))).status_code for role, person in everyone.items()}
    assert told == PERMISSIONS


async def test_another_communitys_rows_are_refused_by_name_and_nothing_is_kept(
    foreign_coordinator: Person, secretariat: Person
):
    told = await record(foreign_coordinator, row(community="cl-biobio"), row(community=MANZANILLO))
    assert told.status_code == 403
    assert [error["pointer"] for error in told.json()["errors"]] == ["/1/community"]
    assert await values_of(secretariat) == []


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        (row(period="2025-1"), "/1/period"),
        (row(period="2025M01"), "/1/period"),
        (row(period="2025-Q5"), "/1/period"),
        (row(period="2025Q1"), "/1/period"),
        (row(period="2025-13"), "/1/period"),
        (row(period="2025-00"), "/1/period"),
        (row(period="25-01"), "/1/period"),
        (row(period="2025-W53"), "/1/period"),
        (row(period="2025-S1"), "/1/period"),
        (row(period="2025-01-01"), "/1/period"),
        (row(period="２０２５-01"), "/1/period"),
        (row(period="2025"), "/1/period"),
        (row(period="2025-Q1"), "/1/period"),
        (row("RAI-01", period="2025-01", value=12), "/1/period"),
        (row("XXX-99"), "/1/indicator"),
        (row("vpa-01"), "/1/indicator"),
        (row("VPA-01 "), "/1/indicator"),
        (row(community="mx-nowhere"), "/1/community"),
        (row(community="MX-MANZANILLO"), "/1/community"),
        (row(community="mx-manza\u200bnillo"), "/1/community"),
        (row(value=720.1), "/1/value"),
        (row(value=-0.1), "/1/value"),
        (row(value="12"), "/1/value"),
        (row(value=True), "/1/value"),
        (row(value=[1]), "/1/value"),
        (row(value=10**30), "/1/value"),
        (row(value=None), "/1/value"),
        (row(n=0, value=1), "/1/n"),
        (row(n=-3, value=1), "/1/n"),
        (row(n=12.5, value=1), "/1/n"),
        (row(n="12", value=1), "/1/n"),
        (row(n=True, value=1), "/1/n"),
        (row(n=9223372036854775808, value=1), "/1/n"),
        (row(note="a\u0000b", value=1), "/1/note"),
        (row(note=7, value=1), "/1/note"),
        (row(value=1, comment="x"), "/1/comment"),
        (row(numerator=3, denominator=4), "/1/numerator"),
        (row("CUS-02", value=33.4, numerator=1, denominator=3), "/1/value"),
        (row("CUS-02", value=33.3, numerator=1), "/1/denominator"),
        (row("CUS-02", denominator=3), "/1/numerator"),
        (row("CUS-02", numerator=1, denominator=0), "/1/denominator"),
        (row("CUS-02", numerator=4, denominator=3), "/1/numerator"),
        (row("CUS-02", numerator=9007199254740993, denominator=3), "/1/numerator"),
        (row("VTB-05", numerator=5, denominator=1), "/1/numerator"),
    ],
)  # fmt: skip
async def test_a_wrong_field_is_named_and_nothing_of_the_call_is_kept(
    data_provider: Person, wrong: dict[str, Any], pointer: str
):
    told = await record(data_provider, row("GAT-01", value=40), wrong)
    assert pointer in pointers(told)
    assert (await data_provider.get(f"{URL}/observations")).json()["total"] == 0


async def test_two_negative_numbers_are_both_named(data_provider: Person):
    told = await record(data_provider, row("CUS-02", numerator=-1, denominator=-3))
    assert pointers(told) == ["/0/denominator", "/0/numerator"]


async def test_the_message_tells_the_accepted_forms_of_a_period(data_provider: Person):
    told = read_problem(await record(data_provider, row(period="2025-1")))
    assert "YYYY-MM" in told["errors"][0]["message"]
    hidden = read_problem(await record(data_provider, row(community="mx-manza\u200bnillo")))
    assert "<U+200B>" in hidden["errors"][0]["message"]


async def test_a_key_twice_in_one_call_is_refused_and_both_rows_are_named(data_provider: Person):
    rows = [row(value=10), *[row("GAT-01", period=f"20{year}-01", value=40) for year in range(10, 30)], row(value=12)]
    told = await record(data_provider, *rows)
    assert pointers(told) == ["/0/period", "/21/period"]
    assert {error["code"] for error in told.json()["errors"]} == {"doubled"}
    assert await values_of(data_provider) == []


@pytest.mark.parametrize("body", ["[", "[{]", '{"indicator": NaN}', "[NaN]", '[{"value": Infinity}]', "\ufeff[]"])
async def test_what_is_not_json_is_malformed(data_provider: Person, body: str):
    told = await data_provider.post(
        f"{URL}/observations", content=body.encode(), headers={"content-type": "application/json"}
    )
    assert told.status_code == 400


@pytest.mark.parametrize("value", ["1e999", "-1e999", "1e-400", "1" * 5000])
async def test_numbers_that_no_double_holds_are_refused_and_lists_stay_whole(data_provider: Person, value: str):
    body = json.dumps([row(value=0)]).replace('"value": 0', f'"value": {value}')
    told = await data_provider.post(
        f"{URL}/observations", content=body.encode(), headers={"content-type": "application/json"}
    )
    assert pointers(told) == ["/0/value"]
    assert (await data_provider.get(f"{URL}/observations")).status_code == 200


async def test_negative_zero_reads_back_as_zero(data_provider: Person):
    body = json.dumps([row(value=0)]).replace('"value": 0', '"value": -0.0')
    headers = {"content-type": "application/json"}
    assert (await data_provider.post(f"{URL}/observations", content=body, headers=headers)).status_code == 201
    assert '"value":0.0' in (await data_provider.get(f"{URL}/observations")).text


async def test_an_empty_call_and_one_of_too_many_rows_are_refused(data_provider: Person):
    assert (await record(data_provider)).status_code == 422
    many = [row("GAT-01", period="2025-01", value=40)] * 10_001
    assert (await record(data_provider, *many)).status_code == 422
    assert (await data_provider.post(f"{URL}/observations", json=row())).status_code == 422


async def test_a_value_that_agrees_within_its_digits_keeps_the_exact_one(data_provider: Person):
    assert (await record(data_provider, row("CUS-02", value=33.3, numerator=1, denominator=3))).status_code == 201
    stored = (await data_provider.get(f"{URL}/observations")).json()["items"][0]
    assert stored["value"] == 100 * stored["numerator"] / stored["denominator"] == 33.333333333333336
    exported = (await data_provider.get(f"{URL}/observations", params={"format": "csv"})).text
    line = next(csv.DictReader(io.StringIO(exported)))
    assert 100 * float(line["numerator"]) / float(line["denominator"]) == float(line["value"])
    for digits in (33, 33.33, 33.333333333333336):
        again = await record(data_provider, row("CUS-02", value=digits, numerator=1, denominator=3))
        assert (again.status_code, again.json()["unchanged"]) == (201, 1)


async def test_numbers_come_back_to_the_last_bit_in_every_format(data_provider: Person):
    exact = [0.1 + 0.2, 1 / 3, 2.5e-300, 719.9999999999999, 100.0]
    rows = [row(period=f"2025-{month:02d}", value=value) for month, value in enumerate(exact, start=1)]
    assert (await record(data_provider, *rows)).status_code == 201
    listed = (await data_provider.get(f"{URL}/observations")).json()["items"]
    assert [item["value"] for item in listed] == exact
    text = (await data_provider.get(f"{URL}/observations", params={"format": "csv"})).text
    assert [float(line["value"]) for line in csv.DictReader(io.StringIO(text))] == exact
    book = await data_provider.get(f"{URL}/observations", params={"format": "xlsx"})
    with zipfile.ZipFile(io.BytesIO(book.content)) as packed:
        sheet = packed.read("xl/worksheets/sheet1.xml").decode()
    assert all(f"<v>{value!r}</v>" in sheet for value in exact[:4])


async def test_a_note_comes_back_as_text_and_never_as_a_formula(data_provider: Person):
    await record(data_provider, row(value=1, note="NA"), row("GAT-01", value=40, note="=1+1"))
    text = (await data_provider.get(f"{URL}/observations", params={"format": "csv"})).text
    assert [line["note"] for line in csv.DictReader(io.StringIO(text))] == ["'=1+1", "NA"]


async def test_a_second_value_is_a_revision_and_the_first_stays_readable(data_provider: Person):
    await record(data_provider, row(value=10))
    between = (await data_provider.get(f"{URL}/observations")).json()["items"][0]["recorded_at"]
    told = await record(data_provider, row(value=12))
    assert (told.json()["revised"], told.json()["added"]) == (1, 0)
    url = f"{URL}/observations/VPA-01/{MANZANILLO}/2025-01/revisions"
    revisions = (await data_provider.get(url)).json()["items"]
    assert [(one["revision"], one["value"], one["status"]) for one in revisions] == [(1, 10, "draft"), (2, 12, "draft")]
    assert [one["recorded_by"] for one in revisions] == ["Provider", "Provider"]
    then = {"as_of": between}
    assert [one["value"] for one in (await data_provider.get(url, params=then)).json()["items"]] == [10]
    assert [value for *_, value in await values_of(data_provider, **then)] == [10]
    assert await values_of(data_provider, as_of="2020-01-01T00:00:00Z") == []
    assert pointers(await data_provider.get(f"{URL}/observations", params={"as_of": "2025-01-01"})) == ["/as_of"]


async def test_the_same_again_changes_nothing(data_provider: Person):
    for _ in range(2):
        told = await record(data_provider, row(value=10, n=3, note="x"))
    assert told.json() == {"accepted": 1, "added": 0, "revised": 0, "unchanged": 1, "warnings": []}
    assert (await data_provider.get(f"{URL}/observations")).json()["items"][0]["revision"] == 1


async def test_twenty_posts_of_one_key_at_once_leave_one_revision_each_and_no_gap(data_provider: Person):
    answers = await asyncio.gather(*[record(data_provider, row(value=value)) for value in range(1, 21)])
    assert [answer.status_code for answer in answers] == [201] * 20
    url = f"{URL}/observations/VPA-01/{MANZANILLO}/2025-01/revisions"
    revisions = (await data_provider.get(url)).json()["items"]
    assert [one["revision"] for one in revisions] == list(range(1, 21))
    assert sorted(one["value"] for one in revisions) == list(range(1, 21))
    times = [one["recorded_at"] for one in revisions]
    assert times == sorted(times)


async def test_twenty_equal_posts_at_once_leave_one_revision(data_provider: Person):
    answers = await asyncio.gather(*[record(data_provider, row(value=5)) for _ in range(20)])
    assert sum(answer.json()["added"] for answer in answers) == 1
    assert (await data_provider.get(f"{URL}/observations")).json()["items"][0]["revision"] == 1


async def test_calls_with_the_same_keys_in_opposite_orders_do_not_block_each_other(data_provider: Person):
    rows = [row(period=f"20{year}-{month:02d}", value=1) for year in range(10, 20) for month in range(1, 13)]
    changed = [{**one, "value": 2} for one in reversed(rows)]
    answers = await asyncio.gather(*[record(data_provider, *batch) for batch in (rows, changed) * 3])
    assert {answer.status_code for answer in answers} == {201}


async def test_an_idempotency_key_replays_the_first_answer(data_provider: Person):
    headers = {"Idempotency-Key": "one"}
    first = await data_provider.post(f"{URL}/observations", json=[row(value=1)], headers=headers)
    again = await data_provider.post(f"{URL}/observations", json=[row(value=1)], headers=headers)
    other = await data_provider.post(f"{URL}/observations", json=[row(value=2)], headers=headers)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert pointers(other) == ["/Idempotency-Key"]


async def test_ten_thousand_rows_are_taken_in_one_call(secretariat: Person):
    rows = [
        row(indicator, MANZANILLO, f"{year}-{month:02d}", value=50)
        for indicator in ("VPA-01", "VPA-03", "GAT-01", "GAT-02", "GAT-03", "CUS-01", "CUS-03", "CUS-06")
        for year in range(1921, 2026)
        for month in range(1, 13)
    ][:10_000]  # fmt: skip
    assert len(rows) == 10_000
    told = await record(secretariat, *rows)
    assert (told.status_code, told.json()["added"]) == (201, 10_000)
    text = (await secretariat.get(f"{URL}/observations", params={"format": "csv"})).text
    assert text.count("\r\n") == 10_001


async def test_from_and_to_take_periods_of_every_frequency(data_provider: Person):
    rows = [row(period=f"{year}-{month:02d}", value=1) for year in (2024, 2025) for month in range(1, 13)]
    rows += [row("CUS-04", period=f"2025-Q{quarter}", value=50) for quarter in range(1, 5)]
    rows += [row("RAI-01", period=str(year), value=5) for year in (2024, 2025)]
    assert (await record(data_provider, *rows)).status_code == 201

    async def found(**filters: str) -> int:
        return len(await values_of(data_provider, **filters))

    assert await found(**{"from": "2025"}) == 12 + 4 + 1
    assert await found(**{"from": "2025", "to": "2025"}) == 17
    assert await found(**{"from": "2025-Q2", "to": "2025-Q2"}) == 3 + 1
    assert await found(to="2024") == 12 + 1
    assert await found(**{"from": "2024-02", "to": "2025-01"}) == 12
    assert await found(**{"from": "2025-02", "to": "2025-08"}) == 7 + 1
    assert await found(indicator="RAI-01") == 2
    assert pointers(await data_provider.get(f"{URL}/observations", params={"from": "2025-13"})) == ["/from"]
    assert pointers(await data_provider.get(f"{URL}/observations", params={"from": "2025", "to": "2024"})) == ["/to"]
    assert pointers(await data_provider.get(f"{URL}/observations", params={"indicator": "XX"})) == ["/indicator"]
    assert pointers(await data_provider.get(f"{URL}/observations", params={"community": "xx"})) == ["/community"]


async def test_pages_of_observations_follow_one_another(data_provider: Person):
    rows = [row(period=f"2025-{month:02d}", value=month) for month in range(1, 13)]
    await record(data_provider, *rows)
    seen: list[str] = []
    cursor = None
    while True:
        asked: dict[str, Any] = {"limit": 5} | ({"cursor": cursor} if cursor else {})
        told = (await data_provider.get(f"{URL}/observations", params=asked)).json()
        seen += [item["period"] for item in told["items"]]
        cursor = told["next"]
        if cursor is None:
            break
    assert seen == [f"2025-{month:02d}" for month in range(1, 13)]


LEVELS = {
    "aggregate": {"secretariat", "coordinator", "respondent", "data_provider"},
    "network": {
        "secretariat", "coordinator", "respondent", "data_provider", "chair", "member", "observer",
        "foreign_coordinator",
    },
    "public": {
        "secretariat", "coordinator", "respondent", "data_provider", "chair", "member", "observer",
        "foreign_coordinator", "without_grants", "public",
    },
}  # fmt: skip


@pytest.mark.parametrize("level", list(LEVELS))
async def test_list_export_and_revisions_show_the_same_to_everybody(everyone: Mapping[str, Person], level: str):
    await publish(everyone["data_provider"], everyone["coordinator"], row(value=7))
    wanted = {"default": "aggregate", "indicators": {"VPA-01": level}}
    answer = await everyone["coordinator"].put(f"{URL}/visibility/{MANZANILLO}", json=wanted)
    again = await everyone["coordinator"].put(f"{URL}/visibility/{MANZANILLO}", json=answer.json())
    assert (answer.status_code, again.status_code, again.json()) == (200, 200, answer.json())
    for role, person in everyone.items():
        sees = role in LEVELS[level]
        listed = await values_of(person)
        exported = (await person.get(f"{URL}/observations", params={"format": "csv"})).text.strip().split("\r\n")[1:]
        revisions = await person.get(f"{URL}/observations/VPA-01/{MANZANILLO}/2025-01/revisions")
        told = await person.get(f"{URL}/benchmarks/VPA-01", params={"period": "2025-01", "community": MANZANILLO})
        assert (len(listed), len(exported), revisions.status_code, told.json()["community"] is not None) == (
            (1, 1, 200, True) if sees else (0, 0, 404, False)
        ), role


async def test_a_draft_is_seen_by_own_people_only_even_when_values_are_public(everyone: Mapping[str, Person]):
    await everyone["coordinator"].put(f"{URL}/visibility/{MANZANILLO}", json={"default": "public"})
    await publish(everyone["data_provider"], everyone["coordinator"], row(value=7))
    await record(everyone["data_provider"], row(value=9, note="secret"))
    for role in ("public", "foreign_coordinator", "member"):
        assert [value for *_, value in await values_of(everyone[role])] == [7]
        answer = await everyone[role].get(f"{URL}/observations/VPA-01/{MANZANILLO}/2025-01/revisions")
        assert [(one["value"], one["recorded_by"]) for one in answer.json()["items"]] == [(7, None)]
    for role in ("respondent", "data_provider", "secretariat"):
        assert [value for *_, value in await values_of(everyone[role])] == [9]


async def test_the_past_is_read_as_others_saw_it(everyone: Mapping[str, Person]):
    await everyone["coordinator"].put(f"{URL}/visibility/{MANZANILLO}", json={"default": "public"})
    await publish(everyone["data_provider"], everyone["coordinator"], row(value=7))
    then = (await everyone["coordinator"].get(f"{URL}/submissions/{MANZANILLO}/2025-01")).json()["approved_at"]
    await record(everyone["data_provider"], row(value=9))
    await step(everyone["data_provider"], "submit")
    await step(everyone["coordinator"], "approve")
    public = everyone["public"]
    assert [value for *_, value in await values_of(public)] == [9]
    assert [value for *_, value in await values_of(public, as_of=then)] == [7]
    url = f"{URL}/observations/VPA-01/{MANZANILLO}/2025-01/revisions"
    told = (await public.get(url)).json()["items"]
    assert [(one["value"], one["status"]) for one in told] == [(7, "superseded"), (9, "approved")]
    past = (await public.get(url, params={"as_of": then})).json()["items"]
    assert [(one["value"], one["status"]) for one in past] == [(7, "approved")]
