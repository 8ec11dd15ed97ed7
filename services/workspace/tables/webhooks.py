"""Addresses of other programs that hear of what happens in a committee, and what was sent to them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.workspace.tables.schema import Base
from shared.ids import uuid7


class Webhook(Base):  # type: ignore[misc, valid-type]
    """Where to send what happens (Standard Webhooks). The secret lies sealed. `stopped_at`: nothing is sent any
    more, because it was switched off or nobody answered there for days."""

    __tablename__ = "webhooks"
    __table_args__ = (Index(None, "committee"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    committee: Mapped[str] = mapped_column(ForeignKey("workspace.committees.slug"))
    url: Mapped[str]
    kinds: Mapped[list[str]]
    secret: Mapped[bytes]
    stopped_at: Mapped[datetime | None]
    created_by_name: Mapped[str]
    created_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))


class WebhookMessage(Base):  # type: ignore[misc, valid-type]
    """One message to one address, its tries and how the last one went. The id is the same at every try."""

    __tablename__ = "webhook_messages"
    __table_args__ = (Index(None, "webhook_id", "created_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("workspace.webhooks.id", ondelete="CASCADE"))
    kind: Mapped[str]
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    last_try_at: Mapped[datetime | None]
    status: Mapped[int | None] = mapped_column(SmallInteger)
    trouble: Mapped[str | None]
    delivered_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
