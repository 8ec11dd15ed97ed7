"""What the secretariat does with campaigns; one transaction each."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.access import campaign_to_run
from services.survey.campaigns.reminding import announce_reminders
from services.survey.campaigns.state import end_of, state_of
from services.survey.facts import communities_by_code, learn_missing
from services.survey.schemas.campaigns import CampaignIn, CampaignOut, CampaignPatch
from services.survey.tables import Assessment, Campaign, Model
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.peers import Peers
from shared.problems import Conflict, FieldError, Invalid
from shared.tags import Expected

REQUIRED = ("model_version", "opens_on", "closes_on", "communities", "remind_days")


async def add_campaign(
    db: Database, peers: Peers, wanted: CampaignIn, zone: ZoneInfo, *, by: Caller
) -> tuple[CampaignOut, int]:
    """Prepare the survey of a year as a draft. Raises Invalid with pointers, and Conflict for a year that has one."""
    await learn_missing(db, peers, wanted.communities)
    async with db.transaction(by=by, to="add a campaign", about=wanted.year) as tx:
        if await tx.get(Campaign, wanted.year) is not None:
            raise Conflict(f"There is a campaign for {wanted.year} already.")
        campaign = Campaign(
            year=wanted.year, model_version=wanted.model_version, opens_on=wanted.opens_on,
            closes_on=wanted.closes_on, opened_at=None, closed_at=None, published_at=None,
            remind_days=wanted.remind_days, version=1, demo=by.demo,
        )  # fmt: skip
        await _must_be_possible(tx, campaign, wanted.communities, known=())
        tx.add(campaign)
        await tx.flush()
        _take_in(tx, campaign, wanted.communities)
        await tx.flush()
        out = campaign_out(campaign, sorted(wanted.communities), datetime.now(UTC), zone)
        where = {"Location": f"/api/v1/survey/campaigns/{campaign.year}"}
        idempotency.will_answer(out, headers=where, version=campaign.version)
    return out, campaign.version


async def change_campaign(
    db: Database, peers: Peers, year: int, wanted: CampaignPatch, expected: Expected, zone: ZoneInfo, *, by: Caller
) -> tuple[CampaignOut, int]:
    """Change what is still open to change: all of a draft; later the closing day and further communities.

    A campaign that its date has closed is open again when it gets a later one. Raises Conflict, Invalid, StaleVersion.
    """
    changes = wanted.changes
    cleared = [name for name in REQUIRED if name in changes and changes[name] is None]
    if cleared:
        raise Invalid(errors=[FieldError(f"/{name}", "cannot be cleared", "required") for name in cleared])
    await learn_missing(db, peers, wanted.communities or ())
    async with db.transaction(by=by, to="change a campaign", about=year) as tx:
        campaign = await campaign_to_run(tx, year, by)
        expected.must_match(campaign.version)
        now = datetime.now(UTC)
        before = set((await communities_in(tx, [year]))[year])
        _must_be_changeable(campaign, changes.keys())
        for name in ("model_version", "opens_on", "closes_on", "remind_days"):
            if name in changes:
                setattr(campaign, name, changes[name])
        after = set(wanted.communities) if wanted.communities is not None else before
        if before - after:
            raise Invalid.at("/communities", f"must still name {', '.join(sorted(before - after))}")
        await _must_be_possible(tx, campaign, wanted.communities or [], known=before)
        _take_in(tx, campaign, sorted(after - before))
        if changes:
            campaign.version += 1
            tx.note(fields=sorted(changes))
            announce_reminders(tx, campaign, now, zone)
        await tx.flush()
    return campaign_out(campaign, sorted(after), now, zone), campaign.version


async def open_campaign(db: Database, year: int, zone: ZoneInfo, *, by: Caller) -> tuple[CampaignOut, int]:
    """Let respondents answer from now on. Raises Conflict unless it is a draft."""
    async with db.transaction(by=by, to="open a campaign", about=year) as tx:
        campaign = await campaign_to_run(tx, year, by)
        now = datetime.now(UTC)
        _must_be(campaign, "draft", now, zone, "opened")
        campaign.opened_at = now
        announce_reminders(tx, campaign, now, zone)
        return await _moved(tx, campaign, now, zone)


async def close_campaign(db: Database, year: int, zone: ZoneInfo, *, by: Caller) -> tuple[CampaignOut, int]:
    """Take no more answers, before the closing day. Raises Conflict unless it is open."""
    async with db.transaction(by=by, to="close a campaign", about=year) as tx:
        campaign = await campaign_to_run(tx, year, by)
        now = datetime.now(UTC)
        _must_be(campaign, "open", now, zone, "closed")
        campaign.closed_at = now
        return await _moved(tx, campaign, now, zone)


async def publish_campaign(db: Database, year: int, zone: ZoneInfo, *, by: Caller) -> tuple[CampaignOut, int]:
    """Publish the year for the region; no community's result that it did not publish itself. Raises Conflict."""
    async with db.transaction(by=by, to="publish a campaign", about=year) as tx:
        campaign = await campaign_to_run(tx, year, by)
        now = datetime.now(UTC)
        _must_be(campaign, "closed", now, zone, "published")
        campaign.closed_at = campaign.closed_at or end_of(campaign.closes_on, zone)
        campaign.published_at = now
        return await _moved(tx, campaign, now, zone)


