"""`/regional-meetings/{slug}/edit`, `/participants`, `/badges`: what the secretariat does for a regional meeting."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from starlette.responses import Response

from services.portal.pages.meeting_times import ZONES
from services.portal.pages.parts import attempt, slug_or_nothing
from services.portal.pages.reading import date_in, error_list, said_of, ticked
from services.portal.pages.regional_meetings import DAYS, PLACE, TITLE, by_day
from services.portal.pages.tasks import id_of
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from services.workspace.regional_meetings.schemas import RegionalMeetingOut, SessionOut, SpeakerOut
from shared.problems import Invalid, StaleVersion
from shared.text import without_accents

router = page_router()
STALE = N_("No se guardó: alguien lo cambió mientras tanto. Revise lo que dice ahora y guarde otra vez.")
SESSION = N_("Escriba un título, el día del encuentro y a qué hora empieza y termina.")
SPEAKER = N_("Escriba el nombre de quien habla, de hasta 300 caracteres.")
CAPACITY = N_("Escriba cuántos lugares hay, de 1 a 100 000, o déjelo vacío si no hay límite.")
UNTIL = N_("Escriba hasta qué día se inscribe la gente, no después del último día del encuentro.")
IN_USE = N_("No se guardó: quien habla está en una sesión, o una sesión queda fuera de los días.")
SAID = {
    "title": TITLE, "place": PLACE, "starts_on": DAYS, "ends_on": DAYS, "capacity": CAPACITY,
    "registration_until": UNTIL, "sessions": IN_USE, "speakers": IN_USE,
}  # fmt: skip


@router.get("/regional-meetings/{slug}/edit")
async def show_forms(visit: MemberVisit, slug: str, session: str = "", speaker: str = "") -> Response:
    """Everything that a meeting's page says, in forms; with `session` or `speaker` that one's, to change it."""
    slug = slug_or_nothing(slug)
    if session or speaker:
        meeting, _ = await visit.workspace.regional_meeting(slug)
        for one in meeting.sessions:
            if one.key == session:
                return await forms_page(visit, slug, fields=fields_of_session(one), form="programme")
        for who in meeting.speakers:
            if who.key == speaker:
                return await forms_page(visit, slug, fields=fields_of_speaker(who), form="speakers")
    return await forms_page(visit, slug)


def fields_of_session(one: SessionOut) -> dict[str, str]:
    """The session as its form has it."""
    return {
        "key": one.key, "session_title": one.title, "day": one.day.isoformat(), "begins": one.begins,
        "ends": one.ends, "room": one.room or "", **{f"speaker.{key}": "1" for key in one.speakers},
    }  # fmt: skip


def fields_of_speaker(one: SpeakerOut) -> dict[str, str]:
    """The speaker as the form has them."""
    return {
        "key": one.key, "name": one.name, "post": one.post or "", "organization": one.organization or "",
        "bio": one.bio or "",
    }  # fmt: skip


async def forms_page(
    visit: Visit, slug: str, *, fields: Mapping[str, str] | None = None, form: str = "",
    errors: Sequence[tuple[str, str]] = (), refused: str | None = None, status: int = 200,
) -> Response:  # fmt: skip
    visit.must_be_secretariat()
    (meeting, etag), committees, published = await asyncio.gather(
        visit.workspace.regional_meeting(slug), visit.workspace.committees(),
        attempt(visit.workspace.documents(state="published")),
    )  # fmt: skip
    decisions = await asyncio.gather(*(attempt(visit.workspace.decisions(one.slug)) for one in committees))
    return visit.page(
        "regional_meeting_edit.html", status=status, section="desk", meeting=meeting, etag=etag, zones=ZONES,
        programme=by_day(meeting), documents=published.value.items if published.value else [],
        committees=[(one, found.value or []) for one, found in zip(committees, decisions, strict=True)],
        chosen=chosen_of(meeting), fields=dict(fields or {}), form=form, errors=error_list(errors), refused=refused,
        demo=visit.caller.demo or meeting.demo,
    )  # fmt: skip


def chosen_of(meeting: RegionalMeetingOut) -> dict[str, set[str]]:
    """What is attached now, by the names of the forms' boxes."""
    return {
        "paper": {str(one.id) for one in meeting.papers},
        "document": {f"{one.committee}.{paper.id}" for one in meeting.results for paper in one.documents},
        "decision": {f"{one.committee}.{found.id}" for one in meeting.results for found in one.decisions},
    }


