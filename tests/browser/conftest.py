"""The platform of a test, served on a loopback port of this process, and a browser to look at it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from playwright.async_api import Browser

from deploy.local.composition import Platform
from deploy.local.serving import QuietServer, listen
from tests.browser.chromium import launched
from tests.platform import Server, settings_for


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@asynccontextmanager
async def served(platform: Platform, on: socket.socket) -> AsyncIterator[str]:
    """The address at which a connected platform answers."""
    config = uvicorn.Config(platform.app, lifespan="off", log_level="warning", access_log=False, ws="none")
    server = QuietServer(config)
    serving = asyncio.create_task(server.serve(sockets=[on]))
    try:
        yield platform.settings.origin
    finally:
        server.should_exit = server.force_exit = True
        await serving


@pytest.fixture(scope="session")
def listening() -> Iterator[socket.socket]:
    with listen("127.0.0.1", 0) as on:
        yield on


@pytest.fixture(scope="session")
def applications(server: Server, listening: socket.socket) -> Platform:
    """Like everywhere, but they know at which port they are found: forms of other origins are refused."""
    return Platform(settings_for(server.settings.data_dir, port=listening.getsockname()[1]))


@pytest.fixture
async def origin(platform: Platform, listening: socket.socket) -> AsyncIterator[str]:
    """The address of the test's platform."""
    with socket.socket(fileno=socket.dup(listening.fileno())) as on:
        async with served(platform, on) as address:
            yield address
