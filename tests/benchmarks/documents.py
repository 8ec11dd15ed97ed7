"""How fast words are found in many documents, and what a very large file costs the server in memory."""

import asyncio
import contextlib
import hashlib
import os
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from sqlalchemy.dialects import postgresql

from deploy.local.composition import Platform
from deploy.local.serving import listen
from services.workspace.search.words import folded, question_in
from shared.ids import uuid7
from tests.benchmarks.platforms import prepared
from tests.people import Person, somebody

DOCUMENTS = 100_000
COMMITTEES = ("research-and-innovation", "port-governance-and-competitiveness", "public-policies-on-ports")
TEXTS = 5_000
SEARCH = "/api/v1/workspace/search"
SHOWN = 20
ROUNDS = 9
LARGE = 2**30
PIECE = 2**20
ROOTS = [
    "muelle",
    "aduana",
    "calado",
    "remolque",
    "practicaje",
    "terminal",
    "exportación",
    "camarón",
    "grúa",
    "patio",
    "antepuerto",
    "bodega",
    "naviera",
    "ventanilla",
    "puerto",
    "demora",
    "inspección",
    "trazabilidad",
    "estándar",
    "gobernanza",
]
SYLLABLES = ("ba", "co", "di", "fu", "ga", "le", "mi", "no", "pa", "ra", "sé", "ti", "vo", "cha", "lló", "ñe")
LITERAL: dict[str, Any] = {"dialect": postgresql.dialect(), "compile_kwargs": {"literal_binds": True}}
BARE = """
WITH hits AS MATERIALIZED (
  SELECT e.id, e.document_id, e.n, e.vector, e.updated_at
  FROM workspace.search_entries e
  JOIN workspace.documents d ON d.id = e.document_id AND d.latest = e.n
  WHERE e.vector @@ $1::tsquery AND d.committee = ANY($2) AND d.removed_at IS NULL
),
newest AS (SELECT * FROM hits ORDER BY updated_at DESC, id DESC LIMIT 1000),
best AS (SELECT id, document_id, n, ts_rank(vector, $1::tsquery, 1) AS fit FROM newest ORDER BY fit DESC, id DESC LIMIT $3)
SELECT b.id, d.title, ts_headline(v.language::regconfig, left(v.text, 60000), $1::tsquery), (SELECT count(*) FROM hits)
FROM best b JOIN workspace.documents d ON d.id = b.document_id
JOIN workspace.document_versions v ON v.document_id = b.document_id AND v.n = b.n
ORDER BY b.fit DESC, b.id DESC
"""
"""What a hand-written search of documents alone would ask: matches, the best twenty with their snippets, how many."""
VECTORS = """
UPDATE bodies SET vector = setweight(to_tsvector('spanish', body), 'D') || setweight(to_tsvector('portuguese', body), 'D')
  || setweight(to_tsvector('english', body), 'D') || setweight(to_tsvector('simple', body_folded), 'D')
"""
ENTRIES = """
INSERT INTO workspace.search_entries (id, document_id, n, vector, updated_at)
SELECT id, document_id, 1, setweight(to_tsvector('spanish', title), 'A') || vector, at FROM made JOIN bodies USING (place)
"""


@dataclass(frozen=True)
class Figures:
    """Seconds at the 95th percentile of several rounds; bytes of memory that one transfer of `LARGE` bytes adds."""

    bare: float
    called: float
    sent: float
    fetched: float
    seconds_sent: float
    seconds_fetched: float


@contextlib.asynccontextmanager
async def ready() -> AsyncIterator[tuple[Platform, str, Person]]:
    """A platform with a database of its own, where that is, and a member of a committee."""
    async with prepared() as made:
        grants = [("member", f"committee:{slug}") for slug in COMMITTEES[:2]]
        yield made.platform, made.url, await somebody(made.platform, "bench", *grants)


