"""HTTP of workshops for the room: whoever has the code, without an account."""

from typing import Annotated

from fastapi import Depends, Header, Request
from starlette.responses import Response

from services.survey.schemas.workshops import JoinedOut, JoinIn, RoomOut, VoteIn, VoteOut
from services.survey.workshops import taking_part
from services.survey.workshops.access import workshop_of_code
from services.survey.workshops.guessing import guesses_counted, visitor_of
from services.survey.workshops.routes import EVENTS
from services.survey.workshops.streams import RoomNews, room_news, told_as_it_changes
from services.survey.workshops.telling import room_topic
from shared.answers import answer
from shared.callers import Anyone
from shared.dependencies import Db
from shared.problems import documented
from shared.routing import house_router
from shared.streams import HEADERS, EventStream, Streams

router = house_router("/api/v1/survey/workshops/{code}", tags=["survey"])


async def visitor(request: Request) -> str:
    return visitor_of(request)


Visitor = Annotated[str, Depends(visitor)]
Token = Annotated[str | None, Header(alias="Workshop-Token", max_length=200, description="Of the device that joined.")]


@router.get("", response_model=RoomOut, responses=documented(404, 429))
async def read_room(
    request: Request, code: str, caller: Anyone, visitor: Visitor, db: Db, token: Token = None
) -> Response:
    """What a device in the room shows. With the token of a device that has joined, its own workshop whatever the code;
    else a code that is wrong, over or taken away is answered like any other: 404."""
    async with guesses_counted(db, visitor, by=caller, token=token):
        out = await taking_part.read_room(db, code, token, request.state.language)
    return answer(request, out)


@router.post(
    "/participants", status_code=201, response_model=JoinedOut, responses=documented(400, 404, 409, 415, 422, 429)
)  # fmt: skip
async def join_workshop(
    request: Request, code: str, wanted: JoinIn, caller: Anyone, visitor: Visitor, db: Db
) -> Response:
    """Come into the room. The token in the answer is shown this once: this device votes with it."""
    async with guesses_counted(db, visitor, by=caller):
        out = await taking_part.join_workshop(db, code, wanted, by=caller)
    return answer(request, out, status=201)


@router.put("/votes/{measure}", response_model=VoteOut, responses=documented(400, 401, 404, 409, 415, 422, 429))
async def cast_vote(
    request: Request, code: str, measure: str, wanted: VoteIn, caller: Anyone, visitor: Visitor, db: Db,
    token: Token = None,
) -> Response:  # fmt: skip
    """Vote on the measure that the room looks at, or change one's vote while it takes votes. One a participant."""
    async with guesses_counted(db, visitor, by=caller, token=token):
        out = await taking_part.cast_vote(db, code, token, measure, wanted, by=caller)
    return answer(request, out)


@router.get(
    "/stream", response_class=EventStream, response_model=None, responses={**EVENTS, **documented(404, 429)}
)  # fmt: skip
async def follow_room(request: Request, code: str, caller: Anyone, visitor: Visitor, db: Db) -> Response:
    """Whether to look again (server-sent events `room`, with the workshop's version); `over` when it has ended."""
    async with guesses_counted(db, visitor, by=caller), db.reading() as reading:
        workshop = await workshop_of_code(reading, code)
    streams: Streams = request.app.state.workshop_streams

    async def read() -> RoomNews:
        return await room_news(db, code)

    return EventStream(told_as_it_changes(streams, room_topic(workshop.id), "room", read), headers=HEADERS)
