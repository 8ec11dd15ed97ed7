"""What other services tell the survey service."""

from starlette.responses import Response

from services.registry.schemas import CommunityFacts
from shared.answers import nothing
from shared.callers import Service
from shared.routing import house_router

router = house_router()


@router.put("/internal/communities/{code}", status_code=204, include_in_schema=False)
async def keep_facts(code: str, facts: CommunityFacts, caller: Service) -> Response:
    """Keep what changed of a community."""
    return nothing()
