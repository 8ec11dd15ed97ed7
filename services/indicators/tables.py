"""Tables of the indicators schema. Every unique key of observed data holds the community, so that a
distributed PostgreSQL can shard by it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.indicators.words import ACTIONS, LEVELS, STATES
from shared.database import Schema
from shared.ids import uuid7

SCHEMA = Schema("indicators")
Base = SCHEMA.base()
PERIOD = Text(collation="C")
"""Within one frequency, periods as text stand in the order of time on every server."""


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


class Community(Base):  # type: ignore[misc, valid-type]  # the base is made per schema
    """What the registry told of a community; groups are made of these attributes."""

    __tablename__ = "communities"

    code: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[dict[str, str]]
    country: Mapped[str]
    kind: Mapped[str]
    phase: Mapped[str | None]
    size_class: Mapped[str | None]
    active: Mapped[bool]
    demo: Mapped[bool]


class Indicator(Base):  # type: ignore[misc, valid-type]
    """One version of an indicator's definition; rows are added, never changed. The current one has the
    highest number."""

    __tablename__ = "indicators"

    code: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]
    interface: Mapped[str]
    names: Mapped[dict[str, str]]
    definition: Mapped[str]
    unit: Mapped[str]
    polarity: Mapped[str]
    target_low: Mapped[float | None]
    target_high: Mapped[float | None]
    statistic: Mapped[str]
    numerator: Mapped[str | None]
    denominator: Mapped[str | None]
    factor: Mapped[float | None]
    frequency: Mapped[str]
    valid_low: Mapped[float]
    valid_high: Mapped[float]
    aggregation: Mapped[str]
    min_share: Mapped[float]
    source: Mapped[str]
    source_read: Mapped[bool]
    basis: Mapped[str]
    recorded_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class ReferenceSeries(Base):  # type: ignore[misc, valid-type]
    """Figures of ports elsewhere from one edition of one publication; never counted as members."""

    __tablename__ = "reference_series"

    slug: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    names: Mapped[dict[str, str]]
    notes: Mapped[dict[str, str]]
    source: Mapped[str]
    publisher: Mapped[str]
    edition: Mapped[str]
    licence: Mapped[str]
    licence_url: Mapped[str]
    attribution: Mapped[str]
    measures: Mapped[list[Any]]
    file_hash: Mapped[str]


class ReferenceValue(Base):  # type: ignore[misc, valid-type]
    """One port of a reference series. A port that the edition had no sample of is named, without figures."""

    __tablename__ = "reference_values"

    series_slug: Mapped[str] = mapped_column(ForeignKey("indicators.reference_series.slug"), primary_key=True)
    unlocode: Mapped[str] = mapped_column(primary_key=True)
    port: Mapped[str]
    territory: Mapped[str | None]
    country: Mapped[str]
    rank: Mapped[int | None]
    score: Mapped[float | None]
    berth_hours_share: Mapped[float | None]
    calls: Mapped[int | None]
    search: Mapped[str]


class Observation(Base):  # type: ignore[misc, valid-type]
    """What is known of an indicator in a community and period: the approved value, null before the first approval,
    and the number of the newest revision. No foreign keys: rows come by the million, and are checked before."""

    __tablename__ = "observations"
    __table_args__ = (
        Index(
            "uq_observations_indicator_code_period_community_code", "indicator_code", "period", "community_code",
            unique=True, postgresql_include=["value", "demo"],
        ),
        CheckConstraint("(value IS NULL) = (approved_revision IS NULL)", name="approved_value"),
        CheckConstraint("approved_revision <= latest_revision", name="approved_before_latest"),
    )  # fmt: skip

    community_code: Mapped[str] = mapped_column(primary_key=True)
    indicator_code: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(PERIOD, primary_key=True)
    value: Mapped[float | None]
    numerator: Mapped[float | None]
    denominator: Mapped[float | None]
    n: Mapped[int | None] = mapped_column(BigInteger)
    approved_revision: Mapped[int | None]
    latest_revision: Mapped[int]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))


class Revision(Base):  # type: ignore[misc, valid-type]
    """An observation as somebody recorded it. Only its approval is written later."""

    __tablename__ = "revisions"
    __table_args__ = (CheckConstraint("n > 0", name="units"), CheckConstraint("revision > 0", name="number"))

    community_code: Mapped[str] = mapped_column(primary_key=True)
    indicator_code: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(PERIOD, primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[float]
    numerator: Mapped[float | None]
    denominator: Mapped[float | None]
    n: Mapped[int | None] = mapped_column(BigInteger)
    note: Mapped[str | None]
    indicator_version: Mapped[int]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    recorded_by_name: Mapped[str]
    approved_at: Mapped[datetime | None]
    approved_by_name: Mapped[str | None]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))


class RollUp(Base):  # type: ignore[misc, valid-type]
    """The value of a quarter or a year that its approved months or quarters give; kept with every approval."""

    __tablename__ = "roll_ups"
    __table_args__ = (
        Index(
            "uq_roll_ups_indicator_code_period_community_code", "indicator_code", "period", "community_code",
            unique=True, postgresql_include=["value", "demo"],
        ),
    )  # fmt: skip

    community_code: Mapped[str] = mapped_column(primary_key=True)
    indicator_code: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(PERIOD, primary_key=True)
    value: Mapped[float]
    numerator: Mapped[float | None]
    denominator: Mapped[float | None]
    n: Mapped[int | None] = mapped_column(BigInteger)
    periods: Mapped[int]
    plain_mean: Mapped[bool]
    demo: Mapped[bool]


class Submission(Base):  # type: ignore[misc, valid-type]
    """How far the data of a community and period has come. Whoever writes an observation holds this row's lock."""

    __tablename__ = "submissions"
    __table_args__ = (
        CheckConstraint(_one_of("state", STATES), name="state"),
        Index("ix_submissions_open", "state", "community_code", "period", postgresql_where=text("state <> 'approved'")),
    )

    community_code: Mapped[str] = mapped_column(ForeignKey("indicators.communities.code"), primary_key=True)
    period: Mapped[str] = mapped_column(PERIOD, primary_key=True)
    state: Mapped[str] = mapped_column(server_default="draft")
    submitted_by: Mapped[str | None]
    submitted_by_name: Mapped[str | None]
    submitted_at: Mapped[datetime | None]
    approved_by_name: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default="1")
    demo: Mapped[bool] = mapped_column(server_default=text("false"))


