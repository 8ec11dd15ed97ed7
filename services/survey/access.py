"""Who may see and change what in the survey: one condition per resource, and the doors to its rows."""

from dataclasses import dataclass
from typing import NewType

from sqlalchemy import ColumnElement, and_, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from services.survey.tables import Assessment, Campaign, Snapshot
from services.survey.words import UNDER_REVIEW_OR_AFTER, WITHOUT_GROUP, AssessmentKey
from shared.callers import Caller
from shared.database import WriteSession
from shared.problems import NotAllowed, NotFound

CampaignToRun = NewType("CampaignToRun", Campaign)
AssessmentToReview = NewType("AssessmentToReview", Assessment)
"""For reading respondents' answers: the coordinator's and the secretariat's."""
AssessmentToChange = NewType("AssessmentToChange", Assessment)
"""Locked, for the coordinator or the secretariat."""


@dataclass(frozen=True, slots=True)
class Respondent:
    """Somebody who answers for one stakeholder group of a community."""

    id: str
    name: str
    stakeholder_group: str


def visible_campaigns(caller: Caller) -> ColumnElement[bool]:
    """Campaigns that were opened; the secretariat sees drafts, too."""
    return or_(Campaign.opened_at.is_not(None), literal(caller.is_secretariat))


def visible(caller: Caller) -> ColumnElement[bool]:
    """Assessments that this caller may know of: the own communities' and, by their published results, others'."""
    if caller.is_secretariat:
        return literal(True)
    return and_(
        Assessment.year.in_(select(Campaign.year).where(visible_campaigns(caller))),
        or_(Assessment.published_revision.is_not(None), Assessment.community_code.in_(caller.communities)),
    )


def visible_snapshots(
    caller: Caller, revision: ColumnElement[int] | InstrumentedAttribute[int] = Snapshot.revision
) -> ColumnElement[bool]:
    """The one snapshot of each assessment that is this caller's result of it (joined with its assessment).
    `revision` is the column that counts them, where another table than the snapshots' own is read.

    The published one for everybody. Where none is, the latest for the community's members and the secretariat,
    while it stands for what was submitted.
    """
    published = and_(
        Assessment.published_revision.is_not(None), revision == Assessment.published_revision
    )  # fmt: skip
    latest = and_(
        Assessment.published_revision.is_(None),
        revision == Assessment.latest_revision,
        Assessment.state.in_(UNDER_REVIEW_OR_AFTER),
    )
    if caller.is_secretariat:
        return or_(published, latest)
    if not caller.communities:
        return published
    return or_(published, and_(latest, Assessment.community_code.in_(caller.communities)))


def reviews(caller: Caller, community: str) -> bool:
    """Whether respondents' answers in this community are shown: to its coordinator and the secretariat."""
    return caller.is_secretariat or caller.coordinates(community)


def belongs_to(caller: Caller, community: str) -> bool:
    return caller.is_secretariat or community in caller.communities


async def campaign_to_see(db: AsyncSession, year: int, caller: Caller) -> Campaign:
    found: Campaign | None = await db.scalar(select(Campaign).where(Campaign.year == year, visible_campaigns(caller)))
    if found is None:
        raise NotFound("This campaign")
    return found


async def campaign_to_run(tx: WriteSession, year: int, caller: Caller) -> CampaignToRun:
    """The row, locked, for the secretariat."""
    found = await tx.scalar(
        select(Campaign).where(Campaign.year == year, visible_campaigns(caller)).with_for_update()
    )  # fmt: skip
    if found is None:
        raise NotFound("This campaign")
    if not caller.is_secretariat:
        raise NotAllowed("Only the secretariat runs campaigns.")
    return CampaignToRun(found)


async def assessment_to_see(db: AsyncSession, key: AssessmentKey, caller: Caller) -> Assessment:
    found: Assessment | None = await db.scalar(
        select(Assessment).where(
            Assessment.year == key.year, Assessment.community_code == key.community, visible(caller)
        )
    )
    if found is None:
        raise NotFound("This assessment")
    return found


async def assessment_to_review(db: AsyncSession, key: AssessmentKey, caller: Caller) -> AssessmentToReview:
    """Raises NotFound, or NotAllowed for those who may know of it but not read what respondents said."""
    found = await assessment_to_see(db, key, caller)
    if not reviews(caller, key.community):
        raise NotAllowed("Only its coordinator and the secretariat see what respondents said.")
    return AssessmentToReview(found)


async def assessment_to_change(tx: WriteSession, key: AssessmentKey, caller: Caller) -> AssessmentToChange:
    """The row, locked, for its coordinator or the secretariat. Raises NotFound, NotAllowed."""
    found = await tx.scalar(
        select(Assessment)
        .where(Assessment.year == key.year, Assessment.community_code == key.community, visible(caller))
        .with_for_update(key_share=True)
    )
    if found is None:
        raise NotFound("This assessment")
    if not reviews(caller, key.community):
        raise NotAllowed("Only its coordinator and the secretariat may do this.")
    return AssessmentToChange(found)


def respondent_by_grant(key: AssessmentKey, caller: Caller) -> Respondent | None:
    """Who the caller is as a respondent of this community; whether there is such an assessment is not asked."""
    scope = f"community:{key.community}"
    for grant in caller.grants:
        if grant.role == "respondent" and grant.scope == scope:
            name = caller.name or caller.username
            return Respondent(caller.id, name, grant.stakeholder_group or WITHOUT_GROUP)
    return None


async def respondent_of(db: AsyncSession, key: AssessmentKey, caller: Caller) -> Respondent:
    """Who the caller is as a respondent there. Raises NotFound, or NotAllowed without a respondent's grant."""
    await assessment_to_see(db, key, caller)
    found = respondent_by_grant(key, caller)
    if found is None:
        raise NotAllowed("Only respondents of this community answer; ask its coordinator for an invitation.")
    return found
