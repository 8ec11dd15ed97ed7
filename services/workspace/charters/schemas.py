"""What goes over the wire about a committee's charter."""

from services.workspace.schemas import ActorOut, Said
from shared.fields import Counted, Input, Line, Output, Time


class CharterIn(Input):
    """The whole text in Markdown, and in one line what was changed and who agreed to it."""

    text: Said
    note: Line | None = None


class CharterOut(Output):
    """The charter in force: `revision` counts from 1 and is 0 as long as there is none, when the text is empty."""

    committee: str
    revision: int
    text: str
    text_html: str
    note: str | None
    changed_by: ActorOut | None
    changed_at: Time | None
    may_edit: bool
    demo: bool


class CharterRevisionOut(Output):
    """The charter as it was from `changed_at` on."""

    committee: str
    revision: int
    text: str
    text_html: str
    note: str | None
    changed_by: ActorOut
    changed_at: Time
    demo: bool


CharterRevisions = Counted[CharterRevisionOut]
