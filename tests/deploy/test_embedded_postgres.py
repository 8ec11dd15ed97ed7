"""The database of one machine starts, keeps its data, and starts again after every kind of end."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.local import postgres_process
from deploy.local.postgres import DatabaseTrouble, EmbeddedPostgres, installed_programs
from deploy.local.postgres_home import settle
from deploy.local.postgres_process import end_servers, ended, servers_of, spawn
from tests.deploy.databases import ask, keep_a_port, name_in_pid_files, owner_process, the_port

linux = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux' /proc or signals")


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A living program that has nothing to do with us."""
    with subprocess.Popen(["sleep", "600"]) as stranger:
        yield stranger
        stranger.kill()


@pytest.fixture
def zombie() -> Iterator[subprocess.Popen[bytes]]:
    """A program that ended, but whose parent has not asked for its exit code."""
    with subprocess.Popen(["true"], stdout=subprocess.PIPE) as zombie:
        zombie.stdout.read()
        yield zombie


async def test_a_new_database_is_there_for_sqlalchemy(new_database):
    await new_database.start()
    engine = create_async_engine(new_database.url())
    async with engine.connect() as connection:
        who = (await connection.execute(text("SELECT current_database() || ' ' || current_user"))).scalar_one()
        timezone = (await connection.execute(text("SHOW timezone"))).scalar_one()
    await engine.dispose()
    assert (who, timezone) == ("portsnet portsnet", "UTC")


async def test_text_is_utf8_and_sorted_by_code_point(new_database):
    await new_database.start()
    row = "SELECT concat_ws(' ', datlocprovider, datlocale, pg_encoding_to_char(encoding)) FROM pg_database"
    assert await ask(new_database, f"{row} WHERE datname = 'portsnet'") == "b C.UTF-8 UTF8"
    words = "SELECT to_tsvector('simple', '¿Dónde está «São Luís»?')::text"
    assert await ask(new_database, words) == "'dónde':1 'está':2 'luís':4 'são':3"


async def test_data_stay_over_stop_and_start(database):
    await database.start()
    await keep_a_port(database)
    await database.stop()
    assert database.pid is None
    await database.start()
    assert await the_port(database) == "Manzanillo"


async def test_only_the_owner_reaches_the_server_and_only_by_its_socket(database):
    await database.start()
    assert await ask(database, "SHOW listen_addresses") == ""
    assert database.socket_dir.stat().st_mode & 0o777 == 0o700
    assert database.data.stat().st_mode & 0o777 == 0o700
    assert database.log.stat().st_mode & 0o777 == 0o600


async def test_ctrl_c_in_the_terminal_does_not_reach_the_server(database):
    await database.start()
    assert os.getsid(database.pid) != os.getsid(0)


async def test_our_environment_does_not_reach_the_server(database, monkeypatch):
    monkeypatch.setenv("PGPORT", "6000")
    monkeypatch.setenv("PGOPTIONS", "-c nonsense=1")
    monkeypatch.setenv("LC_ALL", "xx_XX.UTF-8")
    await database.start()
    engine = create_async_engine(database.url())
    async with engine.connect() as connection:
        assert (await connection.execute(text("SHOW port"))).scalar_one() == "5432"
    await engine.dispose()


async def test_own_settings_go_over_ours(a_database_in):
    database = EmbeddedPostgres(a_database_in, settings={"max_connections": "17"}, durable=False)
    await database.start()
    try:
        assert await ask(database, "SHOW max_connections") == "17"
    finally:
        await database.stop()


async def test_what_the_server_confirms_is_kept(a_database_in):
    database = EmbeddedPostgres(a_database_in)
    await database.start()
    try:
        for name in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
            assert await ask(database, f"SHOW {name}") == "on"
    finally:
        await database.stop()


async def test_a_setting_that_loses_data_is_refused(a_database_in):
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        database = EmbeddedPostgres(a_database_in, settings={name: "off"})
        with pytest.raises(DatabaseTrouble, match=f"because {name} is not on"):
            await database.start()
        assert database.pid is None
        assert not servers_of(database.data)


async def test_a_killed_server_starts_again(a_database_in):
    database = EmbeddedPostgres(a_database_in)
    await database.start()
    await keep_a_port(database)
    os.kill(database.pid, signal.SIGKILL)
    assert await ended(lambda: database.pid is None, 60)
    await database.start()
    try:
        assert await the_port(database) == "Manzanillo"
    finally:
        await database.stop()


async def test_a_session_that_outlives_its_killed_server_does_not_keep_the_next_from_starting(database):
    await database.start()
    connection = await asyncpg.connect(host=str(database.socket_dir), port=5432, user="portsnet", database="portsnet")
    session = await connection.fetchval("SELECT pg_backend_pid()")
    busy = asyncio.ensure_future(connection.execute("SELECT count(*) FROM generate_series(1, 1000000000000)"))
    await asyncio.sleep(0.1)
    os.kill(database.pid, signal.SIGKILL)
    assert await ended(lambda: database.pid is None, 60)
    assert session in servers_of(database.data)
    await database.start()
    assert await ask(database, "SELECT 1") == 1
    assert session not in servers_of(database.data)
    with pytest.raises((asyncpg.PostgresError, OSError)):
        await busy
    connection.terminate()


