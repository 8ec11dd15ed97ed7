"""The gateway put together: its own routes, the services behind it, and the front door before both."""

from collections.abc import Mapping
from functools import partial

from fastapi import FastAPI

from gateway import (
    accounts,
    api_clients,
    audit,
    demonstration,
    documentation,
    factor_routes,
    grants,
    health,
    internal,
    invitations,
    joining,
    mails,
    oauth,
    oidc,
    own_sessions,
    password_resets,
    seats,
    users,
)  # fmt: skip
from gateway.front import Front
from gateway.internal import AUDIENCES
from gateway.keys import Minter
from gateway.mail import deliver
from gateway.oidc_provider import Provider
from gateway.quotas import Quotas
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
    routers=[
        accounts.router,
        joining.router,
        password_resets.router,
        factor_routes.router,
        oidc.router,
        oidc.identity,
        oauth.router,
        oauth.discovery,
        users.router,
        grants.router,
        invitations.router,
        api_clients.router,
        own_sessions.router,
        mails.router,
        audit.router,
        internal.router,
        demonstration.router,
        health.router,
        documentation.router,
    ],
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
        self.front.quotas = Quotas(state.database, self.settings.client_quota)
        state.visitors = self.front.visitors = Visitors(state.database, database_url)
        await state.visitors.start()
        state.providers = {name: Provider(name, found) for name, found in self.settings.oidc_providers.items()}
        state.worker = Worker(database_url, SCHEMA.name, self.jobs())
        if work:
            await state.worker.start()

    def jobs(self) -> dict[str, Handler]:
        database = self.own.state.database
        return {
            "mail": partial(deliver, database, self.settings),
            **password_resets.jobs(database, self.settings),
            **seats.jobs(self.own.state.peers),
        }

    async def disconnect(self) -> None:
        state = self.own.state
        await state.worker.stop()
        await state.visitors.stop()
        await state.minter.stop()
        for provider in state.providers.values():
            await provider.close()
        await state.peers.close()
        for upstream in self.front.upstreams.values():
            await upstream.close()
        await state.database.close()
