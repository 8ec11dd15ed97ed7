"""`/events` and `/events/{id}`: public meetings; one meeting, who comes, its minutes, decisions and tasks."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup
from starlette.responses import Response

from services.portal.pages.calendar import LINK, OWN_RULE, TITLE, WHEN
from services.portal.pages.meeting_times import address_of, moments_in, named, zone_of_reader
from services.portal.pages.parts import attempt
from services.portal.pages.reading import date_in, error_list, ticked, zone_of
from services.portal.pages.repeating import said_of, trouble_with
from services.portal.pages.rule_words import plain_rule
from services.portal.pages.tasks import id_of
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Reader, Visit, page_router
from services.workspace.events.schemas import EventOut, OccurrenceOut
from shared.problems import Conflict, Invalid, NotAllowed, NotFound, StaleVersion

router = page_router()
AHEAD = timedelta(days=395)
SHOWN = 12
STALE = N_("No se guardó: alguien la cambió mientras tanto. Revise lo que dice ahora y guarde otra vez.")
MINUTES = N_("Escriba qué se dijo y qué se acordó.")
APPROVAL = N_("Elija la reunión en la que se aprobó.")
DATE = N_("Escriba una fecha: día, mes y año.")
ANSWERS: Mapping[str, str] = {"yes": N_("Voy"), "maybe": N_("Quizá"), "no": N_("No puedo")}
DECISION_STATES: Mapping[str, str] = {
    "in_force": N_("En vigor"),
    "superseded": N_("Reemplazada"),
    "withdrawn": N_("Retirada"),
}


@router.get("/events")
async def show_public_events(visit: Reader) -> Response:
    """What the public may come to, in the order of time."""
    now = datetime.now(UTC)
    zone = await zone_of_reader(visit)
    found = await attempt(visit.workspace.calendar(now, now + AHEAD, public=True))
    shown = found.value or []
    return visit.page(
        "events.html", section="events", events=found, reader_zone=str(zone), address=address_of,
        demo=visit.caller.demo or any(one.demo for one in shown),
    )  # fmt: skip


@router.get("/events/{event}")
async def show_meeting(visit: Reader, event: str, occurrence: str = "") -> Response:
    """One meeting; of a series, the one that is named or the next one. Whoever has not signed in may be a member with a
    link from a mail: what they may not see leads to the log-in, whether or not it is there."""
    key = id_of(event)
    try:
        return await meeting_page(visit, key, occurrence)
    except (NotAllowed, NotFound):
        visit.must_be_signed_in()
        raise


async def meeting_page(
    visit: Visit, key: str, occurrence: str, *, fields: Mapping[str, str] | None = None,
    errors: Sequence[tuple[str, str]] = (), form: str = "", refused: str | None = None, status: int = 200,
) -> Response:  # fmt: skip
    event, etag = await visit.workspace.event(key)
    one = chosen(event, occurrence)
    zone = await zone_of_reader(visit)
    inside = event.attendance is not None
    named_one = named(one.occurrence) if one is not None and one.recurs else None
    parts: dict[str, Any] = {
        "minutes": None,
        "decisions": [],
        "tasks": [],
        "members": [],
        "later": [],
        "committee": None,
    }
    if inside:
        parts = await inner_parts(visit, event, one, named_one)
    minutes = parts["minutes"][0] if parts["minutes"] else None
    return visit.page(
        "meeting.html", status=status, section="desk" if inside else "events", event=event, etag=etag, one=one,
        named=named_one, inside=inside, reader_zone=str(zone), answers=ANSWERS, decision_states=DECISION_STATES,
        minutes=minutes, minutes_etag=parts["minutes"][1] if parts["minutes"] else "",
        minutes_html=Markup(minutes.text_html) if minutes else "",  # noqa: S704  made and cleaned by the workspace
        about=Markup(event.description_html),  # noqa: S704
        decisions=parts["decisions"], tasks=parts["tasks"], members=parts["members"], later=parts["later"],
        committee=parts["committee"], upcoming=upcoming(event), address=address_of, name_of=named,
        fields=dict(fields or {}), errors=error_list(errors), form=form, refused=refused,
        moved=local_fields(one, event.timezone), works=event.may_answer or event.may_edit,
        again=said_of(event.rrule) if event.rrule else None,
        demo=visit.caller.demo or event.demo, today=datetime.now(zone).date(),
    )  # fmt: skip


async def inner_parts(
    visit: Visit, event: EventOut, one: OccurrenceOut | None, occurrence: str | None
) -> dict[str, Any]:
    """What only the committee's people see; a part that fails is left out."""
    now = datetime.now(UTC)
    begins = one.starts_at if one is not None else event.starts_at
    minutes, decisions, tasks, members, committee, later = await asyncio.gather(
        attempt(visit.workspace.minutes(event.id, occurrence)),
        attempt(visit.workspace.decisions(event.committee, event=event.id)),
        attempt(visit.workspace.tasks_of_meeting(event.id)),
        attempt(visit.workspace.members(event.committee)),
        attempt(visit.workspace.committee(event.committee)),
        attempt(visit.workspace.calendar(begins, max(begins, now) + timedelta(days=200), committee=event.committee)),
    )
    following = [other for other in later.value or [] if other.starts_at > begins and not other.cancelled]
    return {
        "minutes": minutes.value, "decisions": decisions.value or [], "tasks": tasks.value or [],
        "members": members.value or [], "committee": committee.value, "later": following[:20],
    }  # fmt: skip


