"""Reading and applying a file, off the request's path: checked in a process of its own, applied in one transaction."""

import asyncio
import shutil
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from fastapi import FastAPI
from sqlalchemy import func, select, update

from services.indicators import catalogue, facts
from services.indicators.imports import applying
from services.indicators.imports.checking import Order, check_file
from services.indicators.imports.findings import Findings
from services.indicators.imports.operations import APPLY
from services.indicators.imports.phrases import said_in
from services.indicators.observations.checks import definition_of
from services.indicators.observations.warnings import MOST_WARNINGS, Warned
from services.indicators.tables import Import
from shared.apart import TooMuch, run_apart
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.jobs import Handler
from shared.objects import Damaged, Objects
from shared.peers import Peers

log = structlog.get_logger(__name__)
MEMORY = 224 * 2**20
SECONDS = 1_800
LOOKS_EVERY = 0.5  # seconds
OPEN = ("queued", "running")
CHECKED = 0.6
"""Of the whole work, the part that is done when the file has been checked."""
WARNING_COLUMNS = ("row", "indicator", "community", "period", "kind", "message")
TOO_MUCH = "the file needs more memory or time than an import may have: send it as CSV, in smaller parts"
LOST = "the file is no longer in the store: send it again"
DEMO = "there is real data of these communities and periods; the demonstration leaves it alone"


def handlers(app: FastAPI) -> Mapping[str, Handler]:
    async def apply(payload: Mapping[str, Any]) -> None:
        await apply_import(app, UUID(payload["id"]), payload.get("language", "es"))

    return {APPLY: apply}


async def apply_import(app: FastAPI, identifier: UUID, language: str) -> None:
    """Read the file of an import and apply it. Does nothing when that is done; begins anew when it was interrupted."""
    db: Database = app.state.database
    async with db.reading() as reading:
        row: Import | None = await reading.get(Import, identifier)
    if row is None or row.state not in OPEN:
        return
    folder: Path = app.state.settings.data_dir.absolute() / "imports" / str(identifier)
    await asyncio.to_thread(_make_anew, folder)
    try:
        await _note(db, identifier, state="running", progress=0.0)
        order = Order(folder / "source", folder, *await _known(db, app.state.peers, row), language)
        findings = await _checked(db, app.state.objects, row, order)
        errors = await _keep_file(app.state.objects, order.errors)
        if findings.detail is not None or (findings.troubles and not row.partial):
            await _refuse(db, row, findings, errors, language)
        else:
            await _apply(db, row, findings, errors, order)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _make_anew(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)


async def _known(db: Database, peers: Peers, row: Import) -> tuple[Any, dict[str, bool]]:
    async with db.reading() as reading:
        definitions = {code: definition_of(one) for code, one in (await catalogue.indicators(reading)).items()}
    mine = None if row.communities is None else set(row.communities)
    communities = {code: mine is None or code in mine for code in await facts.every(db, peers)}
    return definitions, communities


async def _checked(db: Database, objects: Objects, row: Import, order: Order) -> Findings:
    """What the child found; that it needs too much, or that the file is gone, is a finding too."""
    try:
        await _fetch(objects, row.sha256, order.source)
        work = asyncio.create_task(run_apart(partial(check_file, order), memory=MEMORY, seconds=SECONDS))
        try:
            while not (await asyncio.wait([work], timeout=LOOKS_EVERY))[0]:
                await _tell_progress(db, row.id, order.progress)
            return await work
        finally:
            work.cancel()
    except (FileNotFoundError, Damaged):
        return Findings(detail=LOST)
    except TooMuch:
        log.warning("an import needs too much", id=str(row.id))
        return Findings(detail=TOO_MUCH)


async def _fetch(objects: Objects, sha256: str, into: Path) -> None:
    with into.open("wb") as file:
        async for part in objects.read(sha256):
            await asyncio.to_thread(file.write, part)


