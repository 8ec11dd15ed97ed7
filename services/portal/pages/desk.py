"""`/desk`: what waits for whoever is signed in, by role, with one main button for the next thing."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from starlette.responses import Response

from services.indicators.schemas import DueOut
from services.portal.pages.committee_home import WAITING
from services.portal.pages.meeting_times import address_of, zone_of_reader
from services.portal.pages.people import scopes_managed
from services.portal.pages.reading import days_until, today, zone_of
from services.portal.pages.words import ROLES
from services.portal.visits import MemberVisit, Visit, page_router
from services.survey.schemas.campaigns import AssessmentOut, CampaignOut, DeskItem
from services.workspace.events.schemas import OccurrenceOut
from services.workspace.overview.schemas import WaitingOut
from services.workspace.schemas import CommitteeOut, NotificationsOut, TaskOut
from shared.problems import Problem

router = page_router()
Told = TypeVar("Told")
MEETINGS_AHEAD = timedelta(days=60)
OPEN_TASKS = "todo,doing,review"
IN_THE_COMMUNITYS_HANDS = ("not_started", "returned", "in_progress")
LATE_FIRST = ("not_started", "returned", "in_progress", "submitted", "accepted", "published")


@dataclass(frozen=True)
class CampaignProgress:
    """The latest campaign as the secretariat's desk shows it, the latest communities first."""

    campaign: CampaignOut
    assessments: list[AssessmentOut]

    def count(self, *states: str) -> int:
        return sum(one.state in states for one in self.assessments)


def late_first(assessments: list[AssessmentOut]) -> list[AssessmentOut]:
    """Those that are furthest from the end first, then by name."""

    def key(one: AssessmentOut) -> tuple[int, float, str]:
        share = one.progress.answered / one.progress.applicable if one.progress.applicable else 0.0
        return LATE_FIRST.index(one.state), share, one.name

    return sorted(assessments, key=key)


async def part(asked: Awaitable[Told]) -> Told | None:
    """A part of the desk, None when its service cannot answer now: the rest of the page stands."""
    try:
        return await asked
    except Problem:
        return None


async def progress_of(visit: Visit) -> CampaignProgress | None:
    campaigns = await visit.survey.campaigns()
    if not campaigns:
        return None
    return CampaignProgress(campaigns[0], late_first(await visit.survey.assessments(campaigns[0].year)))


async def nothing() -> None:
    return None


@router.get("/desk")
async def show_desk(visit: MemberVisit) -> Response:
    """What waits for me."""
    caller = visit.caller
    in_committees = bool(caller.committees)
    handles_data = bool(caller.scopes_of("data_provider", "coordinator", within="community")) or caller.is_secretariat
    survey: list[DeskItem] | None
    tasks: list[TaskOut] | None
    committees: list[CommitteeOut] | None
    told: NotificationsOut | None
    progress: CampaignProgress | None
    due: list[DueOut] | None
    survey, tasks, committees, told, progress, due = await asyncio.gather(
        part(visit.survey.desk()),
        part(visit.workspace.my_tasks(state=OPEN_TASKS)),
        part(visit.workspace.committees()) if in_committees else nothing(),
        part(visit.workspace.notifications(limit=5, unread=True)),
        part(progress_of(visit)) if caller.is_secretariat else nothing(),
        part(visit.indicators.mine()) if handles_data else nothing(),
    )
    waiting: list[WaitingOut] | None = None
    meetings: list[OccurrenceOut] | None = None
    zone = ""
    if in_committees:
        begin = datetime.now(UTC)
        waiting, meetings = await asyncio.gather(
            part(visit.workspace.waiting()), part(visit.workspace.calendar(begin, begin + MEETINGS_AHEAD))
        )
        zone = str(await part(zone_of_reader(visit)) or zone_of(visit))
    now = today(visit)
    mine = [one for one in committees or [] if one.slug in caller.committees]
    late = [task for task in tasks or [] if task.overdue]
    return visit.page(
        "desk.html", section="desk", survey=survey, tasks=tasks, committees=mine, told=told, progress=progress, due=due,
        due_is_read=due is not None or not handles_data,
        enters_data=bool(caller.scopes_of("data_provider", within="community")), soon=now + timedelta(days=7),
        late=late, in_committees=in_committees, manages_people=bool(scopes_managed(caller)),
        closing_days=days_until(visit, progress.campaign.closes_at) if progress else 0, roles=ROLES,
        waiting=waiting or [], meetings=[one for one in meetings or [] if one.committee in caller.committees][:5],
        waiting_words=WAITING, reader_zone=zone, address=address_of, hands=IN_THE_COMMUNITYS_HANDS, demo=caller.demo or
        any(item.demo for item in survey or []),
    )  # fmt: skip
