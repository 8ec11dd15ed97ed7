"""How far a campaign is, by community and by stakeholder group."""

from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from gateway.client import IdentityClient
from services.survey.access import campaign_to_see, reviews, visible
from services.survey.assessments.standing import standings
from services.survey.campaigns.state import takes_answers
from services.survey.facts import communities_by_code
from services.survey.schemas.campaigns import CampaignProgressOut, CommunityProgress, GroupProgress, ProgressOut
from services.survey.tables import Answer, Assessment
from services.survey.words import STAKEHOLDER_GROUPS, WITHOUT_GROUP
from shared.callers import Caller
from shared.database import Database
from shared.languages import pick
from shared.peers import Peers
from shared.problems import Problem

People = Counter[tuple[str, str]]
"""How many, by community and stakeholder group."""


async def read_progress(
    db: Database, peers: Peers, year: int, zone: ZoneInfo, language: str, *, by: Caller
) -> CampaignProgressOut:
    """Of the communities whose respondents' answers the caller sees: the secretariat of all. Raises NotFound."""
    async with db.reading(snapshot=True) as reading:
        campaign = await campaign_to_see(reading, year, by)
        every = await reading.scalars(
            select(Assessment).where(Assessment.year == year, visible(by)).order_by(Assessment.community_code)
        )
        rows = [row for row in every if reviews(by, row.community_code)]
        codes = [row.community_code for row in rows]
        found = await standings(reading, campaign, codes)
        communities = await communities_by_code(reading, codes)
        said = await reading.execute(
            select(Answer.community_code, func.min(Answer.stakeholder_group), func.count())
            .where(Answer.year == year, Answer.community_code.in_(codes))
            .group_by(Answer.community_code, Answer.respondent_id)
        )
        started, finished = People(), People()
        for code, group, count in said:
            started[code, group] += 1
            finished[code, group] += count >= len(found[code].instrument.measures)
    invited = await _invited(peers, codes)
    now = datetime.now(UTC)

    def groups_in(among: Collection[str]) -> list[GroupProgress]:
        def sum_of(people: People, group: str) -> int:
            return sum(people[code, group] for code in among)

        return [
            GroupProgress(
                stakeholder_group=group, invited=sum_of(invited, group) if invited is not None else None,
                started=sum_of(started, group), finished=sum_of(finished, group),
            )
            for group in STAKEHOLDER_GROUPS
            if sum_of(started, group) or (invited is not None and sum_of(invited, group))
        ]  # fmt: skip

    return CampaignProgressOut(
        year=year,
        communities=[
            CommunityProgress(
                community=row.community_code, name=pick(communities[row.community_code].names, language),
                state=row.state, open=takes_answers(campaign, row, now, zone),
                progress=ProgressOut.model_validate(found[row.community_code].progress, from_attributes=True),
                groups=groups_in([row.community_code]), demo=row.demo,
            )
            for row in rows
        ],
        groups=groups_in(codes),
    )  # fmt: skip


async def _invited(peers: Peers, codes: Collection[str]) -> People | None:
    """Who may answer; None when the gateway cannot say: progress without it is better than none."""
    scope = f"community:{next(iter(codes))}" if len(codes) == 1 else "community:*"
    try:
        holders = await IdentityClient(peers).holders(scope)
    except Problem:
        return None
    people = {
        (holder.scope.partition(":")[2], holder.stakeholder_group or WITHOUT_GROUP, holder.user_id)
        for holder in holders
        if holder.role == "respondent"
    }
    return People((code, group) for code, group, _ in people if code in codes)
