"""The keys of the internal token, and the minting of it."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey
from sqlalchemy import func, select, text

from gateway import secrets
from gateway.tables import SigningKey
from shared.callers import Caller
from shared.database import Database
from shared.ids import uuid7
from shared.tokens import ALGORITHM, ISSUER, LIFETIME, claims_of

ROTATED_AFTER = timedelta(days=30)
KEPT_AFTER_ROTATION = timedelta(hours=1)
REMINT_BEFORE = 15


@dataclass
class Identified:
    """A caller as the gateway remembers it, with the tokens minted for it so far by audience."""

    caller: Caller
    tokens: dict[str, tuple[float, str]] = field(default_factory=dict)
    public_caller: bool = False
    session_id: str = ""


class Minter:
    """Signs internal tokens with the newest key. Every gateway process shares the keys through the database."""

    def __init__(self, database: Database, secret: bytes) -> None:
        self._database = database
        self._secret = secret
        self._key: OKPKey | None = None
        self._read_at = 0.0
        self._reading = asyncio.Lock()
        self.published: dict[str, Any] = {"keys": []}

    async def load(self, *, rotate: bool = False) -> None:
        """Read the keys; make one when there is none or the newest is older than 30 days, or on `rotate`."""
        async with self._reading, self._database.engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(7701930002)"))
            newest = await connection.scalar(
                select(func.max(SigningKey.created_at)).where(SigningKey.retired_at.is_(None))
            )
            if rotate or newest is None or newest < datetime.now(UTC) - ROTATED_AFTER:
                key = OKPKey.generate_key("Ed25519", {"kid": str(uuid7()), "use": "sig", "alg": ALGORITHM})
                await connection.execute(
                    SigningKey.__table__.insert().values(
                        kid=key.kid,
                        public=key.as_dict(private=False),
                        sealed=secrets.seal(self._secret, json.dumps(key.as_dict(private=True)).encode()),
                        created_at=datetime.now(UTC),
                    )
                )
                await connection.execute(
                    SigningKey.__table__.update()
                    .where(SigningKey.created_at < datetime.now(UTC) - KEPT_AFTER_ROTATION, SigningKey.kid != key.kid)
                    .values(retired_at=datetime.now(UTC))
                )
            rows = (
                await connection.execute(
                    select(SigningKey.public, SigningKey.sealed)
                    .where(SigningKey.retired_at.is_(None))
                    .order_by(SigningKey.created_at.desc())
                )
            ).all()
        self._key = OKPKey.import_key(json.loads(secrets.unseal(self._secret, rows[0].sealed)))
        self.published = {"keys": [row.public for row in rows]}

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
