"""What the chair does with a committee's webhooks; one transaction each."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select, true

from services.workspace.access import committee_to_enter, may_lead
from services.workspace.tables import Committee, Webhook, WebhookMessage
from services.workspace.webhooks.addresses import NoWay, must_be_a_web_address
from services.workspace.webhooks.schemas import NewWebhookOut, WebhookIn, WebhookMessageOut, WebhookOut
from services.workspace.webhooks.sending import new_secret, post, sealed, send_again, shown_secret
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, ReadSession, WriteSession
from shared.fields import Counted
from shared.paging import Paging, count_of
from shared.problems import Conflict, Invalid, NotAllowed, NotFound

MOST = 20
ROOT = "/api/v1/workspace/webhooks"
LEADS = "The chair and the secretariat look after webhooks."


def webhook_out(row: Webhook) -> WebhookOut:
    return WebhookOut(
        id=row.id, committee=row.committee, url=row.url, kinds=row.kinds, stopped_at=row.stopped_at,
        created_by=row.created_by_name, created_at=row.created_at, demo=row.demo,
    )  # fmt: skip


def message_out(row: WebhookMessage) -> WebhookMessageOut:
    return WebhookMessageOut(
        id=row.id, type=row.kind, body=row.body, created_at=row.created_at, tries=row.tries,
        last_try_at=row.last_try_at, status=row.status, trouble=row.trouble, delivered_at=row.delivered_at,
        given_up_at=row.given_up_at,
    )  # fmt: skip


async def list_webhooks(db: Database, slug: str, part: Paging, *, by: Caller) -> Counted[WebhookOut]:
    """A committee's. Raises NotFound, NotAllowed."""
    statement = select(Webhook).where(Webhook.committee == slug)
    async with db.reading(snapshot=True) as reading:
        await _committee_to_lead(reading, slug, by)
        total = await count_of(reading, statement)
        rows = (await reading.scalars(part.apply(statement, [Webhook.created_at, Webhook.id]))).all()
    shown, following = part.cut(rows, lambda row: (row.created_at, row.id))
    return Counted(items=[webhook_out(row) for row in shown], next=following, total=total)


async def add_webhook(
    db: Database, master: bytes, slug: str, wanted: WebhookIn, *, private: bool, by: Caller
) -> NewWebhookOut:
    """Raises NotFound, NotAllowed, Conflict when there are many, Invalid."""
    secret = new_secret()
    async with db.transaction(by=by, to="add a webhook", about=slug) as tx:
        await _committee_to_lead(tx, slug, by)
        try:
            must_be_a_web_address(wanted.url, private=private)
        except NoWay as reason:
            raise Invalid.at("/url", str(reason), "url") from None
        await tx.execute(select(Committee.slug).where(Committee.slug == slug).with_for_update(key_share=True))
        count = await tx.scalar(select(func.count()).select_from(Webhook).where(Webhook.committee == slug))
        if (count or 0) >= MOST:
            raise Conflict(f"A committee has {MOST} webhooks at the most.")
        row = Webhook(
            committee=slug, url=wanted.url, kinds=sorted(set(wanted.kinds)), secret=sealed(master, secret),
            created_by_name=by.name or by.username, created_at=datetime.now(UTC), demo=by.demo,
        )  # fmt: skip
        tx.add(row)
        await tx.flush()
        tx.note(webhook=str(row.id))
        out = NewWebhookOut(**vars(webhook_out(row)), secret=shown_secret(secret))
        idempotency.will_answer(out, headers={"Location": f"{ROOT}/{row.id}"}, secret=frozenset({"secret"}))
    return out


async def remove_webhook(db: Database, webhook_id: UUID, *, by: Caller) -> None:
    """With what was sent there. Raises NotFound, NotAllowed."""
    async with db.transaction(by=by, to="remove a webhook", about=f"webhook {webhook_id}") as tx:
        row = await _webhook_to_lead(tx, webhook_id, by)
        tx.note(committee=row.committee, url=row.url)
        await tx.delete(row)


