"""Files of events, and what they gave: counts and sketches by month, never the events themselves."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.indicators.events.kinds import KINDS
from services.indicators.tables.schema import Base, one_of
from shared.ids import uuid7

EVENT_STATES = ("queued", "running", "done", "failed")


class EventFile(Base):  # type: ignore[misc, valid-type]  # the base is made per schema
    """A file of events that somebody sent. Its bytes are in the object store until it is computed, and after that only
    when `keeps_file`. `community_code`: whose events they are, null where a column of the file says so; `communities`:
    those that the sender may record data for, null for all."""

    __tablename__ = "event_files"
    __table_args__ = (
        CheckConstraint(one_of("state", EVENT_STATES), name="state"),
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        Index(None, "created_by", "id"),
        Index(None, "community_code", "id"),
        Index(None, "sha256"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="queued")
    file_name: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    community_code: Mapped[str | None]
    communities: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    timezone: Mapped[str | None]
    partial: Mapped[bool]
    appends: Mapped[bool]
    keeps_file: Mapped[bool]
    rows: Mapped[int] = mapped_column(BigInteger, server_default="0")
    accepted: Mapped[int] = mapped_column(BigInteger, server_default="0")
    rejected: Mapped[int] = mapped_column(BigInteger, server_default="0")
    progress: Mapped[float] = mapped_column(server_default="0")
    detail: Mapped[str | None]
    errors_sha256: Mapped[str | None]
    observations: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    waiting: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    ignored: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    lacking: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    created_by_name: Mapped[str]
    finished_at: Mapped[datetime | None]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))


class EventCount(Base):  # type: ignore[misc, valid-type]
    """What the events of a community and month gave for an indicator: how many, their sums, the sketch of their sizes
    (counts by bucket, see `events.sketches`), and the SHA-256 of the files they came in."""

    __tablename__ = "event_counts"

    community_code: Mapped[str] = mapped_column(primary_key=True)
    indicator_code: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger)
    value: Mapped[float | None]
    numerator: Mapped[float | None]
    denominator: Mapped[float | None]
    sketch: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    files: Mapped[list[str]]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
