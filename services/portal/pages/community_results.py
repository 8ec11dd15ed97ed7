"""`/results/{code}`: a community's result of a year, and `…/basis`: how each of its figures was computed."""

import asyncio
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from services.portal.pages.model import bands_of
from services.portal.pages.parts import Part, attempt, slug_or_nothing
from services.portal.pages.result_profile import gaps_in, names_of, profile_of_result, sparkline_of, strips_of
from services.portal.rendering import query_url
from services.portal.translations import N_, Translations, translations
from services.portal.visits import Reader, Visit, page_router
from services.survey.schemas.basis import PointBasis, ResultBasisOut
from services.survey.schemas.comparisons import Grouping
from services.survey.schemas.results import ResultOut, YearResult
from services.survey.schemas.reviewing import ActionOut
from shared.problems import NotFound

router = page_router()
API = "/api/v1/survey/results"
GROUPINGS: dict[Grouping, str] = {
    "country": N_("Mismo país"),
    "phase": N_("Misma fase"),
    "kind": N_("Mismo tipo"),
    "size_class": N_("Mismo tamaño"),
}
SHOWN_GAPS = 10


def year_asked(visit: Visit) -> int | None:
    asked = visit.request.query_params.get("year", "")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) == 4 else None


@router.get("/results/{code}")
async def show_result(visit: Reader, code: str) -> Response:
    """A community's result of a year, the latest unless asked for."""
    code = slug_or_nothing(code)
    year = year_asked(visit)
    asked = visit.request.query_params.get("peers", "")
    grouping = next((name for name in GROUPINGS if name == asked), None)
    words = translations(visit.language)
    community, history, result, peers, basis, order = await asyncio.gather(
        visit.registry.community(code),
        attempt(visit.survey.result_history(code)),
        attempt(visit.survey.result(code, year=year)),
        attempt(visit.survey.peers(code, year, grouping)),
        attempt(visit.survey.result_basis(code, year)),
        attempt(visit.survey.sensitivity(year)),
    )
    found = result.value
    actions = await actions_of(visit, code, found.year if found else None)
    model = (await attempt(visit.survey.model(found.model_version))).value if found else None
    earlier = _earlier(history.value or [], found)
    own_year = next((one for one in history.value or [] if found and one.year == found.year), None)
    if found is not None and found.imported is not None:  # nothing was computed: no peers, no basis
        peers, basis = Part(None), Part(None)
    split = own_year.change if own_year and own_year.same_method is False else None
    years = sorted(history.value or [], key=lambda one: one.year, reverse=True)
    names = names_of(model)
    target = min(3, basis.value.top) if basis.value else 3
    stability = order.value if order.value and found and order.value.year == found.year else None
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
        split=split,
        is_split=any(one.same_method is False for one in years),
        model=model,
        bands=bands_of(model) if model else (),
        names=names,
        profile=profile_of_result(found, earlier, peers.value, model, words, bridge=split) if found and model else None,
        peers=peers.value,
        strips=strips_of(peers.value, names, community.name, words) if peers.value else [],
        grouping_tabs=_grouping_tabs(visit, grouping, words),
        gaps=gaps_in(basis.value, target)[:SHOWN_GAPS] if basis.value else [],
        actions=actions,
        target=target,
        stability=stability,
        place=next((one for one in stability.items if one.community == code), None) if stability else None,
        sparkline=sparkline_of(history.value or [], words),
        address=f"{API}/{code}?{urlencode([('year', found.year)] if found else [])}",
        api=API,
    )


async def actions_of(visit: Visit, code: str, year: int | None) -> dict[str, list[ActionOut]] | None:
    """By measure what the community does about its gaps; None for whoever is not of it."""
    if year is None or not (visit.caller.is_secretariat or code in visit.caller.communities):
        return None
    told = (await attempt(visit.survey.actions(year, code))).value
    if told is None:
        return None
    return {one.measure: [a for a in told.items if a.measure == one.measure] for one in told.items}


def _grouping_tabs(visit: Visit, chosen: str | None, words: Translations) -> list[dict[str, Any]]:
    path, query = visit.request.url.path, visit.request.url.query
    choices: list[tuple[str | None, str]] = [(None, words.gettext("Toda la Red"))]
    choices += [(name, words.gettext(label)) for name, label in GROUPINGS.items()]
    return [
        {"label": label, "href": query_url(path, query, peers=name) + "#pares", "current": name == chosen}
        for name, label in choices
    ]


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


@router.get("/results/{code}/basis")
async def show_basis(visit: Reader, code: str) -> Response:
    """How each figure of a result was computed, with the numbers put into the rules."""
    code = slug_or_nothing(code)
    asked = visit.request.query_params.get("revision", "")
    year = year_asked(visit)
    revision = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 10 and year else None
    basis = await visit.survey.result_basis(code, year, revision)
    editions = await attempt(visit.survey.editions(code, basis.year))
    if not basis.pillars:
        raise NotFound(code)
    words = translations(visit.language)
    query = urlencode(
        [("year", basis.year), ("revision", basis.revision)] if basis.state == "published" else [("year", basis.year)]
    )
    return visit.page(
        "result_basis.html",
        section="results",
        demo=visit.caller.demo or basis.demo,
        basis=basis,
        editions=sorted(editions.value or [], key=lambda one: -one.revision),
        sums={point.code: sum_of_point(point, words) for pillar in basis.pillars for point in pillar.points},
        pillar_sums={
            pillar.code: _sum([(p.weight, p.score) for p in pillar.points if p.coverage is not None], words)
            for pillar in basis.pillars
        },
        overall_sum=_sum(
            [(p.weight, p.score) for p in basis.pillars if any(q.coverage is not None for q in p.points)], words
        ),
        wrapped=lambda items: [{"one": item} for item in items],
        groups=_groups(basis),
        files={form: f"{API}/{code}/basis?{query}&format={form}" for form in ("json", "csv")},
        xlsx_href=f"{API}/{code}?{query}&format=xlsx",
    )


def sum_of_point(point: PointBasis, words: Translations) -> str | None:
    """The point's weighted mean written out; None where it has no score."""
    if point.score is None:
        return None
    return _sum([(m.weight, m.score) for m in point.measures if m.score is not None], words)


def _sum(pairs: list[tuple[float, float | None]], words: Translations) -> str | None:
    known = [(weight, score) for weight, score in pairs if score is not None]
    if not known or len(known) < len(pairs):
        return None

    def weight_of(value: float) -> str:
        return words.number(value, 0 if value == int(value) else 2)

    top = " + ".join(f"{weight_of(weight)} · {words.number(score)}" for weight, score in known)
    bottom = " + ".join(weight_of(weight) for weight, _ in known)
    return f"({top}) / ({bottom})"


def _groups(basis: ResultBasisOut) -> dict[str, list[dict[str, Any]]]:
    """By measure what each group said, for those who may read it."""
    if basis.basis is None:
        return {}
    return {
        code: [{"group": group, **said} for group, said in sorted(told["groups"].items())]
        for code, told in basis.basis["measures"].items()
    }
