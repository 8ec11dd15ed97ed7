"""Telling other programs of what happens in a committee: the outbox of webhooks."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from services.workspace.tables import Webhook, WebhookMessage
from shared.database import Job, WriteSession
from shared.fields import utc
from shared.ids import uuid7

SEND = "send_webhook"
"""The job that sends one message to one address."""


async def announce_hook(tx: WriteSession, committee: str, kind: str, data: Mapping[str, Any]) -> None:
    """Have it sent, once this transaction commits, to every address of the committee that wants to hear of `kind`."""
    statement = select(Webhook).where(Webhook.committee == committee, Webhook.stopped_at.is_(None))
    hooks = (await tx.scalars(statement)).all()
    now = datetime.now(UTC)
    for hook in hooks:
        if hook.kinds and kind not in hook.kinds:
            continue
        message = WebhookMessage(
            id=uuid7(), webhook_id=hook.id, kind=kind, created_at=now, tries=0,
            body={"type": kind, "timestamp": utc(now), "data": {"committee": committee, **data}},
        )  # fmt: skip
        tx.add(message)
        tx.announce(Job(SEND, {"message": str(message.id)}))
