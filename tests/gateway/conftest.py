"""People with passwords, programs, and the identity provider of another project."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from pytest_iam import Server as Iam
from pytest_iam import iam_configuration, iam_server, iam_server_port  # noqa: F401 -- fixtures

from deploy.local.composition import Platform
from gateway.limits import RateLimit
from gateway.passwords import hashed
from tests.people import Person, somebody, visitor

PASSWORD = "cuatro barcos en la bahía"
OTHER_PASSWORD = "siete grúas sobre el muelle"


@pytest.fixture(scope="session")
async def password_hash() -> str:
    return await hashed(PASSWORD)


@pytest.fixture
async def ana(platform: Platform, password_hash: str) -> Person:
    """A coordinator who has a password; signed in."""
    return await somebody(
        platform, "ana", ("coordinator", "community:mx-manzanillo"), password_hash=password_hash
    )  # fmt: skip


@pytest.fixture
def mailbox(platform: Platform) -> Iterator["Mailbox"]:
    """The folder of mail that was written; emptied before and after."""
    box = Mailbox(platform)
    box.empty()
    yield box
    box.empty()


class Mailbox:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._folder = platform.settings.data_dir / "outbox"

    def empty(self) -> None:
        for path in self._folder.glob("*.eml"):
            path.unlink()

    async def messages(self) -> list[Any]:
        """What is written once the queued jobs have run, oldest first."""
        import email
        import email.policy

        await self._platform.run_jobs()
        paths = sorted(self._folder.glob("*.eml"))
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths]

    async def link(self) -> str:
        """The address in the only message, without the origin."""
        (message,) = await self.messages()
        text = message.get_content()
        (found,) = [line for line in text.splitlines() if line.startswith("http")]
        assert found.startswith("http://127.0.0.1:8000/")
        return found.removeprefix("http://127.0.0.1:8000")


@pytest.fixture
def limited(platform: Platform) -> Iterator[None]:
    """Ten requests an hour."""
    front = platform.gateway.front
    before, front.limit = front.limit, RateLimit("10/hour")
    yield
    front.limit = before


@dataclass
class Program:
    """A program of somebody's, with its secret."""

    client_id: str
    client_secret: str
    http: Person

    async def token(self, **fields: str) -> dict[str, Any]:
        answer = await self.http.post(
            "/oauth/token", data={"grant_type": "client_credentials", **fields},
            auth=(self.client_id, self.client_secret),
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def signed_in(self) -> Person:
        """Somebody who sends the program's token."""
        self.http.headers["Authorization"] = f"Bearer {(await self.token())['access_token']}"
        return self.http


@pytest.fixture
async def program(platform: Platform, secretariat: Person) -> Program:
    """A program without a scope of its own: it reads."""
    return await register(platform, secretariat, scopes=["registry:read", "survey:read"])


async def register(platform: Platform, owner: Person, **fields: Any) -> Program:
    answer = await owner.post("/api/v1/identity/clients", json={"name": "Tablero", **fields})
    assert answer.status_code == 201, answer.text
    told = answer.json()
    return Program(told["client_id"], told["client_secret"], visitor(platform))


@pytest.fixture
async def iam(iam_server: Iam) -> AsyncIterator[Iam]:  # noqa: F811
    """An OpenID Connect provider that another project wrote; nobody is signed in there afterwards."""
    yield iam_server
    iam_server.logout()
