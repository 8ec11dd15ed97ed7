"""What goes over the wire about what is new and due in a committee."""

from typing import Literal

from services.workspace.events.schemas import OccurrenceOut
from services.workspace.schemas import TaskOut
from shared.fields import Input, Output, Time

NewsKind = Literal["task", "comment", "event", "minutes", "decision", "election", "poll", "plan", "charter"]


class SeenIn(Input):
    """Until which moment, such as when the page was made; what came since stays new."""

    at: Time | None = None


class NewsOut(Output):
    """Something that others did. `link` is its page."""

    kind: NewsKind
    title: str
    by: str
    at: Time
    link: str


class WaitingOut(Output):
    """Something that waits for the caller: a vote, an answer, a nomination."""

    kind: Literal["vote", "nomination", "poll", "invitation"]
    title: str
    until: Time | None
    link: str


class WaitingListOut(Output):
    items: list[WaitingOut]


class OverviewOut(Output):
    """`since`: when the caller last said that they have seen what is new, or two weeks ago. `more`: how many new things
    are left out. `due`: open tasks that are overdue or due within a week, the caller's own first."""

    since: Time
    news: list[NewsOut]
    more: int
    due: list[TaskOut]
    waiting: list[WaitingOut]
    next_meeting: OccurrenceOut | None
    committee: str
