"""Results of applications of the survey before the platform, brought in from files."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.survey.tables.schema import Base
from shared.ids import uuid7


class HistoryImport(Base):  # type: ignore[misc, valid-type]
    """A file of earlier results, with where it comes from and who brought it in."""

    __tablename__ = "history_imports"
    __table_args__ = (Index(None, "imported_at", "id"), Index(None, "model_version"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    model_version: Mapped[str] = mapped_column(ForeignKey("survey.models.version"))
    source: Mapped[str]
    note: Mapped[str | None]
    is_public: Mapped[bool]
    file_name: Mapped[str]
    file_sha256: Mapped[str]
    rows: Mapped[int]
    imported_by: Mapped[str]
    imported_by_name: Mapped[str]
    imported_at: Mapped[datetime]
    edition: Mapped[int] = mapped_column(server_default="1")
    demo: Mapped[bool] = mapped_column(server_default=text("false"))


class ImportedResult(Base):  # type: ignore[misc, valid-type]
    """A community's result of a year as a file told it: one for a community and year, whatever the file."""

    __tablename__ = "imported_results"
    __table_args__ = (Index(None, "import_id"), Index(None, "community_code"))

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    community_code: Mapped[str] = mapped_column(ForeignKey("survey.communities.code"), primary_key=True)
    import_id: Mapped[UUID] = mapped_column(ForeignKey("survey.history_imports.id", ondelete="CASCADE"))
    result: Mapped[dict[str, Any]]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
