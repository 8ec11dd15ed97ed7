"""Writing to those who have not finished: at chosen days before the end, and when somebody asks for it.

Nobody is written to twice on a day, because a message is known by its respondent and its day.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from gateway.client import IdentityClient
from services.survey.access import assessment_to_review, campaign_to_see
from services.survey.campaigns.state import last_day_for, takes_answers
from services.survey.facts import communities_by_code
from services.survey.models.operations import instrument_of
from services.survey.tables import Answer, Assessment, Campaign, Community
from services.survey.words import AssessmentKey
from shared.callers import Caller
from shared.database import Database, Job, ReadSession, WriteSession
from shared.jobs import Handler
from shared.languages import pick
from shared.peers import Peers
from shared.problems import Conflict, NotAllowed

JOB = "remind"
HOUR = time(9)
"""When reminders go out, in the Network's time zone."""


def announce_reminders(tx: WriteSession, campaign: Campaign, now: datetime, zone: ZoneInfo) -> None:
    """Have the reminders that are still to come sent on their days. What changes later is looked at then."""
    if campaign.opened_at is None:
        return
    for before in campaign.remind_days:
        day = campaign.closes_on - timedelta(days=before)
        delay = (datetime.combine(day, HOUR, zone) - now).total_seconds()
        if delay > 0:
            tx.announce(Job(JOB, {"year": campaign.year, "day": day.isoformat()}, delay=delay))


def reminder_jobs(app: Any) -> dict[str, Handler]:
    """The handler by the job's name."""

    async def remind(payload: Mapping[str, Any]) -> None:
        await remind_on(
            app.state.database, app.state.peers, app.state.settings.zone, int(payload["year"]),
            date.fromisoformat(payload["day"]),
        )  # fmt: skip

    return {JOB: remind}


async def remind_on(db: Database, peers: Peers, zone: ZoneInfo, year: int, day: date) -> int:
    """Send the reminders of a day, unless the dates moved so that it is none any more; how many were sent."""
    async with db.reading() as reading:
        campaign = await reading.get(Campaign, year)
        if campaign is None or (campaign.closes_on - day).days not in campaign.remind_days:
            return 0
        found = await _still_open(reading, campaign, zone)
    return await _write(db, peers, zone, campaign, found)


async def remind_community(db: Database, peers: Peers, zone: ZoneInfo, key: AssessmentKey, *, by: Caller) -> int:
    """Write to those of a community who have not finished; how many. Raises NotFound, NotAllowed, Conflict."""
    async with db.transaction(by=by, to="remind respondents", about=key) as tx:
        assessment = await assessment_to_review(tx, key, by)
        campaign = await campaign_to_see(tx, key.year, by)
        if not takes_answers(campaign, assessment, datetime.now(UTC), zone):
            raise Conflict("It takes no answers now, so there is nothing to remind of.")
    return await _write(db, peers, zone, campaign, [assessment])


async def remind_everybody(db: Database, peers: Peers, zone: ZoneInfo, year: int, *, by: Caller) -> int:
    """The same in all communities that still answer. Raises NotFound, NotAllowed."""
    async with db.transaction(by=by, to="remind respondents", about=year) as tx:
        campaign = await campaign_to_see(tx, year, by)
        if not by.is_secretariat:
            raise NotAllowed("Only the secretariat reminds all communities.")
        found = await _still_open(tx, campaign, zone)
    return await _write(db, peers, zone, campaign, found)


async def _still_open(db: ReadSession | WriteSession, campaign: Campaign, zone: ZoneInfo) -> list[Assessment]:
    now = datetime.now(UTC)
    rows = await db.scalars(
        select(Assessment).where(Assessment.year == campaign.year).order_by(Assessment.community_code)
    )
    return [row for row in rows if takes_answers(campaign, row, now, zone)]


async def _write(
    db: Database, peers: Peers, zone: ZoneInfo, campaign: Campaign, assessments: Collection[Assessment]
) -> int:
    by_code = {row.community_code: row for row in assessments}
    if not by_code:
        return 0
    async with db.reading() as reading:
        total = len((await instrument_of(reading, campaign.model_version)).measures)
        communities = await communities_by_code(reading, by_code)
        finished = await reading.execute(
            select(Answer.community_code, Answer.respondent_id)
            .where(Answer.year == campaign.year, Answer.community_code.in_(by_code))
            .group_by(Answer.community_code, Answer.respondent_id)
            .having(func.count() >= total)
        )
        done = {(code, respondent) for code, respondent in finished}
    identity = IdentityClient(peers)
    scope = f"community:{next(iter(by_code))}" if len(by_code) == 1 else "community:*"
    behind: dict[tuple[str, str], str] = {}
    for holder in await identity.holders(scope):
        code = holder.scope.partition(":")[2]
        if holder.role == "respondent" and code in by_code and (code, str(holder.user_id)) not in done:
            behind[code, str(holder.user_id)] = holder.locale
    today = datetime.now(UTC).astimezone(zone).date()
    for (code, user), locale in sorted(behind.items()):
        await _write_to(
            identity, user, locale, communities[code], last_day_for(campaign, by_code[code]), campaign.year, today
        )
    return len(behind)


async def _write_to(
    identity: IdentityClient, user: str, locale: str, community: Community, closes_on: date, year: int, today: date
) -> None:
    path = f"/survey/{year}/{community.code}"
    values = {
        "community": pick(community.names, locale), "year": str(year), "closes_on": closes_on.isoformat(), "link": path,
    }  # fmt: skip
    once = uuid5(NAMESPACE_URL, f"{path}#{user}#{today}")
    await identity.send_mail("survey_reminder", values, user_id=user, id=once)
