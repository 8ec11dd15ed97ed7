"""What people were told, and of what they want to hear."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.workspace.tables.schema import Base
from services.workspace.tables.tasks import Task
from shared.ids import uuid7


class Notification(Base):  # type: ignore[misc, valid-type]
    """That somebody was told of something: `event` is told once to a person, `why` says why to this one.

    It goes when what it speaks of goes.
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
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))
    task: Mapped[Task | None] = relationship(lazy="raise", viewonly=True)


class NotificationPreference(Base):  # type: ignore[misc, valid-type]
    """The kinds of which a person does not want to hear on the platform; no row: hears of all."""

    __tablename__ = "notification_preferences"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    muted: Mapped[list[str]]
    updated_at: Mapped[datetime]
