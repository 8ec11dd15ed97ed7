"""Reference data: loaded once, and not at all when a file is wrong."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from deploy.local.composition import SERVICES, Platform
from deploy.local.seeding import seed
from services.registry import seed as registry
from services.registry import stakeholder_types
from shared.database import Database, engine
from shared.reference import ReferenceTrouble
from tests.platform import MIGRATED, SECRET, Server

ROOT = Path(__file__).parents[2]
KEPT_BY_THE_PLATFORM = ("audit", "alembic_version", "idempotency_keys", "pgqueuer")
FILES = sorted(
    str(file.relative_to(ROOT)) for name in SERVICES for file in (ROOT / "services" / name / "data").glob("*.yaml")
)
NOT_SEEDED: set[str] = set()
"""Data files that are read when a page needs them, not loaded into the database."""


async def contents(url: str) -> dict[str, int]:
    """How many rows each table has, those aside that the platform keeps of its own work."""
    source = engine(url, pool=0)
    async with source.connect() as connection:
        tables = (
            await connection.execute(
                text("SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(:names)"),
                {"names": list(SERVICES)},
            )
        ).all()
        found = {}
        for schema, table in tables:
            if not table.startswith(KEPT_BY_THE_PLATFORM):
                found[f"{schema}.{table}"] = (
                    await connection.execute(text(f"SELECT count(*) FROM {schema}.{table}"))
                ).scalar()
    await source.dispose()
    return {name: int(count or 0) for name, count in found.items()}


@pytest.fixture
async def unseeded(server: Server) -> AsyncIterator[str]:
    """A migrated database without reference data."""
    async with server.clone(MIGRATED) as url:
        yield url


async def test_seeding_twice_loads_once(platform: Platform, database_url: str):
    before = await contents(database_url)
    assert before["registry.communities"] == 34
    assert await seed(platform) == []
    await platform.run_jobs()
    assert await contents(database_url) == before


def lines(change: Callable[[list[str]], None]) -> Callable[[bytes], bytes]:
    def changed(content: bytes) -> bytes:
        rows = content.decode().split("\n")
        change(rows)
        return "\n".join(rows).encode()

    return changed


def replaced(old: str, new: str) -> Callable[[bytes], bytes]:
    def changed(content: bytes) -> bytes:
        assert old.encode() in content
        return content.replace(old.encode(), new.encode(), 1)

    return changed


@pytest.mark.parametrize(
    ("spoil", "around", "reason"),
    [
        (lambda content: content.replace("í".encode(), b"\xed", 1), "\xed", "not UTF-8"),
        (replaced("  country: MX", "  country: [MX"), "country: [MX", ""),
        (replaced("  country: MX", "\tcountry: MX"), "\tcountry", ""),
        (replaced("  country: MX", "  country: MX\n  country: CL"), "  country: CL", "country occurs twice"),
        (replaced("  country: MX", "  country: XX"), "country: XX", "no country of the region"),
        (replaced("  country: MX\n", ""), "- slug: mx-manzanillo", "country"),
        (replaced("lat: 19.05", "lat: 91"), "lat: 91", "MXZLO"),
        (replaced("lat: 19.05", "lat: -19.05"), "lat: -19.05", "lost minus sign of the latitude"),
        (replaced("lat: 19.05", "lat: diecinueve"), "lat: diecinueve", "number"),
        (replaced("lat: 19.05\n    lon: -104.3167", "lat: -104.3167\n    lon: 19.05"), "lat: -104.3167", "exchanged"),
        (replaced("lat: 19.05\n    lon: -104.3167", "lat: 0\n    lon: 0"), "lat: 0", "0, 0"),
        (replaced("code: MXZLO", "code: MX-ZLO"), "code: MX-ZLO", "no UN/LOCODE"),
        (replaced("slug: mx-veracruz", "slug: mx-manzanillo"), None, "mx-manzanillo occurs twice"),
        (replaced("phase: I", "phase: 1"), "phase: 1", "phase"),
        (replaced("stage: strategic_planning", "stage: asleep"), "stage: asleep", "stage"),
        (replaced("level: port", "level: harbour"), "level: harbour", "level"),
        (lambda content: b"", None, ""),
        (lambda content: b"communities: 34\n", "communities: 34", "communities"),
    ],
)
async def test_a_wrong_file_of_communities_is_told_with_its_line_and_loads_nothing(
    unseeded: str, tmp_path: Path, spoil, around: str | None, reason: str
):
    content = spoil(registry.FILE.read_bytes())
    file = tmp_path / "communities.yaml"
    file.write_bytes(content)
    database = Database.at(unseeded, SERVICES["registry"].schema, pool=1)
    before = await contents(unseeded)
    with pytest.raises(ReferenceTrouble) as trouble:
        await registry.seed(database, file)
    await database.close()
    told = str(trouble.value)
    assert told.startswith(str(file))
    assert reason in told
    if around is not None:
        line = next(n for n, row in enumerate(content.decode("latin-1").split("\n"), 1) if around in row)
        said = int(re.search(r", line (\d+): \S", told)[1])  # type: ignore[index]
        assert abs(said - line) <= 1, told
    assert await contents(unseeded) == before
    assert before["registry.communities"] == before["registry.countries"] == 0


async def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(ReferenceTrouble, match=r"communities\.yaml"):
        registry.read(tmp_path / "communities.yaml")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("group: security", "group: army", "group"), ("code: police", "code: customs", "customs occurs twice"),
        ("code: police", "code: pirate", "code"), ("    es: Aduana\n", "", "es"),
    ],
)  # fmt: skip
def test_a_wrong_file_of_stakeholder_types_is_told(tmp_path: Path, old: str, new: str, reason: str):
    file = tmp_path / "stakeholder_types.yaml"
    file.write_bytes(replaced(old, new)(stakeholder_types.FILE.read_bytes()))
    with pytest.raises(ReferenceTrouble, match=rf"stakeholder_types\.yaml, line \d+: .*{reason}"):
        stakeholder_types.read(file)


def test_a_type_of_stakeholder_that_is_missing_is_told(tmp_path: Path):
    file = tmp_path / "stakeholder_types.yaml"
    file.write_bytes(stakeholder_types.FILE.read_bytes().split(b"- code: multilateral")[0])
    with pytest.raises(ReferenceTrouble, match="lacks multilateral"):
        stakeholder_types.read(file)


SCRIPT = """
import asyncio, os, sys
from pathlib import Path
from pydantic import SecretStr
from deploy.local.composition import Platform
from deploy.local.seeding import seed
from shared.reference import ReferenceTrouble
from shared.settings import Settings