async def save(visit: Visit, slug: str, changes: Mapping[str, Any], fields: Mapping[str, str], form: str) -> Response:
    """Change the meeting and go back to the forms, or say what is wrong."""
    try:
        await visit.workspace.change_regional_meeting(slug, changes, etag=fields.get("etag", "") or '"0"')
    except StaleVersion:
        return await forms_page(visit, slug, fields=fields, form=form, refused=STALE, status=412)
    except Invalid as problem:
        errors = said_of(problem, SAID, "title")
        return await forms_page(visit, slug, fields=fields, form=form, errors=errors, status=422)
    return visit.go(f"/regional-meetings/{slug}/edit#{form}")


@router.post("/regional-meetings/{slug}/edit")
async def change_facts(visit: MemberVisit, slug: str) -> Response:
    """Title, days, place, places, and whether everybody sees it."""
    slug, fields = slug_or_nothing(slug), await visit.form()
    visit.must_be_secretariat()
    title, place = (" ".join(fields.get(name, "").split()) for name in ("title", "place"))
    first, last = date_in(fields.get("starts_on", "")), date_in(fields.get("ends_on", ""))
    until, capacity = date_in(fields.get("registration_until", "")), fields.get("capacity", "").strip()
    wrong = [
        (name, SAID[name]) for name, value in (("title", title), ("place", place)) if not value or len(value) > 300
    ]
    if first is None or last is None or last < first:
        wrong.append(("ends_on", DAYS))
    if until is None and fields.get("registration_until", "").strip():
        wrong.append(("registration_until", UNTIL))
    if capacity and not (capacity.isascii() and capacity.isdigit() and 1 <= int(capacity[:7]) <= 100_000):
        wrong.append(("capacity", CAPACITY))
    if wrong:
        return await forms_page(visit, slug, fields=fields, form="facts", errors=wrong, status=422)
    changes: dict[str, Any] = {
        "title": title, "place": place, "starts_on": first, "ends_on": last, "registration_until": until,
        "capacity": int(capacity) if capacity else None, "venue": fields.get("venue", "").strip() or None,
        "published": fields.get("published") == "1",
    }  # fmt: skip
    if fields.get("timezone") in ZONES:
        changes["timezone"] = fields["timezone"]
    if description := fields.get("description", "").strip():
        changes["description"] = description
    return await save(visit, slug, changes, fields, "facts")


@router.post("/regional-meetings/{slug}/sessions")
async def change_sessions(visit: MemberVisit, slug: str) -> Response:
    """A session more, one changed, or one less."""
    slug, fields = slug_or_nothing(slug), await visit.form()
    meeting, _ = await visit.workspace.regional_meeting(slug)
    sessions = [one.model_dump(mode="json", exclude={"starts_at", "ends_at"}) for one in meeting.sessions]
    if gone := fields.get("remove"):
        sessions = [one for one in sessions if one["key"] != gone]
    else:
        title, day = " ".join(fields.get("session_title", "").split()), date_in(fields.get("day", ""))
        begins, ends = _hour(fields.get("begins", "")), _hour(fields.get("ends", ""))
        inside = day is not None and meeting.starts_on.isoformat() <= day <= meeting.ends_on.isoformat()
        if not title or len(title) > 300 or not inside or begins is None or ends is None or ends <= begins:
            wrong = [("session_title", SESSION)]
            return await forms_page(visit, slug, fields=fields, form="programme", errors=wrong, status=422)
        wanted = {
            "key": fields.get("key") or None, "day": day, "begins": begins, "ends": ends, "title": title,
            "speakers": ticked(fields, "speaker"),
            "room": " ".join(fields.get("room", "").split())[:300] or None,
        }  # fmt: skip
        sessions = _with(sessions, wanted)
    return await save(visit, slug, {"sessions": sessions}, fields, "programme")


