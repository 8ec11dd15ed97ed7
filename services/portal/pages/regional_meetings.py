"""`/regional-meetings`: regional meetings for everybody, registering for one, and giving the place back."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby

from markupsafe import Markup
from starlette.responses import Response

from services.portal.pages.parts import attempt, slug_or_nothing
from services.portal.pages.places import any_demo
from services.portal.pages.reading import date_in, error_list, wrong_fields
from services.portal.pages.workshop_room import fields_of, visitor_of
from services.portal.translations import N_, translations
from services.portal.visits import MemberVisit, Reader, Visit, page_router
from services.workspace.regional_meetings.schemas import RegionalMeetingOut, SessionOut
from shared.problems import Conflict, Invalid, NotFound, TooManyRequests

router = page_router()
NAME = N_("Escriba su nombre, de hasta 300 caracteres.")
EMAIL = N_("Escriba una dirección de correo, como nombre@ejemplo.org.")
ORGANIZATION = N_("Escriba su organización, de hasta 300 caracteres.")
COUNTRY = N_("Elija su país.")
ROLE = N_("Escriba su cargo en hasta 300 caracteres.")
CONSENT = N_("Marque que acepta que guardemos estos datos para el encuentro.")
SAID = {
    "name": NAME,
    "email": EMAIL,
    "organization": ORGANIZATION,
    "country": COUNTRY,
    "role": ROLE,
    "consent": CONSENT,
}
CLOSED = N_("La inscripción para este encuentro ya cerró.")
TOO_MANY = N_("Llegaron muchas inscripciones desde su red. Espere unos minutos y vuelva a enviar el formulario.")
TITLE = N_("Escriba un título, de hasta 300 caracteres.")
SLUG = N_("Use letras minúsculas, números y guiones, como lima-2027; que no lo tenga otro encuentro.")
DAYS = N_("Escriba el primer día y el último, que no puede ser anterior.")
PLACE = N_("Escriba la ciudad y el país, de hasta 300 caracteres.")
SAID_OF_NEW = {"title": TITLE, "slug": SLUG, "starts_on": DAYS, "ends_on": DAYS, "place": PLACE}
ELSEWHERE = (
    "AR", "BB", "BO", "BR", "BS", "BZ", "CL", "CO", "CR", "CU", "DO", "EC", "ES", "FR", "GT", "GY", "HN", "HT", "JM",
    "MX", "NI", "PA", "PE", "PT", "PY", "SR", "SV", "TT", "US", "UY", "VE",
)  # fmt: skip
"""Countries that the form offers, by name in the reader's language."""


@router.get("/regional-meetings")
async def show_meetings(visit: Reader) -> Response:
    """Coming and past regional meetings; with those that only the registry's record of activities knows."""
    return await meetings_page(visit)


async def meetings_page(
    visit: Visit, *, fields: Mapping[str, str] | None = None, errors: Sequence[tuple[str, str]] = (), status: int = 200
) -> Response:
    found, recorded = await asyncio.gather(
        attempt(visit.workspace.regional_meetings()), attempt(visit.registry.activities(kind="regional_meeting"))
    )
    meetings = found.value or []
    known = {one.activity for one in meetings}
    others = [one for one in recorded.value or [] if one.id not in known]
    return visit.page(
        "regional_meetings.html", status=status, section="events", failed=found.has_failed,
        coming=[one for one in reversed(meetings) if not one.over], past=[one for one in meetings if one.over],
        others=others, days=days_of, fields=dict(fields or {}), errors=error_list(errors), opened=fields is not None,
        demo=visit.caller.demo or any_demo(meetings, others),
    )  # fmt: skip


def days_of(first: date, last: date | None) -> tuple[date, date | None]:
    """The last day only when it is another one."""
    return first, last if last is not None and last != first else None


@router.post("/regional-meetings")
async def announce(visit: MemberVisit) -> Response:
    """A new meeting as a draft; its page of forms comes next."""
    fields = await visit.form()
    title, place = (" ".join(fields.get(name, "").split()) for name in ("title", "place"))
    first, last = date_in(fields.get("starts_on", "")), date_in(fields.get("ends_on", ""))
    slug = fields.get("slug", "").strip()
    wrong = [(name, SAID_OF_NEW[name]) for name, value in (("title", title), ("slug", slug), ("place", place))
             if not value or len(value) > 300]  # fmt: skip
    if first is None or last is None or last < first:
        wrong.append(("ends_on", DAYS))
    if wrong:
        return await meetings_page(visit, fields=fields, errors=wrong, status=422)
    wanted = {
        "slug": slug, "title": title, "place": place, "starts_on": first, "ends_on": last,
        "timezone": fields.get("timezone", "") or str(visit.request.app.state.settings.timezone),
    }  # fmt: skip
    try:
        made = await visit.workspace.add_regional_meeting(wanted)
    except Conflict:
        return await meetings_page(visit, fields=fields, errors=[("slug", SLUG)], status=409)
    except Invalid as problem:
        found = [(name, SAID_OF_NEW[name]) for name in sorted(wrong_fields(problem)) if name in SAID_OF_NEW]
        return await meetings_page(visit, fields=fields, errors=found, status=422)
    return visit.go(f"/regional-meetings/{made.slug}/edit")


