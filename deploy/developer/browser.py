"""The browser of the tests: one that is named, one that is there, or the system's own package."""

import os
import shutil
import subprocess
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
INSTALLERS = (
    (
        "apt-get",
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
    ),
    ("dnf", None, ["dnf", "install", "-y", "-q", "chromium"]),
    ("apk", None, ["apk", "add", "--quiet", "chromium"]),
)


class NoBrowser(Exception):
    """One sentence that says what to install."""


def find_browser(*, install: bool = False) -> Path:
    """`PORTSNET_CHROMIUM`, else a Chromium or Chrome on the path, else the system's package `chromium`.

    The package is installed only when `install` and we may. Raises NoBrowser.
    """
    if named := os.environ.get("PORTSNET_CHROMIUM"):
        if shutil.which(named) is None:
            raise NoBrowser(f"PORTSNET_CHROMIUM names {named}, and no program is there.")
        return Path(shutil.which(named) or named)
    if found := _on_path():
        return found
    if install and os.geteuid() == 0:
        for tool, before, command in INSTALLERS:
            if shutil.which(tool):
                environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
                if before is not None:
                    subprocess.run(before, env=environment, check=False, stdout=subprocess.DEVNULL)
                subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL)
                if found := _on_path():
                    return found
    raise NoBrowser(
        "The browser tests need Chromium: install your system's package `chromium`, or name a Chromium or Chrome in "
        "PORTSNET_CHROMIUM."
    )


def _on_path() -> Path | None:
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    return None
