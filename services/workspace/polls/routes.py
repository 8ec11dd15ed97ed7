"""HTTP of polls for a date."""

from fastapi import Request
from starlette.responses import Response

from services.workspace.events.telling import CommitteeToTell
from services.workspace.people import PeopleOf
from services.workspace.polls import operations
from services.workspace.polls.schemas import ChoiceIn, PollAnswersIn, PollIn, PollOut
from shared.answers import answer, nothing
from shared.callers import Member
from shared.dependencies import Db
from shared.fields import Counted, Id
from shared.paging import Part
from shared.problems import documented
from shared.routing import house_router
from shared.tags import IfMatch

router = house_router("/api/v1/workspace", tags=["workspace"])


@router.get("/committees/{slug}/polls", response_model=Counted[PollOut], responses=documented(401, 403, 404, 422))
async def list_polls(request: Request, slug: str, caller: Member, db: Db, part: Part) -> Response:
    """A committee's polls for a date, the newest first."""
    return answer(request, await operations.list_polls(db, slug, part, by=caller))


@router.post(
    "/committees/{slug}/polls", status_code=201, response_model=PollOut,
    responses=documented(400, 401, 403, 404, 409, 415, 422, 503),
)  # fmt: skip
async def ask_for_dates(
    request: Request, slug: str, wanted: PollIn, caller: Member, db: Db, people: PeopleOf
) -> Response:
    """Ask the committee's people when they can meet: the chair and the members."""
    out, version = await operations.ask_for_dates(
        db, CommitteeToTell(slug, people), wanted, request.state.language, by=caller
    )
    return answer(request, out, version=version, status=201, headers={"Location": f"{operations.ROOT}/{out.id}"})


@router.get("/polls/{poll_id}", response_model=PollOut, responses=documented(401, 404))
async def read_poll(request: Request, poll_id: Id, caller: Member, db: Db) -> Response:
    """One poll, with who can when."""
    out, version = await operations.read_poll(db, poll_id, by=caller)
    return answer(request, out, version=version)


@router.put("/polls/{poll_id}/answers", response_model=PollOut, responses=documented(400, 401, 403, 404, 409, 415, 422))
async def answer_poll(request: Request, poll_id: Id, wanted: PollAnswersIn, caller: Member, db: Db) -> Response:
    """When the caller can: yes, maybe or no for each option. The last answer counts."""
    out, version = await operations.answer_poll(db, poll_id, wanted, by=caller)
    return answer(request, out, version=version)


@router.post(
    "/polls/{poll_id}/choose", response_model=PollOut,
    responses=documented(400, 401, 403, 404, 409, 412, 415, 422, 428, 503),
)  # fmt: skip
async def choose_date(
    request: Request, poll_id: Id, wanted: ChoiceIn, expected: IfMatch, caller: Member, db: Db, people: PeopleOf
) -> Response:
    """Arrange the meeting on one of the options: everybody is invited, and the poll closes."""
    committee = CommitteeToTell(await operations.committee_of(db, poll_id, caller), people)
    out, version = await operations.choose_date(db, committee, poll_id, wanted, expected, by=caller)
    return answer(request, out, version=version)


@router.delete("/polls/{poll_id}", status_code=204, responses=documented(401, 403, 404, 412, 428))
async def remove_poll(request: Request, poll_id: Id, expected: IfMatch, caller: Member, db: Db) -> Response:
    """Take a poll away: who asked, and the chair."""
    await operations.remove_poll(db, poll_id, expected, by=caller)
    return nothing()
