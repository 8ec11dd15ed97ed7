"""From an empty database to the newest version: once, forward, and to what the models say."""

import asyncio
import re
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from migrations.running import TABLES, MigrationTrouble, config_of, is_of_models, migrate
from shared.database import engine
from shared.settings import SCHEMAS
from tests.platform import SECRET, Server

KEY = SECRET.encode()
VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"


@pytest.fixture
async def empty_url(server: Server) -> AsyncIterator[str]:
    """An empty database."""
    await server.execute("CREATE DATABASE empty")
    try:
        yield server.url("empty")
    finally:
        await server.execute("DROP DATABASE empty WITH (FORCE)")


async def test_a_database_is_brought_up_to_date_once(empty_url: str):
    heads = [f"{schema} {ScriptDirectory.from_config(config_of(schema)).get_current_head()}" for schema in SCHEMAS]
    assert await migrate(empty_url, KEY) == heads
    assert await migrate(empty_url, KEY) == []


async def test_several_processes_may_begin_at_the_same_moment(empty_url: str):
    applied = await asyncio.gather(*[migrate(empty_url, KEY) for _ in range(3)])
    assert sorted(map(len, applied)) == [0, 0, len(SCHEMAS)]


async def test_models_and_schema_agree(empty_url: str):
    await migrate(empty_url, KEY)
    source = engine(empty_url, pool=0)
    async with source.connect() as connection:
        different = {schema: await connection.run_sync(differences, schema) for schema in SCHEMAS}
    await source.dispose()
    assert different == {schema: [] for schema in SCHEMAS}


def differences(connection: Connection, schema: str) -> list[object]:
    """What Alembic would write into a new migration of this schema."""

    def concerns(name: str | None, kind: str, parents: object) -> bool:
        if kind == "schema":
            return name == schema
        return kind != "table" or is_of_models(name or "")

    options = {"include_schemas": True, "include_name": concerns, "compare_type": True}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, import_module(TABLES[schema]).SCHEMA.metadata))


async def test_a_migration_that_fails_leaves_everything_as_it_was(empty_url: str):
    source = engine(empty_url, pool=0)
    async with source.begin() as connection:
        await connection.execute(text("CREATE SCHEMA workspace"))
        await connection.execute(text("CREATE TABLE workspace.audit (id int)"))
    with pytest.raises(MigrationTrouble, match="left as it was"):
        await migrate(empty_url, KEY)
    async with source.connect() as connection:
        left = await connection.execute(
            text("SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = ANY(:schemas)"),
            {"schemas": list(SCHEMAS)},
        )
        assert left.scalars().all() == ["workspace.audit"]
    await source.dispose()


@pytest.mark.parametrize("schema", SCHEMAS)
def test_revisions_of_a_schema_follow_one_another(schema: str):
    script = ScriptDirectory.from_config(config_of(schema))
    revisions = [revision.revision for revision in script.walk_revisions()][::-1]
    assert revisions == [f"{number:04}" for number in range(1, len(revisions) + 1)]


@pytest.mark.parametrize("file", sorted(VERSIONS.glob("*/*.py")), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_migration_goes_forward_only_and_waits_for_nobody_for_long(file: Path):
    source = file.read_text(encoding="utf-8")
    assert not re.search(r"def downgrade", source)
    if not file.name.startswith("0001"):
        assert "SET LOCAL lock_timeout" in source
        assert "SET LOCAL statement_timeout" in source
        assert "please adjust" not in source
