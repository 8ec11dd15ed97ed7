"""HTTP of observations."""

from collections import Counter
from typing import Annotated

from fastapi import Body, Query, Request
from starlette.responses import Response

from services.indicators import facts
from services.indicators.exports.files import file_of_observations
from services.indicators.observations import operations, queries
from services.indicators.parameters import (
    PERIOD_HELP,
    AsOf,
    CodeQuery,
    PeriodQuery,
    indicator_of_query,
    must_be_in_order,
    period_of_path,
    period_of_query,
)  # fmt: skip
from services.indicators.readings import note_reading
from services.indicators.schemas import MOST_ROWS, AcceptedOut, ObservationIn, ObservationsOut, RevisionOut
from services.indicators.tables import Revision
from shared.answers import answer, public_to
from shared.callers import Anyone, Member
from shared.dependencies import Db, PeersOf
from shared.fields import Page
from shared.formats import format_of
from shared.paging import Part, count_of
from shared.problems import Invalid, NotFound, documented
from shared.routing import house_router

router = house_router("/api/v1/indicators", tags=["indicators"])
FORMATS = ("json", "csv", "xlsx", "parquet", "sdmx-csv", "sdmx-json")
MOST_COUNTED = 10_000
KEYS = (Revision.indicator_code, Revision.community_code, Revision.period)
Rows = Annotated[list[ObservationIn], Body(min_length=1, max_length=MOST_ROWS)]


@router.post(
    "/observations", status_code=201, response_model=AcceptedOut,
    responses=documented(400, 401, 403, 409, 413, 415, 422, 503),
)  # fmt: skip
async def record_observations(request: Request, rows: Rows, caller: Member, db: Db, peers: PeersOf) -> Response:
    """Record up to 10,000 values, all or none. A second value for a key is a new revision; the same value changes
    nothing. Errors name the row from 0 and the field, such as `/12/value`."""
    return answer(request, await operations.record_observations(db, peers, rows, by=caller), status=201)


@router.get("/observations", response_model=ObservationsOut, responses=documented(422))
async def list_observations(
    request: Request,
    caller: Anyone,
    db: Db,
    peers: PeersOf,
    part: Part,
    indicator: CodeQuery | None = None,
    community: CodeQuery | None = None,
    first: Annotated[PeriodQuery | None, Query(alias="from", description=f"Begins no earlier: {PERIOD_HELP}")] = None,
    last: Annotated[PeriodQuery | None, Query(alias="to", description=f"Ends no later: {PERIOD_HELP}")] = None,
    as_of: AsOf = None,
    format: Annotated[str | None, Query(description=f"{', '.join(FORMATS)}.")] = None,  # noqa: A002
) -> Response:
    """The values that the caller may see: drafts of the own community too, of others what is approved and shown.
    In every other format than JSON it is a file with the whole selection, sent while it is made; of an unchanged
    selection the tag stays the same."""
    wanted = format_of(request, *FORMATS)
    begins, ends = period_of_query(first, "from"), period_of_query(last, "to")
    must_be_in_order(begins, ends)
    if community is not None and not await facts.known(db, peers, [community]):
        raise Invalid.at("/community", "is no community of the Network", "unknown")
    async with db.reading() as reading:
        await indicator_of_query(reading, indicator)
    statement = queries.observations(
        caller, indicator=indicator, community=community, first=begins, last=ends, as_of=as_of
    )
    if wanted != "json":
        return await file_of_observations(request, db, queries.as_cells(statement, as_of), wanted, by=caller)
    async with db.reading(snapshot=True) as reading:
        counted = await count_of(reading, statement.limit(MOST_COUNTED + 1))
        found = (await reading.execute(part.apply(statement, list(KEYS)))).all()
    rows, following = part.cut(
        found, lambda row: (row.Revision.indicator_code, row.Revision.community_code, row.Revision.period)
    )
    items = [operations.observation_out(row.Revision, row.status) for row in rows]
    await note_reading(db, Counter(item.community for item in items), "observations", by=caller)
    total = counted if counted <= MOST_COUNTED else None
    out = ObservationsOut(items=items, next=following, total=total)
    return answer(request, out, caching=public_to(request))


@router.get(
    "/observations/{indicator}/{community}/{period}/revisions", response_model=Page[RevisionOut],
    responses=documented(404, 422),
)  # fmt: skip
async def list_revisions(
    request: Request,
    indicator: str,
    community: str,
    period: str,
    caller: Anyone,
    db: Db,
    part: Part,
    as_of: AsOf = None,
) -> Response:
    """Every revision of one value, oldest first; the approved ones for whoever is not of the community."""
    period_of_path(period)
    revisions = await operations.revisions_of(db, indicator, community, period, as_of, by=caller)
    if not revisions:
        raise NotFound("This observation")
    after = part.after[0] if part.after else 0
    shown, following = part.cut([row for row in revisions if row.revision > after], lambda row: (row.revision,))
    await note_reading(db, {community: len(shown)}, "revisions", by=caller)
    out: Page[RevisionOut] = Page(items=shown, next=following)
    return answer(request, out, caching=public_to(request))