async def measured(documents: int = DOCUMENTS) -> Figures:
    async with ready() as (platform, url, member):
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        await fill(connection, documents)
        bare, called = await searched(connection, member)
        await connection.close()
        transfer = await asyncio.to_thread(carried, platform, url, member)
        return Figures(bare, called, *transfer)


async def searched(connection: asyncpg.Connection, member: Person) -> tuple[float, float]:
    """The bare statement and the call of the service in turn, for words that are everywhere and words that are rare."""
    bare, called = [], []
    texts = [*ROOTS[:12], "camarones exportacion", '"patio bodega"', "grua or remolque", "terminales", "anteputo"]
    for turn in range(ROUNDS + 1):
        for text in texts:
            question = question_in(text)
            assert question is not None
            query = await connection.fetchval(f"SELECT ({question.expression.compile(**LITERAL)})::text")
            begun = time.perf_counter()
            rows = await connection.fetch(BARE, query, list(COMMITTEES[:2]), SHOWN)
            after = time.perf_counter()
            answer = await member.get(SEARCH, params={"q": text, "limit": str(SHOWN)})
            ended = time.perf_counter()
            told = answer.json()
            assert [hit["title"] for hit in told["items"]] == [row[1] for row in rows], text
            assert told["total"] == (rows[0][3] if rows else 0), text
            if turn:  # the first round warms up
                bare.append(after - begun)
                called.append(ended - after)
    return slowest_but_few(bare), slowest_but_few(called)


def slowest_but_few(times: list[float]) -> float:
    """The 95th percentile."""
    return sorted(times)[int(len(times) * 0.95)]


async def fill(connection: asyncpg.Connection, documents: int) -> None:
    """Documents of 80 to 200 words, the common ones in most of them, by COPY; some texts occur several times."""
    rng = random.Random(11)
    words = [*ROOTS, *("".join(rng.choices(SYLLABLES, k=rng.randint(2, 4))) for _ in range(20_000))]
    weights = list(accumulate(1 / (place + 2) for place in range(len(words))))
    bodies = [" ".join(rng.choices(words, cum_weights=weights, k=rng.randint(80, 200))) for _ in range(TEXTS)]
    now = datetime.now(UTC)
    made = [
        (
            uuid7(), uuid7(), rng.randrange(TEXTS), f"Documento {number} {rng.choice(words)}",
            now - timedelta(minutes=documents - number), COMMITTEES[number % len(COMMITTEES)],
        )
        for number in range(documents)
    ]  # fmt: skip
    await connection.execute(
        "CREATE TEMP TABLE bodies (place int PRIMARY KEY, body text, body_folded text, vector tsvector);"
        "CREATE TEMP TABLE made (id uuid, document_id uuid, place int, title text, at timestamptz, committee text)"
    )
    texts = [(place, body, folded(body)) for place, body in enumerate(bodies)]
    await connection.copy_records_to_table("bodies", columns=["place", "body", "body_folded"], records=texts)
    await connection.copy_records_to_table("made", records=made)
    await connection.execute(VECTORS)
    await connection.execute(
        "INSERT INTO workspace.documents (id, committee, title, title_key, folder, tags, latest, created_by,"
        " created_by_name, created_at, updated_at) SELECT document_id, committee, title, lower(title), '', '[]', 1,"
        " 'user:' || gen_random_uuid(), 'Bench', at, at FROM made"
    )
    await connection.execute(
        "INSERT INTO workspace.document_versions (document_id, n, sha256, size, media_type, file_name, text_state, text,"
        " language, created_by, created_by_name, created_at) SELECT document_id, 1, md5(body) || md5(title), length(body),"
        " 'text/plain', 'a.txt', 'read', body, 'spanish', 'user:' || gen_random_uuid(), 'Bench', at"
        " FROM made JOIN bodies USING (place)"
    )
    await connection.execute(ENTRIES)
    for table in ("search_entries", "documents", "document_versions"):
        await connection.execute(f"VACUUM ANALYZE workspace.{table}")


