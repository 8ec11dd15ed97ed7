"""HTTP of the yearly campaigns."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query, Request
from sqlalchemy import select
from starlette.responses import Response

from services.survey.access import campaign_to_see, visible_campaigns
from services.survey.addressing import CampaignYear, Zone
from services.survey.campaigns import operations
from services.survey.campaigns.progress import read_progress
from services.survey.campaigns.reminding import remind_everybody
from services.survey.schemas.campaigns import CampaignIn, CampaignOut, CampaignPatch, CampaignProgressOut, RemindedOut
from services.survey.tables import Campaign
from shared.answers import answer
from shared.callers import Member, Secretariat
from shared.dependencies import Db, PeersOf
from shared.fields import Counted, Year
from shared.paging import Part, count_of
from shared.problems import documented
from shared.routing import house_router
from shared.tags import IfMatch

router = house_router("/api/v1/survey/campaigns", tags=["survey"])


@router.get("", response_model=Counted[CampaignOut], responses=documented(401, 422))
async def list_campaigns(
    request: Request,
    caller: Member,
    db: Db,
    part: Part,
    zone: Zone,
    year: Annotated[Year | None, Query(description="Only this year's.")] = None,
) -> Response:
    """The yearly campaigns, newest first; drafts are shown to the secretariat."""
    statement = select(Campaign).where(visible_campaigns(caller))
    if year is not None:
        statement = statement.where(Campaign.year == year)
    async with db.reading() as reading:
        total = await count_of(reading, statement)
        rows, following = part.cut(
            (await reading.scalars(part.apply(statement, [Campaign.year], descending=True))).all(),
            lambda row: (row.year,),
        )
        codes = await operations.communities_in(reading, [row.year for row in rows])
    now = datetime.now(UTC)
    items = [operations.campaign_out(row, codes[row.year], now, zone) for row in rows]
    return answer(request, Counted(items=items, next=following, total=total))


@router.post("", status_code=201, response_model=CampaignOut, responses=documented(400, 401, 403, 409, 415, 422))
async def add_campaign(
    request: Request, wanted: CampaignIn, caller: Secretariat, db: Db, peers: PeersOf, zone: Zone
) -> Response:
    """Prepare the survey of a year: a draft until it is opened."""
    out, version = await operations.add_campaign(db, peers, wanted, zone, by=caller)
    location = {"Location": f"/api/v1/survey/campaigns/{out.year}"}
    return answer(request, out, version=version, status=201, headers=location)


@router.get("/{year}", response_model=CampaignOut, responses=documented(401, 404))
async def read_campaign(request: Request, year: CampaignYear, caller: Member, db: Db, zone: Zone) -> Response:
    """One year's campaign. `state` is worked out at each reading."""
    async with db.reading() as reading:
        campaign = await campaign_to_see(reading, year, caller)
        codes = await operations.communities_in(reading, [year])
    out = operations.campaign_out(campaign, codes[year], datetime.now(UTC), zone)
    return answer(request, out, version=campaign.version)


@router.patch(
    "/{year}", response_model=CampaignOut, responses=documented(400, 401, 403, 404, 409, 412, 415, 422, 428)
)  # fmt: skip
async def change_campaign(
    request: Request, year: CampaignYear, wanted: CampaignPatch, caller: Secretariat, expected: IfMatch, db: Db,
    peers: PeersOf, zone: Zone,
) -> Response:  # fmt: skip
    """Change a draft, or give an open campaign a later closing day or further communities."""
    out, version = await operations.change_campaign(db, peers, year, wanted, expected, zone, by=caller)
    return answer(request, out, version=version)


@router.post("/{year}/open", response_model=CampaignOut, responses=documented(401, 403, 404, 409))
async def open_campaign(request: Request, year: CampaignYear, caller: Secretariat, db: Db, zone: Zone) -> Response:
    """Let respondents answer from now on, whatever `opens_on` announces."""
    out, version = await operations.open_campaign(db, year, zone, by=caller)
    return answer(request, out, version=version)


@router.post("/{year}/close", response_model=CampaignOut, responses=documented(401, 403, 404, 409))
async def close_campaign(request: Request, year: CampaignYear, caller: Secretariat, db: Db, zone: Zone) -> Response:
    """Take no more answers. Reviews go on."""
    out, version = await operations.close_campaign(db, year, zone, by=caller)
    return answer(request, out, version=version)


@router.post("/{year}/publish", response_model=CampaignOut, responses=documented(401, 403, 404, 409))
async def publish_campaign(request: Request, year: CampaignYear, caller: Secretariat, db: Db, zone: Zone) -> Response:
    """Publish the year for the region; no community's result that it did not publish itself."""
    out, version = await operations.publish_campaign(db, year, zone, by=caller)
    return answer(request, out, version=version)


@router.get("/{year}/progress", response_model=CampaignProgressOut, responses=documented(401, 404))
async def read_campaign_progress(
    request: Request, year: CampaignYear, caller: Member, db: Db, peers: PeersOf, zone: Zone
) -> Response:
    """Who was invited, who began, who finished, by community and stakeholder group: of all for the secretariat, of the
    own community for its coordinator."""
    return answer(request, await read_progress(db, peers, year, zone, request.state.language, by=caller))


@router.post("/{year}/remind", response_model=RemindedOut, responses=documented(401, 403, 404))
async def remind_all(
    request: Request, year: CampaignYear, caller: Secretariat, db: Db, peers: PeersOf, zone: Zone
) -> Response:
    """Write to everybody who has not finished, where answers are still taken; to nobody twice on a day."""
    return answer(request, RemindedOut(reminded=await remind_everybody(db, peers, zone, year, by=caller)))
