"""HTTP of what the coordinator makes of the answers, and of the secretariat's review."""

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from services.survey.addressing import Key, Zone
from services.survey.assessments.operations import tagged
from services.survey.review import operations
from services.survey.review.summary import Sort
from services.survey.schemas.answers import AgreedIn, AgreedOut, RespondentAnswer, SummaryOut
from services.survey.schemas.campaigns import AssessmentOut, ReturnIn
from shared.answers import answer
from shared.callers import Member, Secretariat
from shared.dependencies import Db
from shared.fields import Output
from shared.formats import csv_bytes, file_answer, format_of, xlsx_bytes
from shared.problems import documented
from shared.routing import house_router
from shared.tags import IfMatch

router = house_router("/api/v1/survey/campaigns/{year}/assessments/{community}", tags=["survey"])
COLUMNS = tuple(RespondentAnswer.model_fields)


class AnswersOut(Output):
    items: list[RespondentAnswer]
    next: None


@router.get("/summary", response_model=SummaryOut, responses=documented(401, 403, 404, 422))
async def read_summary(
    request: Request,
    key: Key,
    caller: Member,
    db: Db,
    sort: Annotated[Sort, Query(description="`model`, or `consensus`: the least agreed first.")] = "model",
) -> Response:
    """What respondents said, by measure, for the coordinator and the secretariat; comments carry the group only."""
    out, version = await operations.read_summary(db, key, sort, by=caller)
    return answer(request, out, version=version)


@router.get("/answers", response_model=AnswersOut, responses=documented(401, 403, 404, 422))
async def read_answers(
    request: Request,
    key: Key,
    caller: Member,
    db: Db,
    measure: Annotated[str | None, Query(max_length=40, description="Only this measure's.")] = None,
    format: Annotated[str | None, Query(description="json, csv or xlsx.")] = None,  # noqa: A002
) -> Response:
    """Every answer with whose it is, for the coordinator and the secretariat; all of them, in every format."""
    wanted = format_of(request, "json", "csv", "xlsx")
    items = await operations.read_answers(db, key, measure, by=caller)
    if wanted == "json":
        return answer(request, AnswersOut(items=items, next=None))
    rows = [[getattr(item, column) for column in COLUMNS] for item in items]
    content = csv_bytes(COLUMNS, rows) if wanted == "csv" else xlsx_bytes({key.community: (COLUMNS, rows)})
    return file_answer(request, content, format=wanted, name=f"answers-{key.year}-{key.community}")


@router.put(
    "/agreed/{measure}", response_model=AgreedOut,
    responses=documented(400, 401, 403, 404, 409, 412, 415, 422, 428),
)  # fmt: skip
async def agree_on_level(
    request: Request, key: Key, measure: str, wanted: AgreedIn, caller: Member, expected: IfMatch, db: Db, zone: Zone
) -> Response:
    """Record what the community agreed on for a measure, with the assessment's ETag in `If-Match`."""
    out = await operations.agree_on_level(
        db, key, measure, wanted, expected, zone, request.state.language, by=caller
    )  # fmt: skip
    return tagged(request, out)


@router.post("/submit", response_model=AssessmentOut, responses=documented(401, 403, 404, 409, 422))
async def submit_assessment(request: Request, key: Key, caller: Member, db: Db, zone: Zone) -> Response:
    """Hand the assessment to the secretariat. 422 names every measure that is missing, such as `/M1.1.a`."""
    return tagged(
        request,
        await operations.take_step(db, key, operations.SUBMIT, zone, request.state.language, by=caller),
    )


@router.post(
    "/return", response_model=AssessmentOut, responses=documented(400, 401, 403, 404, 409, 415, 422)
)  # fmt: skip
async def return_assessment(
    request: Request, key: Key, wanted: ReturnIn, caller: Secretariat, db: Db, zone: Zone
) -> Response:
    """Give it back with comments. What was published stays public until the corrected result replaces it."""
    return tagged(
        request,
        await operations.take_step(
            db, key, operations.RETURN, zone, request.state.language, by=caller, comments=wanted
        ),
    )  # fmt: skip


@router.post("/accept", response_model=AssessmentOut, responses=documented(401, 403, 404, 409))
async def accept_assessment(request: Request, key: Key, caller: Secretariat, db: Db, zone: Zone) -> Response:
    """Accept what was submitted; the community can then publish it."""
    return tagged(
        request, await operations.take_step(db, key, operations.ACCEPT, zone, request.state.language, by=caller)
    )


@router.post("/publish", response_model=AssessmentOut, responses=documented(401, 403, 404, 409))
async def publish_result(request: Request, key: Key, caller: Member, db: Db, zone: Zone) -> Response:
    """Open the community's accepted result to the public."""
    return tagged(
        request, await operations.take_step(db, key, operations.PUBLISH, zone, request.state.language, by=caller)
    )
