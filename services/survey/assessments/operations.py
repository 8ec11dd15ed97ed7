"""Assessments as their readers see them, and the trail of who did what."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from services.survey.access import assessment_to_see, belongs_to, campaign_to_see, visible
from services.survey.assessments.standing import standings
from services.survey.campaigns.state import end_of, last_day_for, state_of, takes_answers
from services.survey.facts import communities_by_code
from services.survey.schemas.campaigns import (
    AssessmentOut,
    EventOut,
    GroupCount,
    ProgressOut,
    ReturnCommentOut,
)  # fmt: skip
from services.survey.tables import Assessment, Campaign, Event
from services.survey.words import AssessmentKey, AssessmentState
from shared.answers import JSON, PRIVATE
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.languages import pick
from shared.tags import tag, unchanged


def assessments_in(year: int, caller: Caller, state: AssessmentState | None) -> Select[tuple[Assessment]]:
    """A campaign's assessments that the caller may know of."""
    statement = select(Assessment).where(Assessment.year == year, visible(caller))
    return statement if state is None else statement.where(Assessment.state == state)


async def read_assessment(
    db: Database, key: AssessmentKey, zone: ZoneInfo, language: str, *, by: Caller
) -> AssessmentOut:
    """One assessment with its progress. Raises NotFound."""
    async with db.reading(snapshot=True) as reading:
        assessment = await assessment_to_see(reading, key, by)
        return await told(reading, assessment, zone, language, by=by)


async def told(db: AsyncSession, assessment: Assessment, zone: ZoneInfo, language: str, *, by: Caller) -> AssessmentOut:
    """The assessment as it is in this session."""
    campaign = await campaign_to_see(db, assessment.year, by)
    return (await told_all(db, [assessment], campaign, zone, language, by=by))[0]


async def told_all(
    db: AsyncSession, rows: Sequence[Assessment], campaign: Campaign, zone: ZoneInfo, language: str, *, by: Caller
) -> list[AssessmentOut]:
    """Assessments of one campaign, in a fixed number of queries."""
    codes = [row.community_code for row in rows]
    found = await standings(db, campaign, codes)
    communities = await communities_by_code(db, codes)
    now = datetime.now(UTC)
    campaign_state = state_of(campaign, now, zone)

    def out(row: Assessment) -> AssessmentOut:
        standing = found[row.community_code]
        progress = standing.progress
        comments = [ReturnCommentOut.model_validate(comment) for comment in row.returned_comments]
        without_tag = AssessmentOut(
            year=row.year, community=row.community_code, name=pick(communities[row.community_code].names, language),
            state=row.state, campaign_state=campaign_state, model_version=campaign.model_version,
            closes_on=last_day_for(campaign, row), closes_at=end_of(last_day_for(campaign, row), zone),
            open=takes_answers(campaign, row, now, zone), open_until=row.open_until,
            progress=ProgressOut(answered=progress.answered, applicable=progress.applicable, total=progress.total),
            respondents=standing.respondents,
            groups=[GroupCount(stakeholder_group=g, respondents=n) for g, n in sorted(standing.group_sizes.items())],
            submitted_at=row.submitted_at, returned_at=row.returned_at,
            returned_comments=comments if belongs_to(by, row.community_code) else None,
            accepted_at=row.accepted_at, published_at=row.published_at, demo=row.demo, etag="",
        )  # fmt: skip
        etag = tag(row.version, without_tag.model_dump_json().encode(), language, JSON)
        return without_tag.model_copy(update={"etag": etag})

    return [out(row) for row in rows]


def tagged(request: Request, out: Any, *, status: int = 200) -> Response:
    """The answer for something that carries its own `etag`: the same in the body and in the header."""
    headers = {
        "Cache-Control": PRIVATE.header(),
        "Vary": "Accept, Accept-Language",
        "Content-Language": request.state.language,
        "ETag": out.etag,
    }
    if request.method in ("GET", "HEAD") and unchanged(request, out.etag):
        return Response(status_code=304, headers=headers)
    return Response(out.model_dump_json(), status_code=status, headers=headers, media_type=JSON)


def record(tx: WriteSession, assessment: Assessment, action: str, by: Caller, **details: Any) -> None:
    """Add to the assessment's trail; levels that respondents gave are never in it."""
    tx.add(
        Event(
            year=assessment.year, community_code=assessment.community_code, at=datetime.now(UTC), actor_id=by.id,
            actor_name=by.name or by.username or by.kind, action=action, details=details,
            demo=by.demo or assessment.demo,
        )
    )  # fmt: skip


def event_out(row: Event) -> EventOut:
    return EventOut(
        id=row.id, at=row.at, actor=row.actor_id, actor_name=row.actor_name, action=row.action, details=row.details
    )
