"""`/results`: published results by year, and a community's own."""

import asyncio
from urllib.parse import urlencode

from starlette.responses import Response

from services.portal.charts.heatmap import HeatColumn, HeatGroup, Heatmap, HeatRow, sorted_rows
from services.portal.charts.profile import Profile, ProfilePillar, ProfilePoint
from services.portal.charts.sparkline import Sparkline
from services.portal.pages.communities import options_of
from services.portal.pages.model import bands_of, current_model
from services.portal.pages.parts import attempt, both, slug_or_nothing
from services.portal.rendering import query_url
from services.portal.translations import Translations, translations
from services.portal.visits import Reader, Visit, page_router
from services.portal.vocabulary import PHASES
from services.survey.schemas.models import ModelOut
from services.survey.schemas.results import PointResult, ResultOut, YearResult
from shared.text import without_accents

router = page_router()
API = "/api/v1/survey/results"


@router.get("/results")
async def show_results(visit: Reader) -> Response:
    """The results of a year that the reader may see, the newest year unless asked for another."""
    asked = visit.request.query_params
    words = translations(visit.language)
    everything, countries = await both(attempt(visit.survey.results()), attempt(visit.registry.countries()))
    years = sorted({one.year for one in everything.value or []}, reverse=True)
    year = next((one for one in years if str(one) == asked.get("year")), years[0] if years else None)
    filters = {"phase": asked["phase"]} if asked.get("phase") in PHASES else {}
    if asked.get("country") in {one.code for one in countries.value or []}:
        filters["country"] = asked["country"]
    shown = sorted(
        (one for one in everything.value or [] if one.year == year and _fits(one, filters)),
        key=lambda one: (one.overall is None, -(one.overall or 0), without_accents(one.name)),
    )
    model = await attempt(_model_of(visit, shown))
    return visit.page(
        "results.html",
        section="results",
        demo=visit.caller.demo or any(one.demo for one in shown),
        everything=everything,
        years=years,
        year=year,
        filters=filters,
        options={
            "country": [{"value": one.code, "label": one.name} for one in countries.value or [] if one.communities],
            "phase": options_of(PHASES, words),
        },
        year_options=[{"value": one, "label": one} for one in years],
        rows=[{"one": one} for one in shown],
        results=shown,
        heat=_heat(visit, shown, model.value, year, words) if shown and model.value else None,
        bands=bands_of(model.value) if model.value else (),
        csv_href=_file(year, filters, "csv"),
        json_href=_file(year, filters, "json"),
    )


def _fits(result: ResultOut, filters: dict[str, str]) -> bool:
    return all(getattr(result, name) == wanted for name, wanted in filters.items())


async def _model_of(visit: Visit, results: list[ResultOut]) -> ModelOut:
    if not results:
        return await current_model(visit)
    return await visit.survey.model(results[0].model_version)


def _file(year: int | None, filters: dict[str, str], format_: str) -> str | None:
    if year is None:
        return None
    return f"{API}?{urlencode([('year', year), *filters.items(), ('format', format_)])}"


def points_of(result: ResultOut) -> dict[str, PointResult]:
    return {point.code: point for pillar in result.pillars for point in pillar.points}


def _heat(visit: Visit, results: list[ResultOut], model: ModelOut, year: int | None, words: Translations) -> Heatmap:
    query, sort = visit.request.url.query, visit.request.query_params.get("sort", "overall")
    codes = {point.code for pillar in model.pillars for point in pillar.points}
    sort = sort if sort in codes else "overall"

    def sorted_by(code: str) -> str:
        return query_url("/results", query, sort=None if code == "overall" else code) + "#calor"

    groups = tuple(
        HeatGroup(
            pillar.code,
            pillar.name,
            tuple(HeatColumn(point.code, point.name, sorted_by(point.code)) for point in pillar.points),
        )
        for pillar in model.pillars
    )
    rows = [
        HeatRow(
            one.name,
            {code: point.score for code, point in points_of(one).items()},
            one.overall,
            f"/results/{one.community}?year={one.year}",
        )
        for one in results
    ]
    title = words.gettext("Grado de implementación por punto, %(year)s") % {"year": year}
    return Heatmap("calor", title, groups, sorted_rows(rows, sort), sort, sorted_by("overall"), bands=bands_of(model))


