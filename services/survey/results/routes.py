"""HTTP of scores and results."""

from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from services.survey.addressing import Key
from services.survey.history.years import table_of_history, table_of_imported
from services.survey.results import operations, queries
from services.survey.results.asking import FORMATS, Country, Edition, Format, Text, answer_with_table
from services.survey.results.basis import read_result_basis
from services.survey.results.files import table_of_network, table_of_result, table_of_results
from services.survey.results.network import read_network
from services.survey.results.snapshots import result_of_snapshot
from services.survey.results.workbook import workbook_of
from services.survey.schemas.results import BasisOut, EditionsOut, GapsOut, HistoryOut, NetworkOut, ResultOut
from services.survey.tables import Snapshot
from services.survey.words import GroupBy
from shared.answers import answer, public_to
from shared.callers import Anyone, Member
from shared.dependencies import Db
from shared.fields import Counted, Year
from shared.formats import file_answer, format_of
from shared.paging import Part, count_of
from shared.problems import Invalid, documented
from shared.routing import house_router

router = house_router("/api/v1/survey", tags=["survey"])


@router.get("/results", response_model=Counted[ResultOut], responses=documented(422))
async def list_results(
    request: Request,
    caller: Anyone,
    db: Db,
    part: Part,
    year: Annotated[Year | None, Query(description="Only this year's; otherwise all, the newest first.")] = None,
    pillar: Annotated[Text | None, Query(description="Tell this pillar only, beside the overall score.")] = None,
    country: Annotated[Country | None, Query(description="ISO 3166-1 alpha-2.")] = None,
    phase: Annotated[Text | None, Query(description="The phase in which communities joined.")] = None,
    format: Format = None,  # noqa: A002 -- the API's own word
) -> Response:
    """Published results; for a community's members also the own submitted or accepted one, for the secretariat all.

    As CSV or XLSX it is the whole selection, never a part of it.
    """
    wanted = format_of(request, *FORMATS)
    language = request.state.language
    statement: Any = queries.results(caller, year=year, country=country, phase=phase)
    async with db.reading(snapshot=True) as reading:
        if wanted == "json":
            total = await count_of(reading, statement)
            keys = [Snapshot.year, Snapshot.community_code]
            found = (await reading.execute(part.apply(statement, keys, descending=True))).all()
            shown, following = part.cut(found, lambda row: (row[0].year, row[0].community_code))
            rows: list[queries.Found] = [(row[0], row[1], row[2]) for row in shown]
        else:
            rows, following, total = list(await queries.all_of(reading, statement)), None, 0
    if pillar is not None and rows and pillar not in operations.known_pillars(rows):
        raise Invalid.at("/pillar", f"must be one of {', '.join(sorted(operations.known_pillars(rows)))}")
    items = [result_of_snapshot(*row, language, keep_pillar=pillar) for row in rows]
    if wanted == "json":
        return answer(request, Counted(items=items, next=following, total=total), caching=public_to(request))
    return answer_with_table(request, wanted, f"results-{year}" if year else "results", table_of_results(items))


@router.get("/results/network", response_model=NetworkOut, responses=documented(404, 422))
async def read_network_results(
    request: Request,
    caller: Anyone,
    db: Db,
    year: Annotated[Year | None, Query(description="Default: the newest with a published result.")] = None,
    group_by: Annotated[GroupBy | None, Query(description="Also tell the groups by this attribute.")] = None,
    format: Format = None,  # noqa: A002 -- the API's own word
) -> Response:
    """Published results of a year together: number, mean and quartiles of the overall score and of each pillar.

    Figures of fewer than five communities are withheld, and those from which such a figure could be worked out.
    """
    wanted = format_of(request, *FORMATS)
    out = await read_network(db, year, group_by)
    if wanted == "json":
        return answer(request, out, caching=public_to(request))
    return answer_with_table(request, wanted, f"network-{out.year}", table_of_network(out))


@router.get("/results/{community}", response_model=ResultOut, responses=documented(404, 422))
async def read_result(
    request: Request,
    community: str,
    caller: Anyone,
    db: Db,
    edition: Edition,
    format: Format = None,  # noqa: A002 -- the API's own word
) -> Response:
    """A community's result of a year, down to its measures: enough to compute every score again.

    The CSV has the weights, too; the XLSX has every score as a formula over the answers.
    """
    wanted = format_of(request, *FORMATS)
    language = request.state.language
    found = await operations.read_result(db, community, *edition, language, by=caller)
    if wanted == "json":
        return answer(request, found, caching=public_to(request))
    if found.imported is not None:
        return answer_with_table(request, wanted, f"result-{community}-{found.year}", table_of_imported(found))
    basis = await read_result_basis(db, community, *edition, language, by=caller)
    name = f"result-{community}-{basis.year}"
    if wanted == "csv":
        return answer_with_table(request, wanted, name, table_of_result(basis))
    return file_answer(
        request, workbook_of(basis, language), format="xlsx", name=name, caching=public_to(request)
    )  # fmt: skip


@router.get("/results/{community}/history", response_model=HistoryOut, responses=documented(404, 422))
async def read_history(
    request: Request,
    community: str,
    caller: Anyone,
    db: Db,
    format: Format = None,  # noqa: A002 -- the API's own word
) -> Response:
    """A community's results by year, oldest first, those of files included.

    `change` splits what changed since the year before into a real change and one of method.
    """
    wanted = format_of(request, *FORMATS)
    out = await operations.read_history(db, community, request.state.language, by=caller)
    if wanted == "json":
        return answer(request, out, caching=public_to(request))
    return answer_with_table(request, wanted, f"results-{community}", table_of_history(out.items))


@router.get("/results/{community}/editions", response_model=EditionsOut, responses=documented(404, 422))
async def read_editions(
    request: Request,
    community: str,
    caller: Anyone,
    db: Db,
    year: Annotated[Year | None, Query(description="Only this year's.")] = None,
) -> Response:
    """What was published of a community: each correction is an edition, read with `?year=…&revision=…`."""
    out = await operations.read_editions(db, community, year)
    return answer(request, out, caching=public_to(request))


@router.get(
    "/campaigns/{year}/assessments/{community}/score", response_model=ResultOut, responses=documented(401, 404)
)  # fmt: skip
async def read_score(request: Request, key: Key, caller: Member, db: Db) -> Response:
    """The score as it stands now for the community's members and the secretariat; for others the published one."""
    return answer(request, await operations.read_score(db, key, request.state.language, by=caller))


@router.get(
    "/campaigns/{year}/assessments/{community}/score/basis", response_model=BasisOut,
    responses=documented(401, 403, 404),
)  # fmt: skip
async def read_basis(request: Request, key: Key, caller: Member, db: Db) -> Response:
    """What enters the score, without names, for the coordinator and the secretariat: anybody can check the hash."""
    return answer(request, await operations.read_basis(db, key, by=caller))


@router.get(
    "/campaigns/{year}/assessments/{community}/gaps", response_model=GapsOut, responses=documented(401, 404, 422)
)  # fmt: skip
async def read_gaps(
    request: Request,
    key: Key,
    caller: Member,
    db: Db,
    target: Annotated[int, Query(ge=0, le=100, description="The level to reach.")] = 3,
) -> Response:
    """Measures below a target level, the most pressing (weight times gap) first; for the community's members."""
    return answer(request, await operations.read_gaps(db, key, target, request.state.language, by=caller))
