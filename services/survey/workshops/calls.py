"""How other services ask about workshops: a part of the survey's client."""

from collections.abc import Mapping
from typing import Any

from services.survey.addresses import API, path_of, safe
from services.survey.schemas.workshops import JoinedOut, LiveOut, RoomOut, VoteOut, WorkshopOut, WorkshopsOut
from shared.peers import Client


class WorkshopCalls(Client):
    """Each method raises the Problem that the survey answered with."""

    service = "survey"

    async def workshops(self, year: int, community: str) -> list[WorkshopOut]:
        """The newest first. Raises NotFound, NotAllowed."""
        return WorkshopsOut.model_validate(await self._get(f"{path_of(year, community)}/workshops")).items

    async def open_workshop(self, year: int, community: str) -> WorkshopOut:
        """Raises Conflict."""
        return WorkshopOut.model_validate_json(
            (await self._send("POST", f"{path_of(year, community)}/workshops")).content
        )  # fmt: skip

    async def direct_workshop(
        self, year: int, community: str, workshop: str, changes: Mapping[str, Any], version: int
    ) -> WorkshopOut:
        """Raises StaleVersion, Conflict, Invalid."""
        told = await self._send(
            "PATCH", f"{path_of(year, community)}/workshops/{workshop}", json=dict(changes),
            headers={"If-Match": f'"{version}"'},
        )  # fmt: skip
        return WorkshopOut.model_validate_json(told.content)

    async def move_workshop(self, year: int, community: str, workshop: str, step: str) -> WorkshopOut:
        """`code` for another code, `end`. Raises Conflict."""
        told = await self._send("POST", f"{path_of(year, community)}/workshops/{workshop}/{step}")
        return WorkshopOut.model_validate_json(told.content)

    async def remove_participant(self, year: int, community: str, workshop: str, participant: str) -> None:
        """Raises NotFound."""
        await self._send("DELETE", f"{path_of(year, community)}/workshops/{workshop}/participants/{participant}")

    async def live(self, year: int, community: str, workshop: str, measure: str | None = None) -> LiveOut:
        """The room now. Raises NotFound, NotAllowed."""
        url = f"{path_of(year, community)}/workshops/{workshop}/live"
        return LiveOut.model_validate(await self._get(url, measure=measure))

    async def room(self, code: str, token: str, visitor: str) -> RoomOut:
        """What a participant's screen shows. Raises NotFound, TooManyRequests. `visitor` as the gateway names them."""
        told = await self._send("GET", f"{API}/workshops/{safe(code)}", headers=_in_the_room(token, visitor))
        return RoomOut.model_validate_json(told.content)

    async def join(self, code: str, name: str, group: str, visitor: str) -> JoinedOut:
        """Raises NotFound, Invalid, Conflict, TooManyRequests."""
        told = await self._send(
            "POST", f"{API}/workshops/{safe(code)}/participants", json={"name": name, "stakeholder_group": group},
            headers=_in_the_room("", visitor),
        )  # fmt: skip
        return JoinedOut.model_validate_json(told.content)

    async def vote(self, code: str, measure: str, said: Mapping[str, Any], token: str, visitor: str) -> VoteOut:
        """Raises NotFound, NotAllowed without a token, Conflict, Invalid, TooManyRequests."""
        told = await self._send(
            "PUT", f"{API}/workshops/{safe(code)}/votes/{safe(measure)}", json=dict(said),
            headers=_in_the_room(token, visitor),
        )  # fmt: skip
        return VoteOut.model_validate_json(told.content)


def _in_the_room(token: str, visitor: str) -> dict[str, str]:
    return {name: value for name, value in (("Workshop-Token", token), ("X-Portsnet-Visitor", visitor)) if value}
