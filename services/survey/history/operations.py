"""Bringing in earlier results: looked at first, then applied wholly or not at all; listed, and taken out again."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.facts import communities_by_code, learn_missing
from services.survey.history.results import Key, Reading, odd_points, read_lines, result_of
from services.survey.history.table import Fault, Table, read_table
from services.survey.instrument import Instrument
from services.survey.models.operations import visible as visible_models
from services.survey.schemas.history import (
    HistoryImportIn,
    HistoryImportOut,
    HistoryPreviewOut,
    HistoryTrouble,
    ImportedYear,
)
from services.survey.tables import Community, HistoryImport, ImportedResult, Model, Snapshot
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.languages import pick
from shared.peers import Peers
from shared.problems import FieldError, Invalid, NotFound, pointer
from shared.tags import Expected

LARGEST = 4 * 2**20
MOST_FAULTS = 5000
MOST_POINTERS = 100


async def look_at(
    db: Database, peers: Peers, content: bytes, wanted: HistoryImportIn, language: str, this_year: int, *, by: Caller
) -> HistoryPreviewOut:
    """What a file would bring, with everything that is wrong in it; nothing is stored."""
    table = await asyncio.to_thread(read_table, content)
    await _learn(db, peers, table)
    async with db.reading(snapshot=True) as reading:
        model = await _model(reading, wanted, by)
        found, places = await _read(reading, table, model, this_year)
        faults = [*table.faults, *found.faults, *await _taken(reading, found)]
    return _preview(content, wanted, table, found, faults, model, places, language)


async def bring_in(
    db: Database, peers: Peers, content: bytes, wanted: HistoryImportIn, language: str, this_year: int, *, by: Caller
) -> tuple[HistoryImportOut, int]:
    """Store a file's results. Raises Invalid with the rows and columns of everything that is wrong in it."""
    table = await asyncio.to_thread(read_table, content)
    await _learn(db, peers, table)
    async with db.transaction(by=by, to="import earlier results", about=wanted.source) as tx:
        model = await _model(tx, wanted, by)
        found, _ = await _read(tx, table, model, this_year)
        faults = [*table.faults, *found.faults, *await _taken(tx, found)]
        if faults:
            raise Invalid(
                f"Nothing was imported: {len(faults)} places of the file must be mended first.",
                errors=[_error(fault) for fault in faults[:MOST_POINTERS]],
            )
        if not found.told:
            raise Invalid.at("/file", "has no rows", "empty")
        file = HistoryImport(
            model_version=wanted.model_version, source=wanted.source, note=wanted.note, is_public=wanted.public,
            file_name=wanted.file_name, file_sha256=hashlib.sha256(content).hexdigest(), rows=len(table.lines),
            imported_by=by.id, imported_by_name=by.name or by.username, imported_at=datetime.now(UTC), edition=1,
            demo=by.demo,
        )  # fmt: skip
        tx.add(file)
        await tx.flush()
        for (community, year), told in found.told.items():
            tx.add(
                ImportedResult(
                    year=year, community_code=community, import_id=file.id, result=result_of(told, model),
                    demo=by.demo,
                )
            )  # fmt: skip
        await tx.flush()  # two files with the same year at once: the key lets one of them through
        tx.about = str(file.id)
        tx.note(file_sha256=file.file_sha256, results=len(found.told))
        out = _out(file, list(found.told))
        where = {"Location": f"/api/v1/survey/history/{file.id}"}
        idempotency.will_answer(out, headers=where, version=file.edition)
    return out, file.edition


async def _learn(db: Database, peers: Peers, table: Table) -> None:
    """Hear of communities that the mirror has not met; at most a few, for every code that is none costs a call."""
    codes = sorted({line.cells["community"].lower() for line in table.lines})
    plausible = [code for code in codes if code.isascii() and code.replace("-", "").isalnum()][:200]
    await learn_missing(db, peers, plausible)


async def _model(db: AsyncSession, wanted: HistoryImportIn, by: Caller) -> Instrument:
    row = await db.scalar(select(Model).where(Model.version == wanted.model_version, visible_models(by)))
    if row is None or row.published_at is None:
        raise Invalid.at("/model_version", "must be a published version of the model")
    return Instrument.of(row.version, row.content)


async def _read(
    db: AsyncSession, table: Table, model: Instrument, this_year: int
) -> tuple[Reading, dict[str, Community]]:  # fmt: skip
    places = await communities_by_code(db, {line.cells["community"].lower() for line in table.lines})
    found = await asyncio.to_thread(read_lines, table.lines, model, places, this_year)
    found.warnings += odd_points(found.told, model)
    return found, places


async def _taken(db: AsyncSession, found: Reading) -> list[Fault]:
    """Years that have a result already: a campaign's is never overwritten, another file's is deleted first."""
    faults = []
    keys = list(found.told)
    for table, reason, code in (
        (Snapshot, "has a result of its campaign, which no file replaces", "has_result"),
        (ImportedResult, "has a result of another file; delete that import first", "has_import"),
    ):
        columns = tuple_(table.community_code, table.year)
        rows = await db.execute(select(table.community_code, table.year).where(columns.in_(keys)).distinct())
        for community, year in sorted((row[0], row[1]) for row in rows):
            faults.append(
                Fault(found.told[community, year].first_row, "year", str(year), f"{community} {reason}", code)
            )
    return faults


