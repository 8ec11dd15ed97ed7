"""The virus scanner: what it finds is not kept, and what it did not look at is not taken."""

import asyncio
import base64
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.local.composition import Platform
from tests.people import Person, pointers, somebody
from tests.platform import Server, settings_for
from tests.workspace.conftest import HERE, ROOT, SLUG, add_task, url_of
from tests.workspace.files import pdf, send_file

EICAR = base64.b85decode("ST#=}P$fV?P+K%yP+C|uG$>GBDK|qyDK~v2MM*<JQY}+dK~6+LQba95PE<)&Nm5l)EmTEQR4qnHOhq9iNGnJx")
"""The test file that every scanner knows (eicar.org), folded so that none finds it here."""
CLAMD = shutil.which("clamd")


@asynccontextmanager
async def scanner(folder: Path) -> AsyncIterator[str]:
    """A real clamd that knows one signature; its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "test.ndb").write_text(f"Eicar-Test:0:*:{EICAR.hex()}\n")
    settings = folder / "clamd.conf"
    settings.write_text(
        f"Foreground yes\nTCPSocket {port}\nTCPAddr 127.0.0.1\nDatabaseDirectory {folder}\nStreamMaxLength 1M\n"
        f"TemporaryDirectory {folder}\n"
    )
    server = await asyncio.create_subprocess_exec(
        str(CLAMD), "-c", str(settings), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                assert server.returncode is None, "clamd ended"
                await asyncio.sleep(0.1)
            else:
                writer.close()
                break
        yield f"tcp://127.0.0.1:{port}"
    finally:
        server.terminate()
        await server.wait()


@asynccontextmanager
async def scanning(server: Server, url: str) -> AsyncIterator[Person]:
    """A member of the committee on a platform that asks this scanner."""
    platform = Platform(settings_for(server.settings.data_dir, clamav_url=url))
    async with server.clone() as database:
        await platform.connect(database, work=False)
        try:
            yield await somebody(platform, "member", ("member", f"committee:{SLUG}"))
        finally:
            await platform.disconnect()


async def test_a_file_is_taken_only_after_the_scanner_has_looked_at_it(server: Server, tmp_path: Path):
    async with scanning(server, "tcp://127.0.0.1:9") as member:
        refused = await send_file(member, pdf("Acta"), "acta.pdf", status=503)
        assert "retry-after" in refused.headers
        assert (await member.get(f"{HERE}/documents")).json()["total"] == 0
        await send_file(member, pdf("Acta"), "a.pdf", to=url_of(await add_task(member), "attachments"), status=503)
    if CLAMD is not None:
        async with scanner(tmp_path) as url, scanning(server, url) as member:
            added = await send_file(member, pdf("Acta"), "acta.pdf")
            for name, content in (("virus.txt", EICAR), ("grande.txt", b"a" * 2 * 2**20)):
                assert pointers(await send_file(member, content, name, status=422)) == ["/file"], name
            version = f"{ROOT}/documents/{added.json()['id']}/versions"
            assert pointers(await send_file(member, EICAR, "acta.txt", to=version, status=422)) == ["/file"]
            assert (await member.get(f"{HERE}/documents")).json()["total"] == 1
            task = await add_task(member)
            to = url_of(task, "attachments")
            assert pointers(await send_file(member, EICAR, "acta.txt", to=to, status=422)) == ["/file"]
            await send_file(member, pdf("Acta"), "acta.pdf", to=to)
            assert (await member.get(url_of(task))).json()["attachments"] == 1
