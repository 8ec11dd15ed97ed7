"""Versions of the Reference Model, as readers and the secretariat use them."""

import copy
import io
import zipfile
from typing import Any

import pytest

from services.survey.seed import FILE, read
from shared.reference import ReferenceTrouble
from tests.people import Person, if_match, pointers
from tests.survey.conftest import API, MEASURES, VERSION

MODELS = f"{API}/models"


async def another(secretariat: Person, **changes: Any) -> dict[str, Any]:
    """What GET gives of the shipped version, without its state, as the body of a new one."""
    body: dict[str, Any] = (await secretariat.get(f"{MODELS}/{VERSION}")).json()
    del body["state"]
    return body | {"version": "1.0.0"} | changes


async def test_the_shipped_model_is_public_and_says_that_it_is_a_reconstruction(public: Person):
    answer = await public.get(f"{MODELS}/{VERSION}", params={"lang": "en"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"].startswith("public, max-age=")
    told = answer.json()
    assert (told["version"], told["kind"], told["state"], told["status"]) == (
        VERSION, "reference", "published", "reconstruction",
    )  # fmt: skip
    assert [level["value"] for level in told["scale"]["levels"]] == [0, 1, 2, 3, 4]
    assert told["scale"]["levels"][3]["labels"]["es"] == "Implementada y en uso"
    assert [(b["level"], b["from"], b["to"]) for b in told["bands"]] == [
        (1, 0, 20), (2, 20, 40), (3, 40, 60), (4, 60, 80), (5, 80, 100),
    ]  # fmt: skip
    assert told["coverage_threshold"] == 2 / 3
    assert len(told["pillars"]) == 4
    points = [point for pillar in told["pillars"] for point in pillar["points"]]
    assert len(points) == 12
    assert [m["code"] for p in points for m in p["measures"]] == MEASURES
    assert told["pillars"][0]["points"][0]["name"] == "Constituted port logistics community"
    assert told["pillars"][0]["points"][0]["names"]["es"] == "Comunidad logística portuaria constituida"
    assert told["languages"] == ["es", "en", "pt", "fr"]
    assert told["missing_languages"] == {}
    again = await public.get(
        f"{MODELS}/{VERSION}", params={"lang": "en"}, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304
    assert [model["version"] for model in (await public.get(MODELS)).json()["items"]] == [VERSION]


async def test_what_get_gives_can_be_posted_and_published_and_then_never_changes(secretariat: Person, public: Person):
    body = await another(secretariat, status="official")
    made = await secretariat.post(MODELS, json=body)
    assert made.status_code == 201, made.text
    assert made.json()["state"] == "draft"
    assert made.headers["location"] == f"{MODELS}/1.0.0"
    assert (await public.get(f"{MODELS}/1.0.0")).status_code == 404
    assert (await public.get(MODELS)).json()["total"] == 1
    assert (await secretariat.get(MODELS)).json()["total"] == 2
    assert (await secretariat.post(MODELS, json=body)).status_code == 409
    body["pillars"][0]["weight"] = 2
    changed = await secretariat.put(f"{MODELS}/1.0.0", json=body, headers=if_match(made))
    assert changed.json()["pillars"][0]["weight"] == 2
    assert (await secretariat.put(f"{MODELS}/1.0.0", json=body, headers=if_match(made))).status_code == 412
    published = await secretariat.post(f"{MODELS}/1.0.0/publish")
    assert published.json()["state"] == "published"
    assert (await secretariat.put(f"{MODELS}/1.0.0", json=body, headers=if_match(published))).status_code == 409
    assert (await secretariat.post(f"{MODELS}/1.0.0/publish")).status_code == 409
    assert (await secretariat.post(MODELS, json=body)).status_code == 409
    assert (await public.get(f"{MODELS}/1.0.0")).json()["pillars"][0]["weight"] == 2


def without_a_pillar(body: dict[str, Any]) -> None:
    body["pillars"].pop()


def without_a_point(body: dict[str, Any]) -> None:
    body["pillars"][1]["points"].pop()


def with_a_code_twice(body: dict[str, Any]) -> None:
    body["pillars"][3]["points"][0]["measures"][0]["code"] = "M1.1.a"


def with_no_weight(body: dict[str, Any]) -> None:
    body["pillars"][0]["points"][0]["measures"][0]["weight"] = 0


def with_a_negative_weight(body: dict[str, Any]) -> None:
    body["pillars"][2]["weight"] = -1


def with_a_hole_in_the_scale(body: dict[str, Any]) -> None:
    body["scale"]["levels"][2]["value"] = 5


def with_a_gap_between_bands(body: dict[str, Any]) -> None:
    body["bands"][1]["from"] = 21


def with_overlapping_bands(body: dict[str, Any]) -> None:
    body["bands"][1]["from"] = 19


def with_bands_that_end_early(body: dict[str, Any]) -> None:
    body["bands"][4]["to"] = 99


def with_a_missing_language(body: dict[str, Any]) -> None:
    del body["pillars"][0]["points"][1]["names"]["en"]


def without_any_text(body: dict[str, Any]) -> None:
    body["pillars"][0]["names"] = {}


def with_a_true_weight(body: dict[str, Any]) -> None:
    body["pillars"][0]["weight"] = True


def with_a_state(body: dict[str, Any]) -> None:
    body["state"] = "published"


def with_too_high_a_threshold(body: dict[str, Any]) -> None:
    body["coverage_threshold"] = 1.5


def with_a_strange_version(body: dict[str, Any]) -> None:
    body["version"] = "2.0.xlsx"


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (without_a_pillar, ["/pillars", "/pillars"]),
        (without_a_point, ["/pillars"]),
        (with_a_code_twice, ["/pillars/3/points/0/measures/0/code"]),
        (with_no_weight, ["/pillars/0/points/0/measures/0/weight"]),
        (with_a_negative_weight, ["/pillars/2/weight"]),
        (with_a_hole_in_the_scale, ["/scale/levels/2/value"]),
        (with_a_gap_between_bands, ["/bands/1/from"]),
        (with_overlapping_bands, ["/bands/1/from"]),
        (with_bands_that_end_early, ["/bands/4/to"]),
        (with_a_missing_language, ["/pillars/0/points/1/names/en"]),
        (without_any_text, ["/pillars/0/names"]),
        (with_a_true_weight, ["/pillars/0/weight"]),
        (with_a_state, ["/state"]),
        (with_too_high_a_threshold, ["/coverage_threshold"]),
        (with_a_strange_version, ["/version"]),
    ],
)
async def test_a_version_that_cannot_be_used_is_refused_with_the_place(
    secretariat: Person, spoil: Any, expected: list[str]
):
    body = copy.deepcopy(await another(secretariat))
    spoil(body)
    assert pointers(await secretariat.post(MODELS, json=body)) == expected
    assert (await secretariat.get(MODELS)).json()["total"] == 1


async def test_a_language_that_nobody_claims_is_flagged(secretariat: Person):
    body = await another(secretariat, languages=None)
    del body["pillars"][0]["points"][1]["names"]["en"]
    told = (await secretariat.post(MODELS, json=body)).json()
    assert told["missing_languages"]["en"] == 1
    assert told["languages"] == ["es", "pt", "fr"]


async def test_an_instrument_of_another_kind_may_have_another_shape(secretariat: Person):
    body = await another(secretariat, kind="thematic", version="green-1")
    body["pillars"] = body["pillars"][:1]
    del body["pillars"][0]["points"][1:]
    assert (await secretariat.post(MODELS, json=body)).status_code == 201


async def test_the_xlsform_has_its_three_sheets_and_the_stable_codes(public: Person):
    answer = await public.get(f"{MODELS}/{VERSION}.xlsx")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/vnd.openxmlformats")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        workbook = book.read("xl/workbook.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
    assert [name in workbook for name in ('name="survey"', 'name="choices"', 'name="settings"')] == [True] * 3
    for text in ("select_one levels", "M1.1.a", "not_applicable", "label::Español (es)", "begin_group", VERSION):
        assert text in texts
    assert (await public.get(f"{MODELS}/9.9.9.xlsx")).status_code == 404


async def test_only_the_secretariat_adds_versions(coordinator: Person, public: Person, secretariat: Person):
    body = await another(secretariat)
    assert (await coordinator.post(MODELS, json=body)).status_code == 403
    assert (await public.post(MODELS, json=body)).status_code == 401


def test_trouble_in_the_file_is_told_with_its_line(tmp_path: Any):
    text = FILE.read_text(encoding="utf-8")
    spoiled = tmp_path / "model.yaml"
    spoiled.write_text(text.replace("{id: M1.1.b, point: P1.1", "{id: M1.1.b, point: P9.9"), encoding="utf-8")
    with pytest.raises(ReferenceTrouble, match=r"model\.yaml, line \d+: there is no point P9\.9"):
        read(spoiled)
    spoiled.write_text(text.replace("{id: M1.1.b,", "{id: M1.1.a,"), encoding="utf-8")
    with pytest.raises(ReferenceTrouble, match=r"M1\.1\.a occurs twice"):
        read(spoiled)
