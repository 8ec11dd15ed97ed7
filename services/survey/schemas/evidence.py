"""Evidence on the wire."""

from typing import Literal
from uuid import UUID

from shared.fields import Input, Line, Output, Time, WebAddress


class EvidenceLinkIn(Input):
    """A document that lies elsewhere."""

    title: Line
    url: WebAddress


class EvidenceOut(Output):
    """`reused`: it was given in an earlier year than the one asked for. `measures`: which answers of that year name it.
    `url` is where it lies; of a file, where it is read here."""

    id: UUID
    community: str
    kind: Literal["file", "link"]
    title: str
    url: str
    file_name: str | None
    media_type: str | None
    size: int | None
    sha256: str | None
    year: int
    reused: bool
    measures: list[str]
    added_by_name: str
    created_at: Time
    demo: bool


class EvidenceListOut(Output):
    items: list[EvidenceOut]
