"""What other services and the gateway ask of the registry."""

from fastapi import Request
from sqlalchemy import select
from starlette.responses import Response

from services.registry.access import visible
from services.registry.demo import remove_demo
from services.registry.facts import facts_of
from services.registry.schemas import CommunityFacts
from services.registry.tables import Community
from shared.answers import answer, nothing
from shared.callers import Service
from shared.dependencies import Db
from shared.fields import Output
from shared.problems import NotFound
from shared.routing import house_router

router = house_router()


class FactsOut(Output):
    items: list[CommunityFacts]


@router.get("/internal/communities", response_model=FactsOut, include_in_schema=False)
async def all_facts(request: Request, caller: Service, db: Db, code: str | None = None) -> Response:
    """What other services keep of every community, or of one; the removed ones are there, marked inactive."""
    statement = select(Community).order_by(Community.code)
    if code is not None:
        statement = statement.where(Community.code == code)
    async with db.reading() as reading:
        rows = (await reading.scalars(statement)).all()
    return answer(request, FactsOut(items=[facts_of(row) for row in rows]))


@router.get("/internal/scopes/{name}", status_code=204, include_in_schema=False)
async def is_community(request: Request, name: str, caller: Service, db: Db) -> Response:
    """204 when a community has this code, else 404."""
    async with db.reading() as reading:
        found = await reading.scalar(select(Community.code).where(Community.code == name, visible(caller)))
    if found is None:
        raise NotFound("This community")
    return nothing()


@router.delete("/internal/demo", status_code=204, include_in_schema=False)
async def remove_demonstration_data(caller: Service, db: Db) -> Response:
    """Delete what was made for demonstration, and nothing else."""
    await remove_demo(db, by=caller)
    return nothing()
