"""A large board of tasks against the bare statement, and what many open streams of notifications hold in memory.

`python -m tests.benchmarks workspace` runs it alone.
"""

import asyncio
import os
import random
import socket
import statistics
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta

import asyncpg
import httpx

from deploy.local.composition import Platform
from deploy.local.serving import listen
from shared.ids import uuid7
from tests.benchmarks.platforms import prepared
from tests.benchmarks.starting import pss
from tests.people import Person, somebody

SLUG = "research-and-innovation"
BOARD = f"/api/v1/workspace/committees/{SLUG}/board"
STREAM = "/api/v1/workspace/notifications/stream"
TASKS = 2_000
ROUNDS = 60
PEOPLE, EACH = 50, 10
"""Five hundred streams: many people, each with many pages open."""
WORDS = [
    "muelle",
    "aduana",
    "calado",
    "remolque",
    "practicaje",
    "terminal",
    "antepuerto",
    "bodega",
    "naviera",
    "ventanilla",
]
BARE = """
SELECT json_agg(json_build_object(
  'id', t.id, 'title', t.title, 'state', t.state, 'due_on', t.due_on, 'priority', t.priority, 'labels', t.labels,
  'checklist', t.checklist, 'assignees', (SELECT json_agg(user_id ORDER BY position) FROM workspace.assignments
     WHERE task_id = t.id),
  'comments', (SELECT count(*) FROM workspace.comments WHERE task_id = t.id)
) ORDER BY t.state, t.place)::text FROM workspace.tasks t WHERE t.committee = $1
"""
"""What a hand-written board would ask."""


@dataclass(frozen=True)
class Figures:
    """Seconds of the bare statement and of the call; bytes that the streams added, and how many there were."""

    bare: list[float]
    called: list[float]
    page: list[float]
    size: int
    before: float
    during: float
    streams: int
    told: float


async def measured() -> Figures:
    async with prepared() as made:
        people = [await somebody(made.platform, f"bench{n}", ("member", f"committee:{SLUG}")) for n in range(PEOPLE)]
        connection = await asyncpg.connect(made.plain_url)
        try:
            await fill(connection, people)
            bare, called, page, size = await compared(connection, people[0])
        finally:
            await connection.close()
        before, during, streams, told = await followed(made.platform, made.url, people)
    return Figures(bare, called, page, size, before, during, streams, told)


async def fill(connection: asyncpg.Connection, people: list[Person]) -> None:
    """A board as one that is years old: two people a task, a description, a list, comments."""
    rng, today = random.Random(7), date(2026, 11, 25)
    tasks = [uuid7() for _ in range(TASKS)]
    await connection.executemany(
        "INSERT INTO workspace.tasks (id, committee, title, description, state, place, due_on, priority, labels, checklist,"
        " links, search, created_by, created_by_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::jsonb,"
        " $10::text::jsonb, '[]', $3, $11, 'Bench')",
        [
            (
                task, SLUG, " ".join(rng.choices(WORDS, k=6)), " ".join(rng.choices(WORDS, k=60)),
                rng.choice(("todo", "doing", "review", "done")), f"V{n:05}", today + timedelta(days=rng.randint(-90, 90)),
                rng.choice(("low", "normal", "high")), '["muelle", "aduana"]',
                '[{"text": "Pedir", "done": true}, {"text": "Comparar", "done": false}]', f"user:{people[0].user_id}",
            )
            for n, task in enumerate(tasks)
        ],
    )  # fmt: skip
    await connection.executemany(
        "INSERT INTO workspace.assignments (task_id, user_id, position) VALUES ($1, $2, $3)",
        [(task, one.user_id, n) for task in tasks for n, one in enumerate(rng.sample(people, 2))],
    )
    await connection.executemany(
        "INSERT INTO workspace.comments (id, task_id, author, author_name, text, mentions, created_at)"
        " VALUES ($1, $2, $3, 'Bench', 'Sí', '[]', now())",
        [(uuid7(), rng.choice(tasks), f"user:{people[0].user_id}") for _ in range(3 * TASKS)],
    )
    for table in ("tasks", "assignments", "comments"):
        await connection.execute(f"VACUUM ANALYZE workspace.{table}")


