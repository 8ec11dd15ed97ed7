"""Tables of the workspace schema: committees and what they work on."""

from services.workspace.tables.committees import Committee
from services.workspace.tables.discussions import Discussion, DiscussionRead, Post, PostRevision
from services.workspace.tables.documents import Document, DocumentVersion, Upload
from services.workspace.tables.notifications import Notification, NotificationPreference
from services.workspace.tables.schema import SCHEMA, Base
from services.workspace.tables.search import SearchEntry
from services.workspace.tables.tasks import Assignment, Comment, Task, TaskChange

__all__ = [
    "SCHEMA",
    "Assignment",
    "Base",
    "Comment",
    "Committee",
    "Discussion",
    "DiscussionRead",
    "Document",
    "DocumentVersion",
    "Notification",
    "NotificationPreference",
    "Post",
    "PostRevision",
    "SearchEntry",
    "Task",
    "TaskChange",
    "Upload",
]
