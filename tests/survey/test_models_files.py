"""Versions of the model as files: XLSForm and YAML go out, come back the same, and are refused with the place."""

import copy
import io
import zipfile
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import openpyxl
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyxform.xls2xform import convert

from services.survey.models.checks import content_of
from services.survey.models.files import Draft, FileTrouble
from services.survey.models.importing import validated
from services.survey.models.operations import fill
from services.survey.models.xlsform import xlsform
from services.survey.models.xlsform_reading import read_xlsform
from services.survey.models.yaml_file import yaml_of
from services.survey.models.yaml_reading import read_yaml
from services.survey.schemas.models import ModelIn
from services.survey.seed import read
from services.survey.tables import Model
from shared.formats import MEDIA_TYPES
from shared.problems import Invalid
from shared.text import normal
from tests.people import Person, if_match, pointers
from tests.survey.conftest import API, VERSION

MODELS = f"{API}/models"
XLSX, YAML = MEDIA_TYPES["xlsx"], "application/yaml"
TRAPS = ["=1+1", "-nota", "'-nota", "''=x", "@a", "+", "no", "1.0", "  espacio", "línea\nlínea", "«ñ» & <b>", "_x0041_"]


@cache
def shipped() -> dict[str, Any]:
    return read().model_dump(by_alias=True, exclude_none=True)


def full_model() -> dict[str, Any]:
    """The shipped version with everything that a version can say, and texts that trip up spreadsheets and YAML."""
    body = copy.deepcopy(shipped())
    body |= {"version": "1.1.0", "coverage_threshold": 2 / 3}
    body.pop("languages")
    measures = [m for pillar in body["pillars"] for point in pillar["points"] for m in point["measures"]]
    for index, text in enumerate(TRAPS):
        measures[index]["names"] |= {"pt": text.strip(), "fr": f"{text.strip()} (fr)"}
        measures[index]["guidance"] = {"es": text, "pt": f"{text}\n\n- a\n- b"}
        measures[index]["weight"] = 0.1 * (index + 1)
        measures[index]["levels"] = [
            {"value": 0, "guidance": {"es": text}}, {"value": 4, "examples": {"es": "a\nb", "fr": text}},
        ]  # fmt: skip
    body["pillars"][0]["weight"] = 1 / 3
    return body


def stored(body: dict[str, Any]) -> Model:
    row = Model(edition=1, version=body["version"], published_at=None, demo=False)
    fill(row, ModelIn.model_validate(body), "es")
    return row


def meaning(body: dict[str, Any]) -> tuple[Any, ...]:
    wanted = ModelIn.model_validate(body)
    names = wanted.names.model_dump(exclude_none=True) if wanted.names else {}
    return wanted.version, wanted.kind, wanted.status, wanted.based_on, names, content_of(wanted)


WAYS: list[tuple[Callable[[Model], bytes], Callable[[bytes], Draft]]] = [(xlsform, read_xlsform), (yaml_of, read_yaml)]


def test_a_version_comes_back_from_its_file_as_it_went_finished_or_not():
    unfinished = full_model()
    unfinished["pillars"][0]["points"][0]["measures"] = []
    unfinished["pillars"][1]["points"] = []
    unfinished["pillars"][2]["names"] = {}
    for body in (full_model(), unfinished):
        for write, read_again in WAYS:
            again = read_again(write(stored(body))).body
            assert meaning(again) == meaning(body), write
            assert write(stored(again)) == write(stored(body)) or write is xlsform


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")) | st.sampled_from("\n\t=+-@'"), max_size=30).map(
    normal
)
"""As the platform stores them: whatever comes in is normalised at the door."""


@given(texts=st.lists(TEXTS, min_size=3, max_size=3), weight=st.floats(1e-6, 1e6), threshold=st.floats(1e-9, 1))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_and_no_number_is_changed_by_a_file(texts: list[str], weight: float, threshold: float):
    body = full_model() | {"coverage_threshold": threshold}
    measure = body["pillars"][0]["points"][0]["measures"][0]
    name, guidance, example = texts
    if name.strip():
        measure["names"]["es"] = name.strip()
    measure |= {"weight": weight, "guidance": {"es": guidance}, "levels": [{"value": 1, "examples": {"en": example}}]}
    expected = meaning(body)
    blank = {text: None for text in texts if not text.strip()}  # a cell of blanks says nothing
    for write, read_again in WAYS:
        again = meaning(read_again(write(stored(body))).body)
        if not blank:
            assert again == expected


