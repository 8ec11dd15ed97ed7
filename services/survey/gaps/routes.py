"""HTTP of what a community does about its gaps."""

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from services.survey.addressing import Key
from services.survey.gaps import operations
from services.survey.schemas.reviewing import ActionIn, ActionOut, ActionPatch, ActionsOut
from shared.answers import answer, nothing
from shared.callers import Member
from shared.dependencies import Db, PeersOf
from shared.fields import Id
from shared.problems import documented
from shared.routing import house_router
from shared.tags import IfMatch

router = house_router("/api/v1/survey/campaigns/{year}/assessments/{community}/actions", tags=["survey"])


@router.get("", response_model=ActionsOut, responses=documented(401, 404, 422))
async def list_actions(
    request: Request,
    key: Key,
    caller: Member,
    db: Db,
    peers: PeersOf,
    measure: Annotated[str | None, Query(max_length=40, description="Only this measure's.")] = None,
) -> Response:
    """What the community does about its gaps, and what became of last year's; for its people and the secretariat."""
    return answer(request, await operations.list_actions(db, peers, key, measure, by=caller))


@router.post(
    "", status_code=201, response_model=ActionOut, responses=documented(400, 401, 403, 404, 409, 415, 422, 503)
)  # fmt: skip
async def add_action(request: Request, key: Key, wanted: ActionIn, caller: Member, db: Db, peers: PeersOf) -> Response:
    """Make a task of a gap, on a committee's board or the community's own list.

    The same title for the same measure on the same board is the same action: 200 instead of 201.
    """
    out, version, is_new = await operations.add_action(
        db, peers, request.state.token, key, wanted, request.state.language, by=caller
    )
    location = {"Location": f"{request.url.path}/{out.id}"}
    return answer(request, out, version=version, status=201 if is_new else 200, headers=location)


@router.get("/{action_id}", response_model=ActionOut, responses=documented(401, 404))
async def read_action(request: Request, key: Key, action_id: Id, caller: Member, db: Db, peers: PeersOf) -> Response:
    """One action as it stands now."""
    out, version = await operations.read_action(db, peers, key, action_id, by=caller)
    return answer(request, out, version=version)


@router.patch(
    "/{action_id}", response_model=ActionOut, responses=documented(400, 401, 403, 404, 409, 412, 415, 422, 428)
)  # fmt: skip
async def change_action(
    request: Request, key: Key, action_id: Id, wanted: ActionPatch, caller: Member, expected: IfMatch, db: Db
) -> Response:
    """Change an action of the community's own list; a committee's task changes on its board (409)."""
    out, version = await operations.change_action(db, key, action_id, wanted, expected, by=caller)
    return answer(request, out, version=version)


@router.delete("/{action_id}", status_code=204, responses=documented(401, 403, 404, 412, 428))
async def remove_action(key: Key, action_id: Id, caller: Member, expected: IfMatch, db: Db) -> Response:
    """Take an action away. Of a committee's task only the link goes: the task stays on its board."""
    await operations.remove_action(db, key, action_id, expected, by=caller)
    return nothing()
