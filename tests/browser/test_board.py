"""Dragging cards of a committee's board in a browser, with mouse and finger; what is refused goes back."""

import re

import pytest
from playwright.async_api import Browser, Page, Route, expect

from deploy.local.composition import Platform
from tests.browser.chromium import device
from tests.people import Person, somebody
from tests.workspace.conftest import SLUG, add_task, titles, url_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BOARD = f"/committees/{SLUG}"


async def place_of(page: Page, title: str, part: str = "") -> tuple[float, float]:
    """Where the card with this title is on the screen, or a part of it."""
    card = page.locator(f'.task:has(a:text-is("{title}")) {part}'.strip()).first
    await card.scroll_into_view_if_needed()
    box = await card.bounding_box()
    assert box is not None, title
    return box["x"] + box["width"] / 2, box["y"] + (box["height"] / 2 if part else 12)


async def drag(page: Page, title: str, state: str, below: str | None = None) -> None:
    """With the mouse into a column: to its top, or below another card of it."""
    await page.mouse.move(*await place_of(page, title))
    await page.mouse.down()
    column = await page.locator(f'[data-state="{state}"]').bounding_box()
    assert column is not None
    y = column["y"] + 20
    if below is not None:
        box = await page.locator(f'.task:has(a:text-is("{below}"))').first.bounding_box()
        assert box is not None
        y = box["y"] + box["height"] - 4
    await page.mouse.move(column["x"] + column["width"] / 2, y, steps=12)
    await page.mouse.up()
    await expect(page.locator(".board[aria-busy]")).to_have_count(0)


async def shown(page: Page, state: str) -> list[str]:
    return await page.locator(f'[data-state="{state}"] .task-title').all_inner_texts()


async def test_cards_are_dragged_between_and_within_columns_and_what_is_refused_goes_back(
    chromium: Browser, platform: Platform, origin: str, member: Person, chair: Person
):
    observer = await somebody(platform, "observer", ("observer", f"committee:{SLUG}"))
    made = {title: await add_task(chair, title) for title in ("Boyas", "Dragado", "Calado", "Antepuerto")}
    assert (await chair.post(url_of(made["Antepuerto"], "move"), json={"state": "doing"})).status_code == 200
    async with device(chromium, origin, member) as screen:
        page = await screen.open(BOARD)
        await expect(page.locator(".drag-hint")).to_be_visible()
        toast = page.locator(".toast")
        await drag(page, "Boyas", "doing", below="Antepuerto")
        await expect(toast.last).to_have_text("«Boyas» quedó en «En marcha».")
        await drag(page, "Calado", "todo")
        await expect(toast.last).to_have_text("«Calado» quedó en «Por hacer».")
        await drag(page, "Dragado", "review")
        await expect(toast.last).to_have_text("«Dragado» quedó en «En revisión».")
        await page.reload()
        assert await shown(page, "doing") == ["Antepuerto", "Boyas"]
        assert (await shown(page, "todo"), await shown(page, "review")) == (["Calado"], ["Dragado"])
        assert await titles(member) == ["Calado", "Antepuerto", "Boyas", "Dragado"]
        counts = await page.locator(".board-column-title .count").all_inner_texts()
        assert counts[:3] == ["1", "2", "1"]
        await drag(page, "Boyas", "doing")
        await expect(page.locator('[data-state="doing"] .task-title').first).to_have_text("Boyas")
        await page.get_by_role("link", name="Boyas").click()
        await page.wait_for_url(re.compile("/tasks/"))

        page = await screen.open(BOARD)
        await page.mouse.move(*await place_of(page, "Calado"))
        await page.mouse.down()
        await page.mouse.move(700, 500, steps=5)
        await expect(page.locator(".task-ghost")).to_have_count(1)
        await page.keyboard.press("Escape")
        await page.mouse.up()
        assert await shown(page, "todo") == ["Calado"], "Escape ends it"

        async def broken(route: Route) -> None:
            await route.abort("connectionreset")

        await page.route("**/move", broken)
        await drag(page, "Calado", "review", below="Dragado")
        await expect(page.locator(".toast[data-lasting]")).to_have_text("No se movió «Calado»: no hay conexión.")
        assert (await shown(page, "todo"), await shown(page, "review")) == (["Calado"], ["Dragado"])
        await expect(page.locator(".task.is-refused")).to_have_count(1)
        await page.unroute("**/move")
        screen.complaints.clear()  # the broken line
        moved = await chair.post(url_of(made["Dragado"], "move"), json={"state": "done"})
        assert moved.status_code == 200
        await drag(page, "Calado", "review", below="Dragado")
        await expect(page.locator(".toast[data-lasting]")).to_contain_text("otra persona cambió el tablero")
        await expect(page.locator('[data-state="done"] .task-title')).to_have_text("Dragado")
        assert (await shown(page, "todo"), await shown(page, "review")) == (["Calado"], [])
        await chair.post(url_of(made["Calado"], "move"), json={"state": "todo"})
        grants = {"user": member.user_id, "scope": f"committee:{SLUG}"}
        (held,) = (await chair.get("/api/v1/identity/grants", params=grants)).json()["items"]
        only_reads = {**grants, "role": "observer"}
        assert (await chair.post("/api/v1/identity/grants", json=only_reads)).status_code == 201
        assert (await chair.delete(f"/api/v1/identity/grants/{held['id']}")).status_code == 204
        await drag(page, "Calado", "doing")
        await expect(page.locator(".toast[data-lasting]")).to_contain_text("usted ya no puede mover las tareas")
        assert await shown(page, "todo") == ["Calado"]
        assert (await chair.post("/api/v1/identity/grants", json={**grants, "role": "member"})).status_code == 201
        assert [one for one in screen.complaints if "/move" not in one and BOARD not in one] == []
    for person, viewport in ((member, {"width": 375, "height": 800}), (observer, {"width": 1440, "height": 900})):
        async with device(chromium, origin, person, has_touch=person is member, viewport=viewport) as screen:
            page = await screen.open(BOARD)
            if person is observer:
                await expect(page.locator("[data-drag], .task-handle")).to_have_count(0)
                await drag_freely(page, "Calado")
                assert await page.locator(".task-ghost").count() == 0
            else:
                await drag_by_finger(page, "Calado")
                await expect(page.locator(".toast").last).to_contain_text("«Calado» quedó en «")
            await page.reload()
            await expect(page.locator("main")).to_contain_text("Calado")
            assert screen.complaints == []
    assert (await member.get(url_of(made["Calado"]))).json()["state"] == "doing"
    sent = await observer.post(url_of(made["Calado"], "move"), json={"state": "todo"})
    assert sent.status_code == 403


async def drag_freely(page: Page, title: str) -> None:
    box = await page.get_by_role("link", name=title).bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 5, box["y"] - 4)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 500, box["y"] + 40, steps=8)
    await page.mouse.up()


async def drag_by_finger(page: Page, title: str) -> None:
    """By the handle, held at the right edge until the board has scrolled to the next column."""
    x, y = await place_of(page, title, ".task-handle")
    touch = await page.context.new_cdp_session(page)

    async def send(kind: str, *points: tuple[float, float]) -> None:
        await touch.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]}
        )

    await send("touchStart", (x, y))
    for step in range(1, 9):
        await send("touchMove", (x + (345 - x) * step / 8, y))
    await expect(page.locator('[data-state="doing"] .is-dragged')).to_have_count(1)
    await send("touchEnd")
