"""Data that a platform keeps: reference files, migrations, servers of others, backups."""

import json
import re
import shutil
import socket
import socketserver
import stat
import tarfile
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from deploy.local.postgres import EmbeddedPostgres
from shared.settings import SERVICES
from tests.deploy.command import ROOT, Running, complaint, free_port, open_folder, portsnet, portsnet_each, running
from tests.deploy.people import PASSWORD, accepted, invited

pytestmark = pytest.mark.slow
ROOMS = ("deploy", "gateway", "migrations", "services", "shared")
CARD = "/api/v1/registry/communities/mx-manzanillo"


@pytest.fixture(scope="module")
def own_files() -> Iterator[Path]:
    """The platform's own files, once more; at one place, so that they are compiled once."""
    with open_folder() as folder:
        for room in ROOMS:
            shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__", "static"))
        for static in ROOT.glob("services/*/static"):
            (folder / static.relative_to(ROOT)).symlink_to(static)
        yield folder


@pytest.fixture
def release(own_files: Path) -> Iterator[Path]:
    """The platform's own files, of which data and migrations are to be changed."""
    yield own_files
    for changed in ("migrations", *(f"services/{name}/data" for name in SERVICES)):
        if (ROOT / changed).exists():
            shutil.rmtree(own_files / changed)
            shutil.copytree(ROOT / changed, own_files / changed, ignore=shutil.ignore_patterns("__pycache__"))


def test_a_wrong_reference_file_stops_the_start_before_anything_is_loaded(release: Path, folder: Path):
    path = release / "services" / "indicators" / "data" / "indicators.yaml"
    text = path.read_text()
    path.write_text(text.replace("polarity: lower", "polarity: sideways", 1))
    said = complaint(portsnet("up", data=folder / "data", settings={"PORTSNET_PORT": str(free_port())}, root=release))
    assert re.search(rf"{re.escape(str(path))}, line \d+: \S.*polarity", said)
    loaded = portsnet("seed", data=folder / "data")
    assert loaded.stdout.startswith("Loaded 34 communities"), loaded.stderr


def test_migrating_and_loading_twice_is_harmless(folder: Path):
    asked = [([command], {}) for command in ("migrate", "migrate", "seed", "seed", "check")]
    first, second, loaded, again, check = portsnet_each(asked, data=folder / "data")
    assert first.stdout.count("migrated ") == 6
    assert second.stdout == "Everything is up to date.\n"
    assert loaded.stdout.startswith("Loaded 34 communities")
    assert again.stdout == "The reference data was loaded before.\n"
    assert check.returncode == 0, check.stdout


def test_a_migration_that_fails_leaves_the_data_as_they_were(release: Path, data: Path):
    versions = sorted((release / "migrations" / "versions" / "registry").glob("0*.py"))
    (versions[-1].parent / "9001_broken.py").write_text(
        f'''
from alembic import op

revision, down_revision, branch_labels, depends_on = "9001", "{versions[-1].name[:4]}", None, None


def upgrade() -> None:
    op.execute("UPDATE registry.communities SET website = 'https://lost.example.org'")
    op.execute("DROP TABLE registry.signatures CASCADE")
    op.execute("ALTER TABLE registry.communities ADD CONSTRAINT impossible CHECK (code = '')")
'''
    )
    said = complaint(portsnet("up", data=data, settings={"PORTSNET_PORT": str(free_port())}, root=release))
    assert "left as it was" in said
    assert "impossible" in said
    with running(data) as platform, platform.client() as visitor:
        assert visitor.get(CARD).json()["website"] != "https://lost.example.org"
        assert visitor.get("/readyz").status_code == 200


def test_a_database_of_a_newer_platform_is_left_alone(release: Path, data: Path):
    versions = sorted((release / "migrations" / "versions" / "registry").glob("0*.py"))
    (versions[-1].parent / "9001_newer.py").write_text(
        f'revision, down_revision, branch_labels, depends_on = "9001", "{versions[-1].name[:4]}", None, None\n\n\n'
        "def upgrade() -> None:\n    pass\n"
    )
    assert portsnet("migrate", data=data, root=release).stdout == "migrated registry 9001\n"
    said = complaint(portsnet("up", data=data, settings={"PORTSNET_PORT": str(free_port())}))
    assert "9001" in said


