"""What lies between versions of the model, on the wire: differences, checks, imports, crosswalks."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from services.survey.schemas.models import Code, ModelOut
from shared.fields import Input, Output, Time

Element = Literal["pillar", "point", "measure"]


class ElementChange(Output):
    """A pillar, point or measure that one of the two versions lacks; `place` counts from 1 within `parent`."""

    element: Element
    code: str
    names: dict[str, str]
    parent: str | None
    place: int
    weight: float


class MoveChange(Output):
    element: Element
    code: str
    names: dict[str, str]
    from_parent: str | None
    to_parent: str | None
    from_place: int
    to_place: int


class WeightChange(Output):
    element: Element
    code: str
    names: dict[str, str]
    before: float
    after: float


class TextChange(Output):
    """`field` is names, guidance or examples; `level` is set where the text belongs to one level."""

    element: Element
    code: str
    field: Literal["names", "guidance", "examples"]
    level: int | None
    language: str
    before: str | None
    after: str | None


class ScaleChange(Output):
    value: int
    change: Literal["added", "removed", "reworded"]
    before: dict[str, str] | None
    after: dict[str, str] | None


class BandChange(Output):
    """`before` and `after` are `[from, to]`; null where the band is not there."""

    level: int
    before: list[float] | None
    after: list[float] | None
    labels_before: dict[str, str] | None
    labels_after: dict[str, str] | None


class SettingChange(Output):
    """`setting` is kind, status, coverage_threshold, or `names.<language>`."""

    setting: str
    before: str | float | None
    after: str | float | None


class DifferencesOut(Output):
    """What `after` has otherwise than `before`. Elements are known by their codes."""

    before: str
    after: str
    is_same: bool
    added: list[ElementChange]
    removed: list[ElementChange]
    moved: list[MoveChange]
    reweighted: list[WeightChange]
    reworded: list[TextChange]
    scale: list[ScaleChange]
    bands: list[BandChange]
    settings: list[SettingChange]


class CheckError(Output):
    pointer: str
    message: str
    code: str


class MissingText(Output):
    """A text that lacks languages. Readers need what is `needed`; the rest may be left out, but not in one language
    only. `code` is the element's, null for the scale and the bands."""

    pointer: str
    code: str | None
    languages: list[str]
    needed: bool


class CheckOut(Output):
    """Whether a version can be published: it can when there are no `errors`. `missing` texts do not stop it."""

    version: str
    can_be_published: bool
    errors: list[CheckError]
    missing: list[MissingText]


class ModelImportOut(Output):
    """What a file would make, or made. `exists` is the state of the version before; `compared_with` is the version
    that `differences` start from (the draft itself, else the one it is based on, else the newest of its kind)."""

    stored: bool
    exists: Literal["draft"] | None
    etag_needed: bool
    model: ModelOut
    compared_with: str | None
    differences: DifferencesOut | None
    errors: list[CheckError]
    missing: list[MissingText]


class LinkIn(Input):
    """`to`, a measure of the later version, is answered by `from` of the earlier one with this share."""

    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True, populate_by_name=True)

    source: Annotated[Code, Field(alias="from")]
    target: Annotated[Code, Field(alias="to")]
    share: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 1.0


class CrosswalkIn(Input):
    links: Annotated[list[LinkIn], Field(max_length=5000)]


class LinkOut(Output):
    model_config = ConfigDict(frozen=True, populate_by_name=True, serialize_by_alias=True)

    source: Annotated[str, Field(alias="from")]
    target: Annotated[str, Field(alias="to")]
    share: float


class CrosswalkOut(Output):
    """Which measures answer to which. `stored` false: what equal codes say, nobody has decided yet. `new` are
    measures of the later version that nothing answers to, `dropped` those of the earlier one that answer to none."""

    before: str
    after: str
    state: Literal["draft", "published"]
    stored: bool
    links: list[LinkOut]
    new: list[str]
    dropped: list[str]
    published_at: Time | None
    demo: bool


class CrosswalkListItem(Output):
    before: str
    after: str
    state: Literal["draft", "published"]
    links: int
    published_at: Time | None
    demo: bool


def as_errors(found: list[Any]) -> list[CheckError]:
    """What the rules found, for a reader."""
    return [CheckError(pointer=one.pointer, message=one.message, code=one.code) for one in found]
