"""What people do with files of events; one transaction each."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Request
from sqlalchemy import ColumnElement, or_, select, true
from starlette.responses import Response

from services.indicators import access, facts
from services.indicators.events.schemas import EventFileOut
from services.indicators.submissions.locking import actor, name_of
from services.indicators.tables import EventFile
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, Job, ReadSession
from shared.formats import csv_bytes, file_answer
from shared.ids import uuid7
from shared.objects import Kept, Objects
from shared.peers import Peers
from shared.problems import Conflict, Invalid, NotAllowed, NotFound

JOB = "compute events"
ERROR_COLUMNS = ("row", "column", "value", "reason")
ROOT = "/api/v1/indicators"


def visible(caller: Caller) -> ColumnElement[bool]:
    """Files that this caller may know of: one's own, those of the communities one decides for, all of them for the
    secretariat."""
    if caller.is_secretariat:
        return true()
    decides = caller.scopes_of("coordinator", within="community")
    return or_(EventFile.created_by == actor(caller), EventFile.community_code.in_(sorted(decides)))


async def must_be_right(db: Database, peers: Peers, community: str | None, timezone: str | None, *, by: Caller) -> None:
    """Before anything is read: may the caller send these events, and is there such a community and zone.

    Raises NotSignedIn, NotAllowed, Invalid.
    """
    access.must_feed_somewhere(by)
    if community is not None:
        if not await facts.known(db, peers, [community]):
            raise Invalid.at("/community", "is no community of the Network", "unknown")
        if not access.may_feed(by, community):
            raise NotAllowed("Data is recorded by the community's own people.")
    if timezone is not None:
        try:
            ZoneInfo(timezone)
        except (LookupError, ValueError, OSError):
            raise Invalid.at("/timezone", "must be the name of a zone, such as America/Lima", "unknown") from None


async def receive_events(db: Database, kept: Kept, *, by: Caller, **wanted: Any) -> EventFileOut:
    """Note a file whose bytes are safe, and have it computed. `wanted`: kind, file_name, community, timezone, partial,
    append, keep."""
    communities = None if by.is_secretariat else sorted(by.scopes_of(*access.FEEDERS, within="community"))
    async with db.transaction(by=by, to="send events", about=wanted["kind"]) as tx:
        row = EventFile(
            id=uuid7(), kind=wanted["kind"], state="queued", file_name=wanted["file_name"], sha256=kept.sha256,
            size=kept.size, community_code=wanted["community"], communities=communities,
            timezone=wanted["timezone"], partial=wanted["partial"], appends=wanted["append"],
            keeps_file=wanted["keep"], rows=0, accepted=0, rejected=0, progress=0.0, observations=[], waiting=[],
            ignored=[], lacking=[], created_at=datetime.now(UTC), created_by=actor(by), created_by_name=name_of(by),
            demo=by.demo,
        )  # fmt: skip
        tx.add(row)
        tx.about = str(row.id)
        tx.note(kind=row.kind, size=row.size, sha256=row.sha256)
        tx.announce(Job(JOB, {"file": str(row.id)}))
        out = event_file_out(row)
        idempotency.will_answer(out, status=202, headers={"Location": address_of(row.id)})
    return out


async def event_file_of(db: ReadSession, identifier: UUID, caller: Caller) -> EventFile | None:
    """The file of this number, if the caller may know of it."""
    found: EventFile | None = await db.scalar(select(EventFile).where(EventFile.id == identifier, visible(caller)))
    return found


async def event_file_to_see(db: ReadSession, identifier: UUID, caller: Caller) -> EventFile:
    """Raises NotFound."""
    found = await event_file_of(db, identifier, caller)
    if found is None:
        raise NotFound("This file of events")
    return found


async def errors_of(request: Request, objects: Objects, row: EventFile) -> Response:
    """The list of wrong rows as CSV, empty but for its header when there are none. Raises Conflict before it is
    known."""
    if row.state in ("queued", "running"):
        raise Conflict("The file is still being computed.", headers={"Retry-After": "2"})
    kept = row.errors_sha256
    content = await objects.read_whole(kept) if kept is not None else csv_bytes(ERROR_COLUMNS, [])
    return file_answer(request, content, format="csv", name=f"errors-{row.id}")


def address_of(identifier: UUID) -> str:
    return f"{ROOT}/events/{identifier}"


def event_file_out(row: EventFile) -> EventFileOut:
    return EventFileOut.model_validate(
        {
            "id": row.id, "kind": row.kind, "state": row.state, "file_name": row.file_name, "size": row.size,
            "community": row.community_code, "timezone": row.timezone, "partial": row.partial, "append": row.appends,
            "keep": row.keeps_file, "rows": row.rows, "accepted": row.accepted, "rejected": row.rejected,
            "progress": row.progress, "detail": row.detail,
            "errors": f"{address_of(row.id)}/errors.csv" if row.errors_sha256 else None,
            "observations": row.observations, "waiting": row.waiting, "ignored": row.ignored, "lacking": row.lacking,
            "created_at": row.created_at, "created_by": row.created_by_name, "finished_at": row.finished_at,
            "demo": row.demo,
        }
    )  # fmt: skip
