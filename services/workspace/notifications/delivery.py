"""Telling people of an event, in the transaction of the event itself."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from services.workspace.notifications.rules import Notice
from services.workspace.notifications.wishes import wishes_of
from services.workspace.tables import Delivery, Notification, Task
from shared.database import Job, WriteSession
from shared.ids import uuid7
from shared.streams import tell

CHANNEL = "notifications_workspace"
"""On which PostgreSQL tells every process that somebody has something new; the payload is the person's id."""


POST = "post_notice"
"""The job that sends a notification by mail, or puts it into the digest of the day."""


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
    """Write down the notices of an event as each person wishes to hear of its kind: here, by mail, or not at all. An
    event that was told before is not told again: `event` and person are unique.

    Of a task, or of something else in a committee: `subject` is its name and `link` the path of its page.
    """
    if not notices:
        return
    place = task.committee if task is not None else committee
    if place is None:
        raise ValueError("a notification is of a task or of a committee")
    wishes = await wishes_of(tx, [notice.user_id for notice in notices])
    now = datetime.now(UTC)
    rows = [
        {
            "id": uuid7(), "user_id": notice.user_id, "event": event, "kind": notice.kind, "why": notice.why,
            "committee": place, "task_id": task.id if task is not None else None, "comment_id": comment,
            "actor_name": actor_name, "details": dict(details or {}), "subject": subject, "link": link,
            "in_app": wishes[notice.user_id].in_app(notice.kind, place), "created_at": now, "demo": demo,
        }
        for notice in notices
        if wishes[notice.user_id].wants(notice.kind, place)
    ]  # fmt: skip
    if not rows:
        return
    written = await tx.execute(
        insert(Notification)
        .on_conflict_do_nothing(index_elements=["user_id", "event"])
        .returning(Notification.id, Notification.user_id, Notification.kind, Notification.in_app),
        rows,
    )
    mails: list[dict[str, UUID]] = []
    for identifier, user_id, kind, in_app in written.all():
        if in_app:
            await tell(tx, CHANNEL, str(user_id))
        if wishes[user_id].email(kind, place) != "never":
            mails.append({"id": uuid7(), "notification_id": identifier})
    if mails:
        await tx.execute(insert(Delivery), mails)
        for mail in mails:
            tx.announce(Job(POST, {"delivery": str(mail["id"])}))
