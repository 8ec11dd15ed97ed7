"""How fast a file of a million observations is checked and stored, beside what PostgreSQL needs to load it unchecked."""

import asyncio
import json
import resource
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from deploy.local.composition import Platform
from tests.benchmarks.platforms import prepared
from tests.people import Person, somebody

ROWS = int(sys.argv[1]) if __name__ == "__main__" and len(sys.argv) > 1 else 1_000_000
URL = "/api/v1/indicators"
WANTED = 0.25
HEADER = "indicator,community,period,value,numerator,denominator,n,note\n"
BARE = """
INSERT INTO bare (community_code, indicator_code, period, value, numerator, denominator, n, latest_revision)
SELECT community, indicator, period, coalesce(value, 100 * numerator / denominator), numerator, denominator, n, 1 FROM loaded
ON CONFLICT (community_code, indicator_code, period) DO UPDATE SET value = excluded.value, numerator = excluded.numerator,
  denominator = excluded.denominator, n = excluded.n
"""


@dataclass(frozen=True)
class Figures:
    """Seconds of the bare load and of the import from the request to the end; bytes of the largest child."""

    bare: float
    imported: float
    memory: int


def lines(catalogue: list[dict[str, object]], communities: list[str], rows: int) -> Iterator[str]:
    """Values within the range of each indicator, month after month; one in four with numerator and denominator."""
    monthly = [one for one in catalogue if one["frequency"] == "monthly"]
    made = 0
    for month in range(2400):
        period = f"{1901 + month // 12}-{month % 12 + 1:02d}"
        for community in communities:
            for place, one in enumerate(monthly):
                low, high = one["valid_range"]  # type: ignore[misc]
                if one["statistic"] == "share":
                    told = f",{made % 90},{100 + made % 7}"
                else:
                    told = f"{low + (high - low) * ((made * 7919 + place) % 1000) / 1001:.2f},,"
                note = "Huelga del 3 al 5" if made % 50 == 0 else ""
                yield f"{one['code']},{community},{period},{told},{1 + made % 500},{note}\n"
                made += 1
                if made == rows:
                    return


async def measured() -> Figures:
    async with prepared() as made:
        person = await somebody(made.platform, "secretary", ("secretariat", "network"))
        file = made.folder / "million.csv"
        await write(file, person)
        bare = await loaded(made.plain_url, file)
        imported = await sent(made.platform, person, file)
    return Figures(bare, imported, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)


async def write(file: Path, person: Person) -> None:
    catalogue = (await person.get(f"{URL}/catalogue", params={"limit": 200})).json()["items"]
    told = (await person.get("/api/v1/registry/communities", params={"limit": 200})).json()["items"]
    with file.open("w", encoding="utf-8") as out:
        out.write(HEADER)
        out.writelines(lines(catalogue, [item["code"] for item in told], ROWS))


async def loaded(url: str, file: Path) -> float:
    """COPY into a temporary table, and one INSERT … ON CONFLICT from there, unchecked and without revisions."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE TABLE indicators.bare (LIKE indicators.observations INCLUDING INDEXES)")
        await connection.execute("ALTER TABLE indicators.bare ALTER demo SET DEFAULT false")
        begun = time.perf_counter()
        async with connection.transaction():
            await connection.execute(
                "CREATE TEMPORARY TABLE loaded (indicator text, community text, period text, value double precision,"
                " numerator double precision, denominator double precision, n bigint, note text) ON COMMIT DROP"
            )
            await connection.copy_to_table("loaded", source=file, format="csv", header=True)
            await connection.execute(BARE.replace("bare", "indicators.bare"))
        took = time.perf_counter() - begun
        await connection.execute("DROP TABLE indicators.bare")
        return took
    finally:
        await connection.close()


async def sent(platform: Platform, person: Person, file: Path) -> float:
    """From the request to the end of the import, through the front door."""

    async def parts() -> AsyncIterator[bytes]:
        with file.open("rb") as source:
            while part := source.read(2**20):
                yield part

    begun = time.perf_counter()
    told = await person.post(f"{URL}/imports", content=parts(), headers={"content-type": "text/csv"})
    assert told.status_code == 202, told.text
    await platform.run_jobs()
    took = time.perf_counter() - begun
    done = (await person.get(told.headers["location"])).json()
    assert (done["state"], done["accepted"]) == ("done", ROWS), json.dumps(done)[:1000]
    return took


async def figures() -> AsyncIterator[str]:
    found = await measured()
    rate = found.bare / found.imported
    yield (
        f"| {ROWS:,} rows as CSV, checked and stored with their revisions ({ROWS / found.imported:,.0f} rows a second),"
        f" of the rate of bare COPY and INSERT … ON CONFLICT | {rate:.2f} | {WANTED} |"
    )
    yield f"| Largest process of the import | {found.memory / 2**20:.0f} MiB | 300 MiB |"


async def main() -> None:
    async for line in figures():
        print(line)


if __name__ == "__main__":
    asyncio.run(main())
