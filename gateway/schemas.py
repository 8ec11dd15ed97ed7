"""What the gateway tells services."""

from uuid import UUID

from shared.fields import Output, Time


class InvitationOut(Output):
    id: UUID
    email: str
    role: str
    scope: str
    stakeholder_group: str | None
    locale: str
    created_at: Time
    expires_at: Time
    accepted_at: Time | None


class HolderOut(Output):
    """A person's role in a scope."""

    user_id: UUID
    name: str
    username: str
    email: str
    locale: str
    role: str
    scope: str
    stakeholder_group: str | None
    since: Time


class HoldersOut(Output):
    items: list[HolderOut]


class PersonOut(Output):
    id: UUID
    name: str
    username: str
    locale: str
    email: str


class PeopleOut(Output):
    items: list[PersonOut]
