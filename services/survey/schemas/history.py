"""Earlier results that came from files, on the wire."""

from typing import Annotated

from pydantic import Field, StringConstraints

from services.survey.schemas.models import VersionName
from shared.fields import Input, Line, Output, Prose, Time

FileName = Annotated[str, StringConstraints(max_length=200)]


class HistoryImportIn(Input):
    """What is said of a file: where its figures come from, which version they speak of, whether they are public."""

    model_version: VersionName
    source: Line
    note: Annotated[Prose, Field(max_length=2000)] | None = None
    public: bool = False
    file_name: FileName = ""


class HistoryTrouble(Output):
    """A row (the header is row 1) and a column of the file, and what is wrong or odd there, in words and as a stable
    code."""

    row: int
    column: str
    value: str
    reason: str
    code: str


class ImportedYear(Output):
    """A community's result of a year as the file tells it."""

    community: str
    name: str
    year: int
    overall: float | None
    level: int | None
    points: int
    points_in_all: int
    measures: int
    rows: int


class HistoryPreviewOut(Output):
    """What a file would bring. It is applied wholly or, with any of `errors` (`error_count` in all), not at all."""

    stored: bool
    model_version: str
    source: str
    note: str | None
    public: bool
    file_name: str
    file_sha256: str
    encoding: str
    rows: int
    results: list[ImportedYear]
    errors: list[HistoryTrouble]
    error_count: int
    warnings: list[HistoryTrouble]


class HistoryImportOut(Output):
    """A file that was brought in."""

    id: str
    model_version: str
    source: str
    note: str | None
    public: bool
    file_name: str
    file_sha256: str
    rows: int
    communities: list[str]
    years: list[int]
    results: int
    imported_by: str
    imported_at: Time
    demo: bool
