"""How fast results of many communities are, and what a report costs."""

import json
import random
import resource
import statistics
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import import_module
from typing import Any
from uuid import UUID

import asyncpg

from deploy.local.composition import Platform
from services.survey import scoring
from services.survey.assessments.standing import Standing
from services.survey.instrument import Instrument
from services.survey.reports.jobs import make_report
from services.survey.results.snapshots import computed
from tests.benchmarks.platforms import prepared
from tests.people import visitor

COMMUNITIES, YEARS = 1000, range(2016, 2026)
CODES = [f"P{pillar}.{point}" for pillar in range(1, 5) for point in range(1, 4)]
ROUNDS = 7
HEAT_MAP = f"/api/v1/survey/results/points?from={YEARS[0]}&to={YEARS[-1]}"
BARE = """
SELECT c.code, c.names, c.country, c.kind, c.phase, c.size_class, e.year, e.revision, e.overall, e.level,
  e.respondents, e.groups, e.pillars, e.points, e.demo
FROM survey.edition_scores e
JOIN survey.assessments a ON a.year = e.year AND a.community_code = e.community_code
JOIN survey.communities c ON c.code = e.community_code
WHERE e.revision = a.published_revision AND e.year BETWEEN $1 AND $2
ORDER BY e.year DESC, e.overall DESC NULLS LAST, c.code
"""


@dataclass(frozen=True)
class Figures:
    """Seconds, the median of several rounds in turn; CPU seconds of one report; bytes of the heat map."""

    bare: float
    called: float
    size: int
    community_report: float
    network_report: float


async def measured() -> Figures:
    async with prepared() as made:
        connection = await asyncpg.connect(made.plain_url)
        await fill(connection)
        return await in_turn(made.platform, connection)


async def in_turn(platform: Platform, connection: asyncpg.Connection) -> Figures:
    """The bare statement and the call of the service, one after the other, again and again."""
    public = visitor(platform)
    bare, called, size = [], [], 0
    for turn in range(ROUNDS + 1):
        begun = time.perf_counter()
        rows = await connection.fetch(BARE, YEARS[0], YEARS[-1])
        after = time.perf_counter()
        answer = await public.get(HEAT_MAP)
        ended = time.perf_counter()
        assert answer.status_code == 200 and len(rows) == COMMUNITIES * len(YEARS)
        size = len(answer.content)
        if turn:  # the first round warms up
            bare.append(after - begun)
            called.append(ended - after)
    assert answer.json()["total"] == len(rows)
    await connection.close()
    reports = [await cost_of_report(platform, kind) for kind in ("zz-port-0", "network")]
    return Figures(statistics.median(bare), statistics.median(called), size, *reports)


async def cost_of_report(platform: Platform, whose: str) -> float:
    """CPU seconds of this process and its children for one PDF, from the request to the file."""
    survey = platform.services["survey"]
    public = visitor(platform)
    begun = _cpu()
    wanted = {"community": whose, "year": YEARS[-1]}
    answer = await public.post("/api/v1/survey/reports", json=wanted)
    assert answer.status_code == 202, answer.text
    asked = answer.json()
    await make_report(survey.state.database, survey.state.objects, UUID(asked["id"]))
    spent = _cpu() - begun
    assert (await public.get(f"/api/v1/survey/reports/{asked['id']}")).json()["state"] == "done"
    return spent


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


async def fill(connection: asyncpg.Connection) -> None:
    """A thousand communities with ten published years each, by COPY."""
    rng = random.Random(7)
    now = datetime.now(UTC)
    version = await connection.fetchval("SELECT version FROM survey.models LIMIT 1")
    known = [row["code"] for row in await connection.fetch("SELECT code FROM survey.communities ORDER BY code")]
    new = [f"zz-port-{number}" for number in range(COMMUNITIES - len(known))]
    await copy(
        connection, "communities", ["code", "names", "country", "kind", "phase", "size_class", "active"],
        [(code, json.dumps({"es": f"Puerto {code}"}), rng.choice(["MX", "CL", "PE"]), "port", "I", "small", True) for code in new],
    )  # fmt: skip
    await copy(
        connection, "campaigns", ["year", "model_version", "opens_on", "closes_on", "opened_at", "published_at"],
        [(year, version, date(year, 1, 1), date(year, 12, 1), now, now) for year in YEARS],
    )  # fmt: skip
    keys = [(year, code) for year in YEARS for code in (*known, *new)]
    await copy(
        connection, "assessments", ["year", "community_code", "state", "published_revision", "latest_revision", "published_at"],
        [(year, code, "published", 1, 1, now) for year, code in keys],
    )  # fmt: skip
    content = json.loads(await connection.fetchval("SELECT content FROM survey.models WHERE version = $1", version))
    results = [result_of(version, content, rng) for _ in range(50)]
    await copy(
        connection, "snapshots",
        ["year", "community_code", "revision", "occasion", "model_version", "rule_version", "answers_hash", "result", "basis", "computed_at"],
        [
            (year, code, 1, "published", version, "1.0", "0" * 64, json.dumps(rng.choice(results)), "{}", now)
            for year, code in keys
        ],
    )  # fmt: skip
    await connection.execute(import_module("migrations.versions.survey.0003_deepen").SCORES_OF_SNAPSHOTS)
    await connection.execute("ANALYZE survey.edition_scores, survey.assessments, survey.communities")


async def copy(connection: asyncpg.Connection, table: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    await connection.copy_records_to_table(table, schema_name="survey", columns=columns, records=rows)


def result_of(version: str, content: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """A result as a snapshot keeps it, from levels at random."""
    instrument = Instrument.of(version, content)
    answers = {code: [scoring.Answer("customs", rng.randrange(5))] for code in instrument.measures}
    return computed(Standing(instrument, answers, raters=4, rating_groups=3))


async def figures() -> AsyncIterator[str]:
    """The lines of the report."""
    found = await measured()
    ratio = found.called / found.bare
    cells = COMMUNITIES * len(CODES) * len(YEARS)
    yield f"| Heat map of {COMMUNITIES:,} communities × {len(CODES)} points × {len(YEARS)} years ({cells:,} scores, {found.size / 2**20:.1f} MiB), bare SQL | {1000 * found.bare:,.0f} ms | – |"
    yield f"| The same through gateway and service, one statement | {1000 * found.called:,.0f} ms, {ratio:.2f} × | at most 3 × |"
    yield f"| A community's report as PDF, CPU | {found.community_report:.2f} s | under 3 s |"
    yield f"| The regional report as PDF with {COMMUNITIES:,} communities, CPU | {found.network_report:.2f} s | – |"
