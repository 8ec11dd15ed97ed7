"""What is told of imports."""

from uuid import UUID

from services.indicators.words import ImportState
from shared.fields import Output, Time


class ImportPlaceOut(Output):
    """A community and period that a file changes, and how many of its values."""

    community: str
    period: str
    values: int


class ImportChangeOut(Output):
    """One of the changes of a file. `before` is null where there was no value."""

    row: int
    indicator: str
    community: str
    period: str
    before: float | None
    value: float


class ImportOut(Output):
    """A file of observations and what became of it.

    `rows` have something in them, the header aside; `rejected` counts the wrong rows; `accepted` those that were taken
    (with `preview` those that would be): `added` keys, `revised` ones, and `unchanged` ones, which change nothing.
    `skipped`: lines of a form that nobody filled in. `errors` and `warnings`: how many entries their files have or
    would have. `progress` from 0 to 1. `read_as`: what the file was taken for. `detail`: why nothing of it was applied.
    `places` are the first 200 communities and periods that it changes, `changes` the first 50 values."""

    id: UUID
    state: ImportState
    rows: int
    accepted: int
    rejected: int
    progress: float
    skipped: int
    added: int
    revised: int
    unchanged: int
    errors: int
    warnings: int
    detail: str | None
    file_name: str
    size: int
    read_as: str
    partial: bool
    preview: bool
    places: list[ImportPlaceOut]
    changes: list[ImportChangeOut]
    created_at: Time
    created_by: str
    finished_at: Time | None
    demo: bool
