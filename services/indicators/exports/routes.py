"""HTTP of what describes the exports: the structure in the words of SDMX."""

import json

from fastapi import Request
from sqlalchemy import select
from starlette.responses import Response

from services.indicators.catalogue import indicators as catalogue_of
from services.indicators.exports import structure
from services.indicators.tables import Community
from shared.answers import answer, public_to
from shared.callers import Anyone
from shared.dependencies import Db
from shared.formats import disposition
from shared.routing import house_router

router = house_router("/api/v1/indicators", tags=["indicators"])
KEPT = 300  # seconds


@router.get(
    "/sdmx/structure",
    responses={200: {"description": "The structure message", "content": {structure.MEDIA_TYPE: {}}}},
    response_class=Response,
)
async def read_structure(request: Request, caller: Anyone, db: Db) -> Response:
    """The data structure of the observations, with its code lists and concepts, as SDMX-JSON 2.0: what the SDMX
    exports of `GET /observations` refer to."""
    async with db.reading(snapshot=True) as reading:
        catalogue = await catalogue_of(reading)
        rows = await reading.execute(select(Community.code, Community.names).order_by(Community.code))
        communities = {code: names for code, names in rows}  # noqa: C416 -- rows, not pairs
    since = max(row.recorded_at for row in catalogue.values())  # not now: an unchanged structure keeps its tag
    message = structure.structures({code: row.names for code, row in catalogue.items()}, communities, since)
    content = json.dumps(message, ensure_ascii=False).encode()
    headers = {"Content-Disposition": disposition("structure.sdmx.json", kind="inline")}
    caching = public_to(request, seconds=KEPT)
    return answer(request, content, caching=caching, media_type=structure.MEDIA_TYPE, headers=headers)
