"""The words of the workspace: kinds of committees, states and priorities of tasks, kinds of notifications."""

from typing import Literal, get_args

CommitteeKind = Literal["technical", "directory", "task_force"]
CommitteeRole = Literal["chair", "member", "observer"]
State = Literal["todo", "doing", "review", "done", "cancelled"]
Priority = Literal["low", "normal", "high"]
LinkKind = Literal["measure", "indicator", "document", "event"]
NotificationKind = Literal["assigned", "mentioned", "commented", "moved", "due_soon", "posted", "named"]
Why = Literal["assignee", "creator", "mentioned", "named", "speaker"]

COMMITTEE_KINDS: tuple[str, ...] = get_args(CommitteeKind)
ROLES: tuple[CommitteeRole, ...] = get_args(CommitteeRole)
"""The strongest first."""
STATES: tuple[State, ...] = get_args(State)
"""In the order of a board's columns."""
OPEN_STATES: tuple[State, ...] = ("todo", "doing", "review")
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
NOTIFICATION_KINDS: tuple[NotificationKind, ...] = get_args(NotificationKind)
