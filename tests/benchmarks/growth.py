"""What a benchmark and a scorecard cost when there are one, ten and fifty million observations.

Always the same 143 communities and ten years; what grows is how many indicators they observed. Every observation has its
revisions: one, and of one in twenty a second. `PORTSNET_BENCH_ROWS` sets the sizes, with commas between.
"""

import asyncio
import gc
import os
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import asyncpg

from deploy.local.composition import Platform
from services.indicators.benchmarks import operations
from services.indicators.benchmarks.questions import Question
from services.indicators.catalogue import indicator_to_see
from services.indicators.periods import parse
from shared.callers import Caller, Grant
from shared.database import Database
from tests.benchmarks.platforms import Prepared, prepared

SIZES = [int(size) for size in os.environ.get("PORTSNET_BENCH_ROWS", "1000000,10000000,50000000").split(",")]
COMMUNITIES, YEARS, INDICATORS = 143, range(2015, 2025), 45
MONTHS = 12 * len(YEARS)
INDICATOR, MONTH, YEAR = "VPA-01", "2023-05", "2023"
ROUNDS = 60
OWN = "mx-manzanillo"
WHO = Caller(kind="user", id="", name="", grants=(Grant("coordinator", f"community:{OWN}"),))
GATHERED = ("observations", "roll_ups")
KEYS = {
    "observations": "community_code, indicator_code, period", "roll_ups": "community_code, indicator_code, period",
    "revisions": "community_code, indicator_code, period, revision",
}  # fmt: skip
PRIMARY = "ALTER TABLE indicators.{table} ADD CONSTRAINT pk_{table} PRIMARY KEY ({key})"
COVERING = (
    "CREATE UNIQUE INDEX uq_{table}_indicator_code_period_community_code ON indicators.{table} "
    "(indicator_code, period, community_code) INCLUDE (value, demo)"
)
PLACES = """
WITH codes AS MATERIALIZED (SELECT code, row_number() OVER (ORDER BY code) AS at FROM indicators.communities),
  names AS MATERIALIZED (
    SELECT n, coalesce((SELECT code FROM indicators.indicators WHERE position = n - 1 LIMIT 1), 'ZZ-' || lpad(n::text, 4, '0'))
      AS name FROM generate_series($1::int, $2::int) n
  )
"""
OBSERVED = (
    PLACES
    + """, added AS (
  INSERT INTO indicators.observations_{year} (community_code, indicator_code, period, value, approved_revision, latest_revision)
  SELECT code, name, '{year}-' || lpad(m::text, 2, '0'), 1 + 80 * random(), newest, newest
  FROM (SELECT code, name, m, 1 + (random() < 0.05)::int AS newest FROM codes, names, generate_series(1, 12) m)
  RETURNING community_code, indicator_code, period, value, latest_revision
)
INSERT INTO indicators.revisions_{year} (community_code, indicator_code, period, revision, value, indicator_version,
  recorded_at, recorded_by, recorded_by_name, approved_at, approved_by_name)
SELECT community_code, indicator_code, period, revision, value, 1, now(), 'user:1', 'A port', now(), 'A coordinator'
FROM added, generate_series(1, latest_revision) revision
"""
)
ROLLED_UP = (
    PLACES
    + """
INSERT INTO indicators.roll_ups_{year} (community_code, indicator_code, period, value, periods, plain_mean, demo)
SELECT code, name, '{year}', 1 + 80 * random(), 12, false, false FROM codes, names
"""
)
CONTRIBUTIONS = """
SELECT o.indicator_code, o.period, o.community_code, o.value, o.demo, c.country, c.kind, c.phase, c.size_class,
  coalesce(v.indicators ->> o.indicator_code, v.default_level, 'aggregate') AS level
FROM indicators.{table} o JOIN indicators.communities c ON c.code = o.community_code AND c.active
  LEFT JOIN indicators.visibilities v ON v.community_code = o.community_code
WHERE o.value IS NOT NULL AND {which}
"""
QUARTILES = "SELECT percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY value) AS quartiles FROM everybody"
BENCHMARK = f"""
WITH everybody AS ({CONTRIBUTIONS.format(table="observations", which="o.indicator_code = $1 AND o.period = $2")}),
  quartiles AS ({QUARTILES})
SELECT * FROM everybody, quartiles ORDER BY community_code
"""
SCORECARD = CONTRIBUTIONS.format(table="roll_ups", which="o.indicator_code = ANY($1) AND o.period = $2")


@dataclass
class Times:
    """Medians in seconds: the bare statement, and the operation of the service."""

    benchmark: tuple[float, float]
    scorecard: tuple[float, float]


@dataclass
class Loaded:
    """What is there, and the seconds that the last part of it took."""

    observations: int
    revisions: int
    seconds: float


async def measured() -> AsyncIterator[tuple[Loaded, Times]]:
    """For each size what is there, and what was measured."""
    async with prepared() as made:
        connection = await asyncpg.connect(made.plain_url)
        await _prepare(connection)
        indicators = 0
        for size in SIZES:
            begun = time.perf_counter()
            wanted = max(INDICATORS, round(size / (COMMUNITIES * MONTHS)))
            await _load(made, connection, indicators + 1, wanted)
            indicators = wanted
            seconds = time.perf_counter() - begun
            revisions = await connection.fetchval("SELECT count(*) FROM indicators.revisions")
            loaded = Loaded(indicators * COMMUNITIES * MONTHS, revisions, seconds)
            yield loaded, await _times(made.platform, connection)
        await connection.close()


