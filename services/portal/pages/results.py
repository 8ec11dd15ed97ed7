"""`/results`: published results by year, and a community's own."""

import asyncio
from urllib.parse import urlencode

from starlette.responses import Response

from services.portal.charts.heatmap import HeatColumn, HeatGroup, Heatmap, HeatRow, sorted_rows
from services.portal.charts.profile import Profile, ProfilePillar, ProfilePoint
from services.portal.charts.sparkline import Sparkline
from services.portal.pages.model import bands_of, current_model
from services.portal.pages.parts import Part, attempt, slug_or_nothing
from services.portal.rendering import query_url
from services.portal.translations import Translations, translations
from services.portal.visits import Reader, Visit, page_router
from services.portal.vocabulary import PHASES
from services.survey.schemas.models import ModelOut
from services.survey.schemas.results import PointResult, ResultOut, YearResult
from shared.problems import NotFound
from shared.text import without_accents

router = page_router()
API = "/api/v1/survey/results"


@router.get("/results")
async def show_results(visit: Reader) -> Response:
    """The results of a year that the reader may see."""
    asked = visit.request.query_params
    words = translations(visit.language)
    campaigns, countries = await asyncio.gather(attempt(visit.survey.campaigns()), attempt(visit.registry.countries()))
    years = sorted((one.year for one in campaigns.value or []), reverse=True)
    filters = {"phase": asked["phase"]} if asked.get("phase") in PHASES else {}
    if asked.get("country") in {one.code for one in countries.value or []}:
        filters["country"] = asked["country"]
    year, results = await _year_with_results(visit, asked.get("year", ""), years, filters)
    model = await attempt(_model_of(visit, results))
    return visit.page(
        "results.html",
        section="results",
        demo=visit.caller.demo or any(one.demo for one in results),
        campaigns=campaigns,
        years=years,
        year=year,
        filters=filters,
        options={
            "country": [{"value": one.code, "label": one.name} for one in countries.value or [] if one.communities],
            "phase": list(PHASES.items()),
        },
        results=sorted(results, key=lambda one: (one.overall is None, -(one.overall or 0), without_accents(one.name))),
        heat=_heat(visit, results, model.value, year, words) if results and model.value else None,
        bands=bands_of(model.value) if model.value else (),
        csv_href=_file(year, filters, "csv"),
        json_href=_file(year, filters, "json"),
    )


async def _year_with_results(
    visit: Visit, asked: str, years: list[int], filters: dict[str, str]
) -> tuple[int | None, list[ResultOut]]:
    """The year asked for, else the last one that has results, else the last one."""
    if asked.isdecimal() and int(asked) in years:
        return int(asked), await visit.survey.results(year=int(asked), **filters)
    for year in years:
        found = await visit.survey.results(year=year, **filters)
        if found or filters:
            return year, found
    return (years[0] if years else None), []


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
    return Heatmap(
        "calor", title, groups, sorted_rows(rows, sort), sort, sorted_by("overall"), bands=bands_of(model)
    )


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
    model = await attempt(visit.survey.model(found.model_version)) if found else Part[ModelOut](None, NotFound())
    earlier = _earlier(history.value or [], found)
    return visit.page(
        "result.html",
        section="results",
        demo=visit.caller.demo or community.demo or bool(found and found.demo),
        community=community,
        year=year,
        result=result,
        found=found,
        history=history,
        years=sorted(history.value or [], key=lambda one: one.year, reverse=True),
        earlier=earlier,
        model=model.value,
        bands=bands_of(model.value) if model.value else (),
        names=names_of(model.value),
        profile=profile_of_result(found, earlier, model.value, words) if found and model.value else None,
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


def profile_of_result(
    result: ResultOut, earlier: ResultOut | None, model: ModelOut, words: Translations
) -> Profile:
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
