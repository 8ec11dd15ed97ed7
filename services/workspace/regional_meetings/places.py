"""Places at a regional meeting: who registers has one while there are any, then waits; who cancels gives one back.

The meeting's row is locked first, so that a place is given once. What an answer says depends on how full the meeting is
and on nothing else: whether an address has registered before is told to that address alone, by mail.
"""

import base64
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from gateway.client import IdentityClient
from services.workspace.regional_meetings.access import meeting_to_edit, meeting_to_see
from services.workspace.regional_meetings.presenting import confirmed, is_open, is_over
from services.workspace.regional_meetings.schemas import (
    OwnRegistrationOut,
    ReceivedOut,
    RegistrationIn,
    RegistrationOut,
    RegistrationState,
)
from services.workspace.tables import RegionalMeeting, Registration, RegistrationCount
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, Job, ReadSession, WriteSession
from shared.ids import derived_key, uuid7
from shared.languages import pick
from shared.problems import Conflict, Invalid, NotFound, TooManyRequests

MAIL = "meeting_mail"
MOST = 20
"""Registrations from one address in a window; an office registers its people from one."""
WINDOW = timedelta(minutes=10)
FORGET = "forget_participants"
KEPT_FOR = timedelta(days=90)
"""After the last day of a meeting, its participants' data are deleted; how many came is told by the registry."""
AGAIN = timedelta(minutes=10)
"""Whoever registers again is written to again, but not more often than this."""


async def register(
    db: Database, slug: str, wanted: RegistrationIn, language: str, visitor: str, *, by: Caller
) -> ReceivedOut:
    """Give a place, or one on the waiting list, and write to the address. Raises NotFound, Invalid, Conflict when
    registration is closed, TooManyRequests."""
    if not wanted.consent:
        raise Invalid.at("/consent", "must be true: without it we may not keep these data", "required")
    await _count(db, visitor, by=by)
    now = datetime.now(UTC)
    async with db.transaction(by=by, to="register for a regional meeting", about=slug) as tx:
        meeting = await meeting_to_see(tx, slug, by, lock=True)
        if not is_open(meeting, now):
            raise Conflict("Registration for this meeting is closed.")
        key = wanted.email.casefold()
        known = await tx.scalar(select(Registration).where(Registration.meeting == slug, Registration.email_key == key))
        full = meeting.capacity is not None and await confirmed(tx, slug) >= meeting.capacity
        state: RegistrationState = "waiting" if full else "confirmed"
        if known is None:
            row = Registration(
                meeting=slug, name=wanted.name, email=wanted.email, email_key=key, organization=wanted.organization,
                country=wanted.country, role=wanted.role, locale=language, state=state, registered_at=now,
                mailed_at=now, demo=by.demo or meeting.demo,
            )  # fmt: skip
            tx.add(row)
            await tx.flush()
            if not by.demo:  # whom a demonstration made up has no mail
                tx.announce(_mail(row, state))
        elif known.mailed_at <= now - AGAIN:
            known.mailed_at = now
            tx.announce(_mail(known, known.state))
        out = ReceivedOut(meeting=slug, state=state)
        idempotency.will_answer(out)
    return out


async def give_free_places(tx: WriteSession, meeting: RegionalMeeting) -> None:
    """To those who have waited longest, as long as the meeting is not over. The meeting's row is locked."""
    if is_over(meeting, datetime.now(UTC)):
        return
    waiting = (
        select(Registration)
        .where(Registration.meeting == meeting.slug, Registration.state == "waiting")
        .order_by(Registration.registered_at, Registration.id)
    )
    if meeting.capacity is not None:
        waiting = waiting.limit(max(0, meeting.capacity - await confirmed(tx, meeting.slug)))
    for row in (await tx.scalars(waiting)).all():
        row.state = "confirmed"
        row.mailed_at = datetime.now(UTC)
        tx.announce(_mail(row, "given"))
    await tx.flush()


async def cancel(db: Database, secret: bytes, token: str, *, by: Caller) -> None:
    """Give the place back and forget the person; whoever waits longest gets it. Raises NotFound."""
    key = read_token(secret, token)
    async with db.reading() as reading:
        slug = await reading.scalar(select(Registration.meeting).where(Registration.id == key))
    if slug is None:
        raise NotFound("This registration")
    async with db.transaction(by=by, to="cancel a registration", about=slug) as tx:
        meeting = await tx.scalar(select(RegionalMeeting).where(RegionalMeeting.slug == slug).with_for_update())
        gone = await tx.scalar(delete(Registration).where(Registration.id == key).returning(Registration.id))
        if gone is None or meeting is None:
            raise NotFound("This registration")
        await give_free_places(tx, meeting)


async def remove_registration(db: Database, slug: str, key: UUID, *, by: Caller) -> None:
    """The same, by the secretariat. Raises NotFound, NotAllowed."""
    async with db.transaction(by=by, to="remove a registration", about=slug) as tx:
        meeting = await meeting_to_edit(tx, slug, by)
        statement = delete(Registration).where(Registration.id == key, Registration.meeting == slug)
        if await tx.scalar(statement.returning(Registration.id)) is None:
            raise NotFound("This registration")
        await give_free_places(tx, meeting)


