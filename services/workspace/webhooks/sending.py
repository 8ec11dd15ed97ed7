"""Telling other programs of what happens in a committee, by the Standard Webhooks scheme (standardwebhooks.com, 1.0.0).

A message is written in the transaction of what it tells of, and sent by a job: signed, to a looked-up public address,
again after a failure with growing pauses for about three days, under the same id each time.
"""

import base64
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select

from services.workspace.seed import PLATFORM
from services.workspace.tables import Webhook, WebhookMessage
from services.workspace.webhooks.addresses import NoWay, looked_up
from services.workspace.webhooks.schemas import HookKind
from shared.database import Database, Job, WriteSession
from shared.fields import utc
from shared.ids import derived_key, uuid7

SEND = "send_webhook"
"""The job that sends one message to one address."""
PAUSES = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds until the next try, as the scheme recommends; after the last the message is given up."""
PATIENCE = 15.0
LARGEST_ANSWER = 4096
GONE = 410
NONCE = 12


async def announce_hook(tx: WriteSession, committee: str, kind: HookKind, data: Mapping[str, Any]) -> None:
    """Have it sent, once this transaction commits, to every address of the committee that wants to hear of `kind`."""
    statement = select(Webhook).where(Webhook.committee == committee, Webhook.stopped_at.is_(None))
    now = datetime.now(UTC)
    for hook in (await tx.scalars(statement)).all():
        if not hook.kinds or kind in hook.kinds:
            post(tx, hook, kind, {"committee": committee, **data}, now)


def post(tx: WriteSession, hook: Webhook, kind: str, data: Mapping[str, Any], now: datetime) -> WebhookMessage:
    message = WebhookMessage(
        id=uuid7(), webhook_id=hook.id, kind=kind, created_at=now, tries=0,
        body={"type": kind, "timestamp": utc(now), "data": dict(data)},
    )  # fmt: skip
    tx.add(message)
    tx.announce(Job(SEND, {"message": str(message.id), "tries": 0}))
    return message


def send_again(tx: WriteSession, message: WebhookMessage) -> None:
    """Try now, and then with the pauses of a new message, of which the tries are counted anew."""
    message.tries, message.given_up_at = 0, None
    tx.announce(Job(SEND, {"message": str(message.id), "tries": 0}))


def new_secret() -> bytes:
    return secrets.token_bytes(32)


def shown_secret(secret: bytes) -> str:
    return f"whsec_{base64.b64encode(secret).decode()}"


def sealed(master: bytes, secret: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(derived_key(master, "webhooks")).encrypt(nonce, secret, None)


def unsealed(master: bytes, kept: bytes) -> bytes:
    return AESGCM(derived_key(master, "webhooks")).decrypt(kept[:NONCE], kept[NONCE:], None)


def signature(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Of id, time stamp and body, parted by full stops: `v1,` and the base64 of the HMAC-SHA256.

    >>> key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    >>> signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(secret, signed, 'sha256')).decode()}"


async def send_message(db: Database, master: bytes, payload: Mapping[str, Any], *, private: bool) -> None:
    """The job: one try. A try that was made already, because the job came twice, is not made again."""
    message_id = UUID(payload["message"])
    async with db.reading() as reading:
        message = await reading.get(WebhookMessage, message_id)
        hook = await reading.get(Webhook, message.webhook_id) if message is not None else None
    if message is None or hook is None or hook.stopped_at is not None or not _is_due(message, payload):
        return
    status, trouble = await _try(hook, message, unsealed(master, hook.secret), private=private)
    async with db.transaction(by=PLATFORM, to="send a webhook", about=f"webhook {hook.id}") as tx:
        kept = await tx.scalar(select(WebhookMessage).where(WebhookMessage.id == message_id).with_for_update())
        if kept is None or not _is_due(kept, payload):
            return
        now = datetime.now(UTC)
        kept.tries, kept.last_try_at, kept.status, kept.trouble = kept.tries + 1, now, status, trouble
        tx.note(message=str(message_id), status=status)
        if status is not None and 200 <= status < 300:
            kept.delivered_at = now
        elif status == GONE or kept.tries > len(PAUSES):
            kept.given_up_at = now
            stopping = await tx.get(Webhook, hook.id)
            if stopping is not None:
                stopping.stopped_at = now
        else:
            pause = PAUSES[kept.tries - 1] * (1 + secrets.randbelow(100) / 1000)
            tx.announce(Job(SEND, {"message": str(message_id), "tries": kept.tries}, delay=pause))


def _is_due(message: WebhookMessage, payload: Mapping[str, Any]) -> bool:
    return message.delivered_at is None and message.given_up_at is None and message.tries == payload.get("tries", 0)


async def _try(
    hook: Webhook, message: WebhookMessage, secret: bytes, *, private: bool
) -> tuple[int | None, str | None]:
    """What was answered, or why nothing was. Follows nobody elsewhere, and reads little of what comes back."""
    body = json.dumps(message.body, separators=(",", ":"), ensure_ascii=False, sort_keys=True).encode()
    timestamp = int(datetime.now(UTC).timestamp())
    try:
        to = await looked_up(hook.url, private=private)
    except NoWay as reason:
        return None, str(reason)
    headers = {
        "Host": to.host_header, "Content-Type": "application/json", "User-Agent": "portsnet-webhooks/1",
        "webhook-id": str(message.id), "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, str(message.id), timestamp, body),
    }  # fmt: skip
    try:
        async with (
            httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=PATIENCE) as client,
            client.stream(
                "POST", to.url, content=body, headers=headers, extensions={"sni_hostname": to.host}
            ) as answer,
        ):
            read = 0
            async for part in answer.aiter_raw():
                read += len(part)
                if read > LARGEST_ANSWER:
                    break
            return answer.status_code, None
    except httpx.TimeoutException:
        return None, f"no answer within {PATIENCE:.0f} seconds"
    except httpx.HTTPError as error:
        return None, f"no connection ({type(error).__name__})"
