"""How other services ask for communities beside each other."""

from typing import Any

from services.indicators.schemas_of_comparisons import ComparisonOut, MapOut, RanksOut
from shared.peers import Client

ROOT = "/api/v1/indicators"


class ComparisonsCalls(Client):
    """Part of `IndicatorsClient`."""

    service = "indicators"

    async def ranks(self, indicator: str, **filters: Any) -> RanksOut:
        """Places over time; filters `community`, `from`, `to`, `peer_group`. Raises NotFound, Invalid."""
        return RanksOut.model_validate(await self._get(f"{ROOT}/ranks/{indicator}", **filters))

    async def benchmark_by_community(self, indicator: str, **filters: Any) -> MapOut:
        """Filters `period`, `peer_group`. Raises NotFound, Invalid."""
        return MapOut.model_validate(await self._get(f"{ROOT}/benchmarks/{indicator}/communities", **filters))

    async def comparison(self, indicator: str, communities: list[str], **filters: Any) -> ComparisonOut:
        """Up to ten communities; filters `period`, `peer_group`, `ports`. Raises NotFound, Invalid."""
        told = await self._get(f"{ROOT}/comparisons/{indicator}", communities=",".join(communities), **filters)
        return ComparisonOut.model_validate(told)
