"""Communities as the survey knows them, instruments, and campaigns."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.survey.tables.schema import Base


class Community(Base):  # type: ignore[misc, valid-type]  # the base is made per schema
    """What the survey keeps of a community; the registry tells it when that changes."""

    __tablename__ = "communities"

    code: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[dict[str, str]]
    country: Mapped[str]
    kind: Mapped[str]
    phase: Mapped[str | None]
    size_class: Mapped[str | None]
    active: Mapped[bool]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class Model(Base):  # type: ignore[misc, valid-type]
    """A version of the Reference Model, or of another instrument. A published one never changes."""

    __tablename__ = "models"
    __table_args__ = (Index(None, "based_on"),)

    version: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    status: Mapped[str]
    names: Mapped[dict[str, str]]
    content: Mapped[dict[str, Any]]
    missing_languages: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    based_on: Mapped[str | None] = mapped_column(ForeignKey("survey.models.version", ondelete="SET NULL"))
    published_at: Mapped[datetime | None]
    edition: Mapped[int] = mapped_column(server_default="1")
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class Campaign(Base):  # type: ignore[misc, valid-type]
    """The survey of one year. Its state follows from these times and the end of `closes_on` (see `campaigns/state`).

    `remind_days`: so many days before `closes_on` those who have not finished are written to.
    """

    __tablename__ = "campaigns"
    __table_args__ = (Index(None, "model_version"), CheckConstraint("closes_on >= opens_on", name="dates_in_order"))

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    model_version: Mapped[str] = mapped_column(ForeignKey("survey.models.version"))
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    remind_days: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    version: Mapped[int] = mapped_column(server_default="1")
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