class OldServer(socketserver.ThreadingTCPServer):
    """Passes everything on to a real server, and says that it is PostgreSQL 14."""

    daemon_threads = True

    def __init__(self, behind: Path) -> None:
        super().__init__(("127.0.0.1", 0), OldServerConnection)
        self.behind = str(behind)


class OldServerConnection(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with socket.socket(socket.AF_UNIX) as behind:
            behind.connect(self.server.behind)
            asking = threading.Thread(target=self.pass_on, args=(self.request, behind), daemon=True)
            asking.start()
            self.pass_on(behind, self.request)
            asking.join(10)

    def pass_on(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while part := source.recv(65536):
                target.sendall(re.sub(rb"1800(\d\d)", rb"1400\1", re.sub(rb"\b18\.", b"14.", part)))
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return


@pytest.fixture
def old_server(up: Running) -> Iterator[OldServer]:
    place = re.search(r"host=([^&]+)", json.loads((up.data / "running.json").read_text())["url"])
    with OldServer(Path(place[1].replace("%2F", "/")) / ".s.PGSQL.5432") as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        yield server
        server.shutdown()
        serving.join()


def test_a_database_server_that_is_too_old_is_refused(old_server: OldServer, folder: Path):
    url = f"postgresql://portsnet:hunter2@127.0.0.1:{old_server.server_address[1]}/portsnet"
    settings = {"PORTSNET_DATABASE_URL": url, "PORTSNET_PORT": "0"}
    asked = [([command], settings) for command in ("up", "migrate", "check")]
    for done in portsnet_each(asked, data=folder / "data"):
        said = complaint(done)
        assert "is PostgreSQL 14." in said
        assert "15 or newer" in said
        assert "hunter2" not in done.stdout + done.stderr


def test_a_database_server_that_does_not_answer_is_named_without_its_password(folder: Path):
    url = f"postgresql://portsnet:hunter2@127.0.0.1:{free_port()}/portsnet"
    done = portsnet("up", data=folder / "data", settings={"PORTSNET_DATABASE_URL": url, "PORTSNET_PORT": "0"})
    assert "127.0.0.1" in complaint(done)
    assert "hunter2" not in done.stdout + done.stderr


@pytest.fixture
async def server_of_others() -> AsyncIterator[EmbeddedPostgres]:
    with open_folder() as folder:
        server = EmbeddedPostgres(folder / "theirs", durable=False)
        await server.start()
        yield server
        await server.stop()


async def ask(server: EmbeddedPostgres, statement: str, database: str = "portsnet") -> object:
    connection = await asyncpg.connect(host=str(server.socket_dir), port=5432, user="portsnet", database=database)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_the_server_that_the_settings_name_is_used(server_of_others: EmbeddedPostgres, folder: Path):
    """By the kind of user that a hosted PostgreSQL gives: owner of a database, may make roles."""
    await ask(server_of_others, "CREATE ROLE owner LOGIN CREATEROLE")
    await ask(server_of_others, "CREATE DATABASE ports OWNER owner")
    url = f"postgresql://owner@/ports?host={server_of_others.socket_dir}&port=5432"
    settings = {"PORTSNET_DATABASE_URL": url}
    with running(folder / "data", settings=settings) as platform:
        assert len(platform.invitations) == 1
        with platform.client() as visitor:
            assert visitor.get("/api/v1/registry/communities").json()["total"] == 34
        assert platform.stop() == 0
    assert not (folder / "data" / "postgres").exists()
    assert await ask(server_of_others, "SELECT count(*) FROM registry.communities", "ports") == 34
    with running(folder / "data", settings=settings) as again:
        assert again.invitations == []
        with again.client() as visitor:
            assert visitor.get("/readyz").status_code == 200


@pytest.fixture(scope="module")
def backup(up: Running, place: Path) -> Path:
    """An archive of a platform that runs: with an account, a changed card and a stored file."""
    with up.client() as secretary:
        accepted(secretary, invited(up, "secretariat", name="keeper"), "keeper")
        tag = secretary.get(CARD).headers["etag"]
        changed = secretary.patch(CARD, json={"website": "https://kept.example.org"}, headers={"If-Match": tag})
        assert changed.status_code == 200
    (up.data / "objects" / "ab").mkdir(parents=True)
    (up.data / "objects" / "ab" / "abcdef").write_bytes(b"minutes of the meeting" * 1000)
    (up.data / "objects" / "workspace" / "incoming").mkdir(parents=True, exist_ok=True)
    (up.data / "objects" / "workspace" / "incoming" / "half").write_bytes(b"still com")
    archive = place / "backup.tar"
    done = portsnet("backup", str(archive), data=up.data, settings={"PORTSNET_PORT": str(up.port)})
    assert done.returncode == 0, done.stderr
    return archive


def test_a_backup_is_for_its_owner_alone_and_never_written_over(backup: Path, up: Running):
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    before = backup.read_bytes()
    assert "exists already" in complaint(portsnet("backup", str(backup), data=up.data))
    assert backup.read_bytes() == before
    assert not list(backup.parent.glob(".*.part"))


def test_a_backup_into_a_folder_that_is_not_there_says_so(up: Running, folder: Path):
    assert "nowhere" in complaint(portsnet("backup", str(folder / "nowhere" / "x.tar"), data=up.data))
    assert "nothing to back up" in complaint(portsnet("backup", str(folder / "x.tar"), data=folder / "never"))


def test_what_was_backed_up_comes_back(backup: Path, folder: Path):
    done = portsnet("restore", str(backup), data=folder / "data")
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE((folder / "data" / "secret").stat().st_mode) == 0o600
    assert (folder / "data" / "objects" / "ab" / "abcdef").read_bytes() == b"minutes of the meeting" * 1000
    assert not (folder / "data" / "objects" / "workspace" / "incoming").exists()
    with running(folder / "data") as platform, platform.client() as keeper:
        assert platform.invitations == []
        assert "migrated" not in platform.complained
        assert keeper.get(CARD).json()["website"] == "https://kept.example.org"
        signed_in = keeper.post("/auth/login", json={"username": "keeper", "password": PASSWORD})
        assert signed_in.status_code == 200, signed_in.text
        csrf = {"X-CSRF-Token": keeper.get("/auth/me").json()["csrf_token"]}
        wanted = {"email": "later@example.org", "role": "secretariat"}
        assert keeper.post("/api/v1/identity/invitations", json=wanted, headers=csrf).status_code == 201
    done = portsnet("restore", str(backup), data=folder / "data")
    assert "data in this database already" in complaint(done)


def test_a_restore_beside_a_running_platform_is_refused(backup: Path, up: Running):
    assert "stop it" in complaint(portsnet("restore", str(backup), data=up.data))
    with up.client() as visitor:
        assert visitor.get("/readyz").status_code == 200


def test_a_damaged_archive_is_refused_and_nothing_begun(backup: Path, folder: Path):
    whole = backup.read_bytes()
    middle = whole.index(b"PGDMP") + 5000
    damaged = {
        "flipped.tar": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "short.tar": whole[: len(whole) // 2],
        "empty.tar": b"",
        "other.tar": b"not an archive" * 1000,
    }
    for name, content in damaged.items():
        (folder / name).write_bytes(content)
    with tarfile.open(folder / "without-manifest.tar", "w") as archive:
        archive.add(folder / "other.tar", arcname="database.dump")
    names = [*damaged, "without-manifest.tar", "absent.tar"]
    done = portsnet_each([(["restore", str(folder / name)], {}) for name in names], data=folder / "data")
    for name, one in zip(names, done, strict=True):
        assert name in complaint(one)
    assert not (folder / "data" / "postgres").exists()


def test_a_backup_needs_the_secret_it_was_made_with(backup: Path, folder: Path):
    other = {"PORTSNET_SECRET_KEY": "another secret than the one of the backup, but long"}
    assert "PORTSNET_SECRET_KEY" in complaint(portsnet("restore", str(backup), data=folder / "data", settings=other))
    assert not (folder / "data" / "postgres").exists()
