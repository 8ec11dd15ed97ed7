"""Elections: who stands, who may vote and has, and a box of ballots that ties nobody to a choice.

A ballot is no row. All of an election's ballots are one sealed value, sealed anew in random order with every ballot
that comes in: no key, time, place, order or transaction number of a row leads from a voter to a choice, whoever reads
the tables, and however often.
"""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.workspace.tables.schema import Base
from shared.ids import uuid7


class Election(Base):  # type: ignore[misc, valid-type]
    """An election. Its state follows from the clock; the roll is frozen when voting opens, the result at the close."""

    __tablename__ = "elections"
    __table_args__ = (
        CheckConstraint("method IN ('approval', 'single_choice')", name="method"),
        CheckConstraint("nominations_until <= voting_from AND voting_from < voting_until", name="order"),
        CheckConstraint("quorum BETWEEN 0 AND 1", name="quorum"),
        Index(None, "committee", "voting_until", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    committee: Mapped[str] = mapped_column(ForeignKey("workspace.committees.slug"))
    title: Mapped[str]
    description: Mapped[str | None]
    method: Mapped[str]
    seats: Mapped[int] = mapped_column(SmallInteger)
    quorum: Mapped[float]
    nominations_until: Mapped[datetime]
    voting_from: Mapped[datetime]
    voting_until: Mapped[datetime]
    roll_hash: Mapped[str | None]
    roll_frozen_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_because: Mapped[str | None]
    created_by: Mapped[str]
    created_by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=sql("now()"))
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))
    version: Mapped[int] = mapped_column(server_default="1")


class Nomination(Base):  # type: ignore[misc, valid-type]
    """Somebody who was proposed, and whether they stand."""

    __tablename__ = "nominations"
    __table_args__ = (UniqueConstraint("election_id", "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    election_id: Mapped[UUID] = mapped_column(ForeignKey("workspace.elections.id", ondelete="CASCADE"))
    user_id: Mapped[UUID]
    name: Mapped[str]
    statement: Mapped[str | None]
    nominated_by: Mapped[UUID | None]
    nominated_by_name: Mapped[str]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))


class Voter(Base):  # type: ignore[misc, valid-type]
    """Somebody on the frozen roll, and whether they have voted; not when, and not what."""

    __tablename__ = "voters"
    __table_args__ = (Index(None, "user_id"),)

    election_id: Mapped[UUID] = mapped_column(
        ForeignKey("workspace.elections.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[str]
    voted: Mapped[bool] = mapped_column(server_default=sql("false"))


class BallotBox(Base):  # type: ignore[misc, valid-type]
    """All ballots of an election, sealed together. `salt` makes the key; it goes when the box is opened at the close,
    and `result` is what was found in it."""

    __tablename__ = "ballot_boxes"

    election_id: Mapped[UUID] = mapped_column(
        ForeignKey("workspace.elections.id", ondelete="CASCADE"), primary_key=True
    )
    salt: Mapped[bytes | None]
    sealed: Mapped[bytes | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
