"""Pictures by address: what the benchmarks say, drawn, with the same confidentiality."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import Query, Request
from sqlalchemy import select
from starlette.responses import Response

from services.indicators import facts
from services.indicators.benchmarks import comparisons, operations
from services.indicators.benchmarks.comparison_routes import From, To, mapped
from services.indicators.benchmarks.questions import Question
from services.indicators.benchmarks.routes import GroupQuery, question_of
from services.indicators.catalogue import band_of, indicator_of_path, indicator_to_see
from services.indicators.catalogue import indicators as catalogue_of
from services.indicators.parameters import PERIOD_HELP, CodeQuery, PeriodQuery, must_be_in_order, period_of_query
from services.indicators.pictures.drawing import Language
from services.indicators.pictures.map import draw_map
from services.indicators.pictures.multiples import draw_multiples
from services.indicators.pictures.over_time import draw_ranks, draw_trend
from services.indicators.pictures.png import as_png
from services.indicators.pictures.strip import draw_strip
from services.indicators.readings import note_reading
from services.indicators.state import Held
from services.indicators.tables import Community
from services.indicators.words import INTERFACES
from shared.answers import answer, public_to
from shared.callers import Anyone
from shared.database import Database
from shared.dependencies import Db, PeersOf
from shared.formats import MEDIA_TYPES, disposition
from shared.languages import pick
from shared.problems import Unavailable, documented
from shared.routing import house_router

router = house_router("/api/v1/indicators", tags=["indicators"])
Form = Literal["svg", "png"]
PICTURES = {
    200: {"description": "The picture", "content": {MEDIA_TYPES["svg"]: {}, MEDIA_TYPES["png"]: {}}},
    **documented(404, 422, 503),
}  # fmt: skip
_turn = asyncio.Semaphore(2)
"""Pictures drawn as PNG at a time."""


@router.get("/benchmarks/{indicator}/chart.{form}", response_class=Response, responses=PICTURES)
async def draw_benchmark(
    request: Request,
    indicator: str,
    form: Form,
    caller: Anyone,
    db: Db,
    peers: PeersOf,
    community: CodeQuery | None = None,
    period: Annotated[
        PeriodQuery | None, Query(description=f"{PERIOD_HELP} The newest that may be shown when absent.")
    ] = None,
    group: GroupQuery = "all",
) -> Response:
    """A benchmark as a quartile strip, SVG or PNG: what `GET /benchmarks/{indicator}` says."""
    held = await Held.by(request, db)
    if held.is_unchanged:
        return held.not_modified()
    asked = period_of_query(period, "period")
    question = await question_of(request, db, peers, community, group)
    row = await indicator_of_path(db, indicator)
    found = await operations.benchmark(db, row, asked, question, by=caller)
    if found.community is not None:
        await note_reading(db, {found.community.code: 1}, "benchmarks", by=caller, form=form)
    name = await _name_of(db, community, question)
    return await _picture(
        request, held, form, f"benchmark-{found.indicator}-{found.period}",
        lambda language: draw_strip(found, band_of(row), name, language),
    )  # fmt: skip


@router.get("/benchmarks/{indicator}/map.{form}", response_class=Response, responses=PICTURES)
async def draw_map_of(
    request: Request,
    indicator: str,
    form: Form,
    caller: Anyone,
    db: Db,
    peers: PeersOf,
    period: Annotated[
        PeriodQuery | None, Query(description=f"{PERIOD_HELP} The newest that may be shown when absent.")
    ] = None,
    group: GroupQuery = "all",
) -> Response:
    """The communities of a benchmark on the map, SVG or PNG: what `GET /benchmarks/{indicator}/communities` says."""
    found = await mapped(request, db, peers, caller, indicator, period, group)
    shown = {one.code: 1 for one in found.communities if one.value is not None}
    await note_reading(db, shown, "maps", by=caller, form=form)
    return await _picture(
        request, None, form, f"map-{found.indicator}-{found.period}", lambda language: draw_map(found, language)
    )


@router.get("/trends/{indicator}/chart.{form}", response_class=Response, responses=PICTURES)
async def draw_trend_of(
    request: Request,
    indicator: str,
    form: Form,
    caller: Anyone,
    db: Db,
    peers: PeersOf,
    community: CodeQuery | None = None,
    first: From = None,
    last: To = None,
    group: GroupQuery = "all",
) -> Response:
    """A community's values over time within the band of its peers, SVG or PNG: what `GET /trends/{indicator}` says."""
    held = await Held.by(request, db)
    if held.is_unchanged:
        return held.not_modified()
    begins, ends = period_of_query(first, "from"), period_of_query(last, "to")
    must_be_in_order(begins, ends)
    question = await question_of(request, db, peers, community, group)
    row = await indicator_of_path(db, indicator)
    found = await operations.trend_of(db, row, begins, ends, question, by=caller)
    shown = sum(point.value is not None for point in found.points)
    if community is not None and shown:
        await note_reading(db, {community: shown}, "trends", by=caller, form=form)
    name = await _name_of(db, community, question)
    title = pick(row.names, question.language)
    return await _picture(
        request, held, form, f"trend-{row.code}", lambda language: draw_trend(found, title, row.unit, name, language)
    )