class SubmissionChange(Base):  # type: ignore[misc, valid-type]
    """One step of a submission; rows are added, never changed."""

    __tablename__ = "submission_changes"
    __table_args__ = (
        CheckConstraint(_one_of("action", ACTIONS), name="action"),
        Index(None, "community_code", "period", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    community_code: Mapped[str] = mapped_column(ForeignKey("indicators.communities.code"))
    period: Mapped[str] = mapped_column(PERIOD)
    action: Mapped[str]
    reason: Mapped[str | None]
    at: Mapped[datetime]
    by: Mapped[str]
    by_name: Mapped[str]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))


class Visibility(Base):  # type: ignore[misc, valid-type]
    """Who sees a community's values: one level for all indicators, and others for some."""

    __tablename__ = "visibilities"
    __table_args__ = (CheckConstraint(_one_of("default_level", LEVELS), name="default_level"),)

    community_code: Mapped[str] = mapped_column(ForeignKey("indicators.communities.code"), primary_key=True)
    default_level: Mapped[str]
    indicators: Mapped[dict[str, str]]
    version: Mapped[int] = mapped_column(server_default="1")
    demo: Mapped[bool] = mapped_column(server_default=text("false"))


class PeerGroup(Base):  # type: ignore[misc, valid-type]
    """Communities that the secretariat put together: by name, or by attributes that they all have."""

    __tablename__ = "peer_groups"
    __table_args__ = (CheckConstraint("(communities IS NULL) <> (attributes IS NULL)", name="one_kind"),)

    slug: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[dict[str, str]]
    descriptions: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'"))
    communities: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    attributes: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
