"""HTTP of results beside each other, and of what each rests on."""

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import Field, StringConstraints
from starlette.responses import Response

from services.survey.results.asking import FORMATS, Country, Edition, Format, JsonOrCsv, Text, answer_with_table
from services.survey.results.basis import read_result_basis
from services.survey.results.comparisons import read_peers, read_sensitivity, read_years
from services.survey.results.files import table_of_result
from services.survey.results.points import Selection, read_points, table_of_points
from services.survey.schemas.basis import ResultBasisOut
from services.survey.schemas.comparisons import PeersOut, PointsOut, SensitivityOut, YearsOut
from services.survey.sensitivity import SPREAD
from services.survey.words import GroupBy
from shared.answers import answer, public_to
from shared.callers import Anyone
from shared.dependencies import Db
from shared.fields import Year
from shared.formats import format_of
from shared.problems import Invalid, documented
from shared.routing import house_router

router = house_router("/api/v1/survey", tags=["survey"])

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
Spread = Annotated[float, Field(gt=0, le=0.9, allow_inf_nan=False)]


async def selection_of(
    year: Annotated[Year | None, Query(description="Only this year's; otherwise all, the newest first.")] = None,
    first: Annotated[Year | None, Query(alias="from", description="From this year on.")] = None,
    last: Annotated[Year | None, Query(alias="to", description="Up to this year.")] = None,
    country: Annotated[Country | None, Query(description="ISO 3166-1 alpha-2.")] = None,
    phase: Annotated[Text | None, Query(description="The phase in which communities joined.")] = None,
    kind: Annotated[Text | None, Query(description="port or country.")] = None,
    size_class: Annotated[Text | None, Query(description="The harbour's size.")] = None,
) -> Selection:
    if first is not None and last is not None and first > last:
        raise Invalid.at("/to", "must not be before from")
    return Selection(year, first, last, country, phase, kind, size_class)


Wanted = Annotated[Selection, Depends(selection_of)]


@router.get("/results/years", response_model=YearsOut, responses=documented(422))
async def list_years(request: Request, caller: Anyone, db: Db) -> Response:
    """The years with results that the caller may see, the newest first, and how many there are in each."""
    return answer(request, await read_years(db, by=caller), caching=public_to(request))


@router.get("/results/points", response_model=PointsOut, responses=documented(422))
async def list_points(
    request: Request,
    caller: Anyone,
    db: Db,
    wanted: Wanted,
    sort: Annotated[Code, Query(description="overall, or a pillar's or point's code; highest first.")] = "overall",
    format: Format = None,  # noqa: A002 -- the API's own word
) -> Response:
    """Communities × points: the whole selection at once, for heat maps and for analysis."""
    form = format_of(request, *FORMATS)
    async with db.reading() as reading:
        content = await read_points(reading, replace(wanted, sort=sort), request.state.language, by=caller)
    if form == "json":
        return answer(request, content.encode(), caching=public_to(request))
    name = f"points-{wanted.year}" if wanted.year else "points"
    return answer_with_table(request, form, name, table_of_points(content))


@router.get("/results/sensitivity", response_model=SensitivityOut, responses=documented(404, 422))
async def read_order(
    request: Request,
    caller: Anyone,
    db: Db,
    year: Annotated[Year | None, Query(description="Default: the newest with a result.")] = None,
    spread: Annotated[Spread, Query(description="How far each weight may move, as a share of itself.")] = SPREAD,
    format: JsonOrCsv = None,  # noqa: A002 -- the API's own word
) -> Response:
    """How firm the order of the results is when the weights of pillars and points move."""
    form = format_of(request, "json", "csv")
    out = await read_sensitivity(db, year, spread, request.state.language, by=caller)
    if form == "json":
        return answer(request, out, caching=public_to(request))
    columns = ("community", "name", "overall", "rank", "low", "high", "best", "worst", "flips", "flips_from")
    how = (out.spread, out.draws, out.seed, out.model_version, out.demo)
    rows = [
        [out.year, *(getattr(item, column) for column in columns), *how]
        for item in out.items
    ]  # fmt: skip
    header = ("year", *columns, "spread", "draws", "seed", "model_version", "demo")
    return answer_with_table(request, form, f"order-{out.year}", (header, rows))


@router.get("/results/{community}/peers", response_model=PeersOut, responses=documented(404, 422))
async def read_position(
    request: Request,
    community: str,
    caller: Anyone,
    db: Db,
    year: Annotated[Year | None, Query(description="Default: the newest with a result.")] = None,
    group_by: Annotated[GroupBy | None, Query(description="Among those alike in this; default: all.")] = None,
) -> Response:
    """Where a community stands among the published results of its year, under the rules of confidentiality."""
    out = await read_peers(db, community, year, group_by, request.state.language, by=caller)
    return answer(request, out, caching=public_to(request))


@router.get("/results/{community}/basis", response_model=ResultBasisOut, responses=documented(404, 422))
async def read_basis_of_result(
    request: Request,
    community: str,
    caller: Anyone,
    db: Db,
    edition: Edition,
    format: JsonOrCsv = None,  # noqa: A002 -- the API's own word
) -> Response:
    """Everything that a result rests on: answers, weights, scale, versions, hash. `docs/recompute_score.py` reads it.

    What each group said, without names, is there for the community's coordinator and the secretariat.
    """
    form = format_of(request, "json", "csv")
    out = await read_result_basis(db, community, *edition, request.state.language, by=caller)
    if form == "json":
        return answer(request, out, caching=public_to(request))
    return answer_with_table(request, form, f"result-{community}-{out.year}", table_of_result(out))
