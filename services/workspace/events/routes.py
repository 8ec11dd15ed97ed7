"""HTTP of meetings: a committee's, the calendar over all of them, and who comes."""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from pydantic import StringConstraints
from starlette.responses import Response

from services.workspace.access import committee_to_enter, committee_to_see
from services.workspace.events import operations
from services.workspace.events.presenting import event_out
from services.workspace.events.queries import attendance_of, calendar, events, names_of_committees, takes_place
from services.workspace.events.recurrence import LONGEST_WINDOW
from services.workspace.events.schemas import AttendanceIn, CalendarOut, EventIn, EventOut, EventPatch
from services.workspace.events.telling import CommitteeToTell
from services.workspace.people import PeopleOf
from services.workspace.tables import Event
from shared.answers import answer, nothing, public_to
from shared.callers import Anyone, Caller, Member
from shared.database import Database
from shared.dependencies import Db
from shared.fields import Counted, Id, Time
from shared.paging import Paging, Part, count_of
from shared.problems import Invalid, documented
from shared.routing import house_router
from shared.tags import IfMatch

router = house_router("/api/v1/workspace", tags=["workspace"])
OccurrenceName = Annotated[
    Annotated[str, StringConstraints(max_length=40)] | None,
    Query(description="One meeting of a series: when the series puts it, as `occurrence` says."),
]
Since = Annotated[Time | None, Query(alias="from", description="Occurrences that end after this.")]
Until = Annotated[Time | None, Query(alias="to", description="Occurrences that begin before this.")]
SlugFilter = Annotated[
    Annotated[str, StringConstraints(max_length=100)] | None, Query(description="Only of this committee.")
]
Public = Annotated[bool, Query(description="Only what the public may see.")]
USUAL_WINDOW = timedelta(days=62)


def window_of(since: datetime | None, until: datetime | None) -> tuple[datetime, datetime] | None:
    """What `from` and `to` ask for; None when neither is given. Raises Invalid for more than 400 days."""
    if since is None and until is None:
        return None
    try:
        begin = since or (until or datetime.now(UTC)) - USUAL_WINDOW
        end = until or begin + USUAL_WINDOW
    except OverflowError:
        raise Invalid.at("/from", "must be a time of our days") from None
    if end <= begin:
        raise Invalid.at("/to", "must be after from", "order")
    if end - begin > LONGEST_WINDOW:
        raise Invalid.at("/to", f"must be within {LONGEST_WINDOW.days} days of from", "too_long")
    return begin, end


@router.get("/committees/{slug}/events", response_model=Counted[EventOut], responses=documented(401, 403, 404, 422))
async def list_events_of_committee(
    request: Request, slug: str, caller: Member, db: Db, part: Part, since: Since = None, until: Until = None
) -> Response:
    """A committee's meetings by when they begin, each with its occurrences; with `from` and `to` those that take place
    then."""
    async with db.reading() as reading:
        await committee_to_enter(reading, slug, caller)
    return answer(request, await _listed(db, part, caller, request.state.language, slug, since, until))


@router.post(
    "/committees/{slug}/events", status_code=201, response_model=EventOut,
    responses=documented(400, 401, 403, 404, 409, 415, 422, 503),
)  # fmt: skip
async def add_event(request: Request, slug: str, wanted: EventIn, caller: Member, db: Db, people: PeopleOf) -> Response:
    """Arrange a meeting, once or again and again: the chair and the secretariat. The committee's people are invited."""
    out, version = await operations.add_event(
        db, CommitteeToTell(slug, people), wanted, request.state.language, by=caller
    )
    return answer(request, out, version=version, status=201, headers={"Location": operations.address_of(out.id)})


@router.get("/events", response_model=Counted[EventOut], responses=documented(404, 422))
async def list_events(
    request: Request, caller: Anyone, db: Db, part: Part, committee: SlugFilter = None, public: Public = False,
    since: Since = None, until: Until = None,
) -> Response:  # fmt: skip
    """All meetings that the caller may know of: the public those that are public, members their committees' as well."""
    out = await _listed(db, part, caller, request.state.language, committee, since, until, public=public)
    return answer(request, out, caching=public_to(request))


