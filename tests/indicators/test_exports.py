"""Observations as files: whole, the same in every format, for those who may see them."""

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import openpyxl
import pyarrow.parquet as pq
from pysdmx.io import read_sdmx

from shared.formats import MEDIA_TYPES, accepted_format
from tests.indicators.things import MANZANILLO, URL, publish, record, row
from tests.people import Person, pointers

FORMATS = ("csv", "xlsx", "parquet", "sdmx-csv", "sdmx-json")
Key = tuple[str, str, str]


async def export(person: Person, form: str, **filters: str) -> bytes:
    answer = await person.get(f"{URL}/observations", params={"format": form, **filters})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith(MEDIA_TYPES[form]), form
    assert answer.headers["content-disposition"].startswith("attachment; filename="), form
    return answer.content


def values_in(form: str, content: bytes) -> dict[Key, tuple[float, str | None]]:
    """Value and note of every key in a file, as a reader of its own kind finds them."""
    if form == "csv":
        lines = csv.DictReader(io.StringIO(content.decode()))
        return {(r["indicator"], r["community"], r["period"]): (float(r["value"]), r["note"] or None) for r in lines}
    if form == "xlsx":
        head, *rows = openpyxl.load_workbook(io.BytesIO(content), read_only=True).active.iter_rows(values_only=True)
        found = [dict(zip(head, one, strict=False)) for one in rows]
        return {(r["indicator"], r["community"], r["period"]): (r["value"], r.get("note")) for r in found}
    if form == "parquet":
        found = pq.read_table(io.BytesIO(content)).to_pylist()
        return {(r["indicator"], r["community"], r["period"]): (r["value"], r["note"]) for r in found}
    if form == "sdmx-csv":
        data = read_sdmx(io.BytesIO(content)).data[0]
        assert data.short_urn == "Dataflow=PORTSNET:OBSERVATIONS(1.0.0)"
        rows = data.data.to_dict("records")
        return {
            (r["INDICATOR"], r["COMMUNITY"], r["TIME_PERIOD"]): (float(r["OBS_VALUE"]), r["COMMENT_OBS"] or None)
            for r in rows
        }
    return from_message(json.loads(content))


def from_message(message: dict[str, Any]) -> dict[Key, tuple[float, str | None]]:
    """What an SDMX-JSON 2.0 data message says, looked up in the structure that it carries."""
    structure, data = message["data"]["structures"][0], message["data"]["dataSets"][0]
    dimensions = structure["dimensions"]["series"]
    periods = structure["dimensions"]["observation"][0]["values"]
    attributes = [one["id"] for one in structure["attributes"]["observation"]]
    found = {}
    for series, content in data["series"].items():
        key = {d["id"]: d["values"][int(place)]["id"] for d, place in zip(dimensions, series.split(":"), strict=True)}
        for place, (value, *rest) in content["observations"].items():
            told = dict(zip(attributes, rest, strict=True))
            period = periods[int(place)]["id"]
            assert key["FREQ"] == {4: "A", 7: "Q" if "Q" in period else "M"}[len(period)]
            found[key["INDICATOR"], key["COMMUNITY"], period] = (value, told["COMMENT_OBS"])
    return found


async def test_every_format_holds_the_same_whole_selection_to_the_last_bit(secretariat: Person):
    rows = [
        row(indicator, community, f"20{year}-{month:02d}", value=50 + month / 7)
        for indicator in ("CUS-01", "GAT-01", "VPA-01") for community in (MANZANILLO, "cl-biobio")
        for year in (24, 25) for month in range(1, 13)
    ]  # fmt: skip
    rows += [row("CUS-04", period="2025-Q3", numerator=1, denominator=3), row("RAI-01", period="2025", value=1 / 3)]
    rows += [
        row("YRD-01", period="2025-01", value=7, note='Paro, "total"\nlínea dos'),
        row("GAT-06", value=5, note="=1+1"),
    ]
    assert (await record(secretariat, *rows)).status_code == 201
    listed = {}
    cursor: str | None = None
    while True:
        told = (
            await secretariat.get(f"{URL}/observations", params={"limit": 50} | ({"cursor": cursor} if cursor else {}))
        ).json()
        listed |= {(r["indicator"], r["community"], r["period"]): (r["value"], r["note"]) for r in told["items"]}
        cursor = told["next"]
        if cursor is None:
            break
    assert len(listed) == len(rows)
    neutral = listed | {("GAT-06", MANZANILLO, "2025-01"): (5.0, "'=1+1")}
    for form in FORMATS:
        expected = listed if form in ("parquet", "sdmx-json") else neutral
        assert values_in(form, await export(secretariat, form)) == expected, form
        part = values_in(form, await export(secretariat, form, indicator="GAT-01", **{"from": "2025-11"}))
        assert len(part) == 4 and {key[0] for key in part} == {"GAT-01"}, form
    nothing = {
        form: values_in(form, await export(secretariat, form, to="1950")) for form in FORMATS if form != "sdmx-csv"
    }
    assert not any(nothing.values())
    with zipfile.ZipFile(io.BytesIO(await export(secretariat, "xlsx"))) as packed:
        assert packed.testzip() is None
    assert pointers(await secretariat.get(f"{URL}/observations", params={"format": "pdf"})) == ["/format"]


