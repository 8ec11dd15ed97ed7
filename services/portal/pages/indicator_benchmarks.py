"""`/benchmarks/indicators`: an indicator, a period, a group of peers; the answer as picture, table and request."""

import asyncio
import re
from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from services.indicators.schemas import BenchmarkOut, IndicatorOut
from services.portal.charts.quartile_strip import QuartileStrip
from services.portal.pages.indicator_map import by_community
from services.portal.pages.indicator_over_time import over_time
from services.portal.pages.parts import attempt
from services.portal.translations import N_, Translations, translations
from services.portal.visits import Reader, Visit, page_router
from shared.problems import Invalid
from shared.text import without_accents

router = page_router()
API = "/api/v1/indicators/benchmarks"
PERIOD = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4])?")
MONTHS = {"monthly": 1, "quarterly": 3, "annual": 12}
FREQUENCIES = {"monthly": N_("mensual"), "quarterly": N_("trimestral"), "annual": N_("anual")}
STATISTICS = {
    "median": N_("mediana de los registros"), "p90": N_("percentil 90 de los registros"), "ratio": N_("razón"),
    "share": N_("proporción"), "count": N_("conteo"),
}  # fmt: skip
BASES = {
    "confirmed": N_("El indicador y su sentido se leyeron en la fuente citada."),
    "adapted": N_(
        "Hay un indicador cercano en la fuente citada; la estadística, la ventana o la población son nuestras."
    ),
    "proposed": N_("Es una propuesta nuestra, de la práctica usual de las comunidades portuarias."),
}


