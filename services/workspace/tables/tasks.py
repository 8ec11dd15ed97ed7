"""What a committee has to do, and what is said about it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.workspace.tables.schema import Base
from services.workspace.words import PRIORITIES, STATES
from shared.ids import uuid7


class Task(Base):  # type: ignore[misc, valid-type]
    """Something that a committee has to do.

    `place` orders the tasks of one committee and state (`tasks.ordering`); `search` is what `q` is looked for in;
    `created_by` is `user:<id>` or `client:<id>`, and the name is the one that this had then.

    One that comes again has a rule (`rrule`, RFC 5545), read from the day `repeats_from`, and is itself the one of the
    day `occurs_on`, whenever it is due. The next one names it in `follows`, which is unique: there is one next.
    `followed_by` stays when that was removed: who takes away the next one has ended the series.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(s) for s in STATES)})", name="state"),
        CheckConstraint(f"priority IN ({', '.join(repr(p) for p in PRIORITIES)})", name="priority"),
        Index(None, "committee", "state", "place"),
        Index(None, "due_on"),
        UniqueConstraint("follows"),
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
    rrule: Mapped[str | None]
    repeats_from: Mapped[date | None]
    occurs_on: Mapped[date | None]
    follows: Mapped[UUID | None] = mapped_column(ForeignKey("workspace.tasks.id", ondelete="SET NULL"))
    followed_by: Mapped[UUID | None]
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
