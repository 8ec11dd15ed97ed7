"""The database of one machine starts, keeps its data, and starts again after every kind of end."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.local import postgres_external, postgres_process
from deploy.local.postgres import DatabaseTrouble, EmbeddedPostgres, binary, check_server, installed_programs
from deploy.local.postgres_home import settle
from deploy.local.postgres_process import end_servers, ended, servers_of, spawn

ROOT = Path(__file__).parents[2]

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root's server changes its user")
not_as_root = pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
linux = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux' /proc or signals")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user of the system can reach, as root's server may have to be one of them."""
    folder = Path(tempfile.mkdtemp(prefix="portsnet-test-")).resolve()
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
async def database(folder: Path) -> AsyncIterator[EmbeddedPostgres]:
    database = EmbeddedPostgres(folder / "data", durable=False)
    yield database
    await database.stop()


@pytest.fixture
def closed_folder(folder: Path) -> Iterator[Path]:
    """A folder that only root can reach; what was put elsewhere because of that goes with it."""
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    yield closed
    for record in closed.rglob("postgres.location"):
        shutil.rmtree(record.read_text().strip())


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


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 20 MB."""
    disk = folder / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "disk", disk], check=False).returncode != 0:
        pytest.skip("no right to mount a small disk here")
    yield disk
    subprocess.run(["umount", disk], check=True)


def enlarge(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=300m", disk], check=True)


def fill(file: Path) -> None:
    with contextlib.suppress(OSError), file.open("wb") as filler:
        while True:
            filler.write(bytes(100_000))


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
from tests.deploy.test_embedded_postgres import keep_a_port

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


async def test_a_new_database_is_there_for_sqlalchemy(database):
    await database.start()
    engine = create_async_engine(database.url())
    async with engine.connect() as connection:
        who = (await connection.execute(text("SELECT current_database() || ' ' || current_user"))).scalar_one()
        timezone = (await connection.execute(text("SHOW timezone"))).scalar_one()
    await engine.dispose()
    assert (who, timezone) == ("portsnet portsnet", "UTC")


async def test_text_is_utf8_and_sorted_by_code_point(database):
    await database.start()
    row = "SELECT concat_ws(' ', datlocprovider, datlocale, pg_encoding_to_char(encoding)) FROM pg_database"
    assert await ask(database, f"{row} WHERE datname = 'portsnet'") == "b C.UTF-8 UTF8"
    words = "SELECT to_tsvector('simple', '¿Dónde está «São Luís»?')::text"
    assert await ask(database, words) == "'dónde':1 'está':2 'luís':4 'são':3"


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


async def test_own_settings_go_over_ours(folder):
    database = EmbeddedPostgres(folder, settings={"max_connections": "17"}, durable=False)
    await database.start()
    try:
        assert await ask(database, "SHOW max_connections") == "17"
    finally:
        await database.stop()


async def test_what_the_server_confirms_is_kept(folder):
    database = EmbeddedPostgres(folder)
    await database.start()
    try:
        for name in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
            assert await ask(database, f"SHOW {name}") == "on"
    finally:
        await database.stop()


@pytest.mark.parametrize("name", ["fsync", "full_page_writes", "synchronous_commit"])
async def test_a_setting_that_loses_data_is_refused(folder, name):
    database = EmbeddedPostgres(folder, settings={name: "off"})
    with pytest.raises(DatabaseTrouble, match=f"because {name} is not on"):
        await database.start()
    assert database.pid is None
    assert not servers_of(folder / "postgres")


async def test_a_killed_server_starts_again(folder):
    database = EmbeddedPostgres(folder)
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
async def test_the_server_ends_with_the_killed_run_and_the_next_run_finds_the_data(folder):
    owner = owner_process(folder)
    with owner:
        server = int(owner.stdout.readline())
        owner.kill()
    assert await ended(lambda: server not in servers_of(folder / "postgres"), 60)
    database = EmbeddedPostgres(folder)
    await database.start()
    try:
        assert await the_port(database) == "Manzanillo"
    finally:
        await database.stop()


async def test_the_next_run_does_not_wait_for_the_end_of_the_killed_one(folder):
    owner = owner_process(folder)
    with owner:
        owner.stdout.readline()
        owner.kill()
    database = EmbeddedPostgres(folder)
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


@pytest.mark.parametrize("content", ["", "rubbish\n", "999999999\n"])
async def test_broken_pid_files_do_not_matter(database, content):
    await database.start()
    await database.stop()
    (database.data / "postmaster.pid").write_text(content)
    await database.start()
    assert await ask(database, "SELECT 1") == 1


async def test_a_second_start_names_the_run_that_is_alive(database):
    await database.start()
    second = EmbeddedPostgres(database.data_dir, durable=False)
    for attempt in (second, database):
        with pytest.raises(DatabaseTrouble, match=rf"already runs on {database.data_dir} \(process {os.getpid()}\)"):
            await attempt.start()
    assert await ask(database, "SELECT 1") == 1


async def test_a_second_run_names_the_other_process(folder):
    with owner_process(folder) as owner:
        owner.stdout.readline()
        try:
            with pytest.raises(DatabaseTrouble, match=rf"already runs on {folder} \(process {owner.pid}\)"):
                await EmbeddedPostgres(folder).start()
        finally:
            owner.kill()
    await end_servers(folder / "postgres")


async def test_a_broken_off_start_leaves_nothing_alive(database):
    starting = asyncio.ensure_future(database.start())
    assert await ended((database.data / "postmaster.pid").exists, 60)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not servers_of(database.data)
    await database.start()
    assert await ask(database, "SELECT 1") == 1


async def test_a_database_half_made_is_made_anew(database):
    partial = database.data_dir / "postgres.partial"
    partial.mkdir(parents=True)
    (partial / "PG_VERSION").write_text("18\n")
    await database.start()
    assert await ask(database, "SELECT 1") == 1
    assert not partial.exists()


async def test_making_a_database_can_be_broken_off(database):
    starting = asyncio.ensure_future(database.start())
    assert await ended((database.data_dir / "postgres.partial" / "PG_VERSION").exists, 60)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not database.data.exists()
    await database.start()
    assert await ask(database, "SELECT 1") == 1


async def test_our_database_is_made_when_the_first_start_did_not_come_so_far(database):
    await database.start()
    await ask(database, "DROP DATABASE portsnet", name="postgres")
    await database.stop()
    await database.start()
    assert await ask(database, "SELECT 1") == 1


@pytest.mark.parametrize("name", ["a" * 100, "puertos “año” + 100% 'x'@\"y\" ?&#", "a,b", "a:b"])
async def test_any_path_will_do(folder, name, monkeypatch):
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    database = EmbeddedPostgres(folder / name, durable=False)
    await database.start()
    place = database.socket_dir
    try:
        engine = create_async_engine(database.url())
        async with engine.connect() as connection:
            assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
        await engine.dispose()
        assert place.stat().st_mode & 0o777 == 0o700
        assert place.stat().st_uid == database.data.stat().st_uid
    finally:
        await database.stop()
    await database.start()
    assert database.socket_dir == place
    await database.stop()


async def test_a_short_folder_that_someone_else_made_is_not_used(folder):
    database = EmbeddedPostgres(folder / ("a" * 100), durable=False)
    await database.start()
    place = database.socket_dir
    await database.stop()
    place.symlink_to(folder)
    try:
        with pytest.raises(DatabaseTrouble, match="belongs to someone else"):
            await database.start()
    finally:
        place.unlink()


async def test_a_database_of_another_major_version_is_left_alone(database):
    await database.start()
    await database.stop()
    (database.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(DatabaseTrouble, match=r"made by PostgreSQL 17, but this is PostgreSQL 18"):
        await database.start()


async def test_a_folder_that_holds_something_else_is_left_alone(database):
    letter = database.data / "letter.txt"
    letter.parent.mkdir(parents=True)
    letter.write_text("Dear all")
    with pytest.raises(DatabaseTrouble, match="something else than a database"):
        await database.start()
    assert letter.read_text() == "Dear all"


async def test_a_database_that_was_copied_with_open_rights_starts(database):
    await database.start()
    await database.stop()
    database.data.chmod(0o755)
    await database.start()
    assert await ask(database, "SELECT 1") == 1


async def test_a_server_that_ends_while_it_starts_is_quoted(folder):
    database = EmbeddedPostgres(folder, settings={"shared_buffers": "plenty"}, durable=False)
    with pytest.raises(DatabaseTrouble, match=r'ended while it started: .*"shared_buffers": "plenty" \(more in .*log'):
        await database.start()
    assert database.pid is None


async def test_a_file_in_the_place_of_the_folder_is_named(folder):
    (folder / "data").write_text("")
    with pytest.raises(DatabaseTrouble, match="Not a directory"):
        await EmbeddedPostgres(folder / "data").start()


@not_as_root
async def test_a_folder_that_cannot_be_written_is_named(folder):
    (folder / "data").mkdir(mode=0o500)
    with pytest.raises(DatabaseTrouble, match=f"data folder {folder / 'data'} cannot be used"):
        await EmbeddedPostgres(folder / "data").start()


@not_as_root
async def test_a_folder_under_one_that_cannot_be_written_is_named(folder):
    (folder / "closed").mkdir(mode=0o500)
    with pytest.raises(DatabaseTrouble, match="cannot be used"):
        await EmbeddedPostgres(folder / "closed" / "data").start()


@as_root
async def test_a_full_disk_is_named_before_and_after_the_database_is_made(small_disk):
    database = EmbeddedPostgres(small_disk / "data", durable=False)
    with pytest.raises(DatabaseTrouble, match=f"disk that holds {database.data_dir} is full"):
        await database.start()
    enlarge(small_disk)
    await database.start()
    await database.stop()
    fill(small_disk / "filler")
    with pytest.raises(DatabaseTrouble, match=f"disk that holds {database.data_dir} is full"):
        await database.start()
    (small_disk / "filler").unlink()
    await database.start()
    await database.stop()


async def test_a_long_log_is_begun_anew(database):
    database.data_dir.mkdir()
    database.log.write_text("old\n" * 3_000_000)
    await database.start()
    assert database.log.stat().st_size < 100_000
    assert database.log.with_name("postgres.log.1").stat().st_size == 12_000_000


@as_root
async def test_root_keeps_its_files(database):
    await database.start()
    home = await settle(database.data_dir, installed_programs())
    if home.account.way != "namespace":
        pytest.skip("user namespaces are forbidden here")
    owners = {path.lstat().st_uid for path in database.data_dir.rglob("*")}
    assert owners == {0}


@as_root
async def test_without_namespaces_the_server_runs_as_an_unprivileged_user(folder):
    database = EmbeddedPostgres(folder / "data", _namespaces=False)
    await database.start()
    await keep_a_port(database)
    data = database.data
    try:
        assert (postgres_process.PROC / str(database.pid)).stat().st_uid == data.stat().st_uid != 0
        assert database.socket_dir.stat().st_uid == data.stat().st_uid
        assert database.socket_dir.stat().st_mode & 0o777 == 0o700
        with pytest.raises(DatabaseTrouble, match="already runs"):
            await EmbeddedPostgres(database.data_dir, _namespaces=False).start()
        os.kill(database.pid, signal.SIGKILL)
        assert await ended(lambda: database.pid is None, 60)
        await database.start()
        assert await the_port(database) == "Manzanillo"
    finally:
        await database.stop()


@as_root
async def test_a_database_from_a_namespace_serves_where_namespaces_are_forbidden_and_back(folder):
    for namespaces in (True, False, True):
        database = EmbeddedPostgres(folder / "data", durable=False, _namespaces=namespaces)
        await database.start()
        try:
            await ask(database, "CREATE TABLE IF NOT EXISTS run (namespaces bool)")
            await ask(database, f"INSERT INTO run VALUES ({namespaces})")
            runs = await ask(database, "SELECT count(*) FROM run")
        finally:
            await database.stop()
    assert runs == 3


@as_root
async def test_data_that_the_servers_user_cannot_reach_lie_in_a_folder_of_their_own(closed_folder):
    programs = shutil.copytree(
        installed_programs().parents[2] / "embedded_postgres", closed_folder / "embedded_postgres"
    )
    libraries = installed_programs().parents[2] / "embedded_postgres.libs"
    if libraries.exists():
        shutil.copytree(libraries, closed_folder / libraries.name)
    before = closed_folder.stat().st_mode

    def database_here() -> EmbeddedPostgres:
        return EmbeddedPostgres(
            closed_folder / "data", durable=False, _namespaces=False, _bin_dir=programs / "pginstall" / "bin"
        )

    database = database_here()
    await database.start()
    await keep_a_port(database)
    await database.stop()
    place = Path((closed_folder / "data" / "postgres.location").read_text().strip())
    assert (place / "postgres" / "PG_VERSION").exists()
    assert (place / "postgres").stat().st_uid != 0
    assert closed_folder.stat().st_mode == before

    again = database_here()
    await again.start()
    try:
        assert await the_port(again) == "Manzanillo"
    finally:
        await again.stop()

    copy = shutil.copytree(closed_folder / "data", closed_folder / "copy")
    await again.start()
    try:
        with pytest.raises(DatabaseTrouble, match=rf"already runs on {place} "):
            await EmbeddedPostgres(copy, durable=False, _namespaces=False).start()
    finally:
        await again.stop()
        shutil.rmtree(copy)


@as_root
async def test_a_database_moves_to_a_folder_of_its_own_when_namespaces_become_forbidden(closed_folder):
    database = EmbeddedPostgres(closed_folder / "data", durable=False)
    await database.start()
    await keep_a_port(database)
    await database.stop()
    database = EmbeddedPostgres(closed_folder / "data", durable=False, _namespaces=False)
    await database.start()
    try:
        assert await the_port(database) == "Manzanillo"
    finally:
        await database.stop()
    assert not (closed_folder / "data" / "postgres").exists()


@as_root
async def test_a_folder_of_its_own_that_is_gone_is_named(closed_folder):
    data_dir = closed_folder / "data"
    data_dir.mkdir()
    (data_dir / "postgres.location").write_text("/var/lib/portsnet-gone\n")
    with pytest.raises(DatabaseTrouble, match="lies in /var/lib/portsnet-gone"):
        await EmbeddedPostgres(data_dir).start()
    (data_dir / "postgres.location").unlink()


@as_root
async def test_root_runs_the_database_of_an_ordinary_user_as_that_user(folder):
    os.chown(folder, 65534, 65534)
    database = EmbeddedPostgres(folder, durable=False)
    await database.start()
    await database.stop()
    assert {path.lstat().st_uid for path in folder.rglob("*")} == {65534}


def test_the_programs_for_backups_are_there(database):
    assert binary("pg_dump") == database.binary("pg_dump")
    said = subprocess.run([binary("pg_restore"), "--version"], capture_output=True, text=True, check=True).stdout
    assert said.split()[2] == database.version


def test_a_missing_program_is_named():
    with pytest.raises(DatabaseTrouble, match="pg_magic is missing"):
        binary("pg_magic")


async def test_programs_that_do_not_run_here_are_named(folder):
    (folder / "postgres").write_bytes(b"\x7fELF for another machine")
    (folder / "postgres").chmod(0o755)
    with pytest.raises(DatabaseTrouble, match="does not run on this machine"):
        await EmbeddedPostgres(folder / "data", _bin_dir=folder).start()


async def test_a_server_elsewhere_is_accepted(database):
    await database.start()
    await check_server(database.url())
    await check_server(database.url().replace("+asyncpg", ""))


async def test_a_server_elsewhere_that_is_too_old_is_named(database, monkeypatch):
    monkeypatch.setattr(postgres_external, "OLDEST_SERVER", 99)
    await database.start()
    with pytest.raises(DatabaseTrouble, match=r"is PostgreSQL 18\.\d+, but the platform needs 99 or newer"):
        await check_server(database.url())


async def test_a_server_elsewhere_that_refuses_us_is_quoted(database):
    await database.start()
    with pytest.raises(DatabaseTrouble, match='cannot be used: role "stranger" does not exist'):
        await check_server(database.url(user="stranger"))


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
