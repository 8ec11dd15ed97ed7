"""When what a community does with its assessment may change."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from services.survey.campaigns.state import is_open_again, state_of
from services.survey.tables import Assessment, Campaign
from services.survey.words import IN_THE_COMMUNITYS_HANDS
from shared.problems import Conflict


def must_be_in_the_communitys_hands(assessment: Assessment, campaign: Campaign, zone: ZoneInfo) -> None:
    """Until the region's publication; what the secretariat returned or opened again may be corrected later, too.

    Raises Conflict.
    """
    if assessment.state not in IN_THE_COMMUNITYS_HANDS:
        raise Conflict(f"The assessment is {assessment.state}; it changes only when the secretariat returns it.")
    now = datetime.now(UTC)
    found = state_of(campaign, now, zone)
    if assessment.state != "returned" and not is_open_again(assessment, now, zone) and found not in ("open", "closed"):
        raise Conflict(f"The campaign is {found}; nothing can be agreed or submitted.")
