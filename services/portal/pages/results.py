"""`/results`: the results of a year that the reader may see, as a heat map and as a table."""

from urllib.parse import urlencode

from starlette.responses import Response

from services.portal.charts.heatmap import HeatColumn, HeatGroup, Heatmap, HeatRow
from services.portal.pages.communities import options_of
from services.portal.pages.model import bands_of
from services.portal.pages.parts import attempt, both
from services.portal.rendering import query_url
from services.portal.translations import Translations, translations
from services.portal.visits import Reader, Visit, page_router
from services.portal.vocabulary import PHASES
from services.survey.schemas.comparisons import PointsOut, YearOut
from services.survey.schemas.models import ModelOut

router = page_router()
API = "/api/v1/survey/results"
CODE_LENGTH = 40


@router.get("/results")
async def show_results(visit: Reader) -> Response:
    """The results of a year that the reader may see, the newest year unless asked for another."""
    asked = visit.request.query_params
    words = translations(visit.language)
    found_years, countries = await both(attempt(visit.survey.result_years()), attempt(visit.registry.countries()))
    years = found_years.value or []
    year = next((one for one in years if str(one.year) == asked.get("year")), years[0] if years else None)
    filters = {"phase": asked["phase"]} if asked.get("phase") in PHASES else {}
    if asked.get("country") in {one.code for one in countries.value or []}:
        filters["country"] = asked["country"]
    model = await attempt(visit.survey.model(year.model_version)) if year else None
    sort = _sort(asked.get("sort", ""), model.value if model else None)
    found = await attempt(visit.survey.points(year=year.year, sort=sort, **filters)) if year else None
    points = found.value if found else None
    of_files = await attempt(visit.survey.earlier_results(year.year)) if year and year.imported else None
    earlier = [
        one
        for one in (of_files.value or [] if of_files else [])
        if all(getattr(one, name) == wanted for name, wanted in filters.items())
    ]
    return visit.page(
        "results.html",
        section="results",
        demo=visit.caller.demo or bool(points and points.demo) or any(one.demo for one in earlier),
        has_failed=found_years.has_failed or bool(found and found.has_failed),
        years=years,
        year=year,
        filters=filters,
        options={
            "country": [{"value": one.code, "label": one.name} for one in countries.value or [] if one.communities],
            "phase": options_of(PHASES, words),
        },
        year_options=[{"value": one.year, "label": one.year} for one in years],
        rows=[{"one": one} for one in points.items] if points else [],
        earlier=[{"one": one} for one in earlier],
        heat=_heat(visit, points, year, model.value, sort, words)
        if points and year and model and model.value
        else None,
        bands=bands_of(model.value) if model and model.value else (),
        points_href=lambda form: _file(year, filters, form, "points"),
        results_href=lambda form: _file(year, filters, form),
    )


def _sort(asked: str, model: ModelOut | None) -> str:
    """A point that the model has, or the whole."""
    codes = {point.code for pillar in model.pillars for point in pillar.points} if model else set()
    return asked if asked in codes else "overall"


def _file(year: YearOut | None, filters: dict[str, str], form: str, kind: str = "") -> str | None:
    if year is None:
        return None
    place = f"{API}/{kind}" if kind else API
    return f"{place}?{urlencode([('year', year.year), *filters.items(), ('format', form)])}"


def _heat(
    visit: Visit, points: PointsOut, year: YearOut, model: ModelOut, sort: str, words: Translations
) -> Heatmap | None:
    if not points.items:
        return None
    query = visit.request.url.query

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
    rows = tuple(
        HeatRow(
            one.name, one.points, one.overall, f"/results/{one.community}?year={one.year}",
            words.gettext("todavía no es público") if one.state != "published" else None,
        )
        for one in points.items
    )  # fmt: skip
    title = words.gettext("Grado de implementación por punto, %(year)s") % {"year": year.year}
    return Heatmap("calor", title, groups, rows, sort, sorted_by("overall"), bands=bands_of(model))
