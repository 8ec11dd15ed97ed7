"""Who hears of what: one notice per event and person, never of one's own act. Pure rules."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from services.workspace.words import NotificationKind, Why


@dataclass(frozen=True, slots=True)
class Notice:
    """That somebody is told of an event, as what, and why."""

    user_id: UUID
    kind: NotificationKind
    why: Why


def of_change(
    *, actor: UUID | None, creator: UUID | None, before: Collection[UUID], after: Iterable[UUID], moved: bool
) -> list[Notice]:
    """Whoever was newly assigned; and when the task came into another state, all whose task it is, and who made it.

    `before` and `after` are the assignees; a new task was nobody's before. None stands for a program.
    """
    told: dict[UUID, Notice] = {}
    kept = [user for user in after if user in before]
    for user in after:
        if user not in before:
            told[user] = Notice(user, "assigned", "assignee")
    if moved:
        for user in kept:
            told[user] = Notice(user, "moved", "assignee")
        if creator is not None:
            told.setdefault(creator, Notice(creator, "moved", "creator"))
    return [notice for user, notice in told.items() if user != actor]


def of_comment(
    *, actor: UUID | None, creator: UUID | None, assignees: Iterable[UUID], mentioned: Iterable[UUID]
) -> list[Notice]:
    """Whoever was mentioned, else whose task it is, else who made it."""
    told: dict[UUID, Notice] = {}
    for user in mentioned:
        told.setdefault(user, Notice(user, "mentioned", "mentioned"))
    for user in assignees:
        told.setdefault(user, Notice(user, "commented", "assignee"))
    if creator is not None:
        told.setdefault(creator, Notice(creator, "commented", "creator"))
    return [notice for user, notice in told.items() if user != actor]


def of_edited_comment(
    *, actor: UUID | None, mentioned_before: Collection[UUID], mentioned: Iterable[UUID]
) -> list[Notice]:
    """Whoever the comment mentions now and did not before."""
    return [
        Notice(user, "mentioned", "mentioned") for user in mentioned if user not in mentioned_before and user != actor
    ]


def of_due_date(*, setter: UUID | None, assignees: Iterable[UUID]) -> list[Notice]:
    """Whose task is due; not whoever has set such a near date just now."""
    return [Notice(user, "due_soon", "assignee") for user in assignees if user != setter]


def of_post(*, actor: UUID | None, mentioned: Iterable[UUID], taking_part: Iterable[UUID]) -> list[Notice]:
    """Whoever was mentioned in a discussion, else who has spoken in it."""
    told: dict[UUID, Notice] = {}
    for user in mentioned:
        told.setdefault(user, Notice(user, "named", "named"))
    for user in taking_part:
        told.setdefault(user, Notice(user, "posted", "speaker"))
    return [notice for user, notice in told.items() if user != actor]


def of_overdue(*, creator: UUID | None, assignees: Iterable[UUID]) -> list[Notice]:
    """Whose task is overdue; whoever made it when it is nobody's."""
    told = [Notice(user, "overdue", "assignee") for user in assignees]
    return told or ([Notice(creator, "overdue", "creator")] if creator is not None else [])
