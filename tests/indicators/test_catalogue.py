"""The catalogue and the reference series, as anybody reads them."""

import csv
import io
from pathlib import Path

import pytest

from services.indicators.seed import FOLDER, read_catalogue, read_series
from services.indicators.words import INTERFACES
from shared.reference import ReferenceTrouble
from tests.indicators.things import URL
from tests.people import Person, pointers

NAMED = {
    "code", "version", "interface", "names", "definition", "unit", "polarity", "target_band", "statistic", "factor",
    "frequency", "valid_range", "aggregation", "source", "basis",
}  # fmt: skip


async def test_the_catalogue_holds_every_indicator_with_what_it_promises(public: Person):
    answer = await public.get(f"{URL}/catalogue")
    told = answer.json()
    assert told["total"] == len(told["items"]) == 45
    assert all(item.keys() >= NAMED for item in told["items"])
    waiting = (await public.get(f"{URL}/catalogue/VPA-01")).json()
    assert (waiting["polarity"], waiting["frequency"], waiting["valid_range"]) == ("lower", "monthly", [0, 720])
    assert (waiting["unit"], waiting["version"], waiting["factor"]) == ("h", 1, None)
    occupancy = (await public.get(f"{URL}/catalogue/VTB-01")).json()
    assert (occupancy["target_band"], occupancy["factor"]) == ([40, 70], 100)
    assert (await public.get(f"{URL}/catalogue/XXX-01")).status_code == 404


async def test_an_interface_has_its_own_indicators_and_together_they_are_all(public: Person):
    seen: list[str] = []
    for interface in INTERFACES:
        told = (await public.get(f"{URL}/catalogue", params={"interface": interface})).json()
        assert {item["interface"] for item in told["items"]} == {interface}
        seen += [item["code"] for item in told["items"]]
    assert len(seen) == len(set(seen)) == 45
    assert pointers(await public.get(f"{URL}/catalogue", params={"interface": "sea"})) == ["/interface"]


async def test_names_come_in_the_readers_language(public: Person):
    in_english = await public.get(f"{URL}/catalogue/VPA-01", headers={"accept-language": "en"})
    in_spanish = await public.get(f"{URL}/catalogue/VPA-01", headers={"accept-language": "es-MX"})
    assert in_english.json()["name"] == "Waiting time at anchorage"
    assert in_spanish.json()["name"] == "Tiempo de espera en fondeo"
    assert in_spanish.json()["interface_name"] == "Buque y aguas del puerto"
    assert in_english.headers["etag"] != in_spanish.headers["etag"]


@pytest.mark.parametrize(
    "path", ["catalogue", "catalogue/VPA-01", "reference-series", "reference-series/cppi-2025-lac"]
)
async def test_what_is_public_may_be_kept_and_is_not_sent_twice(public: Person, path: str):
    answer = await public.get(f"{URL}/{path}")
    assert answer.headers["cache-control"].startswith("public, max-age=")
    again = await public.get(f"{URL}/{path}", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_every_reference_series_names_its_source_edition_and_licence(public: Person):
    told = (await public.get(f"{URL}/reference-series", headers={"accept-language": "en"})).json()
    assert [item["slug"] for item in told["items"]] == ["cppi-2025-lac", "cppi-2025-world"]
    for item in told["items"]:
        assert (item["edition"], item["licence"], item["publisher"]) == ("CPPI 2025", "CC BY 3.0 IGO", "World Bank")
        assert "another series" in item["note"]
    assert [item["ports"] for item in told["items"]] == [79, 20]


async def test_a_reference_series_shows_ports_by_rank_as_the_file_has_them(public: Person):
    told = (await public.get(f"{URL}/reference-series/cppi-2025-lac", params={"limit": 200})).json()
    ranks = [item["rank"] for item in told["items"] if item["rank"] is not None]
    assert ranks == sorted(ranks)
    assert [item["port"] for item in told["items"][-3:]] == ["Vitoria", "Lirquen", "Castries"]
    altamira = next(item for item in told["items"] if item["unlocode"] == "MXATM")
    assert altamira == {
        "port": "Altamira", "unlocode": "MXATM", "territory": "Mexico", "country": "MX", "rank": 70,
        "score": 44.7027794615637, "berth_hours_share": 0.718792930238445, "calls": 587,
    }  # fmt: skip


async def test_reference_values_are_filtered_and_come_as_csv_whole(public: Person):
    url = f"{URL}/reference-series/cppi-2025-lac"
    mexican = (await public.get(url, params={"country": "MX", "limit": 3})).json()
    assert (mexican["total"], len(mexican["items"])) == (7, 3)
    two = (await public.get(url, params={"unlocode": "MXATM,CLARI"})).json()
    assert [item["unlocode"] for item in two["items"]] == ["MXATM", "CLARI"]
    found = (await public.get(url, params={"q": "bahamas"})).json()
    assert found["total"] == 2
    rows = list(csv.DictReader(io.StringIO((await public.get(url, params={"format": "csv", "country": "MX"})).text)))
    assert len(rows) == 7
    assert {row["edition"] for row in rows} == {"CPPI 2025"}
    assert pointers(await public.get(url, params={"unlocode": "mxatm"})) == ["/unlocode"]
    assert (await public.get(f"{URL}/reference-series/cppi-1999")).status_code == 404


async def test_pages_of_a_reference_series_follow_one_another(public: Person):
    seen: list[str] = []
    cursor = None
    while True:
        asked = {"limit": 10} | ({"cursor": cursor} if cursor else {})
        told = (await public.get(f"{URL}/reference-series/cppi-2025-lac", params=asked)).json()
        seen += [item["unlocode"] for item in told["items"]]
        cursor = told["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 79


def broken(tmp_path: Path, before: str, after: str) -> Path:
    path = tmp_path / "indicators.yaml"
    text = (FOLDER / "indicators.yaml").read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("before", "after", "line", "reason"),
    [
        ("- code: VPA-02", "- code: VPA-01", 60, "occurs twice"),
        ("interface: vessel_port", "interface: sea", 34, "interface"),
        ("  - 0\n  - 720", "  - 720\n  - 0", 43, "lower end"),
        ("  polarity: target_band", "  polarity: higher", 138, "target band"),
        ("  factor: 100\n", "", 60, "denominator"),
    ],
)
def test_a_wrong_catalogue_is_refused_with_its_line(tmp_path: Path, before: str, after: str, line: int, reason: str):
    with pytest.raises(ReferenceTrouble) as told:
        read_catalogue(broken(tmp_path, before, after))
    assert reason in str(told.value)
    assert "line " in str(told.value)
    found = int(str(told.value).split("line ")[1].split(":")[0])
    assert abs(found - line) <= 15


def test_a_reference_file_with_a_bad_cell_is_refused_with_its_line(tmp_path: Path):
    folder = FOLDER / "reference_series"
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    path = tmp_path / "cppi_2025_lac.csv"
    path.write_text(path.read_text().replace("Altamira,MXATM,Mexico,70", "Altamira,MXATM,Mexico,seventy"))
    with pytest.raises(ReferenceTrouble, match=r"cppi_2025_lac\.csv, line 3: cppi_rank_2025"):
        read_series(tmp_path / "series.yaml")
