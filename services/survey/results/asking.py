"""What the routes of results read from a request, and how they answer with a table."""

from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import Field, StringConstraints
from starlette.responses import Response

from services.survey.results.files import Table
from shared.answers import public_to
from shared.fields import Year
from shared.formats import csv_bytes, file_answer, xlsx_bytes
from shared.problems import Invalid

FORMATS = ("json", "csv", "xlsx")
Format = Annotated[str | None, Query(alias="format", description="json, csv or xlsx.")]
JsonOrCsv = Annotated[str | None, Query(alias="format", description="json or csv.")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Revision = Annotated[int, Field(ge=1, le=2**31 - 1)]


async def edition_of(
    year: Annotated[Year | None, Query(description="Default: the newest with a result.")] = None,
    revision: Annotated[Revision | None, Query(description="An earlier edition of a year's published result.")] = None,
) -> tuple[int | None, int | None]:
    """The year and the revision. Raises Invalid for a revision of no year."""
    if revision is not None and year is None:
        raise Invalid.at("/year", "is needed with a revision", "missing")
    return year, revision


Edition = Annotated[tuple[int | None, int | None], Depends(edition_of)]


def answer_with_table(request: Request, form: str, name: str, table: Table) -> Response:
    """The table as CSV or XLSX."""
    header, rows = table
    content = csv_bytes(header, rows) if form == "csv" else xlsx_bytes({name: (header, rows)})
    return file_answer(request, content, format=form, name=name, caching=public_to(request))
