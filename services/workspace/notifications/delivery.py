"""Telling people of an event, in the transaction of the event itself."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from services.workspace.notifications.rules import Notice
from services.workspace.tables import Notification, NotificationPreference, Task
from shared.database import WriteSession
from shared.ids import uuid7
from shared.streams import tell

CHANNEL = "notifications_workspace"
"""On which PostgreSQL tells every process that somebody has something new; the payload is the person's id."""


async def notify(
    tx: WriteSession,
    notices: Sequence[Notice],
    *,
    event: str,
    task: Task,
    comment: UUID | None = None,
    actor_name: str | None,
    details: Mapping[str, str] | None = None,
    demo: bool,
) -> None:
    """Write down the notices of an event, but for people who do not want to hear of its kind. An event that was told
    before is not told again: `event` and person are unique."""
    if not notices:
        return
    preferences = select(NotificationPreference.user_id, NotificationPreference.muted)
    told = [notice.user_id for notice in notices]
    muted = dict((await tx.execute(preferences.where(NotificationPreference.user_id.in_(told)))).all())
    now = datetime.now(UTC)
    rows = [
        {
            "id": uuid7(), "user_id": notice.user_id, "event": event, "kind": notice.kind, "why": notice.why,
            "committee": task.committee, "task_id": task.id, "comment_id": comment, "actor_name": actor_name,
            "details": dict(details or {}), "created_at": now, "demo": demo,
        }
        for notice in notices
        if notice.kind not in muted.get(notice.user_id, ())
    ]  # fmt: skip
    if not rows:
        return
    written = await tx.scalars(
        insert(Notification)
        .on_conflict_do_nothing(index_elements=["user_id", "event"])
        .returning(Notification.user_id),
        rows,
    )
    for user_id in written.all():
        await tell(tx, CHANNEL, str(user_id))
