"""Tables of the workspace schema: committees and what they work on."""

from services.workspace.tables.committees import Committee
from services.workspace.tables.notifications import Notification, NotificationPreference
from services.workspace.tables.schema import SCHEMA, Base
from services.workspace.tables.tasks import Assignment, Comment, Task, TaskChange

__all__ = [
    "SCHEMA",
    "Assignment",
    "Base",
    "Comment",
    "Committee",
    "Notification",
    "NotificationPreference",
    "Task",
    "TaskChange",
]
