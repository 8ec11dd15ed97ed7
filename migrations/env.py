"""The one Alembic environment: which schema it works on is the name of the section."""

import asyncio
import os
from importlib import import_module
from typing import Any

from alembic import context
from sqlalchemy import Connection

from migrations.running import TABLES, is_of_models
from shared.database import engine

config = context.config
schema = config.config_ini_section


def include_name(name: str | None, kind: str, parents: Any) -> bool:
    """Only this schema, and of its tables those that models describe."""
    if kind == "schema":
        return name == schema
    if kind == "table":
        return is_of_models(name or "")
    return True


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=import_module(TABLES[schema]).SCHEMA.metadata,
        version_table_schema=schema,
        include_schemas=True,
        include_name=include_name,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_run() -> None:
    url = os.environ.get("PORTSNET_DATABASE_URL")
    if not url:
        raise SystemExit("Set PORTSNET_DATABASE_URL, or use `portsnet migrate`.")
    source = engine(url, pool=0)
    async with source.begin() as connection:
        await connection.run_sync(run)
    await source.dispose()


given = config.attributes.get("connection")
if given is not None:
    run(given)
else:
    asyncio.run(connect_and_run())
