"""Results beside each other on the wire: years, communities × points, peers, how firm the order is."""

from typing import Literal

from services.survey.words import AssessmentState, GroupBy
from shared.fields import Output

Grouping = GroupBy
"""What communities are put together by."""


class YearOut(Output):
    """A year with results that the caller may see, and how many. `campaign_published`: the region's report is out.

    `imported` more communities have only an earlier result that a file brought in; it is never among the others."""

    year: int
    communities: int
    imported: int
    model_version: str
    campaign_published: bool
    demo: bool


class YearsOut(Output):
    items: list[YearOut]
    next: None


class PointsRow(Output):
    """The scores of one community and year by code; null where there is none."""

    community: str
    name: str
    country: str
    kind: str
    phase: str | None
    size_class: str | None
    year: int
    state: AssessmentState
    revision: int
    overall: float | None
    level: int | None
    respondents: int
    groups: int
    pillars: dict[str, float | None]
    points: dict[str, float | None]
    model_version: str
    demo: bool


class PointsOut(Output):
    """The whole selection, never a part of it."""

    items: list[PointsRow]
    next: None
    total: int
    demo: bool


Withheld = Literal["too_few_peers", "protects_others"]


class Position(Output):
    """A score among its peers. `n`, quartiles and places are withheld as `/results/network` withholds its figures;
    `rank` 1 is best, ties share it; `percentile_rank` 100 is best; both null without an own score."""

    code: str
    score: float | None
    n: int | Literal["<5"] | None
    quartiles: list[float] | None
    rank: int | None
    percentile_rank: float | None
    suppressed: Withheld | None


class PeersOut(Output):
    """A community's result among the published ones of its year, its own included; with `group_by` among those that
    share this attribute (`group`)."""

    community: str
    name: str
    year: int
    revision: int
    group_by: GroupBy | None
    group: str | None
    overall: Position
    pillars: list[Position]
    points: list[Position]
    model_version: str
    demo: bool


class StabilityOut(Output):
    """Where a community stands when weights move: `low` to `high` in nine draws of ten, `best` to `worst` in all.

    `flips`: the share of draws in which the next one of the list is ahead. `flips_from`: the least spread of the
    weights that can bring it level (null: none can). Both null for the last."""

    community: str
    name: str
    overall: float
    rank: int
    low: int
    high: int
    best: int
    worst: int
    flips: float | None
    flips_from: float | None


class SensitivityOut(Output):
    """Every weight is drawn between (1 - spread) and (1 + spread) times itself, `draws` times from `seed`."""

    year: int
    spread: float
    draws: int
    seed: int
    items: list[StabilityOut]
    next: None
    without_score: int
    model_version: str
    demo: bool
