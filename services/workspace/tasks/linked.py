"""What other services may know of a task that was made for them: what it is called, how it stands, when it was done."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy import func, select
from starlette.responses import Response

from services.workspace.schemas import StandingOut, StandingsOut
from services.workspace.tables import Task, TaskChange
from shared.answers import answer
from shared.callers import Service
from shared.dependencies import Db
from shared.problems import Invalid, documented
from shared.routing import house_router

router = house_router()


@router.get(
    "/internal/tasks", response_model=StandingsOut, responses=documented(401, 403, 422), include_in_schema=False
)  # fmt: skip
async def read_standings(
    request: Request, caller: Service, db: Db, ids: Annotated[str, Query(max_length=20_000)]
) -> Response:
    """How these tasks stand (ids with commas between them); those that are no more are left out."""
    wanted = [_id(text) for text in ids.split(",") if text][:500]
    moved = TaskChange.changes.contains([{"field": "state", "to": "done"}])
    async with db.reading() as reading:
        rows = (await reading.scalars(select(Task).where(Task.id.in_(wanted)))).all()
        done = dict(
            (
                await reading.execute(
                    select(TaskChange.task_id, func.max(TaskChange.at))
                    .where(TaskChange.task_id.in_(wanted), moved)
                    .group_by(TaskChange.task_id)
                )
            ).all()
        )
    return answer(
        request,
        StandingsOut(
            items=[
                StandingOut(
                    id=row.id, committee=row.committee, title=row.title, state=row.state, due_on=row.due_on,
                    done_at=done.get(row.id) if row.state == "done" else None,
                )
                for row in rows
            ]
        ),
    )  # fmt: skip


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid.at("/ids", "must be ids with commas between them") from None
