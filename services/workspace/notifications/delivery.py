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
    task: Task | None = None,
    comment: UUID | None = None,
    actor_name: str | None,
    details: Mapping[str, str] | None = None,
    demo: bool,
    committee: str | None = None,
    subject: str | None = None,
    link: str | None = None,
) -> None:
    """Write down the notices of an event, but for people who do not want to hear of its kind. An event that was told
    before is not told again: `event` and person are unique.

    Of a task, or of something else in a committee: `subject` is its name and `link` the path of its page.
    """
    if not notices:
        return
    place = task.committee if task is not None else committee
    if place is None:
        raise ValueError("a notification is of a task or of a committee")
    told_of = {name: text for name, text in (("subject", subject), ("link", link)) if text is not None}
    preferences = select(NotificationPreference.user_id, NotificationPreference.muted)
    told = [notice.user_id for notice in notices]
    muted = dict((await tx.execute(preferences.where(NotificationPreference.user_id.in_(told)))).all())
    now = datetime.now(UTC)
    rows = [
        {
            "id": uuid7(), "user_id": notice.user_id, "event": event, "kind": notice.kind, "why": notice.why,
            "committee": place, "task_id": task.id if task is not None else None, "comment_id": comment,
            "actor_name": actor_name, "details": {**told_of, **(details or {})}, "created_at": now, "demo": demo,
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
