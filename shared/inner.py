"""What every service tells the gateway, and nobody else: its API's document and its audit trail."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.openapi.utils import get_openapi
from sqlalchemy import select, tuple_
from starlette.responses import JSONResponse, Response

from shared.answers import answer
from shared.callers import Service
from shared.dependencies import Db
from shared.fields import Output, Time
from shared.problems import Invalid
from shared.routing import house_router

router = house_router()


class AuditRow(Output):
    """Who did what to what, when."""

    id: UUID
    at: Time
    service: str
    actor: str
    actor_name: str
    action: str
    about: str
    details: dict[str, Any]
    request_id: str


class AuditRows(Output):
    items: list[AuditRow]


@router.get("/internal/openapi.json", include_in_schema=False)
async def own_document(request: Request, caller: Service) -> Response:
    """This service's part of the API's documentation."""
    app = request.app
    document = get_openapi(title=app.title, version="1", openapi_version="3.1.0", routes=app.routes)
    document["paths"] = {path: item for path, item in document["paths"].items() if path.startswith("/api/")}
    return JSONResponse(document)


@router.get("/internal/audit", response_model=AuditRows, include_in_schema=False)
async def own_audit(
    request: Request,
    caller: Service,
    db: Db,
    limit: int = 50,
    actor: str | None = None,
    action: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before_time: datetime | None = None,
    before_id: UUID | None = None,
) -> Response:
    """The newest rows of this service's audit trail, before a place in it when one is given."""
    if not 1 <= limit <= 201:
        raise Invalid.at("/limit", "must be 1 to 201")
    name, schema = request.app.state.service.name, db.schema
    return answer(
        request, await audit_rows(db, name, schema.audit, limit, actor, action, since, until, before_time, before_id)
    )


async def audit_rows(
    db: Db,
    service: str,
    audit: Any,
    limit: int,
    actor: str | None,
    action: str | None,
    since: datetime | None,
    until: datetime | None,
    before_time: datetime | None,
    before_id: UUID | None,
) -> AuditRows:
    statement = select(audit).order_by(audit.c.at.desc(), audit.c.id.desc()).limit(limit)
    if actor is not None:
        statement = statement.where((audit.c.actor == actor) | (audit.c.actor_name == actor))
    if action is not None:
        statement = statement.where(audit.c.action == action)
    if since is not None:
        statement = statement.where(audit.c.at >= since)
    if until is not None:
        statement = statement.where(audit.c.at < until)
    if before_time is not None and before_id is not None:
        statement = statement.where(tuple_(audit.c.at, audit.c.id) < tuple_(before_time, before_id))
    async with db.reading() as reading:
        rows = (await reading.execute(statement)).all()
    return AuditRows(items=[AuditRow.model_validate({**row._mapping, "service": service}) for row in rows])
