"""Who of a community has answered so far, and reminding by mail those who have not finished: once a day at the most."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from starlette.responses import Response

from services.portal.pages.reading import today, year_of
from services.portal.visits import MemberVisit, Visit, page_router
from services.survey.schemas.campaigns import AssessmentOut
from shared.problems import NotAllowed, Problem

router = page_router()


@dataclass(frozen=True)
class Voice:
    """A respondent and how many measures they have said something about."""

    user: str
    name: str
    group: str
    answered: int


async def voices_of(visit: Visit, year: int, community: str) -> list[Voice]:
    """The respondents of a community, those who are furthest behind first. Raises NotFound, NotAllowed."""
    answers, holders = await asyncio.gather(
        visit.survey.answers(year, community), visit.identity_as_platform.holders(f"community:{community}")
    )
    counted = Counter(answer.respondent for answer in answers)
    known = {
        str(one.user_id): Voice(str(one.user_id), one.name, one.stakeholder_group or "other", counted[str(one.user_id)])
        for one in holders
        if one.role == "respondent"
    }
    gone = {
        answer.respondent: Voice(answer.respondent, answer.name, answer.stakeholder_group, counted[answer.respondent])
        for answer in answers
        if answer.respondent not in known
    }
    return sorted([*known.values(), *gone.values()], key=lambda voice: (voice.answered, voice.name.casefold()))


async def voices_or_none(visit: Visit, year: int, community: str) -> list[Voice] | None:
    """The same for a page that stands without it."""
    try:
        return await voices_of(visit, year, community)
    except Problem:
        return None


@router.post("/survey/{year}/{community}/summary/remind")
async def remind(visit: MemberVisit, year: str, community: str) -> Response:
    """Write to everybody who has not finished. The same day again sends nothing more."""
    await visit.form()
    number = year_of(year)
    assessment = await visit.survey.assessment(number, community)
    if not (visit.caller.is_secretariat or visit.caller.coordinates(community)):
        raise NotAllowed("Only its coordinator and the secretariat remind respondents.")
    behind = [
        voice
        for voice in await voices_of(visit, number, community)
        if voice.answered < assessment.progress.total and assessment.campaign_state == "open"
    ]
    await asyncio.gather(*(write_to(visit, voice, assessment) for voice in behind))
    return visit.go(f"/survey/{number}/{community}/summary?reminded={len(behind)}#voces")


async def write_to(visit: Visit, voice: Voice, assessment: AssessmentOut) -> None:
    path = f"/survey/{assessment.year}/{assessment.community}"
    values = {
        "community": assessment.name, "year": str(assessment.year), "closes_on": assessment.closes_on.isoformat(),
        "link": path,
    }  # fmt: skip
    once = uuid5(NAMESPACE_URL, f"{path}#{voice.user}#{today(visit)}")
    await visit.identity_as_platform.send_mail("survey_reminder", values, user_id=voice.user, id=once)
