"""Files that people keep with a task."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from services.workspace.tables.schema import Base
from shared.ids import uuid7


class Attachment(Base):  # type: ignore[misc, valid-type]
    """A file of a task: its bytes by their SHA-256, never changed, gone with the task."""

    __tablename__ = "attachments"
    __table_args__ = (Index(None, "task_id", "created_at", "id"), Index(None, "sha256"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("workspace.tasks.id", ondelete="CASCADE"))
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    file_name: Mapped[str]
    added_by: Mapped[str]
    added_by_name: Mapped[str]
    created_at: Mapped[datetime]
    demo: Mapped[bool] = mapped_column(server_default=sql("false"))
