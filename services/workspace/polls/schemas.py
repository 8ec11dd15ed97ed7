"""What goes over the wire about polls for a date."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.workspace.events.schemas import Answer, Title, Zone
from shared.fields import Input, Output, Time


class PollOptionIn(Input):
    starts_at: Time
    ends_at: Time


class PollIn(Input):
    """When to meet: 2 to 20 times to choose from."""

    title: Title
    timezone: Zone
    options: Annotated[list[PollOptionIn], Field(min_length=2, max_length=20)]


class PollAnswersIn(Input):
    """The whole of one's answers, by the option's id; an option that is left out is not answered."""

    answers: dict[str, Answer]


class ChoiceIn(Input):
    """The option on which the meeting takes place."""

    option: str


class PollOptionOut(Output):
    id: str
    starts_at: Time
    ends_at: Time
    yes: int
    maybe: int
    no: int


class PollAnswerOut(Output):
    user_id: UUID
    name: str
    answers: dict[str, Answer]


class PollOut(Output):
    """A poll. `best` is the option that suits most: yes counts before maybe, then the earlier one; null while nobody
    has said yes or maybe. `event` is the meeting that came of it."""

    id: UUID
    committee: str
    title: str
    timezone: str
    options: list[PollOptionOut]
    best: str | None
    answers: list[PollAnswerOut]
    your_answers: dict[str, Answer]
    state: Literal["open", "closed"]
    event: UUID | None
    created_by: str
    created_at: Time
    may_answer: bool
    may_choose: bool
    demo: bool
