"""Files in a bucket: documents and files of tasks on a real server that speaks S3 (SeaweedFS), started for this file."""

import asyncio
import hashlib
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import obstore
import pytest
from obstore.store import S3Store

from deploy.local.composition import Platform
from services.workspace.documents.text_jobs import forget_file
from shared.objects import RETRIES, Objects
from shared.problems import TooLarge, Unavailable
from tests.people import Person, if_match, somebody
from tests.platform import Server, settings_for
from tests.workspace.conftest import HERE, ROOT, SLUG, add_task, url_of
from tests.workspace.files import pdf, send_file

KEY, SECRET, BUCKET = "of-the-tests", "a secret of the tests", "documents"
MIB = 2**20


class Left(Exception):
    """Whoever was sending has gone."""


@dataclass
class Bucket:
    """A bucket on a server of its own, and what the platform is told of it."""

    port: int
    process: asyncio.subprocess.Process

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}", "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
        }  # fmt: skip

    @property
    def store(self) -> S3Store:
        return S3Store(
            BUCKET, endpoint=f"http://127.0.0.1:{self.port}", region="us-east-1", access_key_id=KEY,
            secret_access_key=SECRET, virtual_hosted_style_request=False, client_options={"allow_http": True}, retry_config=RETRIES,
        )  # fmt: skip

    async def names(self, under: str = "red/workspace") -> dict[str, int]:
        """What lies in it, with sizes."""
        return {one["path"]: one["size"] for part in obstore.list(self.store, under) for one in part}

    async def comes_up(self) -> bool:
        """Whether it takes something before it ends, within twenty seconds."""
        for _ in range(400):
            if self.process.returncode is not None:
                return False
            try:
                (await asyncio.open_connection("127.0.0.1", self.port))[1].close()
                obstore.put(self.store, "ready", b"yes")
            except Exception:  # not yet: whatever the library raises
                await asyncio.sleep(0.05)
            else:
                return True
        return False

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


@pytest.fixture(scope="session")
async def bucket(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bucket]:
    started = await start(tmp_path_factory.mktemp("bucket"))
    try:
        yield started
    finally:
        await started.stop()


PORTS = (
    "s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port",
    "filer.port.grpc", "admin.port", "admin.port.grpc",
)  # fmt: skip


async def start(folder: Path) -> Bucket:
    """The server with its bucket, within a second or so. When somebody took one of its ports, it tries others."""
    for number in range(3):
        room = folder / str(number)
        room.mkdir()
        ports = free_ports(len(PORTS))
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("weed")), "mini", f"-dir={room}", "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1", *(f"-{name}={port}" for name, port in zip(PORTS, ports, strict=True)),
            f"-bucket={BUCKET}", "-admin.ui=false", "-webdav=false", "-s3.port.iceberg=0", "-s3.port.lance=0",
            env=os.environ | {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET},
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        made = Bucket(ports[0], process)
        if await made.comes_up():
            return made
        await made.stop()
    raise AssertionError("the store did not come up")


def free_ports(number: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    try:
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


@asynccontextmanager
async def on(server: Server, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Platform, Person]]:
    """A platform that keeps its files there, and the committee's chair."""
    for name, value in bucket.environment.items():
        monkeypatch.setenv(name, value)
    platform = Platform(settings_for(server.settings.data_dir, object_store_url=f"s3://{BUCKET}/red"))
    async with server.clone() as url:
        await platform.connect(url, work=False)
        try:
            yield platform, await somebody(platform, "chair", ("chair", f"committee:{SLUG}"))
        finally:
            await platform.disconnect()


def path_of(told: dict[str, Any]) -> str:
    sha256 = told["sha256"]
    return f"red/workspace/{sha256[:2]}/{sha256[2:4]}/{sha256}"


