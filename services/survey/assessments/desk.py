"""What waits for somebody: assessments to answer, to coordinate or to review."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.client import IdentityClient
from services.survey.assessments.standing import Standing, standings
from services.survey.campaigns.state import days_left, end_of, is_open_again, last_day_for, state_of, takes_answers
from services.survey.facts import communities_by_code
from services.survey.review.summary import measures_in_disagreement
from services.survey.schemas.campaigns import DeskItem
from services.survey.tables import Answer, Assessment, Campaign
from services.survey.words import IN_THE_COMMUNITYS_HANDS
from shared.callers import Caller
from shared.database import Database
from shared.languages import pick
from shared.peers import Peers
from shared.problems import Problem


async def waiting_for(db: Database, peers: Peers, zone: ZoneInfo, language: str, *, by: Caller) -> list[DeskItem]:
    """Everything that waits for the caller, what closes first first. One person can have several capacities."""
    answering = by.scopes_of("respondent", within="community")
    coordinating = by.scopes_of("coordinator", within="community")
    now = datetime.now(UTC)
    items: list[DeskItem] = []
    async with db.reading(snapshot=True) as reading:
        opened = await reading.scalars(
            select(Campaign).where(Campaign.opened_at.is_not(None)).order_by(Campaign.year.desc())
        )
        for campaign in opened:
            rows = await _waiting_in(reading, campaign, answering | coordinating, by)
            codes = [row.community_code for row in rows]
            if not codes:
                continue
            found = await standings(reading, campaign, codes)
            communities = await communities_by_code(reading, codes)
            said = await _said(reading, campaign.year, codes)
            campaign_state = state_of(campaign, now, zone)
            for row in rows:
                code = row.community_code
                shared = {
                    "year": row.year, "community": code, "name": pick(communities[code].names, language),
                    "state": row.state, "campaign_state": campaign_state, "closes_on": last_day_for(campaign, row),
                    "closes_at": end_of(last_day_for(campaign, row), zone),
                    "days_left": days_left(campaign, row, now, zone),
                    "submitted_at": row.submitted_at, "demo": row.demo,
                }  # fmt: skip
                in_their_hands = row.state in IN_THE_COMMUNITYS_HANDS
                standing = found[code]
                if code in answering and takes_answers(campaign, row, now, zone):
                    items.append(_to_answer(shared, standing, said.get((code, by.id), set())))
                if code in coordinating and (
                    (
                        in_their_hands
                        and (campaign_state != "published" or row.state == "returned" or is_open_again(row, now, zone))
                    )
                    or row.state == "accepted"
                ):
                    items.append(_to_coordinate(shared, standing, said))
                if row.state == "submitted" and by.is_secretariat and by.kind == "user":
                    items.append(_item(shared, "review", missing=list(standing.progress.missing)))
    items.sort(key=lambda item: (item.closes_at, item.community, item.task))
    return await _with_invited(items, peers)


async def _waiting_in(
    db: AsyncSession, campaign: Campaign, communities: frozenset[str], caller: Caller
) -> list[Assessment]:
    concerns: ColumnElement[bool] = Assessment.community_code.in_(communities)
    if caller.is_secretariat:
        concerns = concerns | (Assessment.state == "submitted")
    rows = await db.scalars(
        select(Assessment)
        .where(Assessment.year == campaign.year, Assessment.state != "published", concerns)
        .order_by(Assessment.community_code)
    )
    return list(rows)


async def _said(db: AsyncSession, year: int, codes: list[str]) -> dict[tuple[str, str], set[str]]:
    """Which measures each respondent has said something about, by community and respondent."""
    rows = await db.execute(
        select(Answer.community_code, Answer.respondent_id, func.array_agg(Answer.measure))
        .where(Answer.year == year, Answer.community_code.in_(codes))
        .group_by(Answer.community_code, Answer.respondent_id)
    )
    return {(code, respondent): set(measures) for code, respondent, measures in rows}


def _item(shared: dict[str, Any], task: str, **own: Any) -> DeskItem:
    empty = dict.fromkeys(
        ("answered", "total", "first_unanswered", "started", "finished", "invited", "disagreement", "missing")
    )
    return DeskItem(**(empty | shared | own), task=task)


def _to_answer(shared: dict[str, Any], standing: Standing, said: set[str]) -> DeskItem:
    codes = list(standing.instrument.measures)
    unanswered = [code for code in codes if code not in said]
    return _item(
        shared, "answer", answered=len(codes) - len(unanswered), total=len(codes),
        first_unanswered=unanswered[0] if unanswered else None,
    )  # fmt: skip


def _to_coordinate(
    shared: dict[str, Any], standing: Standing, said: dict[tuple[str, str], set[str]]
) -> DeskItem:  # fmt: skip
    everything = set(standing.instrument.measures)
    finished = Counter(code for (code, _), measures in said.items() if measures >= everything)
    return _item(
        shared, "coordinate", started=standing.respondents, finished=finished[shared["community"]],
        disagreement=measures_in_disagreement(standing), missing=list(standing.progress.missing),
    )  # fmt: skip


async def _with_invited(items: list[DeskItem], peers: Peers) -> list[DeskItem]:
    """Add how many hold a respondent's grant; a desk without that number is better than none."""
    invited: dict[str, int | None] = {}
    for code in {item.community for item in items if item.task == "coordinate"}:
        try:
            holders = await IdentityClient(peers).holders(f"community:{code}")
            invited[code] = len({holder.user_id for holder in holders if holder.role == "respondent"})
        except Problem:
            invited[code] = None
    return [
        item.model_copy(update={"invited": invited[item.community]}) if item.task == "coordinate" else item
        for item in items
    ]
