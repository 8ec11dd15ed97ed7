"""What a community does in a campaign: answers, agreements, and the scores kept of them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.survey.tables.schema import Base, of_an_assessment
from services.survey.words import ASSESSMENT_STATES
from shared.ids import uuid7


class Assessment(Base):  # type: ignore[misc, valid-type]
    """One community in one campaign. `version` counts agreements and changes of state, not respondents' answers.

    `open_until`: the secretariat opened it again for this community alone, until the end of that day.
    """

    __tablename__ = "assessments"
    __table_args__ = (
        Index(None, "community_code"),
        CheckConstraint(f"state IN ({', '.join(repr(s) for s in ASSESSMENT_STATES)})", name="state"),
    )

    year: Mapped[int] = mapped_column(ForeignKey("survey.campaigns.year"), primary_key=True)
    community_code: Mapped[str] = mapped_column(ForeignKey("survey.communities.code"), primary_key=True)
    state: Mapped[str] = mapped_column(server_default="not_started")
    version: Mapped[int] = mapped_column(server_default="1")
    published_revision: Mapped[int | None]
    latest_revision: Mapped[int] = mapped_column(server_default="0")
    submitted_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    returned_comments: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    accepted_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    open_until: Mapped[date | None]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class Participation(Base):  # type: ignore[misc, valid-type]
    """A respondent in an assessment; the row that saves of the same person wait for."""

    __tablename__ = "participations"
    __table_args__ = (of_an_assessment(),)

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    community_code: Mapped[str] = mapped_column(primary_key=True)
    respondent_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class AnswerColumns:
    """What a respondent says about a measure."""

    stakeholder_group: Mapped[str]
    level: Mapped[int | None]
    flag: Mapped[str | None]
    comment: Mapped[str | None]
    evidence: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))


def _of_a_participation() -> ForeignKeyConstraint:
    columns = ["year", "community_code", "respondent_id"]
    return ForeignKeyConstraint(columns, [f"survey.participations.{column}" for column in columns])


class Answer(AnswerColumns, Base):  # type: ignore[misc, valid-type]
    """A respondent's present answer to a measure, with the group that the respondent's grant named then."""

    __tablename__ = "answers"
    __table_args__ = (
        _of_a_participation(),
        CheckConstraint("(level IS NULL) <> (flag IS NULL)", name="level_or_flag"),
    )

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    community_code: Mapped[str] = mapped_column(primary_key=True)
    respondent_id: Mapped[str] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int]
    updated_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))


class AnswerRevision(AnswerColumns, Base):  # type: ignore[misc, valid-type]
    """Every value that an answer ever had; rows are added, never changed."""

    __tablename__ = "answer_revisions"
    __table_args__ = (_of_a_participation(),)

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    community_code: Mapped[str] = mapped_column(primary_key=True)
    respondent_id: Mapped[str] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    saved_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))


class KeptAside(AnswerColumns, Base):  # type: ignore[misc, valid-type]
    """An answer that came too late for its base: kept until the respondent decides."""

    __tablename__ = "answers_kept_aside"
    __table_args__ = (_of_a_participation(), Index(None, "year", "community_code", "respondent_id", "measure"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    year: Mapped[int]
    community_code: Mapped[str]
    respondent_id: Mapped[str]
    measure: Mapped[str]
    base_revision: Mapped[int]
    received_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))


class Receipt(Base):  # type: ignore[misc, valid-type]
    """What a device was told when it sent a numbered call, so that sending it again does nothing."""

    __tablename__ = "receipts"
    __table_args__ = (_of_a_participation(),)

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    community_code: Mapped[str] = mapped_column(primary_key=True)
    respondent_id: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(primary_key=True)
    client_seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body_hash: Mapped[str]
    told: Mapped[dict[str, Any]]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class Agreement(Base):  # type: ignore[misc, valid-type]
    """What the community agreed on for a measure; without level and flag it is a note only."""

    __tablename__ = "agreements"
    __table_args__ = (of_an_assessment(), CheckConstraint("level IS NULL OR flag IS NULL", name="level_or_flag"))

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    community_code: Mapped[str] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[int | None]
    flag: Mapped[str | None]
    note: Mapped[str | None]
    agreed_by: Mapped[str]
    agreed_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))


class Event(Base):  # type: ignore[misc, valid-type]
    """Who did what in an assessment, when; rows are added, never changed."""

    __tablename__ = "events"
    __table_args__ = (of_an_assessment(), Index(None, "year", "community_code", "at", "id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    year: Mapped[int]
    community_code: Mapped[str]
    at: Mapped[datetime]
    actor_id: Mapped[str]
    actor_name: Mapped[str]
    action: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    demo: Mapped[bool] = mapped_column(server_default=text("false"))


class Snapshot(Base):  # type: ignore[misc, valid-type]
    """A score as it was at a submission, acceptance or publication; rows are added, never changed."""

    __tablename__ = "snapshots"
    __table_args__ = (of_an_assessment(), Index(None, "model_version"))

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    community_code: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    occasion: Mapped[str]
    model_version: Mapped[str] = mapped_column(ForeignKey("survey.models.version"))
    rule_version: Mapped[str]
    answers_hash: Mapped[str]
    result: Mapped[dict[str, Any]]
    basis: Mapped[dict[str, Any]]
    computed_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
