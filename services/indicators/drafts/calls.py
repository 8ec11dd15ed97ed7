"""How other services ask for definitions in the making."""

from typing import Any

from services.indicators.drafts.schemas import DraftOut, VersionOut
from services.indicators.schemas import IndicatorOut
from shared.peers import Client

ROOT = "/api/v1/indicators"


class DefinitionCalls(Client):
    """The part of the indicators' client that is about writing definitions."""

    async def versions(self, code: str) -> list[VersionOut]:
        """Every published version, the newest first. Raises NotFound."""
        told = await self._get(f"{ROOT}/catalogue/{code}/versions")
        return [VersionOut.model_validate(item) for item in told["items"]]

    async def drafts(self) -> list[DraftOut]:
        """Raises NotAllowed."""
        return [DraftOut.model_validate(item) for item in (await self._get(f"{ROOT}/drafts", limit=200))["items"]]

    async def draft(self, code: str) -> tuple[DraftOut, str]:
        """The draft and its tag. Raises NotFound, NotAllowed."""
        return await self._with_tag(DraftOut, f"{ROOT}/drafts/{code}")

    async def begin_draft(self, code: str) -> DraftOut:
        """A copy of the current version. Raises NotAllowed, Conflict, Invalid."""
        return DraftOut.model_validate((await self._send("POST", f"{ROOT}/drafts", json={"code": code})).json())

    async def change_draft(self, code: str, changes: dict[str, Any], etag: str) -> DraftOut:
        """Raises NotFound, NotAllowed, Invalid, StaleVersion."""
        answer = await self._send("PATCH", f"{ROOT}/drafts/{code}", json=changes, headers={"If-Match": etag})
        return DraftOut.model_validate(answer.json())

    async def drop_draft(self, code: str, etag: str) -> None:
        """Raises NotFound, NotAllowed, StaleVersion."""
        await self._send("DELETE", f"{ROOT}/drafts/{code}", headers={"If-Match": etag})

    async def publish_draft(self, code: str, because: str) -> IndicatorOut:
        """Raises NotFound, NotAllowed, Invalid with what is missing, Conflict."""
        answer = await self._send("POST", f"{ROOT}/drafts/{code}/publish", json={"because": because})
        return IndicatorOut.model_validate(answer.json())
