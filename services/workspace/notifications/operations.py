"""What people do with their notifications. They are each person's own: no version, nothing to overwrite."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from services.workspace.access import visible_notifications
from services.workspace.notifications.texts import BECAUSE, what_happened
from services.workspace.schemas import (
    ChannelsOut,
    NotificationOut,
    NotificationsOut,
    PreferencesIn,
    PreferencesOut,
    TaskNamed,
)
from services.workspace.tables import Notification, NotificationPreference
from services.workspace.words import NOTIFICATION_KINDS, NotificationKind
from shared.callers import Caller
from shared.database import Database, ReadSession, WriteSession
from shared.paging import Paging
from shared.problems import NotAllowed, NotFound


def must_be_a_person(caller: Caller) -> None:
    """Raises NotAllowed for programs, which nobody notifies."""
    if caller.kind != "user":
        raise NotAllowed("Only people have notifications.")


def told_to(caller: Caller) -> Select[Notification]:
    """Notifications of this caller, with the task that each is about."""
    return select(Notification).where(visible_notifications(caller)).options(joinedload(Notification.task))


def notification_out(row: Notification, language: str) -> NotificationOut:
    title = row.task.title if row.task is not None else row.details.get("subject", "")
    return NotificationOut(
        id=row.id, kind=row.kind, why=row.why,
        text=what_happened(
            row.kind, language, task=title, actor=row.actor_name, state=row.details.get("state"),
            due_on=row.details.get("due_on"),
        ),
        because=BECAUSE[row.why][language], committee=row.committee,
        task=TaskNamed(id=row.task.id, title=title) if row.task is not None else None,
        subject=title, link=f"/tasks/{row.task.id}" if row.task is not None else row.details.get("link"),
        comment=row.comment_id, actor=row.actor_name, created_at=row.created_at, read=row.read_at is not None,
        read_at=row.read_at, demo=row.demo,
    )  # fmt: skip


async def list_notifications(
    db: Database, part: Paging, language: str, *, unread_only: bool, by: Caller
) -> NotificationsOut:
    """The newest first, and how many were not read yet in all. Raises NotAllowed."""
    must_be_a_person(by)
    statement = told_to(by)
    if unread_only:
        statement = statement.where(Notification.read_at.is_(None))
    async with db.reading(snapshot=True) as reading:
        ordered = part.apply(statement, [Notification.created_at, Notification.id], descending=True)
        rows = (await reading.scalars(ordered)).all()
        unread = await unread_count(reading, by)
    shown, following = part.cut(rows, lambda row: (row.created_at, row.id))
    items = [notification_out(row, language) for row in shown]
    return NotificationsOut(items=items, next=following, unread=unread)


async def unread_count(db: ReadSession | WriteSession, caller: Caller) -> int:
    return int(await db.scalar(select(func.count()).select_from(Notification).where(_unread(caller))) or 0)


async def mark_read(db: Database, notification_id: UUID, language: str, *, by: Caller) -> NotificationOut:
    """Having read it twice is having read it. Raises NotFound, NotAllowed."""
    must_be_a_person(by)
    async with db.transaction(by=by, to="read a notification", about=notification_id) as tx:
        statement = told_to(by).where(Notification.id == notification_id)
        found = await tx.scalar(statement.with_for_update(of=Notification))
        if found is None:
            raise NotFound("This notification")
        found.read_at = found.read_at or datetime.now(UTC)
    return notification_out(found, language)


async def mark_all_read(db: Database, up_to: UUID | None, *, by: Caller) -> int:
    """Everything, or everything until a notification and itself; how many are unread then.

    Raises NotFound, NotAllowed.
    """
    must_be_a_person(by)
    async with db.transaction(by=by, to="read notifications") as tx:
        statement = update(Notification).where(_unread(by)).values(read_at=datetime.now(UTC))
        if up_to is not None:
            last = await tx.scalar(select(Notification).where(Notification.id == up_to, visible_notifications(by)))
            if last is None:
                raise NotFound("This notification")
            statement = statement.where(Notification.created_at <= last.created_at)
        await tx.execute(statement)
        return await unread_count(tx, by)


async def read_preferences(db: Database, *, by: Caller) -> PreferencesOut:
    must_be_a_person(by)
    async with db.reading() as reading:
        muted = await reading.scalar(
            select(NotificationPreference.muted).where(NotificationPreference.user_id == UUID(by.id))
        )
    return _preferences_out(set(muted or ()))


async def set_preferences(db: Database, wanted: PreferencesIn, *, by: Caller) -> PreferencesOut:
    """Replace the whole: what is left out is as it was at the beginning. Muted kinds are not written down at all."""
    must_be_a_person(by)
    muted = sorted(kind for kind, channels in wanted.kinds.items() if not channels.in_app)
    async with db.transaction(by=by, to="set notification preferences", about=by.id) as tx:
        row = {"user_id": UUID(by.id), "muted": muted, "updated_at": datetime.now(UTC)}
        statement = insert(NotificationPreference).values(row)
        await tx.execute(
            statement.on_conflict_do_update(
                index_elements=["user_id"],
                set_={"muted": statement.excluded.muted, "updated_at": statement.excluded.updated_at},
            )
        )
        tx.note(muted=muted)
    return _preferences_out(set(muted))


def _preferences_out(muted: set[NotificationKind] | set[str]) -> PreferencesOut:
    return PreferencesOut(
        kinds={kind: ChannelsOut(in_app=kind not in muted, email="never") for kind in NOTIFICATION_KINDS}
    )


def _unread(caller: Caller) -> ColumnElement[bool]:
    return visible_notifications(caller) & Notification.read_at.is_(None)
