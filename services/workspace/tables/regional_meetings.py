"""The Network's regional meetings, and who has registered for them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.workspace.tables.schema import Base
from shared.ids import uuid7


class RegionalMeeting(Base):  # type: ignore[misc, valid-type]
    """A meeting of the whole Network on some days at one place. `sessions`, `speakers`, `papers` and `results` are as
    on the wire; `activity` is its record among the registry's activities."""

    __tablename__ = "regional_meetings"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="starts_before_ends"),
        CheckConstraint("capacity > 0", name="capacity"),
        Index(None, "starts_on", "slug"),
    )

    slug: Mapped[str] = mapped_column(primary_key=True)
    titles: Mapped[dict[str, str]]
    descriptions: Mapped[dict[str, str]] = mapped_column(server_default=sql("'{}'"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    timezone: Mapped[str]
    place: Mapped[str]
    venue: Mapped[str | None]
    sessions: Mapped[list[Any]] = mapped_column(JSONB, server_default=sql("'[]'"))
    speakers: Mapped[list[Any]] = mapped_column(JSONB, server_default=sql("'[]'"))
    papers: Mapped[list[Any]] = mapped_column(JSONB, server_default=sql("'[]'"))
    results: Mapped[list[Any]] = mapped_column(JSONB, server_default=sql("'[]'"))
    capacity: Mapped[int | None]
    registration_until: Mapped[date | None]
    activity: Mapped[UUID | None]
    published: Mapped[bool] = mapped_column(server_default=sql("false"))
    created_by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=sql("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=sql("now()"))
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))
    version: Mapped[int] = mapped_column(server_default="1")


class Registration(Base):  # type: ignore[misc, valid-type]
    """Somebody who comes, or waits for a place; once an address. Whoever cancels is forgotten: the row goes."""

    __tablename__ = "registrations"
    __table_args__ = (
        CheckConstraint("state IN ('confirmed', 'waiting')", name="state"),
        UniqueConstraint("meeting", "email_key"),
        Index(None, "meeting", "registered_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    meeting: Mapped[str] = mapped_column(ForeignKey("workspace.regional_meetings.slug"))
    name: Mapped[str]
    email: Mapped[str]
    email_key: Mapped[str]
    organization: Mapped[str]
    country: Mapped[str]
    role: Mapped[str | None]
    locale: Mapped[str]
    state: Mapped[str]
    registered_at: Mapped[datetime]
    mailed_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))


class RegistrationCount(Base):  # type: ignore[misc, valid-type]
    """How many registrations came from one address in a window of time; `visitor` is the gateway's digest of it."""

    __tablename__ = "registration_counts"

    visitor: Mapped[str] = mapped_column(primary_key=True)
    began_at: Mapped[datetime] = mapped_column(primary_key=True)
    times: Mapped[int]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))
