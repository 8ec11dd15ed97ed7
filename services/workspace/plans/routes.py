"""HTTP of work plans."""

from datetime import datetime
from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from services.workspace.clock import Zone
from services.workspace.people import PeopleOf
from services.workspace.plans import operations
from services.workspace.plans.schemas import PlaceIn, PlanItemIn, PlanItemOut, PlanItemPatch, PlanOut
from shared.answers import answer, nothing
from shared.callers import Member
from shared.dependencies import Db
from shared.fields import Id
from shared.formats import csv_bytes, file_answer, format_of
from shared.problems import documented
from shared.routing import house_router
from shared.tags import IfMatch

router = house_router("/api/v1/workspace", tags=["workspace"])
COLUMNS = (
    "id", "committee", "year", "title", "description", "lead", "quarter", "starts_on", "ends_on", "state", "tasks",
    "tasks_done", "progress", "documents", "demo",
)  # fmt: skip
YearAsked = Annotated[int | None, Query(ge=2000, le=2100, description="This year when left out.")]


@router.get(
    "/committees/{slug}/work-plan", response_model=PlanOut,
    responses={
        200: {"description": "The plan.", "content": {"text/csv": {}}}, **documented(401, 403, 404, 422, 503),
    },
)  # fmt: skip
async def read_plan(
    request: Request,
    slug: str,
    caller: Member,
    db: Db,
    people: PeopleOf,
    zone: Zone,
    year: YearAsked = None,
    format: Annotated[str | None, Query(description="json or csv.")] = None,  # noqa: A002 -- the API's own word
) -> Response:
    """What a committee means to do in a year, for its people and the secretariat, in the order of the plan."""
    wanted = format_of(request, "json", "csv")
    plan = await operations.read_plan(db, people, slug, year or datetime.now(zone).year, by=caller)
    if wanted == "csv":
        content = csv_bytes(COLUMNS, [_row(item) for item in plan.items])
        return file_answer(request, content, format=wanted, name=f"{slug}-{plan.year}")
    return answer(request, plan)


def _row(item: PlanItemOut) -> tuple[object, ...]:
    return (
        item.id, item.committee, item.year, item.title, item.description, item.lead_name, item.quarter, item.starts_on,
        item.ends_on, item.state, item.progress.tasks, item.progress.done, item.progress.share,
        [str(document.id) for document in item.documents], item.demo,
    )  # fmt: skip


@router.post(
    "/committees/{slug}/work-plan", status_code=201, response_model=PlanItemOut,
    responses=documented(400, 401, 403, 404, 409, 415, 422, 503),
)  # fmt: skip
async def add_item(
    request: Request, slug: str, wanted: PlanItemIn, caller: Member, db: Db, people: PeopleOf
) -> Response:
    """Add something to a year's plan, at its end."""
    out, version = await operations.add_item(db, people, slug, wanted, request.state.language, by=caller)
    return answer(request, out, version=version, status=201, headers=operations.location_of(out.id))


@router.get("/work-plan/{item}", response_model=PlanItemOut, responses=documented(401, 404))
async def read_item(request: Request, item: Id, caller: Member, db: Db, people: PeopleOf) -> Response:
    """One item of a plan, for the committee's people and the secretariat."""
    out, version = await operations.read_item(db, people, item, by=caller)
    return answer(request, out, version=version)


@router.patch(
    "/work-plan/{item}", response_model=PlanItemOut,
    responses=documented(400, 401, 403, 404, 409, 412, 415, 422, 428, 503),
)  # fmt: skip
async def change_item(
    request: Request, item: Id, wanted: PlanItemPatch, caller: Member, version: IfMatch, db: Db, people: PeopleOf
) -> Response:
    """Change some fields of an item; null clears."""
    out, now = await operations.change_item(db, people, item, wanted, version, by=caller)
    return answer(request, out, version=now)


@router.delete("/work-plan/{item}", status_code=204, responses=documented(401, 403, 404, 412, 428))
async def remove_item(item: Id, caller: Member, version: IfMatch, db: Db) -> Response:
    """Take an item out of its plan: the chair any, members what they added."""
    await operations.remove_item(db, item, version, by=caller)
    return nothing()


@router.post("/work-plan/{item}/move", response_model=PlanItemOut, responses=documented(400, 401, 403, 404, 415, 422))
async def move_item(request: Request, item: Id, wanted: PlaceIn, caller: Member, db: Db, people: PeopleOf) -> Response:
    """Put an item below another one of its plan, or above all."""
    out, version = await operations.move_item(db, people, item, wanted, by=caller)
    return answer(request, out, version=version)
