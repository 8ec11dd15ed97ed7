"""When a person last looked at a committee, so that its page can say what has changed since."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.workspace.tables.schema import Base


class CommitteeVisit(Base):  # type: ignore[misc, valid-type]
    """One row a person and committee: the last time they said that they have seen what is new."""

    __tablename__ = "committee_visits"
    __table_args__ = (Index(None, "committee"),)

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    committee: Mapped[str] = mapped_column(ForeignKey("workspace.committees.slug"), primary_key=True)
    seen_at: Mapped[datetime]
