"""Notifications by mail: at once, or in the digest of the day. Jobs, which may come twice: a message has an id of its
own, under which the gateway sends it once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parseaddr
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from gateway.client import IdentityClient
from gateway.schemas import PersonOut
from services.workspace.events.invitations import calendar_for
from services.workspace.notifications.delivery import POST
from services.workspace.notifications.operations import notification_out
from services.workspace.notifications.unsubscribing import stop_path
from services.workspace.notifications.wishes import wishes_of
from services.workspace.people import People
from services.workspace.seed import PLATFORM
from services.workspace.tables import Delivery, Digest, Notification
from shared.database import Database, Job, WriteSession
from shared.ids import uuid7
from shared.languages import DEFAULT, LANGUAGES

DIGEST = "send_digest"
DIGEST_KIND = "digest"
MOST_IN_A_DIGEST = 200


@dataclass(frozen=True)
class PostOffice:
    """What the jobs of mail need."""

    db: Database
    identity: IdentityClient
    people: People
    zone: ZoneInfo
    secret: bytes
    sender: str
    origin: str

    async def person(self, user_id: UUID) -> PersonOut | None:
        """None when there is no such account any more."""
        return (await self.identity.people([str(user_id)])).get(str(user_id))

    async def may_hear_of(self, user_id: UUID, committees: set[str]) -> set[str]:
        """In which of these committees the person is now; all of them for the secretariat."""
        holders = await self.identity.holders("network")
        if any(one.user_id == user_id and one.role == "secretariat" for one in holders):
            return committees
        found = set()
        for slug in committees:
            if any(one.user_id == user_id for one in await self.people.of_committee(slug)):
                found.add(slug)
        return found


def post_office(app: FastAPI) -> PostOffice:
    settings = app.state.settings
    return PostOffice(
        app.state.database, IdentityClient(app.state.peers), app.state.people, settings.zone, settings.secret,
        parseaddr(settings.mail_from)[1], settings.origin,
    )  # fmt: skip


async def post_notice(office: PostOffice, payload: Mapping[str, Any]) -> None:
    """Send one notification, wait with it until the quiet hours are over, or put it into the digest of the day."""
    delivery_id = UUID(payload["delivery"])
    async with office.db.reading() as reading:
        delivery = await reading.get(Delivery, delivery_id)
        if delivery is None or delivery.sent_at is not None or delivery.digest_id is not None:
            return
        row = await _notification(reading, delivery.notification_id)
        if row is None:
            return
        wishes = (await wishes_of(reading, [row.user_id]))[row.user_id]
    how = wishes.email(row.kind, row.committee)
    if how == "never":
        return
    if how == "daily":
        await _put_into_digest(office, delivery_id, row.user_id)
        return
    now = datetime.now(UTC)
    ends = wishes.quiet_until(now, office.zone)
    if ends is not None:
        async with office.db.transaction(by=PLATFORM, to="wait with a mail", about=delivery_id) as tx:
            tx.announce(Job(POST, dict(payload), delay=max(1.0, (ends - now).total_seconds())))
        return
    if row.read_at is None and (row.kind == "unseated" or await office.may_hear_of(row.user_id, {row.committee})):
        await _send_at_once(office, delivery_id, row)
    async with office.db.transaction(by=PLATFORM, to="send a notification", about=delivery_id) as tx:
        await tx.execute(update(Delivery).where(Delivery.id == delivery_id).values(sent_at=datetime.now(UTC)))


async def _send_at_once(office: PostOffice, delivery_id: UUID, row: Notification) -> None:
    person = await office.person(row.user_id)
    if person is None:
        return
    language = person.locale if person.locale in LANGUAGES else DEFAULT
    told = notification_out(row, language)
    calendar = await calendar_for(office.db, row, person, office.sender, office.origin)
    await office.identity.send_mail(
        "notification",
        {"title": told.text, "text": f"{told.text}\n\n{told.because}", "link": told.link or "/notifications"},
        user_id=row.user_id, id=delivery_id,
        unsubscribe=stop_path(office.secret, row.user_id, row.kind), calendar=calendar,
    )  # fmt: skip


async def _put_into_digest(office: PostOffice, delivery_id: UUID, user_id: UUID) -> None:
    """Of the next morning at seven. A digest that is being sent takes nothing more: then it is the one after."""
    async with office.db.transaction(by=PLATFORM, to="put a notification into a digest", about=delivery_id) as tx:
        wishes = (await wishes_of(tx, [user_id]))[user_id]
        now = datetime.now(UTC)
        at, zone = wishes.next_digest(now, office.zone)
        digest = await _open_digest(tx, user_id, at, zone, now)
        if digest.claimed_at is not None:
            at, zone = wishes.next_digest(at, office.zone)
            digest = await _open_digest(tx, user_id, at, zone, now)
        await tx.execute(
            update(Delivery)
            .where(Delivery.id == delivery_id, Delivery.digest_id.is_(None))
            .values(digest_id=digest.id)
        )  # fmt: skip


async def _open_digest(tx: WriteSession, user_id: UUID, at: datetime, zone: ZoneInfo, now: datetime) -> Digest:
    """The row, locked, and its job when it is new."""
    day = at.astimezone(zone).date()
    new = await tx.scalar(
        insert(Digest).values(id=uuid7(), user_id=user_id, day=day).on_conflict_do_nothing().returning(Digest.id)
    )
    if new is not None:
        tx.announce(Job(DIGEST, {"digest": str(new)}, delay=max(0.0, (at - now).total_seconds())))
    found: Digest | None = await tx.scalar(
        select(Digest).where(Digest.user_id == user_id, Digest.day == day).with_for_update()
    )
    assert found is not None
    return found


async def send_digest(office: PostOffice, payload: Mapping[str, Any]) -> None:
    """Claim the digest, so that nothing is added to it any more; send it; write down that it was sent."""
    digest_id = UUID(payload["digest"])
    async with office.db.transaction(by=PLATFORM, to="claim a digest", about=digest_id) as tx:
        digest = await tx.scalar(select(Digest).where(Digest.id == digest_id).with_for_update())
        if digest is None or digest.sent_at is not None:
            return
        digest.claimed_at = digest.claimed_at or datetime.now(UTC)
    await _send_claimed(office, digest)
    async with office.db.transaction(by=PLATFORM, to="send a digest", about=digest_id) as tx:
        now = datetime.now(UTC)
        await tx.execute(update(Digest).where(Digest.id == digest_id).values(sent_at=now))
        await tx.execute(update(Delivery).where(Delivery.digest_id == digest_id).values(sent_at=now))


async def _send_claimed(office: PostOffice, digest: Digest) -> None:
    statement = (
        select(Notification)
        .join(Delivery, Delivery.notification_id == Notification.id)
        .where(Delivery.digest_id == digest.id, Notification.read_at.is_(None))
        .order_by(Notification.created_at, Notification.id)
        .options(joinedload(Notification.task))
        .limit(MOST_IN_A_DIGEST)
    )
    async with office.db.reading() as reading:
        rows = (await reading.scalars(statement)).all()
        wishes = (await wishes_of(reading, [digest.user_id]))[digest.user_id]
    rows = [row for row in rows if wishes.email(row.kind, row.committee) != "never"]
    visible = await office.may_hear_of(digest.user_id, {row.committee for row in rows}) if rows else set()
    rows = [row for row in rows if row.committee in visible or row.kind == "unseated"]
    person = await office.person(digest.user_id) if rows else None
    if person is None:
        return
    language = person.locale if person.locale in LANGUAGES else DEFAULT
    lines = [f"• {told.text}\n  {told.because}" for told in (notification_out(row, language) for row in rows)]
    await office.identity.send_mail(
        "digest", {"text": "\n\n".join(lines), "link": "/notifications"}, user_id=digest.user_id, id=digest.id,
        unsubscribe=stop_path(office.secret, digest.user_id, DIGEST_KIND),
    )  # fmt: skip


async def _notification(db: Any, notification_id: UUID) -> Notification | None:
    found: Notification | None = await db.scalar(
        select(Notification).where(Notification.id == notification_id).options(joinedload(Notification.task))
    )
    return found
