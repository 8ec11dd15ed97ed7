"""How other services ask the workspace, on behalf of a caller."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.workspace.documents.calls import DocumentCalls
from services.workspace.elections.calls import ElectionCalls
from services.workspace.events.calls import EventCalls
from services.workspace.plans.calls import PlanCalls
from services.workspace.regional_meetings.calls import RegionalMeetingCalls
from services.workspace.schemas import (
    CommentOut,
    CommitteeOut,
    HistoryOut,
    MemberOut,
    NotificationOut,
    NotificationsOut,
    PreferencesOut,
    StandingOut,
    StandingsOut,
    TaskOut,
)
from services.workspace.tasks.calls import TaskCalls
from services.workspace.webhooks.calls import WebhookCalls
from services.workspace.words import STATES, State

ROOT = "/api/v1/workspace"
LARGEST = 200


class WorkspaceClient(
    DocumentCalls, EventCalls, ElectionCalls, TaskCalls, WebhookCalls, PlanCalls, RegionalMeetingCalls
):
    """Each method raises the Problem that the workspace answered with: NotFound, NotAllowed, Invalid and so on."""

    service = "workspace"

    async def committees(self, *, archived: bool = False) -> list[CommitteeOut]:
        """The Network's committees, or those that were archived; none for whoever has no role in the Network."""
        return await self._whole(CommitteeOut, f"{ROOT}/committees", archived="true" if archived else None)

    async def committee(self, slug: str) -> CommitteeOut:
        return CommitteeOut.model_validate(await self._get(f"{ROOT}/committees/{slug}"))

    async def members(self, slug: str) -> list[MemberOut]:
        """The committee's people, the chair first."""
        return await self._whole(MemberOut, f"{ROOT}/committees/{slug}/members")

    async def tasks(self, slug: str, **filters: Any) -> list[TaskOut]:
        """A committee's tasks in the order of its board; `state`, `assignee`, `label`, `overdue`, `due_until`, `q`."""
        return await self._whole(TaskOut, f"{ROOT}/committees/{slug}/tasks", **filters)

    async def board(self, slug: str, **filters: Any) -> dict[State, list[TaskOut]]:
        """The same by column, each from top to bottom; every state is there."""
        columns: dict[State, list[TaskOut]] = {state: [] for state in STATES}
        for task in await self.tasks(slug, **filters):
            columns[task.state].append(task)
        return columns

    async def my_tasks(self, **filters: Any) -> list[TaskOut]:
        """The caller's own tasks in all committees, what is due first, first; `state="todo,doing,review"` and so on."""
        return await self._whole(TaskOut, f"{ROOT}/tasks", assignee="me", **filters)

    async def task(self, task_id: UUID | str) -> tuple[TaskOut, str]:
        """The task and its ETag, for a later change."""
        return await self._with_tag(TaskOut, f"{ROOT}/tasks/{task_id}")

    async def create_task(self, slug: str, wanted: Mapping[str, Any], *, key: str | None = None) -> TaskOut:
        """`wanted` as in the API; `key`: an `Idempotency-Key`."""
        return TaskOut.model_validate_json(await self._post(f"/committees/{slug}/tasks", wanted, key))

    async def standings(self, task_ids: Sequence[UUID]) -> list[StandingOut]:
        """How tasks stand, in the service's own name; those that are no more are left out."""
        if not task_ids:
            return []
        told = await self._get("/internal/tasks", ids=",".join(str(one) for one in task_ids))
        return StandingsOut.model_validate(told).items

    async def change_task(self, task_id: UUID | str, changes: Mapping[str, Any], *, etag: str) -> tuple[TaskOut, str]:
        """Raises StaleVersion when somebody changed it since."""
        answer = await self._send("PATCH", f"{ROOT}/tasks/{task_id}", json=dict(changes), headers={"If-Match": etag})
        return TaskOut.model_validate_json(answer.content), answer.headers["etag"]

    async def move_task(
        self, task_id: UUID | str, state: str, *, after: UUID | str | None = None, to_the_end: bool = False
    ) -> TaskOut:
        """Below `after`, to the top without it, or to the end."""
        place = {} if to_the_end else {"after": str(after) if after is not None else None}
        return TaskOut.model_validate_json(await self._post(f"/tasks/{task_id}/move", {"state": state, **place}, None))

    async def remove_task(self, task_id: UUID | str, *, etag: str) -> None:
        await self._send("DELETE", f"{ROOT}/tasks/{task_id}", headers={"If-Match": etag})

    async def history(self, task_id: UUID | str, *, cursor: str | None = None) -> HistoryOut:
        """Who did what when, oldest first, 200 at a time."""
        told = await self._get(f"{ROOT}/tasks/{task_id}/history", limit=LARGEST, cursor=cursor)
        return HistoryOut.model_validate(told)

    async def comments(self, task_id: UUID | str) -> list[CommentOut]:
        """All of them, oldest first."""
        return await self._whole(CommentOut, f"{ROOT}/tasks/{task_id}/comments")

    async def comment(self, task_id: UUID | str, text: str, *, key: str | None = None) -> CommentOut:
        """Say something in the caller's name."""
        return CommentOut.model_validate_json(await self._post(f"/tasks/{task_id}/comments", {"text": text}, key))

    async def notifications(
        self, *, limit: int = 50, cursor: str | None = None, unread: bool = False
    ) -> NotificationsOut:
        """The newest first, and how many are unread in all."""
        told = await self._get(f"{ROOT}/notifications", limit=limit, cursor=cursor, unread="true" if unread else None)
        return NotificationsOut.model_validate(told)

    async def unread(self) -> int:
        """How many notifications the caller has not read."""
        return (await self.notifications(limit=1)).unread

    async def read_notification(self, notification_id: UUID | str) -> NotificationOut:
        return NotificationOut.model_validate_json(
            await self._post(f"/notifications/{notification_id}/read", None, None)
        )

    async def read_all_notifications(self, *, up_to: UUID | str | None = None) -> int:
        """Mark everything as read, or everything until one and itself; how many are unread then."""
        body = {"up_to": str(up_to)} if up_to is not None else {}
        answer = await self._send("POST", f"{ROOT}/notifications/read", json=body)
        return int(answer.json()["unread"])

    async def preferences(self) -> PreferencesOut:
        return PreferencesOut.model_validate(await self._get(f"{ROOT}/notifications/preferences"))

    async def set_preferences(self, kinds: Mapping[str, Mapping[str, Any]], **more: Any) -> PreferencesOut:
        """`{kind: {"in_app": bool, "email": "at_once" | "daily" | "never"}}`; a kind that is left out is as it was at
        the beginning."""
        answer = await self._send("PUT", f"{ROOT}/notifications/preferences", json={"kinds": kinds, **more})
        return PreferencesOut.model_validate_json(answer.content)

    async def unsubscribe(self, token: str) -> None:
        """Stop mail of the kind that the token in a mail names. Raises NotFound for what is no such token."""
        await self._send("POST", f"{ROOT}/notifications/unsubscribe", params={"token": token})

    async def _post(self, path: str, body: Mapping[str, Any] | None, key: str | None) -> bytes:
        headers = {"Idempotency-Key": key} if key is not None else {}
        return (await self._send("POST", f"{ROOT}{path}", json=body, headers=headers)).content