def chosen(event: EventOut, occurrence: str) -> OccurrenceOut | None:
    """The meeting of a series that is meant: the named one, else the next, else the last."""
    for one in event.occurrences:
        if occurrence and named(one.occurrence) == occurrence:
            return one
    if event.next_occurrence is not None:
        return event.next_occurrence
    return event.occurrences[-1] if event.occurrences else None


def upcoming(event: EventOut) -> list[OccurrenceOut]:
    now = datetime.now(UTC)
    return [one for one in event.occurrences if one.ends_at > now][:SHOWN] if event.rrule is not None else []


def local_fields(one: OccurrenceOut | None, zone: str) -> dict[str, str]:
    """When it is, as a form has it."""
    if one is None:
        return {}
    begins, ends = one.starts_at.astimezone(ZoneInfo(zone)), one.ends_at.astimezone(ZoneInfo(zone))
    return {"day": begins.date().isoformat(), "begins": f"{begins:%H:%M}", "ends": f"{ends:%H:%M}"}


def back_to(key: str, occurrence: str, place: str = "") -> str:
    return f"/events/{key}" + (f"?occurrence={occurrence}" if occurrence else "") + place


@router.post("/events/{event}/answer")
async def answer_invitation(visit: MemberVisit, event: str) -> Response:
    """Say whether one comes."""
    key, fields = id_of(event), await visit.form()
    occurrence = fields.get("occurrence", "")[:40]
    one = occurrence if fields.get("only") else None
    await visit.workspace.answer_invitation(key, fields.get("answer", ""), occurrence=one)
    return visit.go(back_to(key, occurrence, "#asistencia"))


@router.post("/events/{event}/change")
async def change_meeting(visit: MemberVisit, event: str) -> Response:
    """Move, cancel or take up again: one of a series, or the whole."""
    key, fields = id_of(event), await visit.form()
    occurrence = fields.get("occurrence", "")[:40]
    what = fields.get("what", "")
    whole = fields.get("whole") == "1" or not occurrence
    changes: dict[str, Any] = {}
    if what in ("cancel", "resume"):
        changes = {"cancelled": what == "cancel"}
    else:
        shown, _ = await visit.workspace.event(key)
        moments = moments_in(fields, shown.timezone)
        if moments is None:
            return await meeting_page(
                visit, key, occurrence, fields=fields, errors=[("day", WHEN)], form="move", status=422
            )
        changes = {"starts_at": moments[0], "ends_at": moments[1]}
        for name in ("place", "link"):
            changes[name] = fields.get(name, "").strip() or None
    try:
        await visit.workspace.change_event(
            key, changes, etag=fields.get("etag", "") or '"0"', occurrence=None if whole else occurrence
        )
    except StaleVersion:
        return await meeting_page(visit, key, occurrence, fields=fields, form="move", refused=STALE, status=412)
    except Invalid as problem:
        wrong = [("link", LINK)] if any("link" in error.pointer for error in problem.errors) else [("day", WHEN)]
        return await meeting_page(visit, key, occurrence, fields=fields, errors=wrong, form="move", status=422)
    return visit.go(back_to(key, occurrence))


