"""From events to indicators: what a file gives, what is wrong with it, and who may send one."""

import csv
import io
import json
import math
import random
import shutil
import statistics
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from deploy.local.cli import app
from deploy.local.composition import Platform
from deploy.local.events import EventsTrouble, outcome_of, write_observations
from services.indicators.events import sketches
from services.indicators.events.computing import Outcome, Question, seconds_now
from services.indicators.events.files import compute_file
from services.indicators.events.kinds import EVENTS
from services.indicators.events.zones import stretches
from tests.indicators.things import MANZANILLO, URL
from tests.people import Person, pointers

CSV = {"content-type": "text/csv"}
ZONES = {MANZANILLO: "America/Mexico_City", "cl-biobio": "America/Santiago", "ec-guayaquil": "America/Guayaquil"}
JANUARY, FEBRUARY = 2025 * 12, 2025 * 12 + 1


def computed(
    tmp_path: Path, kind: str, content: str | bytes, community: str | None = MANZANILLO, **asked: Any
) -> Outcome:
    file = tmp_path / "events"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    question = Question(
        kind, community, asked.get("allowed", list(ZONES)), ZONES | asked.get("zones", {}), asked.get("partial", False),
        seconds_now(),
    )  # fmt: skip
    return compute_file(str(file), question, 2**29)


def figures(outcome: Outcome) -> dict[tuple[str, int], tuple[float | None, float | None, float | None, int]]:
    assert (outcome.problem, outcome.errors) == (None, [])
    return {
        (one.indicator, one.month): (one.value, one.numerator, one.denominator, one.n) for one in outcome.counts
    }  # fmt: skip


async def test_a_file_of_events_becomes_observations_that_are_submitted_and_approved(
    platform: Platform, data_provider: Person, coordinator: Person, foreign_coordinator: Person
):
    """Manzanillo keeps UTC-6: half past five in the morning of the first by UTC is still the last of the month."""
    rows = ["queue_entry,gate_in,gate_out,delivered,picked_up,trouble"]
    rows += [
        f"2025-01-{day:02d} 08:00,2025-01-{day:02d} 08:20,2025-01-{day:02d} 08:{20 + day},1,{day % 2},0"
        for day in range(1, 31)
    ]
    rows.append("2025-02-01T04:30Z,2025-02-01T04:40Z,2025-02-01T05:30:00Z,true,true,true")
    rows.append("2025-02-01T04:30-06:00,2025-02-01T04:40-0600,2025-02-01T05:30:00-06,no,sí,no")
    body = "\r\n".join(rows).encode()
    told = await data_provider.post(
        f"{URL}/events/gate", params={"community": MANZANILLO}, content=body, headers=CSV | {"Idempotency-Key": "one"}
    )
    again = await data_provider.post(
        f"{URL}/events/gate", params={"community": MANZANILLO}, content=body, headers=CSV | {"Idempotency-Key": "one"}
    )
    assert (told.status_code, again.status_code, told.json()["state"]) == (202, 202, "queued")
    assert told.json()["id"] == again.json()["id"]
    assert told.headers["location"] == f"{URL}/events/{told.json()['id']}"
    assert (await data_provider.get(f"{told.headers['location']}/errors.csv")).status_code == 409
    await platform.run_jobs()
    state = (await data_provider.get(told.headers["location"])).json()
    assert (state["state"], state["detail"], state["progress"]) == ("done", None, 1.0)
    assert (state["rows"], state["accepted"], state["rejected"], state["errors"]) == (32, 32, 0, None)
    assert state["lacking"] == ["GAT-04"]
    found = {
        (one["indicator"], one["period"]): one
        for one in (await data_provider.get(f"{URL}/observations")).json()["items"]
    }
    assert len(found) == 10
    turns = [float(day) for day in range(1, 31)] + [50.0]
    january = found["GAT-01", "2025-01"]
    assert (january["value"], january["n"], january["status"]) == (statistics.median(turns), 31, "draft")
    assert math.isclose(found["GAT-02", "2025-01"]["value"], statistics.quantiles(turns, n=10, method="inclusive")[8])
    assert (found["GAT-03", "2025-01"]["value"], found["GAT-01", "2025-02"]["value"]) == (20, 50)
    assert (found["GAT-05", "2025-01"]["numerator"], found["GAT-05", "2025-01"]["denominator"]) == (16, 31)
    assert found["GAT-06", "2025-01"]["value"] == 100 * 1 / 31
    assert found["GAT-05", "2025-02"]["value"] == 0
    for person, what in ((data_provider, "submit"), (coordinator, "approve")):
        assert (await person.post(f"{URL}/submissions/{MANZANILLO}/2025-01/{what}")).status_code == 200
    assert (await coordinator.get(told.headers["location"])).status_code == 200
    assert (await foreign_coordinator.get(told.headers["location"])).status_code == 404
    errors = await data_provider.get(f"{told.headers['location']}/errors.csv")
    assert (errors.status_code, errors.text) == (200, "row,column,value,reason\r\n")
    assert (await data_provider.get(f"{URL}/imports/{state['id']}")).json() == state
    assert (await foreign_coordinator.get(f"{URL}/imports/{state['id']}")).status_code == 404
    listed = (await data_provider.get(f"{URL}/events")).json()
    assert (listed["total"], listed["items"][0]["id"]) == (1, state["id"])
    objects = platform.services["indicators"].state.objects
    try:
        await objects.read_whole(await _hash_of(body))
        raise AssertionError("the events were kept")
    except FileNotFoundError:
        pass


