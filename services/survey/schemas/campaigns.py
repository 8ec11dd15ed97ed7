"""Yearly campaigns and their assessments on the wire."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.survey.schemas.models import VersionName
from services.survey.words import AssessmentState, CampaignState
from shared.fields import Date, Input, Line, Output, Patch, Slug, Time, Year

Codes = Annotated[list[Slug], Field(min_length=1, max_length=500)]


class CampaignIn(Input):
    year: Year
    model_version: VersionName
    opens_on: Date
    closes_on: Date
    communities: Codes


class CampaignPatch(Patch):
    """`communities` names all of them; those that are in stay in."""

    model_version: VersionName | None = None
    opens_on: Date | None = None
    closes_on: Date | None = None
    communities: Codes | None = None


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
    """One community in one campaign. `etag` equals the header; `returned_comments` are the secretariat's latest and
    null for whoever is neither of the community nor of the secretariat."""

    year: int
    community: str
    name: str
    state: AssessmentState
    campaign_state: CampaignState
    model_version: str
    closes_on: date
    closes_at: Time
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
