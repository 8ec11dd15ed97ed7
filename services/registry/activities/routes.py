"""HTTP of activities of technical cooperation."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from services.registry.access import activity_to_see
from services.registry.activities import operations
from services.registry.schemas import ActivityIn, ActivityOut, ActivityPatch, Day
from services.registry.tables import Activity
from services.registry.words import ActivityKind
from shared.answers import answer, nothing, public_to
from shared.callers import Anyone, Secretariat
from shared.dependencies import Db
from shared.fields import Counted, Slug
from shared.formats import csv_bytes, file_answer, format_of
from shared.paging import Part, count_of
from shared.problems import documented
from shared.routing import house_router
from shared.tags import IfMatch

router = house_router("/api/v1/registry/activities", tags=["registry"])
COLUMNS = (
    "id", "kind", "community", "title", "starts_on", "ends_on", "place", "participants", "funding_source", "outcome",
    "documents", "demo",
)  # fmt: skip


@router.get("", response_model=Counted[ActivityOut], responses=documented(422))
async def list_activities(
    request: Request,
    caller: Anyone,
    db: Db,
    part: Part,
    kind: ActivityKind | None = None,
    community: Slug | None = None,
    network: Annotated[bool | None, Query(description="Only those of the whole Network, or only the others.")] = None,
    since: Annotated[Day | None, Query(alias="from", description="Under way on this day or later.")] = None,
    until: Annotated[Day | None, Query(alias="to", description="Begun on this day or before.")] = None,
    format: Annotated[str | None, Query(description="json or csv.")] = None,  # noqa: A002
) -> Response:
    """Technical cooperation, the newest first. As CSV it is the whole selection."""
    wanted = format_of(request, "json", "csv")
    language = request.state.language
    statement = operations.activities(caller, kind=kind, community=community, network=network, since=since, until=until)
    keys = [Activity.starts_on, Activity.id]
    async with db.reading() as reading:
        if wanted == "csv":
            everything = (await reading.scalars(statement.order_by(*[key.desc() for key in keys]))).all()
            told = [operations.activity_out(row, language) for row in everything]
            content = csv_bytes(COLUMNS, ([getattr(row, column) for column in COLUMNS] for row in told))
            return file_answer(request, content, format=wanted, name="activities", caching=public_to(request))
        total = await count_of(reading, statement)
        rows, following = part.cut(
            (await reading.scalars(part.apply(statement, keys, descending=True))).all(),
            lambda row: (row.starts_on, row.id),
        )
    items = [operations.activity_out(row, language) for row in rows]
    return answer(request, Counted(items=items, next=following, total=total), caching=public_to(request))


@router.post("", status_code=201, response_model=ActivityOut, responses=documented(400, 401, 403, 413, 415, 422))
async def add_activity(request: Request, wanted: ActivityIn, caller: Secretariat, db: Db) -> Response:
    """Record an activity of one community or, without a community, of the Network."""
    out, version = await operations.add_activity(db, wanted, request.state.language, by=caller)
    return answer(request, out, version=version, status=201, headers=operations.location_of(out.id))


@router.get("/{key}", response_model=ActivityOut, responses=documented(404))
async def read_activity(request: Request, key: UUID, caller: Anyone, db: Db) -> Response:
    """One activity."""
    async with db.reading() as reading:
        row = await activity_to_see(reading, key, caller)
    out = operations.activity_out(row, request.state.language)
    return answer(request, out, version=row.version, caching=public_to(request))


@router.patch("/{key}", response_model=ActivityOut, responses=documented(400, 401, 403, 404, 412, 413, 415, 422, 428))
async def change_activity(
    request: Request, key: UUID, wanted: ActivityPatch, caller: Secretariat, version: IfMatch, db: Db
) -> Response:
    """Change an activity. A title is set in the request's language; null takes the titles away in all of them."""
    out, now = await operations.change_activity(db, key, wanted, version, request.state.language, by=caller)
    return answer(request, out, version=now)


@router.delete("/{key}", status_code=204, responses=documented(401, 403, 404, 412, 428))
async def remove_activity(key: UUID, caller: Secretariat, version: IfMatch, db: Db) -> Response:
    """Take an activity out of the record."""
    await operations.remove_activity(db, key, version, by=caller)
    return nothing()
