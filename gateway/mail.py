"""Mail: to an SMTP server, or into a folder for the operator. Sent by a job, so a crash loses none and repeats none
under another Message-ID."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib
import anyio
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from gateway import mail_texts, secrets
from gateway.tables import Mail
from shared.callers import Caller
from shared.database import Database, Job, WriteSession
from shared.ids import uuid7
from shared.settings import Settings

PLATFORM = Caller(kind="service", id="gateway", name="gateway")

UNSUBSCRIBE, METHOD, CALENDAR = "\x00unsubscribe", "\x00method", "\x00calendar"
"""What travels sealed beside a message's values, under names that no text can use."""


async def send_mail(
    tx: WriteSession,
    secret: bytes,
    *,
    to: str,
    kind: str,
    locale: str,
    values: Mapping[str, str],
    id: UUID | None = None,  # noqa: A002 -- the message's id
    unsubscribe: str | None = None,
    calendar: Mapping[str, str] | None = None,
) -> UUID:
    """Have a message sent once the transaction commits; its id. A message with an id that is known is not sent again.

    `values` may hold a link with somebody's token: on the queue they lie sealed, and the record of the message does
    not have them. `unsubscribe` is the address with which the reader stops such mail by one click; `calendar` an
    invitation (RFC 6047): `{"method", "content"}`.
    """
    mail_id = id or uuid7()
    added = await tx.execute(
        insert(Mail).values(id=mail_id, recipient=to, kind=kind).on_conflict_do_nothing().returning(Mail.id)
    )
    if added.first() is not None:
        more = {UNSUBSCRIBE: unsubscribe} if unsubscribe is not None else {}
        if calendar is not None:
            more |= {METHOD: calendar["method"], CALENDAR: calendar["content"]}
        sealed = secrets.seal(secret, mail_texts.packed({**values, **more})).decode()
        tx.announce(Job("mail", {"id": str(mail_id), "to": to, "kind": kind, "locale": locale, "sealed": sealed}))
    return mail_id


async def deliver(database: Database, settings: Settings, payload: Mapping[str, Any]) -> None:
    """The job: compose the message and hand it over, unless that was done when the job came before."""
    mail_id = UUID(str(payload["id"]))
    async with database.reading() as reading:
        if await reading.scalar(select(Mail.sent_at).where(Mail.id == mail_id)) is not None:
            return
    values = mail_texts.unpacked(secrets.unseal(settings.secret, str(payload["sealed"]).encode()))
    unsubscribe = values.pop(UNSUBSCRIBE, None)
    method, calendar = values.pop(METHOD, ""), values.pop(CALENDAR, None)
    subject, text = mail_texts.written(str(payload["kind"]), str(payload["locale"]), values)
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = str(payload["to"])
    message["Subject"] = re.sub(r"\s+", " ", subject)
    message["Date"] = format_datetime(datetime.now(UTC))
    domain = parseaddr(settings.mail_from)[1].partition("@")[2] or "localhost"
    message["Message-ID"] = f"<{payload['id']}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if unsubscribe is not None:  # one click, RFC 8058
        message["List-Unsubscribe"] = f"<{unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        text += mail_texts.how_to_stop(str(payload["locale"]), unsubscribe)
    message.set_content(text)
    if calendar is not None:
        message.add_alternative(calendar, subtype="calendar", params={"method": method, "name": "invite.ics"})
    await hand_over(message, settings, str(payload["id"]))
    async with database.engine.begin() as connection:
        await connection.execute(update(Mail).where(Mail.id == mail_id).values(sent_at=datetime.now(UTC)))


async def hand_over(message: EmailMessage, settings: Settings, name: str) -> None:
    """To the server that the settings name, or as a file `<data dir>/outbox/<id>.eml`."""
    if settings.mail_url is None:
        folder = anyio.Path(settings.data_dir) / "outbox"
        await folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = folder / f".{name}.part"
        await temporary.write_bytes(message.as_bytes())
        await temporary.rename(folder / f"{name}.eml")
        return
    address = urlsplit(settings.mail_url.get_secret_value())
    await aiosmtplib.send(
        message,
        hostname=address.hostname,
        port=address.port or (465 if address.scheme == "smtps" else 25),
        username=unquote(address.username) if address.username else None,
        password=unquote(address.password) if address.password else None,
        use_tls=address.scheme == "smtps",
        timeout=30,
    )
