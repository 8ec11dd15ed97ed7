"""HTTP of notifications."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from services.workspace.clock import Zone
from services.workspace.notifications import operations, unsubscribing
from services.workspace.notifications.stream import events
from services.workspace.schemas import (
    NotificationOut,
    NotificationsOut,
    PreferencesIn,
    PreferencesOut,
    ReadIn,
    UnreadOut,
)
from shared.answers import answer, nothing
from shared.callers import Anyone, Member
from shared.dependencies import Db
from shared.fields import Id
from shared.paging import Part
from shared.problems import documented
from shared.routing import house_router
from shared.streams import HEADERS, EventStream, Streams

Token = Annotated[str, Query(max_length=300, description="The one in the mail.")]
router = house_router("/api/v1/workspace/notifications", tags=["workspace"])


@router.get("", response_model=NotificationsOut, responses=documented(401, 403, 422))
async def list_notifications(
    request: Request,
    caller: Member,
    db: Db,
    part: Part,
    unread: Annotated[bool, Query(description="Only what was not read yet.")] = False,
) -> Response:
    """What the caller was told, the newest first: what happened, and why they are told."""
    out = await operations.list_notifications(db, part, request.state.language, unread_only=unread, by=caller)
    return answer(request, out)


@router.post("/read", response_model=UnreadOut, responses=documented(400, 401, 403, 404, 415, 422))
async def mark_all_read(request: Request, caller: Member, db: Db, wanted: ReadIn | None = None) -> Response:
    """Everything has been read; with `up_to`, everything until that one, so that what came since stays unread."""
    unread = await operations.mark_all_read(db, wanted.up_to if wanted else None, by=caller)
    return answer(request, UnreadOut(unread=unread))


@router.get(
    "/stream",
    response_class=EventStream,
    response_model=None,
    responses={200: {"description": "Events.", "content": {"text/event-stream": {}}}, **documented(401, 403)},
)
async def follow_notifications(request: Request, caller: Member, db: Db) -> Response:
    """The caller's notifications as they come (server-sent events): `unread` at the beginning, then a `notification`
    each. A stream lasts a minute; with `Last-Event-ID` the next one begins after that notification."""
    operations.must_be_a_person(caller)
    streams: Streams = request.app.state.streams
    try:
        after = UUID(request.headers["last-event-id"])
    except (KeyError, ValueError):
        after = None
    told = events(db, streams, request.state.language, after=after, by=caller)
    return EventStream(told, headers=HEADERS)


@router.get("/preferences", response_model=PreferencesOut, responses=documented(401, 403))
async def read_preferences(request: Request, caller: Member, db: Db, zone: Zone) -> Response:
    """Of which kinds the caller wants to hear, and how."""
    return answer(request, await operations.read_preferences(db, zone, by=caller))


@router.put("/preferences", response_model=PreferencesOut, responses=documented(400, 401, 403, 415, 422))
async def set_preferences(request: Request, wanted: PreferencesIn, caller: Member, db: Db, zone: Zone) -> Response:
    """Set of which kinds the caller wants to hear. A kind that is left out is as it was at the beginning."""
    return answer(request, await operations.set_preferences(db, wanted, zone, by=caller))


@router.post("/unsubscribe", status_code=204, responses=documented(404, 422))
async def unsubscribe(request: Request, caller: Anyone, db: Db, token: Token) -> Response:
    """No more mail of one kind, by the link in such a mail: one click, without logging in (RFC 8058)."""
    user_id, kinds = unsubscribing.read(request.app.state.settings.secret, token)
    await operations.unsubscribe(db, user_id, kinds, only_daily=len(kinds) > 1)
    return nothing()


@router.post("/{notification_id}/read", response_model=NotificationOut, responses=documented(401, 403, 404))
async def mark_read(request: Request, notification_id: Id, caller: Member, db: Db) -> Response:
    """This one has been read."""
    return answer(request, await operations.mark_read(db, notification_id, request.state.language, by=caller))
