"""HTTP of a committee's overview."""

from datetime import UTC, datetime

from fastapi import Request
from starlette.responses import Response

from services.workspace.access import committee_to_enter
from services.workspace.clock import Zone
from services.workspace.notifications.operations import must_be_a_person
from services.workspace.overview import queries
from services.workspace.overview.schemas import OverviewOut, SeenIn, WaitingListOut, WaitingOut
from services.workspace.people import PeopleOf
from services.workspace.tasks.presenting import task_out
from services.workspace.tasks.queries import counts_of
from services.workspace.tasks.states import assignees_of
from shared.answers import answer, nothing
from shared.callers import Member
from shared.dependencies import Db
from shared.problems import documented
from shared.routing import house_router

router = house_router("/api/v1/workspace", tags=["workspace"])


@router.get("/committees/{slug}/overview", response_model=OverviewOut, responses=documented(401, 403, 404))
async def read_overview(request: Request, slug: str, caller: Member, db: Db, people: PeopleOf, zone: Zone) -> Response:
    """What changed in a committee since the caller looked, what is due, what waits for the caller, the next meeting."""
    today = datetime.now(zone).date()
    async with db.reading(snapshot=True) as reading:
        await committee_to_enter(reading, slug, caller)
        since = await queries.seen_at(reading, slug, caller)
        news, more = await queries.news(reading, slug, since, caller)
        tasks = await queries.due_tasks(reading, slug, today, caller)
        counts = await counts_of(reading, [task.id for task in tasks])
        following = await queries.next_meeting(reading, slug, request.state.language, caller)
        waiting = await queries.waiting(reading, slug, following, caller)
    names = await people.names({user for task in tasks for user in assignees_of(task)})
    due = [task_out(task, names, counts[task.id], caller, today) for task in tasks]
    return answer(
        request,
        OverviewOut(
            committee=slug, since=since, news=news, more=more, due=due, waiting=waiting, next_meeting=following
        ),
    )  # fmt: skip


@router.get("/waiting", response_model=WaitingListOut, responses=documented(401))
async def list_waiting(request: Request, caller: Member, db: Db) -> Response:
    """What waits for the caller in all their committees: votes, nominations, polls, the next meeting of each."""
    items: list[WaitingOut] = []
    async with db.reading(snapshot=True) as reading:
        for slug in sorted(caller.committees):
            following = await queries.next_meeting(reading, slug, request.state.language, caller)
            items += await queries.waiting(reading, slug, following, caller)
    return answer(request, WaitingListOut(items=items))


@router.post("/committees/{slug}/seen", status_code=204, responses=documented(400, 401, 403, 404, 415, 422))
async def mark_seen(request: Request, slug: str, caller: Member, db: Db, wanted: SeenIn | None = None) -> Response:
    """The caller has seen what is new, until `at` or until now."""
    must_be_a_person(caller)
    now = datetime.now(UTC)
    moment = min(wanted.at, now) if wanted is not None and wanted.at is not None else now
    async with db.transaction(by=caller, to="see what is new", about=slug) as tx:
        await committee_to_enter(tx, slug, caller)
        await queries.mark_seen(tx, slug, moment, caller)
    return nothing()