async def test_the_workbook_is_a_form_for_tools_in_the_field(secretariat: Person, public: Person):
    book = (await public.get(f"{MODELS}/{VERSION}.xlsx")).content
    form = convert(xlsform=io.BytesIO(book), validate=False, file_type=".xlsx")
    assert [w for w in form.warnings if "translation" not in w.lower()] == []
    for said in ("/data/P1/P1.1/M1.1.a", 'lang="Español (es)"', "Implementada y en uso", "select1", VERSION):
        assert said in form.xform, said
    body = full_model()
    body["pillars"][0]["points"][0]["measures"][0]["code"] = "1.a"  # no XML element is called so
    made = await secretariat.post(MODELS, json=body)
    assert made.status_code == 201, made.text
    book = (await secretariat.get(f"{MODELS}/1.1.0.xlsx")).content
    assert "/data/P1/P1.1/_1.a" in convert(xlsform=io.BytesIO(book), validate=False, file_type=".xlsx").xform
    assert (await public.get(f"{MODELS}/1.1.0.xlsx")).status_code == 404
    assert (await public.get(f"{MODELS}/1.1.0.yaml")).status_code == 404
    told = await public.get(f"{MODELS}/{VERSION}.yaml")
    assert told.headers["content-type"] == "application/yaml" and "filename=" in told.headers["content-disposition"]
    assert yaml.safe_load(told.text)["pillars"][0]["code"] == "P1"


async def test_a_file_is_looked_at_and_then_stored_as_a_draft(secretariat: Person):
    told = yaml.safe_load((await secretariat.get(f"{MODELS}/{VERSION}.yaml")).text)
    point = told["pillars"][0]["points"][0]
    told |= {"version": "1.1.0", "based_on": VERSION}
    point["measures"][0]["names"]["es"] = "Acta de constitución vigente"
    point["measures"].append({"code": "M1.1.d", "names": {"es": "Plan de trabajo anual"}, "weight": 2.0})
    told["pillars"][1]["points"][0]["measures"].pop()
    content = yaml.safe_dump(told, allow_unicode=True).encode()
    send = {"content": content, "headers": {"content-type": YAML}}
    before = await secretariat.post(f"{MODELS}/import?dry_run=true", **send)
    assert before.status_code == 200, before.text
    preview = before.json()
    assert (preview["stored"], preview["exists"], preview["compared_with"]) == (False, None, VERSION)
    changes = preview["differences"]
    assert [one["code"] for one in changes["added"]] == ["M1.1.d"]
    assert [one["code"] for one in changes["removed"]] == ["M2.1.c"]
    assert [(one["code"], one["language"], one["after"]) for one in changes["reworded"]] == [
        ("M1.1.a", "es", "Acta de constitución vigente")
    ]
    assert preview["errors"] == []
    assert (await secretariat.get(f"{MODELS}/1.1.0")).status_code == 404
    made = await secretariat.post(f"{MODELS}/import", **send | {"headers": {**send["headers"], "idempotency-key": "a"}})
    assert made.status_code == 201, made.text
    again = await secretariat.post(
        f"{MODELS}/import", **send | {"headers": {**send["headers"], "idempotency-key": "a"}}
    )
    assert again.status_code == 201 and again.headers["idempotency-replayed"] == "true"
    other = send | {"content": content + b"\n# otra", "headers": {**send["headers"], "idempotency-key": "a"}}
    assert (await secretariat.post(f"{MODELS}/import", **other)).status_code == 422
    assert (await secretariat.post(f"{MODELS}/import", **send)).status_code == 428
    # The same version as a workbook, sent by a form: it changes nothing.
    book = (await secretariat.get(f"{MODELS}/1.1.0.xlsx")).content
    form = {"files": {"file": ("modelo.xlsx", book, "application/octet-stream")}}
    same = await secretariat.post(f"{MODELS}/import?dry_run=true", **form)
    assert same.json()["differences"]["is_same"] and same.json()["exists"] == "draft"
    draft = await secretariat.get(f"{MODELS}/1.1.0")
    replaced = await secretariat.post(f"{MODELS}/import", **form, headers=if_match(draft))
    assert replaced.status_code == 201, replaced.text
    assert (await secretariat.post(f"{MODELS}/import", **form, headers=if_match(draft))).status_code == 412
    assert (await secretariat.get(f"{MODELS}/1.1.0")).json()["pillars"] == draft.json()["pillars"]
    published = yaml.safe_dump(told | {"version": VERSION}, allow_unicode=True).encode()
    refused = await secretariat.post(f"{MODELS}/import", content=published, headers=send["headers"])
    assert refused.status_code == 409


