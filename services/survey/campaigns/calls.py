"""How other services ask about running a campaign: progress, reminders, opening again, handing over."""

from datetime import date

from services.survey.schemas.answers import HandoverOut
from services.survey.schemas.campaigns import AssessmentOut, CampaignProgressOut, RemindedOut
from shared.peers import Client

CAMPAIGNS = "/api/v1/survey/campaigns"


class CampaignCalls(Client):
    """A part of the survey's client."""

    async def campaign_progress(self, year: int) -> CampaignProgressOut:
        """Who was invited, began and finished, by community and stakeholder group. Raises NotFound."""
        return CampaignProgressOut.model_validate(await self._get(f"{CAMPAIGNS}/{year}/progress"))

    async def remind(self, year: int, community: str | None = None) -> int:
        """Write to those who have not finished, of one community or of all; how many. Raises NotAllowed, Conflict."""
        path = f"{CAMPAIGNS}/{year}" if community is None else f"{CAMPAIGNS}/{year}/assessments/{community}"
        told = await self._send("POST", f"{path}/remind")
        return RemindedOut.model_validate_json(told.content).reminded

    async def reopen(self, year: int, community: str, until: date, reason: str) -> AssessmentOut:
        """Let one community answer again until a day. Raises Conflict, Invalid, NotAllowed."""
        wanted = {"until": until.isoformat(), "reason": reason}
        told = await self._send("POST", f"{CAMPAIGNS}/{year}/assessments/{community}/reopen", json=wanted)
        return AssessmentOut.model_validate_json(told.content)

    async def hand_over(self, year: int, community: str, leaving: str, successor: str) -> HandoverOut:
        """Give what somebody answered to a successor. Raises NotFound, Invalid, Conflict, NotAllowed."""
        wanted = {"from_respondent": leaving, "to_respondent": successor}
        told = await self._send("POST", f"{CAMPAIGNS}/{year}/assessments/{community}/answers/handover", json=wanted)
        return HandoverOut.model_validate_json(told.content)
