"""`make screenshots`: pictures of a platform with demonstration data, into `docs/screenshots/`."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from deploy.developer.browser import NoBrowser, find_browser

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "screenshots"
LARGEST = 200_000
"""Bytes that a picture may have."""
DESK, PHONE = (1440, 900), (390, 844)
THIS_YEAR = datetime.now(UTC).year
COMMUNITY, COMMITTEE = "mx-manzanillo", "research-and-innovation"


@dataclass(frozen=True)
class Picture:
    """A page as somebody sees it; `who` is the beginning of a demonstration account's name, empty for the public."""

    name: str
    at: str
    who: str = ""
    size: tuple[int, int] = DESK
    dark: bool = False
    top: str | None = None
    """What stands at the upper edge; None: the page as it opens."""


PICTURES = (
    Picture("home", "/"),
    Picture("communities", "/communities"),
    Picture("result", f"/results/{COMMUNITY}?year={THIS_YEAR - 1}", top="#perfil-titulo"),
    Picture(
        "benchmarks",
        f"/benchmarks/indicators?indicator=VPA-01&community={COMMUNITY}&period={THIS_YEAR - 1}-12",
        top="#comparacion",
    ),
    Picture("survey-phone", f"/survey/{THIS_YEAR}/{COMMUNITY}", "demo-customs", PHONE),
    Picture("summary", f"/survey/{THIS_YEAR}/{COMMUNITY}/summary", "demo-coordinacion"),
    Picture("desk", "/desk", "demo-coordinacion"),
    Picture("board", f"/committees/{COMMITTEE}", "demo-secretaria"),
    Picture("board-dark", f"/committees/{COMMITTEE}", "demo-secretaria", dark=True),
)


def main() -> int:
    try:
        executable = find_browser()
    except NoBrowser as missing:
        print(missing)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    large: list[str] = []
    with tempfile.TemporaryDirectory(prefix="portsnet-screenshots-") as name:
        Path(name).chmod(0o755)
        environment = {**os.environ, "PORTSNET_DATA_DIR": f"{name}/data", "PORTSNET_PORT": str(free_port())}
        sign_ins = fill(environment)
        quiet = ["--disable-gpu", "--force-color-profile=srgb", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        with serving(environment) as origin, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=quiet)
            for picture in PICTURES:
                size = take(browser, origin, picture, sign_ins)
                print(f"{picture.name:14} {size / 1000:6.0f} kB", flush=True)
                if size > LARGEST:
                    large.append(picture.name)
            browser.close()
    if large:
        print(f"Larger than {LARGEST // 1000} kB: {', '.join(large)}.")
    return 1 if large else 0


def take(browser: Browser, origin: str, picture: Picture, sign_ins: Mapping[str, str]) -> int:
    """Write one picture; its size in bytes."""
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="es-CL", color_scheme="dark" if picture.dark else "light",
        reduced_motion="reduce", timezone_id="America/Caracas",
    )  # fmt: skip
    page = context.new_page()
    if picture.who:
        username = next(name for name in sign_ins if name.startswith(picture.who))
        page.goto(f"{origin}/login")
        page.locator("input[name=username]").fill(username)
        page.locator("input[name=password]").fill(sign_ins[username])
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_url(re.compile(r"/desk"))
    answer = page.goto(origin + picture.at)
    if answer is None or answer.status != 200:
        raise SystemExit(f"{picture.at} answered {answer.status if answer else 'nothing'}.")
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    if picture.top is not None:
        page.locator(picture.top).evaluate("(element) => scrollTo(0, element.getBoundingClientRect().top - 24)")
    file = FOLDER / f"{picture.name}.png"
    page.screenshot(path=file, animations="disabled", caret="hide")
    context.close()
    return file.stat().st_size


def fill(environment: Mapping[str, str]) -> dict[str, str]:
    """Make the demonstration data; the passwords of its accounts by name."""
    done = subprocess.run(
        portsnet("demo"),
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        raise SystemExit(f"portsnet demo ended with {done.returncode}: {done.stderr[-2000:]}")
    return dict(re.findall(r"^ +(demo-\S+) +(\S+)$", done.stdout + done.stderr, re.MULTILINE))


@contextmanager
def serving(environment: Mapping[str, str]) -> Iterator[str]:
    """The address of a platform that runs for as long as the block."""
    process = subprocess.Popen(portsnet("up"), env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 120
        for line in process.stdout or ():
            if "Ctrl-C" in line:
                break
            if time.monotonic() > deadline:
                raise SystemExit("The platform did not start within two minutes.")
        else:
            raise SystemExit("The platform did not start.")
        yield f"http://127.0.0.1:{environment['PORTSNET_PORT']}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def portsnet(command: str) -> list[str]:
    return [sys.executable, "-m", "deploy.local.cli", command]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
