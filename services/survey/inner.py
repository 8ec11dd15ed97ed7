"""What other services and the operator's commands tell the survey service."""

from fastapi import Request
from starlette.responses import Response

from services.registry.schemas import CommunityFacts
from services.survey.demo import remove_demo
from services.survey.facts import keep_facts as store_facts
from shared.answers import nothing
from shared.callers import Service
from shared.dependencies import Db, ObjectsOf
from shared.problems import Invalid
from shared.routing import house_router

router = house_router()


@router.put("/internal/communities/{code}", status_code=204, include_in_schema=False)
async def keep_facts(request: Request, code: str, facts: CommunityFacts, caller: Service, db: Db) -> Response:
    """Keep what changed of a community; the same twice changes nothing."""
    if facts.code != code:
        raise Invalid.at("/code", "must be the one in the path")
    await store_facts(db, facts)
    return nothing()


@router.delete("/internal/demo", status_code=204, include_in_schema=False)
async def remove_demonstration(request: Request, caller: Service, db: Db, objects: ObjectsOf) -> Response:
    """Delete every demonstration row."""
    await remove_demo(db, objects, by=caller)
    return nothing()
