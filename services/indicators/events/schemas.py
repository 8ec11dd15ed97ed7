"""What is said of files of events."""

from typing import Literal
from uuid import UUID

from services.indicators.events.kinds import Kind
from shared.fields import Output, Time


class EventColumnOut(Output):
    """A column that a file may have. `type`: `time` with its zone or by the port's clock, `number`, `flag` or one of
    `words`."""

    name: str
    type: Literal["time", "number", "flag", "word"]
    meaning: str
    required: bool
    words: list[str]


class EventKindOut(Output):
    """A kind of events: its columns, and the indicators they give."""

    kind: Kind
    columns: list[EventColumnOut]
    indicators: list[str]


class ComputedValueOut(Output):
    """An observation that came of events. `exact` is false where it was computed from sketches of several files, which
    are right within one per cent."""

    indicator: str
    community: str
    period: str
    value: float
    numerator: float | None
    denominator: float | None
    n: int
    exact: bool


class WaitingOut(Output):
    """An indicator of a longer period, and the months of it that are still to come."""

    indicator: str
    community: str
    period: str
    months: list[str]


class EventFileOut(Output):
    """How far a file of events is. `progress` goes from 0 to 1; `rejected` counts wrong rows, which are listed in
    `errors` (null when there are none). `detail`: why it failed. `lacking`: indicators for which the file has not the
    columns; `ignored`: columns that mean nothing here."""

    id: UUID
    kind: Kind
    state: Literal["queued", "running", "done", "failed"]
    file_name: str
    size: int
    community: str | None
    timezone: str | None
    partial: bool
    append: bool
    keep: bool
    rows: int
    accepted: int
    rejected: int
    progress: float
    detail: str | None
    errors: str | None
    observations: list[ComputedValueOut]
    waiting: list[WaitingOut]
    ignored: list[str]
    lacking: list[str]
    created_at: Time
    created_by: str
    finished_at: Time | None
    demo: bool


class EventFilesOut(Output):
    items: list[EventFileOut]
    next: str | None
    total: int
