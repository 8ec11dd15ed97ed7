"""How other services ask the indicators service."""

from typing import Any

from services.indicators.benchmarks.calls import ComparisonsCalls
from services.indicators.drafts.calls import DefinitionCalls
from services.indicators.drafts.schemas import DraftOut, VersionOut
from services.indicators.entries.schemas import CellErrorOut, GridOut, SavedOut
from services.indicators.imports.calls import DataCalls
from services.indicators.imports.schemas import ImportOut
from services.indicators.schemas import (
    AcceptedOut,
    BenchmarkOut,
    DueOut,
    DuesOut,
    IndicatorOut,
    ObservationOut,
    PeerGroupOut,
    ReferenceValueOut,
    RevisionOut,
    ScorecardOut,
    SeriesOut,
    SubmissionOut,
    TrendOut,
    VisibilityOut,
)  # fmt: skip

ROOT = "/api/v1/indicators"
__all__ = ["CellErrorOut", "DraftOut", "GridOut", "ImportOut", "IndicatorsClient", "SavedOut", "VersionOut"]


class IndicatorsClient(DataCalls, DefinitionCalls, ComparisonsCalls):
    """Calls the indicators service on behalf of a caller, or in the service's own name."""

    service = "indicators"

    async def catalogue(self, interface: str | None = None) -> list[IndicatorOut]:
        """Every indicator in its current version, or those of one interface."""
        return await self._whole(IndicatorOut, f"{ROOT}/catalogue", interface=interface)

    async def indicator(self, code: str) -> IndicatorOut:
        """Raises NotFound."""
        return IndicatorOut.model_validate(await self._get(f"{ROOT}/catalogue/{code}"))

    async def reference_series(self) -> list[SeriesOut]:
        return await self._whole(SeriesOut, f"{ROOT}/reference-series")

    async def reference_values(self, slug: str, **filters: Any) -> tuple[SeriesOut, list[ReferenceValueOut]]:
        """The series and its ports that have a rank, best first; filters `country`, `unlocode` (several with commas
        between), `q`. Raises NotFound."""
        part = await self._get(f"{ROOT}/reference-series/{slug}", limit=1, **filters)
        values = await self._whole(ReferenceValueOut, f"{ROOT}/reference-series/{slug}", **filters)
        return SeriesOut.model_validate(part["series"]), [value for value in values if value.rank is not None]

    async def peer_groups(self) -> list[PeerGroupOut]:
        """Built-in groups that have members, and curated ones, by slug."""
        return await self._whole(PeerGroupOut, f"{ROOT}/peer-groups")

    async def benchmark(
        self, indicator: str, *, period: str | None = None, community: str | None = None, peer_group: str | None = None
    ) -> BenchmarkOut:
        """One cell; the newest period when none is given. Raises NotFound, Invalid."""
        told = await self._get(
            f"{ROOT}/benchmarks/{indicator}", period=period, community=community, peer_group=peer_group
        )
        return BenchmarkOut.model_validate(told)

    async def scorecard(self, community: str, period: str, *, peer_group: str | None = None) -> ScorecardOut:
        """Every indicator of a community, and the index of each interface. Raises NotFound, Invalid."""
        told = await self._get(f"{ROOT}/scorecards/{community}", period=period, peer_group=peer_group)
        return ScorecardOut.model_validate(told)

    async def trend(self, indicator: str, **filters: Any) -> TrendOut:
        """Over time; filters `community`, `from`, `to`, `peer_group`. Raises NotFound, Invalid."""
        return TrendOut.model_validate(await self._get(f"{ROOT}/trends/{indicator}", **filters))

    async def observations(self, **filters: Any) -> list[ObservationOut]:
        """Every value that the caller may see; filters `indicator`, `community`, `from`, `to`, `as_of`."""
        return await self._whole(ObservationOut, f"{ROOT}/observations", **filters)

    async def record(self, rows: list[dict[str, Any]]) -> AcceptedOut:
        """Up to 10,000 values, all or none. Raises NotAllowed, Invalid with `/{row}/{field}`, Conflict."""
        return AcceptedOut.model_validate((await self._send("POST", f"{ROOT}/observations", json=rows)).json())

    async def revisions(self, indicator: str, community: str, period: str) -> list[RevisionOut]:
        """Oldest first. Raises NotFound."""
        path = f"{ROOT}/observations/{indicator}/{community}/{period}/revisions"
        return await self._whole(RevisionOut, path)

    async def submission(self, community: str, period: str) -> SubmissionOut:
        """Raises NotFound, NotAllowed."""
        return SubmissionOut.model_validate(await self._get(f"{ROOT}/submissions/{community}/{period}"))

    async def submit(self, community: str, period: str) -> SubmissionOut:
        """Raises NotFound, NotAllowed, Conflict."""
        return await self._step(community, period, "submit")

    async def approve(self, community: str, period: str) -> SubmissionOut:
        """Raises NotFound, NotAllowed (also for whoever submitted), Conflict."""
        return await self._step(community, period, "approve")

    async def return_data(self, community: str, period: str, reason: str) -> SubmissionOut:
        """Raises NotFound, NotAllowed, Conflict, Invalid."""
        return await self._step(community, period, "return", {"reason": reason})

    async def visibility(self, community: str) -> VisibilityOut:
        """Raises NotFound, NotAllowed."""
        return VisibilityOut.model_validate(await self._get(f"{ROOT}/visibility/{community}"))

    async def set_visibility(self, community: str, default: str, indicators: dict[str, str]) -> VisibilityOut:
        """Raises NotFound, NotAllowed, Invalid."""
        wanted = {"default": default, "indicators": indicators}
        return VisibilityOut.model_validate(
            (await self._send("PUT", f"{ROOT}/visibility/{community}", json=wanted)).json()
        )

    async def mine(self) -> list[DueOut]:
        """What is due from or waits for the caller, what waits for the caller first; for the desk."""
        return DuesOut.model_validate(await self._get(f"{ROOT}/mine")).items

    async def _step(self, community: str, period: str, step: str, body: dict[str, Any] | None = None) -> SubmissionOut:
        path = f"{ROOT}/submissions/{community}/{period}/{step}"
        return SubmissionOut.model_validate((await self._send("POST", path, json=body)).json())
