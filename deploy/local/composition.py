"""The composition root: the only place that knows every part of the platform."""

from typing import Any

import httpx
from fastapi import FastAPI
from starlette.types import ASGIApp

from gateway.app import Gateway
from gateway.upstreams import LocalUpstream
from migrations.running import role_url
from services.indicators.app import SERVICE as INDICATORS
from services.portal.app import SERVICE as PORTAL
from services.registry.app import SERVICE as REGISTRY
from services.survey.app import SERVICE as SURVEY
from services.workspace.app import SERVICE as WORKSPACE
from shared.peers import Peers, service_secret
from shared.service import Service, Surroundings, connect, disconnect
from shared.settings import Settings
from shared.transports import local_client
from shared.version import VERSION

SERVICES: dict[str, Service] = {service.name: service for service in (REGISTRY, SURVEY, INDICATORS, WORKSPACE, PORTAL)}


class Platform:
    """Every part in one process: made once, connected to a database, served, disconnected."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.services: dict[str, FastAPI] = {name: service.application() for name, service in SERVICES.items()}
        self.gateway = Gateway(
            settings,
            {name: LocalUpstream(app, timeout=settings.upstream_timeout) for name, app in self.services.items()},
            VERSION,
        )

    @property
    def app(self) -> ASGIApp:
        return self.gateway.front

    async def connect(self, admin_url: str, *, work: bool = True) -> None:
        """Connect every part with its own role. `work` starts the job workers too."""
        secret = self.settings.secret
        peers = Peers("gateway", service_secret(secret, "gateway"), self._reach)
        await self.gateway.connect(role_url(admin_url, "identity", secret), peers, work=work)
        for name, app in self.services.items():
            surroundings = Surroundings(
                settings=self.settings,
                database_url=role_url(admin_url, name, secret),
                peers=Peers(name, service_secret(secret, name), self._reach),
                fetch_keys=self._keys,
            )
            await connect(app, surroundings, work=work)

    async def disconnect(self) -> None:
        for app in self.services.values():
            await disconnect(app)
        await self.gateway.disconnect()

    async def run_jobs(self) -> None:
        """Run what is queued in every part until nothing is left; for a platform connected without `work`."""
        for app in (*self.services.values(), self.gateway.own):
            await app.state.worker.drain()

    async def _keys(self) -> dict[str, Any]:
        published: dict[str, Any] = await self.gateway.own.state.minter.public_keys()
        return published

    def _reach(self, name: str) -> httpx.AsyncClient:
        return local_client(self.gateway.front if name == "gateway" else self.services[name])
