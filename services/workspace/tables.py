"""Tables of the workspace schema: committees and what they work on."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, Text
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.workspace.words import COMMITTEE_KINDS, PRIORITIES, STATES
from shared.database import Schema
from shared.ids import uuid7

SCHEMA = Schema("workspace")
Base = SCHEMA.base()


class Committee(Base):  # type: ignore[misc, valid-type]  # the base is made per schema
    """A body of the Network. Who belongs to it is told by the grants that the gateway keeps."""

    __tablename__ = "committees"
    __table_args__ = (CheckConstraint(f"kind IN ({', '.join(repr(k) for k in COMMITTEE_KINDS)})", name="kind"),)

    slug: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[dict[str, str]]
    kind: Mapped[str]
    position: Mapped[int] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=sql("now()"))


class Task(Base):  # type: ignore[misc, valid-type]
    """Something that a committee has to do.

    `place` orders the tasks of one committee and state (`tasks.ordering`); `search` is what `q` is looked for in;
    `created_by` is `user:<id>` or `client:<id>`, and the name is the one that this had then.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(s) for s in STATES)})", name="state"),
        CheckConstraint(f"priority IN ({', '.join(repr(p) for p in PRIORITIES)})", name="priority"),
        Index(None, "committee", "state", "place"),
        Index(None, "due_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    committee: Mapped[str] = mapped_column(ForeignKey("workspace.committees.slug"))
    title: Mapped[str]
    description: Mapped[str | None]
    state: Mapped[str]
    place: Mapped[str] = mapped_column(Text(collation="C"))
    due_on: Mapped[date | None]
    priority: Mapped[str]
    labels: Mapped[list[str]]
    checklist: Mapped[list[Any]] = mapped_column(JSONB)
    links: Mapped[list[Any]] = mapped_column(JSONB)
    search: Mapped[str]
    created_by: Mapped[str]
    created_by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=sql("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=sql("now()"))
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))
    version: Mapped[int] = mapped_column(server_default="1")
    assignments: Mapped[list["Assignment"]] = relationship(
        lazy="raise", order_by="Assignment.position", cascade="all, delete-orphan", passive_deletes=True
    )


class Assignment(Base):  # type: ignore[misc, valid-type]
    """Whose task it is, in the order in which the people were named."""

    __tablename__ = "assignments"
    __table_args__ = (Index(None, "user_id"),)

    task_id: Mapped[UUID] = mapped_column(ForeignKey("workspace.tasks.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger)


class TaskChange(Base):  # type: ignore[misc, valid-type]
    """Who did what to a task when. `changes`: `[{"field", "from", "to"}]` as on the wire; rows are only added."""

    __tablename__ = "task_changes"
    __table_args__ = (Index(None, "task_id", "at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("workspace.tasks.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    actor: Mapped[str]
    actor_name: Mapped[str]
    action: Mapped[str]
    changes: Mapped[list[Any]] = mapped_column(JSONB)
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))


class Comment(Base):  # type: ignore[misc, valid-type]
    """What somebody said about a task. `mentions`: `[{"user_id", "username", "name"}]` of people of the committee."""

    __tablename__ = "comments"
    __table_args__ = (Index(None, "task_id", "created_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("workspace.tasks.id", ondelete="CASCADE"))
    author: Mapped[str]
    author_name: Mapped[str]
    text: Mapped[str]
    mentions: Mapped[list[Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))
    version: Mapped[int] = mapped_column(server_default="1")


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
