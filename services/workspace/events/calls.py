"""What other services ask about meetings, decisions and polls: a part of the workspace's client."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.workspace.events.schemas import DecisionOut, EventOut, MinutesOut, OccurrenceOut, TokenOut
from services.workspace.overview.schemas import OverviewOut, WaitingListOut, WaitingOut
from services.workspace.polls.schemas import PollOut
from services.workspace.schemas import TaskOut
from shared.fields import Counted, utc
from shared.peers import Client
from shared.problems import NotFound

ROOT = "/api/v1/workspace"
LARGEST = 200


class EventCalls(Client):
    """Each method raises the Problem that the workspace answered with."""

    async def calendar(
        self, since: datetime, until: datetime, *, committee: str | None = None, public: bool = False
    ) -> list[OccurrenceOut]:
        """Single meetings in the order of time, of all that the caller may know of; 400 days at the most."""
        told = await self._get(
            f"{ROOT}/calendar", **{"from": utc(since), "to": utc(until)}, committee=committee,
            public="true" if public else None,
        )  # fmt: skip
        return [OccurrenceOut.model_validate(item) for item in told["items"]]

    async def event(self, event_id: UUID | str) -> tuple[EventOut, str]:
        """The meeting and its ETag."""
        return await self._with_tag(EventOut, f"{ROOT}/events/{event_id}")

    async def add_event(self, slug: str, wanted: Mapping[str, Any]) -> EventOut:
        answer = await self._send("POST", f"{ROOT}/committees/{slug}/events", json=dict(wanted))
        return EventOut.model_validate_json(answer.content)

    async def change_event(
        self, event_id: UUID | str, changes: Mapping[str, Any], *, etag: str, occurrence: str | None = None
    ) -> EventOut:
        """With `occurrence`, one of a series. Raises StaleVersion when somebody changed it since."""
        answer = await self._send(
            "PATCH", f"{ROOT}/events/{event_id}", json=dict(changes), headers={"If-Match": etag},
            params=_named(occurrence),
        )  # fmt: skip
        return EventOut.model_validate_json(answer.content)

    async def remove_event(self, event_id: UUID | str, *, etag: str) -> None:
        await self._send("DELETE", f"{ROOT}/events/{event_id}", headers={"If-Match": etag})

    async def answer_invitation(self, event_id: UUID | str, said: str, *, occurrence: str | None = None) -> EventOut:
        """`yes`, `no` or `maybe`: to all of a series, or to one."""
        answer = await self._send(
            "PUT", f"{ROOT}/events/{event_id}/attendance", json={"answer": said}, params=_named(occurrence)
        )
        return EventOut.model_validate_json(answer.content)

    async def minutes(self, event_id: UUID | str, occurrence: str | None) -> tuple[MinutesOut, str] | None:
        """The minutes of one meeting and their ETag; None while there are none."""
        try:
            answer = await self._send("GET", f"{ROOT}/events/{event_id}/minutes", params=_named(occurrence))
        except NotFound:
            return None
        return MinutesOut.model_validate_json(answer.content), answer.headers["etag"]

    async def write_minutes(
        self, event_id: UUID | str, wanted: Mapping[str, Any], *, occurrence: str | None, etag: str | None
    ) -> MinutesOut:
        """The first time without `etag`. Raises Conflict when others wrote some meanwhile, StaleVersion."""
        answer = await self._send(
            "POST" if etag is None else "PUT", f"{ROOT}/events/{event_id}/minutes", json=dict(wanted),
            params=_named(occurrence), headers={"If-Match": etag} if etag is not None else {},
        )  # fmt: skip
        return MinutesOut.model_validate_json(answer.content)

    async def approve_minutes(
        self, event_id: UUID | str, wanted: Mapping[str, Any], *, occurrence: str | None, etag: str
    ) -> MinutesOut:
        """Record that the meeting `wanted` names approved them: they freeze."""
        answer = await self._send(
            "POST", f"{ROOT}/events/{event_id}/minutes/approve", json=dict(wanted), params=_named(occurrence),
            headers={"If-Match": etag},
        )  # fmt: skip
        return MinutesOut.model_validate_json(answer.content)

    async def tasks_of_meeting(self, event_id: UUID | str) -> list[TaskOut]:
        told = await self._get(f"{ROOT}/events/{event_id}/tasks", limit=LARGEST)
        return [TaskOut.model_validate(item) for item in told["items"]]

    async def add_task_of_meeting(self, event_id: UUID | str, wanted: Mapping[str, Any]) -> TaskOut:
        answer = await self._send("POST", f"{ROOT}/events/{event_id}/tasks", json=dict(wanted))
        return TaskOut.model_validate_json(answer.content)

    async def decisions(self, slug: str, *, event: UUID | str | None = None) -> list[DecisionOut]:
        """The newest 200 of a committee, or those of one meeting."""
        told = await self._get(
            f"{ROOT}/committees/{slug}/decisions", limit=LARGEST, event=str(event) if event is not None else None
        )
        return [DecisionOut.model_validate(item) for item in told["items"]]

    async def record_decision(self, slug: str, wanted: Mapping[str, Any]) -> DecisionOut:
        answer = await self._send("POST", f"{ROOT}/committees/{slug}/decisions", json=dict(wanted))
        return DecisionOut.model_validate_json(answer.content)

    async def overview(self, slug: str) -> OverviewOut:
        """What is new, due and waiting in a committee."""
        return OverviewOut.model_validate(await self._get(f"{ROOT}/committees/{slug}/overview"))

    async def waiting(self) -> list[WaitingOut]:
        """What waits for the caller in all their committees."""
        return WaitingListOut.model_validate(await self._get(f"{ROOT}/waiting")).items

    async def mark_seen(self, slug: str, at: str | None) -> None:
        await self._send("POST", f"{ROOT}/committees/{slug}/seen", json={"at": at})

    async def calendar_token(self) -> TokenOut:
        """A new token for the caller's private feed; the one before stops."""
        return TokenOut.model_validate_json((await self._send("POST", f"{ROOT}/calendar/token")).content)

    async def drop_calendar_token(self) -> None:
        await self._send("DELETE", f"{ROOT}/calendar/token")

    async def polls(self, slug: str) -> list[PollOut]:
        """The newest 200 polls for a date."""
        told = await self._get(f"{ROOT}/committees/{slug}/polls", limit=LARGEST)
        return Counted[PollOut].model_validate(told).items

    async def poll(self, poll_id: UUID | str) -> tuple[PollOut, str]:
        return await self._with_tag(PollOut, f"{ROOT}/polls/{poll_id}")

    async def add_poll(self, slug: str, wanted: Mapping[str, Any]) -> PollOut:
        answer = await self._send("POST", f"{ROOT}/committees/{slug}/polls", json=dict(wanted))
        return PollOut.model_validate_json(answer.content)

    async def answer_poll(self, poll_id: UUID | str, answers: Mapping[str, str]) -> PollOut:
        answer = await self._send("PUT", f"{ROOT}/polls/{poll_id}/answers", json={"answers": dict(answers)})
        return PollOut.model_validate_json(answer.content)

    async def choose_date(self, poll_id: UUID | str, option: str, *, etag: str) -> PollOut:
        answer = await self._send(
            "POST", f"{ROOT}/polls/{poll_id}/choose", json={"option": option}, headers={"If-Match": etag}
        )
        return PollOut.model_validate_json(answer.content)


def _named(occurrence: str | None) -> dict[str, str]:
    return {"occurrence": occurrence} if occurrence is not None else {}
