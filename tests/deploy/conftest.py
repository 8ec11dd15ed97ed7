"""Things of the command's tests: a platform that was started once, one that runs, a folder of one's own."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.deploy.command import Running, copy_of, open_folder, running


@dataclass(frozen=True)
class FirstStart:
    """What the very first start said, and the data that it left when it was stopped."""

    data: Path
    origin: str
    said: str
    complained: str
    invitations: list[str]
    status: int


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def first_start(place: Path) -> FirstStart:
    with running(place / "first") as platform:
        status = platform.stop()
        return FirstStart(
            platform.data, platform.origin, platform.said, platform.complained, platform.invitations, status
        )


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


@pytest.fixture
def data(first_start: FirstStart, folder: Path) -> Path:
    """The data of a platform that was started and stopped once."""
    return copy_of(first_start.data, folder / "data")
