"""How services ask the gateway about people: who holds which role, what somebody is called; and how the portal's pages
do for a person what the identity API does."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from gateway.schemas import (
    AccountOut,
    ClientOut,
    HolderOut,
    HoldersOut,
    InvitationOut,
    LoginOut,
    MailAccepted,
    MailOut,
    NewClientOut,
    PeopleOut,
    PersonOut,
    RoleOut,
    SessionOut,
)  # fmt: skip
from shared.peers import Client

API = "/internal/api/v1/identity"


class IdentityClient(Client):
    """`holders`, `people` and `send_mail` speak in the service's own name (leave `on_behalf_of` unset), the rest for a
    person."""

    service = "gateway"

    async def holders(self, scope: str) -> list[HolderOut]:
        """Everybody with a role in `network`, `community:<code>`, `committee:<slug>` or `community:*`."""
        return HoldersOut.model_validate(await self._get("/internal/holders", scope=scope)).items

    async def seat(
        self,
        slug: str,
        seats: Sequence[tuple[UUID | str, str]],
        *,
        asked_by: str,
        asked_by_id: str | None = None,
        demo: bool = False,
    ) -> None:
        """Give people `(id, role)` their roles in a committee that was just made; twice is as once. They are told, but
        for whoever asked. The workspace only, in its own name."""
        wanted = {
            "scope": f"committee:{slug}", "asked_by": asked_by, "asked_by_id": asked_by_id, "demo": demo,
            "seats": [{"user_id": str(user), "role": role} for user, role in seats],
        }  # fmt: skip
        await self._send("POST", "/internal/grants", json=wanted)

    async def unseat(self, slug: str, *, before: str, asked_by: str) -> None:
        """Take away what was given in a committee until a moment: roles, open invitations, clients' grants; twice is as
        once. The workspace only, in its own name."""
        wanted = {"scope": f"committee:{slug}", "before": before, "asked_by": asked_by}
        await self._send("POST", "/internal/grants/end", json=wanted)

    async def people(self, ids: list[str]) -> dict[str, PersonOut]:
        """People by id; unknown ones are left out."""
        found: dict[str, PersonOut] = {}
        for start in range(0, len(ids), 200):
            part = PeopleOut.model_validate(await self._get("/internal/people", ids=",".join(ids[start : start + 200])))
            found |= {str(person.id): person for person in part.items}
        return found

    async def send_mail(
        self,
        kind: str,
        values: Mapping[str, str],
        *,
        user_id: UUID | str | None = None,
        email: str | None = None,
        locale: str = "es",
        id: UUID | str | None = None,  # noqa: A002 -- the message's id
        unsubscribe: str | None = None,
        calendar: Mapping[str, str] | None = None,
    ) -> UUID | None:
        """Have a message sent to a person, in their language, or to an address. With an `id` of one's own it goes out
        once, however often a job asks for it. `values["link"]` is a path of the platform. None when the person is gone.
        `unsubscribe`: the path that stops such mail with one click; `calendar`: `{"method": "REQUEST" | "CANCEL",
        "content"}`, an invitation.

        Kinds: `task_assigned` and `task_mentioned` (by, title, link), `survey_reminder` (community, year, closes_on,
        link), `survey_submitted`, `survey_returned` and `survey_accepted` (community, year, link), `notification`
        (title, text, link), `digest` (text, link), `meeting_registered`, `meeting_waiting` and `meeting_place` (name,
        title, when, place, link).
        """
        wanted = {"kind": kind, "values": dict(values), "locale": locale}
        wanted |= {"user_id": str(user_id)} if user_id is not None else {}
        wanted |= {"email": email} if email is not None else {}
        wanted |= {"id": str(id)} if id is not None else {}
        wanted |= {"unsubscribe": unsubscribe} if unsubscribe is not None else {}
        wanted |= {"calendar": dict(calendar)} if calendar is not None else {}
        told = await self._send("POST", "/internal/mail", json=wanted)
        return MailAccepted.model_validate_json(told.content).id

    async def invitation(self, token: str) -> InvitationOut:
        """What a link invites to. Raises NotFound, or Conflict when it was used or has expired."""
        return InvitationOut.model_validate(await self._get(f"/internal/invitations/{token}"))

    async def invite(self, wanted: Mapping[str, Any]) -> InvitationOut:
        """Invite somebody by mail. Raises Invalid, NotAllowed."""
        told = await self._send("POST", f"{API}/invitations", json=dict(wanted))
        return InvitationOut.model_validate_json(told.content)

    async def invitations(self, scope: str | None = None) -> list[InvitationOut]:
        """Those in the scopes that the person manages, the newest first. Raises NotAllowed."""
        return await self._whole(InvitationOut, f"{API}/invitations", scope=scope)

    async def withdraw_invitation(self, invitation: UUID | str) -> None:
        """Raises NotFound, or Conflict when it was accepted."""
        await self._send("DELETE", f"{API}/invitations/{invitation}")

    async def users(self, **filters: Any) -> list[AccountOut]:
        """Accounts that the person may know of, by `scope`, `role`, `q`."""
        return await self._whole(AccountOut, f"{API}/users", **filters)

    async def user(self, user: UUID | str) -> tuple[AccountOut, str]:
        """An account, and the tag to change it; `me` is the person's own. Raises NotFound."""
        return await self._with_tag(AccountOut, f"{API}/users/{user}")

    async def change_user(self, user: UUID | str, changes: Mapping[str, Any], etag: str) -> AccountOut:
        """Raises StaleVersion, Invalid, NotAllowed, or Conflict for the last of the secretariat."""
        told = await self._send("PATCH", f"{API}/users/{user}", json=dict(changes), headers={"If-Match": etag})
        return AccountOut.model_validate_json(told.content)

    async def account(self) -> tuple[AccountOut, str]:
        """The person's own account, and the tag to change it."""
        return await self.user("me")

    async def change_account(self, changes: Mapping[str, Any], etag: str) -> AccountOut:
        """Raises StaleVersion, Invalid."""
        return await self.change_user("me", changes, etag)

    async def grants(self, scope: str | None = None, **filters: Any) -> list[RoleOut]:
        """The roles that the person may know of, in the order in which they were given; also by `role`, `user`."""
        return await self._whole(RoleOut, f"{API}/grants", scope=scope, **filters)

    async def give_role(self, wanted: Mapping[str, Any]) -> RoleOut:
        """`user`, `role`, `scope`, `stakeholder_group`. Raises Invalid, NotAllowed, or Conflict when it is held."""
        return RoleOut.model_validate_json((await self._send("POST", f"{API}/grants", json=dict(wanted))).content)

    async def take_role(self, grant: UUID | str) -> None:
        """Raises NotFound, NotAllowed, or Conflict for the last of the secretariat."""
        await self._send("DELETE", f"{API}/grants/{grant}")

    async def sessions(self) -> list[SessionOut]:
        """Where the person is signed in, the newest first."""
        return await self._whole(SessionOut, f"{API}/sessions")

    async def end_session(self, session: UUID | str) -> None:
        """Raises NotFound."""
        await self._send("DELETE", f"{API}/sessions/{session}")

    async def programs(self) -> list[ClientOut]:
        """API clients in the scopes that the person manages. Raises NotAllowed."""
        return await self._whole(ClientOut, f"{API}/clients")

    async def register_program(self, wanted: Mapping[str, Any]) -> NewClientOut:
        """`name`, `scopes`, `scope`, `jwks`; the secret is in this answer only. Raises Invalid, NotAllowed."""
        return NewClientOut.model_validate_json((await self._send("POST", f"{API}/clients", json=dict(wanted))).content)

    async def remove_program(self, client_id: UUID | str) -> None:
        """Raises NotFound."""
        await self._send("DELETE", f"{API}/clients/{client_id}")

    async def mails(self, cursor: str | None = None) -> tuple[list[MailOut], str | None]:
        """What was written to whom, the newest first: a part, and the cursor of the next. Raises NotAllowed."""
        told = await self._get(f"{API}/mails", limit=100, cursor=cursor)
        return [MailOut.model_validate(item) for item in told["items"]], told["next"]

    async def audit(self, cursor: str | None = None, **filters: Any) -> dict[str, Any]:
        """The audit trail of the whole platform, by `actor`, `action`, `since`, `until`: `items`, `next`, `missing`."""
        told: dict[str, Any] = await self._get(f"{API}/audit", limit=100, cursor=cursor, **filters)
        return told

    async def logins(self) -> list[LoginOut]:
        """The logins elsewhere that are linked to the person's account."""
        return [LoginOut.model_validate(item) for item in (await self._get(f"{API}/logins"))["items"]]
