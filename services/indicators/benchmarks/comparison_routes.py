"""HTTP of comparisons: communities beside each other, and their places over time."""

from collections import Counter
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import StringConstraints
from starlette.responses import Response

from services.indicators import facts
from services.indicators.benchmarks import comparisons, places
from services.indicators.benchmarks.questions import Question, period_asked
from services.indicators.benchmarks.routes import GroupQuery, question_of
from services.indicators.catalogue import indicator_of_path
from services.indicators.parameters import PERIOD_HELP, CodeQuery, PeriodQuery, must_be_in_order, period_of_query
from services.indicators.readings import note_reading
from services.indicators.schemas_of_comparisons import ComparisonOut, MapOut, RanksOut
from shared.answers import answer, public_to
from shared.callers import Anyone, Caller
from shared.database import Database
from shared.dependencies import Db, PeersOf
from shared.formats import csv_bytes, file_answer, format_of
from shared.peers import Peers
from shared.problems import Invalid, documented
from shared.routing import house_router

router = house_router("/api/v1/indicators", tags=["indicators"])
MOST_COMPARED = 10
COLUMNS = (
    "indicator", "period", "unit", "kind", "code", "name", "value", "rank", "percentile_rank", "edition",
)  # fmt: skip
Codes = Annotated[str, StringConstraints(min_length=1, max_length=1100)]
Ports = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[A-Z2-9]{3}(,[A-Z]{2}[A-Z2-9]{3}){0,9}$")]
From = Annotated[PeriodQuery | None, Query(alias="from", description=f"Begins no earlier: {PERIOD_HELP}")]
To = Annotated[PeriodQuery | None, Query(alias="to", description=f"Ends no later: {PERIOD_HELP}")]


@router.get("/comparisons/{indicator}", response_model=ComparisonOut, responses=documented(404, 422))
async def read_comparison(
    request: Request,
    indicator: str,
    caller: Anyone,
    db: Db,
    peers: PeersOf,
    communities: Annotated[Codes, Query(description="Up to ten codes, with commas between.")],
    period: Annotated[
        PeriodQuery | None, Query(description=f"{PERIOD_HELP} The newest that may be shown when absent.")
    ] = None,
    group: GroupQuery = "all",
    ports: Annotated[Ports | None, Query(description="UN/LOCODEs of reference ports to show, at most ten.")] = None,
    format: Annotated[str | None, Query(description="json or csv.")] = None,  # noqa: A002 -- the API's own word
) -> Response:
    """Up to ten communities beside each other: of those that allow it the value and the place, of all the peers the
    quartiles, and beside them what reference series say, each with its edition."""
    wanted = format_of(request, "json", "csv")
    codes = list(dict.fromkeys(code.strip() for code in communities.split(",") if code.strip()))
    if not 1 <= len(codes) <= MOST_COMPARED:
        raise Invalid.at("/communities", f"must be 1 to {MOST_COMPARED} codes", "length")
    known = await facts.known(db, peers, codes)
    if unknown := [code for code in codes if code not in known]:
        raise Invalid.at("/communities", f"{unknown[0][:100]} is no community of the Network", "unknown")
    asked = period_of_query(period, "period")
    row = await indicator_of_path(db, indicator)
    question = Question(None, group, request.state.language)
    asked = await period_asked(db, row, asked, question, by=caller)
    shown = ports.split(",") if ports else []
    out = await comparisons.comparison_of(db, row, asked, codes, shown, question, by=caller)
    await note_reading(db, {one.code: 1 for one in out.communities}, "comparisons", by=caller, form=wanted)
    if wanted == "csv":
        name = f"comparison-{out.indicator}-{out.period}"
        return file_answer(
            request, csv_bytes(COLUMNS, _cells(out)), format="csv", name=name, caching=public_to(request)
        )
    return answer(request, out, caching=public_to(request))


def _cells(out: ComparisonOut) -> list[tuple[Any, ...]]:
    head = (out.indicator, out.period, out.unit)
    rows: list[tuple[Any, ...]] = [
        (*head, "community", one.code, one.name, one.value, one.rank, one.percentile_rank, None)
        for one in out.communities
    ]
    if out.peers.quartiles:
        named = zip(("q1", "median", "q3"), out.peers.quartiles, strict=True)
        rows += [(*head, "peers", name, out.peer_group, value, None, None, None) for name, value in named]
    for series in out.references:
        named = zip(("q1", "median", "q3"), series.quartiles, strict=True)
        rows += [(*head, "reference", name, series.name, value, None, None, series.edition) for name, value in named]
        rows += [
            (*head, "reference", port.unlocode, port.port, port.value, None, None, series.edition)
            for port in series.ports
        ]
    return rows


@router.get("/benchmarks/{indicator}/communities", response_model=MapOut, responses=documented(404, 422, 503))
async def read_communities(
    request: Request,
    indicator: str,
    caller: Anyone,
    db: Db,
    peers: PeersOf,
    period: Annotated[
        PeriodQuery | None, Query(description=f"{PERIOD_HELP} The newest that may be shown when absent.")
    ] = None,
    group: GroupQuery = "all",
) -> Response:
    """A benchmark by community: the values that the caller may see, the quarter of the peers each lies in, and where
    the community is. Of the others of the group only that they are in it."""
    out = await mapped(request, db, peers, caller, indicator, period, group)
    shown = {one.code: 1 for one in out.communities if one.value is not None}
    await note_reading(db, shown, "maps", by=caller)
    return answer(request, out, caching=public_to(request))


async def mapped(
    request: Request, db: Database, peers: Peers, caller: Caller, indicator: str, period: str | None, group: str
) -> MapOut:
    """What map and list of communities say. Raises NotFound, Invalid."""
    asked = period_of_query(period, "period")
    row = await indicator_of_path(db, indicator)
    positions = await places.positions_of(peers)
    return await places.map_of(db, row, asked, Question(None, group, request.state.language), positions, by=caller)


@router.get("/ranks/{indicator}", response_model=RanksOut, responses=documented(404, 422))
async def read_ranks(
    request: Request,
    indicator: str,
    caller: Anyone,
    db: Db,
    peers: PeersOf,
    community: CodeQuery | None = None,
    first: From = None,
    last: To = None,
    group: GroupQuery = "all",
) -> Response:
    """The places of communities over time, of those whose values the caller may see; at most 120 periods."""
    begins, ends = period_of_query(first, "from"), period_of_query(last, "to")
    must_be_in_order(begins, ends)
    question = await question_of(request, db, peers, community, group)
    row = await indicator_of_path(db, indicator)
    out = await comparisons.ranks_of(db, row, begins, ends, question, by=caller)
    figures = Counter(place.code for point in out.points for place in point.communities)
    await note_reading(db, figures, "ranks", by=caller)
    return answer(request, out, caching=public_to(request))
