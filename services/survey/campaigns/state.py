"""The state of a campaign, worked out from its times whenever it is read. No I/O."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.survey.tables import Campaign
from services.survey.words import CampaignState


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which a day ends in a time zone, in UTC.

    >>> end_of(date(2026, 11, 30), ZoneInfo("America/Caracas")).isoformat()
    '2026-12-01T04:00:00+00:00'
    """
    return datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)


def state_of(campaign: Campaign, now: datetime, zone: ZoneInfo) -> CampaignState:
    """A draft until it is opened by hand; closed by hand or from the end of `closes_on`; published by hand."""
    if campaign.published_at is not None:
        return "published"
    if campaign.opened_at is None:
        return "draft"
    if campaign.closed_at is not None or now >= end_of(campaign.closes_on, zone):
        return "closed"
    return "open"


def days_left(campaign: Campaign, now: datetime, zone: ZoneInfo) -> int:
    """Whole days until answers close, by the calendar of the zone; 0 on the last day and afterwards."""
    return max(0, (campaign.closes_on - now.astimezone(zone).date()).days)
