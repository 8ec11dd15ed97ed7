"""What the indicators service sends and receives."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from services.indicators.given import Given
from services.indicators.observations.values import MOST_UNITS
from services.indicators.words import (
    Action,
    Aggregation,
    Basis,
    Frequency,
    Interface,
    Level,
    Polarity,
    State,
    Statistic,
)
from shared.fields import Input, Line, Output, Patch, Slug, Time

MOST_ROWS = 10_000
Name = Annotated[str, StringConstraints(max_length=100)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Code = Annotated[str, StringConstraints(max_length=100)]
Contributors = Annotated[int, Field(ge=0)] | Literal["<5"]
"""How many communities contribute; only "<5" where a cell is suppressed."""


class IndicatorOut(Output):
    """One indicator of the catalogue in its current version. `valid_range` and `target_band` are `[lower, upper]`, both
    included, in the unit; `factor` · numerator / denominator is the value where there is a denominator. `min_share`: of
    the periods inside a longer one, how many must be there, as a share."""

    code: str
    version: int
    interface: Interface
    interface_name: str
    interface_names: dict[str, str]
    name: str
    names: dict[str, str]
    definition: str
    definitions: dict[str, str]
    unit: str
    polarity: Polarity
    polarity_name: str
    target_band: list[float] | None
    statistic: Statistic
    numerator: str | None
    denominator: str | None
    factor: float | None
    frequency: Frequency
    valid_range: list[float]
    aggregation: Aggregation
    min_share: float
    source: str
    source_read: bool
    basis: Basis


class MeasureOut(Output):
    """A column of a reference series, and the indicator that it compares with after multiplication by `factor`."""

    field: str
    unit: str
    indicator: str | None
    factor: float | None


class SeriesOut(Output):
    """A reference series: one edition of one publication. Scores of another edition are another series."""

    slug: str
    name: str
    names: dict[str, str]
    source: str
    publisher: str
    edition: str
    licence: str
    licence_url: str
    attribution: str
    note: str
    notes: dict[str, str]
    measures: list[MeasureOut]
    ports: int


class ReferenceValueOut(Output):
    """A port of a reference series. `country` is ISO 3166-1 as in the UN/LOCODE; `berth_hours_share` a share of 1.
    Null figures: the edition had no sample of this port."""

    port: str
    unlocode: str
    territory: str | None
    country: str
    rank: int | None
    score: float | None
    berth_hours_share: float | None
    calls: int | None


class SeriesValuesOut(Output):
    """The series and part of its values."""

    series: SeriesOut
    items: list[ReferenceValueOut]
    next: str | None
    total: int


class ObservationIn(Input):
    """A value alone, or numerator and denominator from which it follows, or both when they agree within the
    digits given."""

    indicator: Code
    community: Code
    period: Code
    value: Given | None = None
    numerator: Given | None = None
    denominator: Given | None = None
    n: Annotated[int, Field(gt=0, le=MOST_UNITS)] | None = None
    note: Annotated[str, StringConstraints(max_length=2000)] | None = None


class WarningOut(Output):
    """A value that was taken and looks wrong: far from its own series (`outlier`), or after periods that are missing
    (`gap`). A note explains it."""

    pointer: str
    kind: Literal["outlier", "gap"]
    message: str


class AcceptedOut(Output):
    """How many rows were accepted: of those, how many were new keys, new revisions, and the same as before."""

    accepted: int
    added: int
    revised: int
    unchanged: int
    warnings: list[WarningOut]


class ObservationOut(Output):
    """The newest revision for the community's own people and the secretariat, the approved one for everybody else."""

    indicator: str
    community: str
    period: str
    value: float
    numerator: float | None
    denominator: float | None
    n: int | None
    note: str | None
    status: Literal["draft", "approved"]
    revision: int
    recorded_at: Time
    demo: bool


class ObservationsOut(Output):
    """Part of the observations. `total` is null when there are more than 10,000: counting more takes longer than
    reading a part."""

    items: list[ObservationOut]
    next: str | None
    total: int | None


class RevisionOut(Output):
    """One revision. `recorded_by` is null for whoever is not of the community or the secretariat."""

    revision: int
    value: float
    numerator: float | None
    denominator: float | None
    n: int | None
    note: str | None
    status: Literal["draft", "approved", "superseded"]
    indicator_version: int
    recorded_at: Time
    recorded_by: str | None
    approved_at: Time | None
    demo: bool


class ChangeOut(Output):
    id: UUID
    action: Action
    reason: str | None
    at: Time
    by: str


