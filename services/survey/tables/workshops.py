"""Workshops: a room that looks at one measure after the other, its participants' votes, and what came of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.survey.tables.schema import Base, of_an_assessment
from shared.ids import uuid7


class Workshop(Base):  # type: ignore[misc, valid-type]
    """A community's workshop for its assessment. `code` is null once it was taken away or the workshop ended;
    `measure` is the one that the room looks at, and takes votes while `taking_votes`."""

    __tablename__ = "workshops"
    __table_args__ = (
        of_an_assessment(),
        UniqueConstraint("code"),
        Index(
            "uq_workshops_under_way", "year", "community_code", unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(None, "year", "community_code", "opened_at"),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    year: Mapped[int]
    community_code: Mapped[str]
    code: Mapped[str | None]
    opened_by: Mapped[str]
    opened_by_name: Mapped[str]
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    measure: Mapped[str | None]
    taking_votes: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default="1")
    demo: Mapped[bool] = mapped_column(server_default=text("false"))


class Participant(Base):  # type: ignore[misc, valid-type]
    """Somebody in the room, on a device of their own; the device's token is kept as its SHA-256."""

    __tablename__ = "participants"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "workshop_id", "id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    workshop_id: Mapped[UUID] = mapped_column(ForeignKey("survey.workshops.id", ondelete="CASCADE"))
    token_hash: Mapped[str]
    name: Mapped[str]
    stakeholder_group: Mapped[str]
    joined_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))


class WorkshopVote(Base):  # type: ignore[misc, valid-type]
    """What a participant says about a measure. Never a respondent's answer: it enters no score."""

    __tablename__ = "workshop_votes"
    __table_args__ = (
        Index(None, "workshop_id", "measure"),
        CheckConstraint("(level IS NULL) <> (flag IS NULL)", name="level_or_flag"),
    )

    participant_id: Mapped[UUID] = mapped_column(
        ForeignKey("survey.participants.id", ondelete="CASCADE"), primary_key=True
    )
    measure: Mapped[str] = mapped_column(primary_key=True)
    workshop_id: Mapped[UUID] = mapped_column(ForeignKey("survey.workshops.id", ondelete="CASCADE"))
    level: Mapped[int | None]
    flag: Mapped[str | None]
    voted_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))


class WorkshopRecord(Base):  # type: ignore[misc, valid-type]
    """What an agreement rested on: the votes as they were, and who was there. Rows are added, never changed.

    `votes` as in `schemas.workshops.VotesOut`; `attendance`: `[{"name", "stakeholder_group"}]`.
    """

    __tablename__ = "workshop_records"
    __table_args__ = (
        of_an_assessment(), Index(None, "year", "community_code", "measure", "recorded_at"), Index(None, "workshop_id"),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    workshop_id: Mapped[UUID | None] = mapped_column(ForeignKey("survey.workshops.id", ondelete="CASCADE"))
    year: Mapped[int]
    community_code: Mapped[str]
    measure: Mapped[str]
    level: Mapped[int | None]
    flag: Mapped[str | None]
    votes: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    attendance: Mapped[list[Any]] = mapped_column(JSONB)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    recorded_by_name: Mapped[str]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))


class WrongCode(Base):  # type: ignore[misc, valid-type]
    """How often somebody tried a code that is none, by window of time. `visitor` is the gateway's digest of an
    address, never the address."""

    __tablename__ = "wrong_codes"
    __table_args__ = (Index(None, "began_at"),)

    visitor: Mapped[str] = mapped_column(primary_key=True)
    began_at: Mapped[datetime] = mapped_column(primary_key=True)
    times: Mapped[int]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
