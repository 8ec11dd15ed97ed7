"""Minority notes, the review's comments and page, and what is done about gaps, on the wire."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from services.survey.words import Flag, ReviewFlag, StakeholderGroup
from shared.fields import Date, Input, Line, Output, Patch, Slug, Time

Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
ActionState = Literal["todo", "doing", "review", "done", "cancelled"]


class MinorityNoteIn(Input):
    note: Note


class GroupNoteIn(Input):
    """A minority note together with the agreement that it is about."""

    stakeholder_group: StakeholderGroup
    note: Note


class MinorityNoteOut(Output):
    """`about_level` and `about_flag`: what was agreed when the note was written."""

    stakeholder_group: str
    note: str
    about_level: int | None
    about_flag: Flag | None
    noted_at: Time
    noted_by_name: str


class NotedOut(Output):
    """A minority note as it was stored, null when it was taken back; `etag` is the assessment's."""

    measure: str
    note: MinorityNoteOut | None
    etag: str


class ReviewCommentIn(Input):
    """Without `measure` it is about the whole assessment."""

    measure: Line | None = None
    text: Note


class ReviewReplyIn(Input):
    text: Note


class ReviewCommentPatch(Patch):
    """`settled`: what was asked has been dealt with. `text` changes only before the comment was sent."""

    settled: bool | None = None
    text: Note | None = None


class ReviewReplyOut(Output):
    id: UUID
    text: str
    author_name: str
    from_secretariat: bool
    created_at: Time


class ReviewCommentOut(Output):
    """`state`: `draft` until the assessment is returned, then `open`, `answered` once the community replied, and
    `settled` when the secretariat says so or accepts the assessment."""

    id: UUID
    measure: str | None
    text: str
    author_name: str
    state: Literal["draft", "open", "answered", "settled"]
    created_at: Time
    sent_at: Time | None
    settled_at: Time | None
    settled_by_name: str | None
    replies: list[ReviewReplyOut]
    version: int
    demo: bool


class ReviewCommentsOut(Output):
    items: list[ReviewCommentOut]
    next: None


class LastYearOfMeasure(Output):
    """The community's earlier answer to the same measure. `agreed` is the level that was agreed on, null without."""

    value: float | None
    score: float | None
    agreed: int | None
    applicable: bool


class ReviewMeasure(Output):
    """One measure as the review looks at it. `change` is this year's level less the earlier one's; what `flags` mean
    is written in `survey.review.flags`."""

    measure: str
    value: float | None
    score: float | None
    applicable: bool
    agreed: int | None
    agreed_flag: Flag | None
    agreed_note: str | None
    medians: dict[str, float]
    mean: float | None
    consensus: float | None
    respondents: int
    comments: int
    evidence: list[str]
    votes: int | None
    present: int | None
    minority_notes: list[MinorityNoteOut]
    last_year: LastYearOfMeasure | None
    change: float | None
    flags: list[ReviewFlag]
    review_comments: list[ReviewCommentOut]


class ReviewOut(Output):
    """An assessment as the secretariat reviews it. `last_year` is the year compared with, null when there is none;
    `same_model`: both years asked the same version."""

    year: int
    community: str
    state: str
    last_year: int | None
    same_model: bool | None
    overall: float | None
    last_overall: float | None
    measures: list[ReviewMeasure]
    comments: list[ReviewCommentOut]
    demo: bool


class MyEarlierAnswer(Output):
    level: int | None
    flag: Flag | None
    comment: str | None


class EarlierMeasure(Output):
    """`result` is the community's, null where there is none to be seen; `mine` what the caller answered."""

    measure: str
    result: LastYearOfMeasure | None
    mine: MyEarlierAnswer | None


class EarlierOut(Output):
    """The year before by the measures of this one. `last_year` is null when there is none; `same_model`: both years
    asked the same version."""

    year: int
    community: str
    last_year: int | None
    same_model: bool | None
    overall: float | None
    measures: list[EarlierMeasure]


class AgreedMeasure(Output):
    """What was agreed on a measure, for the community's people. `votes` and `present` count what it rested on."""

    measure: str
    level: int | None
    flag: Flag | None
    note: str | None
    agreed_at: Time
    votes: int | None
    present: int | None
    minority_notes: list[MinorityNoteOut]


class AgreedMeasures(Output):
    items: list[AgreedMeasure]
    next: None


class ActionIn(Input):
    """Something to do about a gap. `board` is `community`, or the slug of a committee that the caller works in."""

    measure: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    board: Slug
    title: Line
    owner: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] | None = None
    due_on: Date | None = None


class ActionPatch(Patch):
    """An action of the community's own list; a committee's task changes on its board."""

    title: Line | None = None
    owner: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] | None = None
    due_on: Date | None = None
    state: ActionState | None = None


class ActionOut(Output):
    """What is done about a measure. Of a committee's task, `title`, `state`, `due_on` and `done_at` are the task's own
    as they are now; `state` is null while the workspace cannot be asked, `gone` when the task was removed."""

    id: UUID
    year: int
    community: str
    measure: str
    board: str
    title: str
    owner: str | None
    due_on: date | None
    state: ActionState | Literal["gone"] | None
    done_at: Time | None
    task: UUID | None
    level_then: float | None
    created_by_name: str
    created_at: Time
    may_edit: bool
    version: int
    demo: bool


class ActionsOut(Output):
    """This year's actions, and those of the year before that had any."""

    year: int
    items: list[ActionOut]
    last_year: int | None
    last_year_items: list[ActionOut]
    next: None
