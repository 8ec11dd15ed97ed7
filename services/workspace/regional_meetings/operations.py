"""What the secretariat does with regional meetings; one transaction each."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from services.workspace.documents.access import visible_documents
from services.workspace.regional_meetings.access import meeting_to_edit
from services.workspace.regional_meetings.places import forgetting_job, give_free_places
from services.workspace.regional_meetings.presenting import meeting_out, shown_of
from services.workspace.regional_meetings.schemas import RegionalMeetingIn, RegionalMeetingOut, RegionalMeetingPatch
from services.workspace.tables import Committee, Decision, Document, RegionalMeeting, Registration
from shared import idempotency
from shared.answers import JSON
from shared.callers import PUBLIC, Caller
from shared.database import Database, WriteSession
from shared.ids import uuid7
from shared.problems import Conflict, FieldError, Invalid
from shared.tags import Expected, tag

PLAIN = (
    "starts_on",
    "ends_on",
    "timezone",
    "place",
    "venue",
    "capacity",
    "registration_until",
    "activity",
    "published",
)
REQUIRED = ("title", "starts_on", "ends_on", "timezone", "place", "published")


async def add_meeting(
    db: Database, wanted: RegionalMeetingIn, language: str, *, by: Caller
) -> tuple[RegionalMeetingOut, int]:
    """Announce a meeting, as a draft or at once. Raises Invalid, Conflict when the slug is taken."""
    async with db.transaction(by=by, to="announce a regional meeting", about=wanted.slug) as tx:
        if await tx.scalar(select(RegionalMeeting.slug).where(RegionalMeeting.slug == wanted.slug)) is not None:
            raise Conflict("There is a regional meeting with this slug already.")
        now = datetime.now(UTC)
        row = RegionalMeeting(
            slug=wanted.slug, titles={}, descriptions={}, sessions=[], speakers=[], papers=[], results=[],
            created_by_name=by.name or by.username, created_at=now, updated_at=now, demo=by.demo, version=1,
        )  # fmt: skip
        await _describe(tx, row, wanted.model_dump(), language)
        tx.add(row)
        await tx.flush()
        tx.announce(forgetting_job(row))
        out = meeting_out(row, await shown_of(tx, row), by, language)
        etag = tag(1, out.model_dump_json().encode(), language, JSON)
        idempotency.will_answer(out, headers={**location_of(row.slug), "ETag": etag})
    return out, 1


async def change_meeting(
    db: Database, slug: str, wanted: RegionalMeetingPatch, expected: Expected, language: str, *, by: Caller
) -> tuple[RegionalMeetingOut, int]:
    """Change some fields; free places go to those who wait. Raises NotFound, NotAllowed, StaleVersion, Invalid."""
    changes = {name: value for name, value in wanted.model_dump().items() if name in wanted.model_fields_set}
    cleared = [FieldError(f"/{name}", "cannot be cleared", "required") for name in REQUIRED
               if name in changes and changes[name] is None]  # fmt: skip
    if cleared:
        raise Invalid(errors=cleared)
    async with db.transaction(by=by, to="change a regional meeting", about=slug) as tx:
        row = await meeting_to_edit(tx, slug, by)
        expected.must_match(row.version)
        before = _state(row)
        with tx.no_autoflush:
            await _describe(tx, row, changes, language)
        if _state(row) != before:
            row.version += 1
            row.updated_at = datetime.now(UTC)
            tx.note(fields=sorted(changes))
        await tx.flush()
        await give_free_places(tx, row)
        out = meeting_out(row, await shown_of(tx, row), by, language)
    return out, row.version


async def remove_meeting(db: Database, slug: str, expected: Expected, *, by: Caller) -> None:
    """Take away a meeting that nobody has registered for. Raises NotFound, NotAllowed, StaleVersion, Conflict."""
    async with db.transaction(by=by, to="remove a regional meeting", about=slug) as tx:
        row = await meeting_to_edit(tx, slug, by)
        expected.must_match(row.version)
        there = select(func.count()).select_from(Registration).where(Registration.meeting == slug)
        if await tx.scalar(there):
            raise Conflict("People have registered for it: take it out of the public pages instead.")
        await tx.delete(row)


def location_of(slug: str) -> dict[str, str]:
    return {"Location": f"/api/v1/workspace/regional-meetings/{slug}"}


def _state(row: RegionalMeeting) -> tuple[Any, ...]:
    return (
        dict(row.titles), dict(row.descriptions), row.sessions, row.speakers, row.papers, row.results,
        *(getattr(row, name) for name in PLAIN),
    )  # fmt: skip


async def _describe(tx: WriteSession, row: RegionalMeeting, changes: Mapping[str, Any], language: str) -> None:
    """Raises Invalid."""
    for name in PLAIN:
        if name in changes:
            setattr(row, name, changes[name])
    if changes.get("title") is not None:
        row.titles = {**row.titles, language: changes["title"]}
    if changes.get("description"):
        row.descriptions = {**row.descriptions, language: changes["description"]}
    elif "description" in changes:
        row.descriptions = {}
    if row.ends_on < row.starts_on:
        raise Invalid.at("/ends_on", f"must not be before the first day ({row.starts_on})", "order")
    if row.registration_until is not None and row.registration_until > row.ends_on:
        raise Invalid.at("/registration_until", f"must not be after the last day ({row.ends_on})", "order")
    if "speakers" in changes:
        row.speakers = _speakers(changes["speakers"] or [])
    if "sessions" in changes:
        row.sessions = [_session(one) for one in changes["sessions"] or []]
    if {"sessions", "speakers", "starts_on", "ends_on"} & changes.keys():
        _programme_must_hold(row)
    if "papers" in changes:
        row.papers = await _published(tx, changes["papers"] or [], "/papers")
    if "results" in changes:
        row.results = await _results(tx, changes["results"] or [])


def _speakers(wanted: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    errors = [
        FieldError(f"/speakers/{index}/key", "occurs twice", "doubled")
        for index, one in enumerate(wanted)
        if one["key"] in [other["key"] for other in wanted[:index]]
    ]
    if errors:
        raise Invalid(errors=errors)
    return [dict(one) for one in wanted]


def _session(one: Mapping[str, Any]) -> dict[str, Any]:
    day: date = one["day"]
    return {**one, "key": one["key"] or f"s-{uuid7().hex[-12:]}", "day": day.isoformat()}


def _programme_must_hold(row: RegionalMeeting) -> None:
    """Every session is on one of the meeting's days, ends after it begins, and names speakers that there are."""
    known = {one["key"] for one in row.speakers}
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, one in enumerate(row.sessions):
        at = f"/sessions/{index}"
        if not row.starts_on.isoformat() <= one["day"] <= row.ends_on.isoformat():
            errors.append(FieldError(f"{at}/day", f"must be a day from {row.starts_on} to {row.ends_on}", "order"))
        if one["ends"] <= one["begins"]:
            errors.append(FieldError(f"{at}/ends", "must be after it begins, on the same day", "order"))
        if one["key"] in seen:
            errors.append(FieldError(f"{at}/key", "occurs twice", "doubled"))
        seen.add(one["key"])
        errors += [
            FieldError(f"{at}/speakers/{place}", "is no key of a speaker of this meeting", "unknown")
            for place, key in enumerate(one["speakers"])
            if key not in known
        ]
    if errors:
        raise Invalid(errors=errors)


