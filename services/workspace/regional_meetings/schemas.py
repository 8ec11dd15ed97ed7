"""What goes over the wire about regional meetings."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from services.workspace.events.schemas import Place, Title, Zone
from services.workspace.schemas import Hour
from shared.fields import Counted, Date, Email, Id, Input, Line, Output, Patch, Prose, Slug, Time

RegistrationState = Literal["confirmed", "waiting"]
Capacity = Annotated[int, Field(ge=1, le=100_000)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2."""


class SpeakerIn(Input):
    """Somebody who speaks. Sessions name them by `key`."""

    key: Slug
    name: Line
    post: Line | None = None
    organization: Line | None = None
    bio: Prose | None = None


class SessionIn(Input):
    """A part of the programme, at times on the wall of the meeting's place. A new one gets a `key` when it has none."""

    key: Slug | None = None
    day: Date
    begins: Hour
    ends: Hour
    title: Title
    room: Line | None = None
    speakers: Annotated[list[Slug], Field(max_length=20)] = Field(default_factory=list)


class ResultIn(Input):
    """What a committee brought out of the meeting: documents that are published, and decisions of its register, which
    the meeting's page makes public."""

    committee: Slug
    documents: Annotated[list[Id], Field(max_length=50)] = Field(default_factory=list)
    decisions: Annotated[list[Id], Field(max_length=50)] = Field(default_factory=list)


Sessions = Annotated[list[SessionIn], Field(max_length=200)]
Speakers = Annotated[list[SpeakerIn], Field(max_length=200)]
Papers = Annotated[list[Id], Field(max_length=200)]
Results = Annotated[list[ResultIn], Field(max_length=50)]


class RegionalMeetingIn(Input):
    """A meeting of the whole Network. Title and description are in the request's language. It is a draft, which only
    the secretariat sees, until it is `published`. Without `capacity` everybody has a place; registration is open while
    the meeting is published, until the end of `registration_until` or of the day before it begins."""

    slug: Slug
    title: Title
    description: Prose | None = None
    starts_on: Date
    ends_on: Date
    timezone: Zone
    place: Line
    venue: Place | None = None
    sessions: Sessions = Field(default_factory=list)
    speakers: Speakers = Field(default_factory=list)
    papers: Papers = Field(default_factory=list)
    results: Results = Field(default_factory=list)
    capacity: Capacity | None = None
    registration_until: Date | None = None
    activity: Id | None = None
    published: bool = False


class RegionalMeetingPatch(Patch):
    """Lists are replaced as a whole; more places are given to those who wait, in their order."""

    title: Title | None = None
    description: Prose | None = None
    starts_on: Date | None = None
    ends_on: Date | None = None
    timezone: Zone | None = None
    place: Line | None = None
    venue: Place | None = None
    sessions: Sessions | None = None
    speakers: Speakers | None = None
    papers: Papers | None = None
    results: Results | None = None
    capacity: Capacity | None = None
    registration_until: Date | None = None
    activity: Id | None = None
    published: bool | None = None


class SpeakerOut(Output):
    key: str
    name: str
    post: str | None
    organization: str | None
    bio: str | None


class SessionOut(Output):
    """`begins` and `ends` are what clocks show there, `starts_at` and `ends_at` the same moments for everybody."""

    key: str
    day: date
    begins: str
    ends: str
    starts_at: Time
    ends_at: Time
    title: str
    room: str | None
    speakers: list[str]


class PaperOut(Output):
    """A published document."""

    id: UUID
    title: str
    committee: str


class DecisionNamed(Output):
    id: UUID
    number: str
    title: str
    text_html: str
    decided_on: date


class ResultOut(Output):
    committee: str
    committee_name: str
    documents: list[PaperOut]
    decisions: list[DecisionNamed]


class RegistrationOpenOut(Output):
    """Whether one can register now, until the end of which day, and how many places are left of how many (null:
    without limit). When none is left, whoever registers waits for one."""

    open: bool
    until: date
    capacity: int | None
    places_left: int | None


class RegionalMeetingSummary(Output):
    slug: str
    title: str
    starts_on: date
    ends_on: date
    place: str
    published: bool
    over: bool
    activity: UUID | None
    demo: bool


class RegionalMeetingOut(Output):
    slug: str
    title: str
    titles: dict[str, str]
    description: str | None
    description_html: str
    starts_on: date
    ends_on: date
    timezone: str
    place: str
    venue: str | None
    sessions: list[SessionOut]
    speakers: list[SpeakerOut]
    papers: list[PaperOut]
    results: list[ResultOut]
    registration: RegistrationOpenOut
    activity: UUID | None
    published: bool
    over: bool
    may_edit: bool
    demo: bool


class RegistrationIn(Input):
    """Who comes. `consent` to keeping these data for the meeting must be true; they are shown to the secretariat only
    and forgotten when one cancels, or 90 days after the meeting."""

    name: Title
    email: Email
    organization: Title
    country: Country
    role: Title | None = None
    consent: bool


class ReceivedOut(Output):
    """What a registration comes to as things stand: a place or a place on the waiting list. The mail that follows says
    how it is; an address that had registered before is told there and not here."""

    meeting: str
    state: RegistrationState


class OwnRegistrationOut(Output):
    """A registration for whoever has the link of its mail."""

    meeting: str
    title: str
    starts_on: date
    ends_on: date
    place: str
    name: str
    state: RegistrationState
    over: bool
    demo: bool


class RegistrationOut(Output):
    """A registration as the secretariat sees it."""

    id: UUID
    meeting: str
    name: str
    email: str
    organization: str
    country: str
    role: str | None
    state: RegistrationState
    registered_at: Time
    demo: bool


RegionalMeetings = Counted[RegionalMeetingSummary]
Registrations = Counted[RegistrationOut]
