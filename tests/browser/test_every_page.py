"""Every page, as the person it is for: in Spanish and in French, at three widths, readable by everybody."""

import re
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from playwright.async_api import Browser, Page

from deploy.local.composition import SERVICES, Platform
from deploy.local.serving import listen
from tests.browser.chromium import Device, barriers, device
from tests.browser.conftest import served
from tests.browser.harbour import Harbour, prepare
from tests.platform import Server, settings_for

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WIDTHS = (320, 768, 1440)


@dataclass(frozen=True)
class Shown:
    """Whose page it is, and where the harbour has one; `{…}` are things of the harbour."""

    who: str
    at: str


PAGES: Mapping[str, Shown] = {
    "/": Shown("public", "/"),
    "/communities": Shown("public", "/communities"),
    "/communities/{code}": Shown("public", "/communities/{community}"),
    "/model": Shown("public", "/model"),
    "/model/{version}": Shown("public", "/model/{version}"),
    "/benchmarks": Shown("public", "/benchmarks?year={year}"),
    "/benchmarks/indicators": Shown("public", "/benchmarks/indicators?indicator=VPA-01&community={community}"),
    "/results": Shown("public", "/results?year={year}"),
    "/results/network": Shown("public", "/results/network?year={year}"),
    "/results/network/report": Shown("public", "/results/network/report?year={year}"),
    "/results/{code}": Shown("public", "/results/{community}?year={year}"),
    "/results/{code}/basis": Shown("public", "/results/{community}/basis?year={year}"),
    "/results/{code}/report": Shown("public", "/results/{community}/report?year={year}"),
    "/problems": Shown("public", "/problems"),
    "/problems/{kind}": Shown("public", "/problems/conflict"),
    "/login": Shown("public", "/login?next=/desk"),
    "/invitations/{token}": Shown("public", "/invitations/{invitation}"),
    "/password/forgot": Shown("public", "/password/forgot"),
    "/password/reset": Shown("public", "/password/reset?token=abcdefgh12345678"),
    "/design": Shown("public", "/design"),
    "/admin/indicators": Shown("secretariat", "/admin/indicators"),
    "/admin/indicators/{code}": Shown("secretariat", "/admin/indicators/VTB-01"),
    "/data/{community}": Shown("data_provider", "/data/{community}?period={year}-12&explain=VPA-01.{year}-12"),
    "/data/{community}/files/{file}": Shown("data_provider", "/data/{community}/files/{file}"),
    "/data/{community}/{indicator}/{period}": Shown("data_provider", "/data/{community}/VPA-01/{year}-12"),
    "/desk": Shown("respondent", "/desk"),
    "/calendar": Shown("member", "/calendar?view=agenda"),
    "/committees/{slug}/home": Shown("member", "/committees/{committee}/home"),
    "/committees/{slug}/decisions": Shown("observer", "/committees/{committee}/decisions"),
    "/committees/{slug}/calendar": Shown("chair", "/committees/{committee}/calendar"),
    "/committees/{slug}/elections": Shown("chair", "/committees/{committee}/elections"),
    "/elections/{election}": Shown("member", "/elections/{election}"),
    "/events": Shown("public", "/events"),
    "/events/{event}": Shown("chair", "/events/{event}"),
    "/polls/{poll}": Shown("chair", "/polls/{poll}"),
    "/notifications": Shown("member", "/notifications"),
    "/notifications/unsubscribe": Shown("public", "/notifications/unsubscribe?token=abc.def"),
    "/account": Shown("coordinator", "/account"),
    "/survey/{year}/{community}": Shown("respondent", "/survey/{open_year}/{community}"),
    "/survey/{year}/{community}/summary": Shown("coordinator", "/survey/{open_year}/{community}/summary"),
    "/survey/{year}/{community}/workshop": Shown("coordinator", "/survey/{open_year}/{community}/workshop"),
    "/survey/{year}/{community}/workshop/projector": Shown(
        "coordinator", "/survey/{open_year}/{community}/workshop/projector"
    ),
    "/survey/{year}/{community}/actions": Shown(
        "coordinator", "/survey/{open_year}/{community}/actions?measure=M1.1.a"
    ),
    "/workshop": Shown("public", "/workshop"),
    "/w/{code}": Shown("public", "/w/{workshop}"),
    "/people": Shown("coordinator", "/people"),
    "/admin/people": Shown("secretariat", "/admin/people"),
    "/admin/campaigns": Shown("secretariat", "/admin/campaigns"),
    "/admin/campaigns/{year}": Shown("secretariat", "/admin/campaigns/{open_year}"),
    "/admin/models": Shown("secretariat", "/admin/models"),
    "/admin/models/{version}": Shown("secretariat", "/admin/models/{draft}"),
    "/admin/models/{version}/edit": Shown("secretariat", "/admin/models/{draft}/edit?part=P1.1"),
    "/admin/models/{version}/differences": Shown("secretariat", "/admin/models/{draft}/differences"),
    "/admin/models/{version}/crosswalk": Shown("secretariat", "/admin/models/{draft}/crosswalk"),
    "/admin/history": Shown("secretariat", "/admin/history"),
    "/committees": Shown("member", "/committees"),
    "/committees/{slug}": Shown("chair", "/committees/{committee}"),
    "/committees/{slug}/charter": Shown("chair", "/committees/{committee}/charter"),
    "/committees/{slug}/plan": Shown("chair", "/committees/{committee}/plan?year={open_year}"),
    "/committees/{slug}/plan/{item}": Shown("member", "/committees/{committee}/plan/{plan_item}"),
    "/committees/{slug}/task-forces": Shown("chair", "/committees/{committee}/task-forces"),
    "/committees/{slug}/documents": Shown("chair", "/committees/{committee}/documents"),
    "/committees/{slug}/documents/{document}": Shown("chair", "/committees/{committee}/documents/{document}"),
    "/committees/{slug}/documents/{document}/compare": Shown(
        "member", "/committees/{committee}/documents/{document}/compare"
    ),
    "/committees/{slug}/discussions": Shown("member", "/committees/{committee}/discussions"),
    "/committees/{slug}/discussions/{discussion}": Shown("chair", "/committees/{committee}/discussions/{discussion}"),
    "/committees/{slug}/discussions/{discussion}/posts/{post}": Shown(
        "member", "/committees/{committee}/discussions/{discussion}/posts/{post}"
    ),
    "/documents": Shown("public", "/documents"),
    "/documents/{document}": Shown("public", "/documents/{document}"),
    "/search": Shown("public", "/search?q=muelles"),
    "/committees/{slug}/webhooks": Shown("chair", "/committees/{committee}/webhooks"),
    "/committees/{slug}/webhooks/{webhook}": Shown("secretariat", "/committees/{committee}/webhooks/{webhook}"),
    "/tasks": Shown("member", "/tasks"),
    "/tasks/{task}": Shown("member", "/tasks/{task}?q=universidad"),
    "/committees/{slug}/tasks": Shown("chair", "/committees/{committee}/tasks?sort=due_on"),
    "/regional-meetings": Shown("public", "/regional-meetings"),
    "/regional-meetings/{slug}": Shown("public", "/regional-meetings/{regional_meeting}"),
    "/regional-meetings/{slug}/registered": Shown("public", "/regional-meetings/{regional_meeting}/registered"),
    "/regional-meetings/{slug}/edit": Shown("secretariat", "/regional-meetings/{regional_meeting}/edit"),
    "/regional-meetings/{slug}/participants": Shown(
        "secretariat", "/regional-meetings/{regional_meeting}/participants"
    ),
    "/regional-meetings/{slug}/badges": Shown("secretariat", "/regional-meetings/{regional_meeting}/badges"),
    "/registrations/{token}": Shown("public", "/registrations/{registration}"),
    "/cooperation": Shown("public", "/cooperation"),
    "/cooperation/{activity}": Shown("public", "/cooperation/{activity}"),
    "/agreements": Shown("public", "/agreements"),
    "/agreements/{agreement}": Shown("public", "/agreements/{agreement}"),
    "/agreements/{agreement}/signatures/{signature}": Shown(
        "secretariat", "/agreements/{agreement}/signatures/{signature}"
    ),
}
MORE = (
    Shown("secretariat", "/agreements/{agreement}"),
    Shown("secretariat", "/agreements"),
    Shown("secretariat", "/cooperation/{activity}"),
    Shown("secretariat", "/cooperation"),
    Shown("secretariat", "/regional-meetings"),
    Shown("member", "/search?q=muelles"),
    Shown("secretariat", "/desk"),
    Shown("coordinator", "/desk"),
    Shown("data_provider", "/desk"),
    Shown("respondent", "/survey/{open_year}/{community}?view=all"),
    Shown("public", "/nowhere"),
    Shown("secretariat", "/admin/models/{draft}/edit?part=M1.1.a"),
    Shown("secretariat", "/admin/models/{draft}/edit?part=scale"),
    Shown("public", "/results/{community}?year={earlier_year}"),
    Shown("public", "/results?year={earlier_year}"),
    Shown("member", "/elections/{closed_election}"),
    Shown("public", "/events/{public_event}"),
    Shown("chair", "/committees/{task_force}/charter"),
    Shown("coordinator", "/committees/{committee}/charter"),
    Shown("public", "/regional-meetings"),
    Shown("secretariat", "/regional-meetings/{regional_meeting}/edit?speaker=ana-rios"),
    Shown("public", "/cooperation?kind=diagnosis_workshop"),
    Shown("public", "/cooperation/{activity}"),
    Shown("public", "/agreements/{agreement}"),
)
"""The same pages as others see them, and pages that no route names."""
DARK_TOO = ("/", "/results/{code}")