def _with(items: list[dict[str, Any]], wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """In the place of the one with its key, else at the end."""
    if wanted["key"] in [one["key"] for one in items]:
        return [wanted if one["key"] == wanted["key"] else one for one in items]
    return [*items, wanted]


def _hour(text: str) -> str | None:
    try:
        return f"{time.fromisoformat(text.strip()):%H:%M}" if text.strip() else None
    except ValueError:
        return None


@router.post("/regional-meetings/{slug}/speakers")
async def change_speakers(visit: MemberVisit, slug: str) -> Response:
    """A speaker more, one changed, or one less; who is gone is taken out of the sessions."""
    slug, fields = slug_or_nothing(slug), await visit.form()
    meeting, _ = await visit.workspace.regional_meeting(slug)
    speakers = [one.model_dump(mode="json") for one in meeting.speakers]
    changes: dict[str, Any] = {}
    if gone := fields.get("remove"):
        speakers = [one for one in speakers if one["key"] != gone]
        sessions = [one.model_dump(mode="json", exclude={"starts_at", "ends_at"}) for one in meeting.sessions]
        changes["sessions"] = [
            {**one, "speakers": [key for key in one["speakers"] if key != gone]} for one in sessions
        ]  # fmt: skip
    else:
        said = {name: " ".join(fields.get(name, "").split())[:300] for name in ("name", "post", "organization")}
        if not said["name"]:
            wrong = [("name", SPEAKER)]
            return await forms_page(visit, slug, fields=fields, form="speakers", errors=wrong, status=422)
        wanted = {
            "key": fields.get("key") or key_of(said["name"], {one["key"] for one in speakers}), "name": said["name"],
            "post": said["post"] or None, "organization": said["organization"] or None,
            "bio": fields.get("bio", "").strip()[:20_000] or None,
        }  # fmt: skip
        speakers = _with(speakers, wanted)
    return await save(visit, slug, {**changes, "speakers": speakers}, fields, "speakers")


def key_of(name: str, taken: set[str]) -> str:
    """A short name for addresses.

    >>> key_of("Ana Ríos Ñandú", {"ana-rios-nandu"})
    'ana-rios-nandu-2'
    """
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in without_accents(name)).split()
    start = "-".join(words)[:60].strip("-") or "speaker"
    return next(key for n in range(1, len(taken) + 2) if (key := start if n == 1 else f"{start}-{n}") not in taken)


@router.post("/regional-meetings/{slug}/papers")
async def attach(visit: MemberVisit, slug: str) -> Response:
    """Papers of the meeting, and what each committee brought out of it."""
    slug, fields = slug_or_nothing(slug), await visit.form()
    visit.must_be_secretariat()
    results: dict[str, dict[str, Any]] = {}
    for name in ("document", "decision"):
        for box in ticked(fields, name):
            committee, _, key = box.partition(".")
            found = results.setdefault(committee, {"committee": committee, "documents": [], "decisions": []})
            found[f"{name}s"].append(key)
    changes = {"papers": ticked(fields, "paper"), "results": list(results.values())}
    return await save(visit, slug, changes, fields, "papers")


@router.get("/regional-meetings/{slug}/participants")
async def show_participants(visit: MemberVisit, slug: str) -> Response:
    """Who has registered, for the secretariat."""
    slug = slug_or_nothing(slug)
    visit.must_be_secretariat()
    (meeting, _), everybody = await asyncio.gather(
        visit.workspace.regional_meeting(slug), visit.workspace.registrations(slug)
    )
    return visit.page(
        "regional_meeting_participants.html", section="desk", meeting=meeting, everybody=everybody,
        demo=visit.caller.demo or meeting.demo,
    )  # fmt: skip


@router.post("/regional-meetings/{slug}/participants/{registration}/remove")
async def remove_participant(visit: MemberVisit, slug: str, registration: str) -> Response:
    """Take somebody off the list."""
    slug, key = slug_or_nothing(slug), id_of(registration)
    await visit.form()
    await visit.workspace.remove_registration(slug, key)
    return visit.go(f"/regional-meetings/{slug}/participants")


@router.get("/regional-meetings/{slug}/badges")
async def show_badges(visit: MemberVisit, slug: str) -> Response:
    """A badge for everybody who has a place, to be printed and cut."""
    slug = slug_or_nothing(slug)
    visit.must_be_secretariat()
    (meeting, _), everybody = await asyncio.gather(
        visit.workspace.regional_meeting(slug), visit.workspace.registrations(slug)
    )
    confirmed = [one for one in everybody if one.state == "confirmed"]
    return visit.page(
        "regional_meeting_badges.html", section="desk", meeting=meeting,
        badges=sorted(confirmed, key=lambda one: without_accents(one.name)), demo=visit.caller.demo or meeting.demo,
    )  # fmt: skip
