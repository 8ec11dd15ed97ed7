"""A real Chromium for tests, and what a person sees in it, with everything that went wrong on the way."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, async_playwright

from deploy.developer.browser import find_browser

QUIET = ("--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run")
VIOLATIONS_ALONE = {"resultTypes": ["violations"]}
"""Every rule is checked, but what holds is not described place by place."""
LIMIT = 15_000
"""Milliseconds that anything on a page may take to come about."""


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    arguments = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_browser(), args=arguments)
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Device:
    """Somebody's browser: its pages, and what it complained about."""

    context: BrowserContext
    origin: str
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str) -> Page:
        page = await self.context.new_page()
        await page.goto(self.origin + path)
        return page

    async def go(self, path: str) -> Page:
        """Show this in the page that is open: making one takes longer than all that is done with most."""
        if not self.context.pages:
            return await self.open(path)
        page = self.context.pages[0]
        await page.goto(self.origin + path)
        return page

    async def sign_in(self, person: Any) -> None:
        """Take over the session of somebody who is signed in."""
        await self.context.add_cookies(
            [{"name": cookie.name, "value": cookie.value, "url": self.origin} for cookie in person.cookies.jar]
        )

    def hear(self, page: Page) -> None:
        page.on("console", self.on_console)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", self.on_request)
        page.on("response", self.on_response)

    def on_console(self, message: ConsoleMessage) -> None:
        is_a_status = message.text.startswith("Failed to load resource")  # told by on_response
        is_our_own_doing = "registration blocked by Playwright" in message.text  # see `service_workers` below
        if message.type in ("error", "warning") and not (is_a_status or is_our_own_doing):
            self.complaints.append(f"{message.type}: {message.text}")

    def on_request(self, request: Request) -> None:
        if urlsplit(request.url).scheme in ("http", "https") and not request.url.startswith(self.origin + "/"):
            self.complaints.append(f"asked elsewhere: {request.url}")

    def on_response(self, response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self.complaints.append(f"{response.status}: {response.url}")


@asynccontextmanager
async def device(chromium: Browser, origin: str, person: Any = None, **options: Any) -> AsyncIterator[Device]:
    """A browser of its own, with its own cookies and store; `person` is signed in on it."""
    settings = {"locale": "es-CL", "viewport": {"width": 1440, "height": 900}, "service_workers": "block"} | options
    context = await chromium.new_context(**settings)
    context.set_default_timeout(LIMIT)
    made = Device(context, origin)
    context.on("page", made.hear)
    try:
        if person is not None:
            await made.sign_in(person)
        yield made
    finally:
        await context.close()


async def barriers(page: Page) -> list[tuple[str, list[object]]]:
    """What axe finds that bars somebody: the rule, and the first places where it is broken."""
    found = (await Axe().run(page, options=VIOLATIONS_ALONE)).response["violations"]
    return [(one["id"], [node["target"] for node in one["nodes"]][:5]) for one in found]
