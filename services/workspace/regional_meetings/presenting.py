"""Regional meetings as they are answered: what is published of what they name, times there and for everybody."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from services.workspace.documents.access import visible_documents
from services.workspace.events.zones import moment_of
from services.workspace.markdown import html_of
from services.workspace.regional_meetings.schemas import (
    DecisionNamed,
    PaperOut,
    RegionalMeetingOut,
    RegionalMeetingSummary,
    RegistrationOpenOut,
    ResultOut,
    SessionOut,
    SpeakerOut,
)
from services.workspace.tables import Committee, Decision, Document, RegionalMeeting, Registration
from shared.callers import PUBLIC, Caller
from shared.database import ReadSession, WriteSession
from shared.languages import pick


@dataclass(frozen=True)
class Shown:
    """What meetings name, as far as the public may see it, and how many places are taken."""

    documents: Mapping[str, PaperOut]
    decisions: Mapping[str, DecisionNamed]
    committees: Mapping[str, dict[str, str]]
    taken: int


async def shown_of(db: ReadSession | WriteSession, row: RegionalMeeting) -> Shown:
    """Documents that are published now; decisions that are attached, whose committee they must be of."""
    documents = {UUID(one) for one in row.papers} | {UUID(one) for r in row.results for one in r["documents"]}
    decisions = {UUID(one) for r in row.results for one in r["decisions"]}
    papers: dict[str, PaperOut] = {}
    if documents:
        statement = select(Document).where(Document.id.in_(documents), visible_documents(PUBLIC))
        for found in (await db.scalars(statement)).all():
            papers[str(found.id)] = PaperOut(id=found.id, title=found.title, committee=found.committee)
    decided: dict[str, DecisionNamed] = {}
    if decisions:
        for one in (await db.scalars(select(Decision).where(Decision.id.in_(decisions)))).all():
            decided[str(one.id)] = DecisionNamed(
                id=one.id, number=f"{one.year}-{one.number:02}", title=one.title,
                text_html=html_of(one.text) if one.text else "", decided_on=one.decided_on,
            )  # fmt: skip
    slugs = [r["committee"] for r in row.results]
    names: dict[str, dict[str, str]] = {}
    if slugs:
        told = await db.execute(select(Committee.slug, Committee.names).where(Committee.slug.in_(slugs)))
        names = dict(told.all())
    return Shown(papers, decided, names, await confirmed(db, row.slug))


async def confirmed(db: ReadSession | WriteSession, slug: str) -> int:
    """How many have a place."""
    statement = select(func.count()).select_from(Registration)
    return await db.scalar(statement.where(Registration.meeting == slug, Registration.state == "confirmed")) or 0


def last_day_to_register(row: RegionalMeeting) -> date:
    """By its own date, and the day before it begins at the latest when it has none."""
    return row.registration_until or row.starts_on - timedelta(days=1)


def is_over(row: RegionalMeeting, now: datetime) -> bool:
    """The last day has ended there."""
    return now.astimezone(ZoneInfo(row.timezone)).date() > row.ends_on


def is_open(row: RegionalMeeting, now: datetime) -> bool:
    """Whether one can register: published, until the end of the last day for that, by the clocks there."""
    today = now.astimezone(ZoneInfo(row.timezone)).date()
    return row.published and today <= min(last_day_to_register(row), row.ends_on)


def registration_of(row: RegionalMeeting, taken: int) -> RegistrationOpenOut:
    left = max(0, row.capacity - taken) if row.capacity is not None else None
    return RegistrationOpenOut(
        open=is_open(row, datetime.now(UTC)), until=last_day_to_register(row), capacity=row.capacity, places_left=left
    )  # fmt: skip


def session_moment(day: date, said: str, zone: ZoneInfo) -> datetime:
    """The moment at which clocks there show `said` (`HH:MM`)."""
    return moment_of(datetime.combine(day, time.fromisoformat(said)), zone)


def sessions_of(row: RegionalMeeting) -> list[SessionOut]:
    """In the order of time."""
    zone = ZoneInfo(row.timezone)
    found = [_session_out(one, zone) for one in row.sessions]
    return sorted(found, key=lambda one: (one.starts_at, one.ends_at, one.room or "", one.key))


def _session_out(one: Mapping[str, Any], zone: ZoneInfo) -> SessionOut:
    day = date.fromisoformat(one["day"])
    return SessionOut(
        key=one["key"], day=day, begins=one["begins"], ends=one["ends"],
        starts_at=session_moment(day, one["begins"], zone), ends_at=session_moment(day, one["ends"], zone),
        title=one["title"], room=one["room"], speakers=one["speakers"],
    )  # fmt: skip


def summary_of(row: RegionalMeeting, language: str) -> RegionalMeetingSummary:
    return RegionalMeetingSummary(
        slug=row.slug, title=pick(row.titles, language), starts_on=row.starts_on, ends_on=row.ends_on, place=row.place,
        published=row.published, over=is_over(row, datetime.now(UTC)), activity=row.activity, demo=row.demo,
    )  # fmt: skip


def meeting_out(row: RegionalMeeting, shown: Shown, caller: Caller, language: str) -> RegionalMeetingOut:
    description = pick(row.descriptions, language) or None
    return RegionalMeetingOut(
        slug=row.slug, title=pick(row.titles, language), titles=row.titles, description=description,
        description_html=html_of(description) if description else "", starts_on=row.starts_on, ends_on=row.ends_on,
        timezone=row.timezone, place=row.place, venue=row.venue, sessions=sessions_of(row),
        speakers=[SpeakerOut.model_validate(one) for one in row.speakers], papers=_papers(row.papers, shown),
        results=[
            ResultOut(
                committee=one["committee"],
                committee_name=pick(shown.committees.get(one["committee"], {}), language) or one["committee"],
                documents=_papers(one["documents"], shown),
                decisions=[shown.decisions[key] for key in one["decisions"] if key in shown.decisions],
            )
            for one in row.results
        ],
        registration=registration_of(row, shown.taken), activity=row.activity, published=row.published,
        over=is_over(row, datetime.now(UTC)), may_edit=caller.is_secretariat, demo=row.demo,
    )  # fmt: skip


def _papers(keys: Iterable[str], shown: Shown) -> list[PaperOut]:
    return [shown.documents[key] for key in keys if key in shown.documents]