async def _hash_of(body: bytes) -> str:
    from hashlib import sha256

    return sha256(body).hexdigest()


async def test_wrong_rows_are_named_and_files_add_up(platform: Platform, data_provider: Person, secretariat: Person):
    """Four files at once: one refused, one of a quarter whose months come apart, two halves of a month."""
    wrong = (
        b"gate_in,gate_out\n2025-01-02 10:00,2025-01-02 09:00\n2025-01-02 10:00,2025-01-02 10:30\n,2025-01-02 10:30\n"
    )
    refused = await data_provider.post(
        f"{URL}/events/gate", params={"community": MANZANILLO}, content=wrong, headers=CSV
    )
    inspections = ["community,accepted,agencies,openings"]
    inspections += [
        f"{MANZANILLO},2025-{month:02d}-10 10:00,{agencies},{openings}"
        for month in (1, 2, 3)
        for agencies, openings in ((2, 1), (3, 2), (1, 1))
    ]
    quarter = await secretariat.post(
        f"{URL}/events/inspection", files={"file": ("aforos.csv", "\n".join(inspections).encode(), "text/csv")}
    )
    half = {"community": MANZANILLO, "append": "true", "partial": "true"}
    samples = [random.Random(7).lognormvariate(3.5, 0.4) for _ in range(400)]
    halves = []
    for part in (samples[:150], samples[150:]):
        begin = datetime(2025, 5, 2, 8, 0)  # noqa: DTZ001 -- by the port's clock
        body = (
            "gate_in,gate_out\n"
            + "\n".join(f"{begin},{begin + timedelta(seconds=round(60 * one))}" for one in part)
            + "\nx,y"
        )
        halves.append(await data_provider.post(f"{URL}/events/gate", params=half, content=body.encode(), headers=CSV))
    await platform.run_jobs()
    state = (await data_provider.get(refused.headers["location"])).json()
    assert (state["state"], state["rows"], state["accepted"], state["rejected"]) == ("failed", 3, 0, 2)
    lines = list(csv.DictReader(io.StringIO((await data_provider.get(state["errors"])).text)))
    assert [(one["row"], one["column"], one["value"], one["reason"]) for one in lines] == [
        ("2", "gate_out", "2025-01-02 09:00", "is before gate_in"), ("4", "gate_in", "", "is required"),
    ]  # fmt: skip
    assert {one["period"] for one in (await data_provider.get(f"{URL}/observations")).json()["items"]} == {
        "2025-05",
        "2025-Q1",
    }
    state = (await secretariat.get(quarter.headers["location"])).json()
    assert (state["state"], state["file_name"], state["waiting"]) == ("done", "aforos.csv", [])
    assert [(one["indicator"], one["period"], one["value"]) for one in state["observations"]] == [
        ("CUS-04", "2025-Q1", 50)
    ]
    states = [(await data_provider.get(one.headers["location"])).json() for one in halves]
    assert [(one["state"], one["accepted"], one["rejected"]) for one in states] == [("done", 150, 1), ("done", 250, 1)]
    told = {one["indicator"]: one for one in max(states, key=lambda one: one["observations"][0]["n"])["observations"]}
    assert (told["GAT-01"]["n"], told["GAT-01"]["exact"]) == (400, False)
    for code, truth in (
        ("GAT-01", statistics.median(samples)),
        ("GAT-02", statistics.quantiles(samples, n=10, method="inclusive")[8]),
    ):
        assert abs(told[code]["value"] / truth - 1) < 0.015, code


