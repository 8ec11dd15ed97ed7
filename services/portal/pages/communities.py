"""`/communities`: the directory with its map, and each community's card."""

import asyncio
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from services.indicators.schemas import ReferenceValueOut, SeriesOut
from services.portal.pages.parts import attempt, slug_or_nothing, three
from services.portal.pages.places import API, any_demo, by_country, map_of
from services.portal.translations import N_, translations
from services.portal.visits import Reader, Visit, page_router
from services.portal.vocabulary import KINDS, PHASES, STAGES, Term
from services.registry.schemas import CommunityOut, CountryOut
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
        shown=sorted(shown, key=lambda one: _key(one, sort, words.country(one.country))),
        sort=sort,
        filters=filters,
        options={
            "country": [{"value": one.code, "label": one.name} for one in countries if one.communities],
            **{name: _options(known) for name, known in VOCABULARIES.items()},
        },
        map=map_of("mapa", words.gettext("Comunidades de la Red"), everything, shown=codes if filters else None),
        places=by_country(shown, words),
        candidates=sum(one.kind == "country" for one in shown),
        csv_href=f"{API}?{urlencode([*filters.items(), ('format', 'csv')])}",
        geojson_href=f"{API}?{urlencode([*filters.items(), ('format', 'geojson')])}",
    )


def _options(terms: Any) -> list[tuple[str, Term]]:
    return list(terms.items())


def _key(one: CommunityOut, sort: str, country: str) -> tuple[Any, ...]:
    name = without_accents(one.name)
    if sort == "country":
        return without_accents(country), name
    if sort == "phase":
        return one.phase is None, list(PHASES).index(one.phase) if one.phase in PHASES else 0, name
    if sort == "stage":
        return -list(LADDER).index(one.stage) if one.stage in LADDER else 1, name
    return (name,)


@router.get("/communities/{code}")
async def show_community(visit: Reader, code: str) -> Response:
    """The card of a community."""
    code = slug_or_nothing(code)
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
        history=list(reversed(stages.value or [])),
        members=members,
        activities=activities,
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


async def reference_figures(visit: Visit, community: CommunityOut) -> list[tuple[SeriesOut, ReferenceValueOut]]:
    """What the reference series say of the community's ports."""
    codes = ",".join(port.unlocode for port in community.ports)
    if not codes:
        return []
    slugs = [one.slug for one in await visit.indicators.reference_series()]
    told = await asyncio.gather(*(visit.indicators.reference_values(slug, unlocode=codes) for slug in slugs))
    return [(series, value) for series, values in told for value in values]
