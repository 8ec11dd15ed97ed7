"""The people and things of the workspace's tests."""

import email
import email.policy
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from deploy.local.composition import Platform
from tests.people import Person, somebody

ROOT = "/api/v1/workspace"
SLUG = "research-and-innovation"
OTHER = "port-governance-and-competitiveness"
HERE = f"{ROOT}/committees/{SLUG}"
THERE = f"{ROOT}/committees/{OTHER}"
AddTask = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def observer(platform: Platform) -> Person:
    return await somebody(platform, "observer", ("observer", f"committee:{SLUG}"))


@pytest.fixture
async def second_member(platform: Platform) -> Person:
    return await somebody(platform, "second-member", ("member", f"committee:{SLUG}"))


@pytest.fixture
async def foreign_chair(platform: Platform) -> Person:
    return await somebody(platform, "foreign-chair", ("chair", f"committee:{OTHER}"))


async def add_task(by: Person, title: str = "Reunir los estándares de servicio", **fields: Any) -> dict[str, Any]:
    """A task of the committee as it was answered."""
    added = await by.post(f"{HERE}/tasks", json={"title": title, **fields})
    assert added.status_code == 201, added.text
    told: dict[str, Any] = added.json()
    return told


def url_of(task: dict[str, Any], *more: str) -> str:
    return "/".join([f"{ROOT}/tasks/{task['id']}", *more])


async def titles(person: Person, **filters: str) -> list[str]:
    """The board's tasks in their order."""
    told = await person.get(f"{HERE}/tasks", params={"limit": "200", **filters})
    assert told.status_code == 200, told.text
    return [task["title"] for task in told.json()["items"]]


class Outbox:
    """The mails that were written since the test began."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._before = set(folder.glob("*.eml"))

    def to(self, name: str) -> list[EmailMessage]:
        """Those to one of the tests' people, the oldest first."""
        files = sorted(set(self._folder.glob("*.eml")) - self._before, key=lambda file: file.stat().st_mtime_ns)
        read = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]
        return [mail for mail in read if isinstance(mail, EmailMessage) and mail["To"] == f"{name}@example.org"]


@pytest.fixture
def outbox(platform: Platform) -> Outbox:
    return Outbox(platform.settings.data_dir / "outbox")