async def main():
    platform = Platform(Settings(data_dir=Path("data-of-the-test"), secret_key=SecretStr(os.environ["SECRET"])))
    await platform.connect(os.environ["URL"], work=False)
    for name in sys.argv[1:]:
        file = Path(name)
        whole = file.read_bytes()
        for kind, spoilt in (("bytes", whole + b"\\n# \\xff\\n"), ("doubled", whole + b"\\nonce: 1\\nonce: 2\\n")):
            file.write_bytes(spoilt)
            try:
                loaded = await seed(platform)
                print(name, kind, "LOADED", loaded, sep="|")
            except ReferenceTrouble as trouble:
                print(name, kind, "REFUSED", trouble, sep="|")
        file.write_bytes(whole)
    await platform.disconnect()

asyncio.run(main())
"""


@pytest.mark.slow
async def test_no_service_loads_anything_when_any_file_is_wrong(unseeded: str, tmp_path: Path):
    """A copy of the platform, as an operator would spoil it."""
    for package in ("services", "gateway", "shared", "migrations", "deploy"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    before = await contents(unseeded)
    surroundings = {"URL": unseeded, "SECRET": SECRET, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SCRIPT, *FILES,
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **surroundings},
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()[-2000:]
    told = [line.split("|") for line in out.decode().splitlines()]
    assert len(told) == 2 * len(FILES)
    for name, kind, outcome, reason in told:
        if name not in NOT_SEEDED:
            assert outcome == "REFUSED", f"{name} ({kind}): {outcome} {reason}"
            assert f"{name}, line " in reason
            assert ("not UTF-8" if kind == "bytes" else "once occurs twice") in reason
    assert await contents(unseeded) == before
    assert sum(before.values()) == 0
