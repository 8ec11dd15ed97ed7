"""Committees and their people over HTTP."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Query, Request
from sqlalchemy import select
from starlette.responses import Response

from services.workspace.access import committee_to_enter, committee_to_see, role_in, visible_committees
from services.workspace.clock import Zone
from services.workspace.markdown import html_of
from services.workspace.people import PeopleOf, order_of
from services.workspace.schemas import CommitteeOut, MemberOut
from services.workspace.tables import Committee
from services.workspace.task_forces import operations, removing
from services.workspace.task_forces.ending import has_ended
from services.workspace.task_forces.removing import may_put_away
from services.workspace.task_forces.schemas import CandidateOut, CommitteeIn, CommitteePatch
from services.workspace.words import CommitteeKind
from shared import idempotency
from shared.answers import JSON, answer, nothing
from shared.callers import Caller, Member
from shared.dependencies import Db
from shared.fields import Counted, Slug
from shared.languages import pick
from shared.paging import Part, count_of
from shared.problems import documented
from shared.routing import house_router
from shared.tags import IfMatch, tag

router = house_router("/api/v1/workspace", tags=["workspace"])


def committee_out(row: Committee, caller: Caller, language: str, today: date) -> CommitteeOut:
    return CommitteeOut(
        slug=row.slug, name=pick(row.names, language), names=row.names, kind=row.kind,
        your_role=role_in(caller, row.slug), parent=row.parent, mandate=row.mandate,
        mandate_html=html_of(row.mandate) if row.mandate else "", starts_on=row.starts_on, ends_on=row.ends_on,
        ended=has_ended(row, today), archived=row.archived_at is not None, archived_at=row.archived_at,
        may_edit=operations.may_change(caller, row), may_found=operations.may_found_under(caller, row, today),
        may_put_away=may_put_away(caller, row), demo=row.demo,
    )  # fmt: skip


@router.get("/committees", response_model=Counted[CommitteeOut], responses=documented(401, 422))
async def list_committees(
    request: Request,
    caller: Member,
    db: Db,
    part: Part,
    zone: Zone,
    kind: CommitteeKind | None = None,
    parent: Annotated[Slug | None, Query(description="Only task forces of this committee.")] = None,
    archived: Annotated[bool, Query(description="Only those that were archived, instead of the others.")] = False,
) -> Response:
    """The Network's committees and task forces; whoever has no role in the Network sees none. Archived ones are a list
    of their own."""
    put_away = Committee.archived_at.is_not(None)
    statement = select(Committee).where(visible_committees(caller), put_away if archived else ~put_away)
    if kind is not None:
        statement = statement.where(Committee.kind == kind)
    if parent is not None:
        statement = statement.where(Committee.parent == parent)
    async with db.reading() as reading:
        total = await count_of(reading, statement)
        rows = (await reading.scalars(part.apply(statement, [Committee.position]))).all()
    shown, following = part.cut(rows, lambda row: (row.position,))
    today = datetime.now(zone).date()
    items = [committee_out(row, caller, request.state.language, today) for row in shown]
    return answer(request, Counted(items=items, next=following, total=total))


@router.post(
    "/committees", status_code=201, response_model=CommitteeOut,
    responses=documented(400, 401, 403, 409, 415, 422, 503),
)  # fmt: skip
async def add_committee(
    request: Request, wanted: CommitteeIn, caller: Member, db: Db, people: PeopleOf, zone: Zone
) -> Response:
    """Make a task force for a time, as chair of the committee whose it is; the secretariat makes any committee."""
    language, today = request.state.language, datetime.now(zone).date()

    def told(row: Committee) -> None:
        out = committee_out(row, caller, language, today)
        etag = tag(row.version, out.model_dump_json().encode(), language, JSON)
        idempotency.will_answer(out, headers={"Location": location_of(row), "ETag": etag})

    row = await operations.found_committee(db, people, wanted, language, today, by=caller, told=told)
    out = committee_out(row, caller, language, today)
    return answer(request, out, version=row.version, status=201, headers={"Location": location_of(row)})


def location_of(row: Committee) -> str:
    return f"/api/v1/workspace/committees/{row.slug}"


@router.get("/committees/{slug}", response_model=CommitteeOut, responses=documented(401, 404))
async def read_committee(request: Request, slug: str, caller: Member, db: Db, zone: Zone) -> Response:
    """One committee, for every member of the Network."""
    async with db.reading() as reading:
        found = await committee_to_see(reading, slug, caller)
    out = committee_out(found, caller, request.state.language, datetime.now(zone).date())
    return answer(request, out, version=found.version)


@router.patch(
    "/committees/{slug}", response_model=CommitteeOut,
    responses=documented(400, 401, 403, 404, 409, 412, 415, 422, 428),
)  # fmt: skip
async def change_committee(
    request: Request, slug: str, wanted: CommitteePatch, caller: Member, version: IfMatch, db: Db, zone: Zone
) -> Response:
    """Change a committee's name or mandate, and the days of a task force. The secretariat also archives one that is
    not needed any more: it leaves the lists, its people read what it holds, nobody joins it, is reminded of its tasks
    or gets them again, until it is taken out of the archive. Meetings to come stay in calendars unless cancelled.
    Those that came with the platform stay."""
    language = request.state.language
    row = await operations.change_committee(db, slug, wanted, version, language, by=caller)
    return answer(request, committee_out(row, caller, language, datetime.now(zone).date()), version=row.version)


@router.delete("/committees/{slug}", status_code=204, responses=documented(401, 403, 404, 409, 412, 428))
async def remove_committee(slug: str, caller: Member, version: IfMatch, db: Db, people: PeopleOf) -> Response:
    """Remove a committee or task force that never held anything: no task, document, meeting, conversation, vote, plan
    or charter. The roles in it go with it. What has held something is archived instead (409)."""
    await removing.remove_committee(db, people, slug, version, by=caller)
    return nothing()


@router.get(
    "/committees/{slug}/candidates", response_model=Counted[CandidateOut],
    responses=documented(401, 403, 404, 422, 503),
)  # fmt: skip
async def list_candidates(
    request: Request, slug: str, caller: Member, db: Db, people: PeopleOf, part: Part, zone: Zone
) -> Response:
    """Who could sit in a task force of this committee, by name: for its chair and the secretariat."""
    everybody = await operations.candidates_for(db, people, slug, datetime.now(zone).date(), by=caller)
    order = [(one.name.casefold(), str(one.user_id)) for one in everybody]
    rows = [one for one, key in zip(everybody, order, strict=True) if part.after is None or key > part.after]
    shown, following = part.cut(rows, lambda one: (one.name.casefold(), str(one.user_id)))
    items = [
        CandidateOut(
            user_id=one.user_id, name=one.name, communities=list(one.communities), committees=list(one.committees)
        )
        for one in shown
    ]  # fmt: skip
    return answer(request, Counted(items=items, next=following, total=len(everybody)))


@router.get(
    "/committees/{slug}/members", response_model=Counted[MemberOut], responses=documented(401, 403, 404, 422, 503)
)
async def list_members(request: Request, slug: str, caller: Member, db: Db, people: PeopleOf, part: Part) -> Response:
    """The committee's people, for themselves and the secretariat: the chair first, then by name. They come and go with
    the grants of `/api/v1/identity`."""
    async with db.reading() as reading:
        await committee_to_enter(reading, slug, caller)
    everybody = await people.of_committee(slug)
    rows = everybody
    if part.after is not None:
        place = part.after
        rows = [person for person in everybody if order_of(person) > place]
    shown, following = part.cut(rows, order_of)
    items = [
        MemberOut(
            user_id=p.user_id, name=p.name, username=p.username, role=p.role, since=p.since,
            communities=list(p.communities),
        )
        for p in shown
    ]  # fmt: skip
    return answer(request, Counted(items=items, next=following, total=len(everybody)))