async def test_documents_and_files_of_tasks_live_in_a_bucket(
    server: Server, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
):
    async with on(server, bucket, monkeypatch) as (platform, chair):
        small, large = pdf("Acta del comité"), b"%PDF-1.7\n" + os.urandom(21 * MIB)
        first = (await send_file(chair, small, "acta.pdf")).json()
        versions = f"{ROOT}/documents/{first['id']}/versions"
        second = (await send_file(chair, large, "acta.pdf", to=versions)).json()
        again = (await send_file(chair, large, "copia.pdf", to=url_of(await add_task(chair), "attachments"))).json()
        assert again["sha256"] == second["sha256"] == hashlib.sha256(large).hexdigest()
        sizes = {path_of(first): len(small), path_of(second): len(large)}
        assert await bucket.names() == sizes, "the same bytes once, and nothing on its way"
        for told, content in ((first, small), (second, large), (again, large)):
            fetched = await chair.get(told["content"])
            assert (fetched.status_code, fetched.content) == (200, content)
        for asked, wanted in (
            ("bytes=0-9", large[:10]), (f"bytes={8 * MIB - 5}-{8 * MIB + 4}", large[8 * MIB - 5 : 8 * MIB + 5]),
            ("bytes=-7", large[-7:]), (f"bytes={len(large) - 3}-", large[-3:]),
        ):  # fmt: skip
            part = await chair.get(second["content"], headers={"Range": asked})
            assert (part.status_code, part.content) == (206, wanted), asked
        await platform.run_jobs()
        read = await chair.get(f"{versions}/1/preview")
        assert "Acta del comité" in read.json()["text"], "its text is read out of the bucket"

        obstore.put(bucket.store, path_of(first), small[:-1] + b"?")
        assert (await chair.get(first["content"])).status_code == 503, "what was changed there is not given out"
        obstore.delete(bucket.store, path_of(first))
        assert (await chair.get(first["content"])).status_code == 503

        service = platform.services["workspace"].state
        await forget_file(service.database, service.objects, {"sha256": second["sha256"]})
        assert path_of(second) in await bucket.names(), "a version and a task name it"
        read = await chair.get(f"{ROOT}/documents/{first['id']}")
        assert (await chair.delete(f"{ROOT}/documents/{first['id']}", headers=if_match(read))).status_code == 204


async def test_what_is_not_sent_to_its_end_leaves_nothing_and_a_store_that_is_away_says_so(
    server: Server, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
):
    before = await bucket.names()
    async with on(server, bucket, monkeypatch) as (platform, chair):
        objects: Objects = platform.services["workspace"].state.objects

        async def breaks_off() -> AsyncIterator[bytes]:
            for _ in range(18):
                yield bytes(MIB)
            raise Left

        with pytest.raises(Left):
            await objects.keep(breaks_off(), largest=100 * MIB)
        with pytest.raises(TooLarge):
            await objects.keep(breaks_off(), largest=17 * MIB)
        assert await bucket.names() == before, "nothing whole, nothing half"

        kept = [await objects.keep_bytes(b"one and the same") for _ in range(2)]
        assert kept[0] == kept[1]
        now = datetime.now(UTC)
        await objects.forget(kept[0].sha256, unless_kept_after=now - timedelta(hours=1))
        assert await objects.read_whole(kept[0].sha256) == b"one and the same", "it was kept lately"
        await objects.forget(kept[0].sha256, unless_kept_after=now + timedelta(hours=1))
        with pytest.raises(FileNotFoundError):
            await objects.read_whole(kept[0].sha256)
        await asyncio.gather(*(objects.keep_bytes(b"at once") for _ in range(6)))
        assert len(await bucket.names()) == len(before) + 1

    away = Bucket(free_ports(1)[0], bucket.process)
    async with on(server, away, monkeypatch) as (platform, chair):
        refused = await send_file(chair, pdf("Otra"), "otra.pdf", status=503)
        assert "retry-after" in refused.headers
        assert (await chair.get(f"{HERE}/documents")).json()["total"] == 0
        with pytest.raises(Unavailable):
            await platform.services["workspace"].state.objects.read_whole("00" * 32)
