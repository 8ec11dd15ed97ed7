"""The committees of the Network."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from services.workspace.tables.schema import Base
from services.workspace.words import COMMITTEE_KINDS


class Committee(Base):  # type: ignore[misc, valid-type]  # the base is made per schema
    """A body of the Network. Who belongs to it is told by the grants that the gateway keeps."""

    __tablename__ = "committees"
    __table_args__ = (CheckConstraint(f"kind IN ({', '.join(repr(k) for k in COMMITTEE_KINDS)})", name="kind"),)

    slug: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[dict[str, str]]
    kind: Mapped[str]
    position: Mapped[int] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=sql("now()"))
