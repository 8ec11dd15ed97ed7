"""Reports made off the request path: one job a report, in a process of its own."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select

from services.survey.reports.operations import JOB
from services.survey.reports.rendering import Rendered, render_report
from services.survey.tables import Report
from shared.apart import run_apart
from shared.callers import Caller
from shared.database import Database
from shared.jobs import Handler
from shared.objects import Objects
from shared.problems import Problem

log = structlog.get_logger(__name__)
PLATFORM = Caller(kind="service", id="survey", name="survey")
MEMORY = 2 * 2**30
SECONDS = 60


def report_jobs(app: Any) -> dict[str, Handler]:
    """The handlers by the job's name. A job may come twice: the second time there is nothing to do."""

    async def render(payload: Mapping[str, Any]) -> None:
        await make_report(app.state.database, app.state.objects, UUID(payload["report"]))

    return {JOB: render}


async def make_report(db: Database, objects: Objects, report: UUID) -> None:
    """Draw the file of a report that was asked for, or note why it cannot be."""
    async with db.reading() as reading:
        row = await reading.get(Report, report)
    if row is None or row.state == "done":
        return
    await _note(db, report, state="running", progress=10)
    try:
        _, moment, content = json.loads(await objects.read_whole(row.edition))
        await _note(db, report, state="running", progress=30)
        work: partial[Rendered] = partial(render_report, content, int(datetime.fromisoformat(moment).timestamp()))
        made = await run_apart(work, memory=MEMORY, seconds=SECONDS)
        await _note(db, report, state="running", progress=90)
        kept = await objects.keep_bytes(made.content)
    except Exception as error:  # whatever it was, the reader is told; asked for again, it is tried again
        log.warning("report failed", report=str(report), error=str(error)[:500])
        said = error.detail if isinstance(error, Problem) else "The file could not be drawn."
        await _note(db, report, state="failed", progress=0, problem=said)
        return
    await _note(
        db, report, state="done", progress=100, problem=None, sha256=kept.sha256, size=kept.size, pages=made.pages
    )  # fmt: skip


async def _note(db: Database, report: UUID, **changes: Any) -> None:
    async with db.transaction(by=PLATFORM, to=f"have a report {changes['state']}", about=report) as tx:
        row = await tx.scalar(select(Report).where(Report.id == report).with_for_update())
        if row is not None and row.state != "done":
            for name, value in changes.items():
                setattr(row, name, value)
            row.changed_at = datetime.now(UTC)
