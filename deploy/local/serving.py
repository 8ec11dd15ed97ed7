"""Serving: the whole platform in one process; `apart.py` serves one part of it."""

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING

import uvicorn
from starlette.types import ASGIApp

from shared.ending import begin_to_end
from shared.trouble import Trouble

if TYPE_CHECKING:  # a part that runs apart needs no other part
    from deploy.local.composition import Platform


class PortTrouble(Trouble):
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
    collect_seldom()
    serving = asyncio.create_task(server.serve(sockets=[on]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    if not serving.done():
        ready()
    await serving
    if parent is not None:
        loop.remove_reader(parent)


def collect_seldom() -> None:
    """What a start leaves behind stays, so the garbage collector leaves it alone, and looks less often at the rest.

    A request makes thousands of objects that die without it; by its defaults it would run every seven hundred of them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


async def serve_platform(platform: "Platform", admin_url: str, on: socket.socket, *, ready: Callable[[], None]) -> None:
    """The whole platform in this process."""
    await platform.connect(admin_url)
    try:
        await serve(platform.app, on, ready=ready)
    finally:
        await platform.disconnect()


def run(main: Callable[[], Awaitable[None]]) -> int:
    """Run on uvloop. SIGTERM and Ctrl-C let `main` put away what it opened; 0, or 128 and the number of that signal.

    What was imported until now stays, so the garbage collector, which may have been off for it, leaves it alone.
    """
    import uvloop

    gc.freeze()
    gc.enable()
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
