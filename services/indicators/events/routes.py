"""HTTP of files of events."""

import csv
import io
from typing import Annotated, Any

from fastapi import Query, Request
from sqlalchemy import select
from starlette.responses import Response

from services.indicators.events import operations
from services.indicators.events.kinds import EVENTS, Kind
from services.indicators.events.schemas import EventColumnOut, EventFileOut, EventFilesOut, EventKindOut
from services.indicators.imports.uploads import receive
from services.indicators.kept_files import forget_unless_named
from services.indicators.tables import EventFile
from shared import idempotency
from shared.answers import PUBLIC, answer
from shared.callers import Anyone, Member
from shared.dependencies import Db, ObjectsOf, PeersOf
from shared.fields import Counted, Id
from shared.formats import file_answer
from shared.paging import Part, count_of
from shared.problems import Invalid, documented
from shared.routing import house_router

router = house_router("/api/v1/indicators", tags=["indicators"])
LARGEST = 4 * 2**30
TYPES = (
    "text/csv", "text/plain", "application/csv", "application/vnd.apache.parquet", "application/x-parquet",
    "application/octet-stream", "application/vnd.ms-excel",
)  # fmt: skip
"""The last two: what browsers call a file that they do not know, and what Windows calls a CSV."""
FORM = "multipart/form-data"
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            **{kind: {"schema": {"type": "string", "format": "binary"}} for kind in (TYPES[0], TYPES[3])},
            FORM: {
                "schema": {
                    "type": "object", "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}  # fmt: skip


@router.post(
    "/events/{kind}", status_code=202, response_model=EventFileOut, openapi_extra=BODY,
    responses=documented(400, 401, 403, 404, 413, 415, 422, 503),
)  # fmt: skip
async def send_events(
    request: Request,
    kind: Kind,
    caller: Member,
    db: Db,
    peers: PeersOf,
    objects: ObjectsOf,
    community: Annotated[str | None, Query(max_length=100, description="Whose events; else a column says so.")] = None,
    timezone: Annotated[
        str | None, Query(max_length=60, description="Of times without a zone; else that of the port.")
    ] = None,
    partial: Annotated[bool, Query(description="Take the right rows although others are wrong.")] = False,
    append: Annotated[bool, Query(description="Add to what earlier files of the month gave.")] = False,
    keep: Annotated[bool, Query(description="Keep the file itself, not only what it gives.")] = False,
) -> Response:
    """Compute indicators from events, given as CSV or Parquet (as the body, or as `file` of a form).

    The columns of each kind are told by `GET /event-kinds`. Times carry their zone, or are by the port's own clock; an
    event belongs to the month of the port's local day on which it ended. A file holds all events of its months: what it
    gives replaces what there was, unless `append` is asked for. Of the events themselves nothing is kept but counts and
    quantile sketches, unless `keep` is asked for. What comes out are observations, to be submitted and approved as any.
    """
    await operations.must_be_right(db, peers, community, timezone, by=caller)
    upload = await receive(request, objects, TYPES, largest=LARGEST, said=TYPES[3])
    kept = upload.kept
    if not kept.size:
        await forget_unless_named(db, objects, kept.sha256)
        raise Invalid.at("/file", "is empty", "missing")
    pending = idempotency.current()
    if pending is not None:
        pending.body_hash = bytes.fromhex(kept.sha256)
    wanted = {
        "kind": kind, "file_name": upload.name or f"{kind}.csv", "community": community, "timezone": timezone,
        "partial": partial, "append": append, "keep": keep,
    }  # fmt: skip
    out = await operations.receive_events(db, kept, by=caller, **wanted)
    return answer(request, out, status=202, headers={"Location": operations.address_of(out.id)})


@router.get("/events", response_model=EventFilesOut, responses=documented(401, 422))
async def list_event_files(request: Request, caller: Member, db: Db, part: Part) -> Response:
    """The files of events that the caller sent, or decides about; newest first."""
    statement = select(EventFile).where(operations.visible(caller))
    async with db.reading(snapshot=True) as reading:
        total = await count_of(reading, statement)
        found = (await reading.scalars(part.apply(statement, [EventFile.id], descending=True))).all()
    rows, following = part.cut(found, lambda row: (row.id,))
    items = [operations.event_file_out(row) for row in rows]
    return answer(request, EventFilesOut(items=items, next=following, total=total))


@router.get("/events/{file}", response_model=EventFileOut, responses=documented(401, 404, 422))
async def read_event_file(request: Request, file: Id, caller: Member, db: Db) -> Response:
    """How far a file of events is, and what came of it."""
    async with db.reading() as reading:
        row = await operations.event_file_to_see(reading, file, caller)
    return answer(request, operations.event_file_out(row))


@router.get(
    "/events/{file}/errors.csv", response_model=None,
    responses={200: {"content": {"text/csv": {}}}, **documented(401, 404, 409, 422, 503)},
)  # fmt: skip
async def read_event_errors(request: Request, file: Id, caller: Member, db: Db, objects: ObjectsOf) -> Response:
    """The wrong rows: row (the header is row 1), column, value and reason; of very many the first 10,000."""
    async with db.reading() as reading:
        row = await operations.event_file_to_see(reading, file, caller)
    return await operations.errors_of(request, objects, row)


@router.get("/event-kinds", response_model=Counted[EventKindOut], responses=documented(422))
async def list_event_kinds(request: Request, caller: Anyone) -> Response:
    """The kinds of events: their columns, and the indicators that each gives."""
    items = [_kind_out(kind) for kind in EVENTS]
    out: Counted[EventKindOut] = Counted(items=items, next=None, total=len(items))
    return answer(request, out, caching=PUBLIC)


@router.get(
    "/event-kinds/{kind}/template.csv", response_model=None,
    responses={200: {"content": {"text/csv": {}}}, **documented(404, 422)},
)  # fmt: skip
async def read_event_template(request: Request, kind: Kind, caller: Anyone) -> Response:
    """An empty file of events: the names of the columns."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow(["community", *EVENTS[kind].columns])
    return file_answer(request, out.getvalue().encode(), format="csv", name=kind, caching=PUBLIC)


def _kind_out(kind: str) -> EventKindOut:
    events = EVENTS[kind]
    columns = [
        EventColumnOut(
            name=name, type=column.type, meaning=column.meaning, required=column.is_required, words=list(column.words)
        )
        for name, column in events.columns.items()
    ]
    return EventKindOut.model_validate({"kind": kind, "columns": columns, "indicators": sorted(events.figures)})
