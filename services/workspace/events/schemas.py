"""What goes over the wire about meetings."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.workspace.events.zones import zone_named
from services.workspace.schemas import ActorOut, Assignees
from shared.fields import Date, Id, Input, Line, Output, Patch, Prose, Time, WebAddress

Answer = Literal["yes", "no", "maybe"]
DecisionState = Literal["in_force", "superseded", "withdrawn"]


def _zone(value: str) -> str:
    if zone_named(value) is None:
        raise PydanticCustomError("zone", "must be the name of a time zone, such as America/Guayaquil")
    return value


def _one_line(value: str) -> str:
    return " ".join(value.split())


Zone = Annotated[str, StringConstraints(max_length=60), AfterValidator(_zone)]
"""The name of a time zone of the IANA data."""
Title = Annotated[Line, AfterValidator(_one_line)]
"""One line: line feeds inside become spaces."""
Place = Annotated[str, StringConstraints(max_length=500)]
Rule = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class AgendaItem(Input):
    title: Title
    minutes: Annotated[int, Field(ge=0, le=1440)] = 0


Agenda = Annotated[list[AgendaItem], Field(max_length=50)]


class EventIn(Input):
    """`rrule` (RFC 5545, such as `FREQ=WEEKLY;BYDAY=TU;UNTIL=20261231`) is read in the event's time zone: a meeting
    keeps its time on the wall. A date in UNTIL is included."""

    title: Title
    description: Prose | None = None
    starts_at: Time
    ends_at: Time
    timezone: Zone
    rrule: Rule | None = None
    place: Place | None = None
    link: WebAddress | None = None
    agenda: Agenda = Field(default_factory=list)
    public: bool = False


class EventPatch(Patch):
    """`null` clears rule, place, link, description and agenda. With `?occurrence=` only `starts_at`, `ends_at`,
    `title`, `place`, `link` and `cancelled`: there, `null` means "as the series says"."""

    title: Title | None = None
    description: Prose | None = None
    starts_at: Time | None = None
    ends_at: Time | None = None
    timezone: Zone | None = None
    rrule: Rule | None = None
    place: Place | None = None
    link: WebAddress | None = None
    agenda: Agenda | None = None
    public: bool | None = None
    cancelled: bool | None = None


class AgendaItemOut(Output):
    title: str
    minutes: int


class AttendanceOut(Output):
    user_id: UUID
    name: str
    answer: Answer


class AttendanceCount(Output):
    yes: int
    no: int
    maybe: int


class OccurrenceOut(Output):
    """One meeting. `occurrence` names it in addresses: when the series puts it, even if it was moved."""

    event: UUID
    committee: str
    committee_name: str
    occurrence: Time
    title: str
    starts_at: Time
    ends_at: Time
    timezone: str
    place: str | None
    link: str | None
    public: bool
    recurs: bool
    moved: bool
    cancelled: bool
    your_answer: Answer | None
    demo: bool


class EventOut(Output):
    """A meeting and its occurrences in the window asked for (without one: from a month ago to a year ahead, 100 at the
    most). `attendance` is who answered for the whole, null for whoever is not of the committee."""

    id: UUID
    committee: str
    title: str
    description: str | None
    description_html: str
    starts_at: Time
    ends_at: Time
    timezone: str
    rrule: str | None
    place: str | None
    link: str | None
    agenda: list[AgendaItemOut]
    public: bool
    cancelled: bool
    occurrences: list[OccurrenceOut]
    next_occurrence: OccurrenceOut | None
    attendance: list[AttendanceOut] | None
    answers: AttendanceCount | None
    your_answer: Answer | None
    created_by: ActorOut | None
    created_at: Time
    updated_at: Time
    may_edit: bool
    may_answer: bool
    demo: bool


class CalendarOut(Output):
    """Single meetings in the order of time."""

    items: list[OccurrenceOut]


class AttendanceIn(Input):
    answer: Answer


class TokenOut(Output):
    """The token is shown this once. `address` is where a calendar program subscribes."""

    token: str
    address: str


class MinutesIn(Input):
    """`present` are the names of who was there, as they should be read later."""

    text: Prose
    present: Annotated[list[Line], Field(max_length=200)] = Field(default_factory=list)


class ApprovalIn(Input):
    """At which later meeting of the committee the minutes were approved."""

    event: Id
    occurrence: Time | None = None


class MinutesOut(Output):
    """`sha256`, once approved: of the JSON `{"event", "occurrence", "present", "text"}`, keys sorted, no spaces."""

    event: UUID
    occurrence: Time
    text: str
    text_html: str
    present: list[str]
    state: Literal["draft", "approved"]
    written_by: str
    updated_at: Time
    approved_at: Time | None
    approved_by: str | None
    approved_in: UUID | None
    approved_in_occurrence: Time | None
    sha256: str | None
    may_edit: bool
    may_approve: bool
    demo: bool


class DecisionIn(Input):
    title: Title
    text: Prose | None = None
    decided_on: Date
    event: Id | None = None
    supersedes: Id | None = None


class DecisionPatch(Patch):
    title: Title | None = None
    text: Prose | None = None
    state: Literal["in_force", "withdrawn"] | None = None


class DecisionOut(Output):
    """`number` is unique in the committee: the year and a running number."""

    id: UUID
    committee: str
    number: str
    title: str
    text: str | None
    text_html: str
    decided_on: date
    event: UUID | None
    state: DecisionState
    superseded_by: UUID | None
    recorded_by: str
    created_at: Time
    may_edit: bool
    demo: bool


class MeetingTaskIn(Input):
    """A task that came out of a meeting."""

    title: Title
    assignees: Assignees = Field(default_factory=list)
    due_on: Date | None = None
