"""How long saving one answer takes, and two hundred people who answer at once: nothing that was acknowledged is lost.

`python -m tests.benchmarks.answering` runs it alone; `PORTSNET_BENCH_SECONDS` shortens the five minutes.
"""

import asyncio
import os
import random
import statistics
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import asyncpg

from deploy.local.composition import Platform
from deploy.local.serving import listen
from shared.settings import Settings
from shared.transports import remote_client
from tests.benchmarks.platforms import prepared
from tests.people import Person, somebody
from tests.survey.conftest import COMMUNITY, MEASURES, MINE, YEAR, opened

SAVES, WARMING = 600, 200
PEOPLE = 200
SECONDS = float(os.environ.get("PORTSNET_BENCH_SECONDS", "300"))
EVERY = 10.0
"""Seconds between two answers of a person: about as fast as one reads a measure and chooses."""
BARE = """
UPDATE survey.answers SET level = $1, revision = revision + 1, updated_at = now()
WHERE year = $2 AND community_code = $3 AND respondent_id = $4 AND measure = $5
"""


@dataclass
class Load:
    """What came of the open-loop load. Latencies in seconds, from when a save was due to its answer."""

    sent: int = 0
    errors: list[str] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    acknowledged: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    lost: int = 0


@dataclass(frozen=True)
class Figures:
    bare: list[float]
    saved: list[float]
    load: Load


async def measured() -> Figures:
    async with prepared() as made:
        people = await _people(made.platform)
        return await _against_a_server(made.platform.settings, made.url, people)


async def _people(platform: Platform) -> list[Person]:
    await opened(await somebody(platform, "secretary", ("secretariat", "network")))
    scope = f"community:{COMMUNITY}"
    return [await somebody(platform, f"person{n}", ("respondent", scope, "customs")) for n in range(PEOPLE)]


async def _against_a_server(settings: Settings, url: str, people: list[Person]) -> Figures:
    with listen("127.0.0.1", 0) as on:
        origin = f"http://127.0.0.1:{on.getsockname()[1]}"
        environment = dict(os.environ) | {
            "PORTSNET_DATABASE_URL": url, "PORTSNET_SECRET_KEY": settings.secret.decode(), "PORTSNET_RATE_LIMIT": "",
            "PORTSNET_PUBLIC_URL": settings.origin, "PORTSNET_DATA_DIR": str(settings.data_dir),
        }  # fmt: skip
        served = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.benchmarks.whole", str(on.fileno()), env=environment,
            pass_fds=(on.fileno(),),
        )  # fmt: skip
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        try:
            async with aiohttp.ClientSession(origin, connector=aiohttp.TCPConnector(limit=0)) as client:
                await _until_up(origin)
                bare, saved = await _one_by_one(client, connection, people[0])
                load = await _all_at_once(client, people)
                await _compare(connection, load)
            return Figures(bare, saved, load)
        finally:
            await connection.close()
            served.terminate()
            await served.wait()


async def _until_up(origin: str) -> None:
    async with remote_client(origin, timeout=2) as client:
        for _ in range(400):
            try:
                if (await client.get("/readyz")).status_code == 200:
                    return
            except Exception:
                pass  # it is not there yet
            await asyncio.sleep(0.05)
    raise SystemExit("The platform did not come up.")


def _headers(person: Person) -> dict[str, str]:
    cookie = "; ".join(f"{one.name}={one.value}" for one in person.cookies.jar)
    return {"Cookie": cookie, "X-CSRF-Token": person.headers["X-CSRF-Token"], "Accept": "application/json"}


async def _save(
    client: aiohttp.ClientSession, person: Person, measure: str, level: int, revision: int
) -> tuple[int, dict[str, Any]]:
    body = {"answers": [{"measure": measure, "level": level, "flag": None, "base_revision": revision}]}
    async with client.patch(MINE, json=body, headers=_headers(person)) as answer:
        return answer.status, await answer.json()


