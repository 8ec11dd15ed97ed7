"""Serving: the whole platform in one process, or one part of it."""

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator

import httpx
import uvicorn
from pydantic import SecretStr
from sqlalchemy.engine import make_url
from starlette.types import ASGIApp

from deploy.local.composition import SERVICES, VERSION, Platform, remote_reach, remote_upstreams
from deploy.local.databases import with_driver
from gateway.app import Gateway
from migrations.running import role_of, role_url
from shared.ending import begin_to_end
from shared.peers import Peers, service_secret
from shared.service import Surroundings, connected
from shared.settings import Settings
from shared.transports import remote_client


class PortTrouble(Exception):
    """One clear sentence for the operator."""


class QuietServer(uvicorn.Server):
    """Leaves signals to us, so that everything is put away before the process ends."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises PortTrouble when the port is taken or not ours to take."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
    except OSError as error:
        found.close()
        reason = {
            98: "something else listens there already", 48: "something else listens there already",
            13: "ports below 1024 are not open to ordinary users",
        }.get(error.errno or 0, error.strerror or "it cannot be used")  # fmt: skip
        raise PortTrouble(
            f"The platform cannot listen on {host}:{port}: {reason}. Choose another port with PORTSNET_PORT."
        ) from None
    found.listen(2048)
    return found


async def serve(app: ASGIApp, on: socket.socket, *, ready: Callable[[], None], parent: int | None = None) -> None:
    """Serve until SIGTERM, Ctrl-C, or the parent process ends; requests under way get ten seconds."""
    config = uvicorn.Config(
        app, lifespan="off", log_level="warning", access_log=False, server_header=False, date_header=True,
        timeout_graceful_shutdown=10, timeout_keep_alive=75, http="httptools", loop="uvloop", ws="none",
        proxy_headers=False, h11_max_incomplete_event_size=64 * 1024,
    )  # fmt: skip
    server = QuietServer(config)
    loop = asyncio.get_running_loop()

    def leave() -> None:
        begin_to_end()
        server.should_exit = True

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, leave)
    if parent is not None:
        loop.add_reader(parent, leave)  # readable means that the other end was closed: the parent is gone
    gc.collect()
    gc.freeze()  # what a start leaves behind stays: the collector need not look through it again and again
    serving = asyncio.create_task(server.serve(sockets=[on]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    if not serving.done():
        ready()
    await serving
    if parent is not None:
        loop.remove_reader(parent)


async def serve_platform(platform: Platform, admin_url: str, on: socket.socket, *, ready: Callable[[], None]) -> None:
    """The whole platform in this process."""
    await platform.connect(admin_url)
    try:
        await serve(platform.app, on, ready=ready)
    finally:
        await platform.disconnect()


async def serve_part(name: str, settings: Settings, on: socket.socket, *, parent: int | None = None) -> None:
    """One service, or the gateway; `PORTSNET_DATABASE_URL` is the address with the part's own role."""
    if settings.database_url is None:
        raise PortTrouble(f"PORTSNET_DATABASE_URL must be set for {name} when it runs apart.")
    url = settings.database_url.get_secret_value()
    if name == "gateway":
        gateway = Gateway(settings, remote_upstreams(settings), VERSION)
        peers = Peers("gateway", service_secret(settings.secret, "gateway"), remote_reach(settings))
        await gateway.connect(url, peers)
        try:
            await serve(gateway.front, on, ready=_silent, parent=parent)
        finally:
            await gateway.disconnect()
        return
    reach = remote_reach(settings)
    keys_from = remote_client(settings.gateway_url or settings.origin, timeout=5)

    async def fetch_keys() -> dict[str, object]:
        try:
            answer = await keys_from.get("/.well-known/jwks.json")
            found: dict[str, object] = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise OSError("the gateway's keys cannot be read now") from error
        return found

    surroundings = Surroundings(
        settings=settings, database_url=url, peers=Peers(name, settings.secret, reach), fetch_keys=fetch_keys
    )
    try:
        async with connected(SERVICES[name].application(), surroundings) as app:
            await serve(app, on, ready=_silent, parent=parent)
    finally:
        await keys_from.aclose()


def settings_of_part(name: str, settings: Settings) -> Settings:
    """What a part needs out of the settings of the whole: its own role and secret.

    An operator who gives the part its role's address and its own secret already (`portsnet_<schema>` as the user)
    is taken at their word, so that a container need not know more than its part.
    """
    if settings.database_url is None:
        raise PortTrouble(f"PORTSNET_DATABASE_URL must be set for {name} when it runs apart.")
    schema = "identity" if name == "gateway" else name
    url = with_driver(settings.database_url.get_secret_value())
    if make_url(url).username != role_of(schema):
        role = SecretStr(role_url(url, schema, settings.secret))
        return settings.model_copy(update={"database_url": role, "secret_key": secret_for(settings, name)})
    return settings.model_copy(update={"database_url": SecretStr(url)})


def secret_for(master: Settings, name: str) -> SecretStr:
    """What a part that runs apart is given: the gateway the master secret, a service its own."""
    if name == "gateway":
        return SecretStr(master.secret.decode())
    return SecretStr(service_secret(master.secret, name).decode())


def _silent() -> None:
    return None


def run(main: Callable[[], Awaitable[None]]) -> int:
    """Run on uvloop. SIGTERM and Ctrl-C let `main` put away what it opened; 0, or 128 and the number of that signal."""
    import uvloop

    return int(uvloop.run(_run_until_told_to_leave(main)))


async def _run_until_told_to_leave(main: Callable[[], Awaitable[None]]) -> int:
    loop = asyncio.get_running_loop()
    running = asyncio.ensure_future(main())
    told: list[int] = []

    def leave(number: int) -> None:
        told.append(number)
        running.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, leave, number)
    try:
        await running
    except asyncio.CancelledError:
        if not told:
            raise
        return 128 + told[0]
    return 0
