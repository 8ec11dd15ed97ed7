"""How data comes to count, who sees it, and with whom it is compared."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.indicators.tables.schema import PERIOD, Base, one_of
from services.indicators.words import ACTIONS, LEVELS, STATES
from shared.ids import uuid7


class Submission(Base):  # type: ignore[misc, valid-type]
    """How far the data of a community and period has come. Whoever writes an observation holds this row's lock."""

    __tablename__ = "submissions"
    __table_args__ = (
        CheckConstraint(one_of("state", STATES), name="state"),
        Index("ix_submissions_open", "state", "community_code", "period", postgresql_where=text("state <> 'approved'")),
    )

    community_code: Mapped[str] = mapped_column(ForeignKey("indicators.communities.code"), primary_key=True)
    period: Mapped[str] = mapped_column(PERIOD, primary_key=True)
    state: Mapped[str] = mapped_column(server_default="draft")
    submitted_by: Mapped[str | None]
    submitted_by_name: Mapped[str | None]
    submitted_at: Mapped[datetime | None]
    approved_by_name: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default="1")
    demo: Mapped[bool] = mapped_column(server_default=text("false"))


class SubmissionChange(Base):  # type: ignore[misc, valid-type]
    """One step of a submission; rows are added, never changed."""

    __tablename__ = "submission_changes"
    __table_args__ = (
        CheckConstraint(one_of("action", ACTIONS), name="action"),
        Index(None, "community_code", "period", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    community_code: Mapped[str] = mapped_column(ForeignKey("indicators.communities.code"))
    period: Mapped[str] = mapped_column(PERIOD)
    action: Mapped[str]
    reason: Mapped[str | None]
    at: Mapped[datetime]
    by: Mapped[str]
    by_name: Mapped[str]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))


class Visibility(Base):  # type: ignore[misc, valid-type]
    """Who sees a community's values: one level for all indicators, and others for some."""

    __tablename__ = "visibilities"
    __table_args__ = (CheckConstraint(one_of("default_level", LEVELS), name="default_level"),)

    community_code: Mapped[str] = mapped_column(ForeignKey("indicators.communities.code"), primary_key=True)
    default_level: Mapped[str]
    indicators: Mapped[dict[str, str]]
    version: Mapped[int] = mapped_column(server_default="1")
    demo: Mapped[bool] = mapped_column(server_default=text("false"))


class PeerGroup(Base):  # type: ignore[misc, valid-type]
    """Communities that the secretariat put together: by name, or by attributes that they all have."""

    __tablename__ = "peer_groups"
    __table_args__ = (CheckConstraint("(communities IS NULL) <> (attributes IS NULL)", name="one_kind"),)

    slug: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[dict[str, str]]
    descriptions: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'"))
    communities: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    attributes: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
