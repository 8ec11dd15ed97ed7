"""Committees and their people over HTTP."""

from fastapi import Request
from sqlalchemy import select
from starlette.responses import Response

from services.workspace.access import committee_to_enter, committee_to_see, role_in, visible_committees
from services.workspace.people import PeopleOf, order_of
from services.workspace.schemas import CommitteeOut, MemberOut
from services.workspace.tables import Committee
from shared.answers import answer
from shared.callers import Caller, Member
from shared.dependencies import Db
from shared.fields import Counted
from shared.languages import pick
from shared.paging import Part, count_of
from shared.problems import documented
from shared.routing import house_router

router = house_router("/api/v1/workspace", tags=["workspace"])


def committee_out(row: Committee, caller: Caller, language: str) -> CommitteeOut:
    return CommitteeOut(
        slug=row.slug, name=pick(row.names, language), names=row.names, kind=row.kind,
        your_role=role_in(caller, row.slug),
    )  # fmt: skip


@router.get("/committees", response_model=Counted[CommitteeOut], responses=documented(401, 422))
async def list_committees(request: Request, caller: Member, db: Db, part: Part) -> Response:
    """The Network's committees; whoever has no role in the Network sees none."""
    statement = select(Committee).where(visible_committees(caller))
    async with db.reading() as reading:
        total = await count_of(reading, statement)
        rows = (await reading.scalars(part.apply(statement, [Committee.position]))).all()
    shown, following = part.cut(rows, lambda row: (row.position,))
    items = [committee_out(row, caller, request.state.language) for row in shown]
    return answer(request, Counted(items=items, next=following, total=total))


@router.get("/committees/{slug}", response_model=CommitteeOut, responses=documented(401, 404))
async def read_committee(request: Request, slug: str, caller: Member, db: Db) -> Response:
    """One committee, for every member of the Network."""
    async with db.reading() as reading:
        found = await committee_to_see(reading, slug, caller)
    return answer(request, committee_out(found, caller, request.state.language))


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
    items = [MemberOut(user_id=p.user_id, name=p.name, username=p.username, role=p.role, since=p.since) for p in shown]
    return answer(request, Counted(items=items, next=following, total=len(everybody)))
