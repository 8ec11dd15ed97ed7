"""`/api/v1/identity/audit`: who did what to what and when, over every part of the platform, in one order of time."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from pydantic import StringConstraints
from starlette.responses import Response

from gateway.accounts import Secretary
from gateway.front import Front
from shared.answers import answer
from shared.database import Database
from shared.dependencies import Db, PeersOf
from shared.fields import Page, Time
from shared.inner import AuditRow, AuditRows, audit_rows
from shared.paging import Part
from shared.peers import Peers
from shared.problems import Problem, documented
from shared.routing import house_router

router = house_router("/api/v1/identity", tags=["identity"])
Words = Annotated[str, StringConstraints(max_length=300)]


class Audit(Page[AuditRow]):
    """`missing` names the parts of the platform that did not answer: their rows are not in this list."""

    missing: list[str]


@router.get("/audit", response_model=Audit, responses=documented(401, 403, 422))
async def read_audit(
    request: Request,
    caller: Secretary,
    db: Db,
    peers: PeersOf,
    part: Part,
    actor: Annotated[Words | None, Query(description="An actor (`user:<id>`), a user's id, or a name.")] = None,
    action: Annotated[Words | None, Query(description="As shown, such as `publish results`.")] = None,
    since: Annotated[Time | None, Query(description="From this time on.")] = None,
    until: Annotated[Time | None, Query(description="Before this time.")] = None,
) -> Response:
    """The audit trail of the whole platform, the newest first."""
    asked: dict[str, Any] = {
        "limit": part.limit + 1,
        "actor": f"user:{actor}" if actor is not None and _is_id(actor) else actor,
        "action": action,
        "since": since,
        "until": until,
        "before_time": part.after[0] if part.after else None,
        "before_id": part.after[1] if part.after else None,
    }
    front: Front = request.app.state.front
    found, missing = await _everywhere(db, peers, list(front.upstreams), asked)
    rows = sorted(found, key=lambda row: (row.at, row.id), reverse=True)
    shown, following = part.cut(rows[: part.limit + 1], lambda row: (row.at, row.id))
    return answer(request, Audit(items=shown, next=following, missing=missing))


async def _everywhere(
    db: Database, peers: Peers, services: Sequence[str], asked: dict[str, Any]
) -> tuple[list[AuditRow], list[str]]:
    """The newest rows of every part, and the parts that did not answer."""
    own = audit_rows(db, "gateway", db.schema.audit, *asked.values())
    told = await asyncio.gather(own, *[_of_service(peers, name, asked) for name in services])
    rows = [row for part in told if part is not None for row in part.items]
    return rows, [name for name, part in zip(services, told[1:], strict=True) if part is None]


async def _of_service(peers: Peers, service: str, asked: dict[str, Any]) -> AuditRows | None:
    params = {
        name: value.isoformat() if hasattr(value, "isoformat") else str(value)
        for name, value in asked.items()
        if value is not None
    }
    try:
        token = await peers.token(service, None)
        told = await peers.send(
            service, "GET", "/internal/audit", params=params, headers={"Authorization": f"Bearer {token}"}
        )
    except Problem:
        return None
    return AuditRows.model_validate_json(told.content)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
