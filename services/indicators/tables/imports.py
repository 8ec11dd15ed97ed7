"""Files that people sent, and what became of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.indicators.tables.schema import Base, one_of
from services.indicators.words import IMPORT_STATES
from shared.ids import uuid7


class Import(Base):  # type: ignore[misc, valid-type]  # the base is made per schema
    """A file of observations. Its bytes are in the object store under their SHA-256, and so is the list of its errors.
    `communities`: those that the sender may record data for, null for all; `warned`: what looks wrong with its values;
    `places`: communities and periods that it changes; `samples`: some of the changes, with the value before."""

    __tablename__ = "imports"
    __table_args__ = (
        CheckConstraint(one_of("state", IMPORT_STATES), name="state"),
        Index(None, "created_by", "id"),
        Index(None, "sha256"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    state: Mapped[str] = mapped_column(server_default="queued")
    file_name: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    partial: Mapped[bool]
    preview: Mapped[bool]
    communities: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    read_as: Mapped[str] = mapped_column(server_default="")
    rows: Mapped[int] = mapped_column(server_default="0")
    accepted: Mapped[int] = mapped_column(server_default="0")
    rejected: Mapped[int] = mapped_column(server_default="0")
    skipped: Mapped[int] = mapped_column(server_default="0")
    added: Mapped[int] = mapped_column(server_default="0")
    revised: Mapped[int] = mapped_column(server_default="0")
    unchanged: Mapped[int] = mapped_column(server_default="0")
    errors: Mapped[int] = mapped_column(server_default="0")
    warnings: Mapped[int] = mapped_column(server_default="0")
    progress: Mapped[float] = mapped_column(server_default="0")
    detail: Mapped[str | None]
    errors_sha256: Mapped[str | None]
    warned: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"), deferred=True)
    places: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    samples: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    created_by: Mapped[str]
    created_by_name: Mapped[str]
    finished_at: Mapped[datetime | None]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