def page_routes() -> list[str]:
    """Every address of the portal that answers with a page."""
    found = set()
    for route in iter_route_contexts(SERVICES["portal"].application().routes):
        path = route.path or ""
        is_file_or_data = path.startswith(("/api/", "/internal/")) or re.search(r"\.\w+$", path)
        if isinstance(route.original_route, APIRoute) and "GET" in (route.methods or ()) and not is_file_or_data:
            found.add(path)
    return sorted(found)


@pytest.fixture(scope="module")
async def harbour(server: Server) -> AsyncIterator[Harbour]:
    """A platform with something on every page, served for all tests of this file."""
    with listen("127.0.0.1", 0) as on:
        platform = Platform(settings_for(server.settings.data_dir, port=on.getsockname()[1]))
        async with server.clone() as url:
            await platform.connect(url, work=False)
            try:
                made = await prepare(platform)
                with socket.socket(fileno=socket.dup(on.fileno())) as again:
                    async with served(platform, again):
                        yield made
            finally:
                await platform.disconnect()


def test_every_page_is_known_here():
    """A new page needs a prepared address, a page that is gone none."""
    assert page_routes() == sorted(PAGES)


@pytest.fixture(scope="module")
async def devices(chromium: Browser, harbour: Harbour) -> AsyncIterator[Mapping[str, Device]]:
    """A browser for each of the people: what every page has is fetched once."""
    async with AsyncExitStack() as stack:
        yield {
            who: await stack.enter_async_context(
                device(chromium, harbour.origin, person, viewport={"width": 768, "height": 900})
            )
            for who, person in harbour.people.items()
        }


