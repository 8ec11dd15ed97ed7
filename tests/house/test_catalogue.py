"""What PostgreSQL itself says of the six schemas: keys, times, names, and what each role may touch."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from migrations.running import role_url
from shared.database import engine
from shared.settings import SCHEMAS
from tests.platform import SECRET

OF_THE_QUEUE = "c.relname NOT LIKE 'pgqueuer%'"
"""PgQueuer defines its own tables."""
FORBIDDEN = "42501"


@pytest.fixture
async def catalogue(database_url: str) -> AsyncIterator[AsyncConnection]:
    source = engine(database_url, pool=0)
    async with source.connect() as connection:
        yield connection
    await source.dispose()


async def told(catalogue: AsyncConnection, query: str, **values: Any) -> list[str]:
    """One line for each row of an answer."""
    rows = await catalogue.execute(text(query), {"schemas": list(SCHEMAS), **values})
    return [" ".join(str(value) for value in row) for row in rows]


async def test_every_schema_has_tables(catalogue: AsyncConnection):
    query = "SELECT DISTINCT schemaname FROM pg_tables WHERE schemaname = ANY(:schemas)"
    assert set(await told(catalogue, query)) == set(SCHEMAS)


async def test_every_foreign_key_has_an_index_that_begins_with_it(catalogue: AsyncConnection):
    query = """
        SELECT k.conrelid::regclass, k.conname
        FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
        WHERE k.contype = 'f' AND n.nspname = ANY(:schemas) AND NOT EXISTS (
            SELECT FROM pg_index i
            WHERE i.indrelid = k.conrelid AND i.indpred IS NULL
              AND (SELECT array_agg(a ORDER BY a) FROM unnest((i.indkey::int2[])[0:cardinality(k.conkey) - 1]) a)
                = (SELECT array_agg(a ORDER BY a) FROM unnest(k.conkey) a)
        ) ORDER BY 1, 2"""
    assert await told(catalogue, query) == []


async def test_no_foreign_key_leaves_its_schema(catalogue: AsyncConnection):
    query = """
        SELECT k.conname FROM pg_constraint k
        JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
        WHERE k.contype = 'f' AND c.relnamespace <> f.relnamespace"""
    assert await told(catalogue, query) == []


async def test_every_time_has_a_zone(catalogue: AsyncConnection):
    query = """
        SELECT table_schema, table_name, column_name FROM information_schema.columns
        WHERE table_schema = ANY(:schemas)
          AND data_type IN ('timestamp without time zone', 'time without time zone') ORDER BY 1, 2, 3"""
    assert await told(catalogue, query) == []


async def test_every_table_has_a_primary_key(catalogue: AsyncConnection):
    query = f"""
        SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY(:schemas) AND {OF_THE_QUEUE}
          AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p')"""
    assert await told(catalogue, query) == []


async def test_every_constraint_and_index_has_a_name_by_the_rule(catalogue: AsyncConnection):
    """A name that PostgreSQL made up cannot be relied on by the next migration; of a partition it is made up always."""
    constraints = f"""
        SELECT c.oid::regclass, k.conname FROM pg_constraint k
        JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY(:schemas) AND {OF_THE_QUEUE} AND NOT c.relispartition AND c.relname <> 'alembic_version'
          AND k.contype <> 'n'
          AND k.conname NOT LIKE CASE k.contype
            WHEN 'p' THEN 'pk' WHEN 'f' THEN 'fk' WHEN 'u' THEN 'uq' WHEN 'c' THEN 'ck' WHEN 'x' THEN 'ex'
          END || '\\_' || c.relname || '%' ORDER BY 1, 2"""
    indexes = f"""
        SELECT c.oid::regclass, x.relname FROM pg_index i
        JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY(:schemas) AND {OF_THE_QUEUE} AND NOT c.relispartition
          AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
          AND x.relname NOT LIKE CASE WHEN i.indisunique THEN 'uq' ELSE 'ix' END || '\\_' || c.relname || '%'
        ORDER BY 1, 2"""
    assert await told(catalogue, constraints) == []
    assert await told(catalogue, indexes) == []


