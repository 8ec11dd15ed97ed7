"""Observations are kept by year: partitions are made before it begins, and for other years that have grown large.

Years of few rows stay together in the partition of the rest, so that no row is ever without a place.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.indicators import facts
from shared.database import Database, Job
from shared.jobs import Handler

log = structlog.get_logger(__name__)
KEEP = "keep partitions"
DAY = 86_400.0  # seconds
MANY = 10_000
"""Rows of one year among the rest, from which on it is worth a partition."""


def partition_jobs(app: FastAPI) -> Mapping[str, Handler]:
    async def keep(payload: Mapping[str, Any]) -> None:
        await keep_partitions(app.state.database)

    return {KEEP: keep}


async def keep_partitions(db: Database) -> list[str]:
    """Make the partitions that are lacking, and come again in a day; the names of those made.

    A table that is too busy now is left for tomorrow: until then its rows go to the partition of the rest.
    """
    made: list[str] = []
    try:
        async with db.engine.begin() as connection:
            await connection.execute(text("SET LOCAL statement_timeout = '10min'"))
            made = (await connection.execute(text("SELECT make_partitions(:many)"), {"many": MANY})).scalar_one()
    except DBAPIError as error:
        log.warning("partitions were not made", error=str(error.orig))
    async with db.transaction(by=facts.PLATFORM, to="keep partitions", about="observations") as tx:
        tx.note(made=made)
        await tx.execute(text("SELECT pg_advisory_xact_lock(7701930003)"))
        waiting = text("SELECT count(*) FROM pgqueuer WHERE entrypoint = :name AND status = 'queued'")
        if not await tx.scalar(waiting, {"name": KEEP}):
            tx.announce(Job(KEEP, delay=DAY))
    return made
