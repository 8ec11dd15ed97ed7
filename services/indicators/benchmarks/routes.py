"""HTTP of benchmarks, scorecards and trends."""

from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import StringConstraints
from starlette.responses import Response

from services.indicators import facts
from services.indicators.benchmarks import operations
from services.indicators.benchmarks.questions import Question
from services.indicators.catalogue import indicator_of_path
from services.indicators.parameters import (
    PERIOD_HELP,
    CodeQuery,
    PeriodQuery,
    must_be_in_order,
    period_of_query,
)  # fmt: skip
from services.indicators.readings import note_reading
from services.indicators.schemas import BenchmarkOut, ScorecardOut, TrendOut
from services.indicators.state import held_router
from shared.answers import answer, public_to
from shared.callers import Anyone
from shared.database import Database
from shared.dependencies import Db, PeersOf
from shared.formats import csv_bytes, file_answer, format_of
from shared.peers import Peers
from shared.problems import Invalid, documented

router = held_router("/api/v1/indicators", tags=["indicators"])
COLUMNS = (
    "indicator", "version", "unit", "polarity", "period", "peer_group", "n", "q1", "median", "q3", "two_digits",
    "suppressed", "community", "value", "rank", "percentile_rank", "gap_absolute", "gap_percent", "gap_boundary",
    "demo",
)  # fmt: skip
GROUP_HELP = "all, country:MX, phase:I, kind:port, size:medium, or the slug of a curated group."
GroupQuery = Annotated[
    Annotated[str, StringConstraints(max_length=100)], Query(alias="peer_group", description=GROUP_HELP)
]
FormatQuery = Annotated[str | None, Query(description="json or csv.")]


@router.get("/benchmarks/{indicator}", response_model=BenchmarkOut, responses=documented(404, 422))
async def read_benchmark(
    request: Request,
    indicator: str,
    caller: Anyone,
    db: Db,
    peers: PeersOf,
    community: CodeQuery | None = None,
    period: Annotated[
        PeriodQuery | None, Query(description=f"{PERIOD_HELP} The newest that may be shown when absent.")
    ] = None,
    group: GroupQuery = "all",
    format: FormatQuery = None,  # noqa: A002
) -> Response:
    """How peers stand in an indicator and period, and a community among them when the caller may see its value.

    Only approved values count. Of fewer than five contributors, or where a group differs from a larger one by fewer
    than five, nothing is told but `suppressed`.
    """
    wanted = format_of(request, "json", "csv")
    asked = period_of_query(period, "period")
    question = await question_of(request, db, peers, community, group)
    row = await indicator_of_path(db, indicator)
    out = await operations.benchmark(db, row, asked, question, by=caller)
    if out.community is not None:
        await note_reading(db, {out.community.code: 1}, "benchmarks", by=caller, form=wanted)
    if wanted == "csv":
        content = csv_bytes(COLUMNS, [cells_of(out)])
        name = f"benchmark-{out.indicator}-{out.period}"
        return file_answer(request, content, format=wanted, name=name, caching=public_to(request))
    return answer(request, out, caching=public_to(request))


@router.get("/scorecards/{community}", response_model=ScorecardOut, responses=documented(404, 422))
async def read_scorecard(
    request: Request,
    community: str,
    period: Annotated[PeriodQuery, Query(description=PERIOD_HELP)],
    caller: Anyone,
    db: Db,
    peers: PeersOf,
    group: GroupQuery = "all",
    format: FormatQuery = None,  # noqa: A002
) -> Response:
    """All indicators of a community at once, as benchmarks, and the index of each interface. An indicator that is
    observed more seldom than the period asked for is left out; one whose value the caller may not see has no place."""
    wanted = format_of(request, "json", "csv")
    asked = period_of_query(period, "period")
    assert asked is not None  # the parameter is required
    await facts.community_of_path(db, peers, community)
    question = Question(community, group, request.state.language)
    out = await operations.scorecard(db, community, asked, question, by=caller)
    shown = sum(sheet.community is not None for sheet in out.indicators)
    if shown:
        await note_reading(db, {community: shown}, "scorecards", by=caller, form=wanted)
    if wanted == "csv":
        content = csv_bytes(COLUMNS, [cells_of(sheet) for sheet in out.indicators])
        name = f"scorecard-{community}-{out.period}"
        return file_answer(request, content, format=wanted, name=name, caching=public_to(request))
    return answer(request, out, caching=public_to(request))


@router.get("/trends/{indicator}", response_model=TrendOut, responses=documented(404, 422))
async def read_trend(
    request: Request,
    indicator: str,
    caller: Anyone,
    db: Db,
    peers: PeersOf,
    community: CodeQuery | None = None,
    first: Annotated[PeriodQuery | None, Query(alias="from", description=f"Begins no earlier: {PERIOD_HELP}")] = None,
    last: Annotated[PeriodQuery | None, Query(alias="to", description=f"Ends no later: {PERIOD_HELP}")] = None,
    group: GroupQuery = "all",
) -> Response:
    """An indicator over time: a community's values and the peers' quartiles, with the direction (Theil-Sen slope) and
    how sure it is (Mann-Kendall) from six values on. At most 120 periods."""
    begins, ends = period_of_query(first, "from"), period_of_query(last, "to")
    must_be_in_order(begins, ends)
    question = await question_of(request, db, peers, community, group)
    row = await indicator_of_path(db, indicator)
    out = await operations.trend_of(db, row, begins, ends, question, by=caller)
    shown = sum(point.value is not None for point in out.points)
    if community is not None and shown:
        await note_reading(db, {community: shown}, "trends", by=caller)
    return answer(request, out, caching=public_to(request))


async def question_of(request: Request, db: Database, peers: Peers, community: str | None, group: str) -> Question:
    """Raises Invalid for a community that the Network does not have."""
    if community is not None and not await facts.known(db, peers, [community]):
        raise Invalid.at("/community", "is no community of the Network", "unknown")
    return Question(community, group, request.state.language)


def cells_of(out: BenchmarkOut) -> tuple[Any, ...]:
    """A benchmark as a row of COLUMNS."""
    q1, median, q3 = out.quartiles or (None, None, None)
    own, gap = out.community, out.community.gap if out.community else None
    return (
        out.indicator, out.version, out.unit, out.polarity, out.period, out.peer_group, out.n, q1, median, q3,
        out.two_digits, out.suppressed, own.code if own else None, own.value if own else None,
        own.rank if own else None, own.percentile_rank if own else None, gap.absolute if gap else None,
        gap.percent if gap else None, gap.boundary if gap else None, out.demo,
    )  # fmt: skip
