"""`/results/network`: the published results of a year together, by group, and how firm their order is."""

import asyncio
from typing import get_args

from starlette.responses import Response

from services.portal.charts.quartile_strip import QuartileStrip
from services.portal.pages.community_results import year_asked
from services.portal.pages.parts import attempt
from services.portal.pages.result_profile import names_of
from services.portal.rendering import query_url
from services.portal.translations import N_, Translations, translations
from services.portal.visits import Reader, page_router
from services.portal.vocabulary import KINDS, PHASES, SIZES
from services.survey.schemas.comparisons import Grouping
from services.survey.schemas.results import Figure, NetworkGroup, NetworkOut

router = page_router()
API = "/api/v1/survey/results"
GROUPINGS: dict[Grouping, str] = {
    "country": N_("Por país"),
    "phase": N_("Por fase"),
    "kind": N_("Por tipo"),
    "size_class": N_("Por tamaño"),
}
LABELS = {"phase": PHASES, "kind": KINDS, "size_class": SIZES}


@router.get("/results/network")
async def show_network(visit: Reader) -> Response:
    """The figures of the whole Network and of its groups."""
    words = translations(visit.language)
    asked = visit.request.query_params.get("group_by", "phase")
    grouping: Grouping = next((name for name in get_args(Grouping) if name == asked), "phase")
    year = year_asked(visit)
    years, network, order = await asyncio.gather(
        attempt(visit.survey.result_years()),
        attempt(visit.survey.network(year, grouping)),
        attempt(visit.survey.sensitivity(year)),
    )
    found = network.value
    model = (await attempt(visit.survey.model(found.model_version))).value if found else None
    names = names_of(model)
    path, query = visit.request.url.path, visit.request.url.query
    computed = [one for one in years.value or [] if one.communities]  # files' results are in no figure of the Network
    known = [one for one in computed if found is None or one.year == found.year]
    return visit.page(
        "network_results.html",
        section="results",
        demo=visit.caller.demo or bool(found and found.demo),
        network=network,
        found=found,
        year=found.year if found else year,
        years=computed,
        year_tabs=[
            {
                "label": one.year,
                "href": query_url(path, query, year=one.year),
                "current": bool(found and one.year == found.year),
            }
            for one in computed
        ],
        has_report=any(one.campaign_published for one in known if one.year == (found.year if found else year)),
        names=names,
        strips=_strips(found, names, words) if found else [],
        points=[{"one": figure, "name": names.get(figure.code, "")} for figure in found.network.points]
        if found
        else [],
        grouping_tabs=[
            {
                "label": words.gettext(label),
                "href": query_url(path, query, group_by=name) + "#grupos",
                "current": name == grouping,
            }
            for name, label in GROUPINGS.items()
        ],
        groups=[{"one": group, "name": _name(grouping, group.group or "", words)} for group in found.groups]
        if found
        else [],
        withheld=withheld,
        order=order.value,
        places=[{"one": one} for one in order.value.items] if order.value else [],
        csv_href=f"{API}/network?year={found.year}&group_by={grouping}&format=csv" if found else None,
        order_href=f"{API}/sensitivity?year={order.value.year}&format=csv" if order.value else None,
    )


def withheld(figure: Figure | NetworkGroup) -> str | None:
    """Why a figure is not told, as a text to be translated; None when it is."""
    if figure.suppressed is None:
        return None
    if figure.suppressed == "too_few_peers":
        return N_("menos de 5 comunidades")
    return N_("reservado: de él se deduciría un grupo menor")


def _name(grouping: Grouping, group: str, words: Translations) -> str:
    if group == "unknown":
        return words.gettext("Sin dato")
    if grouping == "country":
        return words.country(group)
    term = LABELS[grouping].get(group)
    return words.gettext(term.label) if term else group


def _strips(network: NetworkOut, names: dict[str, str], words: Translations) -> list[QuartileStrip]:
    whole = network.network
    figures: list[tuple[str, str, Figure | NetworkGroup]] = [("overall", words.gettext("Total"), whole)]
    figures += [(one.code, f"{one.code} {names.get(one.code, '')}".strip(), one) for one in whole.pillars]
    own = words.gettext("promedio")
    return [
        QuartileStrip(
            f"red-{code}", title, "", "higher", str(one.n), (one.quartiles[0], one.quartiles[1], one.quartiles[2]),
            one.mean, own, scale=(0.0, 100.0),
        )
        for code, title, one in figures
        if one.quartiles is not None
    ]  # fmt: skip
