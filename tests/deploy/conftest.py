"""Things of the command's tests: a platform that was started once, one that runs, a folder of one's own."""

import fcntl
import os
import pickle
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local.postgres import EmbeddedPostgres
from tests.deploy.command import Running, begin, copy_of, open_folder, running, until


@dataclass(frozen=True)
class Ended:
    """What a start said that never came so far as to be ready."""

    said: str
    complained: str
    status: int


@dataclass(frozen=True)
class FirstStart:
    """What the very first start said, and the data that it left when it was stopped. Somebody had told one before it to
    end while it was still making the database."""

    data: Path
    origin: str
    said: str
    complained: str
    invitations: list[str]
    status: int
    broken_off: Ended


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def first_start(place: Path) -> FirstStart:
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    return started_once(Path(tempfile.gettempdir()) / f"portsnet-{run}") if run else started(place)


def started_once(shared: Path) -> FirstStart:
    """One first start for all processes of the tests: whoever comes second waits for it."""
    shared.mkdir(exist_ok=True)
    kept = shared / "first-start"
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_bytes(pickle.dumps(started(shared)))
        found: FirstStart = pickle.loads(kept.read_bytes())
        return found


def started(place: Path) -> FirstStart:
    broken_off = told_to_end_at_once(place / "first")
    with running(place / "first") as platform:
        status = platform.stop()
        return FirstStart(
            platform.data, platform.origin, platform.said, platform.complained, platform.invitations, status, broken_off
        )


def told_to_end_at_once(data: Path) -> Ended:
    platform = begin(data)
    try:
        until((data / "postgres.log").exists, 30, "the database is being made")
        return Ended(status=platform.stop(signal.SIGINT), said=platform.said, complained=platform.complained)
    finally:
        platform.process.kill()
        platform.process.wait()


@pytest.fixture(scope="session")
def up(first_start: FirstStart, place: Path) -> Iterator[Running]:
    """A platform that runs, started for the second time; nobody stops it."""
    with running(copy_of(first_start.data, place / "up")) as platform:
        yield platform


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder that every user of the system can reach."""
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
async def made_database(place: Path) -> Path:
    """The data folder of a database that was made and stopped. Making one takes longer than copying it."""
    database = EmbeddedPostgres(place / "database", durable=False)
    await database.start()
    await database.stop()
    return database.data_dir


@pytest.fixture
def a_database_in(made_database: Path, folder: Path) -> Path:
    """A data folder of the test's own, with a database in it."""
    return copy_of(made_database, folder / "data")


@pytest.fixture
async def database(a_database_in: Path) -> AsyncIterator[EmbeddedPostgres]:
    database = EmbeddedPostgres(a_database_in, durable=False)
    yield database
    await database.stop()


@pytest.fixture
async def new_database(folder: Path) -> AsyncIterator[EmbeddedPostgres]:
    """One that is not made yet."""
    database = EmbeddedPostgres(folder / "data", durable=False)
    yield database
    await database.stop()


@pytest.fixture
def data(first_start: FirstStart, folder: Path) -> Path:
    """The data of a platform that was started and stopped once."""
    return copy_of(first_start.data, folder / "data")
