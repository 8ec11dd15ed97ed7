"""What people do with their notifications. They are each person's own: no version, nothing to overwrite."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from services.workspace.access import visible_notifications
from services.workspace.notifications.seats import NAME
from services.workspace.notifications.texts import BECAUSE, what_happened
from services.workspace.notifications.wishes import TOLD_DIGEST_AT, Wishes, wishes_in, wishes_of
from services.workspace.schemas import (
    ChannelsIn,
    ChannelsOut,
    CommitteeWishesOut,
    NotificationOut,
    NotificationsOut,
    PreferencesIn,
    PreferencesOut,
    QuietHoursOut,
    TaskNamed,
)
from services.workspace.tables import Notification, NotificationPreference
from services.workspace.words import NOTIFICATION_KINDS, NotificationKind
from shared.callers import PUBLIC, Caller
from shared.database import Database, ReadSession, WriteSession
from shared.paging import Paging
from shared.problems import Invalid, NotAllowed, NotFound


def must_be_a_person(caller: Caller) -> None:
    """Raises NotAllowed for programs, which nobody notifies."""
    if caller.kind != "user":
        raise NotAllowed("Only people have notifications.")


def told_to(caller: Caller) -> Select[Notification]:
    """Notifications of this caller, with the task that each is about."""
    return (
        select(Notification)
        .where(visible_notifications(caller), Notification.in_app)
        .options(joinedload(Notification.task))
    )


def notification_out(row: Notification, language: str) -> NotificationOut:
    named = row.details.get(f"{NAME}{language}") or row.subject or row.details.get("subject", "")
    title = row.task.title if row.task is not None else named
    return NotificationOut(
        id=row.id, kind=row.kind, why=row.why,
        text=what_happened(
            row.kind, language, task=title, actor=row.actor_name, state=row.details.get("state"),
            due_on=row.details.get("due_on"), starts_at=row.details.get("starts_at"),
            timezone=row.details.get("timezone"), role=row.details.get("role"),
        ),
        because=BECAUSE[row.why][language], committee=row.committee,
        task=TaskNamed(id=row.task.id, title=title) if row.task is not None else None,
        subject=title, link=f"/tasks/{row.task.id}" if row.task is not None else row.link or row.details.get("link"),
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


async def read_preferences(db: Database, zone: ZoneInfo, *, by: Caller) -> PreferencesOut:
    must_be_a_person(by)
    async with db.reading() as reading:
        wishes = await wishes_of(reading, [UUID(by.id)])
    return _preferences_out(wishes[UUID(by.id)], zone)


async def set_preferences(db: Database, wanted: PreferencesIn, zone: ZoneInfo, *, by: Caller) -> PreferencesOut:
    """Replace what is named: a kind that is left out is as it was at the beginning; hours, zone and silent committees
    that are left out stay."""
    must_be_a_person(by)
    if wanted.digest_at not in (None, TOLD_DIGEST_AT):
        raise Invalid.at("/digest_at", f"is {TOLD_DIGEST_AT} for everybody", "fixed")
    channels = _stored(wanted.kinds)
    async with db.transaction(by=by, to="set notification preferences", about=by.id) as tx:
        row: dict[str, Any] = {
            "user_id": UUID(by.id), "muted": [], "channels": channels, "updated_at": datetime.now(UTC),
        }  # fmt: skip
        if "quiet_hours" in wanted.model_fields_set:
            quiet = wanted.quiet_hours
            row |= {"quiet_from": quiet and _minute(quiet.since), "quiet_until": quiet and _minute(quiet.until)}
        if "timezone" in wanted.model_fields_set:
            row |= {"timezone": wanted.timezone}
        if "committees" in wanted.model_fields_set:
            row["committees"] = {
                slug: {"muted": there.muted, "kinds": _stored(there.kinds)}
                for slug, there in (wanted.committees or {}).items()
            }
        statement = insert(NotificationPreference).values(row)
        await tx.execute(
            statement.on_conflict_do_update(
                index_elements=["user_id"],
                set_={name: statement.excluded[name] for name in row if name != "user_id"},
            )
        )
        tx.note(channels=channels)
        wishes = await wishes_of(tx, [UUID(by.id)])
    return _preferences_out(wishes[UUID(by.id)], zone)


async def unsubscribe(db: Database, user_id: UUID, kinds: Sequence[NotificationKind], *, only_daily: bool) -> None:
    """No more mail of these kinds to this person (`only_daily`: of those in the digest); on the platform all tells."""
    async with db.transaction(by=PUBLIC, to="stop mail of a kind", about=str(user_id)) as tx:
        statement = insert(NotificationPreference).values(
            user_id=user_id, muted=[], channels={}, updated_at=datetime.now(UTC)
        )
        await tx.execute(statement.on_conflict_do_nothing(index_elements=["user_id"]))
        row = await tx.scalar(
            select(NotificationPreference).where(NotificationPreference.user_id == user_id).with_for_update()
        )
        assert row is not None
        wishes = wishes_in(row)
        stopped = [kind for kind in kinds if not only_daily or wishes.email(kind) == "daily"]
        silent = {kind: {"in_app": wishes.in_app(kind), "email": "never"} for kind in stopped}
        row.channels = {**row.channels, **silent}
        row.committees = {slug: _silenced(there, kinds, only_daily) for slug, there in row.committees.items()}
        row.updated_at = datetime.now(UTC)
        tx.note(kinds=list(stopped))


def _preferences_out(wishes: Wishes, zone: ZoneInfo) -> PreferencesOut:
    quiet = wishes.quiet
    return PreferencesOut(
        kinds={kind: _channels(wishes, kind, None) for kind in NOTIFICATION_KINDS},
        quiet_hours=QuietHoursOut(since=_hour(quiet[0]), until=_hour(quiet[1])) if quiet else None,
        timezone=str(wishes.zone(zone)), digest_at=TOLD_DIGEST_AT,
        committees={
            slug: CommitteeWishesOut(
                muted=wishes.is_silent(slug),
                kinds={kind: _channels(wishes, kind, slug) for kind in NOTIFICATION_KINDS if kind in there["kinds"]},
            )
            for slug, there in sorted(wishes.committees.items())
        },
    )  # fmt: skip


def _silenced(there: Mapping[str, Any], kinds: Sequence[str], only_daily: bool) -> dict[str, Any]:
    """A committee's own wishes without mail of these kinds."""
    own = {
        kind: {**chosen, "email": "never"}
        if kind in kinds and chosen.get("email") in (("daily",) if only_daily else ("daily", "at_once"))
        else chosen
        for kind, chosen in there["kinds"].items()
    }
    return {**there, "kinds": own}


def _channels(wishes: Wishes, kind: NotificationKind, committee: str | None) -> ChannelsOut:
    return ChannelsOut(in_app=wishes.in_app(kind, committee), email=wishes.email(kind, committee))


def _stored(kinds: Mapping[NotificationKind, ChannelsIn]) -> dict[str, dict[str, Any]]:
    return {
        kind: {"in_app": chosen.in_app, **({"email": chosen.email} if chosen.email is not None else {})}
        for kind, chosen in kinds.items()
    }


def _minute(hour: str) -> int:
    return int(hour[:2]) * 60 + int(hour[3:])


def _hour(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _unread(caller: Caller) -> ColumnElement[bool]:
    return visible_notifications(caller) & Notification.in_app & Notification.read_at.is_(None)
