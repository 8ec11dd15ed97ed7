"""People of a platform that runs as a process: they come in by an invitation, like everybody."""

from collections.abc import Mapping
from typing import Any

import httpx

from tests.deploy.command import Running, portsnet

PASSWORD = "cuatro grúas sobre el muelle"


def invited(platform: Running, role: str, scope: str = "network", group: str | None = None, name: str = "") -> str:
    """The link that `portsnet invite` prints."""
    arguments = ["--email", f"{name or role}@example.org", "--role", role, "--scope", scope]
    if group is not None:
        arguments += ["--stakeholder-group", group]
    settings = {"PORTSNET_PORT": str(platform.port)}
    done = portsnet("invite", *arguments, data=platform.data, settings=settings)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def accepted(client: httpx.Client, link: str, name: str) -> Mapping[str, Any]:
    """Come in by a link; the client is signed in from then on."""
    account = {"username": name, "name": name.replace("-", " ").title(), "password": PASSWORD}
    made = client.post("/auth/invitations/" + link.rpartition("/")[2], json=account)
    assert made.status_code == 201, made.text
    me: Mapping[str, Any] = client.get("/auth/me").json()
    client.headers["X-CSRF-Token"] = me["csrf_token"]
    return me
