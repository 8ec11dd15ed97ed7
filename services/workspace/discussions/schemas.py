"""What the workspace sends and receives about discussions."""

from uuid import UUID

from services.workspace.schemas import ActorOut, MentionOut, Said
from shared.fields import Counted, Id, Input, Line, Output, Patch, Time


class DocumentNamed(Output):
    id: UUID
    title: str


class DiscussionOut(Output):
    """A discussion. `unread`: posts of others since the caller read it last."""

    id: UUID
    committee: str
    document: DocumentNamed | None
    title: str
    closed: bool
    posts: int
    unread: int
    last_post_at: Time
    created_by: ActorOut
    created_at: Time
    may_speak: bool
    may_edit: bool
    may_remove: bool
    demo: bool


class DiscussionIn(Input):
    """A discussion begins with its first post, in Markdown."""

    title: Line
    text: Said


class DiscussionPatch(Patch):
    title: Line | None = None
    closed: bool | None = None


class QuoteOut(Output):
    """What a post answers; `text` is its beginning, empty when it was removed."""

    id: UUID
    author: str
    text: str


class PostOut(Output):
    """What somebody said. A removed post keeps its place with no text; `edits` counts earlier wordings."""

    id: UUID
    discussion: UUID
    text: str
    text_html: str
    author: ActorOut
    mentions: list[MentionOut]
    quotes: QuoteOut | None
    created_at: Time
    edited_at: Time | None
    edits: int
    removed: bool
    may_edit: bool
    may_remove: bool
    demo: bool


class PostIn(Input):
    text: Said
    quotes: Id | None = None


class PostPatch(Patch):
    text: Said | None = None


class RevisionOut(Output):
    """An earlier wording, and since when it stood."""

    n: int
    text: str
    text_html: str
    written_at: Time


class ReadUntilIn(Input):
    """The last post that was read; all there are without it."""

    post: Id | None = None


Discussions = Counted[DiscussionOut]
Posts = Counted[PostOut]
