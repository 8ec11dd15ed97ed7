"""How much the gateway costs: direct against through it, in one process and in two, and against nginx."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.local.composition import Platform
from deploy.local.separate import environment_of
from deploy.local.serving import listen
from shared.callers import Caller
from shared.settings import SERVICES
from shared.transports import remote_client
from tests.benchmarks.load import Rate, measure_in_turn
from tests.benchmarks.platforms import prepared
from tests.people import somebody

PATH = "/api/v1/registry/stakeholder-types"
ROUNDS = 9
NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log error;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  upstream service {{ server 127.0.0.1:{service}; keepalive 64; }}
  upstream check {{ server 127.0.0.1:{check}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      auth_request /check; auth_request_set $token $upstream_http_x_token;
      proxy_set_header Authorization $token; proxy_set_header Cookie ""; proxy_set_header Connection "";
      proxy_http_version 1.1; proxy_pass http://service;
    }}
    location = /check {{
      internal; proxy_pass_request_body off; proxy_set_header Content-Length ""; proxy_set_header Connection "";
      proxy_http_version 1.1; proxy_pass http://check/auth/check;
    }}
  }}
}}
"""


@dataclass(frozen=True)
class Figures:
    """`direct`, `one_process`, `separate`: before the registry. What is `light`: before a service that costs nothing."""

    direct: Rate
    one_process: Rate
    separate: Rate
    light_direct: Rate
    light_separate: Rate
    light_nginx: Rate
    light_nginx_bare: Rate


async def measured() -> Figures:
    """Everything side by side: two services, the gateways, nginx with the same check and with less than that."""
    async with prepared() as made:
        return await _measured_before(made.platform, made.url, made.folder)


async def _measured_before(platform: Platform, url: str, folder: Path) -> Figures:
    settings, minter = platform.settings, platform.gateway.own.state.minter
    person = await somebody(platform, "bench", ("coordinator", "community:mx-manzanillo"))
    cookie = f"{platform.gateway.front.cookie}={person.cookies[platform.gateway.front.cookie]}"
    caller = Caller(kind="user", id=person.user_id, name="Bench", grants=())
    sockets = {
        part: listen("127.0.0.1", 0)
        for part in (*SERVICES, "gateway", "whole", "light", "before light", "check", "bare")
    }
    ports = {part: found_socket.getsockname()[1] for part, found_socket in sockets.items()}
    at = {part: f"http://127.0.0.1:{port}" for part, port in ports.items()}
    addresses = {part: at[part] for part in (*SERVICES, "gateway")}
    of_gateway = environment_of(settings, url, "gateway", addresses)
    before_light = environment_of(settings, url, "gateway", addresses | {"registry": at["light"]})
    of_registry = environment_of(settings, url, "registry", addresses)
    whole = dict(os.environ) | {
        "PORTSNET_DATABASE_URL": url, "PORTSNET_SECRET_KEY": settings.secret.decode(),
        "PORTSNET_PUBLIC_URL": settings.origin, "PORTSNET_DATA_DIR": str(settings.data_dir),
    }  # fmt: skip
    programs: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
        "registry": (of_registry, ("deploy.local.part", "registry", "SOCKET", "-")),
        "gateway": (of_gateway, ("deploy.local.part", "gateway", "SOCKET", "-")),
        "whole": (whole, ("tests.benchmarks.whole", "SOCKET")),
        "light": (of_registry, ("tests.benchmarks.light_service", "SOCKET")),
        "before light": (before_light, ("deploy.local.part", "gateway", "SOCKET", "-")),
        "check": (of_gateway, ("tests.benchmarks.auth_request", "SOCKET", "whole")),
        "bare": (of_gateway, ("tests.benchmarks.auth_request", "SOCKET", "bare")),
    }
    with contextlib.ExitStack() as stack:
        for part, (environment, arguments) in programs.items():
            stack.enter_context(_process(arguments, environment, sockets[part]))
        nginx = stack.enter_context(_nginx(folder, "nginx", ports["light"], ports["check"]))
        nginx_bare = stack.enter_context(_nginx(folder, "nginx-bare", ports["light"], ports["bare"]))
        for part in ("registry", "gateway", "whole", "light", "before light", "check"):
            await _until_up(at[part])
        rates: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            token = {"Authorization": f"Bearer {minter.mint(caller, 'registry')[0]}"}
            targets = {
                "direct": (at["registry"] + PATH, token),
                "one_process": (at["whole"] + PATH, {"Cookie": cookie}),
                "separate": (at["gateway"] + PATH, {"Cookie": cookie}),
                "light_direct": (at["light"] + PATH, token),
                "light_separate": (at["before light"] + PATH, {"Cookie": cookie}),
                "light_nginx": (nginx + PATH, {"Cookie": cookie}),
                "light_nginx_bare": (nginx_bare + PATH, {"Cookie": cookie}),
            }
            once = await asyncio.to_thread(measure_in_turn, targets, rounds=1, seconds=3)
            for target, rate in once.items():
                rates.setdefault(target, []).extend(rate.runs)
    return Figures(**{target: Rate(tuple(runs)) for target, runs in rates.items()})


