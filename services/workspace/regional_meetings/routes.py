"""HTTP of regional meetings and of registering for them.

A regional meeting lives here, because its papers, results and mails do; `activity` names its record among the
registry's activities of technical cooperation, where its participants and outcome are counted.
"""

from typing import Annotated, Literal

from fastapi import Query, Request
from sqlalchemy import func, select
from starlette.responses import Response

from services.workspace.regional_meetings import operations, places
from services.workspace.regional_meetings.access import meeting_to_see, visible_meetings
from services.workspace.regional_meetings.presenting import meeting_out, shown_of, summary_of
from services.workspace.regional_meetings.programme import programme_calendar
from services.workspace.regional_meetings.schemas import (
    OwnRegistrationOut,
    ReceivedOut,
    RegionalMeetingIn,
    RegionalMeetingOut,
    RegionalMeetingPatch,
    RegionalMeetingSummary,
    RegistrationIn,
    RegistrationOut,
    RegistrationState,
)
from services.workspace.tables import RegionalMeeting, Registration
from shared.answers import answer, nothing, public_to
from shared.callers import Anyone, Caller, Secretariat
from shared.dependencies import Db
from shared.fields import Counted, Id
from shared.formats import csv_bytes, disposition, file_answer, format_of
from shared.paging import Part, count_of
from shared.problems import documented
from shared.routing import house_router
from shared.tags import IfMatch

router = house_router("/api/v1/workspace", tags=["workspace"])
CALENDAR = "text/calendar; charset=utf-8"
VISITOR = "x-portsnet-visitor"
COLUMNS = ("name", "organization", "country", "role", "email", "state", "registered_at", "demo")


@router.get("/regional-meetings", response_model=Counted[RegionalMeetingSummary], responses=documented(422))
async def list_meetings(
    request: Request,
    caller: Anyone,
    db: Db,
    part: Part,
    when: Annotated[
        Literal["past", "coming"] | None, Query(description="Only those that are over, or not yet.")
    ] = None,
) -> Response:
    """The Network's regional meetings, the latest first; drafts for the secretariat only."""
    statement = select(RegionalMeeting).where(visible_meetings(caller))
    if when is not None:
        over = RegionalMeeting.ends_on < func.date(func.timezone(RegionalMeeting.timezone, func.now()))
        statement = statement.where(over if when == "past" else ~over)
    keys = [RegionalMeeting.starts_on, RegionalMeeting.slug]
    async with db.reading() as reading:
        total = await count_of(reading, statement)
        rows = (await reading.scalars(part.apply(statement, keys, descending=True))).all()
    shown, following = part.cut(rows, lambda row: (row.starts_on, row.slug))
    items = [summary_of(row, request.state.language) for row in shown]
    return answer(request, Counted(items=items, next=following, total=total), caching=public_to(request))


@router.post(
    "/regional-meetings", status_code=201, response_model=RegionalMeetingOut,
    responses=documented(400, 401, 403, 409, 415, 422),
)  # fmt: skip
async def add_meeting(request: Request, wanted: RegionalMeetingIn, caller: Secretariat, db: Db) -> Response:
    """Announce a regional meeting, as a draft or for everybody."""
    out, version = await operations.add_meeting(db, wanted, request.state.language, by=caller)
    return answer(request, out, version=version, status=201, headers=operations.location_of(out.slug))


@router.get("/regional-meetings/{slug}", response_model=RegionalMeetingOut, responses=documented(404))
async def read_meeting(request: Request, slug: str, caller: Anyone, db: Db) -> Response:
    """Programme, speakers, papers and results of a meeting, and whether one can register."""
    async with db.reading(snapshot=True) as reading:
        row = await meeting_to_see(reading, slug, caller)
        shown = await shown_of(reading, row)
    out = meeting_out(row, shown, caller, request.state.language)
    return answer(request, out, version=row.version, caching=public_to(request))


@router.patch(
    "/regional-meetings/{slug}", response_model=RegionalMeetingOut,
    responses=documented(400, 401, 403, 404, 412, 415, 422, 428),
)  # fmt: skip
async def change_meeting(
    request: Request, slug: str, wanted: RegionalMeetingPatch, caller: Secretariat, version: IfMatch, db: Db
) -> Response:
    """Change a meeting; a list that is sent replaces the one before. Title and description are in the request's
    language."""
    out, now = await operations.change_meeting(db, slug, wanted, version, request.state.language, by=caller)
    return answer(request, out, version=now)


