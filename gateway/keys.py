"""The keys of the internal token, and the minting of it."""

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from joserfc import jwt
from joserfc.jwk import OKPKey
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import secrets
from gateway.tables import SigningKey
from shared.callers import Caller
from shared.database import Database
from shared.ids import uuid7
from shared.problems import Problem
from shared.tokens import ALGORITHM, ISSUER, LIFETIME, claims_of

ROTATED_AFTER = timedelta(days=30)
KEPT_AFTER_ROTATION = timedelta(hours=1)
REMINT_BEFORE = 15
READ_EVERY = 600.0
"""Seconds between two looks for keys that another process made; much less than a replaced key is kept."""
PUBLISHED_FOR = 1.0
FOREVER = datetime.max.replace(tzinfo=UTC)
log = structlog.get_logger(__name__)


@dataclass
class Identified:
    """A caller as the gateway remembers it, with the tokens minted for it so far by audience."""

    caller: Caller
    tokens: dict[str, tuple[float, str]] = field(default_factory=dict)
    public_caller: bool = False
    session_id: str = ""
    ends_at: datetime = FOREVER


class Minter:
    """Signs internal tokens with the newest key. Every gateway process shares the keys through the database."""

    def __init__(self, database: Database, secret: bytes) -> None:
        self._database = database
        self._secret = secret
        self._key: OKPKey | None = None
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self.published: dict[str, Any] = {"keys": []}

    async def start(self) -> None:
        """Read the keys now and every ten minutes."""
        await self.load()
        self._task = asyncio.create_task(self._keep_reading(), name="signing keys")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def load(self, *, rotate: bool = False) -> None:
        """Read the keys; make one when there is none or the newest is older than 30 days, or on `rotate`."""
        async with self._reading, self._database.engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(7701930002)"))
            now = datetime.now(UTC)
            newest = await connection.scalar(select(func.max(SigningKey.created_at)))
            if rotate or newest is None or newest < now - ROTATED_AFTER:
                key = OKPKey.generate_key("Ed25519", {"kid": str(uuid7()), "use": "sig", "alg": ALGORITHM})
                await connection.execute(
                    SigningKey.__table__.insert().values(
                        kid=key.kid,
                        public=key.as_dict(private=False),
                        sealed=secrets.seal(self._secret, json.dumps(key.as_dict(private=True)).encode()),
                        created_at=now,
                    )
                )
            elif newest < now - KEPT_AFTER_ROTATION:  # by now every process signs with the newest
                await connection.execute(
                    SigningKey.__table__.update()
                    .where(SigningKey.created_at < newest, SigningKey.retired_at.is_(None))
                    .values(retired_at=now)
                )
            await self._read(connection)

    async def _read(self, connection: AsyncConnection) -> None:
        rows = (
            await connection.execute(
                select(SigningKey.public, SigningKey.sealed)
                .where(SigningKey.retired_at.is_(None))
                .order_by(SigningKey.created_at.desc(), SigningKey.kid.desc())
            )
        ).all()
        self._key = OKPKey.import_key(json.loads(secrets.unseal(self._secret, rows[0].sealed)))
        self.published = {"keys": [row.public for row in rows]}
        self._read_at = time.monotonic()

    async def public_keys(self) -> dict[str, Any]:
        """The keys that verify, those of other processes included; read at most once a second."""
        if time.monotonic() - self._read_at > PUBLISHED_FOR:
            async with self._reading:
                if time.monotonic() - self._read_at > PUBLISHED_FOR:
                    async with self._database.engine.connect() as connection:
                        await self._read(connection)
        return self.published

    async def _keep_reading(self) -> None:
        while True:
            await asyncio.sleep(READ_EVERY)
            try:
                await self.load()
            except (SQLAlchemyError, Problem, OSError) as error:
                log.warning("the signing keys were not read", error=str(error))

    def mint(self, caller: Caller, audience: str) -> tuple[str, int]:
        """A token for one audience and when it expires (Unix seconds)."""
        if self._key is None:
            raise RuntimeError("the keys were not loaded")
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": audience, "iat": now, "exp": now + LIFETIME, **claims_of(caller)}
        header = {"alg": ALGORITHM, "kid": self._key.kid, "typ": "JWT"}
        return jwt.encode(header, claims, self._key, algorithms=[ALGORITHM]), now + LIFETIME

    def token_for(self, identified: Identified, audience: str) -> str:
        """The remembered token for this caller and audience, made anew shortly before it expires."""
        remembered = identified.tokens.get(audience)
        if remembered is not None and remembered[0] > time.time() + REMINT_BEFORE:
            return remembered[1]
        token, expires = self.mint(identified.caller, audience)
        identified.tokens[audience] = (expires, token)
        return token
