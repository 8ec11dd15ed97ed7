"""`/calendar` and `/committees/{slug}/calendar`: meetings by month, week and as a list; arranging them; the feed."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from starlette.responses import Response

from services.portal.pages.committees import WORKING
from services.portal.pages.meeting_times import (
    VIEWS,
    ZONES,
    day_in_form,
    fill,
    grid_of,
    moments_in,
    window_of,
    zone_of_reader,
)
from services.portal.pages.parts import attempt, slug_or_nothing
from services.portal.pages.reading import error_list, wrong_fields
from services.portal.pages.repeating import CHOOSE, OWN, TWICE, Trouble, trouble_with
from services.portal.pages.rule_words import ENDS, plain_rule
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from shared.problems import Invalid

router = page_router()
TITLE = N_("Escriba un título, de hasta 300 caracteres.")
WHEN = N_("Escriba el día, y a qué hora empieza y termina.")
LINK = N_("Escriba una dirección web que empiece por https://.")
UNTIL = N_("Escriba hasta qué día se repite, después de la primera reunión.")
AGENDA = N_("Un punto por línea, de hasta 300 caracteres; los minutos, al final, tras una barra: «Acta anterior | 10».")
DATES = N_("Proponga al menos dos fechas distintas, cada una con su hora.")
SAID = {
    "title": TITLE, "starts_at": WHEN, "ends_at": WHEN, "link": LINK, "rrule": UNTIL, "agenda": AGENDA, "options":
    DATES,
}  # fmt: skip
CONTROL = {"starts_at": "day", "ends_at": "day", "rrule": "until", "options": "1.day"}
OWN_RULE = N_("Con esta regla no habría reuniones, o serían demasiadas: revise sus partes, o elija otra cosa.")
REPEATS: Mapping[str, str] = {
    "": N_("No se repite"),
    "weekly": N_("Cada semana"),
    "fortnightly": N_("Cada dos semanas"),
    "monthly": N_("Cada mes, el mismo día de la semana"),
    "own": N_("Según una regla propia"),
}
OFFERED = 4
"""How many dates the form of a poll has room for."""


@router.get("/calendar")
async def show_own_calendar(visit: MemberVisit, view: str = "month", date: str = "") -> Response:
    """Meetings of all one's committees."""
    return await calendar_page(visit, None, view, date)


@router.post("/calendar/feed")
async def make_feed(visit: MemberVisit) -> Response:
    """A new address of one's private feed, shown this once."""
    fields = await visit.form()
    if fields.get("stop"):
        await visit.workspace.drop_calendar_token()
        return visit.go("/calendar#suscripcion")
    return visit.page("calendar_feed.html", section="desk", feed=await visit.workspace.calendar_token())


@router.get("/committees/{slug}/calendar")
async def show_calendar(visit: MemberVisit, slug: str, view: str = "month", date: str = "") -> Response:
    """Meetings of one committee, and polls for a date."""
    return await calendar_page(visit, slug_or_nothing(slug), view, date)


async def calendar_page(
    visit: Visit, slug: str | None, view: str, day: str, *, fields: Mapping[str, str] | None = None,
    errors: Sequence[dict[str, str]] = (), form: str = "", status: int = 200,
) -> Response:  # fmt: skip
    zone = await zone_of_reader(visit)
    today = datetime.now(zone).date()
    grid = grid_of(view if view in VIEWS else "month", day_in_form(day, today), today)
    committee = members = None
    polls: list[Any] = []
    if slug is not None:
        committee, members = await asyncio.gather(visit.workspace.committee(slug), visit.workspace.members(slug))
        polls = (await attempt(visit.workspace.polls(slug))).value or []
    since, until = window_of(grid, zone)
    found = await visit.workspace.calendar(since, until, committee=slug)
    fill(grid, found, zone)
    role = committee.your_role if committee is not None else None
    return visit.page(
        "calendar.html", status=status, section="desk", committee=committee, members=members, grid=grid,
        reader_zone=str(zone), polls=polls, leads=role in ("chair", "secretariat"), works=role in WORKING,
        base=f"/committees/{slug}/calendar" if slug is not None else "/calendar", today=today,
        fields=dict(fields or {"timezone": str(zone)}), errors=list(errors), form=form, zones=zones_with(str(zone)),
        repeats=REPEATS, offered=OFFERED, demo=visit.caller.demo or any(one.demo for one in found),
    )  # fmt: skip


def zones_with(own: str) -> list[str]:
    """The zones that forms offer, the reader's own among them."""
    return sorted({*ZONES, own})


@router.post("/committees/{slug}/calendar")
async def add_meeting(visit: MemberVisit, slug: str) -> Response:
    """Arrange a meeting; the committee's people are invited."""
    slug, fields = slug_or_nothing(slug), await visit.form()
    body, wrong = meeting_in(fields)
    if not wrong:
        try:
            made = await visit.workspace.add_event(slug, body)
            return visit.go(f"/events/{made.id}")
        except Invalid as problem:
            names = sorted(wrong_fields(problem))
            wrong = [(name, SAID[name]) for name in names if name in SAID] or [("day", WHEN)]
            if fields.get("repeats") == OWN:
                wrong = [("rule", OWN_RULE) if name == "rrule" else (name, text) for name, text in wrong]
    errors = error_list(dict.fromkeys((CONTROL.get(name, name), text) for name, text in wrong))
    return await calendar_page(visit, slug, "month", "", fields=fields, errors=errors, form="meeting", status=422)