async def test_no_index_is_the_beginning_of_another(catalogue: AsyncConnection):
    query = f"""
        SELECT a.indexrelid::regclass, 'is in', b.indexrelid::regclass FROM pg_index a
        JOIN pg_index b ON b.indrelid = a.indrelid AND b.indexrelid <> a.indexrelid
        JOIN pg_class c ON c.oid = a.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY(:schemas) AND {OF_THE_QUEUE} AND NOT a.indisunique
          AND a.indpred IS NULL AND b.indpred IS NULL AND a.indexprs IS NULL AND b.indexprs IS NULL
          AND (SELECT amname FROM pg_am JOIN pg_class x ON x.relam = pg_am.oid WHERE x.oid = a.indexrelid) = 'btree'
          AND (SELECT amname FROM pg_am JOIN pg_class x ON x.relam = pg_am.oid WHERE x.oid = b.indexrelid) = 'btree'
          AND b.indkey::text || ' ' LIKE a.indkey::text || ' %'
          AND b.indoption::text || ' ' LIKE a.indoption::text || ' %'
        ORDER BY 1"""
    assert await told(catalogue, query) == []


async def test_demonstration_marks_and_versions_are_never_null(catalogue: AsyncConnection):
    query = """
        SELECT table_schema, table_name, column_name, data_type, is_nullable FROM information_schema.columns
        WHERE table_schema = ANY(:schemas) AND column_name IN ('demo', 'version')
          AND ((column_name = 'demo' AND data_type <> 'boolean') OR is_nullable = 'YES')"""
    assert await told(catalogue, query) == []


async def refused(url: str, statement: str) -> str | None:
    """The SQLSTATE with which PostgreSQL refuses a statement; None when it does not."""
    source = engine(url, pool=0)
    try:
        async with source.begin() as connection:
            await connection.execute(text(statement))
            await connection.rollback()
    except DBAPIError as error:
        return str(getattr(error.orig, "sqlstate", ""))
    finally:
        await source.dispose()
    return None


@pytest.mark.parametrize("schema", SCHEMAS)
async def test_a_service_s_role_touches_its_own_schema_only(database_url: str, schema: str):
    url = role_url(database_url, schema, SECRET.encode())
    assert await refused(url, f"SELECT 1 FROM {schema}.audit") is None
    for other in SCHEMAS:
        if other != schema:
            for statement in (
                f"SELECT 1 FROM {other}.audit", f"INSERT INTO {other}.idempotency_keys DEFAULT VALUES",
                f"DELETE FROM {other}.pgqueuer", f"SET LOCAL ROLE portsnet_{other}",
            ):  # fmt: skip
                assert await refused(url, statement) == FORBIDDEN, statement
    for statement in (
        f"CREATE TABLE {schema}.mine (id int)", "CREATE TABLE public.mine (id int)", "CREATE SCHEMA mine",
        "CREATE ROLE mine", f"DROP TABLE {schema}.audit", "SELECT pg_read_file('postgresql.conf')",
        "COPY (SELECT 1) TO PROGRAM 'true'", f"ALTER TABLE {schema}.audit ADD COLUMN mine int",
        "SELECT rolpassword FROM pg_authid",
    ):  # fmt: skip
        assert await refused(url, statement) == FORBIDDEN, statement


@pytest.mark.parametrize("schema", SCHEMAS)
async def test_the_audit_trail_can_only_grow(database_url: str, schema: str):
    url = role_url(database_url, schema, SECRET.encode())
    row = f"""
        INSERT INTO {schema}.audit (id, at, actor, actor_name, action, about, details, request_id)
        VALUES (gen_random_uuid(), now(), 'user:1', 'Ana', 'try', '', '{{}}', '')"""
    assert await refused(url, row) is None
    for statement in (
        f"UPDATE {schema}.audit SET actor = 'nobody'", f"DELETE FROM {schema}.audit", f"TRUNCATE {schema}.audit",
        f"UPDATE {schema}.alembic_version SET version_num = '0'", f"DELETE FROM {schema}.alembic_version",
    ):  # fmt: skip
        assert await refused(url, statement) == FORBIDDEN, statement