def carried(platform: Platform, url: str, member: Person) -> tuple[float, float, float, float]:
    """Send and fetch a file of `LARGE` bytes from a server of its own: memory that it takes, and seconds."""
    front, settings = platform.gateway.front, platform.settings
    headers = {
        "Cookie": f"{front.cookie}={member.cookies[front.cookie]}", "X-CSRF-Token": member.headers["X-CSRF-Token"],
        "Accept": "application/json", "Origin": settings.origin,
    }  # fmt: skip
    environment = dict(os.environ) | {
        "PORTSNET_DATABASE_URL": url, "PORTSNET_SECRET_KEY": settings.secret.decode(), "PORTSNET_RATE_LIMIT": "",
        "PORTSNET_PUBLIC_URL": settings.origin, "PORTSNET_DATA_DIR": str(settings.data_dir),
        "PORTSNET_LARGEST_DOCUMENT": str(2 * LARGE),
    }  # fmt: skip
    with listen("127.0.0.1", 0) as on:
        command = [sys.executable, "-m", "tests.benchmarks.whole", str(on.fileno())]
        process = subprocess.Popen(command, env=environment, pass_fds=(on.fileno(),))
        try:
            base = f"http://127.0.0.1:{on.getsockname()[1]}"
            with httpx.Client(base_url=base, headers=headers, timeout=600) as client:
                while client.get("/readyz").status_code != 200:
                    time.sleep(0.2)
                small = sent(client, PIECE)  # what is imported once is imported now
                fetched(client, small)
                before, begun = peak(process.pid), time.perf_counter()
                content, digest = sent(client, LARGE)
                after_sending, ended = peak(process.pid), time.perf_counter()
                assert fetched(client, (content, digest)) == digest
                after_fetching, done = peak(process.pid), time.perf_counter()
        finally:
            process.terminate()
            process.wait(30)
    return after_sending - before, after_fetching - after_sending, ended - begun, done - ended


def sent(client: httpx.Client, size: int) -> tuple[str, str]:
    """Where the content of an uploaded file is, and its SHA-256."""
    digest = hashlib.sha256()

    def body() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="grande.pdf"\r\n\r\n'
        piece = b"%PDF-1.7\n".ljust(PIECE, b".")
        for _ in range(size // PIECE):
            digest.update(piece)
            yield piece
        yield b"\r\n--b--\r\n"

    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    path = f"/api/v1/workspace/committees/{COMMITTEES[0]}/documents"
    answer = client.post(path, content=body(), headers=kind)
    assert answer.status_code == 201, answer.text
    assert answer.json()["sha256"] == digest.hexdigest()
    return answer.json()["content"], digest.hexdigest()


def fetched(client: httpx.Client, what: tuple[str, str]) -> str:
    """The SHA-256 of what came."""
    digest = hashlib.sha256()
    with client.stream("GET", what[0]) as answer:
        assert answer.status_code == 200
        for part in answer.iter_raw():
            digest.update(part)
    return digest.hexdigest()


def peak(pid: int) -> float:
    """The most memory that a process has held so far, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return float(line.split()[1]) * 1024
    return 0.0


async def figures() -> AsyncIterator[str]:
    """The lines of the report."""
    found = await measured()
    yield f"| Words in {DOCUMENTS:,} documents, common and rare, with snippets: bare SQL, p95 | {1000 * found.bare:,.0f} ms | – |"
    yield f"| The same through gateway and service, with what the caller may see, p95 | {1000 * found.called:,.0f} ms, {found.called / found.bare:.2f} × | at most 3 × |"
    yield f"| Memory that an upload of 1 GiB adds at its peak ({found.seconds_sent:.0f} s) | {found.sent / 2**20:.0f} MiB | under 64 MiB |"
    yield f"| Memory that a download of 1 GiB adds at its peak ({found.seconds_fetched:.0f} s) | {found.fetched / 2**20:.0f} MiB | under 64 MiB |"
