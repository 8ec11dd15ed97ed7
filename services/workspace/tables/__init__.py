"""Tables of the workspace schema: committees and what they work on."""

from services.workspace.tables.attachments import Attachment
from services.workspace.tables.committees import CharterRevision, Committee, PlanItem
from services.workspace.tables.discussions import Discussion, DiscussionRead, Post, PostRevision
from services.workspace.tables.documents import Document, DocumentVersion, Upload
from services.workspace.tables.elections import BallotBox, Election, Nomination, Voter
from services.workspace.tables.events import (
    Attendance,
    CalendarToken,
    Decision,
    Event,
    EventDeviation,
    Minutes,
    Poll,
    PollAnswer,
)
from services.workspace.tables.kept_results import KeptResult
from services.workspace.tables.notifications import Delivery, Digest, Notification, NotificationPreference
from services.workspace.tables.regional_meetings import RegionalMeeting, Registration, RegistrationCount
from services.workspace.tables.schema import SCHEMA, Base
from services.workspace.tables.search import SearchEntry
from services.workspace.tables.tasks import Assignment, Comment, Task, TaskChange
from services.workspace.tables.visits import CommitteeVisit
from services.workspace.tables.webhooks import Webhook, WebhookMessage

__all__ = [
    "SCHEMA",
    "Assignment",
    "Attachment",
    "Attendance",
    "BallotBox",
    "Base",
    "CalendarToken",
    "CharterRevision",
    "Comment",
    "Committee",
    "CommitteeVisit",
    "Decision",
    "Delivery",
    "Digest",
    "Discussion",
    "DiscussionRead",
    "Document",
    "DocumentVersion",
    "Election",
    "Event",
    "EventDeviation",
    "KeptResult",
    "Minutes",
    "Nomination",
    "Notification",
    "NotificationPreference",
    "PlanItem",
    "Poll",
    "PollAnswer",
    "Post",
    "PostRevision",
    "RegionalMeeting",
    "Registration",
    "RegistrationCount",
    "SearchEntry",
    "Task",
    "TaskChange",
    "Upload",
    "Voter",
    "Webhook",
    "WebhookMessage",
]
