"""Tasks as they are answered."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from services.workspace.access import actor_of, may_lead, may_work_in, user_of
from services.workspace.markdown import html_of
from services.workspace.schemas import (
    ActorOut,
    AssigneeOut,
    ChangeOut,
    ChecklistItemOut,
    HistoryEntryOut,
    LinkOut,
    TaskOut,
)
from services.workspace.tables import Task, TaskChange
from services.workspace.tasks.queries import Counts
from services.workspace.tasks.states import assignees_of
from services.workspace.words import OPEN_STATES
from shared.callers import Caller

UNKNOWN = "—"
"""Stands for a name that cannot be told: of an account that is no more."""


def task_out(
    task: Task, names: Mapping[UUID, str], counts: Counts, caller: Caller, today: date,
    rights: tuple[bool, bool] | None = None,
) -> TaskOut:  # fmt: skip
    """The task as this caller sees it; `names` of whoever it is assigned to. `rights`: whether the caller works in the
    committee and leads it, for whoever has asked already."""
    assignees = assignees_of(task)
    works, leads = rights or (may_work_in(caller, task.committee), may_lead(caller, task.committee))
    return TaskOut(
        id=task.id, committee=task.committee, title=task.title, description=task.description,
        description_html=html_of(task.description) if task.description else "",
        state=task.state, assignees=assignees,
        assigned=[AssigneeOut(user_id=user, name=names.get(user, UNKNOWN)) for user in assignees],
        due_on=task.due_on, overdue=task.due_on is not None and task.due_on < today and task.state in OPEN_STATES,
        priority=task.priority, labels=task.labels,
        checklist=[ChecklistItemOut.model_validate(item) for item in task.checklist],
        links=[LinkOut.model_validate(link) for link in task.links], rrule=task.rrule, follows=task.follows,
        followed_by=task.followed_by, comments=counts.comments, attachments=counts.attachments,
        created_by=ActorOut(user_id=user_of(task.created_by), name=task.created_by_name),
        created_at=task.created_at, updated_at=task.updated_at,
        may_edit=works,
        may_remove=leads or (works and task.created_by == actor_of(caller)), demo=task.demo,
    )  # fmt: skip


def entry_out(row: TaskChange) -> HistoryEntryOut:
    return HistoryEntryOut(
        id=row.id, at=row.at, actor=ActorOut(user_id=user_of(row.actor), name=row.actor_name), action=row.action,
        changes=[ChangeOut.model_validate(change) for change in row.changes],
    )  # fmt: skip
