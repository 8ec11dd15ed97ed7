"""HTTP of elections."""

from fastapi import Request
from starlette.responses import Response

from services.workspace.elections import operations
from services.workspace.elections.schemas import (
    BallotIn,
    BallotOut,
    CancellationIn,
    ElectionIn,
    ElectionOut,
    ElectionPatch,
    NominationIn,
    NominationOut,
    ResultOut,
)
from services.workspace.people import PeopleOf
from shared.answers import answer
from shared.callers import Member
from shared.dependencies import Db
from shared.fields import Counted, Id
from shared.paging import Part
from shared.problems import documented
from shared.routing import house_router
from shared.tags import IfMatch

router = house_router("/api/v1/workspace", tags=["workspace"])
ELECTION = "/elections/{election_id}"


@router.get(
    "/committees/{slug}/elections", response_model=Counted[ElectionOut], responses=documented(401, 403, 404, 422)
)  # fmt: skip
async def list_elections(request: Request, slug: str, caller: Member, db: Db, part: Part) -> Response:
    """A committee's elections, the latest to close first."""
    return answer(request, await operations.list_elections(db, slug, part, by=caller))


@router.post(
    "/committees/{slug}/elections", status_code=201, response_model=ElectionOut,
    responses=documented(400, 401, 403, 404, 409, 415, 422, 503),
)  # fmt: skip
async def call_election(
    request: Request, slug: str, wanted: ElectionIn, caller: Member, db: Db, people: PeopleOf
) -> Response:
    """Call an election: the chair and the secretariat. Nominations are open until `nominations_until`."""
    out, version = await operations.call_election(db, people, slug, wanted, request.state.language, by=caller)
    location = {"Location": f"{operations.ROOT}/{out.id}"}
    return answer(request, out, version=version, status=201, headers=location)


@router.get(ELECTION, response_model=ElectionOut, responses=documented(401, 404, 503))
async def read_election(request: Request, election_id: Id, caller: Member, db: Db, people: PeopleOf) -> Response:
    """One election: who stands, who may vote, and whether the caller has."""
    secret = request.app.state.settings.secret
    out, version = await operations.read_election(db, people, secret, election_id, by=caller)
    return answer(request, out, version=version)


@router.patch(
    ELECTION, response_model=ElectionOut, responses=documented(400, 401, 403, 404, 409, 412, 415, 422, 428)
)  # fmt: skip
async def change_election(
    request: Request, election_id: Id, wanted: ElectionPatch, expected: IfMatch, caller: Member, db: Db
) -> Response:
    """Change an election before voting opens; from then on nothing changes."""
    out, version = await operations.change_election(db, election_id, wanted, expected, by=caller)
    return answer(request, out, version=version)


@router.post(
    f"{ELECTION}/cancel", response_model=ElectionOut, responses=documented(400, 401, 403, 404, 409, 415, 422)
)  # fmt: skip
async def cancel_election(
    request: Request, election_id: Id, wanted: CancellationIn, caller: Member, db: Db
) -> Response:
    """End an election without a result, and say why; ballots that are in are destroyed unread."""
    out, version = await operations.cancel_election(db, election_id, wanted.reason, by=caller)
    return answer(request, out, version=version)


@router.post(
    f"{ELECTION}/nominations", status_code=201, response_model=NominationOut,
    responses=documented(400, 401, 403, 404, 409, 415, 422, 503),
)  # fmt: skip
async def nominate(
    request: Request, election_id: Id, wanted: NominationIn, caller: Member, db: Db, people: PeopleOf
) -> Response:
    """Propose somebody of the committee, who is asked whether they accept. Who proposes themselves has accepted."""
    out = await operations.nominate(db, people, election_id, wanted, request.state.language, by=caller)
    return answer(request, out, status=201, headers={"Location": f"{operations.ROOT}/{election_id}"})


@router.post(
    f"{ELECTION}/nominations/{{nomination_id}}/accept", response_model=NominationOut,
    responses=documented(401, 403, 404, 409),
)  # fmt: skip
async def accept_nomination(request: Request, election_id: Id, nomination_id: Id, caller: Member, db: Db) -> Response:
    """Stand as a candidate: for whoever was proposed, until voting opens."""
    return answer(
        request, await operations.accept_nomination(db, election_id, nomination_id, accept=True, by=caller)
    )  # fmt: skip


@router.post(
    f"{ELECTION}/nominations/{{nomination_id}}/withdraw", response_model=NominationOut,
    responses=documented(401, 403, 404, 409),
)  # fmt: skip
async def withdraw_nomination(request: Request, election_id: Id, nomination_id: Id, caller: Member, db: Db) -> Response:
    """Not stand, or not any more: for whoever was proposed, until voting opens."""
    return answer(
        request, await operations.accept_nomination(db, election_id, nomination_id, accept=False, by=caller)
    )  # fmt: skip


@router.post(
    f"{ELECTION}/ballots", status_code=201, response_model=BallotOut,
    responses=documented(400, 401, 403, 404, 409, 415, 422, 503),
)  # fmt: skip
async def cast_ballot(
    request: Request, election_id: Id, wanted: BallotIn, caller: Member, db: Db, people: PeopleOf
) -> Response:
    """Vote, once. The receipt is shown this once: with it the voter finds the ballot in the published list, and nobody
    else can tell whose it is. A repeat with the same `Idempotency-Key` is answered without it."""
    secret = request.app.state.settings.secret
    out = await operations.cast_ballot(db, people, secret, election_id, wanted, by=caller)
    return answer(request, out, status=201)


@router.get(f"{ELECTION}/result", response_model=ResultOut, responses=documented(401, 404, 409, 503))
async def read_result(request: Request, election_id: Id, caller: Member, db: Db, people: PeopleOf) -> Response:
    """After the close: counts, turnout, who was elected, and every ballot by its receipt, so that anybody can count
    again."""
    secret = request.app.state.settings.secret
    return answer(request, await operations.read_result(db, people, secret, election_id, by=caller))
