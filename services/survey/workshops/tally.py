"""Votes of a room counted, by stakeholder group and together."""

from collections.abc import Sequence
from math import fsum
from statistics import median
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey import scoring
from services.survey.schemas.workshops import GroupVotes, VotesOut
from services.survey.tables import Participant, WorkshopVote
from services.survey.words import STAKEHOLDER_GROUPS


async def votes_on(db: AsyncSession, workshop: UUID, measure: str, top: int) -> VotesOut:
    """A workshop's votes on one measure, as they are now."""
    rows = await db.execute(
        select(Participant.stakeholder_group, WorkshopVote.level, WorkshopVote.flag, func.count())
        .join(Participant, Participant.id == WorkshopVote.participant_id)
        .where(WorkshopVote.workshop_id == workshop, WorkshopVote.measure == measure)
        .group_by(Participant.stakeholder_group, WorkshopVote.level, WorkshopVote.flag)
    )
    return counted(
        [scoring.Answer(group, level, flag) for group, level, flag, times in rows for _ in range(times)], top
    )


def counted(votes: Sequence[scoring.Answer], top: int) -> VotesOut:
    """The same rules for mean and consensus as over respondents' levels.

    >>> votes = [scoring.Answer("customs", 4), scoring.Answer("depot", 2), scoring.Answer("depot", 3)]
    >>> found = counted([*votes, scoring.Answer("depot", flag="unknown")], 4)
    >>> found.total, found.levels, found.mean, [(g.stakeholder_group, g.votes, g.median) for g in found.groups]
    (4, {'0': 0, '1': 0, '2': 1, '3': 1, '4': 1}, 3.0, [('customs', 1, 4.0), ('depot', 3, 2.5)])
    """
    levels = [vote.level for vote in votes if vote.level is not None]
    groups = sorted({vote.stakeholder_group for vote in votes}, key=STAKEHOLDER_GROUPS.index)
    return VotesOut(
        total=len(votes), levels=_by_level(levels, top),
        not_applicable=sum(vote.flag == "not_applicable" for vote in votes),
        unknown=sum(vote.flag == "unknown" for vote in votes),
        mean=fsum(levels) / len(levels) if levels else None, consensus=scoring.consensus(levels, top),
        groups=[_group(group, [vote for vote in votes if vote.stakeholder_group == group], top) for group in groups],
    )  # fmt: skip


def _group(group: str, votes: Sequence[scoring.Answer], top: int) -> GroupVotes:
    levels = [vote.level for vote in votes if vote.level is not None]
    return GroupVotes(
        stakeholder_group=group, votes=len(votes), levels=_by_level(levels, top),
        not_applicable=sum(vote.flag == "not_applicable" for vote in votes),
        unknown=sum(vote.flag == "unknown" for vote in votes), median=float(median(levels)) if levels else None,
    )  # fmt: skip


def _by_level(levels: Sequence[int], top: int) -> dict[str, int]:
    return {str(level): levels.count(level) for level in range(top + 1)}