async def test_only_those_who_record_data_send_events(everyone: Mapping[str, Person]):
    body = b"gate_in,gate_out\n2025-01-02 10:00,2025-01-02 10:30\n"
    expected = {"public": 401, "secretariat": 202, "coordinator": 202, "data_provider": 202}
    for role, person in everyone.items():
        told = await person.post(f"{URL}/events/gate", params={"community": MANZANILLO}, content=body, headers=CSV)
        assert told.status_code == expected.get(role, 403), role
    provider = everyone["data_provider"]

    async def send(kind: str = "gate", content: bytes = body, kind_of_body: str = "text/csv", **params: str):
        return await provider.post(
            f"{URL}/events/{kind}", params=params, content=content, headers={"content-type": kind_of_body}
        )

    assert pointers(await send(community="xx-nowhere")) == ["/community"]
    assert pointers(await send(timezone="Mars/Base")) == ["/timezone"]
    assert pointers(await send(content=b"")) == ["/file"]
    assert (await send(kind="train")).status_code in (404, 422)
    assert (await send(kind_of_body="image/png")).status_code == 415
    kinds = (await everyone["public"].get(f"{URL}/event-kinds")).json()["items"]
    assert [one["kind"] for one in kinds] == list(EVENTS)
    catalogue = {one["code"] for one in (await provider.get(f"{URL}/catalogue", params={"limit": 200})).json()["items"]}
    assert {code for one in kinds for code in one["indicators"]} <= catalogue
    template = (await everyone["public"].get(f"{URL}/event-kinds/dwell/template.csv")).text
    assert template == "community,flow,entered,left\r\n"


def test_every_kind_gives_its_indicators_as_worked_by_hand(tmp_path: Path):
    calls = """arrival,pilot_on_board,berthed,work_start,work_end,unberthed,eta,window_start,window_end,moves,crane_hours,dry_bulk_tonnes
2025-01-01 00:00,2025-01-01 06:00,2025-01-01 07:00,2025-01-01 08:00,2025-01-01 16:00,2025-01-01 17:00,2025-01-01 01:30,2025-01-01 06:00,2025-01-01 08:00,600,20,
2025-01-03 00:00,2025-01-03 02:00,2025-01-03 03:00,2025-01-03 03:00,2025-01-03 13:00,2025-01-03 23:00,2025-01-03 09:00,2025-01-03 06:00,2025-01-03 08:00,,,5000
2025-01-05 00:00,,2025-01-05 01:00,,,2025-01-05 11:00,,,,300,10,
"""
    found = figures(computed(tmp_path, "vessel_call", calls))
    assert found == {
        ("VPA-01", JANUARY): (4.0, None, None, 2), ("VPA-02", JANUARY): (None, 8.0, 30.0, 2),
        ("VPA-03", JANUARY): (17.0, None, None, 3), ("VPA-04", JANUARY): (None, 1.0, 2.0, 2),
        ("VTB-02", JANUARY): (None, 900.0, 20.0, 2), ("VTB-03", JANUARY): (None, 900.0, 30.0, 2),
        ("VTB-04", JANUARY): (None, 1.0, 2.0, 2), ("VTB-05", JANUARY): (None, 5000.0, 10.0, 1),
        ("VTB-06", JANUARY): (None, 40.0, 51.0, 3), ("VTB-07", JANUARY): (None, 12.0, 30.0, 2),
    }  # fmt: skip
    dwell = "flow,entered,left\n" + "".join(
        f"{flow},2025-01-01T00:00Z,2025-01-{1 + days:02d}T00:00Z\n"
        for flow, stays in (("import", (2, 4, 9)), ("export", (1, 3)), ("EMPTY", (20,))) for days in stays
    )  # fmt: skip
    assert figures(computed(tmp_path, "dwell", dwell, "ec-guayaquil")) == {
        ("YRD-01", JANUARY): (4.0, None, None, 3), ("YRD-02", JANUARY): (8.0, None, None, 3),
        ("YRD-03", JANUARY): (2.0, None, None, 2), ("DEP-03", JANUARY): (20.0, None, None, 1),
    }  # fmt: skip
    gate = "gate_in,gate_out,slot_start,slot_end\n" + "".join(
        f"2025-01-01 {visit},2025-01-01 10:00,2025-01-01 11:00\n" for visit in ("10:30,2025-01-01 10:50", "11:30,2025-01-01 11:50")
    ) + ",,2025-01-01 12:00,2025-01-01 13:00\n"  # fmt: skip
    assert figures(computed(tmp_path, "gate", gate))["GAT-04", JANUARY] == (None, 1.0, 3.0, 3)
    inspections = """accepted,released,inspected,ordered,resulted,before_arrival,sanitary_requested,sanitary_released
2025-01-01 00:00,2025-01-01 10:00,1,2025-01-01 01:00,2025-01-01 05:00,0,2025-01-01 00:00,2025-01-01 03:00
2025-01-02 00:00,2025-01-03 00:00,0,,,1,,
"""
    assert figures(computed(tmp_path, "inspection", inspections)) == {
        ("CUS-01", JANUARY): (17.0, None, None, 2), ("CUS-02", JANUARY): (None, 1.0, 2.0, 2),
        ("CUS-03", JANUARY): (4.0, None, None, 1), ("CUS-05", JANUARY): (None, 1.0, 2.0, 2),
        ("CUS-06", JANUARY): (3.0, None, None, 1),
    }  # fmt: skip


