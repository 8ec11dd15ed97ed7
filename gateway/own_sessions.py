"""`/api/v1/identity/sessions`: where somebody is signed in, and signing out there."""

from uuid import UUID

from fastapi import Request
from sqlalchemy import delete, func, select
from starlette.responses import Response

from gateway.accounts import Someone, VisitorsOf
from gateway.schemas import SessionOut
from gateway.tables import Session
from gateway.visitors import tell_changed
from shared.answers import answer, nothing
from shared.dependencies import Db
from shared.fields import Counted
from shared.paging import Part, count_of
from shared.problems import NotFound, documented
from shared.routing import house_router

router = house_router("/api/v1/identity", tags=["identity"])


@router.get("/sessions", response_model=Counted[SessionOut], responses=documented(401, 403, 422))
async def list_sessions(request: Request, caller: Someone, db: Db, part: Part) -> Response:
    """The caller's own sessions, the newest first; `current` is the one that asks."""
    statement = select(Session).where(Session.user_id == UUID(caller.id), Session.expires_at > func.now())
    async with db.reading() as reading:
        total = await count_of(reading, statement)
        rows = (await reading.scalars(part.apply(statement, [Session.created_at, Session.id], descending=True))).all()
    shown, following = part.cut(rows, lambda row: (row.created_at, row.id))
    items = [
        SessionOut(
            id=row.id, created_at=row.created_at, seen_at=row.seen_at, expires_at=row.expires_at,
            address=str(row.address), agent=row.agent, current=bool(caller.csrf) and row.csrf_token == caller.csrf,
        )
        for row in shown
    ]  # fmt: skip
    return answer(request, Counted(items=items, next=following, total=total))


@router.delete("/sessions/{session_id}", status_code=204, responses=documented(401, 403, 404))
async def end_own_session(session_id: UUID, caller: Someone, db: Db, visitors: VisitorsOf) -> Response:
    """Sign out somewhere; at once."""
    async with db.transaction(by=caller, to="end a session", about=caller.username) as tx:
        ended = await tx.execute(
            delete(Session).where(Session.id == session_id, Session.user_id == UUID(caller.id)).returning(Session.id)
        )
        if ended.first() is None:
            raise NotFound("This session")
        await tell_changed(tx, caller.id)
    visitors.forget(caller.id)
    return nothing()