async def _tell_progress(db: Database, identifier: UUID, file: Path) -> None:
    with suppress(OSError, ValueError):
        rows, done = file.read_text("ascii").split()
        await _note(db, identifier, rows=int(rows), progress=round(float(done) * CHECKED, 3))


async def _note(db: Database, identifier: UUID, **values: Any) -> None:
    """How far it has come; no step that anybody is asked about later, so it leaves no trail."""
    async with db.engine.begin() as connection:
        await connection.execute(update(Import).where(Import.id == identifier, Import.state.in_(OPEN)).values(**values))


async def _keep_file(objects: Objects, file: Path) -> str | None:
    if not file.exists():
        return None
    return (await objects.keep_bytes(await asyncio.to_thread(file.read_bytes))).sha256


async def _refuse(
    db: Database, row: Import, findings: Findings, errors: str | None, language: str
) -> None:  # fmt: skip
    detail = findings.detail or "Some rows are wrong, so nothing was applied; the file of errors names them."
    async with db.transaction(by=sender_of(row), to="refuse a file of observations", about=row.id) as tx:
        await _finish(
            tx, row, findings, "failed", accepted=0, detail=said_in(language, detail), errors_sha256=errors,
            added=0, revised=0, unchanged=0, warnings=0, warned=[], places=[], samples=[],
        )  # fmt: skip


async def _apply(db: Database, row: Import, findings: Findings, errors: str | None, order: Order) -> None:
    by = sender_of(row)
    await _note(db, row.id, rows=findings.rows, rejected=findings.wrong_rows, progress=CHECKED)
    told = "look at a file of observations" if row.preview else "import observations"
    try:
        async with db.transaction(by=by, to=told, about=row.id) as tx:
            await _wait_for_turn(tx, row.id)
            if await tx.scalar(select(Import.state).where(Import.id == row.id)) not in OPEN:
                return
            await applying.stage(tx, order.staged, lock=not row.preview, demo=by.demo)
            applied = await applying.look(tx, demo=by.demo)
            if not row.preview:
                await applying.store(tx, datetime.now(UTC), by)
            tx.note(rows=applied.accepted, added=applied.added, revised=applied.revised)
            await _finish(
                tx, row, findings, "done", accepted=applied.accepted, added=applied.added, revised=applied.revised,
                unchanged=applied.unchanged, warnings=len(applied.warnings), detail=None,
                warned=_lines(applied.warnings, order.language), errors_sha256=errors, places=applied.places,
                samples=applied.samples,
            )  # fmt: skip
    except applying.MixesWithRealData:
        findings.detail = DEMO
        await _refuse(db, row, findings, errors, order.language)


async def _wait_for_turn(tx: WriteSession, identifier: UUID) -> None:
    """The same job twice at once: the second waits, and then finds that nothing is left to do."""
    await tx.execute(select(func.pg_advisory_xact_lock(identifier.int % 2**63)))


async def _finish(tx: WriteSession, row: Import, findings: Findings, state: str, **values: Any) -> None:
    await tx.execute(
        update(Import)
        .where(Import.id == row.id, Import.state.in_(OPEN))
        .values(
            state=state, rows=findings.rows, rejected=findings.wrong_rows, skipped=findings.skipped,
            errors=findings.troubles, read_as=findings.read_as, progress=1.0, finished_at=datetime.now(UTC), **values,
        )
    )  # fmt: skip


def _lines(warnings: list[Warned], language: str) -> list[list[Any]]:
    return [
        [one.row, one.indicator, one.community, one.period, one.kind, said_in(language, one.message)]
        for one in warnings[:MOST_WARNINGS]
    ]


def sender_of(row: Import) -> Caller:
    """Whoever sent the file, as far as what is recorded names them."""
    kind, _, identifier = row.created_by.partition(":")
    return Caller(kind=kind, id=identifier, name=row.created_by_name, demo=row.demo)  # type: ignore[arg-type]  # one of the kinds: it was written from a caller