def test_files_are_read_as_people_s_programs_write_them(tmp_path: Path):
    plain = "community;gate_in;Gate_Out ;TROUBLE;moves\r\nmx-manzanillo;2025-01-02 10:00;2025-01-02 10:30;Sí;1\r\n"
    expected = {
        ("GAT-01", JANUARY): (30.0, None, None, 1),
        ("GAT-02", JANUARY): (30.0, None, None, 1),
        ("GAT-06", JANUARY): (None, 1.0, 1.0, 1),
    }
    for content in (
        b"\xef\xbb\xbf" + plain.encode(), plain.encode("cp1252"), plain.replace(";", "\t").encode("utf-16"),
        b"sep=;\r\n" + plain.encode(),
    ):  # fmt: skip
        outcome = computed(tmp_path, "gate", content, None)
        assert figures(outcome) == expected, content[:40]
        assert outcome.ignored == ["moves"]
    begin = datetime(2025, 2, 1, 5, 0)  # noqa: DTZ001 -- as above
    zones: dict[str, Any] = {"wall": None, "utc": UTC}
    for name, zone in zones.items():
        times = [begin.replace(tzinfo=zone), (begin + timedelta(minutes=45)).replace(tzinfo=zone)]
        table = pa.table({
            "gate_in": pa.array(times[:1], pa.timestamp("us", "UTC" if zone else None)),
            "gate_out": pa.array(times[1:], pa.timestamp("us", "UTC" if zone else None)), "trouble": [False],
        })  # fmt: skip
        sink = io.BytesIO()
        pq.write_table(table, sink)
        found = figures(computed(tmp_path, "gate", sink.getvalue()))
        assert found["GAT-01", FEBRUARY if name == "wall" else JANUARY] == (45.0, None, None, 1), name
    rng = random.Random(5)
    moments = [datetime(2025, 3, 1) + timedelta(minutes=rng.randrange(90_000)) for _ in range(300)]  # noqa: DTZ001 -- as above
    for zone, between, blank in (
        ("", " ", ""),
        ("Z", "T", "\n"),
        ("-06:00", "T", ""),
        ("-0600", " ", "\n"),
        (" UTC", " ", ""),
    ):
        lines = [
            f"{at:%Y-%m-%d{between}%H:%M}{zone},{at + timedelta(minutes=90):%Y-%m-%d{between}%H:%M}{zone},{at.day % 2}"
            for at in moments
        ]
        regular = "gate_in,gate_out,trouble\n" + "\n".join([*lines, ",,"]) + blank
        odd = "gate_in,gate_out,trouble\n" + "\n".join([*lines[:99], f"  {lines[99]}", *lines[100:], ",,"]) + blank
        fast, careful = (computed(tmp_path, "gate", one, partial=True) for one in (regular, odd))
        assert fast == careful and (fast.rows, fast.rejected) == (301, 1), zone
        fast, careful = (computed(tmp_path, "gate", one.replace("\n,,", "")) for one in (regular, odd))
        assert fast == careful and (fast.rows, fast.rejected) == (300, 0) and len(fast.counts) >= 6, zone
    for content, said in (
        ("gate_out\n2025-01-01 10:00\n", "no column gate_in"), ("a,a\n1,2\n", "twice"), ("\n\n", "empty"),
        (b"PAR1 and then nothing", "cannot be read"), (b"PAR1xxxxPAR1", "cannot be read"), (b"\x00\x01\x02\xff" * 50, ""), ("PK\x03\x04,b\n1,2", "no column"),
    ):  # fmt: skip
        outcome = computed(tmp_path, "gate", content)
        assert outcome.problem is not None and said in outcome.problem, (content[:20], outcome.problem)


