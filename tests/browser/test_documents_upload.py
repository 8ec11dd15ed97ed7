"""Uploads in a browser: dropped or chosen, in parts, with progress, and going on where the line broke."""

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from deploy.local.composition import Platform
from tests.browser.chromium import device
from tests.people import Person
from tests.workspace.conftest import HERE, SLUG

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DOCUMENTS = f"/committees/{SLUG}/documents"
LARGE = b"%PDF-1.7\n" + bytes(range(256)) * (20 * 2**12)  # 20 MiB: three parts
DROP = """(file) => {
  const data = new DataTransfer();
  for (const name of ["uno.txt", "dos.txt"]) data.items.add(new File([`contenido de ${name}`], name));
  return data;
}"""


class Line:
    """The line to the platform, which breaks after so many parts, as often as told."""

    def __init__(self, good: int, breaks: int) -> None:
        self.good, self.breaks = good, breaks
        self.offsets: list[int] = []

    async def carry(self, route: Route) -> None:
        if route.request.method != "PATCH":
            await route.continue_()
            return
        self.offsets.append(int(route.request.headers["upload-offset"]))
        if self.good:
            self.good -= 1
            await route.continue_()
        elif self.breaks:
            self.breaks -= 1
            await route.abort("connectionreset")
        else:
            await route.continue_()

    async def under(self, page: Page) -> None:
        await page.route("**/api/v1/workspace/uploads/*", self.carry)


async def test_an_upload_goes_on_after_the_line_broke_and_after_the_page_was_closed(
    chromium: Browser, platform: Platform, origin: str, member: Person, tmp_path: Path
):
    file = tmp_path / "grande.pdf"
    file.write_bytes(LARGE)
    async with device(chromium, origin, member) as screen:
        page = await screen.open(DOCUMENTS)
        broken = Line(good=1, breaks=10_000)
        await broken.under(page)
        await page.set_input_files("#file", file)
        await page.get_by_role("button", name="Subir el documento").click()
        says = page.locator(".upload-says")
        await expect(says).to_contain_text(re.compile(r"Sin conexión. Sigue desde 39 %"))
        assert await page.locator("progress").get_attribute("value") == "39"
        await page.close()
        page = await screen.open(DOCUMENTS)
        await expect(page.locator("[data-unfinished]")).to_contain_text("Quedó a medias: grande.pdf")
        mended = Line(good=1, breaks=1)
        await mended.under(page)
        await page.set_input_files("#file", file)
        await page.get_by_role("button", name="Subir el documento").click()
        await expect(page.locator("[data-unfinished]")).to_have_count(0)
        await page.wait_for_url(re.compile(r"/documents/[0-9a-f-]{36}$"))
        part = 8 * 2**20
        assert broken.offsets[:2] == [0, part]
        assert mended.offsets == [part, 2 * part, 2 * part]
    listed = (await member.get(f"{HERE}/documents")).json()
    assert [(one["title"], one["size"]) for one in listed["items"]] == [("grande", len(LARGE))]
    assert (await member.get(listed["items"][0]["content"])).content == LARGE


async def test_files_are_dropped_and_what_is_not_taken_says_why(
    chromium: Browser, platform: Platform, origin: str, member: Person, chair: Person, tmp_path: Path
):
    async with device(chromium, origin, member) as screen:
        page = await screen.open(DOCUMENTS)
        data = await page.evaluate_handle(DROP)
        await page.dispatch_event("[data-drop]", "drop", {"dataTransfer": data})
        await expect(page.locator(".upload-list li", has_text="Listo")).to_have_count(2)
        (tmp_path / "malo.exe").write_bytes(b"MZ\x90\x00")
        (tmp_path / "acta.pdf").write_bytes(b"<!doctype html><html><body>hola</body></html>")
        for name, said in (("malo.exe", "ni programas"), ("acta.pdf", "El contenido no es lo que dice el nombre")):
            await page.set_input_files("#file", tmp_path / name)
            await page.get_by_role("button", name="Subir el documento").click()
            await expect(page.locator(".upload-list li").last).to_contain_text(said)
        titles = {one["title"]: one["id"] for one in (await member.get(f"{HERE}/documents")).json()["items"]}
        assert titles.keys() == {"uno", "dos"}
        page = await screen.open(f"{DOCUMENTS}/{titles['uno']}")
        later = {"file": ("uno.txt", b"de la presidencia")}
        assert (
            await chair.post(f"/api/v1/workspace/documents/{titles['uno']}/versions", files=later)
        ).status_code == 201
        await page.locator("#otra summary").click()
        (tmp_path / "uno.txt").write_bytes(b"la mia")
        await page.set_input_files("#file", tmp_path / "uno.txt")
        await page.get_by_role("button", name="Subir la versión").click()
        await expect(page.locator(".upload-says")).to_contain_text("Otra persona agregó una versión")
        await page.reload()
        await page.get_by_role("button", name="Agregarlo como versión 3").click()
        await expect(page.locator("h2", has_text="3 versiones")).to_be_visible()


async def test_what_came_before_the_line_broke_is_kept_of_a_part_and_dropped_of_a_form(
    platform: Platform, origin: str, member: Person, capfd: pytest.CaptureFixture[str]
):
    wanted = {"committee": SLUG, "file_name": "corte.txt", "size": 4_000_000}
    begun = (await member.post("/api/v1/workspace/uploads", json=wanted)).headers["location"]
    part = ("PATCH", begun, "application/offset+octet-stream", "Upload-Offset: 0\r\n", b"x" * 2_000_000)
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    form = ("POST", f"{HERE}/documents", "multipart/form-data; boundary=b", "", head + b"x" * 2_000_000)
    cookie = f"{platform.gateway.front.cookie}={member.cookies[platform.gateway.front.cookie]}"
    for method, path, kind, more, content in (part, form):
        _, writer = await asyncio.open_connection("127.0.0.1", int(origin.rpartition(":")[2]))
        told = (
            f"{method} {path} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nOrigin: {origin}\r\nContent-Type: {kind}\r\n"
            f"X-CSRF-Token: {member.headers['X-CSRF-Token']}\r\nContent-Length: 4000000\r\n{more}\r\n"
        )
        writer.write(told.encode() + content)
        await writer.drain()
        await asyncio.sleep(0.3)
        writer.close()
    while (received := (await member.get(begun)).json()["received"]) == 0:
        await asyncio.sleep(0.1)
    assert received <= 2_000_000
    rest = {"Upload-Offset": str(received), "Content-Type": "application/offset+octet-stream"}
    done = await member.patch(begun, content=b"x" * (4_000_000 - received), headers=rest)
    assert done.json()["finished"]["size"] == 4_000_000
    assert [one["title"] for one in (await member.get(f"{HERE}/documents")).json()["items"]] == ["corte"]
    assert "unexpected" not in capfd.readouterr().err
