"""HTTP of workshops for whoever runs them: the community's coordinator and the secretariat."""

from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from services.survey.addressing import Key, Zone
from services.survey.schemas.workshops import LiveOut, WorkshopIn, WorkshopOut, WorkshopPatch, WorkshopsOut
from services.survey.workshops import operations
from services.survey.workshops.streams import told_as_it_changes
from shared.answers import answer, nothing
from shared.callers import Member
from shared.dependencies import Db
from shared.fields import Id
from shared.problems import documented
from shared.routing import house_router
from shared.streams import HEADERS, EventStream, Streams
from shared.tags import IfMatch

router = house_router("/api/v1/survey/campaigns/{year}/assessments/{community}/workshops", tags=["survey"])
EVENTS: dict[int | str, dict[str, Any]] = {200: {"description": "Events.", "content": {"text/event-stream": {}}}}


def origin_of(request: Request) -> str:
    origin: str = request.app.state.settings.origin
    return origin


@router.post(
    "", status_code=201, response_model=WorkshopOut, responses=documented(400, 401, 403, 404, 409, 415, 422)
)  # fmt: skip
async def open_workshop(
    request: Request, key: Key, caller: Member, db: Db, zone: Zone, wanted: WorkshopIn | None = None
) -> Response:
    """Open a workshop: participants join with its code, without an account. One is open at a time."""
    out, version = await operations.open_workshop(
        db, key, wanted or WorkshopIn(), zone, origin_of(request), by=caller
    )  # fmt: skip
    location = {"Location": f"{operations.base_of(key)}/{out.id}"}
    return answer(request, out, version=version, status=201, headers=location)


@router.get("", response_model=WorkshopsOut, responses=documented(401, 403, 404, 422))
async def list_workshops(request: Request, key: Key, caller: Member, db: Db) -> Response:
    """The assessment's workshops, the newest first, with who came."""
    return answer(request, await operations.list_workshops(db, key, origin_of(request), by=caller))


@router.get("/{workshop_id}", response_model=WorkshopOut, responses=documented(401, 403, 404))
async def read_workshop(request: Request, key: Key, workshop_id: Id, caller: Member, db: Db) -> Response:
    """One workshop. Its ETag is what a change of its measure needs in `If-Match`."""
    out, version = await operations.read_workshop(db, key, workshop_id, origin_of(request), by=caller)
    return answer(request, out, version=version)


@router.patch(
    "/{workshop_id}", response_model=WorkshopOut,
    responses=documented(400, 401, 403, 404, 409, 412, 415, 422, 428),
)  # fmt: skip
async def direct_workshop(
    request: Request, key: Key, workshop_id: Id, wanted: WorkshopPatch, caller: Member, expected: IfMatch, db: Db
) -> Response:
    """Turn the room to a measure, open or close its votes."""
    out, version = await operations.direct_workshop(
        db, key, workshop_id, wanted, expected, origin_of(request), by=caller
    )
    return answer(request, out, version=version)


@router.post(
    "/{workshop_id}/code", response_model=WorkshopOut, responses=documented(400, 401, 403, 404, 409, 415, 422)
)  # fmt: skip
async def renew_code(
    request: Request, key: Key, workshop_id: Id, caller: Member, db: Db, wanted: WorkshopIn | None = None
) -> Response:
    """Another code: the old one joins nobody any more, whoever is in stays in."""
    out, version = await operations.renew_code(
        db, key, workshop_id, wanted or WorkshopIn(), origin_of(request), by=caller
    )  # fmt: skip
    return answer(request, out, version=version)


@router.post("/{workshop_id}/end", response_model=WorkshopOut, responses=documented(401, 403, 404, 409))
async def end_workshop(request: Request, key: Key, workshop_id: Id, caller: Member, db: Db) -> Response:
    """End the workshop: no more votes, and its code joins nobody. Again it changes nothing."""
    out, version = await operations.end_workshop(db, key, workshop_id, origin_of(request), by=caller)
    return answer(request, out, version=version)


@router.delete(
    "/{workshop_id}/participants/{participant_id}", status_code=204, responses=documented(401, 403, 404)
)  # fmt: skip
async def remove_participant(key: Key, workshop_id: Id, participant_id: Id, caller: Member, db: Db) -> Response:
    """Send somebody out of the room, with their votes. What was recorded with an agreement stays."""
    await operations.remove_participant(db, key, workshop_id, participant_id, by=caller)
    return nothing()


@router.get("/{workshop_id}/live", response_model=LiveOut, responses=documented(401, 403, 404, 422))
async def read_live(
    request: Request,
    key: Key,
    workshop_id: Id,
    caller: Member,
    db: Db,
    measure: Annotated[str | None, Query(max_length=40, description="Default: what the room looks at.")] = None,
) -> Response:
    """The room now: how many are there, and the votes on a measure by group."""
    return answer(request, await operations.read_live(db, key, workshop_id, measure, by=caller))


@router.get(
    "/{workshop_id}/stream", response_class=EventStream, response_model=None,
    responses={**EVENTS, **documented(401, 403, 404)},
)  # fmt: skip
async def follow_workshop(request: Request, key: Key, workshop_id: Id, caller: Member, db: Db) -> Response:
    """The same as it changes (server-sent events `live`); a stream lasts a minute and is opened again."""
    await operations.read_live(db, key, workshop_id, None, by=caller)
    streams: Streams = request.app.state.workshop_streams

    async def read() -> LiveOut:
        return await operations.read_live(db, key, workshop_id, None, by=caller)

    return EventStream(told_as_it_changes(streams, str(workshop_id), "live", read), headers=HEADERS)
