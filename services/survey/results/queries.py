"""Reads of results: which snapshot a caller may see of which assessment."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.access import visible_snapshots
from services.survey.tables import Assessment, Community, EditionScores, Snapshot
from shared.callers import Caller

Found = tuple[Snapshot, Assessment, Community]


def own_assessment(table: type[Snapshot] | type[EditionScores]) -> ColumnElement[bool]:
    """By which a snapshot, or the narrow row of one, is joined with its assessment."""
    return and_(Assessment.year == table.year, Assessment.community_code == table.community_code)


def results(
    caller: Caller,
    *,
    year: int | None = None,
    community: str | None = None,
    country: str | None = None,
    phase: str | None = None,
) -> Select[Snapshot, Assessment, Community]:
    """One snapshot for each assessment whose result the caller may see."""
    statement = (
        select(Snapshot, Assessment, Community)
        .join(Assessment, own_assessment(Snapshot))
        .join(Community, Community.code == Snapshot.community_code)
        .where(visible_snapshots(caller))
    )
    for column, value in (
        (Snapshot.year, year), (Snapshot.community_code, community), (Community.country, country),
        (Community.phase, phase),
    ):  # fmt: skip
        if value is not None:
            statement = statement.where(column == value)
    return statement


async def all_of(db: AsyncSession, statement: Select[Snapshot, Assessment, Community]) -> Sequence[Found]:
    """The whole selection, newest year first."""
    rows = await db.execute(statement.order_by(Snapshot.year.desc(), Snapshot.community_code.desc()))
    return [(snapshot, assessment, community) for snapshot, assessment, community in rows]


async def published_snapshot(db: AsyncSession, year: int, community: str, revision: int) -> Found | None:
    """A snapshot that was published, also when a later one has replaced it."""
    row = (
        await db.execute(
            select(Snapshot, Assessment, Community)
            .join(Assessment, own_assessment(Snapshot))
            .join(Community, Community.code == Snapshot.community_code)
            .where(
                Snapshot.year == year, Snapshot.community_code == community, Snapshot.revision == revision,
                Snapshot.occasion == "published",
            )
        )
    ).one_or_none()  # fmt: skip
    return (row[0], row[1], row[2]) if row is not None else None


async def editions(db: AsyncSession, community: str, year: int | None) -> Sequence[tuple[Snapshot, int | None]]:
    """Every published snapshot, newest first, with the revision that its year shows now."""
    statement = (
        select(Snapshot, Assessment.published_revision)
        .join(Assessment, own_assessment(Snapshot))
        .where(Snapshot.community_code == community, Snapshot.occasion == "published")
        .order_by(Snapshot.year.desc(), Snapshot.revision.desc())
    )
    if year is not None:
        statement = statement.where(Snapshot.year == year)
    return [(snapshot, published) for snapshot, published in await db.execute(statement)]
