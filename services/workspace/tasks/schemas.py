"""What the workspace tells of tasks besides the tasks themselves: the cards of a board, the files of a task."""

from datetime import date
from uuid import UUID

from services.workspace.schemas import ActorOut
from services.workspace.words import Priority, State
from shared.fields import Counted, Output, Time


class CardOut(Output):
    """A task as a board shows it, people by their ids; the task itself has the rest."""

    id: UUID
    title: str
    state: State
    due_on: date | None
    overdue: bool
    priority: Priority
    labels: list[str]
    assignees: list[UUID]
    checklist_done: int
    checklist_total: int
    comments: int
    attachments: int
    repeats: bool
    demo: bool


class BoardOut(Output):
    """All cards of a board: by state, and in each state from top to bottom. `people`: names of whose they are, by id;
    `may_edit`: whether this caller moves and changes them."""

    committee: str
    may_edit: bool
    total: int
    people: dict[str, str]
    items: list[CardOut]


class AttachmentOut(Output):
    """A file of a task; `content` is where its bytes are."""

    id: UUID
    task: UUID
    file_name: str
    media_type: str
    size: int
    sha256: str
    content: str
    added_by: ActorOut
    created_at: Time
    may_remove: bool
    demo: bool


class AttachmentsOut(Counted[AttachmentOut]):
    """All files of a task, the oldest first; there is never a next part."""