async def own_registration(db: Database, secret: bytes, token: str, language: str) -> OwnRegistrationOut:
    """Raises NotFound for what is no link of ours, or one that was cancelled."""
    key = read_token(secret, token)
    async with db.reading() as reading:
        found = await _with_meeting(reading, key)
    if found is None:
        raise NotFound("This registration")
    row, meeting = found
    return OwnRegistrationOut(
        meeting=row.meeting, title=pick(meeting.titles, language), starts_on=meeting.starts_on,
        ends_on=meeting.ends_on, place=meeting.place, name=row.name, state=row.state,
        over=is_over(meeting, datetime.now(UTC)), demo=row.demo,
    )  # fmt: skip


def registration_out(row: Registration) -> RegistrationOut:
    return RegistrationOut(
        id=row.id, meeting=row.meeting, name=row.name, email=row.email, organization=row.organization,
        country=row.country, role=row.role, state=row.state, registered_at=row.registered_at, demo=row.demo,
    )  # fmt: skip


def token_for(secret: bytes, key: UUID) -> str:
    """What the mail's link carries: it can show and cancel this one registration."""
    return f"{key.hex}.{_mark(secret, key.hex)}"


def read_token(secret: bytes, token: str) -> UUID:
    """Raises NotFound for what is no token of ours."""
    said, _, mark = token.partition(".")
    if not hmac.compare_digest(mark.encode(), _mark(secret, said).encode()):
        raise NotFound("This registration")
    return UUID(said)


def _mark(secret: bytes, said: str) -> str:
    mark = hmac.digest(derived_key(secret, "registrations"), said.encode(), "sha256")[:18]
    return base64.urlsafe_b64encode(mark).decode()


def _mail(row: Registration, what: str) -> Job:
    """With an id of its own, so that a job that comes twice writes once."""
    return Job(MAIL, {"registration": str(row.id), "what": what, "id": str(uuid7())})


async def write_to_participant(
    db: Database, identity: IdentityClient, secret: bytes, payload: Mapping[str, Any]
) -> None:
    """That one has a place, waits for one, or has been given one; with the link to cancel. Whoever has cancelled
    meanwhile is left alone."""
    key = UUID(payload["registration"])
    async with db.reading() as reading:
        found = await _with_meeting(reading, key)
    if found is None:
        return
    row, meeting = found
    kind = {"confirmed": "meeting_registered", "waiting": "meeting_waiting", "given": "meeting_place"}[payload["what"]]
    values = {
        "title": pick(meeting.titles, row.locale), "when": days_in_words(meeting, row.locale), "place": meeting.place,
        "name": row.name, "link": f"/registrations/{token_for(secret, row.id)}",
    }  # fmt: skip
    await identity.send_mail(kind, values, email=row.email, locale=row.locale, id=payload["id"])


def forgetting_job(meeting: RegionalMeeting) -> Job:
    """For the day on which the participants' data are to go, as the dates are now."""
    at = datetime.combine(meeting.ends_on + KEPT_FOR, time(), UTC)
    return Job(FORGET, {"meeting": meeting.slug}, delay=max(1.0, (at - datetime.now(UTC)).total_seconds()))


async def forget_participants(db: Database, payload: Mapping[str, Any], *, by: Caller) -> None:
    """Delete what is kept of the participants; later, when the meeting was put off meanwhile."""
    slug = payload["meeting"]
    async with db.transaction(by=by, to="forget participants", about=slug) as tx:
        statement = select(RegionalMeeting).where(RegionalMeeting.slug == slug).with_for_update()
        meeting: RegionalMeeting | None = await tx.scalar(statement)
        if meeting is None:
            return
        if datetime.now(UTC).date() < meeting.ends_on + KEPT_FOR:
            tx.announce(forgetting_job(meeting))
            return
        gone = await tx.scalars(delete(Registration).where(Registration.meeting == slug).returning(Registration.id))
        tx.note(registrations=len(gone.all()))


def days_in_words(meeting: RegionalMeeting, language: str) -> str:
    """The first day and the last, as people write them."""
    from babel.dates import format_date  # noqa: PLC0415 -- takes a while to import, and only mails need it

    days = dict.fromkeys((meeting.starts_on, meeting.ends_on))
    return " – ".join(format_date(day, "long", locale=language) for day in days)


async def _with_meeting(db: ReadSession, key: UUID) -> tuple[Registration, RegionalMeeting] | None:
    found = (
        await db.execute(
            select(Registration, RegionalMeeting)
            .join(RegionalMeeting, RegionalMeeting.slug == Registration.meeting)
            .where(Registration.id == key)
        )
    ).one_or_none()
    return (found[0], found[1]) if found is not None else None


async def _count(db: Database, visitor: str, *, by: Caller) -> None:
    """Every try counts, over all processes. Raises TooManyRequests."""
    now = datetime.now(UTC)
    seconds = int(WINDOW.total_seconds())
    began = datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)
    async with db.engine.begin() as connection:
        await connection.execute(delete(RegistrationCount).where(RegistrationCount.began_at < began - WINDOW))
        added = insert(RegistrationCount).values(visitor=visitor, began_at=began, times=1, demo=by.demo)
        times = await connection.scalar(
            added.on_conflict_do_update(
                index_elements=["visitor", "began_at"], set_={"times": RegistrationCount.times + 1}
            ).returning(RegistrationCount.times)
        )
    if (times or 0) > MOST:
        wait = int((began + WINDOW - now).total_seconds()) + 1
        raise TooManyRequests(wait, "Too many registrations from one address; try again in a few minutes.")
