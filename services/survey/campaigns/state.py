"""The state of a campaign, worked out from its times whenever it is read, and until when one answers. No I/O."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.survey.tables import Assessment, Campaign
from services.survey.words import IN_THE_COMMUNITYS_HANDS, CampaignState


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


def is_open_again(assessment: Assessment, now: datetime, zone: ZoneInfo) -> bool:
    """Whether the secretariat opened it for this community alone, and that lasts."""
    return assessment.open_until is not None and now < end_of(assessment.open_until, zone)


def takes_answers(campaign: Campaign, assessment: Assessment, now: datetime, zone: ZoneInfo) -> bool:
    """Whether respondents of this community answer now."""
    if assessment.state not in IN_THE_COMMUNITYS_HANDS:
        return False
    return state_of(campaign, now, zone) == "open" or is_open_again(assessment, now, zone)


OPEN_IN_SQL = """(
    (campaigns.opened_at IS NOT NULL AND campaigns.closed_at IS NULL AND campaigns.published_at IS NULL
        AND :today <= campaigns.closes_on)
    OR :today <= assessments.open_until)"""
"""The same in SQL for an assessment in the community's hands; `today` is the day in the Network's time zone."""


def last_day_for(campaign: Campaign, assessment: Assessment) -> date:
    """The last day on which this community answers: the campaign's, or a later one of its own."""
    if assessment.open_until is None:
        return campaign.closes_on
    return max(campaign.closes_on, assessment.open_until)


def days_left(campaign: Campaign, assessment: Assessment, now: datetime, zone: ZoneInfo) -> int:
    """Whole days until this community's answers close, by the zone's calendar; 0 on the last day and afterwards."""
    return max(0, (last_day_for(campaign, assessment) - now.astimezone(zone).date()).days)
