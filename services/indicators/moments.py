"""Reading in one statement, which is a moment of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database import Database


@asynccontextmanager
async def at_once(db: Database) -> AsyncIterator[AsyncConnection]:
    """A connection without a transaction: each statement is a moment of its own, and takes one round trip and not
    three."""
    async with db.statements.connect() as connection:
        yield connection
