"""Files of events computed off the request path: in a process of its own, with limits, one job a file."""

import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select, update

from services.indicators import facts
from services.indicators.events.computing import Outcome, Question, seconds_now
from services.indicators.events.files import compute_file
from services.indicators.events.operations import ERROR_COLUMNS, JOB
from services.indicators.events.recording import record_counts
from services.indicators.events.zones import zone_of
from services.indicators.kept_files import forget_unless_named
from services.indicators.tables import Community, EventFile
from shared.apart import TooMuch, run_apart
from shared.callers import Caller, Grant
from shared.database import Database
from shared.formats import csv_bytes
from shared.jobs import Handler
from shared.objects import Objects
from shared.peers import Peers
from shared.problems import Problem

log = structlog.get_logger(__name__)
MEMORY = 2**30
"""Bytes that the engine may use before it writes to disk; the process may have four times as many addresses."""
SECONDS = 1800


def event_jobs(app: Any) -> dict[str, Handler]:
    """The handlers by the job's name. A job may come twice: what was counted is not counted again."""

    async def compute(payload: Mapping[str, Any]) -> None:
        state = app.state
        await compute_events(state.database, state.peers, state.objects, UUID(payload["file"]))

    return {JOB: compute}


async def compute_events(db: Database, peers: Peers, objects: Objects, identifier: UUID) -> None:
    """Make observations of a file of events, or note why not."""
    async with db.reading() as reading:
        row = await reading.get(EventFile, identifier)
    if row is None or row.state in ("done", "failed"):
        return
    await _note(db, identifier, state="running", progress=0.05)
    try:
        outcome = await _outcome(db, objects, row)
        await _note(db, identifier, rows=outcome.rows, rejected=outcome.rejected, progress=0.8)
        values = await _applied(db, peers, row, outcome)
    except TooMuch:
        values = {"state": "failed", "detail": "The file took more memory or time than it may; send it in parts."}
        outcome = Outcome()
    except FileNotFoundError:
        values, outcome = {"state": "failed", "detail": "The file is no longer there; send it again."}, Outcome()
    if outcome.errors:
        kept = await objects.keep_bytes(csv_bytes(ERROR_COLUMNS, outcome.errors))
        values["errors_sha256"] = kept.sha256
    await _note(
        db, identifier, rows=outcome.rows, rejected=outcome.rejected, ignored=outcome.ignored, lacking=outcome.lacking,
        progress=1.0, finished_at=datetime.now(UTC), **values,
    )  # fmt: skip
    await forget_unless_named(db, objects, row.sha256)


async def _outcome(db: Database, objects: Objects, row: EventFile) -> Outcome:
    async with db.reading() as reading:
        communities = (await reading.scalars(select(Community).where(Community.active))).all()
    zones = {one.code: row.timezone or zone_of(one.code, one.country) for one in communities}
    allowed = [code for code in zones if row.communities is None or code in row.communities]
    question = Question(row.kind, row.community_code, allowed, zones, row.partial, seconds_now())
    with tempfile.TemporaryDirectory(prefix="portsnet-events-") as folder:
        path = Path(folder) / "events"
        with path.open("wb") as file:
            async for part in objects.read(row.sha256):
                file.write(part)
        work: partial[Outcome] = partial(compute_file, str(path), question, MEMORY)
        return await run_apart(work, memory=4 * MEMORY, seconds=SECONDS)


async def _applied(db: Database, peers: Peers, row: EventFile, outcome: Outcome) -> dict[str, Any]:
    """What to note of a file after its counts were kept and its observations recorded."""
    if outcome.problem is not None:
        return {"state": "failed", "detail": outcome.problem}
    if outcome.rejected and not row.partial:
        said = f"{outcome.rejected} of {outcome.rows} rows are wrong; nothing was taken."
        return {"state": "failed", "detail": said}
    if not outcome.counts:
        return {"state": "failed", "detail": "The file has no event that gives an indicator."}
    try:
        recorded, waiting = await record_counts(db, peers, row, outcome.counts, by=_sender(row))
    except Problem as problem:
        for error in problem.errors:
            outcome.errors.append((None, error.pointer.strip("/"), "", error.message))
        return {"state": "failed", "detail": problem.detail if not problem.errors else problem.errors[0].message}
    return {"state": "done", "accepted": outcome.accepted, "observations": recorded, "waiting": waiting}


def _sender(row: EventFile) -> Caller:
    """Whoever sent the file, with the rights that they had when they did."""
    kind, _, identifier = row.created_by.partition(":")
    grants = (
        [Grant("secretariat", "network")] if row.communities is None
        else [Grant("data_provider", f"community:{code}") for code in row.communities]
    )  # fmt: skip
    return Caller(kind=kind, id=identifier, name=row.created_by_name, grants=tuple(grants), demo=row.demo)  # type: ignore[arg-type]  # a word of CallerKind was stored


async def _note(db: Database, identifier: UUID, **values: Any) -> None:
    async with db.transaction(by=facts.PLATFORM, to="compute events", about=identifier) as tx:
        await tx.execute(update(EventFile).where(EventFile.id == identifier).values(**values))
        tx.note(**{name: values[name] for name in ("state", "rows", "accepted", "rejected") if name in values})
