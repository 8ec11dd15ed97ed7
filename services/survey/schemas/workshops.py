"""Workshops on the wire: the coordinator's side, the room's, and what an agreement rested on."""

import unicodedata
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.survey.words import Flag, StakeholderGroup
from shared.fields import Input, Output, Patch, Time

Level = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
MeasureCode = Annotated[str, StringConstraints(min_length=1, max_length=40)]


def _readable(value: str) -> str:
    """A stranger's name as everybody in the room reads it: nothing invisible, nothing that turns other text around."""
    if any(unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp", "Co", "Cn") for one in value):
        raise PydanticCustomError("name", "must have no invisible characters")
    if not any(one.isalnum() for one in value):
        raise PydanticCustomError("name", "must have a letter")
    return value


PersonName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80), AfterValidator(_readable)
]
WorkshopState = Literal["open", "expired", "ended"]


class GroupVotes(Output):
    """One stakeholder group's votes; `median` is of its levels."""

    stakeholder_group: str
    votes: int
    levels: dict[str, int]
    not_applicable: int
    unknown: int
    median: float | None


class VotesOut(Output):
    """Votes on one measure. `mean` and `consensus` are over the levels given, by the same rules as respondents'."""

    total: int
    levels: dict[str, int]
    not_applicable: int
    unknown: int
    mean: float | None
    consensus: float | None
    groups: list[GroupVotes]


class PresentIn(Input):
    """Somebody who was there; without a group when it is not known."""

    name: PersonName
    stakeholder_group: StakeholderGroup | None = None


class PresentOut(Output):
    name: str
    stakeholder_group: str | None


class WorkshopIn(Input):
    """`hours`: how long the code is good for."""

    hours: Annotated[int, Field(ge=1, le=72)] = 10


class WorkshopPatch(Patch):
    """`measure` is what the room looks at (null: nothing); a new one takes votes at once unless told otherwise."""

    measure: MeasureCode | None = None
    taking_votes: bool | None = None


class ParticipantOut(Output):
    id: UUID
    name: str
    stakeholder_group: str
    joined_at: Time


class WorkshopOut(Output):
    """A workshop for its coordinator. `code` and `join_url` are null when nobody can join any more."""

    id: UUID
    year: int
    community: str
    state: WorkshopState
    code: str | None
    join_url: str | None
    opened_at: Time
    opened_by_name: str
    expires_at: Time
    ended_at: Time | None
    measure: str | None
    taking_votes: bool
    participants: list[ParticipantOut]
    version: int
    demo: bool


class WorkshopsOut(Output):
    items: list[WorkshopOut]
    next: None


class LiveOut(Output):
    """The room now: what is looked at, how many are there and how many of them voted on it."""

    workshop: UUID
    version: int
    state: WorkshopState
    measure: str | None
    taking_votes: bool
    participants: int
    votes: VotesOut | None


class JoinIn(Input):
    name: PersonName
    stakeholder_group: StakeholderGroup


class JoinedOut(Output):
    """`token` is shown this once; it goes into the header `Workshop-Token` of every vote from this device."""

    participant: UUID
    name: str
    stakeholder_group: str
    token: str
    demo: bool


class VoteIn(Input):
    """Exactly one of `level` and `flag`."""

    level: Level | None = None
    flag: Flag | None = None


class VoteOut(Output):
    measure: str
    level: int | None
    flag: Flag | None
    voted_at: Time


class ScaleLevel(Output):
    value: int
    label: str


class AskedMeasure(Output):
    """The measure that the room looks at."""

    code: str
    name: str
    guidance: str | None


class Myself(Output):
    """The participant of the token that was sent, and their vote on the present measure."""

    name: str
    stakeholder_group: str
    vote: VoteOut | None
    votes: int


class RoomOut(Output):
    """What a participant's screen shows. `me` is null without a token of this workshop."""

    community: str
    name: str
    year: int
    code: str | None
    version: int
    expires_at: Time
    measure: AskedMeasure | None
    taking_votes: bool
    levels: list[ScaleLevel]
    me: Myself | None
    demo: bool


class RestedOn(Output):
    """What an agreement rested on. `votes` are anonymous participants' and entered no score; null when it was recorded
    without a workshop's votes."""

    workshop: UUID | None
    votes: VotesOut | None
    attendance: list[PresentOut]
    recorded_at: Time
    recorded_by_name: str
