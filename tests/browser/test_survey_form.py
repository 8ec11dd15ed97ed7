"""The respondent's form: saved means on the server, and nothing that somebody typed is lost or given to another."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from deploy.local.composition import Platform
from gateway import passwords
from gateway.sessions import end_all_sessions, open_session
from tests.browser.chromium import Device, device
from tests.people import OPERATOR, Person, somebody, user_id, visitor
from tests.survey.conftest import COMMUNITY, MINE, YEAR, opened

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FORM = f"/survey/{YEAR}/{COMMUNITY}"
FIRST, SECOND = f"{FORM}?measure=M1.1.a", f"{FORM}?measure=M1.1.b"
PASSWORD = "cuatro grúas sobre el muelle"
SAVED = re.compile("Guardado en el servidor a las")
OFFLINE = re.compile("Sin conexión")


@pytest.fixture(autouse=True)
async def campaign(secretariat: Person) -> int:
    return await opened(secretariat)


@pytest.fixture
async def phone(chromium: Browser, origin: str, respondent: Person) -> AsyncIterator[Device]:
    """The respondent's phone."""
    async with device(chromium, origin, respondent, viewport={"width": 390, "height": 844}, has_touch=True) as phone:
        yield phone


async def choose(page: Page, level: int) -> None:
    await page.locator(f'input[name="level"][value="{level}"]').check(force=True)


def standing(page: Page) -> Any:
    """Where the form says whether it is saved."""
    return expect(page.locator("[data-save-state]"))


async def until(page: Page, condition: str) -> None:
    """Wait for what only a script can tell; the pages' own policy keeps the browser from waiting for it."""
    async with asyncio.timeout(30):
        while not await page.evaluate(condition):
            await asyncio.sleep(0.1)


async def answers_of(person: Person) -> dict[str, tuple[int | None, str | None]]:
    """What the server has."""
    told = (await person.get(MINE)).json()["answers"]
    return {answer["measure"]: (answer["level"], answer["comment"]) for answer in told}


async def test_what_is_chosen_is_saved_by_itself(phone: Device, respondent: Person):
    page = await phone.open(FIRST)
    await choose(page, 3)
    await standing(page).to_contain_text(SAVED)
    assert await answers_of(respondent) == {"M1.1.a": (3, None)}
    await page.locator("textarea[name=comment]").fill("Desde marzo, con la aduana")
    await page.wait_for_function("document.querySelector('[data-save-state]').dataset.tone === 'ok'")
    await page.locator('button[value="next"]').click()
    await page.wait_for_url(re.compile(r"measure=M1\.1\.b"))
    assert await answers_of(respondent) == {"M1.1.a": (3, "Desde marzo, con la aduana")}
    await page.goto(phone.origin + FIRST)
    await expect(page.locator('input[name="level"][value="3"]')).to_be_checked()
    assert phone.complaints == []


async def test_the_way_in_from_the_mail_is_the_first_measure_without_an_answer(phone: Device, respondent: Person):
    page = await phone.open(FORM)
    assert await page.locator("[data-measure]").get_attribute("data-measure") == "M1.1.a"
    await choose(page, 2)
    await standing(page).to_contain_text(SAVED)
    await page.goto(phone.origin + FORM)
    assert await page.locator("[data-measure]").get_attribute("data-measure") == "M1.1.b"


async def test_what_is_answered_without_a_connection_goes_out_when_it_is_back(phone: Device, respondent: Person):
    page = await phone.open(FIRST)
    await phone.context.set_offline(True)
    await choose(page, 4)
    await standing(page).to_contain_text(OFFLINE)
    await choose(page, 1)
    assert await answers_of(respondent) == {}
    await phone.context.set_offline(False)
    await standing(page).to_contain_text(SAVED)
    assert await answers_of(respondent) == {"M1.1.a": (1, None)}


