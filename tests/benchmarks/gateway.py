"""How much the gateway costs: direct against through it, in one process and in two, and against nginx."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from deploy.local.composition import Platform
from deploy.local.databases import database_for_serving
from deploy.local.first_start import prepare
from deploy.local.separate import environment_of
from deploy.local.serving import listen
from shared.callers import Caller
from shared.settings import SERVICES, Settings
from shared.transports import remote_client
from tests.benchmarks.load import Rate, measure_in_turn
from tests.people import somebody

PATH = "/api/v1/registry/stakeholder-types"
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
      proxy_http_version 1.1; proxy_pass http://check;
    }}
  }}
}}
"""


@dataclass(frozen=True)
class Figures:
    one_process: Rate
    separate: Rate
    nginx: Rate
    direct: Rate


async def measured() -> Figures:
    """Everything side by side: the service, the two gateways, nginx with the same check."""
    with tempfile.TemporaryDirectory(prefix="portsnet-bench-") as name:
        folder = Path(name)
        settings = Settings(
            data_dir=folder / "data", secret_key=SecretStr("of the benchmarks, long enough to serve"), rate_limit="",
            public_url="http://127.0.0.1:8000",
        )  # fmt: skip
        settings.data_dir.mkdir()
        async with database_for_serving(settings) as found:
            platform = Platform(settings)
            await prepare(platform, found.url, say=lambda line: None)
            await platform.connect(found.url, work=False)
            person = await somebody(platform, "bench", ("coordinator", "community:mx-manzanillo"))
            cookie = f"{platform.gateway.front.cookie}={person.cookies[platform.gateway.front.cookie]}"
            caller = Caller(kind="user", id=person.user_id, name="Bench", grants=())
            minter = platform.gateway.own.state.minter
            sockets = {part: listen("127.0.0.1", 0) for part in (*SERVICES, "gateway", "check", "whole")}
            ports = {part: found_socket.getsockname()[1] for part, found_socket in sockets.items()}
            addresses = {part: f"http://127.0.0.1:{ports[part]}" for part in (*SERVICES, "gateway")}
            with contextlib.ExitStack() as stack:
                for part in ("registry", "gateway"):
                    stack.enter_context(
                        _process(
                            ["-m", "deploy.local.part", part, str(sockets[part].fileno()), "-"],
                            environment_of(settings, found.url, part, addresses),
                            sockets[part],
                        )  # fmt: skip
                    )
                stack.enter_context(
                    _process(
                        ["-m", "tests.benchmarks.auth_request", str(sockets["check"].fileno())],
                        environment_of(settings, found.url, "gateway", addresses),
                        sockets["check"],
                    )  # fmt: skip
                )
                whole = dict(os.environ) | {
                    "PORTSNET_DATABASE_URL": found.url, "PORTSNET_SECRET_KEY": settings.secret.decode(),
                    "PORTSNET_RATE_LIMIT": "", "PORTSNET_PUBLIC_URL": settings.origin,
                    "PORTSNET_DATA_DIR": str(settings.data_dir),
                }  # fmt: skip
                stack.enter_context(
                    _process(["-m", "tests.benchmarks.whole", str(sockets["whole"].fileno())], whole, sockets["whole"])
                )
                port = stack.enter_context(_nginx(folder, ports))
                for address in (addresses["registry"], addresses["gateway"], f"http://127.0.0.1:{ports['whole']}"):
                    await _until_up(address)
                token, _ = minter.mint(caller, "registry")

                async def fresh() -> str:
                    return minter.mint(caller, "registry")[0]

                targets = {
                    "direct": (addresses["registry"] + PATH, {"Authorization": f"Bearer {token}"}),
                    "one process": (f"http://127.0.0.1:{ports['whole']}{PATH}", {"Cookie": cookie}),
                    "separate": (addresses["gateway"] + PATH, {"Cookie": cookie}),
                    "nginx": (f"http://127.0.0.1:{port}{PATH}", {"Cookie": cookie}),
                }
                rates: dict[str, list[float]] = {name: [] for name in targets}
                for _ in range(5):
                    targets["direct"] = (addresses["registry"] + PATH, {"Authorization": f"Bearer {await fresh()}"})
                    once = await asyncio.to_thread(measure_in_turn, targets, rounds=1, seconds=3)
                    for target, rate in once.items():
                        rates[target] += rate.runs
            await platform.disconnect()
    found_rates = {name: Rate(tuple(runs)) for name, runs in rates.items()}
    return Figures(
        one_process=found_rates["one process"], separate=found_rates["separate"], nginx=found_rates["nginx"],
        direct=found_rates["direct"],
    )  # fmt: skip


@contextlib.contextmanager
def _process(arguments: list[str], environment: dict[str, str], on: socket.socket) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, *arguments], env=environment | {"PORTSNET_RATE_LIMIT": ""}, pass_fds=(on.fileno(),)
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@contextlib.contextmanager
def _nginx(folder: Path, ports: dict[str, int]) -> Iterator[int]:
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    if not Path(program).exists():
        raise SystemExit("The comparison needs nginx: install your system's package.")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    place = folder / "nginx"
    place.mkdir()
    file = place / "nginx.conf"
    file.write_text(NGINX.format(folder=place, service=ports["registry"], check=ports["check"], port=port))
    process = subprocess.Popen([program, "-c", str(file), "-p", str(place)], stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        yield port
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
    yield f"| Service called directly | {found.direct.median:,.0f} | {found.direct.spread} | 1 | – |"
    rows = (
        ("Gateway, one process", found.one_process, "at least 0.85"),
        ("Gateway, separate processes", found.separate, "at least 0.40"),
        ("nginx with `auth_request`", found.nginx, "–"),
    )
    for name, rate, wanted in rows:
        yield f"| {name} | {rate.median:,.0f} | {rate.spread} | {rate.median / found.direct.median:.2f} | {wanted} |"
    yield f"\nGateway in separate processes against nginx with the same check: **{found.separate.median / found.nginx.median:.2f}** (at least 1.3)."
