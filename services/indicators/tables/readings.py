"""Who read a community's figures."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.indicators.tables.schema import Base, one_of

READ_ACTIONS = ("read", "export")


class Reading(Base):  # type: ignore[misc, valid-type]  # the base is made per schema
    """How often somebody read or took away figures of a community on a day (of UTC), and how many."""

    __tablename__ = "readings"
    __table_args__ = (
        CheckConstraint(one_of("action", READ_ACTIONS), name="action"),
        Index(None, "community_code", "last_at"),
    )

    community_code: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    by: Mapped[str] = mapped_column(primary_key=True)
    action: Mapped[str] = mapped_column(primary_key=True)
    surface: Mapped[str] = mapped_column(primary_key=True)
    form: Mapped[str] = mapped_column(primary_key=True)
    by_name: Mapped[str]
    times: Mapped[int]
    figures: Mapped[int] = mapped_column(BigInteger)
    last_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
