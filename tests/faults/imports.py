"""A platform that dies with `kill -9` while it reads or stores a file: after a restart the job goes on, and nothing is
stored twice."""

import asyncio
import io
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from deploy.local.serving import listen
from tests.benchmarks.imports import HEADER, lines
from tests.benchmarks.platforms import Prepared, prepared
from tests.indicators.things import URL
from tests.people import Person, somebody

ROWS = 150_000
KILLED_AT = (("running", 0.05), ("running", 0.6))
"""While a child reads the file; while the rows go into the tables, in one transaction."""
PATIENCE = 240.0  # seconds
STORED = """
SELECT (SELECT count(*) FROM indicators.revisions), (SELECT max(revision) FROM indicators.revisions),
  (SELECT count(*) FROM indicators.observations),
  (SELECT count(*) FROM indicators.audit WHERE action = 'import observations')
"""


async def served(made: Prepared, port: int) -> asyncio.subprocess.Process:
    """The whole platform as a process of its own, on the same database and folder."""
    settings = made.platform.settings
    environment = dict(os.environ) | {
        "PORTSNET_DATABASE_URL": made.url, "PORTSNET_SECRET_KEY": settings.secret.decode(), "PORTSNET_RATE_LIMIT": "",
        "PORTSNET_PUBLIC_URL": settings.origin, "PORTSNET_DATA_DIR": str(settings.data_dir),
    }  # fmt: skip
    with listen("127.0.0.1", port) as on:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.benchmarks.whole", str(on.fileno()), env=environment, pass_fds=(on.fileno(),)
        )


def headers_of(person: Person) -> dict[str, str]:
    cookie = "; ".join(f"{one.name}={one.value}" for one in person.cookies.jar)
    return {"Cookie": cookie, "X-CSRF-Token": person.headers["X-CSRF-Token"], "Accept": "application/json"}


async def asked(client: aiohttp.ClientSession, person: Person, path: str) -> dict[str, Any]:
    """What the platform says, once it is there again."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        try:
            async with client.get(path, headers=headers_of(person)) as answer:
                if answer.status == 200:
                    told: dict[str, Any] = await answer.json()
                    return told
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.1)
    raise AssertionError("The platform did not come up.")


async def until(client: aiohttp.ClientSession, person: Person, path: str, state: str, progress: float) -> Any:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        told = await asked(client, person, path)
        if told["state"] == state and told["progress"] >= progress:
            return told
        assert told["state"] in ("queued", "running"), told
        await asyncio.sleep(0.02)
    raise AssertionError(f"It did not come to {state} {progress}: {told}")


async def test_an_import_goes_on_after_kill_9_and_stores_nothing_twice() -> None:
    async with prepared() as made:
        person = await somebody(made.platform, "secretary", ("secretariat", "network"))
        catalogue = (await person.get(f"{URL}/catalogue", params={"limit": 200})).json()["items"]
        ports = (await person.get("/api/v1/registry/communities", params={"limit": 200})).json()["items"]
        body = HEADER + "".join(lines(catalogue, [item["code"] for item in ports], ROWS))
        with listen("127.0.0.1", 0) as found:
            port = found.getsockname()[1]
        process = await served(made, port)
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
            try:
                await asked(client, person, "/readyz")
                sent = headers_of(person) | {"Content-Type": "text/csv"}
                async with client.post(f"{URL}/imports", data=io.BytesIO(body.encode()), headers=sent) as answer:
                    assert answer.status == 202, await answer.text()
                    place = answer.headers["Location"]
                for state, progress in KILLED_AT:
                    await until(client, person, place, state, progress)
                    process.send_signal(signal.SIGKILL)
                    await process.wait()
                    process = await served(made, port)
                told = await until(client, person, place, "done", 1.0)
            finally:
                process.terminate()
                await process.wait()
        assert (told["rows"], told["accepted"], told["rejected"]) == (ROWS, ROWS, 0)
        connection = await asyncpg.connect(made.plain_url)
        stored = await connection.fetchrow(STORED)
        await connection.close()
        assert tuple(stored) == (ROWS, 1, ROWS, 1)
        left = Path(made.platform.settings.data_dir) / "imports"
        assert not left.exists() or not list(left.iterdir())
