"""HTTP of a respondent's own answers."""

from fastapi import Request
from starlette.responses import Response

from services.survey.addressing import Key, Zone
from services.survey.answers import operations, saving
from services.survey.answers.handover import hand_over
from services.survey.schemas.answers import AnswersIn, HandoverIn, HandoverOut, MyAnswersOut, SavedOut
from shared.answers import answer
from shared.callers import Member
from shared.dependencies import Db, PeersOf
from shared.problems import documented
from shared.routing import house_router

router = house_router("/api/v1/survey/campaigns/{year}/assessments/{community}/answers", tags=["survey"])


@router.get("/mine", response_model=MyAnswersOut, responses=documented(401, 403, 404))
async def read_my_answers(request: Request, key: Key, caller: Member, db: Db, zone: Zone) -> Response:
    """The caller's own answers, each with its revision, and answers kept aside because they came too late."""
    return answer(request, await operations.read_my_answers(db, key, zone, by=caller))


@router.patch(
    "/mine", response_model=SavedOut, responses=documented(400, 401, 403, 404, 409, 415, 422)
)  # fmt: skip
async def save_answers(
    request: Request, key: Key, wanted: AnswersIn, caller: Member, db: Db, zone: Zone
) -> Response:  # fmt: skip
    """Save a part of the own answers. Instead of `If-Match`, each carries the `base_revision` that it rests on."""
    return answer(request, await saving.save_answers(db, key, wanted, zone, by=caller))


@router.post("/handover", response_model=HandoverOut, responses=documented(400, 401, 403, 404, 409, 415, 422))
async def hand_answers_over(
    request: Request, key: Key, wanted: HandoverIn, caller: Member, db: Db, peers: PeersOf
) -> Response:
    """Give what somebody answered to a successor, when they leave. For the coordinator and the secretariat."""
    return answer(request, await hand_over(db, peers, key, wanted, by=caller))
