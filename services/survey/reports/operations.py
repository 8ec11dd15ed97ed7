"""What people do with reports: ask for one, look how far it is, take its file."""

import asyncio
import hashlib
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert

from services.survey.reports.access import visible_reports
from services.survey.reports.gathering import Subject, gather_community, gather_network
from services.survey.reports.rendering import RENDERING
from services.survey.schemas.reports import ReportOut
from services.survey.tables import Report
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, Job
from shared.ids import uuid7
from shared.objects import Objects
from shared.problems import NotFound

JOB = "render a report"
GIVEN_UP_AFTER = timedelta(minutes=5)
"""A report that has not moved for so long is asked for again: its process is gone, and the queue was slow to notice."""
TRIED_AGAIN_AFTER = timedelta(seconds=10)
PAUSE = (0.1, 0.15, 0.25, 0.5)  # seconds between looks, the last one again and again


async def gather(
    db: Database, community: str | None, year: int, revision: int | None, language: str, zone: ZoneInfo, origin: str,
    *, by: Caller,
) -> Subject:  # fmt: skip
    """What the report of a community, or of the Network (None), would say now. Raises NotFound."""
    if community is None:
        return await gather_network(db, year, language, zone, origin, by=by)
    return await gather_community(db, community, year, revision, language, zone, origin, by=by)


async def ask_for_report(
    db: Database, objects: Objects, subject: Subject, language: str, *, by: Caller, at_once: bool = True
) -> ReportOut:
    """The report of exactly this content: the one that there is, or a new one whose job begins.

    One that failed, or was left behind, is tried again: `at_once`, or not sooner than after some seconds.
    """
    content = json.dumps([RENDERING, subject.moment.isoformat(), subject.content], ensure_ascii=False).encode()
    edition = hashlib.sha256(content).hexdigest()
    async with db.reading() as reading:
        row = await reading.scalar(_same(subject, edition, language))
    has_key = idempotency.current() is not None
    if row is not None and not has_key and not _is_to_be_tried(row, at_once):
        return report_out(row)
    await objects.keep_bytes(content)
    about = f"{subject.year}/{subject.community or 'network'}"
    async with db.transaction(by=by, to="ask for a report", about=about) as tx:
        added = await tx.execute(
            insert(Report)
            .values(
                id=uuid7(), kind=subject.kind, year=subject.year, community_code=subject.community,
                revision=subject.revision, edition=edition, language=language, demo=subject.demo or by.demo,
            )
            .on_conflict_do_nothing()
            .returning(Report.id)
        )  # fmt: skip
        is_new = added.first() is not None
        row = (await tx.execute(_same(subject, edition, language).with_for_update())).scalar_one()
        if is_new or _is_to_be_tried(row, at_once):
            row.state, row.progress, row.problem, row.changed_at = "queued", 0, None, datetime.now(UTC)
            tx.announce(Job(JOB, {"report": str(row.id)}))
        out = report_out(row)
        idempotency.will_answer(out, status=202, headers={"Location": address_of(out.id)})
    return out


async def ask_anew(
    db: Database, objects: Objects, subject: Subject, lost: ReportOut, *, by: Caller
) -> ReportOut:  # fmt: skip
    """Have a report made again whose file is no longer in the store, as after a restore without it."""
    async with db.transaction(by=by, to="miss the file of a report", about=lost.id) as tx:
        row = await tx.scalar(select(Report).where(Report.id == lost.id).with_for_update())
        if row is not None and row.sha256 == lost.sha256:
            row.state, row.sha256, row.size, row.pages = "failed", None, None, None
    return await ask_for_report(db, objects, subject, lost.language, by=by)


def _same(subject: Subject, edition: str, language: str) -> Select[Report]:
    return select(Report).where(
        Report.kind == subject.kind, Report.year == subject.year,
        Report.community_code.is_not_distinct_from(subject.community), Report.edition == edition,
        Report.language == language,
    )  # fmt: skip


def _is_to_be_tried(row: Report, at_once: bool) -> bool:
    age = datetime.now(UTC) - row.changed_at
    if row.state == "failed":
        return at_once or age > TRIED_AGAIN_AFTER
    return row.state != "done" and age > GIVEN_UP_AFTER


async def read_report(db: Database, report: UUID, *, by: Caller) -> ReportOut:
    """How far it is. Raises NotFound for what this caller may not see."""
    async with db.reading() as reading:
        row = await reading.scalar(select(Report).where(Report.id == report, visible_reports(by)))
    if row is None:
        raise NotFound("This report")
    return report_out(row)


async def wait_for(db: Database, report: ReportOut, seconds: float, *, by: Caller) -> ReportOut:
    """The report once it is done or failed, or as it is when the time is over."""
    ends = asyncio.get_running_loop().time() + seconds
    turn = 0
    while report.state in ("queued", "running") and asyncio.get_running_loop().time() < ends:
        await asyncio.sleep(PAUSE[min(turn, len(PAUSE) - 1)])
        turn += 1
        report = await read_report(db, report.id, by=by)
    return report


def address_of(report: UUID) -> str:
    return f"/api/v1/survey/reports/{report}"


def report_out(row: Report) -> ReportOut:
    whose = row.community_code or "network"
    edition = f"&revision={row.revision}" if row.revision is not None else ""
    return ReportOut(
        id=row.id, kind="network" if row.community_code is None else "community", community=row.community_code,
        year=row.year, revision=row.revision, language=row.language, edition=row.edition,
        state=row.state,
        progress=row.progress, problem=row.problem, sha256=row.sha256, size=row.size, pages=row.pages,
        file=f"/api/v1/survey/reports/{whose}/{row.year}.pdf?lang={row.language}{edition}",
        created_at=row.created_at, changed_at=row.changed_at, demo=row.demo,
    )  # fmt: skip
