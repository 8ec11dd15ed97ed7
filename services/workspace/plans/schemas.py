"""What goes over the wire about a committee's work plan."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.workspace.schemas import ActorOut
from services.workspace.words import PlanState, State
from shared.fields import Date, Id, Input, Line, Output, Patch, Prose, Time, Year

Quarter = Annotated[int, Field(ge=1, le=4)]
Linked = Annotated[list[Id], Field(max_length=50)]


class PlanItemIn(Input):
    """Something to do in a year. Who leads is somebody of the committee (`lead`) or anybody else by name (`lead_name`).
    When: a quarter, days, both or neither. `tasks` are of the committee, `documents` such as the caller can see."""

    year: Year
    title: Line
    description: Prose | None = None
    lead: Id | None = None
    lead_name: Line | None = None
    quarter: Quarter | None = None
    starts_on: Date | None = None
    ends_on: Date | None = None
    state: PlanState = "planned"
    tasks: Linked = Field(default_factory=list)
    documents: Linked = Field(default_factory=list)


class PlanItemPatch(Patch):
    """In another year an item goes to the end of that year's plan."""

    year: Year | None = None
    title: Line | None = None
    description: Prose | None = None
    lead: Id | None = None
    lead_name: Line | None = None
    quarter: Quarter | None = None
    starts_on: Date | None = None
    ends_on: Date | None = None
    state: PlanState | None = None
    tasks: Linked | None = None
    documents: Linked | None = None


class PlaceIn(Input):
    """Right after another item of the same plan; before all of them with null."""

    after: Id | None


class PlanTaskOut(Output):
    """A task of an item and how it stands."""

    id: UUID
    title: str
    state: State


class PlanDocumentOut(Output):
    """A document of an item that its reader may see."""

    id: UUID
    title: str


class ProgressOut(Output):
    """Tasks that count (cancelled ones do not), how many of them are done, and the share; null without tasks."""

    tasks: int
    done: int
    share: float | None


class PlanItemOut(Output):
    id: UUID
    committee: str
    year: int
    title: str
    description: str | None
    description_html: str
    lead: UUID | None
    lead_name: str | None
    quarter: int | None
    starts_on: date | None
    ends_on: date | None
    state: PlanState
    tasks: list[PlanTaskOut]
    documents: list[PlanDocumentOut]
    progress: ProgressOut
    created_by: ActorOut
    created_at: Time
    updated_at: Time
    may_edit: bool
    may_remove: bool
    demo: bool


class PlanOut(Output):
    """The plan of a year, in its order. `years`: those that have a plan, the latest first. `states`: how many items
    are in each; `progress`: of the tasks of all items that were not dropped, each task once."""

    committee: str
    year: int
    years: list[int]
    items: list[PlanItemOut]
    states: dict[PlanState, int]
    progress: ProgressOut
    may_edit: bool
    demo: bool
