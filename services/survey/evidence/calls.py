"""How other services ask about evidence: a part of the survey's client."""

from collections.abc import AsyncIterable, Mapping
from urllib.parse import quote

from services.survey.schemas.evidence import EvidenceListOut, EvidenceOut
from shared.peers import Client

CAMPAIGNS = "/api/v1/survey/campaigns"


class EvidenceCalls(Client):
    async def evidence(self, year: int, community: str) -> list[EvidenceOut]:
        """What the community gave, this year and before, the newest first. Raises NotFound, NotAllowed."""
        return EvidenceListOut.model_validate(await self._get(_path(year, community))).items

    async def send_evidence(
        self, year: int, community: str, name: str, chunks: AsyncIterable[bytes], fields: Mapping[str, str]
    ) -> EvidenceOut:
        """A file while it comes; `fields` may have a `title`. Raises Invalid at `/file`, TooLarge, Conflict."""
        return EvidenceOut.model_validate_json(await self._send_file(_path(year, community), name, chunks, fields))

    async def link_evidence(self, year: int, community: str, title: str, url: str) -> EvidenceOut:
        """Raises Invalid, Conflict, NotAllowed."""
        told = await self._send("POST", f"{_path(year, community)}/links", json={"title": title, "url": url})
        return EvidenceOut.model_validate_json(told.content)


def _path(year: int, community: str) -> str:
    return f"{CAMPAIGNS}/{year}/assessments/{quote(community)}/evidence"