@router.get("/ranks/{indicator}/chart.{form}", response_class=Response, responses=PICTURES)
async def draw_ranks_of(
    request: Request,
    indicator: str,
    form: Form,
    caller: Anyone,
    db: Db,
    peers: PeersOf,
    community: CodeQuery | None = None,
    first: From = None,
    last: To = None,
    group: GroupQuery = "all",
) -> Response:
    """The places of communities over time as a bump chart, SVG or PNG: what `GET /ranks/{indicator}` says."""
    held = await Held.by(request, db)
    if held.is_unchanged:
        return held.not_modified()
    begins, ends = period_of_query(first, "from"), period_of_query(last, "to")
    must_be_in_order(begins, ends)
    question = await question_of(request, db, peers, community, group)
    async with db.reading() as reading:
        row = await indicator_to_see(reading, indicator)
        rows = await reading.execute(select(Community.code, Community.names))
        names = {code: pick(by_language, question.language) for code, by_language in rows}
    found = await comparisons.ranks_of(db, row, begins, ends, question, by=caller)
    figures = Counter(place.code for point in found.points for place in point.communities)
    await note_reading(db, figures, "ranks", by=caller, form=form)
    title = pick(row.names, question.language)
    return await _picture(
        request, held, form, f"ranks-{row.code}", lambda language: draw_ranks(found, title, names, language)
    )


@router.get("/scorecards/{community}/chart.{form}", response_class=Response, responses=PICTURES)
async def draw_scorecard(
    request: Request,
    community: str,
    form: Form,
    period: Annotated[PeriodQuery, Query(description=PERIOD_HELP)],
    caller: Anyone,
    db: Db,
    peers: PeersOf,
    group: GroupQuery = "all",
) -> Response:
    """A scorecard as small multiples, a panel an interface, SVG or PNG: what `GET /scorecards/{community}` says."""
    held = await Held.by(request, db)
    if held.is_unchanged:
        return held.not_modified()
    asked = period_of_query(period, "period")
    assert asked is not None  # the parameter is required
    await facts.community_of_path(db, peers, community)
    question = Question(community, group, request.state.language)
    found = await operations.scorecard(db, community, asked, question, by=caller)
    shown = sum(sheet.community is not None for sheet in found.indicators)
    if shown:
        await note_reading(db, {community: shown}, "scorecards", by=caller, form=form)
    async with db.reading() as reading:
        catalogue = await catalogue_of(reading)
    of_interface = {
        name: [code for code, row in catalogue.items() if row.interface == name] for name in INTERFACES
    }  # fmt: skip
    name = await _name_of(db, community, question)
    return await _picture(
        request, held, form, f"scorecard-{community}-{found.period}",
        lambda language: draw_multiples(found, of_interface, name, language),
    )  # fmt: skip


async def _name_of(db: Database, community: str | None, question: Question) -> str:
    if community is None:
        return ""
    async with db.reading() as reading:
        names = await reading.scalar(select(Community.names).where(Community.code == community))
    return pick(names, question.language) if names else community


async def _picture(
    request: Request, held: Held | None, form: Form, name: str, draw: Callable[[Language], bytes]
) -> Response:
    """Raises Unavailable where no PNG can be made."""
    content = draw(Language(request.state.language))
    if form == "png":
        try:
            async with _turn:
                content = await asyncio.to_thread(as_png, content)
        except ImportError:
            raise Unavailable("PNG is not made here: the extra `reports` is not installed. Take SVG.") from None
    headers = {
        "Content-Disposition": disposition(f"{name}.{form}", kind="inline"), "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }  # fmt: skip
    made = answer(request, content, caching=public_to(request), media_type=MEDIA_TYPES[form], headers=headers)
    return held.remembered(made) if held is not None else made
