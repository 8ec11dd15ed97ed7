"""`portsnet up --separate`: a process per service and the gateway in front, each restarted when it dies."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import structlog

from deploy.local.apart import secret_for
from deploy.local.serving import PortTrouble, listen
from migrations.running import role_url
from shared.settings import SERVICES, Settings
from shared.transports import remote_client

log = structlog.get_logger(__name__)
PARTS = (*SERVICES, "gateway")
STEADY_AFTER = 30.0
"""Seconds after which a process counts as started well, so that its next death is answered at once."""


@dataclass
class Part:
    """A process of the platform. Its socket belongs to us, so callers wait while it starts anew."""

    name: str
    socket: socket.socket
    environment: dict[str, str]
    process: asyncio.subprocess.Process | None = None
    deaths: int = 0
    started_at: float = field(default_factory=time.monotonic)


async def serve_separately(
    settings: Settings, admin_url: str, front: socket.socket, *, ready: Callable[[], None]
) -> None:
    """Run every part until SIGTERM or Ctrl-C, then stop them all."""
    reading, writing = os.pipe()
    sockets = {name: listen("127.0.0.1", 0) for name in SERVICES} | {"gateway": front}
    addresses = {name: f"http://127.0.0.1:{found.getsockname()[1]}" for name, found in sockets.items()}
    host = front.getsockname()[0]
    if host not in ("0.0.0.0", "::", "127.0.0.1"):  # noqa: S104 -- compared, not bound
        addresses["gateway"] = f"http://{f'[{host}]' if ':' in host else host}:{front.getsockname()[1]}"
    parts = [Part(name, sockets[name], environment_of(settings, admin_url, name, addresses)) for name in PARTS]
    leaving = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, leaving.set)
    keepers = [asyncio.create_task(_keep(part, reading, leaving)) for part in parts]
    try:
        await _until_ready(addresses["gateway"], leaving)
        if not leaving.is_set():
            ready()
        await leaving.wait()
    finally:
        leaving.set()
        for part in reversed(parts):  # the gateway first, so that nobody is sent to a service that is leaving
            await _stop(part)
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
        os.close(reading)
        os.close(writing)
        for found in sockets.values():
            found.close()


def environment_of(settings: Settings, admin_url: str, name: str, addresses: dict[str, str]) -> dict[str, str]:
    schema = "identity" if name == "gateway" else name
    return {
        **os.environ,
        **{f"PORTSNET_{part.upper()}_URL": url for part, url in addresses.items()},
        "PORTSNET_DATABASE_URL": role_url(admin_url, schema, settings.secret),
        "PORTSNET_SECRET_KEY": secret_for(settings, name).get_secret_value(),
        "PORTSNET_PUBLIC_URL": settings.origin,
        "PORTSNET_DATA_DIR": str(settings.data_dir.resolve()),
    }


async def _keep(part: Part, parent: int, leaving: asyncio.Event) -> None:
    while not leaving.is_set():
        part.started_at = time.monotonic()
        part.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "deploy.local.part", part.name, str(part.socket.fileno()), str(parent),
            env=part.environment, pass_fds=(part.socket.fileno(), parent), start_new_session=True,
        )  # fmt: skip
        code = await part.process.wait()
        if leaving.is_set():
            return
        part.deaths = 0 if time.monotonic() - part.started_at > STEADY_AFTER else part.deaths + 1
        pause = min(0.1 * 2 ** min(part.deaths, 8), 15.0)
        log.warning("a part died and is started again", part=part.name, code=code, pause=pause)
        await asyncio.sleep(pause)


async def _stop(part: Part) -> None:
    process = part.process
    if process is None or process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), 15)
    except TimeoutError:
        process.kill()
        await process.wait()


async def _until_ready(gateway: str, leaving: asyncio.Event) -> None:
    """Wait until the gateway says that every service answers. Raises PortTrouble after a minute."""
    deadline = time.monotonic() + 60
    async with remote_client(gateway, timeout=3) as client:
        while time.monotonic() < deadline and not leaving.is_set():
            try:
                if (await client.get("/readyz")).status_code == 200:
                    return
            except httpx.HTTPError:
                log.debug("not ready yet")
            await asyncio.sleep(0.05)
    if not leaving.is_set():
        raise PortTrouble("The platform did not become ready within a minute; the lines above say why.")
