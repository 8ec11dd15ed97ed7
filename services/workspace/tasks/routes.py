"""HTTP of tasks."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import StringConstraints
from starlette.responses import Response

from services.workspace.access import committee_to_enter, may_lead, may_work_in, role_in
from services.workspace.clock import Zone
from services.workspace.people import People, PeopleOf
from services.workspace.schemas import HistoryOut, MoveIn, TaskIn, TaskOut, TaskPatch
from services.workspace.tasks import board, export, operations, queries
from services.workspace.tasks.presenting import task_out
from services.workspace.tasks.schemas import BoardOut
from services.workspace.tasks.states import assignees_of
from services.workspace.words import STATES, State
from shared.answers import answer, nothing
from shared.callers import Caller, Member
from shared.database import Database
from shared.dependencies import Db
from shared.fields import Counted, Date, Id
from shared.formats import format_of
from shared.paging import Paging, Part, count_of
from shared.problems import Invalid, documented
from shared.routing import house_router
from shared.tags import IfMatch
from shared.text import normal

router = house_router("/api/v1/workspace", tags=["workspace"])
Text = Annotated[str, StringConstraints(max_length=200)]
Sort = Annotated[
    Literal[
        "board", "due_on", "-due_on", "priority", "-priority", "title", "-title", "state", "-state", "created_at",
        "-created_at", "updated_at", "-updated_at",
    ],
    Query(description="By what the list is sorted; with `-` the other way round."),
]  # fmt: skip
Format = Annotated[str | None, Query(description="json or csv.")]


async def filters(
    request: Request,
    caller: Member,
    zone: Zone,
    state: Annotated[Text | None, Query(description="One or several states, separated by commas.")] = None,
    assignee: Annotated[Text | None, Query(description="`me`, `none`, or a person's id.")] = None,
    label: Text | None = None,
    overdue: Annotated[bool | None, Query(description="Open and due before today in the Network's time zone.")] = None,
    due_until: Annotated[Date | None, Query(description="Due on this day or before.")] = None,
    q: Annotated[
        Text | None, Query(description="Words in title, description or labels, accents and case aside.")
    ] = None,
) -> queries.Filters:
    """Which tasks a list is asked for. Raises Invalid."""
    return queries.Filters(
        today=datetime.now(zone).date(),
        states=_states(state),
        assignee=_assignee(assignee, caller),
        label=normal(label) if label else label,
        overdue=overdue,
        due_until=due_until,
        q=q,
    )


Asked = Annotated[queries.Filters, Depends(filters)]


def _states(text: str | None) -> Collection[State] | None:
    if text is None:
        return None
    wanted = [state for state in STATES if state in text.split(",")]
    if len(wanted) != len(set(text.split(","))):
        raise Invalid.at("/state", f"must be of {', '.join(STATES)}, separated by commas")
    return wanted


def _assignee(text: str | None, caller: Caller) -> UUID | str | None:
    if text is None or text == "none":
        return text
    try:
        return UUID(caller.id if text == "me" else text)
    except ValueError:
        raise Invalid.at("/assignee", "must be me, none, or a person's id") from None


@router.get("/committees/{slug}/tasks", response_model=Counted[TaskOut], responses=documented(401, 403, 404, 422))
async def list_tasks_of_committee(
    request: Request,
    slug: str,
    caller: Member,
    db: Db,
    people: PeopleOf,
    asked: Asked,
    part: Part,
    sort: Sort = "board",
    format: Format = None,  # noqa: A002 -- the API's own word
) -> Response:
    """A committee's tasks as on its board: by state, and in each state from top to bottom. As CSV all that were asked
    for."""
    if role_in(caller, slug) in (None, "secretariat"):  # whoever has a role in a committee knows that there is one
        async with db.reading() as reading:
            await committee_to_enter(reading, slug, caller)
    wanted = queries.Filters(**{**vars(asked), "committee": slug})
    if format_of(request, "json", "csv") == "csv":
        return await export.file_of_tasks(request, db, people, wanted, sort, name=f"tasks-{slug}", by=caller)
    return answer(request, await _listed(db, people, wanted, sort, part, caller))


@router.get("/committees/{slug}/board", response_model=BoardOut, responses=documented(401, 403, 404, 422))
async def read_board(request: Request, slug: str, caller: Member, db: Db, people: PeopleOf, asked: Asked) -> Response:
    """All of a committee's tasks at once, as the cards of its board."""
    wanted = queries.Filters(**{**vars(asked), "committee": slug})
    return answer(request, await board.read_board(db, people, wanted, by=caller))


