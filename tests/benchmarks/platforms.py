"""A whole platform for a benchmark, on a database and in a folder of its own."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from deploy.local.composition import Platform
from deploy.local.databases import database_for_serving
from deploy.local.first_start import prepare
from shared.settings import Settings


@dataclass(frozen=True)
class Prepared:
    """`url`: of the database, as SQLAlchemy reads it; `plain_url`: as asyncpg does."""

    platform: Platform
    url: str
    folder: Path

    @property
    def plain_url(self) -> str:
        return self.url.replace("+asyncpg", "")


@asynccontextmanager
async def prepared() -> AsyncIterator[Prepared]:
    """Migrated, with the reference data, connected in this process; no worker runs and no rate limit holds."""
    with tempfile.TemporaryDirectory(prefix="portsnet-bench-") as name:
        settings = Settings(
            data_dir=Path(name) / "data", secret_key=SecretStr("of the benchmarks, long enough to serve"),
            rate_limit="", public_url="http://127.0.0.1:8000",
        )  # fmt: skip
        settings.data_dir.mkdir()
        async with database_for_serving(settings) as found:
            platform = Platform(settings)
            await prepare(platform, found.url, say=lambda line: None)
            await platform.connect(found.url, work=False)
            try:
                yield Prepared(platform, found.url, Path(name))
            finally:
                await platform.disconnect()