@pytest.mark.parametrize("shown", [*PAGES.values(), *MORE], ids=lambda shown: f"{shown.who} {shown.at}")
async def test_a_page_bars_nobody(devices: Mapping[str, Device], harbour: Harbour, shown: Shown):
    path = harbour.address(shown.at)
    screen = devices[shown.who]
    screen.complaints.clear()
    page = await screen.go(with_language(path, "es"))
    await page.evaluate("document.fonts.ready")
    assert await page.locator("html").get_attribute("lang") == "es"
    assert await opened_by_its_heading(page)
    assert await too_wide(page) == {}
    assert await unreachable(page) == []
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip-link"
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "contenido"
    assert await barriers(page) == []
    if shown not in MORE:
        await page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        await page.goto(harbour.origin + with_language(path, "fr"))  # the longest words, on the smallest screen
        assert await page.locator("html").get_attribute("lang") == "fr"
        assert await opened_by_its_heading(page)
        assert await too_wide(page, WIDTHS[:1]) == {}
    assert screen.complaints == []


@pytest.mark.parametrize("route", DARK_TOO)
async def test_a_dark_page_bars_nobody_either(chromium: Browser, harbour: Harbour, route: str):
    async with device(chromium, harbour.origin, color_scheme="dark") as screen:
        page = await screen.open(harbour.address(PAGES[route].at))
        assert await page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(13, 27, 36)"
        assert await barriers(page) == []


