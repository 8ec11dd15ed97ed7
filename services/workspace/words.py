"""The words of the workspace: kinds of committees, states and priorities of tasks, kinds of notifications."""

from typing import Literal, get_args

CommitteeKind = Literal["technical", "directory", "task_force"]
CommitteeRole = Literal["chair", "member", "observer"]
State = Literal["todo", "doing", "review", "done", "cancelled"]
Priority = Literal["low", "normal", "high"]
PlanState = Literal["planned", "under_way", "done", "dropped"]
ResultKind = Literal["comparison", "preview"]
LinkKind = Literal["measure", "indicator", "document", "event"]
NotificationKind = Literal[
    "assigned", "mentioned", "commented", "moved", "due_soon", "overdue", "invited", "event_changed", "event_cancelled",
    "minutes", "poll", "nominated", "election", "vote_opened", "vote_closed", "posted", "named", "recurred",
    "vote_closing", "poll_closing", "seated", "unseated",
]  # fmt: skip
Why = Literal["assignee", "creator", "mentioned", "member", "nominee", "voter", "named", "speaker", "seat"]
Email = Literal["never", "at_once", "daily"]

COMMITTEE_KINDS: tuple[str, ...] = get_args(CommitteeKind)
ROLES: tuple[CommitteeRole, ...] = get_args(CommitteeRole)
"""The strongest first."""
RESULT_KINDS: tuple[ResultKind, ...] = get_args(ResultKind)
STATES: tuple[State, ...] = get_args(State)
"""In the order of a board's columns."""
OPEN_STATES: tuple[State, ...] = ("todo", "doing", "review")
PLAN_STATES: tuple[PlanState, ...] = get_args(PlanState)
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
NOTIFICATION_KINDS: tuple[NotificationKind, ...] = get_args(NotificationKind)
AT_ONCE_AT_FIRST: frozenset[str] = frozenset(
    {
        "assigned", "mentioned", "invited", "event_changed", "event_cancelled", "nominated", "vote_opened",
        "vote_closing", "seated", "unseated",
    }
)  # fmt: skip
"""Of what people get mail at once unless they wish otherwise; of the rest once a day."""
