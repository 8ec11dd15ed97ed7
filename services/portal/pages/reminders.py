"""Who of a community has answered so far; reminding those who have not finished, handing over, opening again."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from starlette.responses import Response

from services.portal.pages.reading import date_in, year_of
from services.portal.visits import MemberVisit, Visit, page_router
from shared.problems import Conflict, Invalid, NotFound, Problem

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
    try:
        reminded = await visit.survey.remind(number, community)
    except Conflict:
        reminded = 0
    return visit.go(f"/survey/{number}/{quote(community)}/summary?reminded={reminded}#voces")


@router.post("/survey/{year}/{community}/summary/handover")
async def hand_over(visit: MemberVisit, year: str, community: str) -> Response:
    """What somebody answered becomes a successor's."""
    fields = await visit.form()
    number = year_of(year)
    back = f"/survey/{number}/{quote(community)}/summary"
    try:
        told = await visit.survey.hand_over(number, community, fields.get("leaving", ""), fields.get("successor", ""))
    except (Conflict, Invalid, NotFound):
        return visit.go(f"{back}?handed=no#voces")
    return visit.go(f"{back}?handed={len(told.moved)}&aside={len(told.kept_aside)}#voces")


@router.post("/survey/{year}/{community}/summary/reopen")
async def reopen(visit: MemberVisit, year: str, community: str) -> Response:
    """The secretariat lets this community answer again until a day."""
    fields = await visit.form()
    number = year_of(year)
    back = f"/survey/{number}/{quote(community)}/summary"
    until, reason = date_in(fields.get("until", "")), fields.get("reason", "").strip()
    if until is None or not reason:
        return visit.go(f"{back}?reopened=no#reabrir")
    try:
        await visit.survey.reopen(number, community, date.fromisoformat(until), reason[:300])
    except (Conflict, Invalid):
        return visit.go(f"{back}?reopened=no#reabrir")
    return visit.go(f"{back}?reopened=yes#reabrir")
