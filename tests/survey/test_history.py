"""Results of earlier applications of the survey: looked at, brought in from a file, and shown with where they come
from."""

import asyncio
import csv
import hashlib
import io
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.people import Person, if_match, pointers
from tests.survey.conftest import API, COMMUNITY, MEASURES, VERSION, opened, publish

HISTORY = f"{API}/history"
ABOUT = {"model_version": VERSION, "source": "Informe regional 2025, cuadro 4", "file_name": "2025.csv"}
POINTS = [f"P{pillar}.{point}" for pillar in range(1, 5) for point in range(1, 4)]
CSV = {"content-type": "text/csv"}


def table(*rows: str) -> bytes:
    return ("community,year,code,score,level\n" + "".join(f"{row}\n" for row in rows)).encode()


def all_points(score: str, year: int = 2025, community: str = COMMUNITY) -> list[str]:
    return [f"{community},{year},{code},{score}," for code in POINTS]


async def send(who: Person, content: bytes, **others: Any) -> httpx.Response:
    """Bring a file in as the body of the request."""
    asked = {**ABOUT, **{name: str(value).lower() if value is True else value for name, value in others.items()}}
    return await who.post(HISTORY, params=asked, content=content, headers=CSV)


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_a_first_campaign_has_a_year_to_compare_with(
    secretariat: Person, respondent: Person, coordinator: Person, public: Person
):
    """Worked: P1.1 from its measures (2, 3, and one that does not apply) = (50 + 75)/2 = 62.5; every other point 40.
    P1 = (62.5 + 40 + 40)/3 = 47.5; overall (47.5 + 40·3)/4 = 41.875. 2026 has 75 everywhere: 33.125 more, all real.
    """
    rows = [f"{COMMUNITY},2025,M1.1.a,,2", f"{COMMUNITY},2025,M1.1.b,,3", f"{COMMUNITY},2025,M1.1.c,,No aplica"]
    content = table(*rows, *all_points("40")[1:])
    before = (await public.get(f"{API}/results")).json()
    seen = await send(secretariat, content, dry_run=True, public=True)
    assert seen.status_code == 200, seen.text
    preview = seen.json()
    assert (preview["stored"], preview["error_count"], preview["rows"], preview["encoding"]) == (False, 0, 14, "utf-8")
    assert [(one["community"], one["year"], one["points"], one["measures"]) for one in preview["results"]] == [
        (COMMUNITY, 2025, 12, 3)
    ]
    assert preview["results"][0]["overall"] == pytest.approx(41.875)
    assert (await public.get(f"{API}/results/{COMMUNITY}")).status_code == 404
    made = await send(secretariat, content, public=True)
    assert made.status_code == 201, made.text
    digest = hashlib.sha256(content).hexdigest()
    assert (made.json()["communities"], made.json()["years"], made.json()["file_sha256"]) == (
        [COMMUNITY], [2025], digest,
    )  # fmt: skip
    told = (await public.get(f"{API}/results/{COMMUNITY}")).json()
    assert (told["year"], told["overall"], told["level"], told["revision"]) == (2025, pytest.approx(41.875), 3, None)
    assert told["imported"] | {"imported_at": ""} == {
        "import_id": made.json()["id"], "source": ABOUT["source"], "note": None, "file_name": "2025.csv",
        "file_sha256": digest, "imported_at": "",
    }  # fmt: skip
    first = told["pillars"][0]["points"][0]
    assert (first["score"], first["coverage"]) == (62.5, 1)
    assert [(m["value"], m["applicable"], m["source"]) for m in first["measures"]] == [
        (2, True, "imported"), (3, True, "imported"), (None, False, "imported"),
    ]  # fmt: skip
    # It is nowhere among computed scores.
    assert (await public.get(f"{API}/results")).json() == before
    assert (await public.get(f"{API}/results/points")).json()["total"] == 0
    assert (await public.get(f"{API}/results/network", params={"year": 2025})).status_code == 404
    assert (await public.get(f"{API}/results/{COMMUNITY}/peers", params={"year": 2025})).status_code == 404
    years = (await public.get(f"{API}/results/years")).json()["items"]
    assert [(one["year"], one["communities"], one["imported"]) for one in years] == [(2025, 0, 1)]
    await opened(secretariat)
    await publish(secretariat, respondent, coordinator)
    items = (await public.get(f"{API}/results/{COMMUNITY}/history")).json()["items"]
    assert [(one["year"], one["same_method"], one["imported"] is not None) for one in items] == [
        (2025, None, True), (2026, True, False),
    ]  # fmt: skip
    change = items[1]["change"]
    assert (change["through"], change["from_year"]) == ("same_version", 2025)
    assert (change["total"], change["method"], change["real"]) == pytest.approx((33.125, 0, 33.125))
    # Of a year that a campaign measured nothing is imported; and a file's year is not the newest for ever.
    late = await send(secretariat, table(*all_points("99", 2026)))
    assert pointers(late) == ["/rows/2/year"] and "has a result of its campaign" in late.text
    assert (await public.get(f"{API}/results/{COMMUNITY}")).json()["year"] == 2026
    by_year = rows_of(await public.get(f"{API}/results/{COMMUNITY}/history", params={"format": "csv"}))
    assert [(row["year"], row["imported_from"], row["change_real"]) for row in by_year] == [
        ("2025", ABOUT["source"], ""), ("2026", "", "33.125"),
    ]  # fmt: skip
    parts = rows_of(await public.get(f"{API}/results/{COMMUNITY}", params={"year": 2025, "format": "csv"}))
    assert len(parts) == 1 + 4 + 12 + len(MEASURES) and parts[0]["imported_file_sha256"] == digest
    book = await public.get(f"{API}/results/{COMMUNITY}", params={"year": 2025, "format": "xlsx"})
    assert book.status_code == 200 and book.content.startswith(b"PK")
    listed = (await public.get(f"{HISTORY}/results", params={"year": 2025})).json()
    assert [(one["year"], one["imported"]["source"]) for one in listed["items"]] == [(2025, ABOUT["source"])]
    editions = (await public.get(f"{API}/results/{COMMUNITY}/editions")).json()["items"]
    assert [(one["year"], one["revision"], one["current"]) for one in editions] == [(2026, 3, True), (2025, 0, True)]


