"""What goes over the wire about making committees and task forces."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.workspace.words import CommitteeKind
from shared.fields import Counted, Date, Id, Input, Line, Output, Patch, Prose, Slug


class CommitteeIn(Input):
    """A new committee, by default a task force, which needs a mandate and a last day. Its slug is made of the name when
    left out; `name` is in the request's language. Chair and members are people of the Network, who get their roles at
    once; a chair who makes a task force and names nobody chairs it."""

    name: Line
    kind: CommitteeKind = "task_force"
    slug: Slug | None = None
    parent: Slug | None = None
    mandate: Prose | None = None
    starts_on: Date | None = None
    ends_on: Date | None = None
    chair: Id | None = None
    members: Annotated[list[Id], Field(max_length=200)] = Field(default_factory=list)


class CommitteePatch(Patch):
    """A name is set in the request's language. Days belong to task forces only; a later last day opens one that had
    ended. `archived`, which the secretariat sets, takes it out of the lists and leaves it for reading."""

    name: Line | None = None
    mandate: Prose | None = None
    starts_on: Date | None = None
    ends_on: Date | None = None
    archived: bool | None = None


class CandidateOut(Output):
    """Somebody who could sit in a task force, and where they hold roles now."""

    user_id: UUID
    name: str
    communities: list[str]
    committees: list[str]


Candidates = Counted[CandidateOut]
