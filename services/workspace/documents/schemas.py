"""What the workspace sends and receives about documents."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.workspace.schemas import ActorOut, Label
from shared.fields import Counted, Id, Input, Line, Output, Patch, Time, Version

DocumentState = Literal["draft", "approved", "published"]
TextState = Literal["waiting", "read", "empty", "unreadable"]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Folder = Annotated[str, StringConstraints(max_length=500)]
Tags = Annotated[list[Label], Field(max_length=20)]


class HolderOut(Output):
    """Who works on a document now, so that nobody else adds a version."""

    name: str
    at: Time
    note: str | None
    yours: bool


class VersionOut(Output):
    """One version. `content` is where its bytes are; `inline`: a browser may show them; `pages` of a PDF."""

    document: Id
    n: int
    file_name: str
    media_type: str
    size: int
    sha256: str
    inline: bool
    note: str | None
    text_state: TextState
    pages: int | None
    created_by: ActorOut | None
    created_at: Time
    published_at: Time | None
    content: str
    demo: bool


class DocumentOut(Output):
    """A document as its reader sees it: the committee's people its newest version, others the published one.

    `folder`, `held` and people's names are for the committee alone. `address` and `citation` are those of a published
    document; the address stays when it gets new versions.
    """

    id: Id
    committee: str
    committee_name: str
    title: str
    folder: str
    tags: list[str]
    state: DocumentState
    current_version: int
    versions: int
    approved_version: int | None
    published_version: int | None
    file_name: str
    media_type: str
    size: int
    sha256: str
    inline: bool
    note: str | None
    text_state: TextState
    pages: int | None
    content: str
    created_by: ActorOut | None
    created_at: Time
    updated_at: Time
    approved_at: Time | None
    approved_by: str | None
    published_at: Time | None
    held: HolderOut | None
    address: str | None
    citation: str | None
    may_edit: bool
    may_lead: bool
    may_remove: bool
    removed_at: Time | None
    demo: bool


class DocumentPatch(Patch):
    """`null` empties folder and tags; a title cannot be cleared."""

    title: Line | None = None
    folder: Folder | None = None
    tags: Tags | None = None


class VersionNamed(Input):
    """Which version is meant; the newest one when left out."""

    version: Version | None = None


class NoteIn(Input):
    note: Note | None = None


class FolderOut(Output):
    """A folder with how many documents are right in it; empty is the committee's own."""

    folder: str
    documents: int


class FacetOut(Output):
    """A value by which documents can be narrowed, what people call it, and how many there are."""

    value: str
    label: str
    documents: int


class FacetsOut(Output):
    """By what published documents can be narrowed: committees by name, latest years and commonest tags first."""

    total: int
    committees: list[FacetOut]
    years: list[FacetOut]
    tags: list[FacetOut]


class LinkedOut(Output):
    """A task that names a document."""

    task: Id
    title: str
    state: str
    committee: str


class PreviewOut(Output):
    """What was read out of a version: the beginning of its text, and Markdown as HTML that is safe to show."""

    n: int
    text_state: TextState
    text: str
    html: str | None
    cut: bool
    pages: int | None


class LineOut(Output):
    """A line of a comparison, with the runs of equal ones cut short as `skipped`."""

    kind: Literal["same", "added", "removed", "skipped"]
    text: str


class ComparisonOut(Output):
    """What changed in the text from one version to another; `comparable` is false when one of them has no text."""

    before: int
    after: int
    comparable: bool
    changed: bool
    added: int
    removed: int
    cut: bool
    lines: list[LineOut]


class UploadIn(Input):
    """A file to be sent in parts: a new document of `committee`, or a version of `document`."""

    file_name: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    size: Annotated[int, Field(ge=1, le=2**40)]
    committee: Annotated[str, StringConstraints(max_length=80)] | None = None
    document: Id | None = None
    base_version: Version | None = None
    title: Line | None = None
    folder: Folder | None = None
    note: Note | None = None


class UploadOut(Output):
    """How far an upload has come. Send what begins at `received`, at most `part_size` bytes at a time."""

    id: Id
    committee: str
    document: Id | None
    base_version: int | None
    file_name: str
    size: int
    received: int
    part_size: int
    expires_at: Time
    finished: VersionOut | None
    demo: bool


class CompleteIn(Input):
    """The version that the file is to follow, now that one has seen it."""

    base_version: Version | None = None


Documents = Counted[DocumentOut]
Versions = Counted[VersionOut]
Folders = Counted[FolderOut]
