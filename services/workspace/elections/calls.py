"""What other services ask about elections: a part of the workspace's client."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.workspace.elections.schemas import ElectionOut, ResultOut
from shared.peers import Client

ROOT = "/api/v1/workspace"
LARGEST = 200


class ElectionCalls(Client):
    """Each method raises the Problem that the workspace answered with."""

    async def elections(self, slug: str) -> list[ElectionOut]:
        """A committee's, the latest to close first."""
        told = await self._get(f"{ROOT}/committees/{slug}/elections", limit=LARGEST)
        return [ElectionOut.model_validate(item) for item in told["items"]]

    async def election(self, election_id: UUID | str) -> ElectionOut:
        return ElectionOut.model_validate(await self._get(f"{ROOT}/elections/{election_id}"))

    async def call_election(self, slug: str, wanted: Mapping[str, Any]) -> ElectionOut:
        answer = await self._send("POST", f"{ROOT}/committees/{slug}/elections", json=dict(wanted))
        return ElectionOut.model_validate_json(answer.content)

    async def cancel_election(self, election_id: UUID | str, reason: str) -> None:
        await self._send("POST", f"{ROOT}/elections/{election_id}/cancel", json={"reason": reason})

    async def nominate(self, election_id: UUID | str, user_id: str, statement: str | None) -> None:
        wanted = {"user_id": user_id, "statement": statement}
        await self._send("POST", f"{ROOT}/elections/{election_id}/nominations", json=wanted)

    async def answer_nomination(self, election_id: UUID | str, nomination: UUID | str, *, accept: bool) -> None:
        said = "accept" if accept else "withdraw"
        await self._send("POST", f"{ROOT}/elections/{election_id}/nominations/{nomination}/{said}")

    async def vote(self, election_id: UUID | str, choices: Sequence[str]) -> str:
        """The receipt, which is told this once."""
        answer = await self._send("POST", f"{ROOT}/elections/{election_id}/ballots", json={"choices": list(choices)})
        return str(answer.json()["receipt"])

    async def election_result(self, election_id: UUID | str) -> ResultOut:
        """Raises Conflict before the close."""
        return ResultOut.model_validate(await self._get(f"{ROOT}/elections/{election_id}/result"))
