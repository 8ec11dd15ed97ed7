"""What the tests of indicators set up again and again, through the front door."""

from collections.abc import Mapping
from typing import Any

import httpx

from deploy.local.composition import Platform
from tests.people import Person, somebody

URL = "/api/v1/indicators"
MANZANILLO = "mx-manzanillo"
PORTS = (
    "mx-manzanillo", "cl-biobio", "mx-veracruz", "pe-callao", "co-buenaventura", "ec-guayaquil", "uy-montevideo",
)  # fmt: skip


def row(
    indicator: str = "VPA-01", community: str = MANZANILLO, period: str = "2025-01", **values: Any
) -> dict[str, Any]:
    return {"indicator": indicator, "community": community, "period": period, **(values or {"value": 12.5})}


async def record(person: Person, *rows: dict[str, Any]) -> httpx.Response:
    return await person.post(f"{URL}/observations", json=list(rows))


async def step(person: Person, what: str, period: str = "2025-01", community: str = MANZANILLO, **body: Any) -> Any:
    return await person.post(f"{URL}/submissions/{community}/{period}/{what}", **({"json": body} if body else {}))


async def colleague(platform: Platform) -> Person:
    """A second person of the secretariat: whoever submits does not approve."""
    return await somebody(platform, "colleague", ("secretariat", "network"))


async def publish(submitter: Person, approver: Person, *rows: dict[str, Any]) -> None:
    """Record, submit and approve."""
    told = await record(submitter, *rows)
    assert told.status_code == 201, told.text
    for community, period in sorted({(one["community"], one["period"]) for one in rows}):
        for person, what in ((submitter, "submit"), (approver, "approve")):
            answer = await step(person, what, period, community)
            assert answer.status_code == 200, answer.text


async def publish_values(
    submitter: Person, approver: Person, values: Mapping[str, float], indicator: str = "VPA-01", period: str = "2025-01"
) -> None:
    """One approved value for each community."""
    rows = [row(indicator, community, period, value=value) for community, value in values.items()]
    await publish(submitter, approver, *rows)


async def communities(person: Person, **filters: str) -> list[str]:
    """Codes of communities, in their order."""
    told = (await person.get("/api/v1/registry/communities", params={"limit": 200, **filters})).json()
    return [item["code"] for item in told["items"]]


async def benchmark(person: Person, indicator: str = "VPA-01", period: str = "2025-01", **asked: str) -> dict[str, Any]:
    answer = await person.get(f"{URL}/benchmarks/{indicator}", params={"period": period, **asked})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told
