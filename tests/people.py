"""People of the tests: they sign in, call the platform through its front door, and read every answer."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import httpx

from deploy.local.composition import Platform
from gateway.invitations import add_grant
from gateway.sessions import key_of, open_session
from gateway.tables import User
from shared.callers import Caller

ORIGIN = "http://127.0.0.1:8000"
OPERATOR = Caller(kind="service", id="tests", name="tests")


class Person(httpx.AsyncClient):
    """Somebody at the front door. Every refusal is checked to be a problem document with the status it came with."""

    user_id: str = ""

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        answer = await super().send(request, **options)
        if answer.status_code >= 400 and "text/html" not in request.headers.get("accept", ""):
            await answer.aread()
            if not request.url.path.startswith("/oauth/"):
                read_problem(answer)
        assert "x-request-id" in answer.headers
        return answer


def read_problem(answer: httpx.Response) -> dict[str, Any]:
    """The problem document of a refusal, its form checked (RFC 9457)."""
    if answer.request.method == "HEAD":
        return {}
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.text[:500]
    told: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "instance"} <= told.keys()
    assert told["status"] == answer.status_code
    for error in told.get("errors", []):
        assert {"pointer", "message", "code"} <= error.keys()
        assert error["pointer"] == "" or error["pointer"].startswith("/")
    assert "Traceback" not in answer.text
    return told


def pointers(answer: httpx.Response) -> list[str]:
    """Which fields a 422 names."""
    assert answer.status_code == 422, (answer.status_code, answer.text[:300])
    return sorted(error["pointer"] for error in read_problem(answer).get("errors", []))


def if_match(answer: httpx.Response) -> dict[str, str]:
    return {"If-Match": answer.headers["etag"]}


def visitor(platform: Platform, **options: Any) -> Person:
    """Somebody who has not signed in."""
    return Person(
        transport=httpx.ASGITransport(app=platform.app, raise_app_exceptions=False), base_url=ORIGIN,
        headers={"accept": "application/json"}, **options,
    )  # fmt: skip


async def somebody(
    platform: Platform,
    name: str,
    *grants: tuple[str, str] | tuple[str, str, str],
    password_hash: str | None = None,
    locale: str = "es",
) -> Person:
    """A person with these grants `(role, scope[, stakeholder group])`, signed in."""
    database = platform.gateway.own.state.database
    async with database.transaction(by=OPERATOR, to="make a person of the tests") as tx:
        user = User(
            username=name, username_key=key_of(name), name=name.replace("-", " ").title(), email=f"{name}@example.org",
            email_key=key_of(f"{name}@example.org"), locale=locale, password_hash=password_hash,
        )  # fmt: skip
        tx.add(user)
        await tx.flush()
        for role, scope, *group in grants:
            await add_grant(tx, user.id, role, scope, group[0] if group else None)
        token, session = await open_session(tx, user.id, address="127.0.0.1", agent="tests")
    person = visitor(platform)
    person.user_id = str(user.id)
    person.cookies.set(platform.gateway.front.cookie, token, domain="127.0.0.1")
    person.headers["X-CSRF-Token"] = session.csrf_token
    return person


async def everybody(platform: Platform, community: str, committee: str) -> Mapping[str, Person]:
    """One person of every role, the public, and people of another community and committee; for tables of permissions."""
    return {
        "public": visitor(platform),
        "secretariat": await somebody(platform, "secretary", ("secretariat", "network")),
        "coordinator": await somebody(platform, "coordinator", ("coordinator", f"community:{community}")),
        "respondent": await somebody(platform, "respondent", ("respondent", f"community:{community}", "customs")),
        "data_provider": await somebody(platform, "provider", ("data_provider", f"community:{community}")),
        "chair": await somebody(platform, "chair", ("chair", f"committee:{committee}")),
        "member": await somebody(platform, "member", ("member", f"committee:{committee}")),
        "observer": await somebody(platform, "observer", ("observer", f"committee:{committee}")),
        "foreign_coordinator": await somebody(platform, "foreigner", ("coordinator", "community:cl-biobio")),
        "without_grants": await somebody(platform, "nobody"),
    }


def user_id(person: Person) -> UUID:
    return UUID(person.user_id)
