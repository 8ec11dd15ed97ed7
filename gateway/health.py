"""Health and keys: what needs no caller."""

import asyncio

from fastapi import Request
from starlette.responses import JSONResponse, Response

from shared.answers import answer
from shared.fields import Output
from shared.routing import house_router
from shared.dependencies import Db

router = house_router()


class HealthOut(Output):
    status: str
    failing: list[str]


@router.get("/healthz", response_model=HealthOut, include_in_schema=False)
async def is_alive(request: Request) -> Response:
    """200 while the process lives."""
    return answer(request, HealthOut(status="ok", failing=[]))


@router.get("/readyz", response_model=HealthOut, include_in_schema=False)
async def is_ready(request: Request, db: Db) -> Response:
    """200 when the database and every service answer, else 503 with the list of what does not."""
    upstreams = request.app.state.front.upstreams
    ready = await asyncio.gather(db.answers(), *[upstream.is_ready() for upstream in upstreams.values()])
    failing = [name for name, is_up in zip(["database", *upstreams], ready, strict=True) if not is_up]
    out = HealthOut(status="unavailable" if failing else "ok", failing=failing)
    headers = {"Retry-After": "5"} if failing else {}
    return answer(request, out, status=503 if failing else 200, headers=headers)


@router.get("/.well-known/jwks.json", include_in_schema=False)
async def keys(request: Request) -> Response:
    """The public keys of internal tokens (RFC 7517)."""
    return JSONResponse(await request.app.state.minter.public_keys(), headers={"Cache-Control": "no-cache"})
