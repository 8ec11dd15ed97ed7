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
    """The words of a version of a document or of a charter, a task, a comment, a post or an item of a work plan. It
    goes when what it speaks of goes.

    It says nothing about who may see that: every search joins what it speaks of, with the condition of that.
    """

    __tablename__ = "search_entries"
    __table_args__ = (
        CheckConstraint(
            "num_nonnulls(document_id, task_id, comment_id, post_id, charter_of, plan_item_id) = 1", name="subject"
        ),
        ForeignKeyConstraint(
            ["document_id", "n"],
            ["workspace.document_versions.document_id", "workspace.document_versions.n"],
            ondelete="CASCADE",
            name="fk_search_entries_document_version",
        ),
        ForeignKeyConstraint(
            ["charter_of", "charter_number"],
            ["workspace.charter_revisions.committee", "workspace.charter_revisions.number"],
            ondelete="CASCADE",
            name="fk_search_entries_charter_revision",
        ),
        UniqueConstraint("document_id", "n"),
        UniqueConstraint("charter_of", "charter_number"),
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
    charter_of: Mapped[str | None]
    charter_number: Mapped[int | None]
    plan_item_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("workspace.plan_items.id", ondelete="CASCADE"), unique=True
    )
    vector: Mapped[Any] = mapped_column(TSVECTOR)
    updated_at: Mapped[datetime]
