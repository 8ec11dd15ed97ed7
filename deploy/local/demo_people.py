"""The made-up people of the demonstration, and how they call the platform: through its front door, like anybody."""

import secrets
from dataclasses import dataclass
from typing import Any

import httpx

from deploy.local.composition import Platform
from deploy.local.first_start import OPERATOR
from gateway import passwords
from gateway.invitations import add_grant
from gateway.sessions import key_of, open_session
from gateway.tables import User
from shared.trouble import Trouble


class DemoTrouble(Trouble):
    """One clear sentence for the operator."""


@dataclass
class DemoPerson:
    """A made-up person with a session of their own."""

    name: str
    username: str
    user_id: str
    http: httpx.AsyncClient

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Call the API. Raises DemoTrouble with what was refused."""
        answer = await self.http.request(method, path, **options)
        if answer.status_code >= 400:
            raise DemoTrouble(f"{method} {path} was refused ({answer.status_code}): {answer.text[:300]}")
        return answer


async def make_person(
    platform: Platform, name: str, username: str, *grants: tuple[str, str, str | None], password: str | None = None
) -> DemoPerson:
    """A demonstration account with these grants `(role, scope, stakeholder group)`, signed in."""
    state = platform.gateway.own.state
    email = f"{username}@demo.invalid"
    password_hash = await passwords.hashed(password) if password else None
    async with state.database.transaction(by=OPERATOR, to="make a demonstration account", about=username) as tx:
        user = User(
            username=username, username_key=key_of(username), name=name, email=email, email_key=key_of(email),
            locale="es", password_hash=password_hash, demo=True,
        )  # fmt: skip
        tx.add(user)
        await tx.flush()
        for role, scope, group in grants:
            await add_grant(tx, user.id, role, scope, group)
        token, session = await open_session(tx, user.id, address="127.0.0.1", agent="portsnet demo")
    front = platform.gateway.front
    http = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=platform.app), base_url=platform.settings.origin, timeout=60,
        headers={
            "Cookie": f"{front.cookie}={token}", "X-CSRF-Token": session.csrf_token, "Accept": "application/json",
            "Accept-Language": "es",
        },
    )  # fmt: skip
    return DemoPerson(name, username, str(user.id), http)


def one_time_password() -> str:
    """A password that is printed once and known to nobody else."""
    return f"demo-{secrets.token_urlsafe(12)}"