async def test_a_file_is_read_however_a_spreadsheet_wrote_it(secretariat: Person):
    plain = "community;year;code;score;level\n" + "".join(f"{COMMUNITY};2025;{code};62,5;\n" for code in POINTS)
    spanish = plain.replace("community;year;code;score;level", "Comunidad;AÑO;Código;Puntaje;Grado")
    ways = {
        "semicolons": plain.encode(), "with a mark": b"\xef\xbb\xbf" + plain.encode(),
        "windows": spanish.encode("cp1252"), "unicode text": spanish.replace(";", "\t").encode("utf-16"),
        "sep=": b"sep=;\r\n" + plain.replace("\n", "\r\n").encode(), "old line ends": plain.replace("\n", "\r").encode(),
        "spaces": plain.replace(";", " ; ").replace(COMMUNITY, COMMUNITY.upper()).encode(),
        "other columns' order": "".join(
            ";".join(line.split(";")[::-1]) + "\n" for line in plain.splitlines()
        ).encode(),
    }  # fmt: skip
    for name, content in ways.items():
        seen = await send(secretariat, content, dry_run=True)
        assert seen.status_code == 200, (name, seen.text)
        told = seen.json()
        assert (told["errors"], [one["overall"] for one in told["results"]]) == ([], [62.5]), (name, told)
    form = {"files": {"file": ("datos 2025.csv", plain.encode(), "text/csv")}, "data": ABOUT | {"file_name": ""}}
    seen = await secretariat.post(HISTORY, params={"dry_run": "true"}, **form)
    assert (seen.json()["file_name"], seen.json()["public"]) == ("datos 2025.csv", False)
    template = await secretariat.get(f"{HISTORY}/template.csv", params={"model_version": VERSION, "year": "2025"})
    assert len(rows_of(template)) == 12 + len(MEASURES)
    # A table that was sent out and came back not filled in says so in every row.
    assert (await send(secretariat, template.content, dry_run=True)).json()["error_count"] > 39


ROW = f"{COMMUNITY},2025,P1.1"
FAULTS: list[tuple[str, int, str, str]] = [
    ("mx-nowhere,2025,P1.1,40,", 2, "community", "is no community"),
    ("mx-manza\u200bnillo,2025,P1.1,40,", 2, "community", "is no community"),
    (f"{COMMUNITY},25,P1.1,40,", 2, "year", "four figures"),
    (f"{COMMUNITY},２０２５,P1.1,40,", 2, "year", "four figures"),
    (f"{COMMUNITY},2099,P1.1,40,", 2, "year", "four figures"),
    (f"{COMMUNITY},1999,P1.1,40,", 2, "year", "four figures"),
    (f"{COMMUNITY},2025,P9.9,40,", 2, "code", "no point or measure"),
    (f"{COMMUNITY},2025,P1,40,", 2, "code", "no point or measure"),
    (f"{ROW},101,", 2, "score", "from 0 to 100"),
    (f"{ROW},-1,", 2, "score", "is no number"),
    (f"{ROW},NaN,", 2, "score", "is no number"),
    (f"{ROW},inf,", 2, "score", "is no number"),
    (f"{ROW},1e1,", 2, "score", "is no number"),
    (f"{ROW},s/d,", 2, "score", "is no number"),
    (f"{ROW},#DIV/0!,", 2, "score", "is no number"),
    (f"{ROW},,", 2, "score", "is empty"),
    (f"{ROW},40,3", 2, "level", "is a point"),
    (f"{COMMUNITY},2025,M1.1.a,,5", 2, "level", "from 0 to 4"),
    (f"{COMMUNITY},2025,M1.1.a,40,", 2, "score", "is a measure"),
    (f"{ROW},40,\n{ROW},50,", 3, "code", "as row 2 does"),
    (f"{ROW},40,,x", 2, "", "cells"),
]


