"""Definitions that the secretariat is working on."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

from services.indicators.schemas import IndicatorOut
from services.indicators.words import Aggregation, Basis, Frequency, Interface, Polarity, Statistic
from shared.fields import Input, Language, Output, Patch, Time

CODE = r"^[A-Z]{3}-[0-9]{2}$"
Code = Annotated[str, StringConstraints(pattern=CODE)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Amount = Annotated[float, Field(ge=-1e15, le=1e15, allow_inf_nan=False)]


def _amount(value: Any) -> Any:
    """A whole number is a number too."""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= 10**15 else value


Number = Annotated[Amount, BeforeValidator(_amount)]
Range = Annotated[list[Number], Field(min_length=2, max_length=2)]
Share = Annotated[float, Field(gt=0, le=1), BeforeValidator(_amount)]
Texts = dict[Language, Text | None]
Names = dict[Language, Short | None]


class Content(Input):
    """A definition as it is being written: texts by language, and what the current version may lack."""

    interface: Interface
    names: Names
    definitions: Texts
    unit: Short
    polarity: Polarity
    target_band: Range | None = None
    statistic: Statistic
    numerator: Text | None = None
    denominator: Text | None = None
    factor: Number | None = None
    frequency: Frequency
    valid_range: Range
    aggregation: Aggregation
    min_share: Share = 0.75
    source: Text
    basis: Basis


class DraftIn(Input):
    """Without `content` the draft begins as a copy of the current version; a new indicator needs it."""

    code: Code
    content: Content | None = None


class DraftPatch(Patch):
    """What changes; of `names` and `definitions` the languages that are named."""

    interface: Interface | None = None
    names: Names | None = None
    definitions: Texts | None = None
    unit: Short | None = None
    polarity: Polarity | None = None
    target_band: Range | None = None
    statistic: Statistic | None = None
    numerator: Text | None = None
    denominator: Text | None = None
    factor: Number | None = None
    frequency: Frequency | None = None
    valid_range: Range | None = None
    aggregation: Aggregation | None = None
    min_share: Share | None = None
    source: Text | None = None
    basis: Basis | None = None


class PublishIn(Input):
    """Why the definition changes: it stands beside the version for good."""

    because: Text


class ObstacleOut(Output):
    """What keeps a draft from being published."""

    pointer: str
    message: str


class DraftOut(Output):
    """A draft: what it says, which fields differ from the version it began with (0: a new indicator), and what keeps it
    from being published."""

    code: str
    base_version: int
    content: dict[str, Any]
    changed: list[str]
    obstacles: list[ObstacleOut]
    updated_at: Time
    updated_by: str
    demo: bool


class VersionOut(Output):
    """One published version of a definition. `because` is null where the platform's own file says so; `changed` are the
    fields that differ from the version before."""

    version: int
    recorded_at: Time
    origin: str
    because: str | None
    changed: list[str]
    definition: IndicatorOut
