"""Which earlier results a caller may see, and how they are told beside those of campaigns."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, exists, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.access import visible_snapshots
from services.survey.schemas.results import Provenance, ResultOut
from services.survey.tables import Assessment, Community, EditionScores, HistoryImport, ImportedResult
from shared.callers import Caller
from shared.languages import pick

Imported = tuple[ImportedResult, HistoryImport, Community]


def visible_imports(caller: Caller) -> ColumnElement[bool]:
    """Results of public imports for everybody; the others for the community's members and the secretariat."""
    if caller.is_secretariat:
        return literal(True)
    return or_(HistoryImport.is_public, ImportedResult.community_code.in_(caller.communities))


def results_of_imports(
    caller: Caller, *, community: str | None = None, year: int | None = None
) -> Select[ImportedResult, HistoryImport, Community]:
    """Earlier results that the caller may see."""
    statement = (
        select(ImportedResult, HistoryImport, Community)
        .join(HistoryImport, HistoryImport.id == ImportedResult.import_id)
        .join(Community, Community.code == ImportedResult.community_code)
        .where(visible_imports(caller))
    )
    if community is not None:
        statement = statement.where(ImportedResult.community_code == community)
    if year is not None:
        statement = statement.where(ImportedResult.year == year)
    return statement


async def imported_results(
    db: AsyncSession, community: str, caller: Caller, *, year: int | None = None
) -> Sequence[Imported]:
    """A community's earlier results that the caller may see, the newest first."""
    statement = results_of_imports(caller, community=community, year=year).order_by(ImportedResult.year.desc())
    return [(result, file, place) for result, file, place in await db.execute(statement)]


def without_a_campaigns(caller: Caller) -> ColumnElement[bool]:
    """Of a year and community, no campaign's result that the caller may see: that one would be shown instead."""
    return ~exists().where(
        EditionScores.year == ImportedResult.year,
        EditionScores.community_code == ImportedResult.community_code,
        Assessment.year == EditionScores.year,
        Assessment.community_code == EditionScores.community_code,
        visible_snapshots(caller, EditionScores.revision),
    )


@dataclass(frozen=True, slots=True)
class ImportedYear:
    """How many communities have a result of this year from a file alone, and the newest version among them."""

    year: int
    communities: int
    model_version: str
    demo: bool


async def imported_years(db: AsyncSession, caller: Caller) -> list[ImportedYear]:
    """The years of which files tell this caller what no campaign does."""
    rows = await db.execute(
        select(
            ImportedResult.year, func.count(), func.max(HistoryImport.model_version),
            func.bool_or(ImportedResult.demo),
        )
        .join(HistoryImport, HistoryImport.id == ImportedResult.import_id)
        .where(visible_imports(caller), without_a_campaigns(caller))
        .group_by(ImportedResult.year)
    )  # fmt: skip
    return [ImportedYear(*row) for row in rows]


def result_of_import(row: ImportedResult, file: HistoryImport, community: Community, language: str) -> ResultOut:
    """An earlier result, marked with where it comes from."""
    return ResultOut.model_validate(
        row.result
        | {
            "community": community.code, "name": pick(community.names, language), "country": community.country,
            "kind": community.kind, "phase": community.phase, "size_class": community.size_class, "year": row.year,
            "state": "published" if file.is_public else "accepted", "revision": None,
            "computed_at": file.imported_at, "demo": row.demo, "imported": provenance_of(file),
        }
    )  # fmt: skip


def provenance_of(file: HistoryImport) -> Provenance:
    """Where an import's figures come from; who brought it in is for the secretariat's list only."""
    return Provenance(
        import_id=str(file.id), source=file.source, note=file.note, file_name=file.file_name,
        file_sha256=file.file_sha256, imported_at=file.imported_at,
    )  # fmt: skip
