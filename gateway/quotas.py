"""How many requests a program may send on a day of UTC: counted once over all processes, in the database.

People are not counted: their pages ask for much at once, and `gateway.limits` keeps them from asking too fast.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from gateway.forwarding import Headers
from shared.database import Database
from shared.problems import TooManyRequests

COUNT = text("""
WITH allowed AS (SELECT coalesce(daily_quota, :usual) AS most FROM identity.clients WHERE id = :client)
INSERT INTO identity.client_days (client_id, day, requests)
SELECT :client, :day, 1 FROM allowed WHERE most > 0
ON CONFLICT (client_id, day) DO UPDATE SET requests = client_days.requests + 1
WHERE client_days.requests < (SELECT most FROM allowed)
RETURNING requests, (SELECT most FROM allowed) AS most
""")
"""One statement that counts and refuses, so that many at once are never more than the quota."""
ALLOWED = text("SELECT coalesce(daily_quota, :usual) FROM identity.clients WHERE id = :client")


@dataclass(frozen=True)
class Left:
    """What a program still has of its day. `resets_in`: seconds until the next begins."""

    most: int
    remaining: int
    resets_in: int

    @property
    def headers(self) -> Headers:
        """`RateLimit` and `RateLimit-Policy`, as the IETF's draft has them."""
        return [
            (b"ratelimit-policy", f'"day";q={self.most};w=86400'.encode()),
            (b"ratelimit", f'"day";r={self.remaining};t={self.resets_in}'.encode()),
        ]


class Quotas:
    """`usual`: the requests a day of a program that has no quota of its own; 0: none is counted."""

    def __init__(self, database: Database, usual: int) -> None:
        self._database = database
        self._usual = usual

    async def count(self, client_id: str) -> Left | None:
        """Count a request; None where nothing is counted. Raises TooManyRequests with the seconds until tomorrow."""
        if not self._usual:
            return None
        now = datetime.now(UTC)
        tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
        resets_in = max(1, round((tomorrow - now).total_seconds()))
        values = {"client": UUID(client_id), "usual": self._usual}
        async with self._database.engine.connect() as connection:
            at_once = await connection.execution_options(isolation_level="AUTOCOMMIT")
            row = (await at_once.execute(COUNT, values | {"day": now.date()})).one_or_none()
            if row is not None:
                return Left(row.most, row.most - row.requests, resets_in)
            most = (await at_once.execute(ALLOWED, values)).scalar_one_or_none() or 0
        refused = TooManyRequests(resets_in, f"This program has used up its {most} requests of today (UTC).")
        for name, value in Left(most, 0, resets_in).headers:
            refused.headers[name.decode()] = value.decode()
        raise refused
