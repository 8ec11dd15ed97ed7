"""HTTP of earlier results that come from files."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query, Request
from sqlalchemy import select
from starlette.responses import Response

from services.survey.addressing import Zone
from services.survey.history import operations
from services.survey.history.table import COLUMNS
from services.survey.history.visible import result_of_import, results_of_imports, without_a_campaigns
from services.survey.history.years import table_of_imports
from services.survey.models.operations import model_to_see
from services.survey.models.uploads import uploaded
from services.survey.results.asking import FORMATS, Format, answer_with_table
from services.survey.schemas.history import HistoryImportIn, HistoryImportOut, HistoryPreviewOut
from services.survey.schemas.models import VersionName
from services.survey.schemas.results import ResultOut
from services.survey.tables import HistoryImport, ImportedResult
from shared.answers import answer, nothing, public_to
from shared.callers import Anyone, Secretariat
from shared.dependencies import Db, PeersOf
from shared.fields import Counted, Id, Patch, Year
from shared.formats import csv_bytes, file_answer, format_of
from shared.forms import validated
from shared.paging import Part, count_of
from shared.problems import Invalid, UnsupportedMediaType, documented
from shared.routing import house_router
from shared.tags import IfMatch

router = house_router("/api/v1/survey/history", tags=["survey"])
FIELDS = frozenset({"model_version", "source", "note", "public", "file_name"})
CSV_TYPES = ("text/csv", "application/csv", "text/plain", "application/vnd.ms-excel", "application/octet-stream")
TRUTH = {"true": True, "1": True, "on": True, "false": False, "0": False, "": False}
CSV_TEXT = {"text/csv": {"schema": {"type": "string"}}}
CSV_FILE: dict[str, Any] = {"description": "A table to fill in.", "content": CSV_TEXT}
FORM_FIELDS = {name: {"type": "boolean" if name == "public" else "string"} for name in sorted(FIELDS)}
FILE = {"type": "string", "format": "binary"}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            **CSV_TEXT,
            "multipart/form-data": {
                "schema": {"type": "object", "required": ["file"], "properties": {"file": FILE, **FORM_FIELDS}}
            },
        },
    }
}
ImportId = Annotated[Id, Path(description="The import.")]


class ImportPatch(Patch):
    """Whether the results of an import are public."""

    public: bool | None = None


@router.post(
    "", status_code=201, response_model=HistoryImportOut | HistoryPreviewOut,
    responses=documented(400, 401, 403, 409, 413, 415, 422), openapi_extra=BODY,
)  # fmt: skip
async def import_history(
    request: Request,
    caller: Secretariat,
    db: Db,
    peers: PeersOf,
    zone: Zone,
    model_version: Annotated[str | None, Query(description="The version whose codes the file uses.")] = None,
    source: Annotated[str | None, Query(description="Where the figures come from, in words.")] = None,
    note: Annotated[str | None, Query(description="What a later reader should know.")] = None,
    public: Annotated[bool, Query(description="Whether everybody may see the results.")] = False,
    file_name: Annotated[str | None, Query(description="What the file is called.")] = None,
    dry_run: Annotated[bool, Query(description="Tell what the file would bring, and store nothing (200).")] = False,
) -> Response:
    """Bring in results of earlier applications of the survey from a CSV, as the body or as `file` of a form.

    Columns `community`, `year`, `code`, and `score` (of a point, 0 to 100) or `level` (of a measure); everything is
    applied or nothing. What is said of the file comes as parameters, or as fields of the form.
    """
    fields: dict[str, str] = {}
    content, media_type, name = await uploaded(request, operations.LARGEST, fields, known=FIELDS)
    if media_type not in CSV_TYPES:
        raise UnsupportedMediaType("Send text/csv.")
    if fields.get("public", "") not in TRUTH:
        raise Invalid.at("/public", "must be true or false")
    asked = {"model_version": model_version, "source": source, "note": note, "file_name": file_name}
    told: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    told |= {name: value for name, value in fields.items() if value != "" and name != "public"}
    told["public"] = TRUTH[fields["public"]] if "public" in fields else public
    told.setdefault("file_name", name[-200:])
    wanted = validated(HistoryImportIn, told)
    this_year = datetime.now(zone).year
    language = request.state.language
    if dry_run:
        preview = await operations.look_at(db, peers, content, wanted, language, this_year, by=caller)
        return answer(request, preview)
    out, edition = await operations.bring_in(db, peers, content, wanted, language, this_year, by=caller)
    location = {"Location": f"/api/v1/survey/history/{out.id}"}
    return answer(request, out, version=edition, status=201, headers=location)


@router.get("", response_model=Counted[HistoryImportOut], responses=documented(401, 403, 422))
async def list_imports(request: Request, caller: Secretariat, db: Db, part: Part) -> Response:
    """The files that were brought in, the newest first."""
    statement = select(HistoryImport).where(operations.listed(caller))
    keys = [HistoryImport.imported_at, HistoryImport.id]
    async with db.reading(snapshot=True) as reading:
        total = await count_of(reading, statement)
        found = (await reading.scalars(part.apply(statement, keys, descending=True))).all()
        rows, following = part.cut(found, lambda row: (row.imported_at, row.id))
        items = await operations.outs_of(reading, rows)
    return answer(request, Counted(items=items, next=following, total=total))


@router.get("/template.csv", response_class=Response, responses={200: CSV_FILE, **documented(404, 422)})
async def read_template(
    request: Request,
    caller: Anyone,
    db: Db,
    model_version: Annotated[VersionName, Query(description="A version of the model.")],
    community: Annotated[str, Query(max_length=80, description="To begin each row with.")] = "",
    year: Annotated[str, Query(max_length=4, description="To begin each row with.")] = "",
) -> Response:
    """A table to fill in: a row for each point and measure of a version. Delete the rows of which nothing is known."""
    async with db.reading() as reading:
        row = await model_to_see(reading, model_version, caller)

    def rows() -> Iterator[list[str]]:
        for pillar in row.content["pillars"]:
            for point in pillar["points"]:
                yield [community, year, point["code"], "", ""]
                for measure in point["measures"]:
                    yield [community, year, measure["code"], "", ""]

    content = csv_bytes(COLUMNS, rows())
    name = f"history-{model_version}"
    return file_answer(request, content, format="csv", name=name, caching=public_to(request))


@router.get("/results", response_model=Counted[ResultOut], responses=documented(422))
async def list_results(
    request: Request,
    caller: Anyone,
    db: Db,
    part: Part,
    year: Annotated[Year | None, Query(description="Only this year's; otherwise all, the newest first.")] = None,
    community: Annotated[str | None, Query(max_length=80, description="Only this community's.")] = None,
    format: Format = None,  # noqa: A002 -- the API's own word
) -> Response:
    """Earlier results that came from files, each with its source; where a campaign has a result, that one is told.

    `/results` has those of campaigns. As CSV or XLSX it is the whole selection, never a part of it.
    """
    wanted = format_of(request, *FORMATS)
    language = request.state.language
    statement: Any = results_of_imports(caller, community=community, year=year).where(without_a_campaigns(caller))
    keys = [ImportedResult.year, ImportedResult.community_code]
    async with db.reading(snapshot=True) as reading:
        if wanted == "json":
            total = await count_of(reading, statement)
            found = (await reading.execute(part.apply(statement, keys, descending=True))).all()
            rows, following = part.cut(found, lambda row: (row[0].year, row[0].community_code))
            items = [result_of_import(row[0], row[1], row[2], language) for row in rows]
            return answer(
                request, Counted(items=items, next=following, total=total), caching=public_to(request)
            )  # fmt: skip
        whole = await reading.execute(statement.order_by(*(key.desc() for key in keys)))
        items = [result_of_import(row[0], row[1], row[2], language) for row in whole]
    return answer_with_table(request, wanted, "earlier-results", table_of_imports(items))


@router.get("/{import_id}", response_model=HistoryImportOut, responses=documented(401, 403, 404))
async def read_import(request: Request, import_id: ImportId, caller: Secretariat, db: Db) -> Response:
    """One file that was brought in."""
    out, edition = await operations.read_import(db, import_id, by=caller)
    return answer(request, out, version=edition)


@router.patch(
    "/{import_id}", response_model=HistoryImportOut, responses=documented(400, 401, 403, 404, 412, 415, 422, 428)
)  # fmt: skip
async def change_import(
    request: Request, import_id: ImportId, wanted: ImportPatch, caller: Secretariat, expected: IfMatch, db: Db
) -> Response:
    """Open an import's results to the public, or close them."""
    if "public" in wanted.changes and wanted.public is None:
        raise Invalid.at("/public", "must be true or false")
    out, edition = await operations.change_import(db, import_id, wanted.public, expected, by=caller)
    return answer(request, out, version=edition)


@router.delete("/{import_id}", status_code=204, responses=documented(401, 403, 404, 412, 428))
async def remove_import(
    request: Request, import_id: ImportId, caller: Secretariat, expected: IfMatch, db: Db
) -> Response:
    """Take a file's results out again, all of them."""
    await operations.remove_import(db, import_id, expected, by=caller)
    return nothing()
