"""Where words are looked for: one row for each thing that can be found."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from services.workspace.tables.schema import Base
from shared.ids import uuid7


class SearchEntry(Base):  # type: ignore[misc, valid-type]
    """The words of a version of a document, a task, a comment or a post. It goes when what it speaks of goes.

    It says nothing about who may see that: every search joins what it speaks of, with the condition of that.
    """

    __tablename__ = "search_entries"
    __table_args__ = (
        CheckConstraint("num_nonnulls(document_id, task_id, comment_id, post_id) = 1", name="subject"),
        ForeignKeyConstraint(
            ["document_id", "n"],
            ["workspace.document_versions.document_id", "workspace.document_versions.n"],
            ondelete="CASCADE",
            name="fk_search_entries_document_version",
        ),
        UniqueConstraint("document_id", "n"),
        Index(None, "vector", postgresql_using="gin"),
        Index(None, "updated_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    document_id: Mapped[UUID | None]
    n: Mapped[int | None]
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("workspace.tasks.id", ondelete="CASCADE"), unique=True)
    comment_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("workspace.comments.id", ondelete="CASCADE"), unique=True
    )
    post_id: Mapped[UUID | None] = mapped_column(ForeignKey("workspace.posts.id", ondelete="CASCADE"), unique=True)
    vector: Mapped[Any] = mapped_column(TSVECTOR)
    updated_at: Mapped[datetime]