@router.get("/results/{code}")
async def show_result(visit: Reader, code: str) -> Response:
    """A community's result of a year, the latest unless asked for."""
    code = slug_or_nothing(code)
    asked = visit.request.query_params.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 else None
    words = translations(visit.language)
    community, history, result = await asyncio.gather(
        visit.registry.community(code),
        attempt(visit.survey.result_history(code)),
        attempt(visit.survey.result(code, year=year)),
    )
    found = result.value
    model = (await attempt(visit.survey.model(found.model_version))).value if found else None
    earlier = _earlier(history.value or [], found)
    years = sorted(history.value or [], key=lambda one: one.year, reverse=True)
    return visit.page(
        "result.html",
        section="results",
        demo=visit.caller.demo or community.demo or bool(found and found.demo),
        community=community,
        year=year,
        result=result,
        found=found,
        history=history,
        years=years,
        year_tabs=[
            {
                "label": one.year,
                "href": f"/results/{code}?year={one.year}",
                "current": one.year == (found.year if found else year),
            }
            for one in years
        ],
        wrapped=lambda items: [{"one": item} for item in items],
        earlier=earlier,
        change=_change(found, earlier, words),
        model=model,
        bands=bands_of(model) if model else (),
        names=names_of(model),
        profile=profile_of_result(found, earlier, model, words) if found and model else None,
        sparkline=_sparkline(history.value or [], words),
        address=f"{API}/{code}?{urlencode([('year', found.year)] if found else [])}",
        api=API,
    )


def _earlier(history: list[YearResult], found: ResultOut | None) -> YearResult | None:
    """The result of the year before, where it was measured in the same way."""
    if found is None:
        return None
    own = next((one for one in history if one.year == found.year), None)
    before = next((one for one in history if one.year == found.year - 1), None)
    return before if own is not None and own.same_method else None


def _change(found: ResultOut | None, earlier: ResultOut | None, words: Translations) -> str | None:
    if found is None or earlier is None or found.overall is None or earlier.overall is None:
        return None
    told = {"change": words.signed(found.overall - earlier.overall), "year": earlier.year}
    return words.gettext("%(change)s puntos frente a %(year)s, con el mismo método") % told


def names_of(model: ModelOut | None) -> dict[str, str]:
    """What pillars, points and measures are called, by code."""
    if model is None:
        return {}
    names: dict[str, str] = {}
    for pillar in model.pillars:
        names[pillar.code] = pillar.name
        for point in pillar.points:
            names[point.code] = point.name
            names |= {measure.code: measure.name for measure in point.measures}
    return names


def profile_of_result(result: ResultOut, earlier: ResultOut | None, model: ModelOut, words: Translations) -> Profile:
    """Radar and bars of a result, with the year before as a line."""
    before = points_of(earlier) if earlier else {}
    names = names_of(model)
    pillars = tuple(
        ProfilePillar(
            pillar.code,
            names.get(pillar.code, pillar.code),
            tuple(
                ProfilePoint(
                    point.code,
                    names.get(point.code, point.code),
                    point.score,
                    before[point.code].score if point.code in before else None,
                    href=f"/model/{result.model_version}#{point.code}",
                )
                for point in pillar.points
            ),
            pillar.score,
        )
        for pillar in result.pillars
    )
    title = words.gettext("Perfil de %(name)s, %(year)s") % {"name": result.name, "year": result.year}
    last = str(earlier.year) if earlier else None
    return Profile("perfil", title, pillars, str(result.year), last, bands=bands_of(model))


def _sparkline(history: list[YearResult], words: Translations) -> Sparkline | None:
    rows = sorted(history, key=lambda one: one.year)
    if len(rows) < 2:
        return None
    title = words.gettext("Resultado total por año")
    return Sparkline(title, tuple(one.overall for one in rows), tuple(str(one.year) for one in rows), 0, 100)
