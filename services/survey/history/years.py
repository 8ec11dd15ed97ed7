"""A community's results one year after the other, campaigns' and files', with what changed in between."""

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.bridge import Change, Split, change_between, path_of_links
from services.survey.history.visible import imported_results, provenance_of, result_of_import
from services.survey.instrument import Instrument
from services.survey.models.crosswalk_rows import published_crosswalks
from services.survey.results.files import Table, table_of_results
from services.survey.schemas.results import CarriedOver, ChangeOut, EditionOut, ResultOut, SplitOut, YearResult
from services.survey.tables import Model
from shared.callers import PUBLIC, Caller

OF_A_YEAR = (
    "imported_from", "imported_note", "imported_file_sha256", "change_total", "change_method", "change_real",
    "change_rescored", "change_carried_over",
)  # fmt: skip


async def with_files(
    db: AsyncSession, community: str, found: Sequence[ResultOut], language: str, *, by: Caller
) -> list[ResultOut]:  # fmt: skip
    """Campaigns' results and those of files together, the oldest first; of a year that has both, the campaign's."""
    years = {result.year for result in found}
    rows = await imported_results(db, community, by)
    earlier = [result_of_import(*row, language) for row in rows if row[0].year not in years]
    return sorted([*found, *earlier], key=lambda result: result.year)


async def imported_result(
    db: AsyncSession, community: str, year: int | None, newer_than: int | None, language: str, *, by: Caller
) -> ResultOut | None:
    """A file's result of a year, or the newest if it is newer than the campaigns' newest; None without one."""
    rows = await imported_results(db, community, by, year=year)
    if not rows or (newer_than is not None and rows[0][0].year <= newer_than):
        return None
    return result_of_import(*rows[0], language)


async def with_changes(db: AsyncSession, results: Sequence[ResultOut]) -> list[YearResult]:
    """Each year with its change since the one before, split into a real one and one of method."""
    versions = {result.model_version for result in results}
    rows = (await db.scalars(select(Model).where(Model.version.in_(versions)))).all()
    models = {row.version: Instrument.of(row.version, row.content) for row in rows}
    kinds = {row.version: row.kind for row in rows}
    crosswalks = await published_crosswalks(db) if len(versions) > 1 else {}
    changes: list[ChangeOut | None] = [None]
    same: list[bool | None] = [None]
    for before, now in pairwise(results):
        was, is_now = before.model_version, now.model_version
        change = change_between(
            before.model_dump(), now.model_dump(), models[was], models[is_now], path_of_links(was, is_now, crosswalks),
            is_same_kind=kinds[was] == kinds[is_now],
        )  # fmt: skip
        changes.append(_told(change, before))
        same.append((before.model_version, before.rule_version) == (now.model_version, now.rule_version))
    return [
        YearResult(**dict(result), same_method=method, change=change)
        for result, method, change in zip(results, same, changes, strict=True)
    ]


def _told(change: Change, before: ResultOut) -> ChangeOut:
    return ChangeOut(
        **_split(None, change.overall), from_year=before.year, from_version=before.model_version,
        through=change.through,
        carried_over=CarriedOver(measures=change.carried, of=change.measures, weight=change.weight),
        pillars=[SplitOut(**_split(code, split)) for code, split in change.pillars.items()],
        points=[SplitOut(**_split(code, split)) for code, split in change.points.items()],
    )  # fmt: skip


def _split(code: str | None, split: Split) -> dict[str, Any]:
    return {
        "code": code, "earlier": split.earlier, "rescored": split.rescored, "later": split.later,
        "total": split.total, "method": split.method, "real": split.real,
    }  # fmt: skip


async def imported_editions(
    db: AsyncSession, community: str, year: int | None, published: Collection[int]
) -> list[EditionOut]:  # fmt: skip
    """What public files tell of a community: what a year shows unless it is among those that a campaign published."""
    return [
        EditionOut(
            year=row.year, revision=0, computed_at=file.imported_at, overall=row.result["overall"],
            answers_hash=row.result["answers_hash"], current=row.year not in published, demo=row.demo,
            imported=provenance_of(file),
        )
        for row, file, _ in await imported_results(db, community, PUBLIC, year=year)
    ]  # fmt: skip


def table_of_history(results: Sequence[YearResult]) -> Table:
    """One row a year, with where an imported one comes from and what changed since the year before."""
    header, rows = table_of_results(results)
    none = [None] * 8
    told = [[*row, *_facts(result), *none][: len(header) + 8] for row, result in zip(rows, results, strict=True)]
    return (*header, *OF_A_YEAR), told


def _facts(result: YearResult) -> list[Any]:
    source, change = result.imported, result.change
    facts: list[Any] = [source.source, source.note, source.file_sha256] if source else [None, None, None]
    if change is not None:
        facts += [change.total, change.method, change.real, change.rescored, change.carried_over.weight]
    return facts


def table_of_imports(results: Sequence[ResultOut]) -> Table:
    """One row a community and year, each with where it comes from."""
    header, rows = table_of_results(results)
    sources = [[one.source, one.note, one.file_sha256] for result in results if (one := result.imported)]
    return (*header, *OF_A_YEAR[:3]), [[*row, *source] for row, source in zip(rows, sources, strict=True)]


def table_of_imported(result: ResultOut) -> Table:
    """One row an element of an imported result: what the file told, and what followed from it."""
    source = result.imported
    facts = [result.model_version, source.source if source else None, source.file_sha256 if source else None]
    header = (
        "community", "name", "year", "element", "code", "score", "level", "value", "coverage", "model_version",
        "imported_from", "imported_file_sha256", "demo",
    )  # fmt: skip
    rows: list[list[Any]] = [["overall", "overall", result.overall, result.level, None, None]]
    for pillar in result.pillars:
        rows.append(["pillar", pillar.code, pillar.score, pillar.level, None, None])
        for point in pillar.points:
            rows.append(["point", point.code, point.score, point.level, None, point.coverage])
            rows += [["measure", m.code, m.score, None, m.value, None] for m in point.measures]
    return header, [
        [result.community, result.name, result.year, *row, *facts, result.demo] for row in rows
    ]  # fmt: skip
