"""`/communities`: the directory with its map, and each community's card."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from services.indicators.schemas import ReferenceValueOut, SeriesOut
from services.portal.pages.parts import attempt, slug_or_nothing, three
from services.portal.pages.places import API, any_demo, by_country, map_of
from services.portal.translations import N_, Translations, translations
from services.portal.visits import Reader, Visit, page_router
from services.portal.vocabulary import KINDS, PHASES, STAGES, Term
from services.registry.schemas import ActivityOut, CommunityOut, CountryOut, MemberOut, StageOut
from shared.text import without_accents

router = page_router()
VOCABULARIES = {"phase": PHASES, "stage": STAGES, "kind": KINDS}
SORTS = ("name", "country", "phase", "stage")
LADDER = tuple(stage for stage in STAGES if stage != "dormant")

STAGE_TEXTS = {
    "candidate": N_("Fue propuesta para la Red; falta acordar el trabajo con sus actores."),
    "conceptualization": N_("Se acuerda con los actores para qué y con quién formar la comunidad."),
    "mobilization": N_("Se suman los organismos públicos y las empresas que la formarán."),
    "strategic_planning": N_("Los miembros elaboran el plan estratégico de la comunidad."),
    "constituted": N_("La comunidad está constituida, con acta o estatuto."),
    "consolidated": N_("Trabaja de manera permanente, con gobernanza y financiamiento propios."),
    "dormant": N_("No tiene actividad por ahora. Puede retomarla."),
}


def filters_of(visit: Visit, countries: list[CountryOut]) -> dict[str, str]:
    """What the reader chose, as far as it can be chosen."""
    asked = visit.request.query_params
    chosen = {name: asked[name] for name, known in VOCABULARIES.items() if asked.get(name) in known}
    if asked.get("country") in {one.code for one in countries}:
        chosen["country"] = asked["country"]
    if words := asked.get("q", "").strip()[:200]:
        chosen["q"] = words
    return chosen


@router.get("/communities")
async def show_communities(visit: Reader) -> Response:
    """The directory: map, list and table of the communities that a filter leaves."""
    words = translations(visit.language)
    everything, countries = await asyncio.gather(visit.registry.communities(), visit.registry.countries())
    filters = filters_of(visit, countries)
    shown = await visit.registry.communities(**filters) if filters else everything
    sort = visit.request.query_params.get("sort", "name")
    sort = sort if sort in SORTS else "name"
    codes = {one.code for one in shown}
    return visit.page(
        "communities.html",
        section="communities",
        demo=visit.caller.demo or any_demo(shown),
        total=len(everything),
        shown=shown,
        rows=[{"one": one} for one in sorted(shown, key=lambda one: _key(one, sort, words.country(one.country)))],
        sort=sort,
        filters=filters,
        options={
            "country": [{"value": one.code, "label": one.name} for one in countries if one.communities],
            **{name: options_of(known, words) for name, known in VOCABULARIES.items()},
        },
        map=map_of("mapa", words.gettext("Comunidades de la Red"), everything, shown=codes if filters else None),
        places=by_country(shown, words),
        candidates=sum(one.kind == "country" for one in shown),
        csv_href=f"{API}?{urlencode([*filters.items(), ('format', 'csv')])}",
        geojson_href=f"{API}?{urlencode([*filters.items(), ('format', 'geojson')])}",
    )


def options_of(terms: Mapping[str, Term], words: Translations) -> list[dict[str, str]]:
    """A vocabulary as the options of a select."""
    return [{"value": code, "label": words.gettext(term.label)} for code, term in terms.items()]


def _key(one: CommunityOut, sort: str, country: str) -> tuple[Any, ...]:
    name = without_accents(one.name)
    if sort == "country":
        return without_accents(country), name
    if sort == "phase":
        order = list(PHASES)
        return order.index(one.phase) if one.phase is not None and one.phase in order else len(order), name
    if sort == "stage":
        return -list(LADDER).index(one.stage) if one.stage in LADDER else 1, name
    return (name,)


@router.get("/communities/{code}")
async def show_community(visit: Reader, code: str) -> Response:
    """The card of a community."""
    code = slug_or_nothing(code)
    words = translations(visit.language)
    community = await visit.registry.community(code)
    stages, members, activities = await three(
        attempt(visit.registry.stages(code)),
        attempt(visit.registry.members(code)),
        attempt(visit.registry.activities(community=code)),
    )
    figures, result = await asyncio.gather(
        attempt(reference_figures(visit, community)), attempt(visit.survey.result(code))
    )
    return visit.page(
        "community.html",
        section="communities",
        demo=visit.caller.demo or any_demo(community, members.value or [], activities.value or []),
        community=community,
        stages=stages,
        ladder=ladder_of(community),
        stage_texts=STAGE_TEXTS,
        history=[_moved(one, words) for one in reversed(stages.value or [])],
        members=members,
        organizations=organizations_of(members.value or []),
        activities=activities,
        cooperation=[_done(one, words) for one in activities.value or []],
        ports=[{"one": port} for port in community.ports],
        languages=words.joined(language_name(code, words) for code in community.languages),
        position=lambda lat, lon: position(lat, lon, words),
        figures=figures,
        result=result,
        map=map_of("mapa", community.name, [community], here=code),
        json_href=f"{API}/{code}",
        may_edit=visit.caller.is_secretariat or visit.caller.coordinates(code),
    )


def ladder_of(community: CommunityOut) -> list[tuple[str, Term, str]]:
    """Every stage with where the community stands on it: done, here or ahead. Dormant ones are on none."""
    at = LADDER.index(community.stage) if community.stage in LADDER else None
    found = []
    for place, code in enumerate(LADDER):
        standing = "ahead" if at is None or place > at else "here" if place == at else "done"
        found.append((code, STAGES[code], standing))
    return found


def _moved(change: StageOut, words: Translations) -> dict[str, Any]:
    when = change.date  # none for the stage in which a community came into the directory
    return {
        "when": words.date(when) if when else words.gettext("sin fecha registrada"),
        "datetime": when.isoformat() if when else None, "title": words.gettext(STAGES[change.stage].label),
        "text": change.reason or change.note,
    }  # fmt: skip


def _done(activity: ActivityOut, words: Translations) -> dict[str, Any]:
    said = [activity.place] if activity.place else []
    if activity.participants:
        said.append(words.ngettext("%(n)s participante", "%(n)s participantes", activity.participants)
                    % {"n": activity.participants})  # fmt: skip
    return {
        "when": words.date(activity.starts_on), "datetime": activity.starts_on.isoformat(), "title": activity.title,
        "text": ", ".join(said), "who": activity.outcome, "href": f"/cooperation/{activity.id}",
    }  # fmt: skip


def organizations_of(members: Sequence[MemberOut]) -> list[dict[str, Any]]:
    """Who belongs to the community: organisations by name with the posts held; past memberships are left out."""
    found: dict[str, dict[str, Any]] = {}
    for one in members:
        if one.to is not None and one.to < datetime.now(UTC).date():
            continue
        row = found.setdefault(
            str(one.organization),
            {"name": one.organization_name, "group": one.stakeholder_group, "posts": [], "focal": False},
        )
        held = ": ".join(part for part in (one.post, one.person) if part)
        if held and held not in row["posts"]:
            row["posts"].append(held)
        row["focal"] = row["focal"] or one.focal_point
    return sorted(found.values(), key=lambda row: without_accents(row["name"]))


def language_name(code: str, words: Translations) -> str:
    return str(words.formats.languages.get(code, code))


def position(lat: float, lon: float, words: Translations) -> str:
    """Degrees and minutes as a chart writes them: `19° 03′ N, 104° 19′ O`."""

    def written(value: float, width: int, positive: str, negative: str) -> str:
        minutes = round(abs(value) * 60)
        return f"{minutes // 60:0{width}}° {minutes % 60:02}′ {positive if value >= 0 else negative}"

    east, west = words.pgettext("punto cardinal", "E"), words.pgettext("punto cardinal", "O")
    return f"{written(lat, 2, 'N', 'S')}, {written(lon, 3, east, west)}"


async def reference_figures(visit: Visit, community: CommunityOut) -> list[tuple[SeriesOut, ReferenceValueOut]]:
    """What the reference series say of the community's ports."""
    codes = ",".join(port.unlocode for port in community.ports)
    if not codes:
        return []
    slugs = [one.slug for one in await visit.indicators.reference_series()]
    told = await asyncio.gather(*(visit.indicators.reference_values(slug, unlocode=codes) for slug in slugs))
    return [(series, value) for series, values in told for value in values if value.score is not None]
