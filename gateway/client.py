"""How services ask the gateway about people: who holds which role, what somebody is called."""

from gateway.schemas import HolderOut, HoldersOut, InvitationOut, PeopleOut, PersonOut
from shared.peers import Client


class IdentityClient(Client):
    """Speaks in the service's own name (leave `on_behalf_of` unset), save for invitations."""

    service = "gateway"

    async def holders(self, scope: str) -> list[HolderOut]:
        """Everybody with a role in `community:<code>`, `committee:<slug>` or `community:*`."""
        return HoldersOut.model_validate(await self._get("/internal/holders", scope=scope)).items

    async def people(self, ids: list[str]) -> dict[str, PersonOut]:
        """People by id; unknown ones are left out."""
        found: dict[str, PersonOut] = {}
        for start in range(0, len(ids), 200):
            part = PeopleOut.model_validate(await self._get("/internal/people", ids=",".join(ids[start : start + 200])))
            found |= {str(person.id): person for person in part.items}
        return found

    async def invitation(self, token: str) -> InvitationOut:
        """What a link invites to. Raises NotFound, or Conflict when it was used or has expired."""
        return InvitationOut.model_validate(await self._get(f"/internal/invitations/{token}"))
