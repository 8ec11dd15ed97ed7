"""autogenerate: python revise.py SCHEMA REV MESSAGE"""
import asyncio, sys, tempfile
from pathlib import Path
from alembic import command
from deploy.local.postgres import EmbeddedPostgres
from migrations.running import config_of, migrate
from shared.database import engine
async def main():
    schema, rev, message = sys.argv[1:4]
    p=EmbeddedPostgres(Path(tempfile.mkdtemp()), durable=False); await p.start()
    try:
        await migrate(p.url(), b"x"*40)
        e=engine(p.url(), pool=0)
        async with e.begin() as c:
            def f(conn): command.revision(config_of(schema, conn), message, autogenerate=True, rev_id=rev)
            await c.run_sync(f)
    finally: await p.stop()
asyncio.run(main())
