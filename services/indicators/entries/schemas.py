"""Figures as people type them into a form, cell by cell."""

from typing import Annotated

from pydantic import Field, StringConstraints

from services.indicators.observations.values import MOST_UNITS
from services.indicators.schemas import Code, ObservationOut, SubmissionOut, WarningOut
from shared.fields import Input, Output

MOST_CELLS = 2_000
Typed = Annotated[str, StringConstraints(max_length=1_000)]


class CellIn(Input):
    """One cell: `text` is a value (`12.5`, `12,5`) or a numerator and a denominator (`45/50`). `base_revision` is the
    revision that the writer saw, 0 where there was none. An absent `n` stays as it was; an absent `note` is none."""

    indicator: Code
    period: Code
    text: Typed
    n: Annotated[int, Field(gt=0, le=MOST_UNITS)] | None = None
    note: Annotated[str, StringConstraints(max_length=2000)] | None = None
    base_revision: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class CellsIn(Input):
    cells: Annotated[list[CellIn], Field(min_length=1, max_length=MOST_CELLS)]


class CellErrorOut(Output):
    """A cell that was not saved: where, and why. With `theirs`, somebody else saved another value meanwhile."""

    pointer: str
    message: str
    code: str
    theirs: ObservationOut | None


class SavedOut(Output):
    """How many cells were saved, and what of the others and of the saved ones needs a look."""

    saved: int
    unchanged: int
    errors: list[CellErrorOut]
    warnings: list[WarningOut]


class GridOut(Output):
    """What a community's form for some periods of one frequency shows: what is there, how far each period has come,
    and the values of a year before."""

    community: str
    name: str
    periods: list[str]
    observations: list[ObservationOut]
    year_before: list[ObservationOut]
    submissions: list[SubmissionOut]
