"""HTTP of the private calendar feed and its token."""

from typing import Annotated

from fastapi import Query, Request
from pydantic import StringConstraints
from starlette.responses import Response

from gateway.client import IdentityClient
from services.workspace.events import feeds
from services.workspace.events.schemas import TokenOut
from shared.answers import answer, nothing
from shared.callers import Anyone, Member
from shared.dependencies import Db
from shared.problems import documented
from shared.routing import house_router

router = house_router("/api/v1/workspace", tags=["workspace"])
CALENDAR = "text/calendar; charset=utf-8"
Token = Annotated[str, StringConstraints(max_length=200), Query(description="The one that `calendar/token` gave.")]


@router.post("/calendar/token", status_code=201, response_model=TokenOut, responses=documented(401, 403, 422))
async def make_token(request: Request, caller: Member, db: Db) -> Response:
    """A token for the caller's private feed, shown this once. Whatever token was there before stops at once."""
    out = await feeds.make_token(db, request.app.state.settings.origin, by=caller)
    return answer(request, out, status=201)


@router.delete("/calendar/token", status_code=204, responses=documented(401, 403))
async def drop_token(request: Request, caller: Member, db: Db) -> Response:
    """Nobody reads the feed any more, until there is another token."""
    await feeds.drop_token(db, by=caller)
    return nothing()


@router.get(
    "/calendar.ics",
    response_class=Response,
    response_model=None,
    responses={200: {"description": "iCalendar.", "content": {"text/calendar": {}}}, **documented(404, 422, 503)},
)
async def read_feed(request: Request, caller: Anyone, db: Db, token: Token) -> Response:
    """The private feed of whoever made the token (RFC 5545), for Thunderbird, Google and Apple: the meetings of their
    committees as their roles are now, cancelled ones included."""
    identity = IdentityClient(request.app.state.peers)
    content = await feeds.read_feed(
        db, identity, token, request.state.language, request.app.state.settings.origin
    )  # fmt: skip
    headers = {"Content-Disposition": 'inline; filename="calendar.ics"'}
    return answer(request, content, media_type=CALENDAR, headers=headers)
