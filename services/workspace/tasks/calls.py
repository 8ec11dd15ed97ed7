"""How other services ask about the files of tasks: a part of the workspace's client."""

from collections.abc import AsyncIterable
from typing import Any
from uuid import UUID

from services.workspace.schemas import TaskOut
from services.workspace.tasks.schemas import AttachmentOut, AttachmentsOut, BoardOut
from shared.fields import Counted
from shared.peers import Client

COMMITTEES, TASKS = "/api/v1/workspace/committees", "/api/v1/workspace/tasks"


class TaskCalls(Client):
    async def cards(self, slug: str, **filters: Any) -> BoardOut:
        """A committee's whole board at once; `state`, `assignee`, `label`, `overdue`, `due_until`, `q`."""
        return BoardOut.model_validate(await self._get(f"{COMMITTEES}/{slug}/board", **filters))

    async def tasks_in_parts(self, slug: str, cursor: str | None, **filters: Any) -> Counted[TaskOut]:
        """A hundred of a committee's tasks, sorted by `sort`; the rest follows by their `next`. Raises Invalid."""
        told = await self._get(f"{COMMITTEES}/{slug}/tasks", limit=100, cursor=cursor, **filters)
        return Counted[TaskOut].model_validate(told)

    async def attachments(self, task_id: UUID | str) -> list[AttachmentOut]:
        """A task's files, the oldest first. Raises NotFound."""
        return AttachmentsOut.model_validate(await self._get(f"{TASKS}/{task_id}/attachments")).items

    async def attach(self, task_id: UUID | str, name: str, chunks: AsyncIterable[bytes]) -> AttachmentOut:
        """A file while it comes. Raises Invalid at `/file`, TooLarge, Conflict, NotAllowed."""
        return AttachmentOut.model_validate_json(
            await self._send_file(f"{TASKS}/{task_id}/attachments", name, chunks, {})
        )

    async def remove_attachment(self, task_id: UUID | str, attachment_id: UUID | str) -> None:
        """Raises NotAllowed, NotFound."""
        await self._send("DELETE", f"{TASKS}/{task_id}/attachments/{attachment_id}")
