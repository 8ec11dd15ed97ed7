"""`portsnet backup` and `restore`: database, stored files and secret in one archive, each with its SHA-256."""

import asyncio
import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from sqlalchemy import text
from sqlalchemy.engine import make_url

from deploy.local.databases import database_for_a_command, database_for_serving, running_url
from deploy.local.postgres import DatabaseTrouble, binary
from migrations.running import migrate, prepare_roles
from shared.database import engine
from shared.objects import INCOMING
from shared.settings import SCHEMAS, Settings
from shared.version import VERSION

FORMAT = 1
DUMP, OBJECTS, SECRET, MANIFEST = "database.dump", "objects", "secret", "manifest.json"


async def write_backup(settings: Settings, file: Path, console: Console) -> None:
    """Write the archive, readable by its owner only; also while the platform runs (the dump is one snapshot).

    Raises DatabaseTrouble when the file exists or the database cannot be dumped.
    """
    if file.exists():
        raise DatabaseTrouble(f"{file} exists already; choose another name.")
    partial = file.with_name(f".{file.name}.part")
    with tempfile.TemporaryDirectory(prefix="portsnet-") as folder, _progress(console) as progress:
        task = progress.add_task("Backing up", total=3)
        dump = Path(folder) / DUMP
        async with database_for_a_command(settings) as found:
            await _run("pg_dump", found.url, ["--format=custom", "--no-owner", f"--file={dump}", *_schemas()])
        # only now: bytes are safe before a row names them, so whatever the dump names is in the folder
        stored = _stored(settings.data_dir / OBJECTS)
        progress.update(task, advance=1, total=len(stored) + 3)
        sums: dict[str, str] = {}
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as out:
                with tarfile.open(fileobj=out, mode="w") as archive:
                    _add(archive, DUMP, dump, sums)
                    _add_bytes(archive, SECRET, settings.secret, sums)
                    progress.advance(task, 2)
                    for path in stored:
                        with suppress(FileNotFoundError):  # let go of since: nothing names it any more
                            _add(archive, f"{OBJECTS}/{path.relative_to(settings.data_dir / OBJECTS)}", path, sums)
                        progress.advance(task)
                    now = datetime.now(UTC).isoformat()
                    manifest = {"format": FORMAT, "version": VERSION, "at": now, "sha256": sums}
                    _add_bytes(archive, MANIFEST, json.dumps(manifest, indent=1).encode(), {})
                out.flush()
                os.fsync(out.fileno())
            partial.rename(file)
        finally:
            partial.unlink(missing_ok=True)
    console.print(f"Backed up to {file}. It holds the platform's secret: keep it like a password.")


async def read_backup(settings: Settings, file: Path, console: Console) -> None:
    """Bring an archive back. Raises DatabaseTrouble when it is damaged or newer than this platform, when the platform
    runs, or when there is data already; then nothing was changed."""
    if settings.database_url is None and running_url(settings.data_dir) is not None:
        raise DatabaseTrouble("The platform runs on this data; stop it before restoring.")
    with tempfile.TemporaryDirectory(prefix="portsnet-") as name, _progress(console) as progress:
        folder = Path(name)
        task = progress.add_task("Restoring", total=4)
        _unpack(file, folder)
        progress.advance(task)
        secret = (folder / SECRET).read_text().strip()
        own = settings.data_dir / SECRET
        kept_in_file = own.exists() and own.read_text().strip() == settings.secret.decode()
        if not kept_in_file and settings.secret.decode() != secret:
            raise DatabaseTrouble(
                "The backup was made with another secret: leave PORTSNET_SECRET_KEY out, or set it to the backup's."
            )
        async with database_for_serving(settings) as found:
            await _must_be_empty(found.url)
            await prepare_roles(found.url, secret.encode())
            await _run(
                "pg_restore", found.url, ["--exit-on-error", "--single-transaction", "--no-owner", str(folder / DUMP)]
            )
            progress.advance(task)
            await migrate(found.url, secret.encode())
            progress.advance(task)
        if kept_in_file:
            own.write_text(secret)
            own.chmod(0o600)
        for source in sorted((folder / OBJECTS).rglob("*")):
            if source.is_file():
                target = settings.data_dir / OBJECTS / source.relative_to(folder / OBJECTS)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(source.read_bytes())
        progress.advance(task)
    console.print("Restored. Start the platform with `portsnet up`.")


def _progress(console: Console) -> Progress:
    """A bar for somebody who watches; nothing in the log of a nightly run."""
    return Progress(console=console, transient=True, disable=not console.is_terminal)


def _stored(folder: Path) -> list[Path]:
    """What is kept; files that are just coming in are not, and change while they are read."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.parent.name != INCOMING)


def _schemas() -> list[str]:
    return [f"--schema={schema}" for schema in SCHEMAS]


async def _run(program: str, url: str, arguments: Sequence[str]) -> None:
    """Run one of PostgreSQL's programs on the database; its last line tells what went wrong."""
    address = make_url(url)
    environment = {
        **os.environ,
        "PGHOST": str(address.query.get("host") or address.host or ""),
        "PGPORT": str(address.query.get("port") or address.port or 5432),
        "PGUSER": address.username or "",
        "PGPASSWORD": address.password or "",
        "PGDATABASE": address.database or "",
    }
    target = [f"--dbname={address.database}"] if program == "pg_restore" else []
    process = await asyncio.create_subprocess_exec(
        str(binary(program)), *target, *arguments, env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:  # we are told to leave
            process.kill()
            await process.wait()
    if process.returncode:
        lines = said.decode(errors="replace").strip().splitlines() or ["no reason given"]
        if "no matching schemas" in lines[-1]:
            raise DatabaseTrouble("There is nothing to back up yet: the platform was never started on this data.")
        raise DatabaseTrouble(f"{program} failed: {lines[-1]}")


async def _must_be_empty(url: str) -> None:
    source = engine(url, pool=0)
    try:
        async with source.connect() as connection:
            known = await connection.scalar(
                text("SELECT count(*) FROM pg_namespace WHERE nspname = ANY(:names)"), {"names": list(SCHEMAS)}
            )
    finally:
        await source.dispose()
    if known:
        raise DatabaseTrouble("There is data in this database already; restore into an empty one.")


def _unpack(file: Path, folder: Path) -> None:
    """Everything out of the archive, each file checked against its sum."""
    try:
        with tarfile.open(file, "r:") as archive:
            archive.extractall(folder, filter="data")
        manifest = json.loads((folder / MANIFEST).read_text())
        for name, expected in manifest["sha256"].items():
            if _sum(folder / name) != expected:
                raise DatabaseTrouble(f"{file} is damaged: {name} is not what was backed up.")
        if manifest["format"] > FORMAT:
            raise DatabaseTrouble(f"{file} was written by a newer platform ({manifest['version']}).")
    except (tarfile.TarError, OSError, ValueError, KeyError) as error:
        raise DatabaseTrouble(f"{file} is not a backup that can be read: {error}") from None


def _add(archive: tarfile.TarFile, name: str, path: Path, sums: dict[str, str]) -> None:
    found = _sum(path)
    archive.add(path, arcname=name)
    sums[name] = found


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes, sums: dict[str, str]) -> None:
    sums[name] = hashlib.sha256(content).hexdigest()
    info = tarfile.TarInfo(name)
    info.size = len(content)
    info.mode = 0o600
    archive.addfile(info, io.BytesIO(content))


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