def workbook(change: Callable[[Any], None] | None = None) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(xlsform(stored(full_model()))))
    if change is not None:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def headings(sheet: Any) -> dict[str, int]:
    return {cell.value: cell.column for cell in sheet[1]}


def with_a_number_for_a_code(book: Any) -> None:
    sheet = book["survey"]
    sheet.cell(4, headings(sheet)["code"]).value = 1.1


def with_a_merged_cell(book: Any) -> None:
    book["survey"].merge_cells("K4:K6")


def without_a_column(book: Any) -> None:
    book["survey"].delete_cols(headings(book["survey"])["code"])


def with_a_foreign_column(book: Any) -> None:
    book["survey"].cell(1, 40).value = "relevant"


def with_a_column_twice(book: Any) -> None:
    book["survey"].cell(1, 40).value = "Weight"


def without_bands(book: Any) -> None:
    del book["bands"]


def with_a_group_left_open(book: Any) -> None:
    sheet = book["survey"]
    sheet.delete_rows(sheet.max_row)


def with_an_error_cell(book: Any) -> None:
    sheet = book["survey"]
    sheet.cell(2, headings(sheet)["weight"]).value = "#DIV/0!"


def with_a_zero_width_space(book: Any) -> None:
    sheet = book["survey"]
    sheet.cell(4, headings(sheet)["code"]).value = "M1.1.\u200ba"


def with_another_question(book: Any) -> None:
    book["survey"].cell(4, 1).value = "integer"


def with_another_list(book: Any) -> None:
    book["choices"].cell(3, 1).value = "yes_no"


def with_a_negative_weight(book: Any) -> None:
    sheet = book["survey"]
    sheet.cell(2, headings(sheet)["weight"]).value = -1


BROKEN_BOOKS = [
    (with_a_number_for_a_code, "sheet survey, row 4, column code: 1.1 is a number"),
    (with_a_merged_cell, "merged cells K4:K6"),
    (without_a_column, "sheet survey, row 1, column code: is missing"),
    (with_a_foreign_column, "sheet survey, row 1, column relevant: is not known"),
    (with_a_column_twice, "column Weight: is there twice"),
    (without_bands, "sheet bands: is missing"),
    (with_a_group_left_open, "the group P4 has no end_group"),
    (with_an_error_cell, "sheet survey, row 2, column weight: is empty"),
    (with_a_zero_width_space, "sheet survey, row 4, column code: contains U+200B"),
    (with_another_question, "sheet survey, row 4, column type: integer has no place here"),
    (with_another_list, "sheet choices, row 3, column list_name: must be levels"),
    (with_a_negative_weight, "sheet survey, row 2: must be greater than 0"),
]


def test_a_broken_workbook_is_refused_with_its_cell():
    for spoil, expected in BROKEN_BOOKS:
        found = refusal_of(partial(read_xlsform, workbook(spoil)))
        assert any(expected in message for message in found), (spoil.__name__, found)


def refusal_of(work: Callable[[], Draft]) -> list[str]:
    """What a file is refused with, by its reader or by the rules of a version."""
    try:
        validated(work())
    except FileTrouble as trouble:
        return [one.message for one in trouble.troubles]
    except Invalid as problem:
        return [one.message for one in problem.errors]
    return []


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name) + (b" " * (60 * 2**20) if name.endswith("sheet1.xml") else b""))
    return out.getvalue()


def many_entries() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for number in range(2000):
            target.writestr(f"{number}", b"")
    return out.getvalue()