async def _listed(
    db: Database, part: Paging, caller: Caller, language: str, slug: str | None, since: datetime | None,
    until: datetime | None, *, public: bool = False,
) -> Counted[EventOut]:  # fmt: skip
    window = window_of(since, until)
    statement = events(caller, slug)
    if window is not None:
        statement = statement.where(takes_place(*window))
    if public:
        statement = statement.where(Event.public)
    async with db.reading(snapshot=True) as reading:
        total = await count_of(reading, statement)
        rows = (await reading.scalars(part.apply(statement, [Event.starts_at, Event.id]))).all()
        shown, following = part.cut(rows, lambda row: (row.starts_at, row.id))
        attendance = await attendance_of(reading, [row.id for row in shown])
        names = await names_of_committees(reading, language)
    items = [event_out(row, caller, names=names, attendance=attendance, window=window) for row in shown]
    return Counted(items=items, next=following, total=total)


@router.get("/events/{event_id}", response_model=EventOut, responses=documented(401, 404, 422))
async def read_event(
    request: Request, event_id: Id, caller: Anyone, db: Db, since: Since = None, until: Until = None
) -> Response:
    """One meeting, with its occurrences and, for the committee's people, who comes."""
    window = window_of(since, until)
    out, version = await operations.read_event(db, event_id, window, request.state.language, by=caller)
    return answer(request, out, version=version, caching=public_to(request))


@router.patch(
    "/events/{event_id}", response_model=EventOut,
    responses=documented(400, 401, 403, 404, 412, 415, 422, 428, 503),
)  # fmt: skip
async def change_event(
    request: Request, event_id: Id, wanted: EventPatch, expected: IfMatch, caller: Member, db: Db, people: PeopleOf,
    occurrence: OccurrenceName = None,
) -> Response:  # fmt: skip
    """Change a meeting, or with `occurrence` one of its series: move it, rename it, cancel it. Everybody is told."""
    language = request.state.language
    committee = await _committee_of(db, people, event_id, caller)
    if occurrence is None:
        out, version = await operations.change_event(db, committee, event_id, wanted, expected, language, by=caller)
    else:
        out, version = await operations.change_occurrence(
            db, committee, event_id, occurrence, wanted, expected, language, by=caller
        )
    return answer(request, out, version=version)


@router.delete("/events/{event_id}", status_code=204, responses=documented(401, 403, 404, 412, 422, 428, 503))
async def remove_event(
    request: Request, event_id: Id, expected: IfMatch, caller: Member, db: Db, people: PeopleOf
) -> Response:
    """Take a meeting away; whoever was invited is told that it is cancelled."""
    committee = await _committee_of(db, people, event_id, caller)
    await operations.remove_event(db, committee, event_id, expected, by=caller)
    return nothing()


@router.put(
    "/events/{event_id}/attendance", response_model=EventOut, responses=documented(400, 401, 403, 404, 415, 422)
)  # fmt: skip
async def answer_invitation(
    request: Request, event_id: Id, wanted: AttendanceIn, caller: Member, db: Db, occurrence: OccurrenceName = None
) -> Response:
    """Whether the caller comes: to the whole, or to one occurrence. The last answer counts."""
    out, version = await operations.answer_invitation(
        db, event_id, occurrence, wanted.answer, request.state.language, by=caller
    )
    return answer(request, out, version=version)


@router.get("/calendar", response_model=CalendarOut, responses=documented(404, 422))
async def read_calendar(
    request: Request, caller: Anyone, db: Db, since: Since = None, until: Until = None, committee: SlugFilter = None,
    public: Public = False,
) -> Response:  # fmt: skip
    """Single meetings in the order of time, of all that the caller may know of: by default of the next two months."""
    window = window_of(since, until) or window_of(datetime.now(UTC), None)
    assert window is not None
    async with db.reading(snapshot=True) as reading:
        if committee is not None and caller.belongs_to_network:
            await committee_to_see(reading, committee, caller)
        items = await calendar(
            reading, caller, *window, request.state.language, committee=committee, public=public
        )  # fmt: skip
    return answer(request, CalendarOut(items=items), caching=public_to(request))


async def _committee_of(db: Database, people: PeopleOf, event_id: UUID, caller: Caller) -> CommitteeToTell:
    return CommitteeToTell(await operations.committee_of(db, event_id, caller), people)
