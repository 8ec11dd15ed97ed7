"""Fixtures are people and things; see `platform.py` for the database and `people.py` for the people."""

import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from deploy.developer.scratch import in_memory
from deploy.local.composition import Platform
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.serving import collect_seldom
from shared import logs
from tests.people import Person, everybody, somebody, visitor
from tests.platform import Server, settings_for

logs.configure("WARNING")
COMMUNITY = "mx-manzanillo"
COMMITTEE = "research-and-innovation"


def pytest_collection_finish() -> None:
    collect_seldom()


@pytest.fixture(scope="session")
async def server() -> AsyncIterator[Server]:
    with tempfile.TemporaryDirectory(prefix="portsnet-tests-", dir=in_memory()) as name:
        folder = Path(name)
        postgres = EmbeddedPostgres(folder, durable=False)
        await postgres.start()
        made = Server(postgres, settings_for(folder))
        try:
            await made.make_template()
            yield made
        finally:
            await made.close()
            await postgres.stop()


@pytest.fixture(scope="session")
def applications(server: Server) -> Platform:
    """The applications, built once; `platform` connects them to a database of the test's own."""
    return Platform(server.settings)


@pytest.fixture
async def database_url(server: Server) -> AsyncIterator[str]:
    """A migrated and seeded database that only this test sees."""
    async with server.clone() as url:
        yield url


@pytest.fixture
async def platform(applications: Platform, database_url: str) -> AsyncIterator[Platform]:
    """The platform on a fresh database, its job workers at rest (`await platform.run_jobs()` runs what is queued)."""
    await applications.connect(database_url, work=False)
    try:
        yield applications
    finally:
        await applications.disconnect()


@pytest.fixture
async def public(platform: Platform) -> Person:
    return visitor(platform)


@pytest.fixture
async def secretariat(platform: Platform) -> Person:
    return await somebody(platform, "secretary", ("secretariat", "network"))


@pytest.fixture
async def coordinator(platform: Platform) -> Person:
    return await somebody(platform, "coordinator", ("coordinator", f"community:{COMMUNITY}"))


@pytest.fixture
async def foreign_coordinator(platform: Platform) -> Person:
    return await somebody(platform, "foreigner", ("coordinator", "community:cl-biobio"))


@pytest.fixture
async def respondent(platform: Platform) -> Person:
    return await somebody(platform, "respondent", ("respondent", f"community:{COMMUNITY}", "customs"))


@pytest.fixture
async def data_provider(platform: Platform) -> Person:
    return await somebody(platform, "provider", ("data_provider", f"community:{COMMUNITY}"))


@pytest.fixture
async def chair(platform: Platform) -> Person:
    return await somebody(platform, "chair", ("chair", f"committee:{COMMITTEE}"))


@pytest.fixture
async def member(platform: Platform) -> Person:
    return await somebody(platform, "member", ("member", f"committee:{COMMITTEE}"))


@pytest.fixture
async def everyone(platform: Platform) -> Mapping[str, Person]:
    """One person of every role by the role's name; for tables of permissions."""
    return await everybody(platform, COMMUNITY, COMMITTEE)