async def compared(connection: asyncpg.Connection, member: Person) -> tuple[list[float], list[float], list[float], int]:
    """The bare statement, the board and a page of two hundred tasks of the list, in turn."""
    bare, called, page, size = [], [], [], 0
    for turn in range(ROUNDS + 5):
        begun = time.perf_counter()
        text = await connection.fetchval(BARE, SLUG)
        after = time.perf_counter()
        answer = await member.get(BOARD)
        ended = time.perf_counter()
        listed = await member.get(BOARD.replace("board", "tasks"), params={"limit": "200"})
        done = time.perf_counter()
        assert answer.status_code == listed.status_code == 200 and answer.json()["total"] == TASKS and text
        if turn >= 5:  # the first ones warm up
            bare.append(after - begun)
            called.append(ended - after)
            page.append(done - ended)
        size = len(answer.content)
    return bare, called, page, size


async def followed(platform: Platform, url: str, people: list[Person]) -> tuple[float, float, int, float]:
    """Memory of one process with its streams open: before, during; and how long until a notice was on all of them."""
    settings, front = platform.settings, platform.gateway.front
    environment = dict(os.environ) | {
        "PORTSNET_DATABASE_URL": url, "PORTSNET_SECRET_KEY": settings.secret.decode(), "PORTSNET_RATE_LIMIT": "",
        "PORTSNET_PUBLIC_URL": settings.origin, "PORTSNET_DATA_DIR": str(settings.data_dir),
    }  # fmt: skip
    with listen("127.0.0.1", 0) as on:
        port = on.getsockname()[1]
        served = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.benchmarks.whole", str(on.fileno()), env=environment, pass_fds=(on.fileno(),)
        )
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                await _until_up(client)
                cookies = [f"{front.cookie}={one.cookies[front.cookie]}" for one in people]
                for cookie in cookies:  # what is imported and remembered once is so now
                    assert (
                        await client.get(BOARD, headers={"Cookie": cookie, "Accept": "application/json"})
                    ).is_success
                await asyncio.gather(*(_opened(port, cookie) for cookie in cookies[:1]))
                await asyncio.sleep(1)
                before = pss(served.pid)
                opened = [await _opened(port, cookie) for cookie in cookies for _ in range(EACH)]
                await asyncio.sleep(2)
                during = pss(served.pid)
                told = await _told(client, people, cookies, [reader for reader, _ in opened])
                for _, writer in opened:
                    writer.close()
            return before, during, len(opened), told
        finally:
            served.terminate()
            await served.wait()


async def _opened(port: int, cookie: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A stream that has said how many are unread."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, family=socket.AF_INET)
    writer.write(
        f"GET {STREAM} HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nCookie: {cookie}\r\nAccept: text/event-stream\r\n\r\n".encode()
    )
    await reader.readuntil(b"event: unread")
    return reader, writer


async def _told(
    client: httpx.AsyncClient, people: list[Person], cookies: list[str], readers: list[asyncio.StreamReader]
) -> float:
    """Seconds from a task for everybody to the last stream that told of it."""
    begun = time.perf_counter()
    made = await client.post(
        f"/api/v1/workspace/committees/{SLUG}/tasks",
        json={"title": "Para todos", "assignees": [one.user_id for one in people[1:]]},
        headers={
            "Cookie": cookies[0],
            "X-CSRF-Token": people[0].headers["X-CSRF-Token"],
            "Origin": "http://127.0.0.1:8000",
        },
    )
    assert made.status_code == 201, made.text
    await asyncio.gather(*(reader.readuntil(b"event: notification") for reader in readers[EACH:]))
    return time.perf_counter() - begun


async def _until_up(client: httpx.AsyncClient) -> None:
    for _ in range(400):
        try:
            if (await client.get("/readyz")).status_code == 200:
                return
        except httpx.TransportError:
            pass  # it is not there yet
        await asyncio.sleep(0.05)
    raise SystemExit("The platform did not come up.")


async def figures() -> AsyncIterator[str]:
    """The lines of the report."""
    found = await measured()
    bare, called = statistics.median(found.bare), statistics.median(found.called)
    yield f"| A board of {TASKS:,} tasks, the bare statement | {1000 * bare:.1f} ms | – |"
    yield (
        f"| The same through gateway and service, {found.size / 2**20:.1f} MiB | {1000 * called:.1f} ms "
        f"(**{called / bare:.2f} ×**) | at most 3 × |"
    )
    yield f"| 200 of them as a page of the list | {1000 * statistics.median(found.page):.1f} ms | – |"
    added = (found.during - found.before) / 2**20
    yield (
        f"| {found.streams} open streams of notifications, memory of one process | {found.before / 2**20:.0f} MiB and "
        f"**{added:.1f} MiB** more ({1024 * added / found.streams:.0f} KiB each) | at most 60 MiB more |"
    )
    yield f"| Until all but the author's had told of a task for everybody | {found.told:.2f} s | – |"