class SubmissionOut(Output):
    """How far the data of a community and period has come. `observations` counts the values there are, `pending` those
    whose newest revision is not approved; `reason` is that of the last return, until the next submission."""

    community: str
    period: str
    frequency: Frequency
    state: State
    observations: int
    pending: int
    submitted_at: Time | None
    submitted_by: str | None
    approved_at: Time | None
    approved_by: str | None
    reason: str | None
    history: list[ChangeOut]
    demo: bool


class ReturnIn(Input):
    reason: Reason


class VisibilityOut(Output):
    """Who sees the community's own values: by default, and for some indicators otherwise."""

    community: str
    default: Level
    indicators: dict[str, Level]
    demo: bool


Values = Annotated[list[Name], Field(min_length=1, max_length=20)]
Countries = Annotated[
    list[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]], Field(min_length=1, max_length=50)
]


class AttributesIn(Input):
    """Every attribute given must hold; a list means one of these."""

    country: Countries | None = None
    phase: Values | None = None
    kind: Values | None = None
    size_class: Values | None = None


Members = Annotated[list[Code], Field(min_length=1, max_length=500)]


class PeerGroupIn(Input):
    slug: Slug
    name: Line
    description: Line | None = None
    communities: Members | None = None
    attributes: AttributesIn | None = None


class PeerGroupPatch(Patch):
    name: Line | None = None
    description: Line | None = None
    communities: Members | None = None
    attributes: AttributesIn | None = None


class PeerGroupOut(Output):
    """A peer group: built in, of attributes, or a curated list. `members` are the communities in it now."""

    slug: str
    name: str
    names: dict[str, str]
    description: str | None
    built_in: bool
    attributes: dict[str, list[str]] | None
    communities: list[str] | None
    members: int
    demo: bool


class GapOut(Output):
    """`absolute` = value - boundary, in the unit; `percent` of the boundary, null when that is 0."""

    absolute: float
    percent: float | None
    boundary: float


class StandingOut(Output):
    """A community's own place; only its value where the cell is suppressed."""

    code: str
    value: float
    rank: int | None
    percentile_rank: float | None
    gap: GapOut | None


class SourceOut(Output):
    kind: Literal["definition", "observations"]
    name: str
    edition: str


class ComputedOut(Output):
    """How the values of a longer period came from those of its months or quarters. `plain_means` counts the
    communities whose mean is not weighted, because some n was missing; null where the cell is suppressed."""

    rule: Aggregation
    of: Frequency
    plain_means: int | None


class BenchmarkOut(Output):
    """One cell: an indicator, a period, a peer group. `quartiles` are `[q1, median, q3]`; `two_digits` says that
    they and the gap to them are given to two significant digits."""

    indicator: str
    version: int
    name: str
    unit: str
    polarity: Polarity
    period: str
    peer_group: str
    n: Contributors
    quartiles: list[float] | None
    two_digits: bool
    community: StandingOut | None
    suppressed: Literal["too_few_peers"] | None
    computed: ComputedOut | None
    sources: list[SourceOut]
    demo: bool


class InterfaceOut(Output):
    """`index` is the mean of the percentile ranks that the community has, null without any; `have` of `total`."""

    code: Interface
    name: str
    index: float | None
    have: int
    total: int


class ScorecardOut(Output):
    community: str
    period: str
    peer_group: str
    interfaces: list[InterfaceOut]
    indicators: list[BenchmarkOut]
    demo: bool


class PeersOut(Output):
    n: Contributors
    quartiles: list[float] | None
    two_digits: bool
    suppressed: Literal["too_few_peers"] | None


class TrendPointOut(Output):
    period: str
    value: float | None
    peers: PeersOut


class TrendOut(Output):
    """Values and peers over time. `slope` in the unit per period, with the two-sided `p_value`; null below 6 values."""

    indicator: str
    community: str | None
    peer_group: str
    frequency: Frequency
    points: list[TrendPointOut]
    slope: float | None
    p_value: float | None
    demo: bool


class DueOut(Output):
    """Data that somebody waits for: `waits_for` what, from whoever asks (`mine`) or from others of the community.
    `missing` are the indicators of the period's frequency without any value."""

    community: str
    community_name: str
    period: str
    frequency: Frequency
    state: State
    waits_for: Literal["data", "submission", "approval"]
    mine: bool
    expected: int
    have: int
    missing: list[str]
    reason: str | None
    demo: bool


class DuesOut(Output):
    items: list[DueOut]
    next: None
    total: int