@router.delete("/regional-meetings/{slug}", status_code=204, responses=documented(401, 403, 404, 409, 412, 428))
async def remove_meeting(slug: str, caller: Secretariat, version: IfMatch, db: Db) -> Response:
    """Take away a meeting that nobody has registered for."""
    await operations.remove_meeting(db, slug, version, by=caller)
    return nothing()


@router.get(
    "/regional-meetings/{slug}/programme.ics", response_class=Response, response_model=None,
    responses={200: {"description": "iCalendar.", "content": {"text/calendar": {}}}, **documented(404)},
)  # fmt: skip
async def read_programme(request: Request, slug: str, caller: Anyone, db: Db) -> Response:
    """The programme for everybody's own calendar (RFC 5545)."""
    async with db.reading() as reading:
        row = await meeting_to_see(reading, slug, caller)
    content = programme_calendar(row, request.state.language, request.app.state.settings.origin)
    headers = {"Content-Disposition": disposition(f"{row.slug}.ics")}
    return answer(request, content, media_type=CALENDAR, caching=public_to(request), headers=headers)


@router.post(
    "/regional-meetings/{slug}/registrations", status_code=201, response_model=ReceivedOut,
    responses=documented(400, 404, 409, 415, 422, 429),
)  # fmt: skip
async def register(request: Request, slug: str, wanted: RegistrationIn, caller: Anyone, db: Db) -> Response:
    """Register somebody who means to come: a place while there are any, else the waiting list. One registration an
    address; the mail to it says how it stands and carries the link to cancel."""
    language = request.state.language
    out = await places.register(db, slug, wanted, language, visitor_of(request, caller), by=caller)
    return answer(request, out, status=201)


def visitor_of(request: Request, caller: Caller) -> str:
    """Who is counted: a signed-in caller by its id, others by the gateway's digest of their address."""
    if caller.is_signed_in and caller.kind != "service":
        return f"{caller.kind}:{caller.id}"
    return request.headers.get(VISITOR, "")[:64]


@router.get(
    "/regional-meetings/{slug}/registrations", response_model=Counted[RegistrationOut],
    responses={
        200: {"description": "The list.", "content": {"text/csv": {}}}, **documented(401, 403, 404, 422),
    },
)  # fmt: skip
async def list_registrations(
    request: Request,
    slug: str,
    caller: Secretariat,
    db: Db,
    part: Part,
    state: RegistrationState | None = None,
    format: Annotated[str | None, Query(description="json or csv.")] = None,  # noqa: A002 -- the API's own word
) -> Response:
    """Who has registered, in the order of registration, for the secretariat. The CSV is the list for badges."""
    wanted = format_of(request, "json", "csv")
    statement = select(Registration).where(Registration.meeting == slug)
    if state is not None:
        statement = statement.where(Registration.state == state)
    keys = [Registration.registered_at, Registration.id]
    async with db.reading(snapshot=True) as reading:
        await meeting_to_see(reading, slug, caller)
        if wanted == "csv":
            every = [places.registration_out(row) for row in (await reading.scalars(statement.order_by(*keys))).all()]
            content = csv_bytes(COLUMNS, ([getattr(one, name) for name in COLUMNS] for one in every))
            return file_answer(request, content, format=wanted, name=f"{slug}-participants")
        total = await count_of(reading, statement)
        rows = (await reading.scalars(part.apply(statement, keys))).all()
    shown, following = part.cut(rows, lambda row: (row.registered_at, row.id))
    items = [places.registration_out(row) for row in shown]
    return answer(request, Counted(items=items, next=following, total=total))


@router.delete(
    "/regional-meetings/{slug}/registrations/{registration}", status_code=204, responses=documented(401, 403, 404)
)
async def remove_registration(slug: str, registration: Id, caller: Secretariat, db: Db) -> Response:
    """Take somebody off the list, for the secretariat; whoever waits longest gets the place."""
    await places.remove_registration(db, slug, registration, by=caller)
    return nothing()


@router.get("/registrations/{token}", response_model=OwnRegistrationOut, responses=documented(404))
async def read_own_registration(request: Request, token: str, caller: Anyone, db: Db) -> Response:
    """One's registration, for whoever has the link of its mail."""
    secret = request.app.state.settings.secret
    return answer(request, await places.own_registration(db, secret, token, request.state.language))


@router.post("/registrations/{token}/cancel", status_code=204, responses=documented(404))
async def cancel_registration(request: Request, token: str, caller: Anyone, db: Db) -> Response:
    """Give the place back; the person's data are forgotten."""
    await places.cancel(db, request.app.state.settings.secret, token, by=caller)
    return nothing()
