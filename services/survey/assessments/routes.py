"""HTTP of assessments: progress, one assessment, its trail, and what waits for the caller."""

from typing import Annotated

from fastapi import Query, Request
from sqlalchemy import select
from starlette.responses import Response

from services.survey.access import assessment_to_review, campaign_to_see
from services.survey.addressing import CampaignYear, Key, Zone
from services.survey.assessments import desk, operations
from services.survey.assessments.reopening import reopen_assessment
from services.survey.campaigns.reminding import remind_community
from services.survey.schemas.campaigns import AssessmentOut, DeskOut, EventOut, RemindedOut, ReopenIn
from services.survey.tables import Assessment, Event
from services.survey.words import AssessmentState
from shared.answers import answer
from shared.callers import Member, Secretariat
from shared.dependencies import Db, PeersOf
from shared.fields import Counted, Page
from shared.paging import Part, count_of
from shared.problems import documented
from shared.routing import house_router

router = house_router("/api/v1/survey", tags=["survey"])


@router.get("/mine", response_model=DeskOut, responses=documented(401))
async def read_desk(request: Request, caller: Member, db: Db, peers: PeersOf, zone: Zone) -> Response:
    """What waits for the caller: assessments to answer, to coordinate, or to review, the most urgent first."""
    items = await desk.waiting_for(db, peers, zone, request.state.language, by=caller)
    return answer(request, DeskOut(items=items))


@router.get(
    "/campaigns/{year}/assessments", response_model=Counted[AssessmentOut], responses=documented(401, 404, 422)
)  # fmt: skip
async def list_assessments(
    request: Request,
    year: CampaignYear,
    caller: Member,
    db: Db,
    part: Part,
    zone: Zone,
    state: Annotated[AssessmentState | None, Query(description="Only those in this state.")] = None,
) -> Response:
    """Progress by community: the own communities and those that published; for the secretariat all."""
    statement = operations.assessments_in(year, caller, state)
    async with db.reading(snapshot=True) as reading:
        campaign = await campaign_to_see(reading, year, caller)
        total = await count_of(reading, statement)
        rows, following = part.cut(
            (await reading.scalars(part.apply(statement, [Assessment.community_code]))).all(),
            lambda row: (row.community_code,),
        )
        items = await operations.told_all(reading, rows, campaign, zone, request.state.language, by=caller)
    return answer(request, Counted(items=items, next=following, total=total))


@router.get(
    "/campaigns/{year}/assessments/{community}", response_model=AssessmentOut, responses=documented(401, 404)
)  # fmt: skip
async def read_assessment(request: Request, key: Key, caller: Member, db: Db, zone: Zone) -> Response:
    """One community's assessment. Its `etag` (also the header) is what `agreed/{measure}` wants in `If-Match`."""
    return operations.tagged(
        request, await operations.read_assessment(db, key, zone, request.state.language, by=caller)
    )


@router.get(
    "/campaigns/{year}/assessments/{community}/history", response_model=Page[EventOut],
    responses=documented(401, 403, 404, 422),
)  # fmt: skip
async def read_trail(request: Request, key: Key, caller: Member, db: Db, part: Part) -> Response:
    """Who did what when, newest first; for the coordinator and the secretariat."""
    statement = select(Event).where(Event.year == key.year, Event.community_code == key.community)
    async with db.reading() as reading:
        await assessment_to_review(reading, key, caller)
        rows, following = part.cut(
            (await reading.scalars(part.apply(statement, [Event.at, Event.id], descending=True))).all(),
            lambda row: (row.at, row.id),
        )
    return answer(request, Page(items=[operations.event_out(row) for row in rows], next=following))


@router.post(
    "/campaigns/{year}/assessments/{community}/reopen", response_model=AssessmentOut,
    responses=documented(400, 401, 403, 404, 409, 415, 422),
)  # fmt: skip
async def open_again(request: Request, key: Key, wanted: ReopenIn, caller: Secretariat, db: Db, zone: Zone) -> Response:
    """Let one community answer again until a day. What it handed in goes back to it with the reason."""
    return operations.tagged(request, await reopen_assessment(db, key, wanted, zone, request.state.language, by=caller))


@router.post(
    "/campaigns/{year}/assessments/{community}/remind", response_model=RemindedOut,
    responses=documented(401, 403, 404, 409),
)  # fmt: skip
async def remind(request: Request, key: Key, caller: Member, db: Db, peers: PeersOf, zone: Zone) -> Response:
    """Write to everybody of the community who has not finished. Nobody is written to twice a day."""
    return answer(request, RemindedOut(reminded=await remind_community(db, peers, zone, key, by=caller)))
