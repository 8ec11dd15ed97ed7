"""Reads of submissions that need more than one line of SQL."""

from sqlalchemy import func, select

from services.indicators.tables import Observation, Submission, SubmissionChange
from shared.database import ReadSession, WriteSession


async def counts(db: ReadSession | WriteSession, community: str, period: str) -> tuple[int, int]:
    """How many observations there are, and of how many the newest revision is not approved."""
    row = (
        await db.execute(
            select(
                func.count(),
                func.count().filter(Observation.latest_revision.is_distinct_from(Observation.approved_revision)),
            ).where(Observation.community_code == community, Observation.period == period)
        )
    ).one()
    return row[0], row[1]


async def history(db: ReadSession | WriteSession, community: str, period: str) -> list[SubmissionChange]:
    """What was done with it, oldest first."""
    rows = await db.scalars(
        select(SubmissionChange)
        .where(SubmissionChange.community_code == community, SubmissionChange.period == period)
        .order_by(SubmissionChange.at, SubmissionChange.id)
    )
    return list(rows)


async def submission(db: ReadSession, community: str, period: str) -> Submission | None:
    found: Submission | None = await db.get(Submission, (community, period))
    return found