async def test_everything_that_is_wrong_is_told_by_row_and_column_and_nothing_is_stored(secretariat: Person):
    for rows, row, column, reason in FAULTS:
        seen = (await send(secretariat, table(rows), dry_run=True)).json()
        told = [(one["row"], one["column"]) for one in seen["errors"]]
        assert (row, column) in told, (rows, seen["errors"])
        assert any(reason in one["reason"] for one in seen["errors"]), (rows, seen["errors"])
    everything_wrong = table(*(rows for rows, *_ in FAULTS))
    refused = await send(secretariat, everything_wrong)
    assert refused.status_code == 422 and len(refused.json()["errors"]) >= len(FAULTS)
    assert "/rows/2/community" in pointers(refused)
    headers = {
        b"community,year,code\n": "score or level", b"year,code,score\n": "community",
        b"community,year,code,score,score\n": "is there twice", b"community,year,code,score,puntos\n": "is not known",
        b"": "is empty", b"\x00\x01\x02": "", b"\xff\xfe\x00": "", b'community,year,code,score\n"x,2025,': "CSV",
    }  # fmt: skip
    for content, reason in headers.items():
        answer = await send(secretariat, content, dry_run=bool(content))
        assert answer.status_code in (200, 422) and reason in answer.text, (content, answer.text)
        assert answer.status_code == 422 or answer.json()["error_count"] > 0, content
    good = table(*all_points("40"))
    for others, expected in (
        ({"model_version": "9.9"}, ["/model_version"]), ({"source": ""}, ["/source"]), ({"source": "a\x00"}, ["/source"]),
        ({"note": "x" * 2001}, ["/note"]), ({"public": "perhaps"}, ["/public"]),
    ):  # fmt: skip
        assert pointers(await send(secretariat, good, **others)) == expected, others
    assert (await send(secretariat, b"x" * (4 * 2**20 + 1))).status_code == 413
    assert (await secretariat.post(HISTORY, params=ABOUT, json={})).status_code == 415
    # A score that its measures contradict is kept, and somebody is asked to look.
    odd = (
        await send(secretariat, table(f"{ROW},90,", *(f"{COMMUNITY},2025,M1.1.{one},,1" for one in "ab")), dry_run=True)
    ).json()
    assert odd["error_count"] == 0 and [(one["row"], one["value"]) for one in odd["warnings"]] == [(2, "90")]
    assert (await secretariat.get(HISTORY)).json()["total"] == 0
    assert (await secretariat.get(f"{API}/results/years")).json()["items"] == []


async def test_of_two_files_with_the_same_year_one_is_taken_and_can_be_taken_out_again(secretariat: Person):
    content = table(*all_points("40"))
    at_once = await asyncio.gather(*(send(secretariat, content) for _ in range(5)))
    assert sorted(answer.status_code for answer in at_once)[0] == 201
    assert {answer.status_code for answer in at_once if answer.status_code != 201} <= {409, 422}
    assert (await secretariat.get(HISTORY)).json()["total"] == 1
    again = await send(secretariat, content)
    assert again.status_code == 422 and "delete that import first" in again.text
    other = {"params": ABOUT | {"file_name": "2024.csv"}, "content": table(*all_points("30", 2024))}
    keyed = {"headers": CSV | {"idempotency-key": "one"}}
    first, second = [await secretariat.post(HISTORY, **other, **keyed) for _ in range(2)]
    assert (first.status_code, second.status_code, second.json()) == (201, 201, first.json())
    changed = await secretariat.post(HISTORY, **other | {"content": content}, **keyed)
    assert changed.status_code == 422 and "Idempotency" in changed.text
    listed = (await secretariat.get(HISTORY)).json()["items"]
    assert [one["file_name"] for one in listed] == ["2024.csv", "2025.csv"]
    read = await secretariat.get(f"{HISTORY}/{listed[1]['id']}")
    assert (await secretariat.delete(f"{HISTORY}/{listed[1]['id']}")).status_code == 428
    assert (await secretariat.delete(f"{HISTORY}/{listed[1]['id']}", headers=if_match(read))).status_code == 204
    assert (await secretariat.get(f"{HISTORY}/{listed[1]['id']}")).status_code == 404
    assert (await send(secretariat, content)).status_code == 201
    items = (await secretariat.get(f"{API}/results/{COMMUNITY}/history")).json()["items"]
    assert [(one["year"], one["overall"]) for one in items] == [(2024, 30), (2025, 40)]