async def test_the_structure_is_read_back_and_describes_what_the_exports_say(public: Person, secretariat: Person):
    answer = await public.get(f"{URL}/sdmx/structure")
    assert answer.headers["content-type"] == "application/vnd.sdmx.structure+json; version=2.0.0"
    found = read_sdmx(io.BytesIO(answer.content), validate=False)
    lists = {one.id: {code.id: code.name for code in one.codes} for one in found.get_codelists()}
    assert lists["CL_INDICATOR"]["VPA-01"] == "Waiting time at anchorage"
    assert lists["CL_COMMUNITY"][MANZANILLO] == "Manzanillo"
    structure = found.get_data_structure_definitions()[0]
    assert [one.id for one in structure.components.dimensions] == ["FREQ", "INDICATOR", "COMMUNITY", "TIME_PERIOD"]
    assert found.get_dataflows()[0].structure.id == structure.id == "DSD_OBSERVATIONS"
    await record(secretariat, row(value=1))
    header = (await export(secretariat, "sdmx-csv")).decode().split("\r\n")[0].split(",")
    assert header[3:] == [component.id for component in structure.components]
    again = await public.get(f"{URL}/sdmx/structure", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_a_file_shows_what_the_list_shows_and_its_tag_holds_until_something_changes(
    everyone: Mapping[str, Person],
):
    await publish(everyone["data_provider"], everyone["coordinator"], row(value=7), row("GAT-01", value=40))
    wanted = {"default": "aggregate", "indicators": {"VPA-01": "public", "GAT-01": "network"}}
    assert (await everyone["coordinator"].put(f"{URL}/visibility/{MANZANILLO}", json=wanted)).status_code == 200
    own = {"secretariat", "coordinator", "respondent", "data_provider"}
    network = own | {"chair", "member", "observer", "foreign_coordinator"}
    for role, person in everyone.items():
        expected = {"VPA-01"} | ({"GAT-01"} if role in network else set())
        for form in FORMATS:
            assert {key[0] for key in values_in(form, await export(person, form))} == expected, (role, form)
    public, provider = everyone["public"], everyone["data_provider"]
    tags = {}
    for form in FORMATS:
        first = await public.get(f"{URL}/observations", params={"format": form})
        again = await public.get(
            f"{URL}/observations", params={"format": form}, headers={"If-None-Match": first.headers["etag"]}
        )
        assert (again.status_code, first.headers["cache-control"]) == (304, "public, max-age=60"), form
        tags[form] = first.headers["etag"]
    assert len(set(tags.values())) == len(FORMATS)
    assert (await provider.get(f"{URL}/observations", params={"format": "csv"})).headers["cache-control"] == "no-store"
    await everyone["coordinator"].put(f"{URL}/visibility/{MANZANILLO}", json={"default": "aggregate"})
    changed = await public.get(f"{URL}/observations", params={"format": "csv"}, headers={"If-None-Match": tags["csv"]})
    assert (changed.status_code, values_in("csv", changed.content)) == (200, {})


async def test_the_format_that_is_liked_best_is_given(data_provider: Person):
    await record(data_provider, row(value=1))
    offered = ("json", "csv", "xlsx", "parquet", "sdmx-csv", "sdmx-json")
    for accept, expected in {
        "": "json", "*/*": "json", "text/csv": "csv", "text/csv;q=0.5, application/json": "json",
        "application/json;q=0.2, text/csv;q=0.9": "csv", "text/csv, */*;q=0.8": "csv", "text/*": "csv",
        "application/json;q=0, */*": "csv", "text/csv;q=0, application/json": "json", "TEXT/CSV ; Q=1.0": "csv",
        "application/vnd.apache.parquet, application/json;q=0.9": "parquet", "image/png": "json",
        "application/vnd.sdmx.data+json;version=2.0.0": "sdmx-json", "application/vnd.sdmx.data+csv": "sdmx-csv",
        "application/vnd.sdmx.data+csv;version=2.0.0;labels=both, text/csv;q=0.5": "sdmx-csv",
        "application/vnd.sdmx.data+json;version=1.0.0, text/csv;q=0.1": "csv", "text/csv;q=x, application/json": "json",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": "json", "text/csv; charset=utf-8": "csv",
        "application/*;q=0.4, text/csv;q=0.4": "csv", ",,": "json", "text/csv;q=0": "json",
    }.items():  # fmt: skip
        assert accepted_format(accept, offered) == expected, accept
    for accept, media_type in (
        ("application/json;q=0.1, text/csv;q=0.7", "text/csv; charset=utf-8"),
        ("text/csv;q=0.1, application/vnd.sdmx.data+json;version=2.0.0", MEDIA_TYPES["sdmx-json"]),
        ("application/vnd.apache.parquet", MEDIA_TYPES["parquet"]),
    ):
        answer = await data_provider.get(f"{URL}/observations", headers={"accept": accept})
        assert answer.headers["content-type"] == media_type
