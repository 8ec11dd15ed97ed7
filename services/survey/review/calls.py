"""How other services ask about the review, agreements and actions: a part of the survey's client."""

from collections.abc import Mapping
from typing import Any

from services.survey.addresses import path_of
from services.survey.schemas.reviewing import (
    ActionOut,
    ActionsOut,
    AgreedMeasure,
    AgreedMeasures,
    EarlierOut,
    NotedOut,
    ReviewCommentOut,
    ReviewCommentsOut,
    ReviewOut,
)
from shared.peers import Client


class ReviewCalls(Client):
    """Each method raises the Problem that the survey answered with."""

    service = "survey"

    async def review(self, year: int, community: str) -> ReviewOut:
        """Each measure beside last year's, with flags and the review's comments. Raises NotFound, NotAllowed."""
        return ReviewOut.model_validate(await self._get(f"{path_of(year, community)}/review"))

    async def agreements(self, year: int, community: str) -> list[AgreedMeasure]:
        """What was agreed and the minority notes, for the community's people. Raises NotFound."""
        return AgreedMeasures.model_validate(await self._get(f"{path_of(year, community)}/agreed")).items

    async def note_disagreement(
        self, year: int, community: str, measure: str, group: str, note: str | None, etag: str
    ) -> NotedOut:
        """A group's note, or with None its end. Raises StaleVersion, Conflict, Invalid, NotAllowed."""
        told = await self._send(
            "PUT" if note is not None else "DELETE", f"{path_of(year, community)}/agreed/{measure}/minority/{group}",
            json={"note": note} if note is not None else None, headers={"If-Match": etag},
        )  # fmt: skip
        return NotedOut.model_validate_json(told.content)

    async def earlier(self, year: int, community: str) -> EarlierOut:
        """The year before beside this one, for the community's people. Raises NotFound."""
        return EarlierOut.model_validate(await self._get(f"{path_of(year, community)}/earlier"))

    async def review_comments(self, year: int, community: str) -> list[ReviewCommentOut]:
        """Raises NotFound, NotAllowed."""
        return ReviewCommentsOut.model_validate(await self._get(f"{path_of(year, community)}/comments")).items

    async def add_review_comment(self, year: int, community: str, measure: str | None, text: str) -> ReviewCommentOut:
        """Raises Conflict, Invalid, NotAllowed."""
        told = await self._send(
            "POST", f"{path_of(year, community)}/comments", json={"measure": measure, "text": text}
        )  # fmt: skip
        return ReviewCommentOut.model_validate_json(told.content)

    async def reply_to_review(self, year: int, community: str, comment: str, text: str) -> ReviewCommentOut:
        """Raises Conflict, Invalid."""
        url = f"{path_of(year, community)}/comments/{comment}/replies"
        return ReviewCommentOut.model_validate_json((await self._send("POST", url, json={"text": text})).content)

    async def settle_comment(
        self, year: int, community: str, comment: str, settled: bool, version: int
    ) -> ReviewCommentOut:
        """Raises StaleVersion, NotAllowed."""
        told = await self._send(
            "PATCH", f"{path_of(year, community)}/comments/{comment}", json={"settled": settled},
            headers={"If-Match": f'"{version}"'},
        )  # fmt: skip
        return ReviewCommentOut.model_validate_json(told.content)

    async def remove_draft_comment(self, year: int, community: str, comment: str, version: int) -> None:
        """Raises StaleVersion, Conflict once it was sent."""
        url = f"{path_of(year, community)}/comments/{comment}"
        await self._send("DELETE", url, headers={"If-Match": f'"{version}"'})

    async def actions(self, year: int, community: str, measure: str | None = None) -> ActionsOut:
        """What is done about gaps, this year and the last. Raises NotFound."""
        return ActionsOut.model_validate(await self._get(f"{path_of(year, community)}/actions", measure=measure))

    async def add_action(self, year: int, community: str, wanted: Mapping[str, Any]) -> ActionOut:
        """Raises NotAllowed, NotFound, Invalid."""
        told = await self._send("POST", f"{path_of(year, community)}/actions", json=dict(wanted))
        return ActionOut.model_validate_json(told.content)

    async def remove_action(self, year: int, community: str, action: str, version: int) -> None:
        """Take an action away; of a committee's task only the link. Raises StaleVersion, NotAllowed, NotFound."""
        url = f"{path_of(year, community)}/actions/{action}"
        await self._send("DELETE", url, headers={"If-Match": f'"{version}"'})

    async def change_action(
        self, year: int, community: str, action: str, changes: Mapping[str, Any], version: int
    ) -> ActionOut:
        """Raises StaleVersion, Conflict, Invalid."""
        told = await self._send(
            "PATCH", f"{path_of(year, community)}/actions/{action}", json=dict(changes),
            headers={"If-Match": f'"{version}"'},
        )  # fmt: skip
        return ActionOut.model_validate_json(told.content)
