"""The committees of the Network: what they are for, by which rules they work, what they plan for a year."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, Text
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.workspace.tables.schema import Base
from services.workspace.words import COMMITTEE_KINDS, PLAN_STATES
from shared.ids import uuid7


class Committee(Base):  # type: ignore[misc, valid-type]  # the base is made per schema
    """A body of the Network. Who belongs to it is told by the grants that the gateway keeps. A task force has a mandate
    and days on which it begins and ends, both included; after the last it is read only, as is whatever was archived."""

    __tablename__ = "committees"
    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(k) for k in COMMITTEE_KINDS)})", name="kind"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="starts_before_ends"),
        Index(None, "parent"),
    )

    slug: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[dict[str, str]]
    kind: Mapped[str]
    position: Mapped[int] = mapped_column(unique=True)
    parent: Mapped[str | None] = mapped_column(ForeignKey("workspace.committees.slug"))
    mandate: Mapped[str | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    archived_at: Mapped[datetime | None]
    archived_by_name: Mapped[str | None]
    created_by_name: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=sql("now()"))
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))
    version: Mapped[int] = mapped_column(server_default="1")


class CharterRevision(Base):  # type: ignore[misc, valid-type]
    """The charter as it was from one moment on; rows are added, never changed. The highest number is in force."""

    __tablename__ = "charter_revisions"

    committee: Mapped[str] = mapped_column(ForeignKey("workspace.committees.slug"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    text: Mapped[str]
    note: Mapped[str | None]
    changed_by: Mapped[str]
    changed_by_name: Mapped[str]
    changed_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))


class PlanItem(Base):  # type: ignore[misc, valid-type]
    """Something that a committee means to do in a year. `place` orders the items of one committee and year as
    `tasks.ordering` does; `tasks` and `documents` are ids."""

    __tablename__ = "plan_items"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(s) for s in PLAN_STATES)})", name="state"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="starts_before_ends"),
        CheckConstraint("quarter BETWEEN 1 AND 4", name="quarter"),
        Index(None, "committee", "year", "place"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    committee: Mapped[str] = mapped_column(ForeignKey("workspace.committees.slug"))
    year: Mapped[int] = mapped_column(SmallInteger)
    place: Mapped[str] = mapped_column(Text(collation="C"))
    title: Mapped[str]
    description: Mapped[str | None]
    lead: Mapped[UUID | None]
    lead_name: Mapped[str | None]
    quarter: Mapped[int | None] = mapped_column(SmallInteger)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    state: Mapped[str]
    tasks: Mapped[list[Any]] = mapped_column(JSONB, server_default=sql("'[]'"))
    documents: Mapped[list[Any]] = mapped_column(JSONB, server_default=sql("'[]'"))
    created_by: Mapped[str]
    created_by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=sql("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=sql("now()"))
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))
    version: Mapped[int] = mapped_column(server_default="1")
