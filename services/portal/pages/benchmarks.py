"""`/benchmarks`: reference series of ports worldwide. The indicators' own comparison is in `indicator_benchmarks`."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import Response

from services.indicators.schemas import ReferenceValueOut, SeriesOut
from services.portal.pages.parts import attempt, both
from services.portal.pages.places import unlocodes
from services.portal.pages.rank_picture import RankedPort, Scale, legend_of_lanes, score_bar, strip_of_ports
from services.portal.rendering import query_url
from services.portal.translations import Translations, translations
from services.portal.visits import Reader, Visit, page_router
from services.registry.schemas import CommunityOut
from shared.text import without_accents

router = page_router()
API = "/api/v1/indicators/reference-series"
SORTS = ("rank", "port", "country", "score", "calls")


@dataclass(frozen=True)
class Row:
    """A port of the series as the table shows it; `lane` is "network", "region" or "world"."""

    value: ReferenceValueOut
    community: CommunityOut | None
    lane: str
    bar: Markup
    marked: bool


@router.get("/benchmarks")
async def show_reference_series(visit: Reader) -> Response:
    """One reference series, with the ports of another for comparison when the reader wants them."""
    series, communities = await both(visit.indicators.reference_series(), attempt(visit.registry.communities()))
    asked = visit.request.query_params
    chosen = next((one for one in series if one.slug == asked.get("series")), series[0] if series else None)
    context: dict[str, Any] = {}
    if chosen is not None:
        context = await _comparison(visit, chosen, series, communities.value or [])
    return visit.page(
        "benchmarks.html", section="benchmarks", series=series, chosen=chosen, communities=communities, **context
    )


async def _comparison(
    visit: Visit, chosen: SeriesOut, series: list[SeriesOut], communities: list[CommunityOut]
) -> dict[str, Any]:
    asked = visit.request.query_params
    words = translations(visit.language)
    whose = unlocodes(communities)
    with_world = asked.get("world") == "1"
    others = [one for one in series if one.edition == chosen.edition and one.slug != chosen.slug] if with_world else []
    values = (await visit.indicators.reference_values(chosen.slug))[1]
    here = asked.get("community", "")
    merged = [(value, "region" if "lac" in chosen.slug else "world") for value in values]
    for other in others:
        merged += [(value, "world") for value in (await visit.indicators.reference_values(other.slug))[1]]
    scale = Scale.of([value.score for value, _ in merged if value.score is not None])
    rows = [_row(value, lane, whose, scale, here) for value, lane in merged]
    countries = sorted({row.value.country for row in rows}, key=lambda code: without_accents(words.country(code)))
    country = asked.get("country", "")
    filtered = [
        row
        for row in rows
        if (country not in countries or row.value.country == country or row.lane == "world")
        and (asked.get("network") != "1" or row.lane != "region")
    ]
    sort, falling = _sort_of(asked.get("sort", "rank"))
    measured = [row for row in filtered if row.value.score is not None]
    measured.sort(key=lambda row: _key(row, sort, words), reverse=falling)
    filtered = measured + [row for row in filtered if row.value.score is None]
    return {
        "rows": measured,
        "table_rows": [{"one": row} for row in filtered],
        "columns": _columns(visit, sort, falling, words),
        "series_options": [{"value": one.slug, "label": one.name} for one in series],
        "reference_label": words.gettext("Con puertos de otra serie de la misma edición"),
        "licence": Markup('<a href="{0}" rel="external license">{1}</a>').format(chosen.licence_url, chosen.licence),
        "in_all": len(rows),
        "sort": sort,
        "falling": falling,
        "countries": [{"value": code, "label": words.country(code)} for code in countries],
        "country": country if country in countries else "",
        "network_only": asked.get("network") == "1",
        "with_world": with_world,
        "has_world": any(one.edition == chosen.edition and one.slug != chosen.slug for one in series),
        "own": [{"value": one.code, "label": one.name} for one in _compared(communities, rows)],
        "here": here,
        "picture": _picture(chosen, measured, words) if measured else None,
        "legend": _legend(measured, words),
        "csv_href": _file(chosen.slug, "csv", country if country in countries else ""),
        "json_href": _file(chosen.slug, "json", country if country in countries else ""),
    }


def _columns(visit: Visit, sort: str, falling: bool, words: Translations) -> list[dict[str, Any]]:
    """The table's columns; a heading sorts, and sorts the other way when it sorts already."""

    def sortable(key: str, label: str, *, numeric: bool = False) -> dict[str, Any]:
        other = f"-{key}" if sort == key and not falling else None if key == "rank" else key
        return {
            "key": key, "label": label, "numeric": numeric,
            "sort_href": query_url("/benchmarks", visit.request.url.query, sort=other) + "#puertos",
            "sorted": ("descending" if falling else "ascending") if sort == key else None,
        }  # fmt: skip

    return [
        sortable("port", words.gettext("Puerto")),
        sortable("rank", words.gettext("Puesto"), numeric=True),
        sortable("score", words.gettext("Puntaje"), numeric=True),
        {"key": "bar", "label": words.gettext("Frente al promedio")},
        sortable("country", words.gettext("País")),
        {"key": "share", "label": words.gettext("Horas en muelle"), "numeric": True},
        sortable("calls", words.gettext("Escalas"), numeric=True),
    ]


def _row(value: ReferenceValueOut, lane: str, whose: dict[str, CommunityOut], scale: Scale, here: str) -> Row:
    community = whose.get(value.unlocode)
    lane = "network" if community is not None else lane
    marked = community is not None and community.code == here
    bar = Markup("") if value.score is None else score_bar(value.score, scale, "marked" if marked else lane)
    return Row(value, community, lane, bar, marked)


def _compared(communities: list[CommunityOut], rows: list[Row]) -> list[CommunityOut]:
    """The communities that have a port in the series, by name."""
    there = {row.community.code for row in rows if row.community is not None}
    return sorted((one for one in communities if one.code in there), key=lambda one: without_accents(one.name))


def _sort_of(asked: str) -> tuple[str, bool]:
    sort = asked.removeprefix("-")
    return (sort, asked.startswith("-")) if sort in SORTS else ("rank", False)


def _key(row: Row, sort: str, words: Translations) -> Any:
    value = row.value
    return {
        "rank": value.rank, "score": value.score, "calls": value.calls,
        "port": without_accents(value.port), "country": (without_accents(words.country(value.country)), value.rank),
    }[sort]  # fmt: skip


def _picture(chosen: SeriesOut, rows: list[Row], words: Translations) -> Markup:
    ports = [
        RankedPort(row.value.port, row.value.score, row.lane, row.marked) for row in rows if row.value.score is not None
    ]
    return strip_of_ports("franja", words.gettext("Puntajes de los puertos, %(edition)s") % {"edition": chosen.edition},
                          ports, words)  # fmt: skip


def _legend(rows: list[Row], words: Translations) -> Markup:
    labels = {
        "network": words.gettext("Puertos de comunidades de la Red"),
        "region": words.gettext("Otros puertos de la región"),
        "world": words.gettext("Puertos de referencia del mundo"),
    }
    marked = [("marked", words.gettext("Comunidad elegida"))] if any(row.marked for row in rows) else []
    return legend_of_lanes([*marked, *((lane, label) for lane, label in labels.items()
                                       if any(row.lane == lane for row in rows))])  # fmt: skip


def _file(slug: str, format_: str, country: str) -> str:
    asked = [("country", country)] if country else []
    return f"{API}/{slug}?{urlencode([*asked, ('format', format_)])}"