@router.get("/regional-meetings/{slug}")
async def show_meeting(visit: Reader, slug: str) -> Response:
    """Programme, speakers, papers, results, and the form to register."""
    return await meeting_page(visit, slug_or_nothing(slug))


async def meeting_page(
    visit: Visit, slug: str, *, fields: Mapping[str, str] | None = None, errors: Sequence[tuple[str, str]] = (),
    refused: str | None = None, status: int = 200,
) -> Response:  # fmt: skip
    meeting, _ = await visit.workspace.regional_meeting(slug)
    words = translations(visit.language)
    countries = sorted(((words.country(code), code) for code in ELSEWHERE), key=lambda pair: pair[0])
    page = visit.page(
        "regional_meeting.html", status=status, section="events", meeting=meeting, days=days_of,
        about=Markup(meeting.description_html),  # noqa: S704  made and cleaned by the workspace
        programme=by_day(meeting), speakers={one.key: one for one in meeting.speakers},
        decided={one.id: Markup(one.text_html) for result in meeting.results for one in result.decisions},  # noqa: S704
        countries=[{"value": code, "label": name} for name, code in countries], fields=dict(fields or {}),
        errors=error_list(errors), refused=refused, demo=visit.caller.demo or meeting.demo,
    )  # fmt: skip
    if fields is not None or refused is not None:
        page.headers["Cache-Control"] = "no-store"  # what somebody typed
    return page


def by_day(meeting: RegionalMeetingOut) -> list[tuple[date, list[SessionOut]]]:
    return [(day, list(found)) for day, found in groupby(meeting.sessions, key=lambda one: one.day)]


@router.post("/regional-meetings/{slug}/register")
async def register(visit: Reader, slug: str) -> Response:
    """Take a place or one on the waiting list; what follows comes by mail."""
    slug, fields = slug_or_nothing(slug), await fields_of(visit)
    wanted = {name: " ".join(fields.get(name, "").split()) for name in ("name", "email", "organization", "country")}
    role = " ".join(fields.get("role", "").split())
    wrong = [(name, SAID[name]) for name, value in wanted.items() if not value or len(value) > 300]
    if fields.get("consent") != "1":
        wrong.append(("consent", CONSENT))
    if wrong:
        return await meeting_page(visit, slug, fields=fields, errors=wrong, status=422)
    try:
        received = await visit.workspace.register(
            slug, {**wanted, "role": role or None, "consent": True}, visitor=visitor_of(visit)
        )
    except Conflict:
        return await meeting_page(visit, slug, fields=fields, refused=CLOSED, status=409)
    except TooManyRequests as problem:
        page = await meeting_page(visit, slug, fields=fields, refused=TOO_MANY, status=429)
        page.headers["Retry-After"] = problem.headers.get("Retry-After", "600")
        return page
    except Invalid as problem:
        found = [(name, SAID[name]) for name in sorted(wrong_fields(problem)) if name in SAID]
        return await meeting_page(visit, slug, fields=fields, errors=found, status=422)
    return visit.go(f"/regional-meetings/{slug}/registered?state={received.state}")


@router.get("/regional-meetings/{slug}/registered")
async def show_received(visit: Reader, slug: str, state: str = "") -> Response:
    """What happens next, whoever it was."""
    meeting, _ = await visit.workspace.regional_meeting(slug_or_nothing(slug))
    return visit.page(
        "regional_meeting_registered.html", section="events", meeting=meeting, waiting=state == "waiting",
        demo=visit.caller.demo or meeting.demo,
    )  # fmt: skip


@router.get("/registrations/{token}")
async def show_registration(visit: Reader, token: str) -> Response:
    """One's own registration, by the link in its mail; programs that fetch links cancel nothing."""
    own = await visit.workspace.own_registration(token[:200])
    return unkept(visit.page("registration.html", section="events", own=own, token=token[:200], days=days_of,
                             demo=visit.caller.demo or own.demo))  # fmt: skip


@router.post("/registrations/{token}")
async def cancel_registration(visit: Reader, token: str) -> Response:
    """Give the place back: the link is the right to do so. Once more is as once."""
    try:
        await visit.workspace.cancel_registration(token[:200])
    except NotFound:
        return unkept(visit.page("registration.html", status=404, section="events", own=None, token="", days=days_of))
    return unkept(visit.page("registration.html", section="events", own=None, token="", days=days_of))


def unkept(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
