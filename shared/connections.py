"""Connections of one's own, beside the pool: the queue and LISTEN hold theirs for as long as they live."""

import asyncpg
from sqlalchemy.engine import URL, make_url


async def own_connection(url: str | URL) -> "asyncpg.Connection[asyncpg.Record]":
    """An asyncpg connection to the database of a SQLAlchemy address. Raises OSError or asyncpg.PostgresError."""
    address = make_url(url)
    host = address.query.get("host") or address.host
    port = address.port or int(str(address.query.get("port") or 5432))
    return await asyncpg.connect(
        host=str(host) if host else None, port=port, user=address.username, password=address.password,
        database=address.database, timeout=10,
    )  # fmt: skip
