"""Observations are kept by year: what was there before stays, every row has a place, and the next year waits ready."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from alembic import command
from sqlalchemy import Connection, text

from deploy.local.composition import Platform
from migrations.running import config_of, migrate, role_url
from services.indicators.partitions import KEEP, keep_partitions
from shared.database import engine
from tests.indicators.things import MANZANILLO, URL
from tests.people import Person
from tests.platform import SECRET, Server

OPERATORS = Path(__file__).parents[2] / "docs" / "operators.md"
KEY = SECRET.encode()
NOW = datetime.now(UTC).year
LARGE = [*(f"2019-{month:02}" for month in range(1, 13)), *(f"2019-Q{quarter}" for quarter in range(1, 5))]
SMALL = ["1999-05", "2007", "2020-01", f"{NOW}", f"{NOW}-12", "2099-Q4"]
FILL = """
INSERT INTO indicators.{table} (community_code, indicator_code, period, {columns})
SELECT 'zz-' || i % 100, 'VPA-0' || i % 7, period, {values} FROM unnest($1::text[]) period, generate_series(1, 700) i
"""
OLD = {
    "observations": ("latest_revision, value, approved_revision", "2, i / 3.0, 1"),
    "revisions": (
        "revision, value, indicator_version, recorded_at, recorded_by, recorded_by_name", "1 + i % 2, i, 1, now(), '', ''"
    ),
    "roll_ups": ("value, periods, plain_mean, demo", "i, 12, false, i % 2 = 0"),
}  # fmt: skip
CONTENT = "SELECT count(*), sum(hashtextextended(t::text, 0)::numeric) FROM indicators.{table} t"
PLACES = """
SELECT DISTINCT relname, left(period, 4) FROM indicators.{table} t JOIN pg_class c ON c.oid = t.tableoid ORDER BY 2
"""
UNIQUE = """
SELECT c.relname, i.indexrelid::regclass::text AS name,
  ARRAY(SELECT attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY(i.indkey)) AS columns
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE i.indisunique AND c.relnamespace = 'indicators'::regnamespace
"""
FOREIGN = """
SELECT conname::text FROM pg_constraint WHERE contype = 'f' AND connamespace = 'indicators'::regnamespace
AND (conrelid::regclass::text = ANY($1) OR confrelid::regclass::text = ANY($1))
"""


@pytest.fixture
async def before(server: Server) -> AsyncIterator[asyncpg.Connection]:
    """A database as it was before there were partitions, with rows of several years."""
    await server.execute("CREATE DATABASE before")
    source = engine(server.url("before"), pool=0)
    connection = None
    try:
        async with source.begin() as begun:
            await begun.run_sync(_bring_to_0005)
        connection = await asyncpg.connect(server.url("before").replace("+asyncpg", ""))
        for table, (columns, values) in OLD.items():
            await connection.execute(FILL.format(table=table, columns=columns, values=values), [*LARGE, *SMALL])
        yield connection
    finally:
        if connection is not None:
            await connection.close()
        await source.dispose()
        await server.execute("DROP DATABASE before WITH (FORCE)")


def _bring_to_0005(connection: Connection) -> None:
    connection.execute(text("CREATE SCHEMA indicators"))
    command.upgrade(config_of("indicators", connection), "0005")


async def test_rows_of_before_stay_and_years_of_many_rows_get_a_partition(server: Server, before: asyncpg.Connection):
    content = {table: await before.fetchrow(CONTENT.format(table=table)) for table in OLD}
    assert all(row[0] == 22 * 700 for row in content.values())
    await migrate(server.url("before"), KEY)
    for table in OLD:
        assert await before.fetchrow(CONTENT.format(table=table)) == content[table], table
        assert [tuple(row) for row in await before.fetch(PLACES.format(table=table))] == [
            (f"{table}_other", "1999"), (f"{table}_other", "2007"), (f"{table}_2019", "2019"), (f"{table}_other", "2020"),
            (f"{table}_{NOW}", str(NOW)), (f"{table}_other", "2099"),
        ], table  # fmt: skip
    plan = "\n".join(
        row[0] for row in await before.fetch("EXPLAIN SELECT value FROM indicators.observations WHERE period = '2019-03'")
    )  # fmt: skip
    assert "observations_2019" in plan and "observations_other" not in plan


async def test_the_next_year_waits_ready_and_any_other_row_has_a_place(
    platform: Platform, database_url: str, data_provider: Person, coordinator: Person
):
    """By the service's own role, which may have partitions made, and make none itself."""
    db = platform.services["indicators"].state.database
    as_service = await asyncpg.connect(role_url(database_url, "indicators", KEY).replace("+asyncpg", ""))
    try:
        names = {
            row[0]
            for row in await as_service.fetch("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")
        }
        assert names == {f"{table}_{part}" for table in OLD for part in (NOW - 1, NOW, NOW + 1, "other")}
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await as_service.execute("SELECT indicators.make_partition('observations', 2031)")
        for period, value in (("2003-01", 5.0), ("2019-01", 7.0), (f"{NOW - 1}-12", 9.0)):
            row = {"indicator": "VPA-01", "community": MANZANILLO, "period": period, "value": value}
            for sent in (row, {**row, "value": value + 1}):
                assert (await data_provider.post(f"{URL}/observations", json=[sent])).status_code == 201
            for person, what in ((data_provider, "submit"), (coordinator, "approve")):
                told = await person.post(f"{URL}/submissions/{MANZANILLO}/{period}/{what}")
                assert told.status_code == 200, (period, told.text)
        for table, (columns, values) in OLD.items():
            await as_service.execute(FILL.format(table=table, columns=columns, values=values), LARGE)
        made = await asyncio.gather(keep_partitions(db), keep_partitions(db))
        assert sorted(made) == [[], [f"{table}_2019" for table in OLD]]
        values = {one["period"]: one["value"] for one in (await coordinator.get(f"{URL}/observations")).json()["items"]}
        assert values == {"2003-01": 6.0, "2019-01": 8.0, f"{NOW - 1}-12": 10.0}
        places = await as_service.fetch(PLACES.format(table="observations"))
        assert [row[0] for row in places] == ["observations_other", "observations_2019", f"observations_{NOW - 1}"]
        waiting = "SELECT count(*) FROM indicators.pgqueuer WHERE entrypoint = $1 AND status = 'queued'"
        assert await as_service.fetchval(waiting, KEEP) == 1
    finally:
        await as_service.close()


async def test_what_citus_would_spread_has_the_community_in_every_unique_key(database_url: str):
    """What docs/operators.md tells to distribute can be distributed."""
    told = re.findall(r"create_distributed_table\('indicators\.(\w+)', '(\w+)'", OPERATORS.read_text(encoding="utf-8"))
    spread = dict(told)
    assert {"observations", "revisions", "roll_ups"} <= spread.keys()
    connection = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    try:
        unique = await connection.fetch(UNIQUE)
        for table, column in spread.items():
            keys = {row["name"]: row["columns"] for row in unique if row["relname"] == table}
            assert keys and all(column in columns for columns in keys.values()), (table, keys)
        assert await connection.fetch(FOREIGN, [f"indicators.{table}" for table in spread]) == []
    finally:
        await connection.close()