@linux
async def test_the_server_ends_with_the_killed_run_and_the_next_run_finds_the_data(a_database_in):
    owner = owner_process(a_database_in)
    with owner:
        server = int(owner.stdout.readline())
        owner.kill()
    assert await ended(lambda: server not in servers_of(a_database_in / "postgres"), 60)
    database = EmbeddedPostgres(a_database_in)
    await database.start()
    try:
        assert await the_port(database) == "Manzanillo"
    finally:
        await database.stop()


async def test_the_next_run_does_not_wait_for_the_end_of_the_killed_one(a_database_in):
    owner = owner_process(a_database_in)
    with owner:
        owner.stdout.readline()
        owner.kill()
    database = EmbeddedPostgres(a_database_in)
    await database.start()
    try:
        assert await the_port(database) == "Manzanillo"
    finally:
        await database.stop()


@pytest.mark.parametrize("with_proc", [pytest.param(True, marks=linux), False])
async def test_a_server_without_owner_is_stopped_first(database, with_proc, monkeypatch):
    if not with_proc:
        monkeypatch.setattr(postgres_process, "PROC", Path("/nowhere"))
    await database.start()
    await keep_a_port(database)
    await database.stop()
    home = await settle(database.data_dir, installed_programs())
    command = home.account.command(
        [home.bin_dir / "postgres", "-D", home.data, "-k", database.socket_dir, "-c", "listen_addresses="]
    )
    orphan = spawn(command, subprocess.DEVNULL)
    assert await ended(lambda: orphan.pid in servers_of(home.data), 60)
    starting = asyncio.ensure_future(database.start())
    assert await ended(lambda: orphan.poll() is not None, 60)
    await starting
    assert orphan.returncode == 0
    assert database.pid != orphan.pid
    assert await the_port(database) == "Manzanillo"


async def test_pid_files_that_name_another_living_program_do_not_matter(database, stranger):
    await database.start()
    await database.stop()
    name_in_pid_files(database, stranger.pid)
    await database.start()
    assert await ask(database, "SELECT 1") == 1
    assert stranger.poll() is None


async def test_pid_files_that_name_an_unreaped_child_do_not_matter(database, zombie):
    await database.start()
    await database.stop()
    name_in_pid_files(database, zombie.pid)
    await database.start()
    assert await ask(database, "SELECT 1") == 1


async def test_pid_files_that_name_the_server_of_another_folder_do_not_matter(database, folder):
    await database.start()
    await database.stop()
    other = EmbeddedPostgres(folder / "other", durable=False)
    await other.start()
    try:
        name_in_pid_files(database, other.pid)
        await database.start()
        assert await ask(database, "SELECT 1") == 1
        assert await ask(other, "SELECT 1") == 1
    finally:
        await other.stop()


async def test_broken_pid_files_do_not_matter(database):
    for content in ("", "rubbish\n", "999999999\n"):
        await database.start()
        await database.stop()
        (database.data / "postmaster.pid").write_text(content)
        await database.start()
        assert await ask(database, "SELECT 1") == 1, content
        await database.stop()


async def test_a_second_start_names_the_run_that_is_alive(database):
    await database.start()
    second = EmbeddedPostgres(database.data_dir, durable=False)
    for attempt in (second, database):
        with pytest.raises(DatabaseTrouble, match=rf"already runs on {database.data_dir} \(process {os.getpid()}\)"):
            await attempt.start()
    assert await ask(database, "SELECT 1") == 1


async def test_a_second_run_names_the_other_process(a_database_in):
    with owner_process(a_database_in) as owner:
        owner.stdout.readline()
        try:
            with pytest.raises(DatabaseTrouble, match=rf"already runs on {a_database_in} \(process {owner.pid}\)"):
                await EmbeddedPostgres(a_database_in).start()
        finally:
            owner.kill()
    await end_servers(a_database_in / "postgres")


async def test_a_broken_off_start_leaves_nothing_alive(database):
    starting = asyncio.ensure_future(database.start())
    assert await ended((database.data / "postmaster.pid").exists, 60)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not servers_of(database.data)
    await database.start()
    assert await ask(database, "SELECT 1") == 1


async def test_a_database_half_made_is_made_anew(new_database):
    partial = new_database.data_dir / "postgres.partial"
    partial.mkdir(parents=True)
    (partial / "PG_VERSION").write_text("18\n")
    await new_database.start()
    assert await ask(new_database, "SELECT 1") == 1
    assert not partial.exists()


async def test_making_a_database_can_be_broken_off(new_database):
    starting = asyncio.ensure_future(new_database.start())
    assert await ended((new_database.data_dir / "postgres.partial" / "PG_VERSION").exists, 60)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not new_database.data.exists()
    await new_database.start()
    assert await ask(new_database, "SELECT 1") == 1


async def test_our_database_is_made_when_the_first_start_did_not_come_so_far(database):
    await database.start()
    await ask(database, "DROP DATABASE portsnet", name="postgres")
    await database.stop()
    await database.start()
    assert await ask(database, "SELECT 1") == 1


async def test_a_server_that_ends_while_it_starts_is_quoted(folder):
    database = EmbeddedPostgres(folder, settings={"shared_buffers": "plenty"}, durable=False)
    with pytest.raises(DatabaseTrouble, match=r'ended while it started: .*"shared_buffers": "plenty" \(more in .*log'):
        await database.start()
    assert database.pid is None


async def test_a_long_log_is_begun_anew(new_database):
    new_database.data_dir.mkdir()
    new_database.log.write_text("old\n" * 3_000_000)
    await new_database.start()
    assert new_database.log.stat().st_size < 100_000
    assert new_database.log.with_name("postgres.log.1").stat().st_size == 12_000_000
