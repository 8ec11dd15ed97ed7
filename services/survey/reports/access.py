"""Who may see which report: whoever may see the results that it tells of."""

from sqlalchemy import ColumnElement, and_, exists, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.tables import Campaign, Report, Snapshot
from shared.callers import Caller
from shared.problems import NotFound


def visible_reports(caller: Caller) -> ColumnElement[bool]:
    """Reports of published editions and of published campaigns for everybody; of what is not public yet for the
    community's members and the secretariat."""
    if caller.is_secretariat:
        return literal(True)
    published_edition = exists().where(
        Snapshot.year == Report.year, Snapshot.community_code == Report.community_code,
        Snapshot.revision == Report.revision, Snapshot.occasion == "published",
    )  # fmt: skip
    published_campaign = exists().where(Campaign.year == Report.year, Campaign.published_at.is_not(None))
    return or_(
        and_(Report.kind == "network", published_campaign),
        and_(Report.kind == "community", or_(published_edition, Report.community_code.in_(caller.communities))),
    )


async def campaign_to_report(db: AsyncSession, year: int, caller: Caller) -> Campaign:
    """The campaign whose regional report the caller may have: a published one, for the secretariat any that was
    opened. Raises NotFound."""
    found: Campaign | None = await db.scalar(
        select(Campaign).where(
            Campaign.year == year, or_(Campaign.published_at.is_not(None), literal(caller.is_secretariat))
        )
    )
    if found is None:
        raise NotFound("The regional report of this year")
    return found