@router.post("/events/{event}/repeats")
async def change_rule(visit: MemberVisit, event: str) -> Response:
    """Give a series another rule."""
    key, fields = id_of(event), await visit.form()
    occurrence = fields.get("occurrence", "")[:40]
    rule = plain_rule(fields.get("rule", ""))
    trouble = trouble_with(rule)
    if trouble is None:
        try:
            await visit.workspace.change_event(key, {"rrule": rule}, etag=fields.get("etag", "") or '"0"')
        except StaleVersion:
            return await meeting_page(visit, key, occurrence, fields=fields, form="repeats", refused=STALE, status=412)
        except Invalid:
            trouble = OWN_RULE
        else:
            return visit.go(f"/events/{key}")
    wrong = [("rule", trouble)]
    return await meeting_page(visit, key, occurrence, fields=fields, errors=wrong, form="repeats", status=422)


@router.post("/events/{event}/minutes")
async def write_minutes(visit: MemberVisit, event: str) -> Response:
    """Write the minutes, or rewrite the draft."""
    key, fields = id_of(event), await visit.form()
    occurrence = fields.get("occurrence", "")[:40]
    text = fields.get("text", "").strip()
    if not text:
        return await meeting_page(
            visit, key, occurrence, fields=fields, errors=[("text", MINUTES)], form="minutes", status=422
        )
    present = [line.strip()[:300] for line in fields.get("present", "").splitlines() if line.strip()][:200]
    wanted = {"text": text[:20_000], "present": present}
    try:
        await visit.workspace.write_minutes(
            key, wanted, occurrence=occurrence or None, etag=fields.get("minutes_etag") or None
        )
    except (StaleVersion, Conflict):
        return await meeting_page(visit, key, occurrence, fields=fields, form="minutes", refused=STALE, status=412)
    return visit.go(back_to(key, occurrence, "#acta"))


@router.post("/events/{event}/minutes/approve")
async def approve_minutes(visit: MemberVisit, event: str) -> Response:
    """Record at which later meeting they were approved: they do not change any more."""
    key, fields = id_of(event), await visit.form()
    occurrence = fields.get("occurrence", "")[:40]
    other, _, moment = fields.get("approved_in", "").partition(" ")
    wanted = {"event": other, "occurrence": moment or None}
    try:
        await visit.workspace.approve_minutes(
            key, wanted, occurrence=occurrence or None, etag=fields.get("minutes_etag", "") or '"0"'
        )
    except (StaleVersion, Conflict):
        return await meeting_page(visit, key, occurrence, refused=STALE, status=412)
    except Invalid:
        return await meeting_page(visit, key, occurrence, errors=[("approved_in", APPROVAL)], status=422)
    return visit.go(back_to(key, occurrence, "#acta"))


@router.post("/events/{event}/decisions")
async def record_decision(visit: MemberVisit, event: str) -> Response:
    """Enter what was decided into the committee's register."""
    key, fields = id_of(event), await visit.form()
    occurrence = fields.get("occurrence", "")[:40]
    shown, _ = await visit.workspace.event(key)
    title = " ".join(fields.get("decision_title", "").split())
    one = chosen(shown, occurrence)
    day = (one.starts_at if one is not None else shown.starts_at).astimezone(ZoneInfo(shown.timezone)).date()
    if not title or len(title) > 300:
        wrong = [("decision_title", TITLE)]
        return await meeting_page(visit, key, occurrence, fields=fields, errors=wrong, form="decision", status=422)
    wanted = {
        "title": title, "text": fields.get("decision_text", "").strip()[:20_000] or None,
        "decided_on": min(day, datetime.now(zone_of(visit)).date()).isoformat(), "event": key,
    }  # fmt: skip
    await visit.workspace.record_decision(shown.committee, wanted)
    return visit.go(back_to(key, occurrence, "#decisiones"))


@router.post("/events/{event}/tasks")
async def add_task(visit: MemberVisit, event: str) -> Response:
    """A task that came out of the meeting."""
    key, fields = id_of(event), await visit.form()
    occurrence = fields.get("occurrence", "")[:40]
    title = " ".join(fields.get("task_title", "").split())
    due = date_in(fields.get("due_on", ""))
    wrong = [("task_title", TITLE)] if not title or len(title) > 300 else []
    if due is None and fields.get("due_on", "").strip():
        wrong.append(("due_on", DATE))
    if wrong:
        return await meeting_page(visit, key, occurrence, fields=fields, errors=wrong, form="task", status=422)
    wanted = {"title": title, "assignees": ticked(fields, "assignee"), "due_on": due}
    await visit.workspace.add_task_of_meeting(key, wanted)
    return visit.go(back_to(key, occurrence, "#tareas"))
