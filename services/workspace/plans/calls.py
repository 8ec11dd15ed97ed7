"""What other services ask about charters, work plans and task forces: a part of the workspace's client."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.workspace.charters.schemas import CharterOut, CharterRevisionOut
from services.workspace.plans.schemas import PlanItemOut, PlanOut
from services.workspace.schemas import CommitteeOut
from services.workspace.task_forces.schemas import CandidateOut
from shared.peers import Client

ROOT = "/api/v1/workspace"
LARGEST = 200


class PlanCalls(Client):
    """Each method raises the Problem that the workspace answered with."""

    async def committee_to_change(self, slug: str) -> tuple[CommitteeOut, str]:
        """The committee and its ETag."""
        return await self._with_tag(CommitteeOut, f"{ROOT}/committees/{slug}")

    async def add_committee(self, wanted: Mapping[str, Any]) -> CommitteeOut:
        """A task force, or whatever the secretariat makes."""
        answer = await self._send("POST", f"{ROOT}/committees", json=dict(wanted))
        return CommitteeOut.model_validate_json(answer.content)

    async def change_committee(self, slug: str, changes: Mapping[str, Any], *, etag: str) -> CommitteeOut:
        """Raises StaleVersion when somebody changed it since."""
        path = f"{ROOT}/committees/{slug}"
        answer = await self._send("PATCH", path, json=dict(changes), headers={"If-Match": etag})
        return CommitteeOut.model_validate_json(answer.content)

    async def remove_committee(self, slug: str, *, etag: str) -> None:
        """Raises StaleVersion, Conflict for one that has held something or came with the platform."""
        await self._send("DELETE", f"{ROOT}/committees/{slug}", headers={"If-Match": etag})

    async def candidates(self, slug: str) -> list[CandidateOut]:
        """Who could sit in a task force of this committee, by name."""
        return await self._whole(CandidateOut, f"{ROOT}/committees/{slug}/candidates")

    async def charter(self, slug: str) -> tuple[CharterOut, str]:
        """The charter in force, or an empty one, and its ETag."""
        return await self._with_tag(CharterOut, f"{ROOT}/committees/{slug}/charter")

    async def write_charter(self, slug: str, text: str, note: str | None, *, etag: str) -> CharterOut:
        """Raises StaleVersion when somebody changed it since."""
        path = f"{ROOT}/committees/{slug}/charter"
        answer = await self._send("PUT", path, json={"text": text, "note": note}, headers={"If-Match": etag})
        return CharterOut.model_validate_json(answer.content)

    async def charter_revisions(self, slug: str) -> list[CharterRevisionOut]:
        """The newest 200, the one in force first."""
        told = await self._get(f"{ROOT}/committees/{slug}/charter/revisions", limit=LARGEST)
        return [CharterRevisionOut.model_validate(item) for item in told["items"]]

    async def plan(self, slug: str, year: int | None = None) -> PlanOut:
        """The plan of a year, this one when none is named."""
        return PlanOut.model_validate(await self._get(f"{ROOT}/committees/{slug}/work-plan", year=year))

    async def plan_item(self, item: UUID | str) -> tuple[PlanItemOut, str]:
        """The item and its ETag."""
        return await self._with_tag(PlanItemOut, f"{ROOT}/work-plan/{item}")

    async def add_plan_item(self, slug: str, wanted: Mapping[str, Any]) -> PlanItemOut:
        answer = await self._send("POST", f"{ROOT}/committees/{slug}/work-plan", json=dict(wanted))
        return PlanItemOut.model_validate_json(answer.content)

    async def change_plan_item(self, item: UUID | str, changes: Mapping[str, Any], *, etag: str) -> PlanItemOut:
        """Raises StaleVersion when somebody changed it since."""
        path = f"{ROOT}/work-plan/{item}"
        answer = await self._send("PATCH", path, json=dict(changes), headers={"If-Match": etag})
        return PlanItemOut.model_validate_json(answer.content)

    async def move_plan_item(self, item: UUID | str, after: UUID | str | None) -> None:
        wanted = {"after": str(after) if after is not None else None}
        await self._send("POST", f"{ROOT}/work-plan/{item}/move", json=wanted)

    async def remove_plan_item(self, item: UUID | str, *, etag: str) -> None:
        await self._send("DELETE", f"{ROOT}/work-plan/{item}", headers={"If-Match": etag})
