"""What the workspace sends and receives."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.workspace.events.zones import zone_named
from services.workspace.words import (
    CommitteeKind,
    CommitteeRole,
    Email,
    LinkKind,
    NotificationKind,
    Priority,
    State,
    Why,
)
from shared.fields import Counted, Date, Id, Input, Line, Output, Page, Patch, Prose, Slug, Time


def _said(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("empty", "must not be empty")
    return value


Said = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(_said)]
"""Markdown that says something; at most 20,000 characters."""
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Ref = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$")]
"""The code of a measure or indicator, the id of a document or event."""
Rule = Annotated[str, StringConstraints(max_length=500)]
"""When a task comes again (RFC 5545), such as `FREQ=MONTHLY;BYMONTHDAY=5;UNTIL=20271231`; days only, no times."""


class CommitteeOut(Output):
    """A committee. `your_role` is the caller's strongest role there, `secretariat`, or null for whoever is outside.

    A task force has a mandate, a committee whose it is (`parent`, or none), and days; after the last it has `ended`,
    and its people only read; so has one that was archived, which lists leave out. `may_found`: whether this caller may
    make task forces of it; `may_put_away`: whether they may archive it, or remove it if it never held anything.
    """

    slug: str
    name: str
    names: dict[str, str]
    kind: CommitteeKind
    your_role: Literal["chair", "member", "observer", "secretariat"] | None
    parent: str | None
    mandate: str | None
    mandate_html: str
    starts_on: date | None
    ends_on: date | None
    ended: bool
    archived: bool
    archived_at: Time | None
    may_edit: bool
    may_found: bool
    may_put_away: bool
    demo: bool


class MemberOut(Output):
    """Somebody of a committee, with the strongest role, since the first grant there. `communities` are the codes of
    those that they come from: where they hold a role."""

    user_id: UUID
    name: str
    username: str
    role: CommitteeRole
    since: Time
    communities: list[str]


class ActorOut(Output):
    """Who did something; `user_id` is null when a program did, and the name is the one of that time."""

    user_id: UUID | None
    name: str


class AssigneeOut(Output):
    user_id: UUID
    name: str


class ChecklistItem(Input):
    text: Line
    done: bool = False


class ChecklistItemOut(Output):
    text: str
    done: bool


class Link(Input):
    kind: LinkKind
    ref: Ref


class LinkOut(Output):
    kind: LinkKind
    ref: str


Assignees = Annotated[list[Id], Field(max_length=50)]
Labels = Annotated[list[Label], Field(max_length=20)]
Checklist = Annotated[list[ChecklistItem], Field(max_length=100)]
Links = Annotated[list[Link], Field(max_length=50)]


class TaskIn(Input):
    """With `rrule` the task comes again: it needs `due_on`, the first day."""

    title: Line
    description: Prose | None = None
    state: State = "todo"
    assignees: Assignees = Field(default_factory=list)
    due_on: Date | None = None
    priority: Priority = "normal"
    labels: Labels = Field(default_factory=list)
    checklist: Checklist = Field(default_factory=list)
    links: Links = Field(default_factory=list)
    rrule: Rule | None = None


class StandingOut(Output):
    """How a task stands, for a service that had it made. `done_at`: when it was last moved to done, if it is."""

    id: UUID
    committee: str
    title: str
    state: State
    due_on: date | None
    done_at: Time | None


class StandingsOut(Output):
    items: list[StandingOut]


class TaskPatch(Patch):
    """`null` empties the lists and clears description and due date; title, state and priority cannot be cleared."""

    title: Line | None = None
    description: Prose | None = None
    state: State | None = None
    assignees: Assignees | None = None
    due_on: Date | None = None
    priority: Priority | None = None
    labels: Labels | None = None
    checklist: Checklist | None = None
    links: Links | None = None
    rrule: Rule | None = None


class TaskOut(Output):
    """A task. `assigned` are the names of `assignees`; `overdue`: open and due before today in the Network's time
    zone; `may_edit`, `may_remove`: whether this caller may. With `rrule` it comes again: once it is done, cancelled or
    its day has passed, `followed_by` is the next one, which has the rule from then on and `follows` this one."""

    id: UUID
    committee: str
    title: str
    description: str | None
    description_html: str
    state: State
    assignees: list[UUID]
    assigned: list[AssigneeOut]
    due_on: date | None
    overdue: bool
    priority: Priority
    labels: list[str]
    checklist: list[ChecklistItemOut]
    links: list[LinkOut]
    rrule: str | None
    follows: UUID | None
    followed_by: UUID | None
    comments: int
    attachments: int
    created_by: ActorOut
    created_at: Time
    updated_at: Time
    may_edit: bool
    may_remove: bool
    demo: bool


class MoveIn(Input):
    """Where to: right after a task of that state, with null before all of them, without `after` behind them all."""

    state: State
    after: Id | None = None

    @property
    def to_the_end(self) -> bool:
        return "after" not in self.model_fields_set


class ChangeOut(Output):
    """One field before and after; people by their ids."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True)

    field: str
    before: Any = Field(alias="from")
    after: Any = Field(alias="to")


