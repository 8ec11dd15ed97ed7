"""A workshop as a room sees it: phones vote, the projector and the control change by themselves."""

import pytest
import segno
from playwright.async_api import Browser, Page, expect

from deploy.local.composition import Platform
from tests.browser.chromium import barriers, device
from tests.people import Person
from tests.survey.conftest import ASSESSMENT, COMMUNITY, opened

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CONTROL = f"/survey/2026/{COMMUNITY}/workshop"


async def come_in(page: Page, code: str, name: str, group: str) -> None:
    await page.fill("#code", code.lower())
    await page.get_by_role("button", name="Entrar").click()
    await page.fill("#name", name)
    await page.select_option("#stakeholder_group", group)
    await page.get_by_role("button", name="Entrar al taller").click()


async def test_votes_appear_on_the_projector_as_they_are_cast(
    platform: Platform, chromium: Browser, origin: str, secretariat: Person, coordinator: Person
):
    await opened(secretariat)
    async with (
        device(chromium, origin, coordinator) as desk,
        device(chromium, origin, viewport={"width": 360, "height": 740}) as phone,
        device(chromium, origin, viewport={"width": 360, "height": 740}, java_script_enabled=False) as old_phone,
    ):
        control = await desk.open(CONTROL)
        await control.get_by_role("button", name="Abrir el taller").click()
        code = (await coordinator.get(f"{ASSESSMENT}/workshops")).json()["items"][0]["code"]
        projector = await desk.open(f"{CONTROL}/projector")
        await expect(projector.locator(".projector-code")).to_have_text(code)
        await expect(projector.locator(".projector-wait")).to_contain_text("0 personas en la sala")
        drawn = segno.make(f"{origin}/w/{code}", error="m", micro=False).svg_inline(border=3)
        assert (
            await projector.locator(".qr-code path").nth(1).get_attribute("d") == drawn.split(' d="')[1].split('"')[0]
        )
        ana, luis = await phone.open("/workshop"), await old_phone.open("/workshop")
        await come_in(ana, code, "Ana", "customs")
        await expect(ana.locator(".room-wait")).to_be_visible()
        await come_in(luis, code, "Luis", "depot")
        await expect(projector.locator(".projector-wait")).to_contain_text("2 personas en la sala")

        await control.get_by_role("button", name="Empezar por el mayor desacuerdo: M1.1.a").click()
        await expect(projector.locator(".projector-measure")).to_be_visible()
        await expect(ana.locator(".vote")).to_have_count(7)  # five levels and two words; nobody reloaded the page
        await ana.locator("#voto-4").click()
        await expect(ana.locator("#voto-4")).to_have_attribute("aria-pressed", "true")
        await luis.reload()
        await luis.locator("#voto-1").click()
        for screen in (projector, control):
            await expect(screen.locator(".votes-count")).to_contain_text("2 de 2 personas votaron")
            await expect(screen.locator(".groups desc")).to_contain_text("Depósitos y almacenes: 1 en el nivel 1")
        await ana.locator("#voto-3").click()
        await expect(projector.locator(".votes-figures")).to_contain_text("2.0")
        assert await barriers(projector) == [] and await barriers(ana) == []

        await control.locator('input[name="level"][value="2"]').check()
        await control.fill("#note", "Mientras se escribe, llegan votos.")
        await luis.locator("#voto-2").click()
        await expect(control.locator(".votes-figures")).to_contain_text("2.5")
        await expect(control.locator("#note")).to_have_value("Mientras se escribe, llegan votos.")
        await control.get_by_role("button", name="Guardar lo acordado y quién estuvo").click()
        await expect(projector.locator(".projector-agreed")).to_contain_text("2 ·")
        await expect(ana.locator(".vote")).to_have_count(0)
        agreed = (await coordinator.get(f"{ASSESSMENT}/summary")).json()["measures"][0]["agreed"]
        assert [one["name"] for one in agreed["rested_on"]["attendance"]] == ["Ana", "Luis"]
        other = await desk.open(CONTROL)
        await control.fill("#note", "Sobre M1.1.a")
        await other.get_by_role("button", name="Poner M1.1.b ante la sala").click()
        await expect(control.get_by_text("Otra persona puso otra medida")).to_be_visible()
        await expect(control.locator("#note")).to_have_value("Sobre M1.1.a")
        await other.get_by_role("button", name="Terminar el taller").click()
        await expect(ana.get_by_text("El taller terminó")).to_be_visible()
        await expect(projector.locator(".projector-wait")).to_contain_text("no está abierto")
        assert desk.complaints + phone.complaints == []
