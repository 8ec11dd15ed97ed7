"""What is kept beside snapshots: their scores in a narrow row each, and the reports made of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    event,
    insert,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from services.survey.tables.assessments import Snapshot
from services.survey.tables.schema import Base
from shared.ids import uuid7


class EditionScores(Base):  # type: ignore[misc, valid-type]  # the base is made per schema
    """The scores of a snapshot by code, without its measures: what lists and comparisons of many communities read.

    Written with the snapshot, never changed.
    """

    __tablename__ = "edition_scores"
    __table_args__ = (
        ForeignKeyConstraint(
            ["year", "community_code", "revision"],
            ["survey.snapshots.year", "survey.snapshots.community_code", "survey.snapshots.revision"],
        ),
    )

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    community_code: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    overall: Mapped[float | None]
    level: Mapped[int | None]
    worst: Mapped[float | None]
    best: Mapped[float | None]
    respondents: Mapped[int]
    groups: Mapped[int]
    pillars: Mapped[dict[str, float | None]] = mapped_column(JSONB)
    points: Mapped[dict[str, float | None]] = mapped_column(JSONB)
    demo: Mapped[bool] = mapped_column(server_default=text("false"))


@event.listens_for(Snapshot, "after_insert")
def keep_scores(mapper: Mapper[Any], connection: Connection, snapshot: Snapshot) -> None:
    """Write the narrow row in the transaction of its snapshot, whoever makes one."""
    result = snapshot.result
    connection.execute(
        insert(EditionScores).values(
            year=snapshot.year, community_code=snapshot.community_code, revision=snapshot.revision,
            overall=result["overall"], level=result["level"], worst=result.get("worst"), best=result.get("best"),
            respondents=result.get("respondents") or 0, groups=result.get("groups") or 0,
            pillars={pillar["code"]: pillar["score"] for pillar in result["pillars"]},
            points={point["code"]: point["score"] for pillar in result["pillars"] for point in pillar["points"]},
            demo=bool(snapshot.demo),
        )
    )  # fmt: skip


class Report(Base):  # type: ignore[misc, valid-type]
    """A report of one edition in one language, asked for once; its file lies in the store of objects.

    `edition` is the digest of everything that the file says, so that the same is never made twice.
    """

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("kind", "year", "community_code", "edition", "language", postgresql_nulls_not_distinct=True),
        Index(None, "year", "community_code"),
        Index(None, "community_code"),
        CheckConstraint("kind IN ('community', 'network')", name="kind"),
        CheckConstraint("(kind = 'community') = (community_code IS NOT NULL)", name="whose"),
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="state"),
        CheckConstraint("(state = 'done') = (sha256 IS NOT NULL)", name="file_when_done"),
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    kind: Mapped[str]
    year: Mapped[int] = mapped_column(ForeignKey("survey.campaigns.year"))
    community_code: Mapped[str | None] = mapped_column(ForeignKey("survey.communities.code"))
    revision: Mapped[int | None]
    edition: Mapped[str]
    language: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="queued")
    progress: Mapped[int] = mapped_column(server_default="0")
    problem: Mapped[str | None]
    sha256: Mapped[str | None]
    size: Mapped[int | None]
    pages: Mapped[int | None]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    changed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
