"""HTTP of files of observations."""

from typing import Annotated, Any

from fastapi import Query, Request
from sqlalchemy import select
from starlette.responses import Response

from services.indicators import access
from services.indicators.events import operations as events_operations
from services.indicators.events.schemas import EventFileOut
from services.indicators.imports import operations
from services.indicators.imports.findings import COLUMNS
from services.indicators.imports.jobs import WARNING_COLUMNS
from services.indicators.imports.phrases import said_in
from services.indicators.imports.schemas import ImportOut
from services.indicators.imports.uploads import CSV_TYPES, XLSX_TYPE, must_be_a_table, receive
from services.indicators.kept_files import forget_unless_named
from services.indicators.parameters import import_of_path
from services.indicators.tables import Import
from shared import idempotency
from shared.answers import answer
from shared.callers import Member
from shared.dependencies import Db, ObjectsOf
from shared.fields import Counted
from shared.formats import csv_bytes, file_answer
from shared.paging import Part, count_of
from shared.problems import Conflict, Invalid, TooLarge, documented
from shared.routing import house_router

router = house_router("/api/v1/indicators", tags=["indicators"])
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            **{kind: {"schema": {"type": "string", "format": "binary"}} for kind in (CSV_TYPES[0], XLSX_TYPE)},
            "multipart/form-data": {
                "schema": {
                    "type": "object", "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}  # fmt: skip

MORE_WARNINGS = "The list is cut: there are more warnings"
LINES = {"description": "A table.", "content": {"text/csv": {"schema": {"type": "string"}}}}


@router.post(
    "/imports", status_code=202, response_model=ImportOut, openapi_extra=BODY,
    responses=documented(400, 401, 403, 413, 415, 422, 503),
)  # fmt: skip
async def send_file(
    request: Request,
    caller: Member,
    db: Db,
    objects: ObjectsOf,
    partial: Annotated[bool, Query(description="Take the right rows, though others are wrong.")] = False,
    preview: Annotated[bool, Query(description="Only look: tell what would change, and change nothing.")] = False,
) -> Response:
    """Send a CSV or XLSX of observations with the columns `indicator`, `community`, `period`, and `value` or
    `numerator` and `denominator`; `n` and `note` too. At most 5 million rows and 1 GiB. It is checked and applied in
    the background, wholly or not at all unless `partial`: ask `GET /imports/{id}` how far it has come."""
    access.must_feed_somewhere(caller)
    upload = await receive(request, objects)
    try:
        await must_be_a_table(upload.kept, objects)
    except (Invalid, TooLarge):
        await forget_unless_named(db, objects, upload.kept.sha256)
        raise
    pending = idempotency.current()
    if pending is not None:
        pending.body_hash = bytes.fromhex(upload.kept.sha256)
    out = await operations.take_in(
        db, upload, partial=partial, preview=preview, language=request.state.language, by=caller
    )
    return answer(request, out, status=202, headers={"Location": f"{operations.ROOT}/{out.id}"})


@router.get("/imports", response_model=Counted[ImportOut], responses=documented(401, 422))
async def list_imports(request: Request, caller: Member, db: Db, part: Part) -> Response:
    """The files that the caller sent, the newest first; for the secretariat, those of everybody."""
    statement = select(Import).where(operations.visible(caller))
    async with db.reading(snapshot=True) as reading:
        total = await count_of(reading, statement)
        found = (await reading.scalars(part.apply(statement, [Import.id], descending=True))).all()
    rows, following = part.cut(found, lambda row: (row.id,))
    out: Counted[ImportOut] = Counted(
        items=[operations.import_out(row) for row in rows], next=following, total=total
    )  # fmt: skip
    return answer(request, out)


@router.get("/imports/{id}", response_model=ImportOut | EventFileOut, responses=documented(401, 404))
async def read_import(request: Request, id: str, caller: Member, db: Db) -> Response:  # noqa: A002 -- the contract's name
    """How far a file has come, and what became of it; a file of events too."""
    async with db.reading() as reading:
        events = await events_operations.event_file_of(reading, import_of_path(id), caller)
        if events is not None:
            return answer(request, events_operations.event_file_out(events))
        row = await operations.import_to_see(reading, import_of_path(id), caller)
    return answer(request, operations.import_out(row))


@router.post("/imports/{id}/apply", status_code=202, response_model=ImportOut, responses=documented(401, 404, 409, 422))
async def apply_import(request: Request, id: str, caller: Member, db: Db) -> Response:  # noqa: A002 -- the contract's name
    """Apply a file that was sent with `preview` and looked at."""
    out = await operations.apply_previewed(db, import_of_path(id), request.state.language, by=caller)
    return answer(request, out, status=202, headers={"Location": f"{operations.ROOT}/{out.id}"})


@router.get(
    "/imports/{id}/errors.csv", response_class=Response, responses={200: LINES, **documented(401, 404, 409)}
)  # fmt: skip
async def read_errors(request: Request, id: str, caller: Member, db: Db, objects: ObjectsOf) -> Response:  # noqa: A002 -- as above
    """What is wrong with a file: row (the header is row 1), column, value, reason. At most 20,000 errors; a last line
    says when there are more."""
    async with db.reading() as reading:
        events = await events_operations.event_file_of(reading, import_of_path(id), caller)
        if events is not None:
            return await events_operations.errors_of(request, objects, events)
        row = await operations.import_to_see(reading, import_of_path(id), caller)
    _must_be_over(row)
    kept = row.errors_sha256
    content = await objects.read_whole(kept) if kept is not None else csv_bytes(COLUMNS, [])
    return file_answer(request, content, format="csv", name="errors")


@router.get(
    "/imports/{id}/warnings.csv", response_class=Response, responses={200: LINES, **documented(401, 404, 409)}
)  # fmt: skip
async def read_warnings(request: Request, id: str, caller: Member, db: Db) -> Response:  # noqa: A002 -- as above
    """What is possible but looks wrong: values far from their own series, and gaps. At most 1,000 lines."""
    async with db.reading() as reading:
        row = await operations.import_to_see(reading, import_of_path(id), caller)
        lines = await reading.scalar(select(Import.warned).where(Import.id == row.id)) or []
    _must_be_over(row)
    if row.warnings > len(lines):
        lines.append(["", "", "", "", "", said_in(request.state.language, MORE_WARNINGS)])
    return file_answer(request, csv_bytes(WARNING_COLUMNS, lines), format="csv", name="warnings")


def _must_be_over(row: Import) -> None:
    if row.state in ("queued", "running"):
        raise Conflict("The file is still being read; ask again in a moment.", headers={"Retry-After": "1"})
