"""HTTP of forms: what they show, and their cells as they were typed."""

from typing import Annotated

from fastapi import Query, Request
from pydantic import StringConstraints
from starlette.responses import Response

from services.indicators.entries import operations
from services.indicators.entries.schemas import CellsIn, GridOut, SavedOut
from services.indicators.parameters import period_of_query
from services.indicators.periods import Period
from shared.answers import answer
from shared.callers import Member
from shared.dependencies import Db, PeersOf
from shared.problems import Invalid, documented
from shared.routing import house_router

router = house_router("/api/v1/indicators", tags=["indicators"])
MOST_PERIODS = 24
PeriodsQuery = Annotated[
    str, StringConstraints(min_length=1, max_length=400), Query(description="Periods with commas between, at most 24.")
]


@router.get("/entries/{community}", response_model=GridOut, responses=documented(401, 403, 404, 422))
async def read_grid(
    request: Request, community: str, periods: PeriodsQuery, caller: Member, db: Db, peers: PeersOf
) -> Response:
    """What a form for these periods shows: values, those of a year before, and how far each period has come."""
    wanted = _periods(periods)
    out = await operations.read_grid(db, peers, community, wanted, request.state.language, by=caller)
    return answer(request, out)


@router.post("/entries/{community}", response_model=SavedOut, responses=documented(400, 401, 403, 404, 409, 415, 422))
async def save_cells(
    request: Request, community: str, wanted: CellsIn, caller: Member, db: Db, peers: PeersOf
) -> Response:  # fmt: skip
    """Save cells as they were typed, `12.5`, `12,5` or `45/50`: those that can be taken are saved, the others are named
    with the reason. A cell that somebody else saved meanwhile is not overwritten."""
    return answer(request, await operations.save_cells(db, peers, community, wanted.cells, by=caller))


def _periods(text: str) -> list[Period]:
    found = [period for one in text.split(",") if (period := period_of_query(one.strip(), "periods")) is not None]
    if len(found) > MOST_PERIODS or len(set(found)) < len(found):
        raise Invalid.at("/periods", f"must be at most {MOST_PERIODS} different periods", "period")
    return found