def test_what_is_wrong_with_a_row_is_told_with_its_row_column_value_and_reason(tmp_path: Path):
    content = """community,queue_entry,gate_in,gate_out,trouble
mx-manzanillo,2025-01-02 09:00,2025-01-02 10:00,2025-01-02 10:30,no
xx-nowhere,2025-01-02 09:00,2025-01-02 10:00,2025-01-02 10:30,no
mx-manzanillo,2025-01-02 11:00,2025-01-02 10:00,2025-01-02 10:30,no
mx-manzanillo,02/01/2025 09:00,2025-01-02 10:00,2025-01-02 10:30,maybe
mx-manzanillo,2025-01-02 09:00,2025-01-02 10:00
mx-manzanillo,,2025-02-30 10:00,2199-01-02 10:30,
mx-manzanillo,,2025-01-02,2025-01-02T10:30:00.250Z,
mx-manzanillo,,2025-01-02 10:00 America/Lima,2025-01-02 10:30 UTC,
mx-manzanillo,2025-01-02 09:00,2025-01-02 10:00,2025-01-02 10:30,yes
"""
    outcome = computed(tmp_path, "gate", content, None, partial=True)
    assert (outcome.rows, outcome.rejected) == (9, 7)
    when = "must be a date and time, such as 2025-01-31T08:30 or 2025-01-31T08:30-06:00"
    assert outcome.errors == [
        (3, "community", "xx-nowhere", "is no community that you record data for"),
        (4, "gate_in", "2025-01-02 10:00", "is before queue_entry"),
        (4, "gate_out", "2025-01-02 10:30", "is before queue_entry"),
        (5, "queue_entry", "02/01/2025 09:00", when), (5, "trouble", "maybe", "must be true or false"),
        (6, "", "mx-manzanillo,2025-01-02 09:00,2025-01-02 10:00", "has not as many columns as the first row"),
        (7, "gate_in", "2025-02-30 10:00", when), (7, "gate_out", "2199-01-02 10:30", "lies in the future, or before 1990"),
        (8, "gate_in", "2025-01-02", when), (9, "gate_in", "2025-01-02 10:00 America/Lima", when),
    ]  # fmt: skip
    assert {(one.indicator, one.n) for one in outcome.counts} == {
        ("GAT-01", 2),
        ("GAT-02", 2),
        ("GAT-03", 2),
        ("GAT-06", 2),
    }
    assert computed(tmp_path, "gate", content, None).counts == []


def test_an_event_belongs_to_the_day_of_the_port_s_own_clock(tmp_path: Path):
    """Chile moved its clocks on 6 April 2025; Ecuador never does; Mexico stopped in 2022."""
    moments = [
        ("ec-guayaquil", "2025-02-01T04:59Z", 0), ("ec-guayaquil", "2025-02-01T05:00Z", 1),
        ("cl-biobio", "2025-02-01T02:59Z", 0), ("cl-biobio", "2025-02-01T03:00Z", 1),
        ("cl-biobio", "2025-07-01T03:59Z", 5), ("cl-biobio", "2025-07-01T04:00Z", 6),
        (MANZANILLO, "2022-08-01T04:59Z", -30), (MANZANILLO, "2022-08-01T05:00Z", -29),
        (MANZANILLO, "2023-09-01T05:59Z", -17), (MANZANILLO, "2023-09-01T06:00Z", -16),
        ("cl-biobio", "2025-10-31 23:59", 9), ("cl-biobio", "2025-11-01 00:00", 10),
    ]  # fmt: skip
    content = "community,gate_in,gate_out\n" + "".join(f"{code},{at},{at}\n" for code, at, _ in moments)
    found = {(one.community, one.month) for one in computed(tmp_path, "gate", content, None).counts}
    assert found == {(code, JANUARY + month) for code, _, month in moments}
    night = "gate_in,gate_out\n2025-04-05 23:30,2025-04-06 00:30\n"
    assert figures(computed(tmp_path, "gate", night, "cl-biobio"))["GAT-01", JANUARY + 3][0] == 120
    clock = ZoneInfo("America/Santiago")
    span = [int(datetime(year, 6, 1, tzinfo=UTC).timestamp()) for year in (2019, 2025)]
    parts = stretches("America/Santiago", *span)
    for second in range(span[0], span[1], 7_777):
        seconds = next(one.seconds for one in parts if one.until_utc is None or second < one.until_utc)
        assert timedelta(seconds=seconds) == datetime.fromtimestamp(second, clock).utcoffset()