@contextlib.contextmanager
def _process(arguments: tuple[str, ...], environment: dict[str, str], on: socket.socket) -> Iterator[None]:
    given = [str(on.fileno()) if argument == "SOCKET" else argument for argument in arguments]
    process = subprocess.Popen(
        [sys.executable, "-m", *given], env=environment | {"PORTSNET_RATE_LIMIT": ""}, pass_fds=(on.fileno(),)
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@contextlib.contextmanager
def _nginx(folder: Path, name: str, service: int, check: int) -> Iterator[str]:
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    if not Path(program).exists():
        raise SystemExit("The comparison needs nginx: install your system's package.")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    place = folder / name
    place.mkdir()
    file = place / "nginx.conf"
    file.write_text(NGINX.format(folder=place, service=service, check=check, port=port))
    process = subprocess.Popen([program, "-c", str(file), "-p", str(place)], stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


async def _until_up(address: str) -> None:
    async with remote_client(address, timeout=2) as client:
        for _ in range(600):
            with contextlib.suppress(Exception):
                if (await client.get("/healthz")).status_code == 200:
                    return
            await asyncio.sleep(0.05)
    raise SystemExit(f"{address} did not come up.")


async def figures() -> AsyncIterator[str]:
    """The lines of the report."""
    found = await measured()
    rows = (
        ("Service called directly", found.direct, found.direct, "–"),
        ("Gateway, one process", found.one_process, found.direct, "at least 0.85"),
        ("Gateway, separate processes", found.separate, found.direct, "at least 0.40"),
        ("Light service called directly", found.light_direct, found.light_direct, "–"),
        ("Gateway before it, separate processes", found.light_separate, found.light_direct, "–"),
        ("nginx with `auth_request`, the same check", found.light_nginx, found.light_direct, "–"),
        ("nginx with `auth_request`, a bare look-up", found.light_nginx_bare, found.light_direct, "–"),
    )
    for name, rate, against, wanted in rows:
        yield f"| {name} | {rate.median:,.0f} | {rate.spread} | {rate.of(against):.2f} | {wanted} |"
    yield ""
    yield "The light service only checks the internal token, so that what stands before it shows. *The same check* is the gateway's"
    yield "own front door with one more route of its own, asked by nginx; *a bare look-up* is written for the comparison alone and"
    yield "checks the session and nothing else (no path, limit, origin, address)."
    yield ""
    same, bare = found.light_separate.of(found.light_nginx), found.light_separate.of(found.light_nginx_bare)
    yield f"Gateway in separate processes against nginx with the same check: **{same:.2f}** (at least 1.3); with the bare look-up: {bare:.2f}."