async def _published(tx: WriteSession, wanted: Sequence[UUID], at: str) -> list[str]:
    """Raises Invalid with a pointer to each that is no published document."""
    found = select(Document.id).where(Document.id.in_(wanted), visible_documents(PUBLIC))
    there = set((await tx.scalars(found)).all()) if wanted else set()
    errors = [
        FieldError(f"{at}/{index}", "must be a document that is published, named once", "not_published")
        for index, key in enumerate(wanted)
        if key not in there or key in wanted[:index]
    ]
    if errors:
        raise Invalid(errors=errors)
    return [str(key) for key in wanted]


async def _results(tx: WriteSession, wanted: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Raises Invalid: committees exist and come once, documents are published, decisions are the committee's."""
    known = set((await tx.scalars(select(Committee.slug))).all())
    found: list[dict[str, Any]] = []
    for index, one in enumerate(wanted):
        at, slug = f"/results/{index}", one["committee"]
        if slug not in known or slug in [other["committee"] for other in found]:
            raise Invalid.at(f"{at}/committee", "must be a committee, named once", "unknown")
        documents = await _published(tx, one["documents"], f"{at}/documents")
        asked: list[UUID] = one["decisions"]
        statement = select(Decision.id).where(Decision.id.in_(asked), Decision.committee == slug)
        there = set((await tx.scalars(statement)).all()) if asked else set()
        for place, key in enumerate(asked):
            if key not in there or key in asked[:place]:
                raise Invalid.at(
                    f"{at}/decisions/{place}", "must be a decision of that committee, named once", "unknown"
                )
        found.append({"committee": slug, "documents": documents, "decisions": [str(key) for key in asked]})
    return found
