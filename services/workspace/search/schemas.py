"""What a search answers."""

from typing import Literal
from uuid import UUID

from shared.fields import Output, Time

Found = Literal["document", "task", "comment", "post", "charter", "plan_item"]


class HitOut(Output):
    """Something that was found. `snippet` is text around the words, `snippet_html` the same with `<mark>`, safe to
    show; `page` where people read it. `document`, `task`, `discussion` say to what a comment or post belongs. The
    charter of a committee, which has no id of its own, has that of its entry in the index; its `version` is the number
    of the revision in force, and its `title` the committee's name. `year` is that of a work plan."""

    kind: Found
    id: UUID
    title: str
    snippet: str
    snippet_html: str
    committee: str
    document: UUID | None
    version: int | None
    task: UUID | None
    discussion: UUID | None
    year: int | None
    page: str
    updated_at: Time
    demo: bool
