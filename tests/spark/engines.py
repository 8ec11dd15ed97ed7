"""DuckDB and Spark compute the same of the same files: counts, sums, quantiles, sketches, and which rows are wrong."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from deploy.local.events import outcome_of
from services.indicators.events.computing import Count, Outcome

ZONES = ("", "Z", "-06:00", " UTC")
WRONG = (
    ",2025-01-02 10:00,2025-01-02 09:00,,,,,", ",,,2025-01-01 10:00,2025-01-01 11:00,,,",
    "x,2025-01-02 10:00 America/Lima,2025-01-02 12:00,,,maybe,,",
)  # fmt: skip


def both(path: Path, kind: str, community: str | None) -> Outcome:
    plain, spark = (
        outcome_of(str(path), kind, community, partial=True, engine=engine, master="local[2]")
        for engine in ("duckdb", "spark")
    )
    assert (plain.rows, plain.rejected, plain.errors) == (spark.rows, spark.rejected, spark.errors)
    assert [rounded(one) for one in plain.counts] == [rounded(one) for one in spark.counts]
    return plain


def rounded(count: Count) -> dict[str, Any]:
    """Sums of doubles differ in their last digit with the order in which they are added."""
    said = vars(count).copy()
    for name in ("value", "numerator", "denominator"):
        said[name] = None if said[name] is None else round(said[name], 9)
    return said


def gate_lines(rng: random.Random) -> Iterator[str]:
    yield "queue_entry,gate_in,gate_out,slot_start,slot_end,delivered,picked_up,trouble"
    for _ in range(400):
        zone, form = rng.choice(ZONES), rng.choice(("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"))
        begin = datetime(2025, 1, 1) + timedelta(minutes=rng.uniform(0, 200 * 1440))  # noqa: DTZ001 -- by the port's clock
        passed = [0, 60, 60 + rng.uniform(10, 90), 5, 120]
        moments = [(begin + timedelta(minutes=one)).strftime(form) + zone for one in passed]
        flags = [rng.choice("10"), rng.choice(("sí", "no", "")), rng.choice(("true", "false"))]
        yield ",".join([*moments, *flags])
    yield from WRONG


def call_lines(rng: random.Random) -> Iterator[str]:
    yield "community,arrival,pilot_on_board,berthed,work_start,work_end,unberthed,eta,moves,crane_hours,dry_bulk_tonnes"
    for _ in range(200):
        moments = [datetime(2024, 6, 1) + timedelta(hours=rng.uniform(0, 9000))]  # noqa: DTZ001 -- as above
        for _ in range(5):
            moments.append(moments[-1] + timedelta(hours=rng.uniform(1, 12)))
        moments.append(moments[0] + timedelta(hours=rng.uniform(-4, 4)))
        community = rng.choice(("mx-manzanillo", "cl-biobio", "pe-callao"))
        numbers = [str(rng.randrange(900)), f"{rng.uniform(1, 20):.2f}", rng.choice(("", "1200.5"))]
        yield ",".join([community, *(f"{one:%Y-%m-%d %H:%M:%S}" for one in moments), *numbers])


def inspection_lines(rng: random.Random) -> Iterator[str]:
    yield "accepted,released,inspected,ordered,resulted,agencies,openings,before_arrival"
    for _ in range(150):
        begin = datetime(2025, 3, 1) + timedelta(hours=rng.uniform(0, 900))  # noqa: DTZ001 -- as above
        times = [begin + timedelta(minutes=rng.uniform(*span)) for span in ((60, 4000), (1, 50), (60, 500))]
        said = [f"{one:%Y-%m-%dT%H:%MZ}" for one in (begin, *times)]
        agencies, openings = str(rng.randrange(1, 4)), str(rng.randrange(1, 3))
        yield ",".join([*said[:2], rng.choice("10"), *said[2:], agencies, openings, rng.choice("01")])


def dwell_lines(rng: random.Random) -> Iterator[str]:
    yield "flow,entered,left"
    for _ in range(300):
        begin = datetime(2025, 1, 1) + timedelta(hours=rng.uniform(0, 2000))  # noqa: DTZ001 -- as above
        ends = begin + timedelta(hours=rng.uniform(0, 500))
        yield f"{rng.choice(('import', 'EXPORT', 'empty', 'transit'))},{begin:%Y-%m-%d %H:%M},{ends:%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("kind", "lines", "community", "wrong"),
    [
        ("gate", gate_lines, "cl-biobio", 2), ("vessel_call", call_lines, None, 0),
        ("inspection", inspection_lines, "pe-callao", 0), ("dwell", dwell_lines, "ec-guayaquil", None),
    ],
)  # fmt: skip
def test_text_gives_the_same_on_both(tmp_path: Path, kind: str, lines: Any, community: str | None, wrong: int | None):
    file = tmp_path / f"{kind}.csv"
    file.write_text("\n".join(lines(random.Random(3))) + "\n", encoding="utf-8")
    found = both(file, kind, community)
    assert found.counts and (wrong is None or found.rejected == wrong)


def test_parquet_gives_the_same_on_both(tmp_path: Path):
    rng = random.Random(5)
    begins = [datetime(2025, 1, 1) + timedelta(seconds=rng.randrange(20_000_000)) for _ in range(5_000)]  # noqa: DTZ001 -- as above
    table = pa.table({
        "gate_in": pa.array(begins, pa.timestamp("us")),
        "gate_out": pa.array([one + timedelta(seconds=rng.randrange(6_000)) for one in begins], pa.timestamp("us")),
        "trouble": [rng.choice((True, False, None)) for _ in begins],
    })  # fmt: skip
    file = tmp_path / "gate.parquet"
    pq.write_table(table, file)
    found = both(file, "gate", "mx-manzanillo")
    assert (found.rows, found.rejected) == (5_000, 0) and {one.indicator for one in found.counts} == {
        "GAT-01", "GAT-02", "GAT-06",
    }  # fmt: skip
