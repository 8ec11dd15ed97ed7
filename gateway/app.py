"""The gateway put together: its own routes, the services behind it, and the front door before both."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from fastapi import FastAPI

from gateway import accounts, documentation, health, internal, invitations
from gateway.front import Front
from gateway.internal import AUDIENCES
from gateway.keys import Minter
from gateway.mail import deliver
from gateway.tables import SCHEMA
from gateway.upstreams import Upstream
from gateway.visitors import Visitors
from shared.database import Database
from shared.jobs import Handler, Worker
from shared.peers import Peers
from shared.service import Service
from shared.settings import Settings
from shared.tokens import TokenVerifier

SERVICE = Service(
    name="gateway",
    schema=SCHEMA,
    title="Gateway",
    routers=[accounts.router, invitations.router, internal.router, health.router, documentation.router],
    is_guarded=False,
)


class Gateway:
    """The front door and what it needs; `connect` before it serves, `disconnect` after."""

    def __init__(self, settings: Settings, upstreams: Mapping[str, Upstream], version: str) -> None:
        self.own: FastAPI = SERVICE.application()
        self.front = Front(self.own, upstreams, settings)
        self.settings = settings
        self.own.state.settings = settings
        self.own.state.front = self.front
        self.own.state.version = version

    async def connect(self, database_url: str, peers: Peers, *, work: bool = True) -> None:
        """Open the database, load the signing keys, begin to listen for changes and to send mail."""
        state = self.own.state
        state.peers = peers
        state.database = Database.at(database_url, SCHEMA, pool=self.settings.database_pool)
        state.minter = self.front.minter = Minter(state.database, self.settings.secret)
        await state.minter.start()
        state.verifiers = {audience: TokenVerifier(audience, state.minter.public_keys) for audience in AUDIENCES}
        state.verifier = self.front.verifier = state.verifiers["gateway"]
        state.visitors = self.front.visitors = Visitors(state.database, database_url)
        await state.visitors.start()
        state.worker = Worker(database_url, SCHEMA.name, self.jobs())
        if work:
            await state.worker.start()

    def jobs(self) -> dict[str, Handler]:
        return {"mail": partial(deliver, self.own.state.database, self.settings)}

    async def disconnect(self) -> None:
        state = self.own.state
        await state.worker.stop()
        await state.visitors.stop()
        await state.minter.stop()
        await state.peers.close()
        for upstream in self.front.upstreams.values():
            await upstream.close()
        await state.database.close()
