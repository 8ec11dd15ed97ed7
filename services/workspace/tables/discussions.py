"""What the people of a committee talk about: discussions, of the committee or of one document, and their posts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.workspace.tables.schema import Base
from shared.ids import uuid7


class Discussion(Base):  # type: ignore[misc, valid-type]
    """A subject that is talked about; with `document_id` it belongs to that document. A closed one is read only."""

    __tablename__ = "discussions"
    __table_args__ = (Index(None, "committee", "last_post_at", "id"), Index(None, "document_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    committee: Mapped[str] = mapped_column(ForeignKey("workspace.committees.slug"))
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("workspace.documents.id", ondelete="CASCADE"))
    title: Mapped[str]
    closed: Mapped[bool] = mapped_column(server_default=sql("false"))
    last_post_at: Mapped[datetime]
    created_by: Mapped[str]
    created_by_name: Mapped[str]
    created_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))
    version: Mapped[int] = mapped_column(server_default="1")


class Post(Base):  # type: ignore[misc, valid-type]
    """What somebody said in a discussion; `quotes` the post that it answers. A removed one keeps its place, empty."""

    __tablename__ = "posts"
    __table_args__ = (Index(None, "discussion_id", "created_at", "id"), Index(None, "quotes"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    discussion_id: Mapped[UUID] = mapped_column(ForeignKey("workspace.discussions.id", ondelete="CASCADE"))
    author: Mapped[str]
    author_name: Mapped[str]
    text: Mapped[str]
    mentions: Mapped[list[Any]] = mapped_column(JSONB)
    quotes: Mapped[UUID | None] = mapped_column(ForeignKey("workspace.posts.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))
    version: Mapped[int] = mapped_column(server_default="1")


class PostRevision(Base):  # type: ignore[misc, valid-type]
    """What a post said before it was changed; rows are only added."""

    __tablename__ = "post_revisions"

    post_id: Mapped[UUID] = mapped_column(ForeignKey("workspace.posts.id", ondelete="CASCADE"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    written_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))


class DiscussionRead(Base):  # type: ignore[misc, valid-type]
    """Until when a person has read a discussion."""

    __tablename__ = "discussion_reads"
    __table_args__ = (Index(None, "discussion_id"),)

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    discussion_id: Mapped[UUID] = mapped_column(
        ForeignKey("workspace.discussions.id", ondelete="CASCADE"), primary_key=True
    )
    read_until: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))
