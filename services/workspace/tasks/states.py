"""A task as its history sees it: what each field was, and what of it changed."""

from typing import Any
from uuid import UUID

from services.workspace.tables import Task


def assignees_of(task: Task) -> list[UUID]:
    return [assignment.user_id for assignment in task.assignments]


def state_of(task: Task) -> dict[str, Any]:
    """The fields that people edit, as on the wire."""
    return {
        "title": task.title,
        "description": task.description,
        "state": task.state,
        "assignees": [str(user) for user in assignees_of(task)],
        "due_on": task.due_on.isoformat() if task.due_on is not None else None,
        "priority": task.priority,
        "labels": list(task.labels),
        "checklist": list(task.checklist),
        "links": list(task.links),
        "rrule": task.rrule,
    }


def differences(before: dict[str, Any] | None, after: dict[str, Any]) -> list[dict[str, Any]]:
    """`[{"field", "from", "to"}]` of what changed; for a new task, of what it was given.

    >>> differences({"title": "a", "state": "todo"}, {"title": "a", "state": "done"})
    [{'field': 'state', 'from': 'todo', 'to': 'done'}]
    >>> differences(None, {"title": "a", "labels": []})
    [{'field': 'title', 'from': None, 'to': 'a'}]
    """
    if before is None:
        return [{"field": name, "from": None, "to": value} for name, value in after.items() if value not in (None, [])]
    return [
        {"field": name, "from": before[name], "to": value} for name, value in after.items() if value != before[name]
    ]


def people_in(changes: list[dict[str, Any]]) -> set[UUID]:
    """Who was assigned or taken off."""
    return {
        UUID(user)
        for change in changes
        if change["field"] == "assignees"
        for side in ("from", "to")
        for user in change[side] or ()
    }
