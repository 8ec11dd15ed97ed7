"""Database servers elsewhere, and the programs that come with ours."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local import postgres_external
from deploy.local.postgres import DatabaseTrouble, EmbeddedPostgres, binary, check_server
from tests.deploy.command import copy_of, open_folder


@pytest.fixture(scope="module")
async def a_server(made_database: Path) -> AsyncIterator[EmbeddedPostgres]:
    with open_folder() as folder:
        database = EmbeddedPostgres(copy_of(made_database, folder / "data"), durable=False)
        await database.start()
        yield database
        await database.stop()


def test_the_programs_for_backups_are_there(a_server):
    assert binary("pg_dump") == a_server.binary("pg_dump")
    said = subprocess.run([binary("pg_restore"), "--version"], capture_output=True, text=True, check=True).stdout
    assert said.split()[2] == a_server.version


def test_a_missing_program_is_named():
    with pytest.raises(DatabaseTrouble, match="pg_magic is missing"):
        binary("pg_magic")


async def test_programs_that_do_not_run_here_are_named(folder):
    (folder / "postgres").write_bytes(b"\x7fELF for another machine")
    (folder / "postgres").chmod(0o755)
    with pytest.raises(DatabaseTrouble, match="does not run on this machine"):
        await EmbeddedPostgres(folder / "data", _bin_dir=folder).start()


async def test_a_server_elsewhere_is_accepted(a_server):
    await check_server(a_server.url())
    await check_server(a_server.url().replace("+asyncpg", ""))


async def test_a_server_elsewhere_that_is_too_old_is_named(a_server, monkeypatch):
    monkeypatch.setattr(postgres_external, "OLDEST_SERVER", 99)
    with pytest.raises(DatabaseTrouble, match=r"is PostgreSQL 18\.\d+, but the platform needs 99 or newer"):
        await check_server(a_server.url())


async def test_a_server_elsewhere_that_refuses_us_is_quoted(a_server):
    with pytest.raises(DatabaseTrouble, match='cannot be used: role "stranger" does not exist'):
        await check_server(a_server.url(user="stranger"))


async def test_a_server_elsewhere_that_is_something_else_is_named():
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(DatabaseTrouble, match=f"at 127.0.0.1:{port} .* cannot be used: "):
            await check_server(f"postgresql+asyncpg://portsnet:Geheim1@127.0.0.1:{port}/portsnet")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+asyncpg://portsnet:Geheim1@127.0.0.1:1/portsnet",
        "postgresql://portsnet:Geheim1@127.0.0.1:1/portsnet",
        "postgresql+asyncpg://portsnet:Geheim1@/portsnet?host=/nowhere",
        "postgresql://portsnet:Geh@Geheim1@127.0.0.1:1/portsnet",
        "postgresql://portsnet:Geheim1@127.0.0.1:one/portsnet",
        "mysql://portsnet:Geheim1@127.0.0.1:1/portsnet",
        "portsnet:Geheim1",
    ],
)
async def test_a_server_elsewhere_that_is_out_of_reach_is_named_without_the_password(url):
    with pytest.raises(DatabaseTrouble) as trouble:
        await check_server(url)
    assert "PORTSNET_DATABASE_URL" in str(trouble.value)
    assert "Geheim1" not in str(trouble.value)
    assert "\n" not in str(trouble.value)