def last_period(frequency: str, today: date) -> str:
    """The last whole period of a frequency.

    >>> last_period("monthly", date(2026, 1, 5)), last_period("quarterly", date(2026, 5, 1))
    ('2025-12', '2026-Q1')
    """
    if frequency == "annual":
        return str(today.year - 1)
    if frequency == "quarterly":
        year, quarter = (today.year, (today.month - 1) // 3) if today.month > 3 else (today.year - 1, 4)
        return f"{year}-Q{quarter}"
    return f"{today.year}-{today.month - 1:02}" if today.month > 1 else f"{today.year - 1}-12"


@router.get("/benchmarks/indicators")
async def show_indicator(visit: Reader) -> Response:
    """The form, and with an indicator chosen, its comparison."""
    catalogue, groups, communities = await asyncio.gather(
        visit.indicators.catalogue(), attempt(visit.indicators.peer_groups()), attempt(visit.registry.communities())
    )
    asked = visit.request.query_params
    words = translations(visit.language)
    indicator = next((one for one in catalogue if one.code == asked.get("indicator")), None)
    period = asked.get("period", "").strip()[:20]
    errors: dict[str, str] = {}
    if asked.get("indicator") and indicator is None:
        errors["indicator"] = N_("Elija un indicador de la lista.")
    if period and not PERIOD.fullmatch(period):
        errors["period"] = N_("Escriba un año, un trimestre o un mes: 2026, 2026-Q1 o 2026-03.")
    query = {
        "period": period or None, "peer_group": asked.get("peer_group", "all")[:100],
        "community": asked.get("community", "")[:100] or None,
    }  # fmt: skip
    found: BenchmarkOut | None = None
    if indicator is not None and not errors:
        found = await _ask(visit, indicator, query, errors)
    if found is not None:
        query["period"] = found.period
    known = sorted(communities.value or [], key=lambda one: without_accents(one.name))
    names = {one.code: one.name for one in known}
    return visit.page(
        "indicator_benchmarks.html",
        section="benchmarks",
        demo=visit.caller.demo or bool(found and found.demo),
        families=_families(catalogue),
        groups=[{"value": one.slug, "label": one.name} for one in groups.value or []],
        known=[{"value": one.code, "label": one.name} for one in known],
        names=names,
        indicator=indicator,
        chosen=query,
        errors=errors,
        error_list=[{"field": name, "message": words.gettext(text)} for name, text in errors.items()],
        figures=_figures(indicator, found, words) if indicator and found else [],
        found=found,
        strip=_strip(indicator, found, names) if indicator and found else None,
        over=await over_time(visit, indicator, query, names, words) if indicator and found else None,
        mapped=await by_community(visit, indicator, query, words) if indicator and found else None,
        frequencies=FREQUENCIES,
        statistics=STATISTICS,
        bases=BASES,
        **_requests(indicator, query),
    )


async def _ask(
    visit: Visit, indicator: IndicatorOut, query: dict[str, Any], errors: dict[str, str]
) -> BenchmarkOut | None:
    """The answer, or why the question could not be put, by the field that is to be corrected. Without a period that of
    the newest that may be shown; where nothing has been approved yet, that of the last whole one."""
    try:
        return await visit.indicators.benchmark(indicator.code, **query)
    except Invalid as problem:
        if query["period"] is None and any(error.pointer == "/period" for error in problem.errors):
            last = last_period(indicator.frequency, date.today())  # noqa: DTZ011 -- a default, of the platform's clock
            return await _ask(visit, indicator, query | {"period": last}, errors)
        texts = {
            "period": N_("Este indicador no se puede calcular para ese período. Elija uno igual o más largo."),
            "peer_group": N_("Elija un grupo de la lista."),
            "community": N_("Elija una comunidad de la lista."),
        }
        named = {error.pointer.removeprefix("/") for error in problem.errors} & texts.keys()
        if not named:
            raise
        errors |= {name: texts[name] for name in named}
        return None


def _families(catalogue: list[IndicatorOut]) -> list[tuple[str, list[IndicatorOut]]]:
    """The catalogue by interface, in its own order."""
    families: dict[str, list[IndicatorOut]] = {}
    for one in catalogue:
        families.setdefault(one.interface_name, []).append(one)
    return list(families.items())


def _strip(indicator: IndicatorOut, found: BenchmarkOut, names: dict[str, str]) -> QuartileStrip:
    own = found.community
    band = indicator.target_band
    quartiles = found.quartiles
    return QuartileStrip(
        "franja", f"{indicator.name}, {found.period}", indicator.unit, indicator.polarity, str(found.n),
        (quartiles[0], quartiles[1], quartiles[2]) if quartiles else None, own.value if own else None,
        names.get(own.code, own.code) if own else "", (band[0], band[1]) if band else None,
    )  # fmt: skip


def _figures(indicator: IndicatorOut, found: BenchmarkOut, words: Translations) -> list[dict[str, str]]:
    """The comparison as rows, each value with its unit."""

    def measured(value: float) -> str:
        return f"{words.number(value)} {indicator.unit}"

    rows = [(words.gettext("Comunidades que contribuyen"), str(found.n))]
    if found.quartiles:
        labels = (words.gettext("Primer cuartil"), words.gettext("Mediana"), words.gettext("Tercer cuartil"))
        rows += [(label, measured(value)) for label, value in zip(labels, found.quartiles, strict=True)]
    own = found.community
    if own is not None:
        rows.append((words.gettext("Valor de la comunidad"), measured(own.value)))
        if own.rank is not None:
            rows.append((words.gettext("Puesto entre las que contribuyen, 1 es el mejor"), str(own.rank)))
        if own.percentile_rank is not None:
            rows.append((words.gettext("Rango percentil, 100 es el mejor"), words.number(own.percentile_rank)))
        if own.gap is not None:
            distance = f"{words.signed(own.gap.absolute)} {indicator.unit}"
            rows.append((words.gettext("Distancia a la frontera del mejor cuartil"), distance))
    return [{"what": what, "value": value} for what, value in rows]


def _requests(indicator: IndicatorOut | None, query: dict[str, Any]) -> dict[str, Any]:
    if indicator is None:
        return {"json_href": None, "csv_href": None}
    asked = [(name, value) for name, value in query.items() if value]
    address = f"{API}/{indicator.code}"
    return {
        "json_href": f"{address}?{urlencode(asked)}",
        "csv_href": f"{address}?{urlencode([*asked, ('format', 'csv')])}",
    }