async def test_without_a_connection_one_goes_on_from_measure_to_measure(
    chromium: Browser, origin: str, respondent: Person
):
    screen = {"viewport": {"width": 390, "height": 844}, "service_workers": "allow"}
    async with device(chromium, origin, respondent, **screen) as phone:
        page = await phone.open(FIRST)
        pages = "caches.open('survey').then((kept) => kept.keys()).then((all) => all.filter((one) => /survey.2/.test(one.url)))"
        await until(page, f"{pages}.then((kept) => kept.length === 28)")
        await phone.context.set_offline(True)
        for code, level in (("M1.1.a", 1), ("M1.1.b", 2), ("M1.1.c", 3)):
            assert await page.locator("[data-measure]").get_attribute("data-measure") == code
            await choose(page, level)
            await standing(page).to_contain_text(OFFLINE)
            await page.locator('button[value="next"]').click()
            await page.wait_for_url(lambda address, code=code: not address.endswith(code))
        await page.goto(origin + SECOND)
        await expect(page.locator('input[name="level"][value="2"]')).to_be_checked()
        assert await answers_of(respondent) == {}
        await phone.context.set_offline(False)
        await standing(page).to_contain_text(SAVED)
        assert await answers_of(respondent) == {"M1.1.a": (1, None), "M1.1.b": (2, None), "M1.1.c": (3, None)}

        # A page that was kept before its answer was saved rests on what was saved, and makes no conflict with oneself.
        await phone.context.set_offline(True)
        await page.goto(origin + FIRST)
        await expect(page.locator('input[name="level"][value="1"]')).to_be_checked()
        await choose(page, 4)
        await standing(page).to_contain_text(OFFLINE)
        await phone.context.set_offline(False)
        await standing(page).to_contain_text(SAVED)
        told = (await respondent.get(MINE)).json()
        assert told["conflicts"] == [] and told["answers"][0]["level"] == 4

        # Whoever logs out leaves nothing behind on the device.
        await page.goto(origin + FIRST)
        await page.evaluate("document.querySelector('form.session-out').submit()")
        await page.wait_for_url(re.compile(r"/(login)?$"))
        await until(page, "caches.has('survey').then((kept) => !kept)")


async def test_a_browser_that_is_closed_without_a_connection_sends_it_the_next_time(phone: Device, respondent: Person):
    page = await phone.open(FIRST)
    await phone.context.set_offline(True)
    await choose(page, 4)
    await standing(page).to_contain_text(OFFLINE)
    await page.close()
    await phone.context.set_offline(False)
    page = await phone.open(FIRST)
    await standing(page).to_contain_text(SAVED)
    await expect(page.locator('input[name="level"][value="4"]')).to_be_checked()
    assert await answers_of(respondent) == {"M1.1.a": (4, None)}


async def test_a_store_that_is_emptied_takes_nothing_that_was_saved(phone: Device, respondent: Person):
    page = await phone.open(FIRST)
    await choose(page, 3)
    await standing(page).to_contain_text(SAVED)
    await phone.context.set_offline(True)
    await choose(page, 2)
    await standing(page).to_contain_text(OFFLINE)
    await page.evaluate("localStorage.clear()")
    await phone.context.set_offline(False)
    await standing(page).to_contain_text(SAVED)
    assert await answers_of(respondent) == {"M1.1.a": (2, None)}
    await page.evaluate("localStorage.clear()")
    await page.reload()
    await expect(page.locator('input[name="level"][value="2"]')).to_be_checked()


async def test_two_devices_that_differ_show_both_answers_and_one_is_chosen(
    chromium: Browser, origin: str, phone: Device, respondent: Person
):
    async with device(chromium, origin, respondent) as desk:
        here, there = await phone.open(FIRST), await desk.open(FIRST)
        await phone.context.set_offline(True)
        await choose(here, 1)
        await standing(here).to_contain_text(OFFLINE)
        await choose(there, 3)
        await standing(there).to_contain_text(SAVED)
        await phone.context.set_offline(False)
        sides = here.locator(".conflict-side")
        await expect(sides).to_have_count(2)
        assert await answers_of(respondent) == {"M1.1.a": (3, None)}
        await sides.first.get_by_role("button").click()
        await expect(here.locator(".conflict-side")).to_have_count(0)
        assert await answers_of(respondent) == {"M1.1.a": (1, None)}
        assert desk.complaints == []


async def test_two_tabs_never_overwrite_each_other_silently(phone: Device, respondent: Person):
    first, second = await phone.open(FIRST), await phone.open(FIRST)
    await choose(first, 3)
    await standing(first).to_contain_text(SAVED)
    await choose(second, 0)
    await expect(second.locator(".conflict-side")).to_have_count(2)
    assert await answers_of(respondent) == {"M1.1.a": (3, None)}
    await second.locator(".conflict-side").last.get_by_role("button").click()
    await expect(second.locator(".conflict-side")).to_have_count(0)
    assert await answers_of(respondent) == {"M1.1.a": (3, None)}


async def test_a_session_that_ends_in_the_middle_loses_nothing(phone: Device, platform: Platform, respondent: Person):
    page = await phone.open(FIRST)
    await phone.context.set_offline(True)
    await choose(page, 4)
    await standing(page).to_contain_text(OFFLINE)
    await revoke(platform, respondent)
    await phone.context.set_offline(False)
    await standing(page).to_contain_text("Su sesión terminó")
    link = page.locator("[data-save-state] a")
    assert (await link.get_attribute("href") or "").startswith("/login?next=")

    again = await signed_in_anew(platform, respondent)
    await phone.sign_in(again)
    await page.reload()
    await standing(page).to_contain_text(SAVED)
    assert await answers_of(again) == {"M1.1.a": (4, None)}


