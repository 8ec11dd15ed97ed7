"""What goes over the wire about webhooks."""

from typing import Annotated, Any, Literal, get_args
from uuid import UUID

from pydantic import Field

from shared.fields import Input, Output, Time, WebAddress

HookKind = Literal[
    "event.created", "event.changed", "event.cancelled", "minutes.approved", "decision.recorded", "task.created",
    "task.changed", "election.called", "vote.opened", "vote.closed",
]  # fmt: skip
HOOK_KINDS: tuple[HookKind, ...] = get_args(HookKind)


class WebhookIn(Input):
    """`kinds`: of what is told; all of it when there are none."""

    url: WebAddress
    kinds: Annotated[list[HookKind], Field(max_length=len(HOOK_KINDS))] = Field(default_factory=list)


class WebhookOut(Output):
    """`stopped_at`: nothing is sent any more, because nobody answered there for days, or the receiver said so (410)."""

    id: UUID
    committee: str
    url: str
    kinds: list[HookKind]
    stopped_at: Time | None
    created_by: str
    created_at: Time
    demo: bool


class NewWebhookOut(WebhookOut):
    """The secret, `whsec_` and 32 random bytes in base64, is shown this once."""

    secret: str


class WebhookMessageOut(Output):
    """A message and how the last try went. `status` is what the receiver answered, `trouble` why nothing came back."""

    id: UUID
    type: str
    body: dict[str, Any]
    created_at: Time
    tries: int
    last_try_at: Time | None
    status: int | None
    trouble: str | None
    delivered_at: Time | None
    given_up_at: Time | None
