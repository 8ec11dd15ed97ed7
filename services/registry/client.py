"""How other services ask the registry."""

from typing import Any

from services.registry.schemas import CommunityFacts, CommunityOut, CountryOut, StageOut
from shared.peers import Client


class RegistryClient(Client):
    """Calls the registry on behalf of a caller, or in the service's own name."""

    service = "registry"

    async def communities(self, **filters: Any) -> list[CommunityOut]:
        """Every community that the caller may see; filters as in the API."""
        found: list[CommunityOut] = []
        cursor: str | None = None
        while True:
            part = await self._get("/api/v1/registry/communities", limit=200, cursor=cursor, **filters)
            found += [CommunityOut.model_validate(item) for item in part["items"]]
            cursor = part["next"]
            if cursor is None:
                return found

    async def community(self, code: str) -> CommunityOut:
        """Raises NotFound."""
        return CommunityOut.model_validate(await self._get(f"/api/v1/registry/communities/{code}"))

    async def stages(self, code: str) -> list[StageOut]:
        told = await self._get(f"/api/v1/registry/communities/{code}/stages")
        return [StageOut.model_validate(item) for item in told["items"]]

    async def countries(self) -> list[CountryOut]:
        told = await self._get("/api/v1/registry/countries")
        return [CountryOut.model_validate(item) for item in told["items"]]

    async def facts(self, code: str | None = None) -> list[CommunityFacts]:
        """What services keep of communities, all or one (empty when it never was); in the service's own name only."""
        told = await self._get("/internal/communities", code=code)
        return [CommunityFacts.model_validate(item) for item in told["items"]]