async def _one_by_one(
    client: aiohttp.ClientSession, connection: asyncpg.Connection, person: Person
) -> tuple[list[float], list[float]]:
    """The bare statement and the saving of one answer, in turn."""
    bare, saved, revision = [], [], 0
    measure = MEASURES[0]
    for turn in range(SAVES + WARMING):
        begun = time.perf_counter()
        status, told = await _save(client, person, measure, turn % 5, revision)
        after = time.perf_counter()
        assert status == 200 and not told["saved"][0]["unchanged"], told
        revision = told["saved"][0]["revision"] + 1  # the bare statement counts, too
        middle = time.perf_counter()
        await connection.execute(BARE, (turn + 3) % 5, YEAR, COMMUNITY, person.user_id, measure)
        ended = time.perf_counter()
        if turn >= WARMING:  # a platform that has just started still has other things to do
            saved.append(after - begun)
            bare.append(ended - middle)
    return bare, saved


async def _all_at_once(client: aiohttp.ClientSession, people: list[Person]) -> Load:
    """Open loop: saves come when they are due, whether or not those before were answered."""
    load, rng = Load(), random.Random(11)
    begun = time.perf_counter()

    async def one(person: Person, number: int) -> None:
        revisions: dict[str, int] = {}
        locks = {measure: asyncio.Lock() for measure in MEASURES}
        due = begun + rng.uniform(0, EVERY)
        pending: list[asyncio.Task[None]] = []
        count = 0
        while due < begun + SECONDS:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            measure = MEASURES[(number + count) % (len(MEASURES) - 1) + 1]
            pending.append(asyncio.create_task(answer(person, measure, locks[measure], revisions, count % 5, due)))
            due += rng.expovariate(1 / EVERY)
            count += 1
        await asyncio.gather(*pending)

    async def answer(
        person: Person, measure: str, lock: asyncio.Lock, revisions: dict[str, int], level: int, due: float
    ) -> None:
        async with lock:  # one's own answer to one measure follows the one before
            load.sent += 1
            try:
                status, told = await _save(client, person, measure, level, revisions.get(measure, 0))
            except (aiohttp.ClientError, TimeoutError) as error:
                load.errors.append(repr(error))
                return
            if status != 200 or told["conflicts"]:
                load.errors.append(f"{status}: {told}")
                return
            revisions[measure] = told["saved"][0]["revision"]
            load.acknowledged[person.user_id, measure] = (level, revisions[measure])
            load.latencies.append(time.perf_counter() - due)

    await asyncio.gather(*(one(person, number) for number, person in enumerate(people)))
    return load


async def _compare(connection: asyncpg.Connection, load: Load) -> None:
    rows = await connection.fetch("SELECT respondent_id, measure, level, revision FROM survey.answers")
    stored = {(row["respondent_id"], row["measure"]): (row["level"], row["revision"]) for row in rows}
    load.lost = sum(stored.get(key) != said for key, said in load.acknowledged.items())


def at(share: float, values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


async def figures() -> AsyncIterator[str]:
    """The lines of the report."""
    found = await measured()
    load = found.load
    ratio = at(0.99, found.saved) / at(0.99, found.bare)
    median = statistics.median(found.saved) / statistics.median(found.bare)
    yield f"| One `UPDATE` of an answer, p50 and p99 | {_ms(statistics.median(found.bare))}, {_ms(at(0.99, found.bare))} | – |"
    yield (
        f"| Saving one answer over HTTP, p50 and p99 | {_ms(statistics.median(found.saved))} ({median:.1f} ×), "
        f"{_ms(at(0.99, found.saved))} (**{ratio:.2f} ×**) | p99 at most 5 × |"
    )
    yield (
        f"| {PEOPLE} people answering for {SECONDS:.0f} s, open loop | {load.sent:,} saves, p50 "
        f"{_ms(statistics.median(load.latencies))}, p99 {_ms(at(0.99, load.latencies))} | – |"
    )
    yield f"| Errors; acknowledged answers that are not stored as acknowledged | {len(load.errors)}; {load.lost} | 0; 0 |"


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms"


async def _print() -> None:
    async for line in figures():
        print(line)


if __name__ == "__main__":
    asyncio.run(_print())
