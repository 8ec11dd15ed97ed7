"""HTTP of reports: PDF files of a community or of the whole Network."""

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from services.survey.addressing import Zone
from services.survey.reports import operations
from services.survey.reports.gathering import Subject
from services.survey.results.asking import Revision
from services.survey.schemas.reports import ReportIn, ReportOut
from shared.answers import answer, public_to
from shared.callers import Anyone, Caller
from shared.database import Database
from shared.dependencies import Db, ObjectsOf
from shared.fields import Id, Year
from shared.formats import disposition
from shared.objects import Damaged, Objects
from shared.problems import Unavailable, documented
from shared.routing import house_router

router = house_router("/api/v1/survey", tags=["survey"])

PDF = "application/pdf"
WAIT = 20.0
"""Seconds that a request for a file waits for it to be made."""
LOOK_AGAIN = 2  # seconds
NETWORK = "network"


@router.post("/reports", status_code=202, response_model=ReportOut, responses=documented(400, 404, 415, 422))
async def ask_for_report(
    request: Request, wanted: ReportIn, caller: Anyone, db: Db, objects: ObjectsOf, zone: Zone
) -> Response:
    """Have the report of a community (or, without one, of the Network) made. Asked for twice, it is made once;
    one that failed is tried again."""
    language = wanted.language or request.state.language
    community = None if wanted.community in (None, NETWORK) else wanted.community
    subject = await operations.gather(
        db, community, wanted.year, wanted.revision, language, zone, _origin(request), by=caller
    )
    out = await operations.ask_for_report(db, objects, subject, language, by=caller)
    return answer(request, out, status=202, headers={"Location": operations.address_of(out.id)})


@router.get("/reports/{report}", response_model=ReportOut, responses=documented(404, 422))
async def read_report(request: Request, report: Id, caller: Anyone, db: Db) -> Response:
    """How far a report is, for whoever may see what it tells of."""
    return answer(request, await operations.read_report(db, report, by=caller))


@router.get(
    "/reports/network/{year}.pdf", response_model=None,
    responses={200: {"content": {PDF: {}}}, 202: {"model": ReportOut}, **documented(404, 422, 503)},
)  # fmt: skip
async def read_network_report(
    request: Request, year: Year, caller: Anyone, db: Db, objects: ObjectsOf, zone: Zone
) -> Response:
    """The regional report of a published campaign: only what communities published."""
    language = request.state.language
    subject = await operations.gather(db, None, year, None, language, zone, _origin(request), by=caller)
    return await _file_or_progress(request, db, objects, subject, caller)


@router.get(
    "/reports/{community}/{year}.pdf", response_model=None,
    responses={200: {"content": {PDF: {}}}, 202: {"model": ReportOut}, **documented(404, 422, 503)},
)  # fmt: skip
async def read_community_report(
    request: Request,
    community: str,
    year: Year,
    caller: Anyone,
    db: Db,
    objects: ObjectsOf,
    zone: Zone,
    revision: Annotated[Revision | None, Query(description="An earlier edition of the published result.")] = None,
) -> Response:
    """A community's report, for whoever may see its result. 202 with the address of its progress when it takes longer
    than about 20 s to make (`Prefer: respond-async` asks for that at once)."""
    language = request.state.language
    subject = await operations.gather(db, community, year, revision, language, zone, _origin(request), by=caller)
    return await _file_or_progress(request, db, objects, subject, caller)


async def _file_or_progress(
    request: Request, db: Database, objects: Objects, subject: Subject, caller: Caller
) -> Response:  # fmt: skip
    language = request.state.language
    found = await operations.ask_for_report(db, objects, subject, language, by=caller, at_once=False)
    if "respond-async" not in request.headers.get("prefer", ""):
        found = await operations.wait_for(db, found, WAIT, by=caller)
    if found.state == "failed":
        raise Unavailable("The report could not be made; ask again in a moment.", retry_after=10)
    if found.sha256 is None:
        return _progress(request, found)
    name = f"{subject.community or 'network'}-{subject.year}-{language}.pdf"
    try:
        content = await objects.read_whole(found.sha256)
    except (FileNotFoundError, Damaged):
        return _progress(request, await operations.ask_anew(db, objects, subject, found, by=caller))
    return answer(
        request, content, media_type=PDF, caching=public_to(request),
        headers={"Content-Disposition": disposition(name)},
    )  # fmt: skip


def _progress(request: Request, report: ReportOut) -> Response:
    headers = {"Location": operations.address_of(report.id), "Retry-After": str(LOOK_AGAIN)}
    return answer(request, report, status=202, headers=headers)


def _origin(request: Request) -> str:
    origin: str = request.app.state.settings.origin
    return origin
