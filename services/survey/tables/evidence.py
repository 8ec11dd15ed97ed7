"""What answers rest on."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.survey.tables.schema import Base
from shared.ids import uuid7


class Evidence(Base):  # type: ignore[misc, valid-type]
    """A file, or a link to one elsewhere, that somebody of a community gave in the year of a campaign.

    Answers of any year name it by its id, so what was given once is there the next year; the bytes lie in the object
    store under their hash.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        CheckConstraint("(url IS NULL) <> (sha256 IS NULL)", name="file_or_link"),
        Index(None, "community_code", "created_at", "id"),
        Index(None, "sha256"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    community_code: Mapped[str] = mapped_column(ForeignKey("survey.communities.code"))
    year: Mapped[int]
    title: Mapped[str]
    url: Mapped[str | None]
    sha256: Mapped[str | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    media_type: Mapped[str | None]
    file_name: Mapped[str | None]
    added_by: Mapped[str]
    added_by_name: Mapped[str]
    created_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