class HistoryEntryOut(Output):
    id: UUID
    at: Time
    actor: ActorOut
    action: Literal["created", "changed", "moved", "followed"]
    changes: list[ChangeOut]


class HistoryOut(Page[HistoryEntryOut]):
    """What was done to a task, oldest first. `people`: names of those who were assigned or taken off, by id."""

    people: dict[str, str]


class CommentIn(Input):
    text: Said


class CommentPatch(Patch):
    text: Said | None = None


class MentionOut(Output):
    user_id: UUID
    username: str
    name: str


class CommentOut(Output):
    id: UUID
    task: UUID
    text: str
    text_html: str
    author: ActorOut
    mentions: list[MentionOut]
    created_at: Time
    edited_at: Time | None
    may_edit: bool
    may_remove: bool
    demo: bool


class TaskNamed(Output):
    id: UUID
    title: str


class NotificationOut(Output):
    """`text` says what happened and `because` why this person is told, both in the reader's language; `kind` and `why`
    say the same to programs. `subject` is the name of what it is about, `link` its page."""

    id: UUID
    kind: NotificationKind
    why: Why
    text: str
    because: str
    committee: str
    task: TaskNamed | None
    subject: str
    link: str | None
    comment: UUID | None
    actor: str | None
    created_at: Time
    read: bool
    read_at: Time | None
    demo: bool


class NotificationsOut(Page[NotificationOut]):
    """`unread` counts all that were not read yet, not only those of this part."""

    unread: int


class UnreadOut(Output):
    unread: int


class ReadIn(Input):
    """Up to and with which notification everything has been read; without it everything there is."""

    up_to: Id | None = None


def _known_zone(value: str) -> str:
    if zone_named(value) is None:
        raise PydanticCustomError("zone", "must be the name of a time zone, such as America/Guayaquil")
    return value


Hour = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
ZoneName = Annotated[str, StringConstraints(max_length=60), AfterValidator(_known_zone)]


class ChannelsIn(Input):
    """On the platform or not; by mail at once, in the digest of the day, or never (left out: as at the beginning)."""

    in_app: bool = True
    email: Email | None = None


class ChannelsOut(Output):
    in_app: bool
    email: Email


class QuietHoursIn(Input):
    """When no mail is sent at once, in the person's time zone; `until` before `since` passes midnight."""

    since: Hour
    until: Hour


class QuietHoursOut(Output):
    since: str
    until: str


class CommitteeWishesIn(Input):
    """Where a committee differs: it is silent altogether, or some kinds have channels of their own there."""

    muted: bool = False
    kinds: dict[NotificationKind, ChannelsIn] = Field(default_factory=dict)


class CommitteeWishesOut(Output):
    muted: bool
    kinds: dict[NotificationKind, ChannelsOut]


class PreferencesIn(Input):
    """A kind that is left out is as it was at the beginning; whatever else is left out stays. `committees` is the whole
    of what differs in single committees. `digest_at` may come back as it was read: it is the same for everybody."""

    kinds: dict[NotificationKind, ChannelsIn]
    quiet_hours: QuietHoursIn | None = None
    timezone: ZoneName | None = None
    committees: Annotated[dict[Slug, CommitteeWishesIn], Field(max_length=100)] | None = None
    digest_at: str | None = None


class PreferencesOut(Output):
    """`timezone` is the person's own or the Network's; the digest of the day goes out at `digest_at` there."""

    kinds: dict[NotificationKind, ChannelsOut]
    quiet_hours: QuietHoursOut | None
    timezone: str
    digest_at: str
    committees: dict[str, CommitteeWishesOut]


Committees = Counted[CommitteeOut]
Members = Counted[MemberOut]
Tasks = Counted[TaskOut]