def meeting_in(fields: Mapping[str, str]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """A meeting as a form sends it, and what is wrong with it."""
    wrong: list[tuple[str, str]] = []
    title = " ".join(fields.get("title", "").split())
    if not title or len(title) > 300:
        wrong.append(("title", TITLE))
    zone = fields.get("timezone", "")
    moments = moments_in(fields, zone)
    if moments is None:
        wrong.append(("day", WHEN))
    agenda = agenda_in(fields.get("agenda", ""))
    if agenda is None:
        wrong.append(("agenda", AGENDA))
    rule, trouble = rule_in(fields)
    if trouble is not None:
        wrong.append(trouble)
    begins, ends = moments or ("", "")
    body: dict[str, Any] = {
        "title": title, "starts_at": begins, "ends_at": ends, "timezone": zone, "rrule": rule,
        "place": fields.get("place", "").strip()[:500] or None, "link": fields.get("link", "").strip() or None,
        "agenda": agenda or [], "public": "public" in fields, "description": fields.get("description", "").strip() or
        None,
    }  # fmt: skip
    return body, wrong


def agenda_in(text: str) -> list[dict[str, Any]] | None:
    """`Acta anterior | 10`, a line each; None when it cannot be read."""
    found: list[dict[str, Any]] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        title, bar, minutes = line.rpartition("|")
        title, minutes = (title.strip(), minutes.strip()) if bar else (line, "0")
        if not title or len(title) > 300 or not minutes.isascii() or not minutes.isdigit() or int(minutes) > 1440:
            return None
        found.append({"title": title, "minutes": int(minutes)})
    return found if len(found) <= 50 else None


def rule_in(fields: Mapping[str, str]) -> tuple[str | None, Trouble | None]:
    """The rule behind the choice, None for none, and what is wrong with it: a last day that is missing or comes before
    the first, or a rule of one's own that cannot be read."""
    repeats, written = fields.get("repeats", ""), plain_rule(fields.get("rule", ""))
    if written and repeats != OWN:
        return None, ("rule", CHOOSE)
    if repeats not in REPEATS or not repeats:
        return None, None
    try:
        last = date.fromisoformat(fields.get("until", "")) if fields.get("until", "").strip() else None
        first = date.fromisoformat(fields.get("day", ""))
    except ValueError:
        return None, ("until", UNTIL)
    if repeats == OWN:
        if (trouble := trouble_with(written)) is not None:
            return None, ("rule", trouble)
        if last is None:
            return written, None
    if last is None or last <= first or last > first + timedelta(days=3660):
        return None, ("until", UNTIL)
    until = f"UNTIL={last:%Y%m%d}"
    if repeats == OWN:
        ends = any(f"{end}=" in written for end in ENDS)
        return (None, ("until", TWICE)) if ends else (f"{written};{until}", None)
    return _rule_of(repeats, first, until), None


def _rule_of(repeats: str, first: date, until: str) -> str:
    if repeats == "monthly":
        week = (first.day - 1) // 7 + 1
        day = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[first.weekday()]
        return f"FREQ=MONTHLY;BYDAY={week if week < 5 else -1}{day};{until}"
    return f"FREQ=WEEKLY;{'INTERVAL=2;' if repeats == 'fortnightly' else ''}{until}"


@router.post("/committees/{slug}/polls")
async def ask_for_dates(visit: MemberVisit, slug: str) -> Response:
    """Ask when the committee's people can meet."""
    slug, fields = slug_or_nothing(slug), await visit.form()
    wrong: list[tuple[str, str]] = []
    title = " ".join(fields.get("poll_title", "").split())
    if not title or len(title) > 300:
        wrong.append(("poll_title", TITLE))
    zone = fields.get("poll_timezone", "")
    options = []
    for number in range(1, OFFERED + 1):
        if fields.get(f"{number}.day", "").strip():
            moments = moments_in(fields, zone, f"{number}.")
            if moments is None:
                wrong.append((f"{number}.day", WHEN))
            else:
                options.append({"starts_at": moments[0], "ends_at": moments[1]})
    if len(options) < 2 and not any(name.endswith(".day") for name, _ in wrong):
        wrong.append(("1.day", DATES))
    if not wrong:
        try:
            made = await visit.workspace.add_poll(slug, {"title": title, "timezone": zone, "options": options})
            return visit.go(f"/polls/{made.id}")
        except Invalid:
            wrong = [("1.day", DATES)]
    return await calendar_page(
        visit, slug, "month", "", fields=fields, errors=error_list(wrong), form="poll", status=422
    )  # fmt: skip
