"""Write a migration from what changed in tables: `python -m deploy.developer.revise SCHEMA REVISION MESSAGE`.

It compares with a database that was migrated from empty, in a temporary folder. Read what it wrote before committing.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import Connection

from deploy.local.postgres import EmbeddedPostgres
from migrations.running import config_of, migrate
from shared.database import engine

SECRET = b"of a database that lives for a moment only"


async def main(schema: str, revision: str, message: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder), durable=False)
        await server.start()
        try:
            await migrate(server.url(), SECRET)
            source = engine(server.url(), pool=0)

            def write(connection: Connection) -> None:
                command.revision(config_of(schema, connection), message, autogenerate=True, rev_id=revision)

            async with source.begin() as connection:
                await connection.run_sync(write)
            await source.dispose()
        finally:
            await server.stop()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