async def test_an_open_form_goes_on_with_a_new_session_of_the_same_person(
    phone: Device, platform: Platform, respondent: Person
):
    page = await phone.open(FIRST)
    await revoke(platform, respondent)
    again = await signed_in_anew(platform, respondent)
    await phone.sign_in(again)  # in another tab
    await choose(page, 2)
    await standing(page).to_contain_text(SAVED)
    assert await answers_of(again) == {"M1.1.a": (2, None)}


async def test_what_somebody_left_on_a_device_never_goes_out_under_another_name(
    phone: Device, platform: Platform, respondent: Person
):
    other = await somebody(platform, "other", ("respondent", f"community:{COMMUNITY}", "shipping"))
    page = await phone.open(FIRST)
    await phone.context.set_offline(True)
    await choose(page, 4)
    await standing(page).to_contain_text(OFFLINE)
    await revoke(platform, respondent)
    await phone.sign_in(other)  # the next person at this device
    await phone.context.set_offline(False)
    await standing(page).to_contain_text("ingresó otra persona")
    theirs = await phone.open(FIRST)
    await expect(theirs.locator('input[name="level"]:checked')).to_have_count(0)
    await choose(theirs, 1)
    await standing(theirs).to_contain_text(SAVED)
    assert await answers_of(other) == {"M1.1.a": (1, None)}

    again = await signed_in_anew(platform, respondent)
    assert await answers_of(again) == {}
    await phone.sign_in(again)
    await page.reload()
    await standing(page).to_contain_text(SAVED)
    assert await answers_of(again) == {"M1.1.a": (4, None)}
    assert await answers_of(other) == {"M1.1.a": (1, None)}


async def test_keys_one_to_five_choose_a_level(phone: Device, respondent: Person):
    page = await phone.open(SECOND)
    await page.locator('input[name="level"]').first.focus()
    await page.keyboard.press("4")
    await standing(page).to_contain_text(SAVED)
    assert await answers_of(respondent) == {"M1.1.b": (3, None)}


async def test_it_works_without_scripts(chromium: Browser, origin: str, platform: Platform):
    hashed = await passwords.hashed(PASSWORD)
    person = await somebody(
        platform, "sin-guion", ("respondent", f"community:{COMMUNITY}", "customs"), password_hash=hashed
    )
    async with device(chromium, origin, java_script_enabled=False) as old:
        page = await old.open(FIRST)
        assert "/login" in page.url
        await page.locator("input[name=username]").fill("sin-guion")
        await page.locator("input[name=password]").fill("not the password at all")
        await page.locator("main form button[type=submit]").first.click()
        await expect(page.locator("main")).to_contain_text("no son correctos")
        await page.locator("input[name=username]").fill("sin-guion")
        await page.locator("input[name=password]").fill(PASSWORD)
        await page.locator("main form button[type=submit]").first.click()
        await page.wait_for_url(re.compile(r"measure=M1\.1\.a"))
        await page.locator('button[value="next"]').click()  # nothing chosen yet
        await expect(page.locator(".error-summary")).to_be_visible()
        await choose(page, 3)
        await page.locator("textarea[name=comment]").fill("Acta del taller")
        await page.locator('button[value="next"]').click()
        await page.wait_for_url(re.compile(r"measure=M1\.1\.b"))
    assert await answers_of(person) == {"M1.1.a": (3, "Acta del taller")}


async def revoke(platform: Platform, person: Person) -> None:
    """End all sessions of somebody."""
    async with platform.gateway.own.state.database.transaction(
        by=OPERATOR, to="end sessions", about=person.user_id
    ) as tx:
        await end_all_sessions(tx, user_id(person))
    platform.gateway.front.visitors.forget(person.user_id)


async def signed_in_anew(platform: Platform, person: Person) -> Person:
    """The same person with another session."""
    async with platform.gateway.own.state.database.transaction(by=OPERATOR, to="sign in", about=person.user_id) as tx:
        token, session = await open_session(tx, user_id(person), address="127.0.0.1", agent="tests")
    again = visitor(platform)
    again.user_id = person.user_id
    again.cookies.set(platform.gateway.front.cookie, token, domain="127.0.0.1")
    again.headers["X-CSRF-Token"] = session.csrf_token
    return again
