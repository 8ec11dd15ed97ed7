"""Versions of the Reference Model on the wire."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from shared.fields import Input, Line, Output, Prose, Time

NO_VERSIONS = ("import", "new")


def _no_file_name(value: str) -> str:
    """`/models/{version}.xlsx` is a file of a version, so no version can end like one; some words are addresses."""
    for ending in (".xlsx", ".yaml"):
        if value.lower().endswith(ending):
            raise PydanticCustomError("version", f"must not end with {ending}")
    if value.lower() in NO_VERSIONS:
        raise PydanticCustomError("version", "is a word of the addresses; give a number such as 1.1.0")
    return value


VersionName = Annotated[
    str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+_-]{0,59}$"), AfterValidator(_no_file_name)
]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$", max_length=40)]
Kind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,29}$")]
Weight = Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Confidence = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]


class TextsIn(Input):
    """A text by language."""

    es: Line | None = None
    en: Line | None = None
    pt: Line | None = None
    fr: Line | None = None


class GuidanceIn(Input):
    """A longer text by language."""

    es: Prose | None = None
    en: Prose | None = None
    pt: Prose | None = None
    fr: Prose | None = None


class ScaleLevelIn(Input):
    value: Annotated[int, Field(ge=0, le=20)]
    labels: TextsIn
    label: Line | None = None


class ScaleIn(Input):
    levels: Annotated[list[ScaleLevelIn], Field(max_length=21)]


class BandIn(Input):
    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True, populate_by_name=True)

    level: Annotated[int, Field(ge=0, le=100)]
    start: Annotated[Percent, Field(alias="from")]
    end: Annotated[Percent, Field(alias="to")]
    labels: TextsIn
    label: Line | None = None


class MeasureLevelIn(Input):
    """What one level means for one measure, and examples of it."""

    value: Annotated[int, Field(ge=0, le=20)]
    guidance: GuidanceIn | None = None
    examples: GuidanceIn | None = None


class MeasureIn(Input):
    code: Code
    names: TextsIn
    weight: Weight = 1.0
    guidance: Annotated[GuidanceIn | None, BeforeValidator(lambda v: {"es": v} if isinstance(v, str) else v)] = None
    levels: Annotated[list[MeasureLevelIn] | None, Field(max_length=21)] = None
    name: Line | None = None
    confidence: Confidence | None = None


class PointIn(Input):
    code: Code
    names: TextsIn
    weight: Weight = 1.0
    measures: Annotated[list[MeasureIn], Field(max_length=100)]
    name: Line | None = None
    confidence: Confidence | None = None


class PillarIn(Input):
    code: Code
    names: TextsIn
    weight: Weight = 1.0
    points: Annotated[list[PointIn], Field(max_length=50)]
    name: Line | None = None
    confidence: Confidence | None = None


class ModelIn(Input):
    """A version as `GET /models/{version}` gives it, without `state`.

    `languages` claims that every text is there in these; one that is not is refused. Without the claim a missing
    language is flagged in `missing_languages`. The singular texts and what the platform works out are not read.
    """

    version: VersionName
    kind: Kind
    status: Literal["reconstruction", "official"]
    names: TextsIn | None = None
    languages: list[Literal["es", "en", "pt", "fr"]] | None = None
    scale: ScaleIn
    bands: Annotated[list[BandIn], Field(max_length=20)]
    coverage_threshold: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 2 / 3
    pillars: Annotated[list[PillarIn], Field(max_length=20)]
    based_on: VersionName | None = None
    name: Line | None = None
    missing_languages: dict[str, int] | None = None
    published_at: str | None = None
    demo: bool | None = None


class ScaleLevelOut(Output):
    value: int
    labels: dict[str, str]
    label: str


class ScaleOut(Output):
    levels: list[ScaleLevelOut]


class BandOut(Output):
    model_config = ConfigDict(frozen=True, populate_by_name=True, serialize_by_alias=True)

    level: int
    start: Annotated[float, Field(alias="from")]
    end: Annotated[float, Field(alias="to")]
    labels: dict[str, str]
    label: str


class MeasureLevelOut(Output):
    """What one level means for this measure, and examples of it, by language."""

    value: int
    guidance: dict[str, str] | None
    examples: dict[str, str] | None


class MeasureOut(Output):
    """`levels` has the levels about which the version says more than the scale does."""

    code: str
    names: dict[str, str]
    name: str
    weight: float
    guidance: dict[str, str] | None
    levels: list[MeasureLevelOut]
    confidence: str | None


class PointOut(Output):
    code: str
    names: dict[str, str]
    name: str
    weight: float
    confidence: str | None
    measures: list[MeasureOut]


class PillarOut(Output):
    code: str
    names: dict[str, str]
    name: str
    weight: float
    confidence: str | None
    points: list[PointOut]


class ModelOut(Output):
    """A version of the model. `missing_languages`: how many texts lack each of the languages that are not complete."""

    version: str
    kind: str
    state: Literal["draft", "published"]
    status: str
    names: dict[str, str]
    name: str
    languages: list[str]
    missing_languages: dict[str, int]
    scale: ScaleOut
    bands: list[BandOut]
    coverage_threshold: float
    pillars: list[PillarOut]
    based_on: str | None
    published_at: Time | None
    demo: bool
