"""Documents of the committees: their versions, what is on its way to become one, and where they were published."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.workspace.tables.schema import Base
from shared.ids import uuid7


class Document(Base):  # type: ignore[misc, valid-type]
    """Something written, in its versions. `latest` is the number of the newest one; `approved` and `published` are the
    numbers of those that the chair approved and the public sees. `title_key` is the title as titles are compared.

    A removed one stays in the committee's bin; a checked-out one takes versions of whoever holds it only.
    """

    __tablename__ = "documents"
    __table_args__ = (
        CheckConstraint("latest >= 1", name="latest"),
        CheckConstraint("published IS NULL OR published <= latest", name="published"),
        Index(None, "committee", "folder", "title_key", "id"),
        Index(None, "published_at", "id", postgresql_where=sql("published IS NOT NULL AND removed_at IS NULL")),
        Index(None, "updated_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    committee: Mapped[str] = mapped_column(ForeignKey("workspace.committees.slug"))
    title: Mapped[str]
    title_key: Mapped[str]
    folder: Mapped[str]
    tags: Mapped[list[str]]
    latest: Mapped[int]
    approved: Mapped[int | None]
    approved_at: Mapped[datetime | None]
    approved_by_name: Mapped[str | None]
    published: Mapped[int | None]
    published_at: Mapped[datetime | None]
    held_by: Mapped[str | None]
    held_by_name: Mapped[str | None]
    held_at: Mapped[datetime | None]
    held_note: Mapped[str | None]
    removed_at: Mapped[datetime | None]
    removed_by_name: Mapped[str | None]
    created_by: Mapped[str]
    created_by_name: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))
    version: Mapped[int] = mapped_column(server_default="1")
    versions: Mapped[list["DocumentVersion"]] = relationship(
        lazy="raise", order_by="DocumentVersion.n", cascade="all, delete-orphan", passive_deletes=True
    )


class DocumentVersion(Base):  # type: ignore[misc, valid-type]
    """One version: its bytes by their SHA-256 and never changed; `text` is what was read out of them.

    `text_state`: `waiting`, `read`, `empty` (there is no text in it), or `unreadable`.
    """

    __tablename__ = "document_versions"
    __table_args__ = (
        CheckConstraint("text_state IN ('waiting', 'read', 'empty', 'unreadable')", name="text_state"),
        Index(None, "sha256"),
    )

    document_id: Mapped[UUID] = mapped_column(
        ForeignKey("workspace.documents.id", ondelete="CASCADE"), primary_key=True
    )
    n: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    file_name: Mapped[str]
    note: Mapped[str | None]
    text_state: Mapped[str]
    text: Mapped[str | None] = mapped_column(deferred=True, deferred_raiseload=True)
    language: Mapped[str | None]
    pages: Mapped[int | None]
    published_at: Mapped[datetime | None]
    created_by: Mapped[str]
    created_by_name: Mapped[str]
    created_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))


class Upload(Base):  # type: ignore[misc, valid-type]
    """A file that comes in parts, and what it is to become: a new document, or a version of one.

    `received` bytes of `size` are safe. One that was overtaken by another version waits here, whole, for its owner.
    """

    __tablename__ = "uploads"
    __table_args__ = (
        CheckConstraint("received >= 0 AND received <= size", name="received"),
        Index(None, "created_by"),
        Index(None, "document_id"),
        Index(None, "committee"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    committee: Mapped[str] = mapped_column(ForeignKey("workspace.committees.slug"))
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("workspace.documents.id", ondelete="CASCADE"))
    base_version: Mapped[int | None]
    file_name: Mapped[str]
    title: Mapped[str | None]
    folder: Mapped[str]
    note: Mapped[str | None]
    size: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[int] = mapped_column(BigInteger)
    parts: Mapped[list[Any]] = mapped_column(JSONB)
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))
