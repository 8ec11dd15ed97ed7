"""Health and keys: what needs no caller."""

import asyncio

from fastapi import Request
from starlette.responses import JSONResponse, Response

from shared.answers import answer
from shared.dependencies import Db
from shared.fields import Output
from shared.problems import PROBLEM_JSON, Unavailable, details
from shared.routing import house_router

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
    if failing:
        problem = Unavailable(f"Not answering now: {', '.join(failing)}.")
        told = {**details(problem, request.url.path), "failing": failing}
        headers = {**problem.headers, "Cache-Control": "no-store"}
        return JSONResponse(told, status_code=problem.status, headers=headers, media_type=PROBLEM_JSON)
    return answer(request, HealthOut(status="ok", failing=[]))


@router.get("/.well-known/jwks.json", include_in_schema=False)
async def keys(request: Request) -> Response:
    """The public keys of internal tokens (RFC 7517)."""
    return JSONResponse(await request.app.state.minter.public_keys(), headers={"Cache-Control": "no-cache"})
