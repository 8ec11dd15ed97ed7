"""Sending files of observations: applied wholly or not at all, with the errors named, and never twice."""

import asyncio
import csv
import io
import struct
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

import httpx
import openpyxl

from deploy.local.composition import Platform
from services.indicators.imports.jobs import apply_import
from services.indicators.imports.uploads import XLSX_TYPE
from shared.formats import xlsx_bytes
from shared.problems import Unavailable
from tests.indicators.things import MANZANILLO, URL, publish, record, row
from tests.people import Person, pointers

HEADER = "indicator,community,period,value,note"
CSV = {"content-type": "text/csv"}


def table(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


async def send(person: Person, content: bytes, kind: str = "text/csv", **asked: Any) -> httpx.Response:
    return await person.post(f"{URL}/imports", content=content, headers={"content-type": kind}, params=asked)


async def outcome(platform: Platform, person: Person, told: httpx.Response) -> dict[str, Any]:
    assert told.status_code == 202, told.text
    await platform.run_jobs()
    answer = await person.get(f"{URL}/imports/{told.json()['id']}")
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] = answer.json()
    return found


async def errors_of(person: Person, told: Mapping[str, Any], what: str = "errors") -> list[list[str]]:
    answer = await person.get(f"{URL}/imports/{told['id']}/{what}.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.text)))


async def values(person: Person, **asked: str) -> list[tuple[str, str, float, int]]:
    items = (await person.get(f"{URL}/observations", params={"limit": 200, **asked})).json()["items"]
    return [(item["indicator"], item["period"], item["value"], item["revision"]) for item in items]


async def test_a_file_is_applied_wholly_and_sending_it_again_changes_nothing(
    platform: Platform, data_provider: Person, coordinator: Person, secretariat: Person
):
    await publish(data_provider, coordinator, row(value=9))
    content = table(
        "VPA-01,mx-manzanillo,2025-01,12.5,Huelga", "VPA-01,mx-manzanillo,2025-02,13,", "GAT-01,mx-manzanillo,2025-01,48,"
    )  # fmt: skip
    told = await send(data_provider, content)
    assert told.headers["location"] == f"{URL}/imports/{told.json()['id']}"
    assert (told.json()["state"], told.json()["progress"]) == ("queued", 0)
    early = await data_provider.get(f"{told.headers['location']}/errors.csv")
    assert (early.status_code, early.headers["retry-after"]) == (409, "1")
    done = await outcome(platform, data_provider, told)
    assert {name: done[name] for name in ("state", "rows", "accepted", "rejected", "progress", "added", "revised")} == {
        "state": "done", "rows": 3, "accepted": 3, "rejected": 0, "progress": 1, "added": 2, "revised": 1,
    }  # fmt: skip
    assert done["places"] == [
        {"community": MANZANILLO, "period": "2025-01", "values": 2},
        {"community": MANZANILLO, "period": "2025-02", "values": 1},
    ]
    assert done["changes"][0] | {"row": 2, "before": 9, "value": 12.5} == done["changes"][0]
    assert await errors_of(data_provider, done) == [["row", "column", "value", "reason"]]
    assert await values(data_provider) == [
        ("GAT-01", "2025-01", 48, 1), ("VPA-01", "2025-01", 12.5, 2), ("VPA-01", "2025-02", 13, 1),
    ]  # fmt: skip
    submission = (await data_provider.get(f"{URL}/submissions/{MANZANILLO}/2025-01")).json()
    assert (submission["state"], submission["history"][-1]["action"]) == ("draft", "reopen")

    key = {"Idempotency-Key": "one-file", "content-type": "text/csv"}
    first = await data_provider.post(f"{URL}/imports", content=content, headers=key)
    again = await outcome(platform, data_provider, first)
    assert (again["accepted"], again["added"], again["revised"], again["unchanged"]) == (3, 0, 0, 3)
    replayed = await data_provider.post(f"{URL}/imports", content=content, headers=key)
    assert (replayed.status_code, replayed.json()["id"]) == (202, again["id"])
    other = await data_provider.post(f"{URL}/imports", content=content + b"\n", headers=key)
    assert other.status_code == 422
    listed = (await data_provider.get(f"{URL}/imports")).json()
    assert [item["id"] for item in listed["items"]] == [again["id"], done["id"]]
    assert (await secretariat.get(f"{URL}/imports")).json()["total"] == 2
    audited = (await secretariat.get("/api/v1/identity/audit", params={"limit": 50})).status_code
    assert audited == 200


async def test_one_wrong_row_stops_the_file_unless_part_of_it_is_wanted(platform: Platform, data_provider: Person):
    content = table(
        "VPA-01,mx-manzanillo,2025-01,12.5,=SUM(A1)", "VPA-01,mx-manzanillo,2025-02,999,", "VPA-01,cl-biobio,2025-02,=1+1,",
        "VPA-01,mx-manzanillo,2025-03,n.d.,", "",
    )  # fmt: skip
    refused = await outcome(platform, data_provider, await send(data_provider, content))
    assert (refused["state"], refused["rows"], refused["accepted"], refused["rejected"]) == ("failed", 4, 0, 3)
    assert refused["detail"] == "Hay filas con errores, así que no se aplicó nada; el archivo de errores las nombra."
    assert await values(data_provider) == []
    lines = await errors_of(data_provider, refused)
    assert lines[0] == ["row", "column", "value", "reason"]
    assert [line[:3] for line in lines[1:]] == [
        ["3", "value", "999"], ["4", "community", "cl-biobio"], ["4", "value", "'=1+1"], ["5", "value", "n.d."],
    ]  # fmt: skip
    assert lines[1][3] == "da 999; VPA-01 va de 0 a 720 h"
    taken = await outcome(platform, data_provider, await send(data_provider, content, partial="true"))
    assert (taken["state"], taken["rows"], taken["accepted"], taken["rejected"]) == ("done", 4, 1, 3)
    assert len(await errors_of(data_provider, taken)) == 5
    assert await values(data_provider) == [("VPA-01", "2025-01", 12.5, 1)]

    form = {"file": ("Informe “Ñ”.xlsx", xlsx_bytes({"datos": (HEADER.split(","), [
        ("GAT-01", MANZANILLO, "2025-01", 48.25, None), ("GAT-01", MANZANILLO, "2025-02", "48,5", "Ñ"),
    ])}), "application/octet-stream")}  # fmt: skip
    told = await data_provider.post(f"{URL}/imports", files=form, data={"note": "x"}, params={"preview": "true"})
    seen = await outcome(platform, data_provider, told)
    assert (seen["state"], seen["preview"], seen["accepted"], seen["added"]) == ("done", True, 2, 2)
    assert (seen["file_name"], seen["read_as"]) == ("Informe “Ñ”.xlsx", "XLSX, “datos”")
    assert len(await values(data_provider)) == 1, "a look changes nothing"
    applied = await data_provider.post(f"{URL}/imports/{seen['id']}/apply")
    assert applied.status_code == 202
    assert (await outcome(platform, data_provider, applied))["preview"] is False
    assert [one[2] for one in await values(data_provider, indicator="GAT-01")] == [48.25, 48.5]
    assert (await data_provider.post(f"{URL}/imports/{seen['id']}/apply")).status_code == 409


async def test_who_may_send_a_file_and_who_sees_it(platform: Platform, everyone: Mapping[str, Person]):
    content = table("VPA-01,mx-manzanillo,2025-01,12.5,")
    sent = {role: await send(person, content) for role, person in everyone.items()}
    assert {role: told.status_code for role, told in sent.items()} == {
        "public": 401, "secretariat": 202, "coordinator": 202, "respondent": 403, "data_provider": 202, "chair": 403,
        "member": 403, "observer": 403, "foreign_coordinator": 202, "without_grants": 403,
    }  # fmt: skip
    await platform.run_jobs()
    mine = sent["data_provider"].json()["id"]
    for path in (f"/imports/{mine}", f"/imports/{mine}/errors.csv", f"/imports/{mine}/warnings.csv"):
        seen = {role: (await person.get(f"{URL}{path}")).status_code for role, person in everyone.items()}
        assert seen == dict.fromkeys(everyone, 404) | {"public": 401, "secretariat": 200, "data_provider": 200}, path
    foreign = (await everyone["foreign_coordinator"].get(sent["foreign_coordinator"].headers["location"])).json()
    assert (foreign["state"], foreign["rejected"]) == ("failed", 1)
    assert len(await values(everyone["coordinator"])) == 1
    for path in ("x", "0" * 36, "00000000-0000-0000-0000-000000000000"):
        assert (await everyone["data_provider"].get(f"{URL}/imports/{path}")).status_code == 404, path
    assert (await everyone["data_provider"].post(f"{URL}/imports/{mine}/apply")).status_code == 409


def bomb(**changes: bytes) -> bytes:
    """A small workbook with a sheet that unpacks to 300 MiB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("xl/workbook.xml", "<workbook/>")
        with made.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(300):
                sheet.write(b" " * 2**20)
    return out.getvalue()


def crowd() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for number in range(5000):
            made.writestr(str(number), b"")
    return out.getvalue()


async def test_what_is_no_table_is_refused_at_once(data_provider: Person):
    book = xlsx_bytes({"x": (["a"], [])})
    protected = bytearray(book)
    entry = protected.find(b"PK\x01\x02")
    protected[entry + 8] |= 1
    start = struct.unpack("<I", book[-6:-2])[0]
    cases: dict[str, tuple[bytes, str, int]] = {
        "a zip bomb": (bomb(), XLSX_TYPE, 413), "a crowd of entries": (crowd(), XLSX_TYPE, 413),
        "a password": (bytes(protected), XLSX_TYPE, 422), "half of a workbook": (book[: len(book) // 2], XLSX_TYPE, 422),
        "a directory elsewhere": (book.replace(struct.pack("<I", start), struct.pack("<I", 2**31 - 1)), XLSX_TYPE, 422),
        "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1" + b"x" * 600, "application/vnd.ms-excel", 422),
        "a PDF": (b"%PDF-1.7 ...", "text/csv", 422), "a picture": (b"\x89PNG\r\n", "text/csv", 422),
        "a web page": (b"\xef\xbb\xbf<html><table>", "application/vnd.ms-excel", 422), "nothing": (b"", "text/csv", 422),
        "spaces": (b" \r\n\t\n", "text/csv", 422), "JSON": (b"[]", "application/json", 415),
        "no boundary": (b"--x", "multipart/form-data", 400),
        "a cut form": (b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc', "multipart/form-data; boundary=x", 400),
        "a form without a file": (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n', "multipart/form-data; boundary=x", 422),
    }  # fmt: skip
    for name, (content, kind, status) in cases.items():
        told = await send(data_provider, content, kind)
        assert told.status_code == status, (name, told.text)
        if status == 422:
            assert pointers(told) == ["/file"], name
    assert (await data_provider.get(f"{URL}/imports")).json()["total"] == 0
    for asked in ({"partial": "maybe"}, {"whole": "true"}):
        assert (await send(data_provider, table(), **asked)).status_code == 422


async def test_what_looks_wrong_is_asked_about_and_taken(platform: Platform, data_provider: Person):
    months = [f"VPA-01,mx-manzanillo,2024-{month:02d},{10 + month % 3}," for month in range(1, 10)]
    content = table(*months, "VPA-01,mx-manzanillo,2025-01,110,", "VPA-01,mx-manzanillo,2025-02,120,Huelga de 20 días")
    done = await outcome(platform, data_provider, await send(data_provider, content))
    assert (done["state"], done["accepted"], done["warnings"]) == ("done", 11, 2)
    lines = await errors_of(data_provider, done, "warnings")
    assert [line[:5] for line in lines[1:]] == [
        ["11", "VPA-01", MANZANILLO, "2025-01", "outlier"], ["11", "VPA-01", MANZANILLO, "2025-01", "gap"],
    ]  # fmt: skip
    assert "faltan 3 períodos entre 2024-09 y 2025-01" in lines[2][5]
    assert (await values(data_provider, **{"from": "2025-01"}))[0][2] == 110, "a warning drops nothing"
    told = (await record(data_provider, row(period="2025-03", value=130), row(period="2025-04", value=12))).json()
    assert [(one["pointer"], one["kind"]) for one in told["warnings"]] == [("/0/value", "outlier")]
    assert "add a note" in told["warnings"][0]["message"]
    quiet = (await record(data_provider, row(period="2025-03", value=130, note="Temporal"))).json()
    assert quiet["warnings"] == []


async def test_files_and_calls_at_once_leave_every_value_once(
    platform: Platform, data_provider: Person, coordinator: Person
):
    contents = [table(*[f"VPA-01,mx-manzanillo,2024-{m:02d},{m + n}," for m in range(1, 13)]) for n in range(2)]
    sent = await asyncio.gather(*[send(data_provider, content) for content in contents])
    posted, *_ = await asyncio.gather(
        record(coordinator, *[row(period=f"2024-{m:02d}", value=m + 5) for m in range(1, 13)]),
        platform.run_jobs(), platform.run_jobs(),
    )  # fmt: skip
    assert posted.status_code == 201
    for told in sent:
        assert (await outcome(platform, data_provider, told))["state"] == "done"
    found = await values(data_provider)
    assert [one[3] for one in found] == [3] * 12
    revisions = (await data_provider.get(f"{URL}/observations/VPA-01/{MANZANILLO}/2024-01/revisions")).json()["items"]
    assert sorted(one["value"] for one in revisions) == [1, 2, 6]


async def test_a_template_is_filled_in_and_sent_back(platform: Platform, everyone: Mapping[str, Person]):
    data_provider, third = everyone["data_provider"], 100 / 3
    await record(
        data_provider, row(period="2024-01", value=third), row(value=12.5, note="=Huelga"),
        row("CUS-02", numerator=1, denominator=3, n=7),
    )  # fmt: skip
    asked = {"period": "2025-01"}
    answer = await data_provider.get(f"{URL}/templates/{MANZANILLO}.xlsx", params=asked)
    assert answer.headers["content-type"] == XLSX_TYPE
    assert "mx-manzanillo-2025-01.xlsx" in answer.headers["content-disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    sheet = book.worksheets[0]
    assert [one.title for one in book.worksheets] == ["Datos", "Ayuda", "Catálogo"]
    names = {cell.value: cell.column for cell in sheet[1]}
    lines = {sheet.cell(number, 1).value: number for number in range(2, sheet.max_row + 1)}
    waiting, inspected = lines["VPA-01"], lines["CUS-02"]
    assert sheet.cell(waiting, names["last_year"]).value == third
    assert sheet.cell(waiting, names["value"]).value == 12.5
    assert sheet.cell(inspected, names["value"]).value is None
    assert [sheet.cell(inspected, names[name]).value for name in ("numerator", "denominator", "n")] == [1, 3, 7]
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    assert (rules[f"H{waiting}"].formula1, rules[f"H{waiting}"].formula2) == ("0.0", "720.0")
    assert any(rule.type == "list" and "Catálogo" in (rule.formula1 or "") for rule in rules.values())

    unchanged = await outcome(platform, data_provider, await send(data_provider, answer.content, XLSX_TYPE))
    assert (unchanged["state"], unchanged["rows"], unchanged["unchanged"]) == ("done", 2, 2)
    sheet.cell(lines["GAT-01"], names["value"]).value = 48.5
    sheet.cell(waiting, names["value"]).value = 14
    out = io.BytesIO()
    book.save(out)
    filled = await outcome(platform, data_provider, await send(data_provider, out.getvalue(), XLSX_TYPE))
    assert (filled["state"], filled["added"], filled["revised"], filled["unchanged"]) == ("done", 1, 1, 1)
    assert ("GAT-01", "2025-01", 48.5, 1) in await values(data_provider)

    whole = await data_provider.get(f"{URL}/templates/{MANZANILLO}.xlsx", params={"period": "2025", "lang": "pt"})
    year = openpyxl.load_workbook(io.BytesIO(whole.content), read_only=True).worksheets[0]
    periods = {line[5] for line in year.iter_rows(min_row=2, values_only=True) if line[0]}
    assert {"2025", "2025-12"} <= periods
    assert year.title == "Dados"
    for path, status in ((f"{MANZANILLO}.xlsx?period=2025-13", 422), ("mx-nowhere.xlsx", 404)):
        assert (await data_provider.get(f"{URL}/templates/{path}")).status_code == status, path
    seen = {
        role: (await person.get(f"{URL}/templates/{MANZANILLO}.xlsx")).status_code for role, person in everyone.items()
    }
    assert seen == {
        "public": 401, "secretariat": 200, "coordinator": 200, "respondent": 200, "data_provider": 200, "chair": 403,
        "member": 403, "observer": 403, "foreign_coordinator": 403, "without_grants": 403,
    }  # fmt: skip


async def test_an_import_that_is_killed_leaves_nothing_behind_and_goes_on(platform: Platform, data_provider: Person):
    """The process dies while it reads; the job comes again."""
    service = platform.services["indicators"]
    told = await send(data_provider, table("VPA-01,mx-manzanillo,2025-01,12.5,", "VPA-01,mx-manzanillo,2025-02,13,"))
    identifier = told.json()["id"]
    killed = asyncio.create_task(apply_import(service, UUID(identifier), "es"))
    while (await data_provider.get(told.headers["location"])).json()["state"] != "running":
        await asyncio.sleep(0.01)
    killed.cancel()
    with suppress(asyncio.CancelledError, Unavailable):
        await killed
    assert await values(data_provider) == []
    work = service.state.settings.data_dir / "imports"
    assert not (work / identifier).exists()
    (work / identifier).mkdir(parents=True)
    (work / identifier / "staged").write_text("half of a row")
    done = await outcome(platform, data_provider, told)
    assert (done["state"], done["accepted"]) == ("done", 2)
    assert not (work / identifier).exists()
    await apply_import(service, UUID(identifier), "es")
    assert [one[3] for one in await values(data_provider)] == [1, 1], "a job that comes twice is done once"
