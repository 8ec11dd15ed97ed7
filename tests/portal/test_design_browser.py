"""The design system in a real Chromium: accessible, never wider than a phone, quick by keyboard."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

pytest.importorskip("playwright.sync_api")
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, sync_playwright

from services.portal.preview import create_preview
from tests.browser.chromium import VIOLATIONS_ALONE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
SMALL_TARGETS = """() => [...document.querySelectorAll("button, .button, .input, .file-input, summary, .level-label")]
  .filter((element) => element.checkVisibility())
  .map((element) => [element.className || element.tagName, Math.round(element.getBoundingClientRect().height)])
  .filter(([, height]) => height < 44)"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(create_preview(), host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}/design"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield chromium
        chromium.close()


def opened(browser: Browser, address: str, width: int, theme: str) -> tuple[Page, list[str]]:
    page = browser.new_page(
        viewport={"width": width, "height": 900}, color_scheme="dark" if theme == "dark" else "light"
    )
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address)
    page.evaluate("document.fonts.ready")
    return page, said


def test_nothing_bars_a_reader_in_the_dark(browser: Browser, address: str) -> None:
    page, said = opened(browser, f"{address}?lang=es", 1440, "dark")
    assert said == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440
    found = Axe().run(page, options=VIOLATIONS_ALONE).response["violations"]
    told = [(one["id"], [node["target"] for node in one["nodes"]][:5]) for one in found]
    page.close()
    assert told == []


def test_targets_are_big_enough_for_a_thumb(browser: Browser, address: str) -> None:
    page, _ = opened(browser, address, 320, "light")
    assert page.evaluate(SMALL_TARGETS) == []
    page.close()


def test_keys_choose_a_level_only_within_its_group(browser: Browser, address: str) -> None:
    page, _ = opened(browser, address, 1440, "light")
    group = page.locator("#m21b")
    page.keyboard.press("3")
    assert group.locator("input:checked").count() == 0
    group.locator("input").first.focus()
    page.keyboard.press("3")
    assert group.locator("input:checked").get_attribute("value") == "2"
    page.keyboard.press("5")
    assert group.locator("input:checked").get_attribute("value") == "4"
    page.close()


def test_the_reader_chooses_light_or_dark_and_it_stays(browser: Browser, address: str) -> None:
    page, _ = opened(browser, address, 1440, "light")
    page.get_by_role("button", name="Oscuro").or_(page.get_by_role("button", name="Dark")).click()
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(13, 27, 36)"
    page.context.clear_cookies()
    page.close()


def test_the_menu_of_a_phone_opens_and_closes(browser: Browser, address: str) -> None:
    page, _ = opened(browser, address, 320, "light")
    first = page.locator("#menu a").first
    assert not first.is_visible()
    page.locator(".menu-button:not(.menu-close)").click()
    assert first.is_visible()
    page.locator(".menu-close").click()
    assert not first.is_visible()
    page.locator(".menu-button:not(.menu-close)").click()
    page.keyboard.press("Escape")
    assert not first.is_visible()
    page.close()


def test_news_is_said_to_eye_and_ear(browser: Browser, address: str) -> None:
    page, _ = opened(browser, address, 768, "light")
    page.evaluate(
        "document.dispatchEvent(new CustomEvent('portal:say', {detail: {text: 'Guardado <b>', lasting: true}}))"
    )
    assert page.get_by_role("status").filter(has_text="Guardado <b>").count() == 1
    page.close()