async def stop_webhook(db: Database, webhook_id: UUID, *, by: Caller) -> WebhookOut:
    """Send nothing there until it is resumed; what is on its way is given up. Raises NotFound, NotAllowed."""
    async with db.transaction(by=by, to="stop a webhook", about=f"webhook {webhook_id}") as tx:
        row = await _webhook_to_lead(tx, webhook_id, by)
        row.stopped_at = row.stopped_at or datetime.now(UTC)
    return webhook_out(row)


async def retry_message(db: Database, webhook_id: UUID, message_id: UUID, *, by: Caller) -> WebhookMessageOut:
    """Send a message that did not arrive again, now, under its own id. Raises NotFound, NotAllowed, Conflict when it
    arrived or the webhook is stopped."""
    async with db.transaction(by=by, to="send a webhook again", about=f"webhook {webhook_id}") as tx:
        row = await _webhook_to_lead(tx, webhook_id, by)
        statement = select(WebhookMessage).where(
            WebhookMessage.id == message_id, WebhookMessage.webhook_id == webhook_id
        )
        message = await tx.scalar(statement.with_for_update())
        if message is None:
            raise NotFound("This message")
        if row.stopped_at is not None:
            raise Conflict("This webhook is stopped: resume it first.")
        if message.delivered_at is not None:
            raise Conflict("This message has arrived.")
        send_again(tx, message)
        out = message_out(message)
        idempotency.will_answer(out, status=200)
    return out


async def resume_webhook(db: Database, webhook_id: UUID, *, by: Caller) -> WebhookOut:
    """Send there again what happens from now on. Raises NotFound, NotAllowed."""
    async with db.transaction(by=by, to="resume a webhook", about=f"webhook {webhook_id}") as tx:
        row = await _webhook_to_lead(tx, webhook_id, by)
        row.stopped_at = None
    return webhook_out(row)


async def try_webhook(db: Database, webhook_id: UUID, *, by: Caller) -> WebhookMessageOut:
    """Send a message that says nothing. Raises NotFound, NotAllowed, Conflict when it is stopped."""
    async with db.transaction(by=by, to="test a webhook", about=f"webhook {webhook_id}") as tx:
        row = await _webhook_to_lead(tx, webhook_id, by)
        if row.stopped_at is not None:
            raise Conflict("This webhook is stopped: resume it first.")
        out = message_out(post(tx, row, "test", {"committee": row.committee}, datetime.now(UTC)))
        idempotency.will_answer(out)
    return out


async def list_messages(db: Database, webhook_id: UUID, part: Paging, *, by: Caller) -> Counted[WebhookMessageOut]:
    """What was sent there and how it went, the newest first. Raises NotFound, NotAllowed."""
    statement = select(WebhookMessage).where(WebhookMessage.webhook_id == webhook_id)
    async with db.reading(snapshot=True) as reading:
        await _webhook_to_lead(reading, webhook_id, by)
        total = await count_of(reading, statement)
        ordered = part.apply(statement, [WebhookMessage.created_at, WebhookMessage.id], descending=True)
        rows = (await reading.scalars(ordered)).all()
    shown, following = part.cut(rows, lambda row: (row.created_at, row.id))
    return Counted(items=[message_out(row) for row in shown], next=following, total=total)


async def _committee_to_lead(db: ReadSession | WriteSession, slug: str, by: Caller) -> None:
    await committee_to_enter(db, slug, by)
    if not may_lead(by, slug):
        raise NotAllowed(LEADS)


async def _webhook_to_lead(db: ReadSession | WriteSession, webhook_id: UUID, by: Caller) -> Webhook:
    inside = true() if by.is_secretariat else Webhook.committee.in_(sorted(by.committees))
    found: Webhook | None = await db.scalar(select(Webhook).where(Webhook.id == webhook_id, inside))
    if found is None:
        raise NotFound("This webhook")
    if not may_lead(by, found.committee):
        raise NotAllowed(LEADS)
    return found
