"""Which database: the server that the settings name, the embedded one, or the embedded one of a platform that runs."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.postgres import DatabaseTrouble, EmbeddedPostgres, check_server
from deploy.local.postgres_process import is_held
from shared.settings import Settings


@dataclass(frozen=True)
class Found:
    """A database to work on; `server` is ours to stop, None when somebody else's."""

    url: str
    server: EmbeddedPostgres | None


@asynccontextmanager
async def database_for_serving(settings: Settings) -> AsyncIterator[Found]:
    """The database of a platform that is about to serve. Raises DatabaseTrouble when one runs on this data already."""
    if settings.database_url is not None:
        url = with_driver(settings.database_url.get_secret_value())
        await check_server(url)
        yield Found(url, None)
        return
    server = EmbeddedPostgres(settings.data_dir)
    await server.start()
    notice = settings.data_dir / "running.json"
    notice.write_text(json.dumps({"pid": os.getpid(), "url": server.url(), "origin": settings.origin}))
    notice.chmod(0o600)
    try:
        yield Found(server.url(), server)
    finally:
        notice.unlink(missing_ok=True)
        await server.stop()


@asynccontextmanager
async def database_for_a_command(settings: Settings) -> AsyncIterator[Found]:
    """The database for a command: that of the running platform, else started for as long as the command takes."""
    if settings.database_url is None and (url := running_url(settings.data_dir)) is not None:
        yield Found(url, None)
        return
    async with database_for_serving(settings) as found:
        yield found


def running_url(data_dir: Path) -> str | None:
    """The address of the embedded database of a platform that runs on this data folder now."""
    try:
        notice = json.loads((data_dir / "running.json").read_text())
        os.kill(notice["pid"], 0)
        held = is_held(data_dir)  # the number may have gone to another process, even to this one in a container
    except (OSError, ValueError, KeyError):
        return None
    return str(notice["url"]) if held else None


def with_driver(url: str) -> str:
    """The address with the driver that the platform uses, whichever way it was written."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+asyncpg://" + url.removeprefix(prefix)
    return url


__all__ = ["DatabaseTrouble", "Found", "database_for_a_command", "database_for_serving", "running_url", "with_driver"]
