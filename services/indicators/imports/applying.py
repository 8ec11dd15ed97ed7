"""From a checked file to observations: COPY into a table of the transaction, then a few statements over all rows."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from services.indicators.observations.warnings import GAPS, MOST_WARNINGS, OUTLIERS, Warned, gap, outlier
from services.indicators.submissions import locking
from shared.callers import Caller
from shared.database import WriteSession, raw_connection

COLUMNS = (
    "row", "community_code", "indicator_code", "period", "value", "numerator", "denominator", "n", "note",
    "indicator_version",
)  # fmt: skip
MOST_PLACES = 200
MOST_SAMPLES = 50
PATIENCE = ("SET LOCAL statement_timeout = '20min'", "SET LOCAL lock_timeout = '60s'", "SET LOCAL work_mem = '64MB'")
STAGED = """
    CREATE TEMPORARY TABLE staged (
        row int, community_code text, indicator_code text, period text COLLATE "C", value double precision,
        numerator double precision, denominator double precision, n bigint, note text, indicator_version int
    ) ON COMMIT DROP"""
CHANGED = """
    CREATE TEMPORARY TABLE changed ON COMMIT DROP AS
    SELECT s.*, o.latest_revision, r.value AS before, o.demo AS was_demo
    FROM staged AS s
    LEFT JOIN indicators.observations AS o USING (community_code, indicator_code, period)
    LEFT JOIN indicators.revisions AS r ON r.community_code = s.community_code
        AND r.indicator_code = s.indicator_code AND r.period = s.period AND r.revision = o.latest_revision
    WHERE o.latest_revision IS NULL OR (r.value, r.numerator, r.denominator, r.n, r.note)
        IS DISTINCT FROM (s.value, s.numerator, s.denominator, s.n, s.note)
    ORDER BY s.community_code, s.indicator_code, s.period"""
PLACES = """
    INSERT INTO indicators.submissions (community_code, period, demo)
    SELECT DISTINCT community_code, period, cast(:demo AS boolean) FROM staged ORDER BY community_code, period
    ON CONFLICT DO NOTHING"""
LOCKED = """
    SELECT 1 FROM indicators.submissions
    WHERE (community_code, period) IN (SELECT DISTINCT community_code, period FROM staged)
    ORDER BY community_code, period FOR UPDATE"""
OBSERVATIONS = """
    INSERT INTO indicators.observations (community_code, indicator_code, period, latest_revision, demo)
    SELECT community_code, indicator_code, period, coalesce(latest_revision, 0) + 1, :demo FROM changed
    ON CONFLICT (community_code, indicator_code, period)
    DO UPDATE SET latest_revision = excluded.latest_revision, demo = excluded.demo"""
REVISIONS = """
    INSERT INTO indicators.revisions (community_code, indicator_code, period, revision, value, numerator, denominator,
        n, note, indicator_version, recorded_at, recorded_by, recorded_by_name, demo)
    SELECT community_code, indicator_code, period, coalesce(latest_revision, 0) + 1, value, numerator, denominator,
        n, note, indicator_version, :now, :by, :by_name, :demo FROM changed"""
REOPENED = """
    UPDATE indicators.submissions SET state = 'draft', version = version + 1
    WHERE state <> 'draft' AND (community_code, period) IN (SELECT DISTINCT community_code, period FROM changed)
    RETURNING community_code, period"""
COUNTS = """
    SELECT (SELECT count(*) FROM staged) AS staged, count(*) AS changed,
        count(*) FILTER (WHERE latest_revision IS NULL) AS added,
        count(*) FILTER (WHERE NOT was_demo) AS real FROM changed"""


@dataclass
class Applied:
    """What a file changed, or would change."""

    accepted: int
    added: int
    revised: int
    unchanged: int
    places: list[dict[str, Any]] = field(default_factory=list)
    samples: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)


class MixesWithRealData(Exception):
    """A demonstration would write over what somebody recorded in earnest."""


async def stage(tx: WriteSession, staged: Path, *, lock: bool, demo: bool) -> None:
    """Bring the checked rows into the transaction, and find out which of them change something. With `lock`, the
    submissions of all communities and periods are held from here on, as by whoever else writes there."""
    for statement in (*PATIENCE, STAGED):
        await tx.execute(text(statement))
    connection = await raw_connection(await tx.connection())
    await connection.copy_to_table("staged", source=staged, columns=COLUMNS, format="text")
    await tx.execute(text("ANALYZE staged"))
    if lock:
        await tx.execute(text(PLACES), {"demo": demo})
        await tx.execute(text(LOCKED))
    await tx.execute(text(CHANGED))
    await tx.execute(text("ANALYZE changed"))


async def look(tx: WriteSession, *, demo: bool) -> Applied:
    """What the staged rows change, and what looks wrong with it. Raises MixesWithRealData."""
    counts = (await tx.execute(text(COUNTS))).one()
    if demo and counts.real:
        raise MixesWithRealData
    places = await tx.execute(text(
        "SELECT community_code AS community, period, count(*) AS values FROM changed"
        " GROUP BY 1, 2 ORDER BY 1, 2 LIMIT :most"
    ), {"most": MOST_PLACES})  # fmt: skip
    samples = await tx.execute(text(
        "SELECT row, indicator_code AS indicator, community_code AS community, period, before, value FROM changed"
        " ORDER BY row LIMIT :most"
    ), {"most": MOST_SAMPLES})  # fmt: skip
    return Applied(
        accepted=counts.staged, added=counts.added, revised=counts.changed - counts.added,
        unchanged=counts.staged - counts.changed, places=[dict(row._mapping) for row in places],
        samples=[dict(row._mapping) for row in samples], warnings=await _warnings(tx),
    )  # fmt: skip


async def _warnings(tx: WriteSession) -> list[Warned]:
    wanted = "wanted AS (SELECT row, community_code, indicator_code, period, value, note FROM changed)"
    found = [outlier(row) for row in await tx.execute(text(OUTLIERS.format(wanted=wanted)))]
    found += [gap(row) for row in await tx.execute(text(GAPS.format(wanted=wanted)))]
    return sorted(found, key=lambda one: one.row)[: MOST_WARNINGS + 1]


async def store(tx: WriteSession, now: datetime, by: Caller) -> None:
    """Record what changed as new revisions, and reopen the submissions of their communities and periods."""
    who = {"by": locking.actor(by), "by_name": locking.name_of(by), "demo": by.demo, "now": now}
    await tx.execute(text(OBSERVATIONS), {"demo": by.demo})
    await tx.execute(text(REVISIONS), who)
    for community, period in (await tx.execute(text(REOPENED))).all():
        locking.write_down_at(tx, (community, period), "reopen", by)
