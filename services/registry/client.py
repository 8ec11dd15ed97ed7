"""How other services ask the registry."""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from pydantic import BaseModel

from services.registry.schemas import (
    ActivityOut,
    AgreementOut,
    CommunityFacts,
    CommunityOut,
    CountryOut,
    MemberOut,
    OrganizationOut,
    SignatureOut,
    StageOut,
    StakeholderTypeOut,
)
from shared.peers import Client

Item = TypeVar("Item", bound=BaseModel)
API = "/api/v1/registry"


class Tagged(NamedTuple):
    """A thing as it is now, and the tag to send with a change of it."""

    item: Any
    etag: str


class RegistryClient(Client):
    """Calls the registry on behalf of a caller, or in the service's own name. Lists come whole, filters are those of
    the API; writes take bodies as the API does and raise the problems that it answers with."""

    service = "registry"

    async def countries(self) -> list[CountryOut]:
        return await self._all(CountryOut, "/countries")

    async def stakeholder_types(self) -> list[StakeholderTypeOut]:
        return await self._all(StakeholderTypeOut, "/stakeholder-types")

    async def communities(self, **filters: Any) -> list[CommunityOut]:
        """Every community that the caller may see."""
        return await self._all(CommunityOut, "/communities", **filters)

    async def community(self, code: str) -> CommunityOut:
        """Raises NotFound."""
        return CommunityOut.model_validate(await self._get(f"{API}/communities/{code}"))

    async def community_to_change(self, code: str) -> Tagged:
        """The card with its tag. Raises NotFound."""
        return await self._tagged(CommunityOut, f"/communities/{code}")

    async def add_community(self, wanted: Mapping[str, Any]) -> CommunityOut:
        return await self._add(CommunityOut, "/communities", wanted)

    async def change_community(self, code: str, changes: Mapping[str, Any], etag: str) -> CommunityOut:
        return await self._change(CommunityOut, f"/communities/{code}", changes, etag)

    async def stages(self, code: str) -> list[StageOut]:
        """The life cycle so far, oldest first."""
        return await self._all(StageOut, f"/communities/{code}/stages")

    async def move_to_stage(self, code: str, wanted: Mapping[str, Any]) -> StageOut:
        return await self._add(StageOut, f"/communities/{code}/stages", wanted)

    async def organizations(self, **filters: Any) -> list[OrganizationOut]:
        """By name."""
        return await self._all(OrganizationOut, "/organizations", **filters)

    async def organization(self, key: UUID | str) -> OrganizationOut:
        """Raises NotFound."""
        return OrganizationOut.model_validate(await self._get(f"{API}/organizations/{key}"))

    async def organization_to_change(self, key: UUID | str) -> Tagged:
        return await self._tagged(OrganizationOut, f"/organizations/{key}")

    async def add_organization(self, wanted: Mapping[str, Any]) -> OrganizationOut:
        """Raises Conflict when the organisation is there already."""
        return await self._add(OrganizationOut, "/organizations", wanted)

    async def change_organization(self, key: UUID | str, changes: Mapping[str, Any], etag: str) -> OrganizationOut:
        return await self._change(OrganizationOut, f"/organizations/{key}", changes, etag)

    async def members(self, code: str, **filters: Any) -> list[MemberOut]:
        """The members of a community; persons only for whoever may see them."""
        return await self._all(MemberOut, f"/communities/{code}/members", **filters)

    async def member_to_change(self, code: str, key: UUID | str) -> Tagged:
        return await self._tagged(MemberOut, f"/communities/{code}/members/{key}")

    async def add_member(self, code: str, wanted: Mapping[str, Any]) -> MemberOut:
        return await self._add(MemberOut, f"/communities/{code}/members", wanted)

    async def change_member(self, code: str, key: UUID | str, changes: Mapping[str, Any], etag: str) -> MemberOut:
        return await self._change(MemberOut, f"/communities/{code}/members/{key}", changes, etag)

    async def remove_member(self, code: str, key: UUID | str, etag: str) -> None:
        await self._send("DELETE", f"{API}/communities/{code}/members/{key}", headers={"If-Match": etag})

    async def activities(self, **filters: Any) -> list[ActivityOut]:
        """The newest first."""
        return await self._all(ActivityOut, "/activities", **filters)

    async def activity_to_change(self, key: UUID | str) -> Tagged:
        return await self._tagged(ActivityOut, f"/activities/{key}")

    async def add_activity(self, wanted: Mapping[str, Any]) -> ActivityOut:
        return await self._add(ActivityOut, "/activities", wanted)

    async def change_activity(self, key: UUID | str, changes: Mapping[str, Any], etag: str) -> ActivityOut:
        return await self._change(ActivityOut, f"/activities/{key}", changes, etag)

    async def remove_activity(self, key: UUID | str, etag: str) -> None:
        await self._send("DELETE", f"{API}/activities/{key}", headers={"If-Match": etag})

    async def agreements(self, **filters: Any) -> list[AgreementOut]:
        """The newest first."""
        return await self._all(AgreementOut, "/agreements", **filters)

    async def signatures(self, agreement: UUID | str) -> list[SignatureOut]:
        """The earliest first; signatories only for the Network."""
        return await self._all(SignatureOut, f"/agreements/{agreement}/signatures")

    async def add_agreement(self, wanted: Mapping[str, Any]) -> AgreementOut:
        return await self._add(AgreementOut, "/agreements", wanted)

    async def add_signature(self, agreement: UUID | str, wanted: Mapping[str, Any]) -> SignatureOut:
        return await self._add(SignatureOut, f"/agreements/{agreement}/signatures", wanted)

    async def agreement_to_change(self, key: UUID | str) -> Tagged:
        return await self._tagged(AgreementOut, f"/agreements/{key}")

    async def change_agreement(self, key: UUID | str, changes: Mapping[str, Any], etag: str) -> AgreementOut:
        return await self._change(AgreementOut, f"/agreements/{key}", changes, etag)

    async def remove_agreement(self, key: UUID | str, etag: str) -> None:
        """Raises Conflict when it was signed."""
        await self._send("DELETE", f"{API}/agreements/{key}", headers={"If-Match": etag})

    async def signature_to_change(self, agreement: UUID | str, key: UUID | str) -> Tagged:
        return await self._tagged(SignatureOut, f"/agreements/{agreement}/signatures/{key}")

    async def change_signature(
        self, agreement: UUID | str, key: UUID | str, changes: Mapping[str, Any], etag: str
    ) -> SignatureOut:
        return await self._change(SignatureOut, f"/agreements/{agreement}/signatures/{key}", changes, etag)

    async def remove_signature(self, agreement: UUID | str, key: UUID | str, etag: str) -> None:
        path = f"{API}/agreements/{agreement}/signatures/{key}"
        await self._send("DELETE", path, headers={"If-Match": etag})

    async def facts(self, code: str | None = None) -> list[CommunityFacts]:
        """What services keep of communities, all or one (empty when it never was); in the service's own name only."""
        told = await self._get("/internal/communities", code=code)
        return [CommunityFacts.model_validate(item) for item in told["items"]]

    async def _all(self, model: type[Item], path: str, **filters: Any) -> list[Item]:
        return await self._whole(model, f"{API}{path}", **filters)

    async def _tagged(self, model: type[Item], path: str) -> Tagged:
        return Tagged(*await self._with_tag(model, f"{API}{path}"))

    async def _add(self, model: type[Item], path: str, wanted: Mapping[str, Any]) -> Item:
        return model.model_validate((await self._send("POST", f"{API}{path}", json=dict(wanted))).json())

    async def _change(self, model: type[Item], path: str, changes: Mapping[str, Any], etag: str) -> Item:
        told = await self._send("PATCH", f"{API}{path}", json=dict(changes), headers={"If-Match": etag})
        return model.model_validate(told.json())
