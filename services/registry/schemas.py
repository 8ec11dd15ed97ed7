"""What the registry sends and receives."""

import re
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.registry.words import (
    ActivityKind,
    AgreementKind,
    Kind,
    OrganizationKind,
    Phase,
    SizeClass,
    Stage,
    StakeholderGroup,
)  # fmt: skip
from shared.fields import (
    Count,
    Date,
    Email,
    Id,
    Input,
    Latitude,
    Line,
    Longitude,
    Output,
    Patch,
    Prose,
    Slug,
    Time,
    WebAddress,
)  # fmt: skip


def _of_our_time(value: date) -> date:
    if not 1900 <= value.year <= 2100:
        raise PydanticCustomError("date", "must be between 1900 and 2100")
    return value


def _document(value: str) -> str:
    """A document of the workspace by its id, or a web address."""
    if not UUID_OR_ADDRESS.fullmatch(value) or len(value) > 500:
        raise PydanticCustomError("document", "must be the id of a document or a web address")
    return value


UUID_OR_ADDRESS = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|https?://[^\s/?#@\\]+\.[^\s@\\]+", re.IGNORECASE | re.ASCII
)
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Day = Annotated[Date, AfterValidator(_of_our_time)]
DocumentRef = Annotated[str, AfterValidator(_document)]
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
    ports: Annotated[list[PortIn], Field(max_length=50)] = Field(default_factory=list)
    location: LocationIn | None = None
    stage: Stage = "candidate"
    website: WebAddress | None = None
    description: Prose | None = None
    contacts: Annotated[list[ContactIn], Field(max_length=50)] = Field(default_factory=list)
    languages: Languages = Field(default_factory=list)
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
    date: Day | None = None
    note: Prose | None = None
    reason: Prose | None = None


class StageOut(Output):
    id: UUID
    stage: str
    date: date | None
    note: str | None
    reason: str | None
    recorded_at: Time


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


class StakeholderTypeOut(Output):
    """A kind of organisation, and the group in which it has one voice in the survey."""

    code: OrganizationKind
    name: str
    names: dict[str, str]
    stakeholder_group: StakeholderGroup


class OrganizationIn(Input):
    name: Line
    country: CountryCode
    kind: OrganizationKind
    website: WebAddress | None = None


class OrganizationPatch(Patch):
    name: Line | None = None
    country: CountryCode | None = None
    kind: OrganizationKind | None = None
    website: WebAddress | None = None


class OrganizationOut(Output):
    """An organisation; its `stakeholder_group` follows from its `kind`."""

    id: UUID
    name: str
    country: str
    kind: str
    stakeholder_group: str
    website: str | None
    demo: bool


class MemberIn(Input):
    """An organisation's membership, or somebody's post in it; both days are included, none is open."""

    organization: Id
    person: Line | None = None
    email: Email | None = None
    post: Line | None = None
    from_: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None
    focal_point: bool = False


class MemberPatch(Patch):
    organization: Id | None = None
    person: Line | None = None
    email: Email | None = None
    post: Line | None = None
    from_: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None
    focal_point: bool | None = None


class MemberOut(Output):
    """A membership. `person` and `email` are null for whoever may not see people."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True, validate_by_name=True, validate_by_alias=True)

    id: UUID
    community: str
    organization: UUID
    organization_name: str
    kind: str
    stakeholder_group: str
    person: str | None
    email: str | None
    post: str | None
    from_: Annotated[date | None, Field(alias="from")]
    to: date | None
    focal_point: bool
    demo: bool


class ActivityIn(Input):
    """Technical cooperation. Without a community it is the Network's; without a title it is called by its kind."""

    kind: ActivityKind
    community: Slug | None = None
    title: Line | None = None
    starts_on: Day
    ends_on: Day | None = None
    place: Line | None = None
    participants: Count | None = None
    funding_source: Line | None = None
    outcome: Prose | None = None
    documents: Annotated[list[DocumentRef], Field(max_length=100)] = Field(default_factory=list)


class ActivityPatch(Patch):
    kind: ActivityKind | None = None
    community: Slug | None = None
    title: Line | None = None
    starts_on: Day | None = None
    ends_on: Day | None = None
    place: Line | None = None
    participants: Count | None = None
    funding_source: Line | None = None
    outcome: Prose | None = None
    documents: Annotated[list[DocumentRef], Field(max_length=100)] | None = None


class ActivityOut(Output):
    id: UUID
    kind: str
    community: str | None
    title: str
    titles: dict[str, str]
    starts_on: date
    ends_on: date | None
    place: str | None
    participants: int | None
    funding_source: str | None
    outcome: str | None
    documents: list[str]
    demo: bool


class AgreementIn(Input):
    """An agreement that ends on `expires_on`, or `duration_months` after `opened_on`, or never."""

    title: Line
    kind: AgreementKind = "memorandum_of_understanding"
    opened_on: Day
    expires_on: Day | None = None
    duration_months: Annotated[int, Field(ge=1, le=600)] | None = None
    document: DocumentRef | None = None


class AgreementPatch(Patch):
    title: Line | None = None
    kind: AgreementKind | None = None
    opened_on: Day | None = None
    expires_on: Day | None = None
    duration_months: Annotated[int, Field(ge=1, le=600)] | None = None
    document: DocumentRef | None = None


class AgreementOut(Output):
    """An agreement. `expires_on` is its last day, given or following from `duration_months`."""

    id: UUID
    kind: str
    title: str
    titles: dict[str, str]
    opened_on: date
    expires_on: date | None
    duration_months: int | None
    in_force: bool
    document: str | None
    signatures_count: int
    demo: bool


class SignatureIn(Input):
    """Who signed, when, and for whom: a community, an organisation, or an organisation for a community."""

    signatory: Line
    post: Line | None = None
    community: Slug | None = None
    organization: Id | None = None
    signed_on: Day


class SignaturePatch(Patch):
    signatory: Line | None = None
    post: Line | None = None
    community: Slug | None = None
    organization: Id | None = None
    signed_on: Day | None = None


class SignatureOut(Output):
    """A signature. `signatory` is null for whoever is not of the Network."""

    id: UUID
    agreement: UUID
    signatory: str | None
    post: str | None
    community: str | None
    organization: UUID | None
    organization_name: str | None
    signed_on: date
    demo: bool