async def _moved(tx: WriteSession, campaign: Campaign, now: datetime, zone: ZoneInfo) -> tuple[CampaignOut, int]:
    campaign.version += 1
    await tx.flush()
    codes = (await communities_in(tx, [campaign.year]))[campaign.year]
    out = campaign_out(campaign, codes, now, zone)
    idempotency.will_answer(out, status=200, version=campaign.version)
    return out, campaign.version


def _must_be(campaign: Campaign, state: str, now: datetime, zone: ZoneInfo, wanted: str) -> None:
    found = state_of(campaign, now, zone)
    if found != state:
        raise Conflict(f"The campaign is {found}; only one that is {state} can be {wanted}.")


def _must_be_changeable(campaign: Campaign, fields: Collection[str]) -> None:
    if campaign.published_at is not None or campaign.closed_at is not None:
        raise Conflict("The campaign was closed by hand; it does not change any more.")
    fixed = {"model_version", "opens_on"} & set(fields)
    if campaign.opened_at is not None and fixed:
        raise Conflict(f"The campaign is open: {' and '.join(sorted(fixed))} cannot change any more.")


def _take_in(tx: WriteSession, campaign: Campaign, codes: Sequence[str]) -> None:
    tx.add_all(
        Assessment(
            year=campaign.year, community_code=code, state="not_started", version=1, latest_revision=0,
            returned_comments=[], demo=campaign.demo,
        )
        for code in codes
    )  # fmt: skip


async def _must_be_possible(
    tx: WriteSession, campaign: Campaign, codes: Sequence[str], *, known: Collection[str]
) -> None:
    """Raises Invalid with every pointer at once."""
    errors: list[FieldError] = []
    if campaign.closes_on < campaign.opens_on:
        errors.append(FieldError("/closes_on", "must not be before opens_on"))
    for field in ("opens_on", "closes_on"):
        if not 2000 <= getattr(campaign, field).year <= 2101:
            errors.append(FieldError(f"/{field}", "must be between 2000 and 2101"))
    with tx.no_autoflush:
        model = await tx.get(Model, campaign.model_version)
        found = await communities_by_code(tx, codes)
    if model is None:
        errors.append(FieldError("/model_version", "is no version of the model", "unknown"))
    elif model.published_at is None:
        errors.append(FieldError("/model_version", "must be a published version"))
    seen: set[str] = set()
    for index, code in enumerate(codes):
        if code not in known and (code not in found or not found[code].active):
            errors.append(FieldError(f"/communities/{index}", f"there is no community {code}", "unknown"))
        elif code in seen:
            errors.append(FieldError(f"/communities/{index}", f"{code} occurs twice", "doubled"))
        seen.add(code)
    if errors:
        raise Invalid(errors=errors[:100])


async def communities_in(db: AsyncSession, years: Sequence[int]) -> dict[int, list[str]]:
    """The codes of the communities that take part, by year."""
    rows = await db.execute(
        select(Assessment.year, Assessment.community_code)
        .where(Assessment.year.in_(years))
        .order_by(Assessment.year, Assessment.community_code)
    )
    found: dict[int, list[str]] = {year: [] for year in years}
    for year, code in rows:
        found[year].append(code)
    return found


def campaign_out(campaign: Campaign, codes: list[str], now: datetime, zone: ZoneInfo) -> CampaignOut:
    return CampaignOut(
        year=campaign.year, model_version=campaign.model_version, opens_on=campaign.opens_on,
        closes_on=campaign.closes_on, closes_at=end_of(campaign.closes_on, zone), communities=codes,
        state=state_of(campaign, now, zone), opened_at=campaign.opened_at, closed_at=campaign.closed_at,
        published_at=campaign.published_at, remind_days=campaign.remind_days, demo=campaign.demo,
    )  # fmt: skip
