"""Databases of one machine for tests: what is kept in them, and other runs of the platform that hold them."""

import subprocess
import sys
from pathlib import Path

import asyncpg

from deploy.local.postgres import EmbeddedPostgres

ROOT = Path(__file__).parents[2]


async def ask(database: EmbeddedPostgres, sql: str, name: str = "portsnet") -> object:
    connection = await asyncpg.connect(
        host=str(database.socket_dir), port=5432, user=EmbeddedPostgres.superuser, database=name
    )
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def keep_a_port(database: EmbeddedPostgres) -> None:
    await ask(database, "CREATE TABLE port (name text)")
    await ask(database, "INSERT INTO port VALUES ('Manzanillo')")


async def the_port(database: EmbeddedPostgres) -> object:
    return await ask(database, "SELECT name FROM port")


def owner_process(data_dir: Path) -> subprocess.Popen[str]:
    """Another run of the platform: starts the database, keeps a port, says the server's number and waits."""
    program = f"""
import asyncio
from pathlib import Path
from deploy.local.postgres import EmbeddedPostgres
from tests.deploy.databases import keep_a_port

async def main():
    database = EmbeddedPostgres(Path({str(data_dir)!r}))
    await database.start()
    await keep_a_port(database)
    print(database.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""
    return subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def name_in_pid_files(database: EmbeddedPostgres, pid: int) -> None:
    """Leave behind what a server leaves that was killed, after which its number went to another process."""
    data = database.data
    lines = f"{pid}\n{data}\n1700000000\n5432\n{database.socket_dir}\n\n  1234567         0\nready   \n"
    (data / "postmaster.pid").write_text(lines)
    (database.socket_dir / ".s.PGSQL.5432.lock").write_text(lines)
    (database.socket_dir / ".s.PGSQL.5432").touch()
