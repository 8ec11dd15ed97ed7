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
    demo: bool


class HolderOut(Output):
    """A person's role in a scope. `communities` are those in which they hold any role."""

    user_id: UUID
    name: str
    username: str
    email: str
    locale: str
    role: str
    scope: str
    stakeholder_group: str | None
    since: Time
    communities: list[str]


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


class MailAccepted(Output):
    """The id under which a message goes out; null when its addressee has no account any more."""

    id: UUID | None


class HeldOut(Output):
    """A role that somebody holds."""

    id: UUID
    role: str
    scope: str
    stakeholder_group: str | None


class AccountOut(Output):
    id: UUID
    username: str
    name: str
    email: str
    locale: str
    active: bool
    demo: bool
    created_at: Time
    grants: list[HeldOut]


class RoleOut(Output):
    id: UUID
    user: UUID
    username: str
    name: str
    role: str
    scope: str
    stakeholder_group: str | None
    demo: bool
    created_at: Time


class SessionOut(Output):
    id: UUID
    created_at: Time
    seen_at: Time
    expires_at: Time
    address: str
    agent: str
    current: bool


class ClientOut(Output):
    """A program. `daily_quota`: requests a day of UTC, null where the platform's usual number holds."""

    client_id: str
    name: str
    scopes: list[str]
    scope: str | None
    auth_method: str
    created_by: UUID | None
    created_at: Time
    used_at: Time | None
    daily_quota: int | None
    requests_today: int
    demo: bool


class NewClientOut(ClientOut):
    """`client_secret` is shown this once; null for a client that signs with its own keys."""

    client_secret: str | None


class MailOut(Output):
    """That a message went out; never what it said."""

    id: UUID
    recipient: str
    kind: str
    created_at: Time
    sent_at: Time | None


class LoginOut(Output):
    provider: str
    issuer: str
    subject: str
    created_at: Time


class LoginsOut(Output):
    items: list[LoginOut]