@pytest.mark.parametrize(
    "shown", [PAGES["/"], PAGES["/survey/{year}/{community}"], PAGES["/committees/{slug}"]], ids=lambda shown: shown.at
)
async def test_the_keyboard_reaches_everything(chromium: Browser, harbour: Harbour, shown: Shown):
    async with device(chromium, harbour.origin, harbour.people[shown.who]) as screen:
        page = await screen.open(harbour.address(shown.at))
        await page.evaluate(NAME_STOPS, CONTROLS)
        wanted = set(await page.evaluate("[...document.querySelectorAll('[data-stop]')].map((e) => e.dataset.stop)"))
        reached: list[str] = []
        for _ in range(3 * len(wanted) + 30):  # a date has three places to type in
            await page.keyboard.press("Tab")
            stop = await page.evaluate("document.activeElement?.dataset.stop ?? ''")
            if stop in reached[:-1]:
                break
            if stop and stop not in reached:
                reached.append(stop)
        assert wanted - set(reached) == set()


async def test_a_task_is_moved_on_the_board_by_keyboard_alone(chromium: Browser, harbour: Harbour):
    async with device(chromium, harbour.origin, harbour.people["chair"]) as screen:
        page = await screen.open(harbour.address("/committees/{committee}"))
        card = page.locator(".board-list > .task", has_text="Revisar el reglamento (review)")
        await card.locator("summary").focus()
        await page.keyboard.press("Enter")
        for _ in range(8):
            await page.keyboard.press("Tab")
            if await page.evaluate("document.activeElement.value") == "doing":
                break
        await page.keyboard.press("Enter")
        await page.wait_for_url("**#columna-doing")
        column = page.get_by_role("region", name=re.compile("En marcha"))
        assert await column.get_by_role("link", name="Revisar el reglamento (review)").count() == 1
        assert screen.complaints == []


async def test_members_pages_lead_the_public_to_the_log_in_and_back(harbour: Harbour):
    async with httpx.AsyncClient(base_url=harbour.origin, headers={"accept": "text/html"}) as public:
        for shown in PAGES.values():
            if shown.who != "public":
                address = harbour.address(shown.at)
                answer = await public.get(address)
                asked = urlsplit(answer.headers["location"])
                assert (answer.status_code, asked.path) == (303, "/login"), shown.at
                assert parse_qs(asked.query)["next"] == [address], shown.at


CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary"
NAME_STOPS = """(controls) => {
  const groups = new Set();
  let number = 0;
  for (const element of document.querySelectorAll(controls + ", [tabindex='0']")) {
    if (element.disabled || element.tabIndex < 0 || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.type === "radio") {
      const key = `${element.form?.id}/${element.name}`;
      const checked = document.querySelector(`input[type=radio][name="${element.name}"]:checked`);
      if (groups.has(key) || (checked && checked !== element)) continue;
      groups.add(key);
    }
    element.dataset.stop = `${number} ${element.tagName} ${element.textContent.trim().slice(0, 40)}`;
    number += 1;
  }
}"""
UNREACHABLE = """(controls) => [...document.querySelectorAll(controls)]
  .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled)
  .filter((element) => element.tabIndex !== 0 || element.closest("[inert], [aria-hidden=true]"))
  .map((element) => element.outerHTML.slice(0, 120))"""
WIDEST = """() => [...document.querySelectorAll("body *")]
  .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .slice(0, 5).map((element) => element.outerHTML.slice(0, 100))"""


def with_language(path: str, language: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang={language}"


async def opened_by_its_heading(page: Page) -> bool:
    """There is one h1, and the title of the page begins with it."""
    headings = [" ".join(text.split()) for text in await page.locator("h1").all_inner_texts()]
    assert len(headings) == 1, headings
    title = " ".join((await page.title()).split())
    assert title.startswith(headings[0]), (title, headings)
    return True


async def too_wide(page: Page, widths: Sequence[int] = WIDTHS) -> dict[int, list[str]]:
    """The widths at which the page scrolls sideways, and what sticks out."""
    found = {}
    for width in widths:
        await page.set_viewport_size({"width": width, "height": 900})
        if await page.evaluate("document.documentElement.scrollWidth") > width:
            found[width] = await page.evaluate(WIDEST)
    await page.set_viewport_size({"width": 768, "height": 900})
    return found


async def unreachable(page: Page) -> list[str]:
    """What can be clicked but not reached by keyboard, or out of turn."""
    return list(await page.evaluate(UNREACHABLE, CONTROLS))