@router.post(
    "/committees/{slug}/tasks", status_code=201, response_model=TaskOut,
    responses=documented(400, 401, 403, 404, 409, 415, 422, 503),
)  # fmt: skip
async def add_task(
    request: Request, slug: str, wanted: TaskIn, caller: Member, db: Db, people: PeopleOf, zone: Zone
) -> Response:
    """Add a task at the end of its column. Whoever it is assigned to must belong to the committee, and is told."""
    out, version = await operations.add_task(db, people, slug, wanted, request.state.language, zone, by=caller)
    return answer(request, out, version=version, status=201, headers={"Location": f"/api/v1/workspace/tasks/{out.id}"})


@router.get("/tasks", response_model=Counted[TaskOut], responses=documented(401, 422))
async def list_tasks(
    request: Request,
    caller: Member,
    db: Db,
    people: PeopleOf,
    asked: Asked,
    part: Part,
    committee: Annotated[Text | None, Query(description="Only of this committee.")] = None,
    sort: Sort = "due_on",
    format: Format = None,  # noqa: A002 -- the API's own word
) -> Response:
    """Tasks of all the committees that the caller belongs to, what is due first, first. `assignee=me`: one's own. As
    CSV all that were asked for."""
    wanted = queries.Filters(**{**vars(asked), "committee": committee})
    if format_of(request, "json", "csv") == "csv":
        return await export.file_of_tasks(request, db, people, wanted, sort, name="tasks", by=caller)
    return answer(request, await _listed(db, people, wanted, sort, part, caller))


@router.get("/tasks/{task_id}", response_model=TaskOut, responses=documented(401, 404))
async def read_task(request: Request, task_id: Id, caller: Member, db: Db, people: PeopleOf, zone: Zone) -> Response:
    """One task, for the committee's people and the secretariat."""
    out, version = await operations.read_task(db, people, task_id, datetime.now(zone).date(), by=caller)
    return answer(request, out, version=version)


@router.patch(
    "/tasks/{task_id}", response_model=TaskOut, responses=documented(400, 401, 403, 404, 412, 415, 422, 428, 503)
)
async def change_task(
    request: Request,
    task_id: Id,
    wanted: TaskPatch,
    caller: Member,
    version: IfMatch,
    db: Db,
    people: PeopleOf,
    zone: Zone,
) -> Response:
    """Change some fields of a task; null clears. In another state it goes to the end of that column."""
    out, now = await operations.change_task(db, people, task_id, wanted, version, zone, by=caller)
    return answer(request, out, version=now)


@router.delete("/tasks/{task_id}", status_code=204, responses=documented(401, 403, 404, 412, 428))
async def remove_task(task_id: Id, caller: Member, version: IfMatch, db: Db) -> Response:
    """Take a task away for good: the chair any, members those that they added. To keep its history, cancel it."""
    await operations.remove_task(db, task_id, version, by=caller)
    return nothing()


@router.post("/tasks/{task_id}/move", response_model=TaskOut, responses=documented(400, 401, 403, 404, 409, 415, 422))
async def move_task(
    request: Request, task_id: Id, wanted: MoveIn, caller: Member, db: Db, people: PeopleOf, zone: Zone
) -> Response:
    """Move a task on the board: below `after`, to the top with null, to the end without it."""
    out, version = await operations.move_task(db, people, task_id, wanted, zone, by=caller)
    return answer(request, out, version=version)


@router.get("/tasks/{task_id}/history", response_model=HistoryOut, responses=documented(401, 404, 422))
async def read_history(request: Request, task_id: Id, caller: Member, db: Db, people: PeopleOf, part: Part) -> Response:
    """Who did what to the task when, field by field, oldest first."""
    return answer(request, await operations.history_of(db, people, task_id, part, by=caller))


async def _listed(
    db: Database, people: People, wanted: queries.Filters, sort: str, part: Paging, caller: Caller
) -> Counted[TaskOut]:
    statement = queries.tasks(caller, wanted)
    order, descending = queries.ORDERS[sort.removeprefix("-")], sort.startswith("-")
    ranked = statement.add_columns(*queries.counts(), queries.total_of(caller, wanted), *order)
    async with db.reading() as reading:
        rows = (await reading.execute(part.apply(ranked, order, descending=descending))).all()
        total = rows[0][3] if rows else await count_of(reading, statement)
    shown, following = part.cut(rows, lambda row: tuple(row[4:]))
    names = await people.names(user for row in shown for user in assignees_of(row[0]))
    slugs = {row[0].committee for row in shown}
    rights = {slug: (may_work_in(caller, slug), may_lead(caller, slug)) for slug in slugs}
    items = [
        task_out(row[0], names, queries.Counts(row[1], row[2]), caller, wanted.today, rights[row[0].committee])
        for row in shown
    ]
    return Counted(items=items, next=following, total=total)
