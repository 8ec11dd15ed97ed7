"""What the registry sends and receives."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from services.registry.words import Kind, Phase, SizeClass, Stage
from shared.fields import Date, Email, Input, Latitude, Line, Longitude, Output, Patch, Prose, Slug, Time, WebAddress

CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Languages = Annotated[list[Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]], Field(max_length=20)]


class CountryOut(Output):
    code: str
    name: str
    names: dict[str, str]
    communities: int


class LocationIn(Input):
    lat: Latitude
    lon: Longitude


class LocationOut(Output):
    lat: float
    lon: float


class PortIn(Input):
    unlocode: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[A-Z2-9]{3}$")]
    name: Line
    lat: Latitude | None = None
    lon: Longitude | None = None
    role: Literal["primary", "secondary"] = "secondary"


class PortOut(Output):
    unlocode: str
    name: str
    lat: float | None
    lon: float | None
    role: str
    inferred: bool


class ContactIn(Input):
    name: Line
    post: Line | None = None
    email: Email | None = None
    phone: Annotated[str, StringConstraints(pattern=r"^\+?[0-9 ().-]{5,30}$")] | None = None


class ContactOut(Output):
    name: str
    post: str | None
    email: str | None
    phone: str | None


class CommunityIn(Input):
    code: Slug
    name: Line
    country: CountryCode
    kind: Kind
    phase: Phase | None = None
    ports: Annotated[list[PortIn], Field(max_length=50)] = []
    location: LocationIn | None = None
    stage: Stage = "candidate"
    website: WebAddress | None = None
    description: Prose | None = None
    contacts: Annotated[list[ContactIn], Field(max_length=50)] = []
    languages: Languages = []
    size_class: SizeClass | None = None


class CommunityPatch(Patch):
    name: Line | None = None
    country: CountryCode | None = None
    kind: Kind | None = None
    phase: Phase | None = None
    ports: Annotated[list[PortIn], Field(max_length=50)] | None = None
    location: LocationIn | None = None
    website: WebAddress | None = None
    description: Prose | None = None
    contacts: Annotated[list[ContactIn], Field(max_length=50)] | None = None
    languages: Languages | None = None
    size_class: SizeClass | None = None


class CommunityOut(Output):
    """A community's card. `contacts` is null for whoever may not see people's addresses."""

    code: str
    name: str
    names: dict[str, str]
    country: str
    kind: str
    ports: list[PortOut]
    location: LocationOut | None
    phase: str | None
    stage: str
    stage_since: date | None
    website: str | None
    description: str | None
    contacts: list[ContactOut] | None
    size_class: str | None
    languages: list[str]
    members_count: int
    demo: bool


class StageIn(Input):
    stage: Stage
    date: Date | None = None
    note: Prose | None = None
    reason: Prose | None = None


class StageOut(Output):
    id: UUID
    stage: str
    date: date | None
    note: str | None
    reason: str | None
    recorded_at: Time


class StagesOut(Output):
    items: list[StageOut]
    next: None


class CountriesOut(Output):
    items: list[CountryOut]
    next: None
    total: int


class CommunityFacts(Output):
    """What other services keep of a community. Sent to `PUT /internal/communities/{code}` of each when it changes."""

    code: str
    names: dict[str, str]
    country: str
    kind: str
    phase: str | None
    size_class: str | None
    active: bool
    demo: bool