LAUGHS = b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
UNREADABLE: list[tuple[Callable[[bytes], Draft], bytes, str]] = [
    (read_xlsform, many_entries(), "more than 500 parts"),
    (read_xlsform, b"PK\x03\x04 not really", "no XLSX workbook"),
    (read_xlsform, b"version;kind\n1;reference\n", "no XLSX workbook"),
    (read_yaml, b"version: !!python/object/apply:os.system [id]\n", "line 1: the tag"),
    (read_yaml, b"version: !env HOME\n", "line 1: the tag"),
    (read_yaml, b"kind: reference\nversion: '1'\nversion: '2'\n", "line 3: version occurs twice"),
    (read_yaml, b"kind: reference\n  broken: [\n", "line 2: is not YAML"),
    (read_yaml, "kind: reference\nname: Ma\u00f1ana\n".encode("cp1252"), "line 2: is not UTF-8"),
    (read_yaml, b"kind: 'a\x00b'\n", "U+0000"),
    (read_yaml, b"- a\n- b\n", "line 1: must be a mapping"),
    (read_yaml, b'kind: "a"\nguidance: "a\\0b"\n', "line 2: contains a character that cannot be stored (U+0000)"),
    (read_yaml, b'kind: "\\ud83d"\n', "line 1: contains a character that cannot be stored"),
    (read_yaml, b'"a\\0": b\n', "line 1: a key must be one word"),
    (read_yaml, b"[" * 200, "nested deeper"),
]
HOSTILE: list[tuple[str, bytes, int, str]] = [
    (XLSX, bomb(), 422, "would unpack to more than 40 MiB"),
    (XLSX, b"0" * (5 * 2**20), 413, ""),
    (YAML, LAUGHS, 422, "line 1: anchors and aliases"),
    (YAML, b"[" * 500_000, 422, "nested deeper"),
    (YAML, b"# 1\n" + b"x" * 2**21, 413, ""),
    ("application/pdf", b"%PDF", 415, ""),
]


async def test_hostile_files_are_refused_with_line_and_reason(secretariat: Person):
    for read_again, content, said in UNREADABLE:
        found = refusal_of(partial(read_again, content))
        assert found and any(said in message for message in found), (content[:40], found)
    for media_type, content, status, said in HOSTILE:
        answer = await secretariat.post(f"{MODELS}/import", content=content, headers={"content-type": media_type})
        assert answer.status_code == status, (content[:40], answer.status_code, answer.text[:300])
        assert said in answer.text, (content[:40], answer.text[:400])
    assert (await secretariat.get(MODELS)).json()["total"] == 1
    told = (await secretariat.get(f"{MODELS}/{VERSION}.yaml")).text.replace(VERSION, "1.1.0")
    for before, after, said in (
        ('version: "1.1.0"', "version: 1.0", "line 1: must be text"),
        ("status: reconstruction", "status: final", "line 3: must be 'reconstruction' or 'official'"),
    ):
        assert before in told
        found = refusal_of(partial(read_yaml, told.replace(before, after, 1).encode()))
        assert any(said in message for message in found), found
    twice_told = told.replace("code: M1.1.b", "code: M1.1.a", 1).encode()
    answer = await secretariat.post(f"{MODELS}/import", content=twice_told, headers={"content-type": YAML})
    assert answer.status_code == 422 and "M1.1.a occurs twice" in answer.text and "line " in answer.text
    marked = b"\xef\xbb\xbf" + told.encode()  # what editors of Windows put before a text
    form = {"files": {"file": ("modelo.yml", marked, "text/plain")}}
    assert (await secretariat.post(f"{MODELS}/import", **form)).status_code == 201
    twice = {"files": [("file", ("a.yaml", b"a", YAML)), ("file", ("b.yaml", b"b", YAML))]}
    assert pointers(await secretariat.post(f"{MODELS}/import", **twice)) == ["/file"]
    assert pointers(await secretariat.post(f"{MODELS}/import", files={"other": b"x"})) == ["/other"]
    assert pointers(await secretariat.post(f"{MODELS}/import", content=b"", headers={"content-type": YAML})) == [
        "/file"
    ]
