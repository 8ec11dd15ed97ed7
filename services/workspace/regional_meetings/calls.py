"""What other services ask about regional meetings: a part of the workspace's client."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.workspace.regional_meetings.schemas import (
    OwnRegistrationOut,
    ReceivedOut,
    RegionalMeetingOut,
    RegionalMeetingSummary,
    RegistrationOut,
)
from shared.peers import Client

ROOT = "/api/v1/workspace"
LARGEST = 200


class RegionalMeetingCalls(Client):
    """Each method raises the Problem that the workspace answered with."""

    async def regional_meetings(self) -> list[RegionalMeetingSummary]:
        """The latest 200, the latest first."""
        told = await self._get(f"{ROOT}/regional-meetings", limit=LARGEST)
        return [RegionalMeetingSummary.model_validate(item) for item in told["items"]]

    async def regional_meeting(self, slug: str) -> tuple[RegionalMeetingOut, str]:
        """The meeting and its ETag."""
        return await self._with_tag(RegionalMeetingOut, f"{ROOT}/regional-meetings/{slug}")

    async def add_regional_meeting(self, wanted: Mapping[str, Any]) -> RegionalMeetingOut:
        answer = await self._send("POST", f"{ROOT}/regional-meetings", json=dict(wanted))
        return RegionalMeetingOut.model_validate_json(answer.content)

    async def change_regional_meeting(self, slug: str, changes: Mapping[str, Any], *, etag: str) -> RegionalMeetingOut:
        """Raises StaleVersion when somebody changed it since."""
        path = f"{ROOT}/regional-meetings/{slug}"
        answer = await self._send("PATCH", path, json=dict(changes), headers={"If-Match": etag})
        return RegionalMeetingOut.model_validate_json(answer.content)

    async def register(self, slug: str, wanted: Mapping[str, Any], *, visitor: str) -> ReceivedOut:
        """`visitor`: as the gateway names whoever has not signed in. Raises Conflict when it is closed."""
        path = f"{ROOT}/regional-meetings/{slug}/registrations"
        answer = await self._send("POST", path, json=dict(wanted), headers={"X-Portsnet-Visitor": visitor})
        return ReceivedOut.model_validate_json(answer.content)

    async def registrations(self, slug: str) -> list[RegistrationOut]:
        """All of them, in the order of registration."""
        return await self._whole(RegistrationOut, f"{ROOT}/regional-meetings/{slug}/registrations")

    async def remove_registration(self, slug: str, registration: UUID | str) -> None:
        await self._send("DELETE", f"{ROOT}/regional-meetings/{slug}/registrations/{registration}")

    async def own_registration(self, token: str) -> OwnRegistrationOut:
        """Raises NotFound for what is no token, or one that was cancelled."""
        return OwnRegistrationOut.model_validate(await self._get(f"{ROOT}/registrations/{token}"))

    async def cancel_registration(self, token: str) -> None:
        await self._send("POST", f"{ROOT}/registrations/{token}/cancel")
