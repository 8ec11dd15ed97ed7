"""What is said about agreements and in the review, and what a community does about its gaps."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from services.survey.tables.schema import Base, of_an_assessment
from shared.ids import uuid7


class MinorityNote(Base):  # type: ignore[misc, valid-type]
    """Why a stakeholder group disagrees with what was agreed, and with which level or flag it does."""

    __tablename__ = "minority_notes"
    __table_args__ = (of_an_assessment(),)

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    community_code: Mapped[str] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    stakeholder_group: Mapped[str] = mapped_column(primary_key=True)
    note: Mapped[str]
    about_level: Mapped[int | None]
    about_flag: Mapped[str | None]
    noted_by: Mapped[str]
    noted_by_name: Mapped[str]
    noted_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))


class ReviewComment(Base):  # type: ignore[misc, valid-type]
    """What the secretariat asks about a measure, or about the whole. The community sees it once it was sent."""

    __tablename__ = "review_comments"
    __table_args__ = (of_an_assessment(), Index(None, "year", "community_code", "created_at", "id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    year: Mapped[int]
    community_code: Mapped[str]
    measure: Mapped[str | None]
    text: Mapped[str]
    author_id: Mapped[str]
    author_name: Mapped[str]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    settled_by_name: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default="1")
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))


class ReviewReply(Base):  # type: ignore[misc, valid-type]
    """What somebody answered to a comment of the review; rows are added, never changed."""

    __tablename__ = "review_replies"
    __table_args__ = (Index(None, "comment_id", "created_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    comment_id: Mapped[UUID] = mapped_column(ForeignKey("survey.review_comments.id", ondelete="CASCADE"))
    text: Mapped[str]
    author_id: Mapped[str]
    author_name: Mapped[str]
    from_secretariat: Mapped[bool]
    created_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))


class GapAction(Base):  # type: ignore[misc, valid-type]
    """What is done about a measure: a task of a committee (`board` is its slug, `task_id` the task), or something of
    the community's own list (`board` is `community`), with its state kept here.

    One board has a measure's action of one title only once: whoever asks twice gets the same one.
    """

    __tablename__ = "gap_actions"
    __table_args__ = (
        of_an_assessment(),
        UniqueConstraint("year", "community_code", "measure", "board", "title_key"),
        Index(None, "task_id"),
        CheckConstraint("state IN ('todo', 'doing', 'review', 'done', 'cancelled')", name="state"),
        CheckConstraint("board <> 'community' OR task_id IS NULL", name="task_of_a_committee"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    year: Mapped[int]
    community_code: Mapped[str]
    measure: Mapped[str]
    board: Mapped[str]
    title: Mapped[str]
    title_key: Mapped[str]
    owner: Mapped[str | None]
    due_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(server_default="todo")
    done_at: Mapped[datetime | None]
    task_id: Mapped[UUID | None]
    level_then: Mapped[float | None]
    created_by: Mapped[str]
    created_by_name: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default="1")
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))