def _error(fault: Fault) -> FieldError:
    where = f"row {fault.row}" + (f", column {fault.column}" if fault.column else "")
    value = f" ({fault.value})" if fault.value else ""
    steps = ("rows", fault.row, fault.column) if fault.column else ("rows", fault.row)
    return FieldError(pointer(*steps), f"{where}{value}: {fault.reason}", "row")


def _preview(
    content: bytes, wanted: HistoryImportIn, table: Table, found: Reading, faults: Sequence[Fault], model: Instrument,
    places: dict[str, Community], language: str,
) -> HistoryPreviewOut:  # fmt: skip
    points = sum(len(pillar.points) for pillar in model.pillars)
    results = []
    for (community, year), told in sorted(found.told.items()):
        result = result_of(told, model)
        scored = sum(point["score"] is not None for pillar in result["pillars"] for point in pillar["points"])
        results.append(
            ImportedYear(
                community=community, name=pick(places[community].names, language), year=year,
                overall=result["overall"], level=result["level"], points=scored, points_in_all=points,
                measures=len(told.levels), rows=told.rows,
            )
        )  # fmt: skip
    return HistoryPreviewOut(
        stored=False, model_version=wanted.model_version, source=wanted.source, note=wanted.note,
        public=wanted.public, file_name=wanted.file_name, file_sha256=hashlib.sha256(content).hexdigest(),
        encoding=table.encoding, rows=len(table.lines), results=results,
        errors=[_trouble(fault) for fault in faults[:MOST_FAULTS]], error_count=len(faults),
        warnings=[_trouble(fault) for fault in found.warnings[:MOST_FAULTS]],
    )  # fmt: skip


def _trouble(fault: Fault) -> HistoryTrouble:
    return HistoryTrouble(
        row=fault.row, column=fault.column, value=fault.value, reason=fault.reason, code=fault.code
    )  # fmt: skip


def _out(file: HistoryImport, keys: Sequence[Key]) -> HistoryImportOut:
    return HistoryImportOut(
        id=str(file.id), model_version=file.model_version, source=file.source, note=file.note,
        public=file.is_public, file_name=file.file_name, file_sha256=file.file_sha256, rows=file.rows,
        communities=sorted({community for community, _ in keys}), years=sorted({year for _, year in keys}),
        results=len(keys), imported_by=file.imported_by_name, imported_at=file.imported_at, demo=file.demo,
    )  # fmt: skip


def listed(caller: Caller) -> ColumnElement[bool]:
    """Imports as such, with who brought them in, are the secretariat's."""
    return literal(caller.is_secretariat)


async def outs_of(db: AsyncSession, files: Sequence[HistoryImport]) -> list[HistoryImportOut]:
    """Imports with the communities and years that they brought."""
    rows = await db.execute(
        select(ImportedResult.import_id, ImportedResult.community_code, ImportedResult.year).where(
            ImportedResult.import_id.in_([file.id for file in files])
        )
    )
    keys: dict[UUID, list[Key]] = {}
    for file_id, community, year in rows:
        keys.setdefault(file_id, []).append((community, year))
    return [_out(file, keys.get(file.id, [])) for file in files]


async def read_import(db: Database, import_id: UUID, *, by: Caller) -> tuple[HistoryImportOut, int]:
    """Raises NotFound."""
    async with db.reading() as reading:
        file = await reading.scalar(select(HistoryImport).where(HistoryImport.id == import_id, listed(by)))
        if file is None:
            raise NotFound("This import")
        return (await outs_of(reading, [file]))[0], file.edition


async def _file_to_change(tx: WriteSession, import_id: UUID, expected: Expected, by: Caller) -> HistoryImport:
    """The row, locked. Raises NotFound, StaleVersion."""
    file: HistoryImport | None = await tx.scalar(
        select(HistoryImport).where(HistoryImport.id == import_id, listed(by)).with_for_update()
    )
    if file is None:
        raise NotFound("This import")
    expected.must_match(file.edition)
    return file


async def remove_import(db: Database, import_id: UUID, expected: Expected, *, by: Caller) -> None:
    """Take a file's results out again, all of them. Raises NotFound, StaleVersion."""
    async with db.transaction(by=by, to="delete an import of earlier results", about=import_id) as tx:
        file = await _file_to_change(tx, import_id, expected, by)
        tx.note(source=file.source, file_sha256=file.file_sha256)
        await tx.delete(file)


async def change_import(
    db: Database, import_id: UUID, public: bool | None, expected: Expected, *, by: Caller
) -> tuple[HistoryImportOut, int]:
    """Open an import to the public, or close it. Raises NotFound, StaleVersion."""
    async with db.transaction(by=by, to="change an import of earlier results", about=import_id) as tx:
        file = await _file_to_change(tx, import_id, expected, by)
        if public is not None and public != file.is_public:
            file.is_public, file.edition = public, file.edition + 1
        await tx.flush()
        out = (await outs_of(tx, [file]))[0]
    return out, file.edition
