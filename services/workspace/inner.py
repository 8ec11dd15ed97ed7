"""What the gateway and the operator's commands ask of the workspace."""

from datetime import datetime

from fastapi import Request
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from starlette.responses import Response

from services.workspace.access import visible_committees
from services.workspace.clock import Zone
from services.workspace.documents.text_jobs import let_go_of_files, mend_documents
from services.workspace.notifications import seats
from services.workspace.notifications.seats import SeatIn
from services.workspace.tables import (
    Attachment,
    Attendance,
    CalendarToken,
    CharterRevision,
    Comment,
    Committee,
    CommitteeVisit,
    Decision,
    Discussion,
    DiscussionRead,
    Document,
    DocumentVersion,
    Election,
    Event,
    Minutes,
    Nomination,
    Notification,
    PlanItem,
    Poll,
    PollAnswer,
    Post,
    PostRevision,
    RegionalMeeting,
    Registration,
    RegistrationCount,
    Task,
    TaskChange,
    Upload,
    Webhook,
)
from services.workspace.task_forces.ending import has_ended
from shared.answers import nothing
from shared.callers import Service
from shared.database import WriteSession
from shared.dependencies import Db
from shared.problems import Conflict, NotFound, documented
from shared.routing import house_router

router = house_router()


@router.get(
    "/internal/scopes/{name}", status_code=204, responses=documented(401, 403, 404, 409), include_in_schema=False
)  # fmt: skip
async def is_committee(request: Request, name: str, caller: Service, db: Db, zone: Zone) -> Response:
    """204 when a committee has this slug, else 404; 409 for a task force that has ended: nobody joins it any more."""
    async with db.reading() as reading:
        found = await reading.scalar(select(Committee).where(Committee.slug == name, visible_committees(caller)))
    if found is None:
        raise NotFound("This committee")
    if has_ended(found, datetime.now(zone).date()):
        raise Conflict("This task force has ended; the secretariat may give it a later last day.")
    return nothing()


@router.post("/internal/seats", status_code=204, responses=documented(401, 403, 404, 422), include_in_schema=False)
async def tell_of_seat(wanted: SeatIn, caller: Service, db: Db) -> Response:
    """Tell somebody of a seat that they were given in a committee, or that it ended: the gateway asks."""
    if caller.id != "gateway":
        raise NotFound
    await seats.tell_of_seat(db, wanted, by=caller)
    return nothing()


@router.delete("/internal/demo", status_code=204, responses=documented(401, 403), include_in_schema=False)
async def remove_demonstration(caller: Service, db: Db) -> Response:
    """Take away every row that a demonstration caller made, and what hangs on it."""
    async with db.transaction(by=caller, to="remove demonstration data") as tx:
        await let_go_of_files(tx)
        for table in (
            Registration, RegistrationCount, RegionalMeeting, PlanItem, CharterRevision, Notification,
            PostRevision, Post, DiscussionRead, Discussion, Upload, DocumentVersion, Document, Comment,
            Attachment, TaskChange, Task, PollAnswer, Poll, Decision, Minutes, Attendance, CalendarToken, Event,
            Nomination, Election, Webhook,
        ):  # fmt: skip
            await tx.execute(delete(table).where(table.demo))
        await mend_documents(tx)
        await forget_committees(tx)
    return nothing()


async def forget_committees(tx: WriteSession) -> None:
    """Task forces before what they are of; one in which somebody has worked since is a real one now, and stays."""
    rows = (await tx.scalars(select(Committee).where(Committee.demo).order_by(Committee.position.desc()))).all()
    for row in rows:
        try:
            async with tx.begin_nested():
                await tx.execute(delete(CommitteeVisit).where(CommitteeVisit.committee == row.slug))
                await tx.execute(delete(Committee).where(Committee.slug == row.slug))
        except IntegrityError:
            row.demo = False
