"""Meetings of committees: when they are, who comes, what was said and decided; and how a date was found."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.workspace.tables.schema import Base
from shared.ids import uuid7


class Event(Base):  # type: ignore[misc, valid-type]
    """A meeting, once or by a rule. `last_key` is the last occurrence of a rule that ends after so many; `ends_by` when
    all of it is over, null when it has no end. `sequence` counts what calendars must hear of; a removed one stays for
    them."""

    __tablename__ = "events"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="order"),
        Index(None, "committee", "starts_at", "id"),
        Index(None, "starts_at", "id", postgresql_where=sql("public")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    committee: Mapped[str] = mapped_column(ForeignKey("workspace.committees.slug"))
    title: Mapped[str]
    description: Mapped[str | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    timezone: Mapped[str]
    rrule: Mapped[str | None]
    last_key: Mapped[datetime | None]
    ends_by: Mapped[datetime | None]
    place: Mapped[str | None]
    link: Mapped[str | None]
    agenda: Mapped[list[Any]] = mapped_column(JSONB)
    public: Mapped[bool]
    cancelled: Mapped[bool] = mapped_column(server_default=sql("false"))
    removed_at: Mapped[datetime | None]
    sequence: Mapped[int] = mapped_column(server_default="0")
    created_by: Mapped[str]
    created_by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=sql("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=sql("now()"))
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))
    version: Mapped[int] = mapped_column(server_default="1")
    deviations: Mapped[list["EventDeviation"]] = relationship(
        lazy="raise", order_by="EventDeviation.key", cascade="all, delete-orphan", passive_deletes=True
    )


class EventDeviation(Base):  # type: ignore[misc, valid-type]
    """What became of one occurrence; `key` is when the series puts it. Null fields are as the series says."""

    __tablename__ = "event_deviations"

    event_id: Mapped[UUID] = mapped_column(ForeignKey("workspace.events.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[datetime] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    title: Mapped[str | None]
    place: Mapped[str | None]
    link: Mapped[str | None]
    cancelled: Mapped[bool]
    sequence: Mapped[int]


class Attendance(Base):  # type: ignore[misc, valid-type]
    """Whether somebody comes: to all of a series (`occurrence` is empty), or to one."""

    __tablename__ = "attendance"

    event_id: Mapped[UUID] = mapped_column(ForeignKey("workspace.events.id", ondelete="CASCADE"), primary_key=True)
    occurrence: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    answer: Mapped[str]
    answered_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))


class Minutes(Base):  # type: ignore[misc, valid-type]
    """What was said at one meeting. Approved, it does not change any more, and `sha256` proves it."""

    __tablename__ = "minutes"
    __table_args__ = (Index(None, "approved_in"),)

    event_id: Mapped[UUID] = mapped_column(ForeignKey("workspace.events.id", ondelete="CASCADE"), primary_key=True)
    occurrence: Mapped[datetime] = mapped_column(primary_key=True)
    text: Mapped[str]
    present: Mapped[list[str]]
    written_by_name: Mapped[str]
    updated_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    approved_by_name: Mapped[str | None]
    approved_in: Mapped[UUID | None] = mapped_column(ForeignKey("workspace.events.id"))
    approved_in_occurrence: Mapped[datetime | None]
    sha256: Mapped[str | None]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))
    version: Mapped[int] = mapped_column(server_default="1")


class Decision(Base):  # type: ignore[misc, valid-type]
    """What a committee decided, numbered within its year: 2026-03."""

    __tablename__ = "decisions"
    __table_args__ = (
        UniqueConstraint("committee", "year", "number"),
        Index(None, "event_id"),
        Index(None, "superseded_by"),
        CheckConstraint("state IN ('in_force', 'superseded', 'withdrawn')", name="state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    committee: Mapped[str] = mapped_column(ForeignKey("workspace.committees.slug"))
    year: Mapped[int] = mapped_column(SmallInteger)
    number: Mapped[int] = mapped_column(SmallInteger)
    title: Mapped[str]
    text: Mapped[str | None]
    decided_on: Mapped[date]
    event_id: Mapped[UUID | None] = mapped_column(ForeignKey("workspace.events.id", ondelete="SET NULL"))
    state: Mapped[str]
    superseded_by: Mapped[UUID | None] = mapped_column(ForeignKey("workspace.decisions.id", ondelete="SET NULL"))
    created_by_name: Mapped[str]
    created_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))
    version: Mapped[int] = mapped_column(server_default="1")


class CalendarToken(Base):  # type: ignore[misc, valid-type]
    """With which token a person's calendar reads the feed; only its SHA-256 is kept."""

    __tablename__ = "calendar_tokens"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))


class Poll(Base):  # type: ignore[misc, valid-type]
    """When to meet: `options` are `[{"id", "starts_at", "ends_at"}]`; `event_id` what came of it."""

    __tablename__ = "polls"
    __table_args__ = (Index(None, "committee", "created_at", "id"), Index(None, "event_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    committee: Mapped[str] = mapped_column(ForeignKey("workspace.committees.slug"))
    title: Mapped[str]
    timezone: Mapped[str]
    options: Mapped[list[Any]] = mapped_column(JSONB)
    event_id: Mapped[UUID | None] = mapped_column(ForeignKey("workspace.events.id", ondelete="SET NULL"))
    closed_at: Mapped[datetime | None]
    created_by: Mapped[str]
    created_by_name: Mapped[str]
    created_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))
    version: Mapped[int] = mapped_column(server_default="1")


class PollAnswer(Base):  # type: ignore[misc, valid-type]
    """When somebody can: `answers` are `{option: "yes" | "no" | "maybe"}`."""

    __tablename__ = "poll_answers"

    poll_id: Mapped[UUID] = mapped_column(ForeignKey("workspace.polls.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    answers: Mapped[dict[str, str]]
    answered_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))
