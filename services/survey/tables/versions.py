"""What lies between two versions of the model."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.survey.tables.schema import Base


class Crosswalk(Base):  # type: ignore[misc, valid-type]
    """Which measure of an earlier version answers to which of a later one, with its share of that one.

    `links` are `{from, to, share}`. Published with the later version; it never changes afterwards.
    """

    __tablename__ = "crosswalks"
    __table_args__ = (Index(None, "from_version"), CheckConstraint("from_version <> to_version", name="two_versions"))

    to_version: Mapped[str] = mapped_column(ForeignKey("survey.models.version", ondelete="CASCADE"), primary_key=True)
    from_version: Mapped[str] = mapped_column(
        ForeignKey("survey.models.version", ondelete="CASCADE"), primary_key=True
    )  # fmt: skip
    links: Mapped[list[Any]]
    edition: Mapped[int] = mapped_column(server_default="1")
    published_at: Mapped[datetime | None]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
