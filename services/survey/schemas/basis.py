"""Everything that a result was computed from, on the wire: enough for anybody to compute it again."""

from typing import Any

from pydantic import ConfigDict, Field

from services.survey.schemas.results import MeasureResult
from services.survey.words import AssessmentState
from shared.fields import Output, Time


class BandBasis(Output):
    """A maturity level and the score it begins at, inclusive."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, serialize_by_alias=True)

    level: int
    label: str
    start: float = Field(alias="from")


class MeasureBasis(MeasureResult):
    name: str
    weight: float


class PointBasis(Output):
    """`worst` and `best`: the score if all that is missing were at the lowest or the highest level."""

    code: str
    name: str
    weight: float
    score: float | None
    level: int | None
    coverage: float | None
    worst: float | None
    best: float | None
    measures: list[MeasureBasis]


class PillarBasis(Output):
    code: str
    name: str
    weight: float
    score: float | None
    level: int | None
    worst: float | None
    best: float | None
    points: list[PointBasis]


class ResultBasisOut(Output):
    """A result with the weights, scale, threshold and bands of its model. `basis` has what was said and agreed, by
    group and without names, and its hash is `answers_hash`: for the coordinator and the secretariat, null for
    others."""

    community: str
    name: str
    year: int
    revision: int
    state: AssessmentState
    overall: float | None
    level: int | None
    worst: float | None
    best: float | None
    pillars: list[PillarBasis]
    top: int
    coverage_threshold: float
    bands: list[BandBasis]
    model_version: str
    model_status: str
    rule_version: str
    computed_at: Time
    answers_hash: str
    basis: dict[str, Any] | None
    demo: bool
