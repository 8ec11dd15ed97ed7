"""`/cooperation`: technical cooperation, activity by activity, for everybody; the secretariat records it here."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from starlette.responses import Response

from services.portal.pages.parts import attempt
from services.portal.pages.places import any_demo
from services.portal.pages.reading import date_in, error_list, said_of
from services.portal.pages.regional_meetings import days_of
from services.portal.pages.tasks import id_of
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Reader, Visit, page_router
from services.registry.schemas import ActivityOut
from shared.problems import Invalid, StaleVersion

router = page_router()
STALE = N_("No se guardó: alguien lo cambió mientras tanto. Revise lo que dice ahora y guarde otra vez.")
DAYS = N_("Escriba el primer día, de 1900 en adelante, y un último que no sea anterior.")
TITLE = N_("Escriba un título, de hasta 300 caracteres.")
LINE = N_("Abrévielo a menos de 300 caracteres.")
PEOPLE = N_("Escriba cuántas personas participaron, con números, o déjelo vacío.")
OUTCOME = N_("Es demasiado largo: abrévielo a menos de 20 000 caracteres.")
DOCUMENTS = N_("Escriba en cada línea la dirección de un documento, que empiece por https://, o su identificador.")
KIND = N_("Elija qué tipo de actividad fue.")
COMMUNITY = N_("Elija una comunidad de la lista.")
SAID = {
    "kind": KIND, "community": COMMUNITY, "title": TITLE, "starts_on": DAYS, "ends_on": DAYS, "place": LINE,
    "participants": PEOPLE, "funding_source": LINE, "outcome": OUTCOME, "documents": DOCUMENTS,
}  # fmt: skip
KINDS: Mapping[str, str] = {
    "diagnosis_workshop": N_("Taller de diagnóstico"),
    "support_group": N_("Grupo de apoyo"),
    "training_workshop": N_("Taller de formación"),
    "technical_visit": N_("Visita técnica"),
    "strategic_plan": N_("Plan estratégico"),
    "regional_meeting": N_("Encuentro regional"),
}


@router.get("/cooperation")
async def show_cooperation(visit: Reader) -> Response:
    """What was done with whom, filtered by `kind`, `community` and `year`, the newest first."""
    return await list_page(visit)


async def list_page(
    visit: Visit, *, fields: Mapping[str, str] | None = None, errors: Sequence[tuple[str, str]] = (), status: int = 200
) -> Response:
    everything, communities = await asyncio.gather(visit.registry.activities(), visit.registry.communities())
    names = {one.code: one.name for one in communities}
    filters = filters_of(visit, everything)
    shown = [one for one in everything if _is_asked(one, filters)]
    counts = Counter(one.kind for one in everything)
    return visit.page(
        "cooperation.html", status=status, section="communities", shown=shown, total=len(everything), names=names,
        filters=filters, kinds=KINDS, counts=[(kind, counts[kind]) for kind in KINDS if counts[kind]], days=days_of,
        people=sum(one.participants or 0 for one in everything),
        helped=len({one.community for one in everything if one.community}),
        options={
            "kind": [{"value": kind, "label": label} for kind, label in KINDS.items() if counts[kind]],
            "community": [{"value": one.code, "label": one.name} for one in communities
                          if any(activity.community == one.code for activity in everything)],
            "year": [{"value": year, "label": year} for year in
                     sorted({one.starts_on.year for one in everything}, reverse=True)],
        },
        communities=communities, fields=dict(fields or {}), errors=error_list(errors),
        demo=visit.caller.demo or any_demo(shown),
    )  # fmt: skip


def filters_of(visit: Visit, everything: Sequence[ActivityOut]) -> dict[str, str]:
    """What the reader chose, as far as there is such a thing."""
    asked = visit.request.query_params
    known: dict[str, set[str]] = {
        "kind": set(KINDS), "community": {one.community for one in everything if one.community},
        "year": {str(one.starts_on.year) for one in everything},
    }  # fmt: skip
    return {name: asked[name] for name, values in known.items() if asked.get(name) in values}


def _is_asked(one: ActivityOut, filters: Mapping[str, str]) -> bool:
    year = filters.get("year")
    under_way = year is None or one.starts_on.year <= int(year) <= (one.ends_on or one.starts_on).year
    return (
        under_way
        and filters.get("kind", one.kind) == one.kind
        and filters.get("community", one.community) == one.community
    )


@router.post("/cooperation")
async def record_activity(visit: MemberVisit) -> Response:
    """A new activity, for the secretariat."""
    fields = await visit.form()
    visit.must_be_secretariat()
    body, wrong = activity_in(fields)
    if wrong:
        return await list_page(visit, fields=fields, errors=wrong, status=422)
    try:
        made = await visit.registry.add_activity(body)
    except Invalid as problem:
        return await list_page(visit, fields=fields, errors=said_of(problem, SAID, "title"), status=422)
    return visit.go(f"/cooperation/{made.id}")


def activity_in(fields: Mapping[str, str]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """An activity as a form sends it, and what is wrong with it."""
    line = {name: " ".join(fields.get(name, "").split()) for name in ("title", "place", "funding_source")}
    first, last = date_in(fields.get("starts_on", "")), date_in(fields.get("ends_on", ""))
    people, outcome = fields.get("participants", "").strip(), fields.get("outcome", "").strip()
    wrong = [(name, TITLE if name == "title" else LINE) for name, value in line.items() if len(value) > 300]
    if fields.get("kind") not in KINDS:
        wrong.append(("kind", KIND))
    if first is None or (last is None and fields.get("ends_on", "").strip()) or (last is not None and last < first):
        wrong.append(("starts_on", DAYS))
    if people and not (people.isascii() and people.isdigit() and len(people) < 8):
        wrong.append(("participants", PEOPLE))
    if len(outcome) > 20_000:
        wrong.append(("outcome", OUTCOME))
    documents = list(dict.fromkeys(part.strip() for part in fields.get("documents", "").splitlines() if part.strip()))
    body: dict[str, Any] = {
        "kind": fields.get("kind", ""), "community": fields.get("community", "").strip() or None,
        "title": line["title"] or None, "place": line["place"] or None, "starts_on": first, "ends_on": last,
        "participants": int(people) if people.isascii() and people.isdigit() and len(people) < 8 else None,
        "funding_source": line["funding_source"] or None, "outcome": outcome or None, "documents": documents,
    }  # fmt: skip
    return body, wrong


@router.get("/cooperation/{activity}")
async def show_activity(visit: Reader, activity: str) -> Response:
    """One activity: with whom, when, where, how many came, what came of it."""
    return await activity_page(visit, id_of(activity))


async def activity_page(
    visit: Visit, key: str, *, fields: Mapping[str, str] | None = None, errors: Sequence[tuple[str, str]] = (),
    stale: bool = False, status: int = 200,
) -> Response:  # fmt: skip
    tagged, communities, meetings = await asyncio.gather(
        visit.registry.activity_to_change(key), visit.registry.communities(),
        attempt(visit.workspace.regional_meetings()),
    )  # fmt: skip
    activity: ActivityOut = tagged.item
    documents = await asyncio.gather(*(document_named(visit, ref) for ref in activity.documents))
    names = {one.code: one.name for one in communities}
    return visit.page(
        "cooperation_activity.html", status=status, section="communities", activity=activity, etag=tagged.etag,
        names=names, kinds=KINDS, communities=communities, days=days_of, stale=stale, editing=fields is not None,
        meeting=next((one for one in meetings.value or [] if str(one.activity) == key), None), documents=documents,
        fields=dict(fields) if fields is not None else fields_of(activity), errors=error_list(errors),
        demo=visit.caller.demo or activity.demo,
    )  # fmt: skip


async def document_named(visit: Visit, ref: str) -> dict[str, Any]:
    """What a reference to a document is called, and where it leads: a document that the reader may see, or an
    address elsewhere."""
    if ref.startswith(("http://", "https://")):
        return {"label": ref, "href": ref, "outside": True}
    found = await attempt(visit.workspace.document(ref))
    if found.value is None:
        return {"label": ref, "href": None, "outside": False}
    return {"label": found.value[0].title, "href": f"/documents/{ref}", "outside": False}


def fields_of(activity: ActivityOut) -> dict[str, str]:
    """The activity as its form has it."""

    def told(value: date | None) -> str:
        return value.isoformat() if value else ""

    return {
        "kind": activity.kind, "community": activity.community or "", "title": activity.title,
        "starts_on": told(activity.starts_on), "ends_on": told(activity.ends_on), "place": activity.place or "",
        "participants": str(activity.participants) if activity.participants is not None else "",
        "funding_source": activity.funding_source or "", "outcome": activity.outcome or "",
        "documents": "\n".join(activity.documents),
    }  # fmt: skip


@router.post("/cooperation/{activity}")
async def change_activity(visit: MemberVisit, activity: str) -> Response:
    """Save what was edited; a title is that of the reader's language."""
    key, fields = id_of(activity), await visit.form()
    visit.must_be_secretariat()
    body, wrong = activity_in(fields)
    if wrong:
        return await activity_page(visit, key, fields=fields, errors=wrong, status=422)
    shown: ActivityOut = (await visit.registry.activity_to_change(key)).item
    if body["title"] == shown.title:
        del body["title"]  # it may be what its kind is called, in every language
    try:
        await visit.registry.change_activity(key, body, fields.get("etag", "") or '"0"')
    except StaleVersion:
        return await activity_page(visit, key, fields=fields, stale=True, status=412)
    except Invalid as problem:
        return await activity_page(visit, key, fields=fields, errors=said_of(problem, SAID, "title"), status=422)
    return visit.go(f"/cooperation/{key}")


@router.post("/cooperation/{activity}/remove")
async def remove_activity(visit: MemberVisit, activity: str) -> Response:
    """Take it out of the record."""
    key, fields = id_of(activity), await visit.form()
    visit.must_be_secretariat()
    try:
        await visit.registry.remove_activity(key, fields.get("etag", "") or '"0"')
    except StaleVersion:
        return await activity_page(visit, key, stale=True, status=412)
    return visit.go("/cooperation")
