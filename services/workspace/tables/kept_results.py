"""What was made of files once and would take long to make again."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Integer, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from services.workspace.tables.schema import Base
from services.workspace.words import RESULT_KINDS


class KeptResult(Base):  # type: ignore[misc, valid-type]
    """A comparison of two files' texts, or a file's preview, compressed; null when it could not be made. `rules` is the
    edition of what made it. It says nothing about who may see it: whoever asks has passed the door of the document."""

    __tablename__ = "kept_results"
    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(kind) for kind in RESULT_KINDS)})", name="kind"),
        Index(None, "other_sha256"),
        Index(None, "made_at"),
    )

    sha256: Mapped[str] = mapped_column(primary_key=True)
    other_sha256: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    rules: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    content: Mapped[bytes | None]
    size: Mapped[int] = mapped_column(Integer)
    made_at: Mapped[datetime]
