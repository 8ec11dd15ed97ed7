"""Scores and results on the wire. Scores are unrounded doubles from 0 to 100."""

from typing import Any, Literal

from services.survey.words import AssessmentState
from shared.fields import Output, Time


class MeasureResult(Output):
    """`value` is the community's level (null: unanswered, or not `applicable`); `score` is 100 · value / top."""

    code: str
    value: float | None
    score: float | None
    source: Literal["agreed", "groups", "imported"]
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


class Provenance(Output):
    """Where an earlier result comes from that a file brought in."""

    import_id: str
    source: str
    note: str | None
    file_name: str
    file_sha256: str
    imported_at: Time


class ResultOut(Output):
    """A community's result. `worst` and `best` are the overall score if all that is missing were at the lowest or the
    highest level. `revision` counts its snapshots (null: computed just now); `state` is `published` for what
    the public sees. `respondents` gave at least one level, in `groups` stakeholder groups. `imported` marks an
    earlier result that came from a file."""

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
    imported: Provenance | None


class SplitOut(Output):
    """A change of a score: `total` = later - earlier = `method` + `real`, with method = rescored - earlier and real =
    later - rescored. `rescored` is what the earlier answers give under the later version; null where they do not
    reach its threshold of coverage. `code` is null for the overall score."""

    code: str | None
    earlier: float | None
    rescored: float | None
    later: float | None
    total: float | None
    method: float | None
    real: float | None


class CarriedOver(Output):
    """How much of the later version has an earlier answer: `measures` of `of`, which weigh `weight` (0 to 1)."""

    measures: int
    of: int
    weight: float


class ChangeOut(SplitOut):
    """The change since the year before, with each pillar's and point's of the later version. `through` tells the way:
    the same version, a published crosswalk, equal codes where nobody published one, or none between two kinds of
    instrument."""

    from_year: int
    from_version: str
    through: Literal["same_version", "published", "equal_codes", "none"]
    carried_over: CarriedOver
    pillars: list[SplitOut]
    points: list[SplitOut]


class YearResult(ResultOut):
    """`same_method`: measured as the year before it was (model and rules). `change` splits what changed since then
    into a real change and one of method; null for the first year."""

    same_method: bool | None
    change: ChangeOut | None


class HistoryOut(Output):
    items: list[YearResult]
    next: None


class EditionOut(Output):
    """One publication of a year's result; the newest is `current`. One that a file brought in has `revision` 0."""

    year: int
    revision: int
    computed_at: Time
    overall: float | None
    answers_hash: str
    current: bool
    demo: bool
    imported: Provenance | None


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
    suppressed: Literal["too_few_peers", "protects_others"] | None


class NetworkGroup(Output):
    """A group of communities; `group` is null for the whole Network. Its own figures are of the overall score."""

    group: str | None
    n: int | Literal["<5"] | None
    mean: float | None
    quartiles: list[float] | None
    suppressed: Literal["too_few_peers", "protects_others"] | None
    pillars: list[Figure]
    points: list[Figure]


class NetworkOut(Output):
    year: int
    group_by: str | None
    network: NetworkGroup
    groups: list[NetworkGroup]
    model_version: str
    demo: bool
