"""Figures of other ports worldwide, each series with its source, edition and licence; never counted as members."""

from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import StringConstraints
from sqlalchemy import func, select
from starlette.responses import Response

from services.indicators.schemas import MeasureOut, ReferenceValueOut, SeriesOut, SeriesValuesOut
from services.indicators.tables import ReferenceSeries, ReferenceValue
from shared.answers import answer, public_to
from shared.callers import Anyone
from shared.database import ReadSession
from shared.dependencies import Db
from shared.fields import Counted
from shared.formats import csv_bytes, file_answer, format_of
from shared.languages import pick
from shared.paging import Part, count_of
from shared.problems import NotFound, documented
from shared.routing import house_router
from shared.text import without_accents

router = house_router("/api/v1/indicators", tags=["indicators"])
KEPT = 300  # seconds
LAST = 2**31 - 1  # ports without a rank stand at the end
COLUMNS = (
    "port", "unlocode", "territory", "country", "rank", "score", "berth_hours_share", "calls", "series", "edition",
    "licence", "attribution",
)  # fmt: skip
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Unlocodes = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[A-Z2-9]{3}(,[A-Z]{2}[A-Z2-9]{3})*$", max_length=6000)]
Search = Annotated[str, StringConstraints(max_length=200)]


@router.get("/reference-series", response_model=Counted[SeriesOut], responses=documented(422))
async def list_series(request: Request, caller: Anyone, db: Db, part: Part) -> Response:
    """The reference series. One edition of a publication is one series: scores of another edition do not compare."""
    statement = select(ReferenceSeries)
    async with db.reading() as reading:
        total = await count_of(reading, statement)
        keys = [ReferenceSeries.position, ReferenceSeries.slug]
        found = (await reading.scalars(part.apply(statement, keys))).all()
        rows, following = part.cut(found, lambda row: (row.position, row.slug))
        counts = await _counts(reading)
    items = [series_out(row, counts.get(row.slug, 0), request.state.language) for row in rows]
    out: Counted[SeriesOut] = Counted(items=items, next=following, total=total)
    return answer(request, out, caching=public_to(request, seconds=KEPT))


@router.get("/reference-series/{slug}", response_model=SeriesValuesOut, responses=documented(404, 422))
async def read_series(
    request: Request,
    slug: str,
    caller: Anyone,
    db: Db,
    part: Part,
    country: Annotated[CountryCode | None, Query(description="ISO 3166-1 alpha-2, as in the UN/LOCODE.")] = None,
    unlocode: Annotated[Unlocodes | None, Query(description="One UN/LOCODE or several, with commas between.")] = None,
    q: Annotated[Search | None, Query(description="Words in port, territory or code, accents aside.")] = None,
    format: Annotated[str | None, Query(description="json or csv.")] = None,  # noqa: A002
) -> Response:
    """The ports of a series by rank. As CSV it is the whole selection, never a part of it."""
    wanted = format_of(request, "json", "csv")
    statement = select(ReferenceValue).where(ReferenceValue.series_slug == slug)
    if country is not None:
        statement = statement.where(ReferenceValue.country == country)
    if unlocode is not None:
        statement = statement.where(ReferenceValue.unlocode.in_(unlocode.split(",")))
    for word in without_accents(q or "").split()[:10]:
        statement = statement.where(ReferenceValue.search.contains(word, autoescape=True))
    keys: list[Any] = [func.coalesce(ReferenceValue.rank, LAST), ReferenceValue.unlocode]
    async with db.reading(snapshot=True) as reading:
        series = await reading.get(ReferenceSeries, slug)
        if series is None:
            raise NotFound("This reference series")
        if wanted == "csv":
            everything = (await reading.scalars(statement.order_by(*keys))).all()
            content = csv_bytes(COLUMNS, [_cells(series, row) for row in everything])
            return file_answer(request, content, format=wanted, name=slug, caching=public_to(request, seconds=KEPT))
        total = await count_of(reading, statement)
        found = (await reading.scalars(part.apply(statement, keys))).all()
        counts = await _counts(reading)
    rows, following = part.cut(found, lambda row: (LAST if row.rank is None else row.rank, row.unlocode))
    out = SeriesValuesOut(
        series=series_out(series, counts.get(slug, 0), request.state.language),
        items=[_value_out(row) for row in rows], next=following, total=total,
    )  # fmt: skip
    return answer(request, out, caching=public_to(request, seconds=KEPT))


async def _counts(reading: ReadSession) -> dict[str, int]:
    grouped = select(ReferenceValue.series_slug, func.count()).group_by(ReferenceValue.series_slug)
    return dict((await reading.execute(grouped)).all())


def series_out(row: ReferenceSeries, ports: int, language: str) -> SeriesOut:
    return SeriesOut(
        slug=row.slug, name=pick(row.names, language), names=row.names, source=row.source, publisher=row.publisher,
        edition=row.edition, licence=row.licence, licence_url=row.licence_url, attribution=row.attribution,
        note=pick(row.notes, language), notes=row.notes,
        measures=[MeasureOut.model_validate(measure) for measure in row.measures], ports=ports,
    )  # fmt: skip


def _value_out(row: ReferenceValue) -> ReferenceValueOut:
    return ReferenceValueOut(
        port=row.port, unlocode=row.unlocode, territory=row.territory, country=row.country, rank=row.rank,
        score=row.score, berth_hours_share=row.berth_hours_share, calls=row.calls,
    )  # fmt: skip


def _cells(series: ReferenceSeries, row: ReferenceValue) -> tuple[Any, ...]:
    return (
        row.port, row.unlocode, row.territory, row.country, row.rank, row.score, row.berth_hours_share, row.calls,
        series.slug, series.edition, series.licence, series.attribution,
    )  # fmt: skip