async def test_one_right_for_imported_results_on_every_surface(everyone: Mapping[str, Person]):
    secretariat = everyone["secretariat"]
    made = await send(secretariat, table(*all_points("40"), *all_points("60", community="cl-biobio")))
    assert made.status_code == 201, made.text

    async def shown_to(person: Person, community: str) -> set[str]:
        found = set()
        for name, path in {
            "result": f"/results/{community}", "year": f"/results/{community}?year=2025",
            "history": f"/results/{community}/history", "csv": f"/results/{community}?format=csv",
        }.items():  # fmt: skip
            answer = await person.get(f"{API}{path}")
            assert answer.status_code in (200, 404), answer.text
            if answer.status_code == 200:
                found.add(name)
        listed = (await person.get(f"{HISTORY}/results")).json()["items"]
        if community in {one["community"] for one in listed}:
            found.add("list")
        table_of_it = rows_of(await person.get(f"{HISTORY}/results", params={"format": "csv"}))
        if community in {row["community"] for row in table_of_it}:
            found.add("table")
        return found

    every = {"result", "year", "history", "csv", "list", "table"}
    own = {"secretariat", "coordinator", "respondent", "data_provider"}
    for role, person in everyone.items():
        assert await shown_to(person, COMMUNITY) == (every if role in own else set()), role
        foreign = role in ("secretariat", "foreign_coordinator")
        assert await shown_to(person, "cl-biobio") == (every if foreign else set()), role
        years = (await person.get(f"{API}/results/years")).json()["items"]
        assert sum(one["imported"] for one in years) == (2 if role == "secretariat" else int(role in own or foreign))
    address = f"{HISTORY}/{made.json()['id']}"
    forbidden: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", HISTORY, {"params": ABOUT, "content": b"x", "headers": CSV}), ("GET", HISTORY, {}), ("GET", address, {}),
        ("PATCH", address, {"json": {"public": True}, "headers": {"If-Match": "*"}}),
        ("DELETE", address, {"headers": {"If-Match": "*"}}),
    ]  # fmt: skip
    for role, person in everyone.items():
        for method, path, options in forbidden if role != "secretariat" else ():
            answer = await person.request(method, path, **options)
            assert answer.status_code == (401 if role == "public" else 403), (role, method, path)
    assert pointers(await secretariat.patch(address, json={"public": None}, headers={"If-Match": "*"})) == ["/public"]
    stale = if_match(made)
    unchanged = await secretariat.patch(address, json={}, headers=stale)
    assert if_match(unchanged) == if_match(await secretariat.get(address))
    opened_up = await secretariat.patch(address, json={"public": True}, headers=stale)
    assert opened_up.json()["public"] is True
    assert (await secretariat.patch(address, json={"public": False}, headers=stale)).status_code == 412
    for role in ("public", "member", "foreign_coordinator"):
        assert await shown_to(everyone[role], COMMUNITY) == every, role


async def test_what_a_demonstration_imported_goes_with_it(platform: Any, secretariat: Person):
    from services.survey.demo import remove_demo
    from services.survey.history.operations import bring_in
    from services.survey.schemas.history import HistoryImportIn
    from shared.callers import Caller

    state = platform.services["survey"].state
    maker = Caller(kind="service", id="demo", name="demo", demo=True)
    wanted = HistoryImportIn(model_version=VERSION, source="Inventado", public=True)
    await bring_in(state.database, state.peers, table(*all_points("40")), wanted, "es", 2026, by=maker)
    told = (await secretariat.get(f"{API}/results/{COMMUNITY}")).json()
    assert told["demo"] is True and (await secretariat.get(HISTORY)).json()["items"][0]["demo"] is True
    await remove_demo(state.database, state.objects, by=maker)
    assert (await secretariat.get(f"{API}/results/{COMMUNITY}")).status_code == 404
    assert (await secretariat.get(HISTORY)).json()["total"] == 0
