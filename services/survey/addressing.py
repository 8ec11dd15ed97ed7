"""What several routes read from a request: which assessment, and the Network's time zone."""

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Path, Request

from services.survey.words import AssessmentKey
from shared.fields import Year


async def key_of(
    year: Annotated[Year, Path(description="The campaign's year.")],
    community: Annotated[str, Path(description="The community's code, such as mx-manzanillo.")],
) -> AssessmentKey:
    return AssessmentKey(year, community)


async def zone_of(request: Request) -> ZoneInfo:
    zone: ZoneInfo = request.app.state.settings.zone
    return zone


Key = Annotated[AssessmentKey, Depends(key_of)]
Zone = Annotated[ZoneInfo, Depends(zone_of)]
CampaignYear = Annotated[Year, Path(description="The campaign's year.")]
