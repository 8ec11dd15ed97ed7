"""Yearly campaigns and their assessments on the wire."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field

from services.survey.schemas.models import VersionName
from services.survey.words import AssessmentState, CampaignState
from shared.fields import Date, Input, Line, Output, Patch, Slug, Time, Year

Codes = Annotated[list[Slug], Field(min_length=1, max_length=500)]


RemindDays = Annotated[
    list[Annotated[int, Field(ge=1, le=90)]],
    Field(max_length=10),
    AfterValidator(lambda days: sorted(set(days), reverse=True)),
]


class CampaignIn(Input):
    """`remind_days`: those who have not finished are written to so many days before `closes_on`."""

    year: Year
    model_version: VersionName
    opens_on: Date
    closes_on: Date
    communities: Codes
    remind_days: RemindDays = [14, 7, 2]  # noqa: RUF012 -- pydantic copies a default


class CampaignPatch(Patch):
    """`communities` names all of them; those that are in stay in."""

    model_version: VersionName | None = None
    opens_on: Date | None = None
    closes_on: Date | None = None
    communities: Codes | None = None
    remind_days: RemindDays | None = None


class CampaignOut(Output):
    """A campaign. `closes_at` is the end of `closes_on` in the Network's time zone."""

    year: int
    model_version: str
    opens_on: date
    closes_on: date
    closes_at: Time
    communities: list[str]
    state: CampaignState
    opened_at: Time | None
    closed_at: Time | None
    published_at: Time | None
    remind_days: list[int]
    demo: bool


class ProgressOut(Output):
    """Complete when `answered == applicable`: every measure that applies has an agreed level or one of a group."""

    answered: int
    applicable: int
    total: int


class GroupCount(Output):
    stakeholder_group: str
    respondents: int


class ReturnComment(Input):
    """What the secretariat asks to be corrected; without `measure` it is about the whole."""

    measure: Line | None = None
    text: Line


class ReturnIn(Input):
    """`comments` may be empty when some were written beforehand (`comments`) and not sent yet."""

    comments: Annotated[list[ReturnComment], Field(max_length=200)]


class ReturnCommentOut(Output):
    measure: str | None
    text: str


class AssessmentOut(Output):
    """One community in one campaign. `closes_on` is its last day to answer, a later one than the campaign's when the
    secretariat opened it again (`open_until`); `open`: whether it answers now. `etag` equals the header;
    `returned_comments` are the secretariat's latest and null for whoever is neither of the community nor of the
    secretariat."""

    year: int
    community: str
    name: str
    state: AssessmentState
    campaign_state: CampaignState
    model_version: str
    closes_on: date
    closes_at: Time
    open: bool
    open_until: date | None
    progress: ProgressOut
    respondents: int
    groups: list[GroupCount]
    submitted_at: Time | None
    returned_at: Time | None
    returned_comments: list[ReturnCommentOut] | None
    accepted_at: Time | None
    published_at: Time | None
    demo: bool
    etag: str


class ReopenIn(Input):
    """Open it again for one community, until the end of a day in the Network's time zone; `reason` is shown to it."""

    until: Date
    reason: Line


class RemindedOut(Output):
    """How many people are written to; nobody twice on a day."""

    reminded: int


class GroupProgress(Output):
    """People of a stakeholder group: who may answer, who said something, who said something about every measure.
    `invited` is null while accounts cannot be asked."""

    stakeholder_group: str
    invited: int | None
    started: int
    finished: int


class CommunityProgress(Output):
    community: str
    name: str
    state: AssessmentState
    open: bool
    progress: ProgressOut
    groups: list[GroupProgress]
    demo: bool


class CampaignProgressOut(Output):
    """A campaign by community, and by stakeholder group over all of them."""

    year: int
    communities: list[CommunityProgress]
    groups: list[GroupProgress]


class EventOut(Output):
    """Something that somebody did in an assessment."""

    id: UUID
    at: Time
    actor: str
    actor_name: str
    action: str
    details: dict[str, Any]


class DeskItem(Output):
    """An assessment that waits for the caller, in one of three capacities.

    `task` is `answer` (a respondent: `answered` of `total` measures, `first_unanswered` is where to go on),
    `coordinate` (its coordinator: respondents `started`, `finished` and `invited`, measures in `disagreement`,
    measures still `missing` before it can be submitted) or `review` (submitted, for the secretariat). What does not
    belong to the task is null; `invited` is also null while accounts cannot be asked.
    """

    task: str
    year: int
    community: str
    name: str
    state: AssessmentState
    campaign_state: CampaignState
    closes_on: date
    closes_at: Time
    days_left: int
    answered: int | None
    total: int | None
    first_unanswered: str | None
    started: int | None
    finished: int | None
    invited: int | None
    disagreement: list[str] | None
    missing: list[str] | None
    submitted_at: Time | None
    demo: bool


class DeskOut(Output):
    items: list[DeskItem]
