"""HTTP of what came of meetings: minutes, decisions, tasks."""

from datetime import datetime
from typing import Annotated

from fastapi import Query, Request
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from starlette.responses import Response

from services.workspace.access import visible
from services.workspace.clock import Zone
from services.workspace.events import records
from services.workspace.events.access import decision_to_see, event_to_enter
from services.workspace.events.routes import OccurrenceName
from services.workspace.events.schemas import (
    ApprovalIn,
    DecisionIn,
    DecisionOut,
    DecisionPatch,
    DecisionState,
    MeetingTaskIn,
    MinutesIn,
    MinutesOut,
)
from services.workspace.people import PeopleOf
from services.workspace.schemas import TaskOut
from services.workspace.tables import Task
from services.workspace.tasks import queries
from services.workspace.tasks.presenting import task_out
from services.workspace.tasks.states import assignees_of
from shared.answers import answer
from shared.callers import Member
from shared.dependencies import Db
from shared.fields import Counted, Id
from shared.paging import Part, count_of
from shared.problems import documented
from shared.routing import house_router
from shared.tags import IfMatch

router = house_router("/api/v1/workspace", tags=["workspace"])
MINUTES = "/events/{event_id}/minutes"


@router.get(MINUTES, response_model=MinutesOut, responses=documented(401, 403, 404, 422))
async def read_minutes(
    request: Request, event_id: Id, caller: Member, db: Db, occurrence: OccurrenceName = None
) -> Response:
    """What was said at a meeting, for the committee's people."""
    out, version = await records.read_minutes(db, event_id, occurrence, by=caller)
    return answer(request, out, version=version)


@router.post(
    MINUTES, status_code=201, response_model=MinutesOut,
    responses=documented(400, 401, 403, 404, 409, 415, 422, 503),
)  # fmt: skip
async def begin_minutes(
    request: Request, event_id: Id, wanted: MinutesIn, caller: Member, db: Db, people: PeopleOf,
    occurrence: OccurrenceName = None,
) -> Response:  # fmt: skip
    """Write the minutes of a meeting, as a draft; the committee's people are told."""
    out, version = await records.begin_minutes(
        db, event_id, occurrence, wanted, request.state.language, people, by=caller
    )
    return answer(request, out, version=version, status=201)


@router.put(
    MINUTES, response_model=MinutesOut, responses=documented(400, 401, 403, 404, 409, 412, 415, 422, 428)
)  # fmt: skip
async def change_minutes(
    request: Request, event_id: Id, wanted: MinutesIn, expected: IfMatch, caller: Member, db: Db,
    occurrence: OccurrenceName = None,
) -> Response:  # fmt: skip
    """Rewrite a draft. Approved minutes do not change any more."""
    out, version = await records.change_minutes(db, event_id, occurrence, wanted, expected, by=caller)
    return answer(request, out, version=version)


@router.post(
    f"{MINUTES}/approve", response_model=MinutesOut,
    responses=documented(400, 401, 403, 404, 409, 412, 415, 422, 428),
)  # fmt: skip
async def approve_minutes(
    request: Request, event_id: Id, wanted: ApprovalIn, expected: IfMatch, caller: Member, db: Db,
    occurrence: OccurrenceName = None,
) -> Response:  # fmt: skip
    """Freeze minutes that a later meeting of the committee approved; from then on their hash proves them."""
    out, version = await records.approve_minutes(db, event_id, occurrence, wanted, expected, by=caller)
    return answer(request, out, version=version)


@router.get(
    "/committees/{slug}/decisions", response_model=Counted[DecisionOut], responses=documented(401, 403, 404, 422)
)  # fmt: skip
async def list_decisions(
    request: Request, slug: str, caller: Member, db: Db, part: Part,
    event: Annotated[Id | None, Query(description="Only those of this meeting.")] = None,
    state: DecisionState | None = None,
) -> Response:  # fmt: skip
    """What a committee has decided, the newest first."""
    return answer(request, await records.list_decisions(db, slug, event, state, part, by=caller))


@router.post(
    "/committees/{slug}/decisions", status_code=201, response_model=DecisionOut,
    responses=documented(400, 401, 403, 404, 409, 415, 422),
)  # fmt: skip
async def record_decision(request: Request, slug: str, wanted: DecisionIn, caller: Member, db: Db) -> Response:
    """Enter a decision into the register, under the next number of its year."""
    out, version = await records.record_decision(db, slug, wanted, request.state.language, by=caller)
    location = {"Location": f"/api/v1/workspace/decisions/{out.id}"}
    return answer(request, out, version=version, status=201, headers=location)


@router.get("/decisions/{decision_id}", response_model=DecisionOut, responses=documented(401, 404))
async def read_decision(request: Request, decision_id: Id, caller: Member, db: Db) -> Response:
    """One decision, for the committee's people."""
    async with db.reading() as reading:
        row = await decision_to_see(reading, decision_id, caller)
    return answer(request, records.decision_out(row, caller), version=row.version)


@router.patch(
    "/decisions/{decision_id}", response_model=DecisionOut,
    responses=documented(400, 401, 403, 404, 409, 412, 415, 422, 428),
)  # fmt: skip
async def change_decision(
    request: Request, decision_id: Id, wanted: DecisionPatch, expected: IfMatch, caller: Member, db: Db
) -> Response:
    """Correct the words of a decision, or withdraw it. Its number stays."""
    out, version = await records.change_decision(db, decision_id, wanted, expected, by=caller)
    return answer(request, out, version=version)


@router.get("/events/{event_id}/tasks", response_model=Counted[TaskOut], responses=documented(401, 403, 404, 422))
async def list_tasks_of_meeting(
    request: Request, event_id: Id, caller: Member, db: Db, people: PeopleOf, zone: Zone, part: Part
) -> Response:
    """Tasks that are linked to a meeting."""
    async with db.reading(snapshot=True) as reading:
        await event_to_enter(reading, event_id, caller)
        statement = select(Task).where(
            visible(caller), Task.links.contains([{"kind": "event", "ref": str(event_id)}])
        ).options(selectinload(Task.assignments))  # fmt: skip
        total = await count_of(reading, statement)
        rows = (await reading.scalars(part.apply(statement, [Task.id]))).all()
        shown, following = part.cut(rows, lambda row: (row.id,))
        counts = await queries.counts_of(reading, [row.id for row in shown])
    names = await people.names({user for row in shown for user in assignees_of(row)})
    today = datetime.now(zone).date()
    items = [task_out(row, names, counts[row.id], caller, today) for row in shown]
    return answer(request, Counted(items=items, next=following, total=total))


@router.post(
    "/events/{event_id}/tasks", status_code=201, response_model=TaskOut,
    responses=documented(400, 401, 403, 404, 409, 415, 422, 503),
)  # fmt: skip
async def add_task_of_meeting(
    request: Request, event_id: Id, wanted: MeetingTaskIn, caller: Member, db: Db, people: PeopleOf, zone: Zone
) -> Response:
    """A task that came out of a meeting: on the committee's board, linked to the meeting."""
    out, version = await records.add_task_of_meeting(
        db, people, event_id, wanted, request.state.language, zone, by=caller
    )
    location = {"Location": f"/api/v1/workspace/tasks/{out.id}"}
    return answer(request, out, version=version, status=201, headers=location)
