"""Whether a PostgreSQL server that somebody else runs can be used."""

import re

import asyncpg
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from deploy.local.postgres_process import CONNECT_LIMIT, DatabaseTrouble

OLDEST_SERVER = 15
"""The first major version of PostgreSQL that the platform works with."""


async def check_server(url: str) -> None:
    """Make sure that the server at an address of PORTSNET_DATABASE_URL can be used; never says the password."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        address = None
    if address is None or not re.match(r"postgres(ql)?(\+|$)", address.drivername) or "@" in (address.host or ""):
        # What cannot be read may have its password anywhere.
        raise DatabaseTrouble("PORTSNET_DATABASE_URL is not the address of a PostgreSQL server.")
    socket = address.query.get("host")
    place = address.host or (socket if isinstance(socket, str) else "") or "localhost"
    name = f"The database server at {place}{f':{address.port}' if address.port else ''} (PORTSNET_DATABASE_URL)"
    engine = create_async_engine(
        address.set(drivername="postgresql+asyncpg"), poolclass=NullPool, connect_args={"timeout": CONNECT_LIMIT}
    )
    try:
        async with engine.connect() as connection:
            version = str((await connection.exec_driver_sql("SHOW server_version")).scalar_one())
            number = int(str((await connection.exec_driver_sql("SHOW server_version_num")).scalar_one()))
    except TimeoutError:
        raise DatabaseTrouble(f"{name} did not answer within {CONNECT_LIMIT:.0f} s.") from None
    except (OSError, DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        cause = error.orig.__cause__ or error.orig if isinstance(error, DBAPIError) and error.orig else error
        reason = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
        raise DatabaseTrouble(f"{name} cannot be used: {reason.splitlines()[0].rstrip('.')}.") from None
    finally:
        await engine.dispose()
    if number < OLDEST_SERVER * 10_000:
        raise DatabaseTrouble(f"{name} is PostgreSQL {version}, but the platform needs {OLDEST_SERVER} or newer.")
