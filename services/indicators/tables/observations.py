"""What communities observed, a partition a year. Every unique key of observed data holds the community, so that a
distributed PostgreSQL can shard by it."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.indicators.tables.schema import PERIOD, Base

BY_YEAR = {"postgresql_partition_by": "RANGE (period)"}
"""As text in the order of its characters, a year's quarters and months stand between it and the next."""


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
        BY_YEAR,
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
    __table_args__ = (CheckConstraint("n > 0", name="units"), CheckConstraint("revision > 0", name="number"), BY_YEAR)

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
        BY_YEAR,
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