async def _prepare(connection: asyncpg.Connection) -> None:
    """143 communities, and a partition of every year; it need not outlive a crash."""
    await connection.execute(
        "INSERT INTO indicators.communities (code, names, country, kind, phase, size_class, active, demo) "
        "SELECT 'zz-port-' || i, '{}', (ARRAY['MX', 'CL', 'PE', 'BR', 'CO'])[1 + i % 5], 'port', 'I', 'small', true, false "
        "FROM generate_series(1, $1 - (SELECT count(*)::int FROM indicators.communities)) i",
        COMMUNITIES,
    )
    for table in KEYS:
        for year in YEARS:
            await connection.execute(
                f"CREATE UNLOGGED TABLE indicators.{table}_{year} PARTITION OF indicators.{table} "
                f"FOR VALUES FROM ('{year}') TO ('{year + 1}')"
            )


async def _load(made: Prepared, connection: asyncpg.Connection, first: int, last: int) -> None:
    """The observations of some more indicators, and their years; keys and indexes are built after the rows."""
    for table in KEYS:
        await connection.execute(f"ALTER TABLE indicators.{table} DROP CONSTRAINT pk_{table}")
    for table in GATHERED:
        await connection.execute(f"DROP INDEX indicators.uq_{table}_indicator_code_period_community_code")

    async def load(years: list[int]) -> None:
        own = await asyncpg.connect(made.plain_url, server_settings={"synchronous_commit": "off"})
        for year in years:
            for statement in (OBSERVED, ROLLED_UP):
                await own.execute(statement.format(year=year), first, last)
        await own.close()

    await asyncio.gather(load(list(YEARS)[::2]), load(list(YEARS)[1::2]))
    await connection.execute("SET maintenance_work_mem = '512MB'")
    for table, key in KEYS.items():
        await connection.execute(PRIMARY.format(table=table, key=key))
        if table in GATHERED:
            await connection.execute(COVERING.format(table=table))
        await connection.execute(f"VACUUM (ANALYZE) indicators.{table}")


async def _times(platform: Platform, connection: asyncpg.Connection) -> Times:
    db: Database = platform.services["indicators"].state.database
    async with db.reading() as reading:
        indicator = await indicator_to_see(reading, INDICATOR)
    rolled_up = "SELECT DISTINCT code FROM indicators.indicators WHERE frequency <> 'annual'"
    catalogue = [row["code"] for row in await connection.fetch(rolled_up)]
    question = Question(OWN, "all", "es")

    gc.collect()
    gc.freeze()  # as when the platform serves

    async def bare_benchmark() -> int:
        return len(await connection.fetch(BENCHMARK, INDICATOR, MONTH))

    async def benchmark() -> int:
        found = await operations.benchmark(db, indicator, parse(MONTH), question, by=WHO)
        assert isinstance(found.n, int)
        return found.n

    async def bare_scorecard() -> int:
        return len(await connection.fetch(SCORECARD, catalogue, YEAR))

    async def scorecard() -> int:
        found = await operations.scorecard(db, OWN, parse(YEAR), question, by=WHO)
        return sum(one.n for one in found.indicators if isinstance(one.n, int))

    return Times(await _in_turn(bare_benchmark, benchmark), await _in_turn(bare_scorecard, scorecard))


async def _in_turn(bare: Callable[[], Awaitable[int]], ours: Callable[[], Awaitable[int]]) -> tuple[float, float]:
    """Medians of both, one after the other, again and again; what they find must be as much."""
    took: tuple[list[float], list[float]] = [], []
    for turn in range(ROUNDS + 10):
        found = []
        for kept, call in zip(took, (bare, ours), strict=True):
            begun = time.perf_counter()
            found.append(await call())
            if turn >= 10:  # the first ones warm up
                kept.append(time.perf_counter() - begun)
        assert found[0] == found[1] and found[0] >= COMMUNITIES, found
    return statistics.median(took[0]), statistics.median(took[1])


async def figures() -> AsyncIterator[str]:
    """The lines of the report."""
    found: dict[int, Times] = {}
    async for loaded, times in measured():
        rows = loaded.observations
        found[rows] = times
        yield f"| {rows:,} observations with {loaded.revisions:,} revisions, loaded | {loaded.seconds:.0f} s | – |"
        for name, (bare, ours) in (
            (f"a benchmark of {COMMUNITIES} communities", times.benchmark),
            ("a scorecard from the roll-ups", times.scorecard),
        ):
            yield (
                f"| {rows:,} observations: {name}, bare SQL of what it rests on; the service | "
                f"{1000 * bare:.2f} ms; {1000 * ours:.2f} ms, {ours / bare:.2f} × | at most 3 × |"
            )
    first, last = min(found), max(found)
    benchmark = found[last].benchmark[1] / found[first].benchmark[1]
    scorecard = found[last].scorecard[1] / found[first].scorecard[1]
    for name, ratio in (("benchmark", benchmark), ("scorecard", scorecard)):
        yield f"| A {name} at {last:,} observations against one at {first:,} | {ratio:.2f} × | under 2 × |"
