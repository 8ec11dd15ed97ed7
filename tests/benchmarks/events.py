"""How fast events become indicators, and what an unchanged benchmark costs."""

import json
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import duckdb
from starlette.types import ASGIApp, Message

from deploy.local.composition import Platform
from services.indicators.events.computing import Question, seconds_now
from services.indicators.events.files import compute_file
from tests.benchmarks.platforms import prepared

EVENTS, LINES, ROUNDS, COMMUNITIES, ASKED = 10_000_000, 2_000_000, 3, 1000, 200
HOME, ZONE = "mx-manzanillo", "America/Mexico_City"
MEMORY = 2**31
BARE = """
SELECT date_trunc('month', gate_out) AS month, count(*),
  median(date_diff('second', gate_in, gate_out) / 60.0), quantile_cont(date_diff('second', gate_in, gate_out) / 60.0, 0.9),
  median(date_diff('second', queue_entry, gate_in) / 60.0), sum((delivered AND picked_up)::INT), sum(trouble::INT)
FROM '{file}' GROUP BY ALL ORDER BY month
"""
MAKE = """
COPY (
  SELECT moment - to_seconds(600 + (random() * 1800)::INT) AS queue_entry, moment AS gate_in,
    moment + to_seconds(600 + (random() * 6000)::INT) AS gate_out, random() < 0.3 AS delivered, random() < 0.4 AS picked_up,
    random() < 0.02 AS trouble
  FROM (SELECT TIMESTAMP '2025-01-01' + to_seconds((i * 3.1)::BIGINT) AS moment FROM range({events}) t(i))
) TO '{file}' (FORMAT {form})
"""


def gate_events(events: int, form: str) -> tuple[float, float]:
    """Seconds of bare SQL and of ours, the medians of rounds in turn; both on two threads, from one file."""
    bare, ours = [], []
    with tempfile.TemporaryDirectory(prefix="portsnet-bench-") as folder:
        file = str(Path(folder) / f"gate.{form}")
        duckdb.connect().execute(MAKE.format(events=events, file=file, form=form))
        question = Question("gate", HOME, [HOME], {HOME: ZONE}, False, seconds_now())
        compute_file(file, question, MEMORY)  # imports, and the file into the system's memory
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            engine = duckdb.connect()
            engine.execute(
                f"SET threads = 2; SET enable_progress_bar = false; SET memory_limit = '{MEMORY // 2**20}MiB'"
            )
            months = engine.execute(BARE.format(file=file)).fetchall()
            after = time.perf_counter()
            outcome = compute_file(file, question, MEMORY)
            ended = time.perf_counter()
            assert (outcome.rows, outcome.rejected) == (events, 0) and len(months) >= events * 12 // EVENTS
            bare.append(after - begun)
            ours.append(ended - after)
    return statistics.median(bare), statistics.median(ours)


async def unchanged_benchmark() -> tuple[float, float, float]:
    """Seconds of a benchmark of a thousand communities through the gateway, and of asking whether it has changed, with
    how many times cheaper that is."""
    async with prepared() as made:
        await fill(made.url)
        return await asked(made.platform)


async def fill(url: str) -> None:
    """A thousand communities with a value of one month, by COPY."""
    connection: Any = await asyncpg.connect(url.replace("+asyncpg", ""))
    rng = random.Random(7)
    codes = [f"zz-port-{number}" for number in range(COMMUNITIES)]
    rows: list[tuple[Any, ...]] = [
        (code, '{"es": "Puerto"}', rng.choice(["MX", "CL", "PE"]), "port", "I", "small", True, False) for code in codes
    ]
    columns = ["code", "names", "country", "kind", "phase", "size_class", "active", "demo"]
    await connection.copy_records_to_table("communities", schema_name="indicators", columns=columns, records=rows)
    columns = [
        "community_code", "indicator_code", "period", "value", "approved_revision", "latest_revision",
    ]  # fmt: skip
    rows = [(code, "VPA-01", "2025-01", rng.uniform(1, 90), 1, 1) for code in codes]
    await connection.copy_records_to_table("observations", schema_name="indicators", columns=columns, records=rows)
    await connection.execute("ANALYZE indicators.observations, indicators.communities")
    await connection.close()


async def asked(platform: Platform) -> tuple[float, float, float]:
    """Medians in seconds, and of the rounds' ratios. The gateway is called as a server calls it, so that no client's own
    work is counted in."""
    address = ("/api/v1/indicators/benchmarks/VPA-01", b"period=2025-01")
    whole, again = [], []
    for turn in range(ASKED + 20):
        begun = time.perf_counter()
        status, headers, body = await answered(platform.app, *address)
        after = time.perf_counter()
        unchanged, _, nothing = await answered(platform.app, *address, (b"if-none-match", headers[b"etag"]))
        ended = time.perf_counter()
        assert (status, unchanged, nothing) == (200, 304, b"")
        assert json.loads(body)["n"] == COMMUNITIES
        if turn >= 20:  # the first rounds warm up
            whole.append(after - begun)
            again.append(ended - after)
    ratio = statistics.median(one / two for one, two in zip(whole, again, strict=True))
    return statistics.median(whole), statistics.median(again), ratio


async def answered(
    app: ASGIApp, path: str, query: bytes, *headers: tuple[bytes, bytes]
) -> tuple[int, dict[bytes, bytes], bytes]:
    """Status, headers and body of a GET by a visitor."""
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": query, "root_path": "",
        "headers": [(b"host", b"127.0.0.1:8000"), (b"accept", b"application/json"), *headers],
        "server": ("127.0.0.1", 8000), "client": ("127.0.0.1", 50000),
    }  # fmt: skip
    told: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        told.append(message)

    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in told[1:])
    return told[0]["status"], dict(told[0]["headers"]), body


async def figures() -> AsyncIterator[str]:
    """The lines of the report."""
    bare, ours = gate_events(EVENTS, "parquet")
    yield f"| {EVENTS:,} gate events (Parquet) to six monthly indicators, bare DuckDB SQL | {bare:.2f} s | – |"
    yield f"| The same checked, by the port's clock, with sketches | {ours:.2f} s, {ours / bare:.2f} × | at most 2 × |"
    bare, ours = gate_events(LINES, "csv")
    yield f"| {LINES:,} gate events (CSV), bare DuckDB SQL; ours | {bare:.2f} s; {ours:.2f} s, {ours / bare:.2f} × | at most 2 × |"
    whole, again, ratio = await unchanged_benchmark()
    yield f"| Computing a benchmark of {COMMUNITIES:,} communities, gateway and service without a client | {1000 * whole:.1f} ms | – |"
    yield f"| Asked again with `If-None-Match`, unchanged (304) | {1000 * again:.1f} ms, {ratio:.1f} times cheaper | at least 5 times |"
