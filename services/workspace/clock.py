"""The Network's time zone, in which a day begins and ends."""

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Request


async def zone_of(request: Request) -> ZoneInfo:
    found: ZoneInfo = request.app.state.settings.zone
    return found


Zone = Annotated[ZoneInfo, Depends(zone_of)]
