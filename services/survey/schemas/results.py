"""Scores and results on the wire. Scores are unrounded doubles from 0 to 100."""

from typing import Any, Literal

from services.survey.words import AssessmentState
from shared.fields import Output, Time


class MeasureResult(Output):
    """`value` is the community's level (null: unanswered, or not `applicable`); `score` is 100 · value / top."""

    code: str
    value: float | None
    score: float | None
    source: Literal["agreed", "groups"]
    respondents: int
    groups: int
    applicable: bool


class PointResult(Output):
    code: str
    score: float | None
    level: int | None
    coverage: float | None
    measures: list[MeasureResult]


class PillarResult(Output):
    code: str
    score: float | None
    level: int | None
    points: list[PointResult]


class ResultOut(Output):
    """A community's result. `worst` and `best` are the overall score if all that is missing were at the lowest or the
    highest level. `revision` counts its snapshots (null: computed just now); `state` is `published` for what
    the public sees. `respondents` gave at least one level, in `groups` stakeholder groups."""

    community: str
    name: str
    country: str
    kind: str
    phase: str | None
    size_class: str | None
    year: int
    state: AssessmentState
    revision: int | None
    overall: float | None
    level: int | None
    worst: float | None
    best: float | None
    respondents: int
    groups: int
    pillars: list[PillarResult]
    model_version: str
    rule_version: str
    computed_at: Time
    answers_hash: str
    demo: bool


class YearResult(ResultOut):
    """`same_method`: measured as the year before it was (model and rules), so that a change is a real one."""

    same_method: bool | None


class HistoryOut(Output):
    items: list[YearResult]
    next: None


class EditionOut(Output):
    """One publication of a year's result; the newest is `current`."""

    year: int
    revision: int
    computed_at: Time
    overall: float | None
    answers_hash: str
    current: bool
    demo: bool


class EditionsOut(Output):
    items: list[EditionOut]
    next: None


class BasisOut(Output):
    """What entered a score; the SHA-256 of its canonical JSON is `answers_hash`."""

    basis: dict[str, Any]
    answers_hash: str


class GapOut(Output):
    code: str
    name: str
    gap: float
    priority: float


class GapsOut(Output):
    target: int
    items: list[GapOut]
    next: None


class Figure(Output):
    """One aggregated score. Below five contributing communities, or where another figure would give them away,
    it is suppressed: `n` is then "<5", or null when it is five or more."""

    code: str
    n: int | Literal["<5"] | None
    mean: float | None
    quartiles: list[float] | None
    suppressed: Literal["too_few_contributors", "protects_others"] | None


class NetworkGroup(Output):
    """A group of communities; `group` is null for the whole Network. Its own figures are of the overall score."""

    group: str | None
    n: int | Literal["<5"] | None
    mean: float | None
    quartiles: list[float] | None
    suppressed: Literal["too_few_contributors", "protects_others"] | None
    pillars: list[Figure]
    points: list[Figure]


class NetworkOut(Output):
    year: int
    group_by: str | None
    network: NetworkGroup
    groups: list[NetworkGroup]
    model_version: str
    demo: bool
