"""What people were told, and of what they want to hear."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.workspace.tables.schema import Base
from services.workspace.tables.tasks import Task
from shared.ids import uuid7


class Notification(Base):  # type: ignore[misc, valid-type]
    """That somebody was told of something: `event` is told once to a person, `why` says why to this one.

    It goes when the task goes that it speaks of; of other things `subject` is the name and `link` the page. Without
    `in_app` it is there for the mail alone.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        Index("uq_notifications_user_id_event", "user_id", "event", unique=True),
        Index(None, "user_id", "created_at", "id"),
        Index(None, "committee"),
        Index(None, "task_id"),
        Index(None, "comment_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID]
    event: Mapped[str]
    kind: Mapped[str]
    why: Mapped[str]
    committee: Mapped[str] = mapped_column(ForeignKey("workspace.committees.slug"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("workspace.tasks.id", ondelete="CASCADE"))
    comment_id: Mapped[UUID | None] = mapped_column(ForeignKey("workspace.comments.id", ondelete="CASCADE"))
    actor_name: Mapped[str | None]
    details: Mapped[dict[str, str]]
    subject: Mapped[str | None]
    link: Mapped[str | None]
    in_app: Mapped[bool] = mapped_column(server_default=sql("true"))
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))
    task: Mapped[Task | None] = relationship(lazy="raise", viewonly=True)


class NotificationPreference(Base):  # type: ignore[misc, valid-type]
    """How a person wants to hear of what; no row: as at the beginning.

    `channels`: `{kind: {"in_app": bool, "email": "never" | "at_once" | "daily"}}` where it differs; `muted` are kinds
    that were silenced before there was mail. `committees`: `{slug: {"muted": bool, "kinds": channels}}` where a
    committee differs from the rest. Quiet hours are minutes of the day in the person's `timezone`.
    """

    __tablename__ = "notification_preferences"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    muted: Mapped[list[str]]
    channels: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'"))
    committees: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'"))
    timezone: Mapped[str | None]
    quiet_from: Mapped[int | None] = mapped_column(SmallInteger)
    quiet_until: Mapped[int | None] = mapped_column(SmallInteger)
    updated_at: Mapped[datetime]


class Digest(Base):  # type: ignore[misc, valid-type]
    """A person's mail of one day. Its id is the message's. Once `claimed_at` is set, what it says does not change."""

    __tablename__ = "digests"
    __table_args__ = (UniqueConstraint("user_id", "day"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID]
    day: Mapped[date]
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]


class Delivery(Base):  # type: ignore[misc, valid-type]
    """That a notification goes out by mail: at once, under this id, or in a digest."""

    __tablename__ = "deliveries"
    __table_args__ = (Index(None, "digest_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    notification_id: Mapped[UUID] = mapped_column(
        ForeignKey("workspace.notifications.id", ondelete="CASCADE"), unique=True
    )
    digest_id: Mapped[UUID | None] = mapped_column(ForeignKey("workspace.digests.id", ondelete="CASCADE"))
    sent_at: Mapped[datetime | None]