def test_sketches_add_up_and_stay_within_a_hundredth(tmp_path: Path):
    rng = random.Random(3)
    values = [rng.expovariate(1 / 300) for _ in range(2000)] + [0.0] * 10
    halves: list[dict[int, int]] = [{}, {}]
    for place, value in enumerate(values):
        part = halves[place % 2]
        part[sketches.bucket_of(value)] = part.get(sketches.bucket_of(value), 0) + 1
    whole = sketches.merged(*halves)
    ordered = sorted(values)
    for share in (0, 0.01, 0.25, 0.5, 0.9, 0.99, 1):
        place = share * (len(ordered) - 1)
        low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
        truth = low + (high - low) * (place - math.floor(place))
        assert abs(sketches.quantile(whole, share) - truth) <= 0.0101 * truth, share


def test_the_command_prints_observations_and_every_engine_that_is_here_gives_the_same(tmp_path: Path):
    """Without the extra `spark`, the command says what to install; with it, and Java, Spark computes the same."""
    file = tmp_path / "stays.csv"
    rng = random.Random(11)
    rows = [
        f"{rng.choice(['import', 'export', 'empty'])},2025-01-{rng.randrange(1, 9):02d} 08:00{zone},2025-0{rng.choice('12')}-{rng.randrange(9, 28):02d} 21:{rng.randrange(10, 60)}{zone}"
        for zone in ("", "Z", "-06:00") for _ in range(20)
    ]  # fmt: skip
    file.write_text(
        "flow,entered,left\n" + "\n".join([*rows, "import,2025-01-02 10:00,2025-01-01 10:00"]), encoding="utf-8"
    )
    plain = outcome_of(str(file), "dwell", MANZANILLO, partial=True)
    assert (plain.rows, plain.rejected) == (61, 1)
    out = io.StringIO()
    assert write_observations(plain, "dwell", out) == 8
    lines = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert {line["indicator"] for line in lines} == {"YRD-01", "YRD-02", "YRD-03", "DEP-03"}
    assert {line["period"] for line in lines} == {"2025-01", "2025-02"} and sum(int(line["n"]) for line in lines) >= 60
    ran = CliRunner().invoke(app, ["events", str(file), "--kind", "dwell", "--community", MANZANILLO])
    assert (ran.exit_code, "1 of 61 rows are wrong" in ran.output + ran.stderr) == (1, True)
    with pytest.raises(EventsTrouble, match="no community"):
        outcome_of(str(file), "dwell", "xx-nowhere")
    if find_spec("pyspark") is None or shutil.which("java") is None:
        with pytest.raises(EventsTrouble, match="extra `spark`"):
            outcome_of(str(file), "dwell", MANZANILLO, engine="spark")
        return
    program = (
        "import json, sys; from deploy.local.events import outcome_of; "
        f"found = outcome_of({str(file)!r}, 'dwell', {MANZANILLO!r}, partial=True, engine='spark', master='local[1]'); "
        "print(json.dumps([found.rows, found.rejected, found.errors, [vars(one) for one in found.counts]]))"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found[:3] == [plain.rows, plain.rejected, [list(one) for one in plain.errors]]
    for one, other in zip(found[3], plain.counts, strict=True):
        assert math.isclose(one.pop("value"), other.value or 0), other
        sketch = {int(bucket): number for bucket, number in one.pop("sketch").items()}
        assert sketch == other.sketch
        assert one == {name: value for name, value in vars(other).items() if name not in ("value", "sketch")}
