"""HTTP of submissions: the data of a community and period on its way from draft to approved."""

from fastapi import Request
from starlette.responses import Response

from services.indicators.parameters import period_of_path
from services.indicators.schemas import ReturnIn, SubmissionOut
from services.indicators.submissions import operations
from shared.answers import answer
from shared.callers import Member
from shared.dependencies import Db, PeersOf
from shared.problems import documented
from shared.routing import house_router

router = house_router("/api/v1/indicators/submissions/{community}/{period}", tags=["indicators"])
REFUSALS = documented(400, 401, 403, 404, 409, 415, 422, 503)


@router.get("", response_model=SubmissionOut, responses=documented(401, 403, 404))
async def read_submission(
    request: Request, community: str, period: str, caller: Member, db: Db, peers: PeersOf
) -> Response:
    """How far the data of a community and period has come, and who did what when."""
    out, version = await operations.read_submission(db, peers, community, period_of_path(period), by=caller)
    return answer(request, out, version=version)


@router.post("/submit", response_model=SubmissionOut, responses=REFUSALS)
async def submit(request: Request, community: str, period: str, caller: Member, db: Db, peers: PeersOf) -> Response:
    """Say that the data is complete and hand it over for approval."""
    return answer(request, await operations.submit(db, peers, community, period_of_path(period), by=caller))


@router.post("/approve", response_model=SubmissionOut, responses=REFUSALS)
async def approve(request: Request, community: str, period: str, caller: Member, db: Db, peers: PeersOf) -> Response:
    """Approve what was submitted: from now on benchmarks use it."""
    return answer(request, await operations.approve(db, peers, community, period_of_path(period), by=caller))


@router.post("/return", response_model=SubmissionOut, responses=REFUSALS)
async def return_data(
    request: Request, community: str, period: str, wanted: ReturnIn, caller: Member, db: Db, peers: PeersOf
) -> Response:
    """Give submitted data back to be corrected, with the reason."""
    place = period_of_path(period)
    return answer(request, await operations.return_data(db, peers, community, place, wanted.reason, by=caller))
