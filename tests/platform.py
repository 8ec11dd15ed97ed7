"""The whole platform for tests: a real PostgreSQL, a fresh copy of a migrated and seeded database for each test."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.composition import Platform
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.seeding import seed
from migrations.running import migrate
from shared.database import engine
from shared.settings import Settings

SECRET = "a secret of the tests, long enough to be one"
TEMPLATE = "seeded"
MIGRATED = "migrated"
"""The template before reference data were loaded into it."""
_numbers = itertools.count(1)


def settings_for(data_dir: Path, **changes: object) -> Settings:
    values = {"data_dir": data_dir, "secret_key": SecretStr(SECRET), "rate_limit": "", "database_pool": 5}
    return Settings(**(values | changes))  # type: ignore[arg-type]


@dataclass
class Server:
    """The PostgreSQL of this test process, and the template that tests clone."""

    postgres: EmbeddedPostgres
    settings: Settings

    def url(self, database: str) -> str:
        return self.postgres.url(database)

    async def execute(self, statement: str) -> None:
        """Run a statement as the server's owner, outside of every transaction."""
        async with self._source.connect() as connection:
            await connection.execute(text(statement))

    @cached_property
    def _source(self) -> AsyncEngine:
        return engine(self.url("postgres"), pool=2, autocommit=True)

    async def close(self) -> None:
        await self._source.dispose()

    async def make_template(self) -> None:
        """Migrate an empty database and load the reference data, once."""
        await self.execute(f"CREATE DATABASE {MIGRATED}")
        await migrate(self.url(MIGRATED), SECRET.encode())
        await self.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE {MIGRATED} STRATEGY file_copy")
        url = self.url(TEMPLATE)
        platform = Platform(self.settings)
        await platform.connect(url, work=False)
        await seed(platform)
        await platform.run_jobs()
        await platform.disconnect()

    @asynccontextmanager
    async def clone(self, template: str = TEMPLATE) -> AsyncIterator[str]:
        """A database of its own for one test; its address."""
        name = f"test_{next(_numbers)}"
        await self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        try:
            yield self.url(name)
        finally:
            await self.execute(f"DROP DATABASE {name} WITH (FORCE)")
