"""Hearing what PostgreSQL tells every process (LISTEN), through restarts of the server."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import structlog
from sqlalchemy.engine import URL

from shared.connections import own_connection

log = structlog.get_logger(__name__)


async def listen(
    url: str | URL,
    channel: str,
    hear: Callable[[str], None],
    *,
    begin: Callable[[], None],
    lose: Callable[[], None] = lambda: None,
) -> None:
    """Hear what is told on a channel, for ever: cancel the task to stop.

    `begin` is called whenever the line stands, since something may have been told before; `lose` when it is gone.
    None of them may wait.
    """
    while True:
        try:
            await _listen_once(url, channel, hear, begin, lose)
        except Exception as error:  # whatever the driver raises: the line is tried again
            log.warning("not hearing", channel=channel, error=str(error))
        await asyncio.sleep(1)


async def _listen_once(
    url: str | URL, channel: str, hear: Callable[[str], None], begin: Callable[[], None], lose: Callable[[], None]
) -> None:
    connection = await own_connection(url)
    gone = asyncio.Event()
    connection.add_termination_listener(lambda _: gone.set())
    try:
        await connection.add_listener(channel, lambda _connection, _process, _channel, told: hear(str(told)))
        begin()
        await gone.wait()
    finally:
        lose()
        with suppress(Exception):
            await connection.close(timeout=1)
