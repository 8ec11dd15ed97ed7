"""Respondents' answers, and what the coordinator makes of them, on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from services.survey.schemas.reviewing import GroupNoteIn, MinorityNoteOut
from services.survey.schemas.workshops import PresentIn, RestedOn
from services.survey.words import AssessmentState, Flag
from shared.fields import Count, Id, Input, Output, Prose, Time

MeasureCode = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Level = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
"""Checked against the scale of the model, which names what is possible."""
ClientId = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class AnswerIn(Input):
    """Exactly one of `level` and `flag`. An absent `comment` or `evidence` stays as it was; null clears it."""

    measure: MeasureCode
    level: Level | None = None
    flag: Flag | None = None
    comment: Prose | None = None
    evidence: Annotated[list[Id], Field(max_length=50)] | None = None
    base_revision: Count | None = None


class AnswersIn(Input):
    """A part of the answers. With `client_id` and `client_seq` a repeat is told what the first was told."""

    answers: Annotated[list[AnswerIn], Field(max_length=2000)]
    client_id: ClientId | None = None
    client_seq: Count | None = None


class AnswerOut(Output):
    measure: str
    level: int | None
    flag: Flag | None
    comment: str | None
    evidence: list[str]
    revision: int
    updated_at: Time


class SaidOut(Output):
    """One side of a conflict."""

    level: int | None
    flag: Flag | None
    comment: str | None
    evidence: list[str]


class ConflictOut(Output):
    """`mine` came too late for `theirs`, which is stored at `revision` (null and 0: nothing is stored)."""

    measure: str
    mine: SaidOut
    theirs: SaidOut | None
    revision: int


class KeptConflictOut(ConflictOut):
    """A conflict that waits: saving the measure with `base_revision` = `revision` settles it."""

    id: UUID
    received_at: Time


class SavedAnswer(Output):
    """`unchanged`: the same was stored already."""

    measure: str
    revision: int
    unchanged: bool


class SavedOut(Output):
    saved: list[SavedAnswer]
    conflicts: list[ConflictOut]


class MyProgress(Output):
    """How many of the measures this respondent has said something about, `unknown` included."""

    answered: int
    total: int
    first_unanswered: str | None


class MyAnswersOut(Output):
    """`open`: whether answers are taken now."""

    year: int
    community: str
    stakeholder_group: str
    model_version: str
    state: AssessmentState
    open: bool
    closes_at: Time
    answers: list[AnswerOut]
    conflicts: list[KeptConflictOut]
    progress: MyProgress
    demo: bool


class HandoverIn(Input):
    """Whose answers go to whom; both are respondents' ids."""

    from_respondent: Id
    to_respondent: Id


class HandoverOut(Output):
    """`moved`: measures whose answer is the successor's now. `kept_aside`: the successor had answered them already, so
    both answers are shown to them, to choose."""

    moved: list[str]
    kept_aside: list[str]


class AgreedIn(Input):
    """A level or `not_applicable`; both null takes the agreement back, or leaves a note only.

    `workshop` keeps its votes on the measure with the agreement, and `attendance` who was there. A group that is named
    in `minority_notes` has that note from now on; groups that are not named keep theirs.
    """

    level: Level | None = None
    flag: Flag | None = None
    note: Prose | None = None
    workshop: Id | None = None
    attendance: Annotated[list[PresentIn], Field(max_length=300)] | None = None
    minority_notes: Annotated[list[GroupNoteIn], Field(max_length=20)] | None = None


class AgreedOut(Output):
    """`rested_on` is null when no workshop and nobody's attendance was recorded with this level."""

    measure: str
    level: int | None
    flag: Flag | None
    note: str | None
    agreed_at: Time | None
    rested_on: RestedOn | None
    minority_notes: list[MinorityNoteOut]
    etag: str


class Agreement(Output):
    """What was agreed. `rested_on` is null when no workshop and nobody's attendance was recorded with this level."""

    level: int | None
    flag: Flag | None
    note: str | None
    agreed_at: Time
    rested_on: RestedOn | None


class GroupSummary(Output):
    """`respondents` gave a level; `median` is theirs."""

    stakeholder_group: str
    respondents: int
    median: float | None
    levels: dict[str, int]
    not_applicable: int
    unknown: int


class CommentOut(Output):
    stakeholder_group: str
    comment: str
    level: int | None
    flag: Flag | None
    updated_at: Time


class MeasureSummary(Output):
    """`mean` and `consensus` are over respondents' levels; `value` is what enters the score as things stand."""

    measure: str
    groups: list[GroupSummary]
    levels: dict[str, int]
    not_applicable: int
    unknown: int
    mean: float | None
    consensus: float | None
    agreed: Agreement | None
    minority_notes: list[MinorityNoteOut]
    value: float | None
    applicable: bool
    disagreement: bool
    comments: list[CommentOut]


class SummaryOut(Output):
    year: int
    community: str
    state: AssessmentState
    respondents: int
    missing: list[str]
    measures: list[MeasureSummary]
    demo: bool


class RespondentAnswer(Output):
    """One answer with whose it is, for the coordinator and the secretariat."""

    respondent: str
    name: str
    stakeholder_group: str
    measure: str
    level: int | None
    flag: Flag | None
    comment: str | None
    evidence: list[str]
    revision: int
    updated_at: Time
    demo: bool
