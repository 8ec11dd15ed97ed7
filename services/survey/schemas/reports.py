"""Reports on the wire."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.fields import Id, Input, Language, Output, Time, Year

ReportState = Literal["queued", "running", "done", "failed"]


class ReportIn(Input):
    """What to report on: a community's result of a year (an earlier edition by its `revision`), or the Network
    (`community` null or absent). In the request's language unless said."""

    community: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None
    year: Year
    revision: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    language: Language | None = None


class ReportOut(Output):
    """A report that was asked for. `progress` is 0 to 100; `file` is where it can be had once it is `done`; `problem`
    says why it `failed`: ask again. `edition` is the digest of what the file says."""

    id: Id
    kind: Literal["community", "network"]
    community: str | None
    year: int
    revision: int | None
    language: str
    edition: str
    state: ReportState
    progress: int
    problem: str | None
    sha256: str | None
    size: int | None
    pages: int | None
    file: str
    created_at: Time
    changed_at: Time
    demo: bool
