"""Five minutes of a newcomer: from `portsnet up` to a score that can be read, all in a real browser."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.browser.chromium import device
from tests.deploy.command import Running, open_folder, running
from tests.deploy.people import PASSWORD, invited

pytestmark = [pytest.mark.browser, pytest.mark.slow]
YEAR = datetime.now(UTC).year
COMMUNITY = "mx-manzanillo"
ASSESSMENT = f"/api/v1/survey/campaigns/{YEAR}/assessments/{COMMUNITY}"


@pytest.fixture
def platform() -> Iterator[Running]:
    with open_folder() as folder, running(folder / "data") as platform:
        yield platform


async def test_from_the_printed_link_to_a_score(chromium: Browser, platform: Running):
    scope = f"community:{COMMUNITY}"
    today = datetime.now(UTC).date()
    async with device(chromium, platform.origin) as desk:
        page = await desk.open(platform.invitations[0].removeprefix(platform.origin))
        await page.locator("input[name=username]").fill("secretaria.red")
        await page.locator("input[name=name]").fill("María Fernanda Rojas")
        await page.locator("input[name=password]").fill(PASSWORD)
        await page.locator("main form button[type=submit]").first.click()
        await page.wait_for_url(platform.origin + "/desk")
        await expect(page.locator(".site-header")).to_contain_text("María Fernanda Rojas")

        await page.locator('.site-header a[href="/communities"]').click()
        await page.locator(f'main a[href="/communities/{COMMUNITY}"]').last.click()  # in the list beside the map
        await expect(page.locator("h1")).to_contain_text("Manzanillo")
        await expect(page.locator("main")).to_contain_text("MXZLO")

        await page.goto(platform.origin + "/admin/campaigns")
        form = page.locator('main form[action="/admin/campaigns"]')
        await form.locator("[name=year]").fill(str(YEAR))
        await form.locator("[name=opens_on]").fill(str(today))
        await form.locator("[name=closes_on]").fill(str(today + timedelta(days=30)))
        for box in await form.locator("input[type=checkbox]").all():
            if await box.get_attribute("value") == COMMUNITY:
                await box.check(force=True)
        await form.locator("button[type=submit]").first.click()
        await page.wait_for_url(re.compile(rf"/admin/campaigns/{YEAR}"))
        await page.locator(f'main form[action="/admin/campaigns/{YEAR}/open"] button').first.click()
        await expect(page.locator("main")).to_contain_text("Manzanillo")
        assert desk.complaints == []

        async with device(chromium, platform.origin, viewport={"width": 390, "height": 844}) as phone:
            link = invited(platform, "respondent", scope, "customs")
            page = await phone.open(link.removeprefix(platform.origin))
            await page.locator("input[name=username]").fill("aduana.mzo")
            await page.locator("input[name=name]").fill("Jorge Núñez")
            await page.locator("input[name=password]").fill(PASSWORD)
            await page.locator("main form button[type=submit]").first.click()
            await page.wait_for_url(platform.origin + "/desk")
            await page.locator(f'main a[href^="/survey/{YEAR}/{COMMUNITY}"]').first.click()
            for level in (3, 1, 2):  # the three measures of the first point
                measure = await page.locator("[data-measure]").get_attribute("data-measure")
                await page.locator(f'input[name="level"][value="{level}"]').check(force=True)
                await expect(page.locator("[data-save-state]")).to_contain_text("Guardado en el servidor a las")
                await page.locator('button[value="next"]').click()
                await page.wait_for_function(
                    "(was) => document.querySelector('[data-measure]').dataset.measure !== was", arg=measure
                )
            assert phone.complaints == []

        async with device(chromium, platform.origin, viewport={"width": 1440, "height": 900}) as office:
            page = await office.open(invited(platform, "coordinator", scope).removeprefix(platform.origin))
            await page.locator("input[name=username]").fill("coordina.mzo")
            await page.locator("input[name=name]").fill("Lucía Vargas")
            await page.locator("input[name=password]").fill(PASSWORD)
            await page.locator("main form button[type=submit]").first.click()
            await page.wait_for_url(platform.origin + "/desk")
            await page.goto(f"{platform.origin}/survey/{YEAR}/{COMMUNITY}/summary")
            # By hand: levels 3, 1, 2 of 4 from one group are 75, 25 and 50; their mean is 50.
            await expect(page.locator("main")).to_contain_text("50")
            cookies = {one["name"]: one["value"] for one in await office.context.cookies()}
            async with httpx.AsyncClient(base_url=platform.origin, cookies=cookies) as program:
                told = (await program.get(f"{ASSESSMENT}/score")).json()
            assert told["pillars"][0]["points"][0]["score"] == 50
            assert told["overall"] is None
            assert office.complaints == []
    async with httpx.AsyncClient(base_url=platform.origin) as visitor:
        assert (await visitor.get(f"{ASSESSMENT}/score", headers={"accept": "application/json"})).status_code == 401
