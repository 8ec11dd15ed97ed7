"""One part as a process of its own: `python -m deploy.local.part NAME LISTENING_SOCKET PARENT_PIPE`, or a container.

Nothing of another part is imported: six processes would else hold, and wait for, the whole platform each.
"""

import socket
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

import httpx
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from deploy.local.databases import with_driver
from deploy.local.serving import PortTrouble, serve
from migrations.running import role_of, role_url
from shared.peers import Peers, service_secret
from shared.service import Service, Surroundings, connected
from shared.settings import SERVICES, Settings
from shared.transports import remote_client
from shared.version import VERSION

if TYPE_CHECKING:
    from gateway.upstreams import Upstream


def remote_reach(settings: Settings) -> Callable[[str], httpx.AsyncClient]:
    """How a part reaches the others when each is a process: by the addresses in the settings."""

    def reach(name: str) -> httpx.AsyncClient:
        url = settings.service_url(name)
        if url is None:
            raise RuntimeError(f"PORTSNET_{name.upper()}_URL must be set when services run apart.")
        return remote_client(url, timeout=settings.upstream_timeout)

    return reach


def remote_upstreams(settings: Settings) -> "Mapping[str, Upstream]":
    """Where the gateway forwards to. Raises RuntimeError when the address of a service is not set."""
    from gateway.upstreams import RemoteUpstream

    found: dict[str, Upstream] = {}
    for name in SERVICES:
        url = settings.service_url(name)
        if url is None:
            raise RuntimeError(f"PORTSNET_{name.upper()}_URL must be set for a gateway that runs apart.")
        found[name] = RemoteUpstream(url, timeout=settings.upstream_timeout)
    return found


def import_part(name: str) -> ModuleType:
    """The module of a part's application, imported now if it was not before."""
    return import_module("gateway.app" if name == "gateway" else f"services.{name}.app")


async def serve_part(name: str, settings: Settings, on: socket.socket, *, parent: int | None = None) -> None:
    """One service, or the gateway; `PORTSNET_DATABASE_URL` is the address with the part's own role."""
    if settings.database_url is None:
        raise PortTrouble(f"PORTSNET_DATABASE_URL must be set for {name} when it runs apart.")
    url = settings.database_url.get_secret_value()
    if name == "gateway":
        gateway = import_part(name).Gateway(settings, remote_upstreams(settings), VERSION)
        peers = Peers("gateway", service_secret(settings.secret, "gateway"), remote_reach(settings))
        await gateway.connect(url, peers)
        try:
            await serve(gateway.front, on, ready=_silent, parent=parent)
        finally:
            await gateway.disconnect()
        return
    reach = remote_reach(settings)
    keys_from = remote_client(settings.gateway_url or settings.origin, timeout=5)

    async def fetch_keys() -> dict[str, object]:
        try:
            answer = await keys_from.get("/.well-known/jwks.json")
            found: dict[str, object] = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise OSError("the gateway's keys cannot be read now") from error
        return found

    surroundings = Surroundings(
        settings=settings, database_url=url, peers=Peers(name, settings.secret, reach), fetch_keys=fetch_keys
    )
    try:
        service: Service = import_part(name).SERVICE
        async with connected(service.application(), surroundings) as app:
            await serve(app, on, ready=_silent, parent=parent)
    finally:
        await keys_from.aclose()


def settings_of_part(name: str, settings: Settings) -> Settings:
    """What a part needs out of the settings of the whole: its own role and secret.

    An operator who gives the part its role's address and its own secret already (`portsnet_<schema>` as the user)
    is taken at their word, so that a container need not know more than its part.
    """
    if settings.database_url is None:
        raise PortTrouble(f"PORTSNET_DATABASE_URL must be set for {name} when it runs apart.")
    schema = "identity" if name == "gateway" else name
    url = with_driver(settings.database_url.get_secret_value())
    if make_url(url).username != role_of(schema):
        role = SecretStr(role_url(url, schema, settings.secret))
        return settings.model_copy(update={"database_url": role, "secret_key": secret_for(settings, name)})
    return settings.model_copy(update={"database_url": SecretStr(url)})


def secret_for(master: Settings, name: str) -> SecretStr:
    """What a part that runs apart is given: the gateway the master secret, a service its own."""
    if name == "gateway":
        return SecretStr(master.secret.decode())
    return SecretStr(service_secret(master.secret, name).decode())


def _silent() -> None:
    return None
