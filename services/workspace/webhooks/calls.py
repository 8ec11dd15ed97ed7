"""How other services ask about webhooks: a part of the workspace's client."""

from collections.abc import Sequence
from uuid import UUID

from services.workspace.webhooks.schemas import NewWebhookOut, WebhookMessageOut, WebhookOut
from shared.fields import Counted
from shared.peers import Client

ROOT = "/api/v1/workspace"
LARGEST = 200


class WebhookCalls(Client):
    """For the chair and the secretariat; others get NotAllowed or NotFound."""

    async def webhooks(self, slug: str) -> list[WebhookOut]:
        """A committee's, the oldest first."""
        told = await self._get(f"{ROOT}/committees/{slug}/webhooks", limit=LARGEST)
        return Counted[WebhookOut].model_validate(told).items

    async def add_webhook(self, slug: str, url: str, kinds: Sequence[str]) -> NewWebhookOut:
        """With its secret, which is told this once. Raises Invalid, Conflict."""
        wanted = {"url": url, "kinds": list(kinds)}
        answer = await self._send("POST", f"{ROOT}/committees/{slug}/webhooks", json=wanted)
        return NewWebhookOut.model_validate_json(answer.content)

    async def act_on_webhook(self, webhook_id: UUID | str, act: str) -> None:
        """`test`, `stop` or `resume`. Raises Conflict."""
        await self._send("POST", f"{ROOT}/webhooks/{webhook_id}/{act}")

    async def retry_webhook(self, webhook_id: UUID | str, message_id: UUID | str) -> None:
        """Raises Conflict for what has arrived and while the webhook is stopped."""
        await self._send("POST", f"{ROOT}/webhooks/{webhook_id}/messages/{message_id}/retry")

    async def remove_webhook(self, webhook_id: UUID | str) -> None:
        await self._send("DELETE", f"{ROOT}/webhooks/{webhook_id}")

    async def webhook_messages(
        self, webhook_id: UUID | str, *, limit: int = 25, cursor: str | None = None
    ) -> Counted[WebhookMessageOut]:
        """What was sent there and how it went, the newest first."""
        told = await self._get(f"{ROOT}/webhooks/{webhook_id}/messages", limit=limit, cursor=cursor)
        return Counted[WebhookMessageOut].model_validate(told)
