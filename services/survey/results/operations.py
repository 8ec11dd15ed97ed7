"""Results as their readers see them."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.survey import scoring
from services.survey.access import assessment_to_review, assessment_to_see, belongs_to, campaign_to_see
from services.survey.assessments.standing import standing_of
from services.survey.facts import communities_by_code
from services.survey.history.years import imported_editions, imported_result, with_changes, with_files
from services.survey.instrument import names_in
from services.survey.models.operations import model_to_see
from services.survey.results import queries
from services.survey.results.snapshots import result_now, result_of_snapshot
from services.survey.schemas.results import (
    BasisOut,
    EditionOut,
    EditionsOut,
    GapOut,
    GapsOut,
    HistoryOut,
    ResultOut,
)
from services.survey.words import AssessmentKey
from shared.callers import Caller
from shared.database import Database
from shared.problems import Invalid, NotFound


async def read_score(db: Database, key: AssessmentKey, language: str, *, by: Caller) -> ResultOut:
    """The score as it stands now for the community's members and the secretariat; for others the published one."""
    if not belongs_to(by, key.community):
        return await read_result(db, key.community, key.year, None, language, by=by)
    async with db.reading(snapshot=True) as reading:
        assessment = await assessment_to_see(reading, key, by)
        campaign = await campaign_to_see(reading, key.year, by)
        standing = await standing_of(reading, campaign, key.community)
        community = (await communities_by_code(reading, [key.community]))[key.community]
    return result_now(standing, assessment, community, language)


async def read_basis(db: Database, key: AssessmentKey, *, by: Caller) -> BasisOut:
    """What enters the score as it stands now, without names. Raises NotFound, NotAllowed."""
    async with db.reading(snapshot=True) as reading:
        await assessment_to_review(reading, key, by)
        campaign = await campaign_to_see(reading, key.year, by)
        standing = await standing_of(reading, campaign, key.community)
    return BasisOut(basis=standing.basis, answers_hash=scoring.answers_hash(standing.basis))


async def read_gaps(db: Database, key: AssessmentKey, target: int, language: str, *, by: Caller) -> GapsOut:
    """Measures below a target level, the most pressing first; for the community's members and the secretariat."""
    async with db.reading(snapshot=True) as reading:
        await assessment_to_see(reading, key, by)
        if not belongs_to(by, key.community):
            raise NotFound("This assessment")
        campaign = await campaign_to_see(reading, key.year, by)
        standing = await standing_of(reading, campaign, key.community)
        model = await model_to_see(reading, campaign.model_version, by)
    top = standing.instrument.top
    if not 0 <= target <= top:
        raise Invalid.at("/target", f"must be one of {', '.join(str(level) for level in range(top + 1))}")
    names = names_in(model.content, language)
    found = scoring.gaps(standing.score, target, top)
    items = [GapOut(code=gap.code, name=names[gap.code], gap=gap.gap, priority=gap.priority) for gap in found]
    return GapsOut(target=target, items=items, next=None)


async def read_result(
    db: Database, community: str, year: int | None, revision: int | None, language: str, *, by: Caller
) -> ResultOut:
    """A community's result of a year, or the newest. Raises NotFound when there is none that the caller may see."""
    async with db.reading() as reading:
        try:
            found = await find_result(reading, community, year, revision, by=by)
        except NotFound:
            if revision is not None:
                raise
            result = None
        else:
            result = result_of_snapshot(*found, language)
        if result is None or year is None:
            newest = result.year if result is not None else None
            result = await imported_result(reading, community, year, newest, language, by=by) or result
    if result is None:
        raise NotFound("A result of this community")
    return result


async def find_result(
    db: AsyncSession, community: str, year: int | None, revision: int | None, *, by: Caller
) -> queries.Found:
    """The one door to a stored result: the caller's of a year, the newest, or a published edition. Raises NotFound."""
    if year is not None and revision is not None:
        found = await queries.published_snapshot(db, year, community, revision)
    else:
        rows = await queries.all_of(db, queries.results(by, community=community, year=year).limit(1))
        found = rows[0] if rows else None
    if found is None:
        raise NotFound("A result of this community")
    return found


async def read_history(db: Database, community: str, language: str, *, by: Caller) -> HistoryOut:
    """A community's results by year, oldest first. Raises NotFound when there is none that the caller may see."""
    async with db.reading(snapshot=True) as reading:
        rows = await queries.all_of(reading, queries.results(by, community=community))
        found = [result_of_snapshot(*row, language) for row in rows]
        results = await with_files(reading, community, found, language, by=by)
        if not results:
            raise NotFound("A result of this community")
        return HistoryOut(items=await with_changes(reading, results), next=None)


async def read_editions(db: Database, community: str, year: int | None) -> EditionsOut:
    """What was published of a community, newest year and revision first. Raises NotFound when nothing was."""
    async with db.reading() as reading:
        rows = await queries.editions(reading, community, year)
        of_files = await imported_editions(reading, community, year, {one.year for one, shown in rows if shown})
    if not rows and not of_files:
        raise NotFound("A published result of this community")
    items = [
        EditionOut(
            year=snapshot.year, revision=snapshot.revision, computed_at=snapshot.computed_at,
            overall=snapshot.result["overall"], answers_hash=snapshot.answers_hash,
            current=snapshot.revision == published, demo=snapshot.demo, imported=None,
        )
        for snapshot, published in rows
    ]  # fmt: skip
    items = sorted([*items, *of_files], key=lambda one: (one.year, one.revision), reverse=True)
    return EditionsOut(items=items, next=None)


def known_pillars(rows: Sequence[queries.Found]) -> set[str]:
    """The pillars that these results have."""
    return {pillar["code"] for snapshot, _, _ in rows for pillar in snapshot.result["pillars"]}
