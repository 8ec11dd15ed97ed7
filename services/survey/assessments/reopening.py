"""Opening the survey again for one community."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from services.survey.access import assessment_to_change, campaign_to_see
from services.survey.assessments.operations import record, told
from services.survey.campaigns.state import end_of, takes_answers
from services.survey.schemas.campaigns import AssessmentOut, ReopenIn
from services.survey.words import IN_THE_COMMUNITYS_HANDS, AssessmentKey
from shared import idempotency
from shared.callers import Caller
from shared.database import Database
from shared.problems import Conflict, Invalid, NotAllowed


async def reopen_assessment(
    db: Database, key: AssessmentKey, wanted: ReopenIn, zone: ZoneInfo, language: str, *, by: Caller
) -> AssessmentOut:
    """Let a community answer again until a day, whatever the campaign's dates say; it gets back what it had handed in.

    What it published stays public until a corrected result replaces it. Raises NotFound, NotAllowed, Conflict, Invalid.
    """
    async with db.transaction(by=by, to="open an assessment again", about=key) as tx:
        assessment = await assessment_to_change(tx, key, by)
        if not by.is_secretariat:
            raise NotAllowed("Only the secretariat opens an assessment again.")
        campaign = await campaign_to_see(tx, key.year, by)
        now = datetime.now(UTC)
        if campaign.opened_at is None:
            raise Conflict("The campaign is a draft: open it first.")
        if now >= end_of(wanted.until, zone):
            raise Invalid.at("/until", "must not be in the past")
        if takes_answers(campaign, assessment, now, zone) and assessment.open_until is None:
            raise Conflict("The community can answer now: change the closing day of the campaign instead.")
        assessment.open_until = wanted.until
        if assessment.state not in IN_THE_COMMUNITYS_HANDS:
            assessment.state, assessment.returned_at = "returned", now
            assessment.returned_comments = [{"measure": None, "text": wanted.reason}]
        assessment.version += 1
        record(tx, assessment, "opened_again", by, until=wanted.until.isoformat(), reason=wanted.reason)
        await tx.flush()
        out = await told(tx, assessment, zone, language, by=by)
        idempotency.will_answer(out, status=200, headers={"ETag": out.etag})
    return out
