"""How many requests a program may send on a day: one count over all of them, told with every answer."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg

from deploy.local.composition import Platform
from tests.gateway.conftest import Program, register
from tests.people import Person, pointers

CLIENTS = "/api/v1/identity/clients"
PATH = "/api/v1/registry/countries"


async def test_a_program_that_has_used_up_its_day_waits_for_the_next(
    platform: Platform, database_url: str, secretariat: Person, coordinator: Person, program: Program
):
    small = await register(platform, secretariat, scopes=["registry:read"], daily_quota=20)
    asking = await small.signed_in()
    first = await asking.get(PATH)
    assert (first.status_code, first.headers["ratelimit-policy"]) == (200, '"day";q=20;w=86400')
    assert first.headers["ratelimit"].startswith('"day";r=19;t=')
    told = await asyncio.gather(*[asking.get(PATH) for _ in range(30)])
    assert sorted(one.status_code for one in told) == [200] * 19 + [429] * 11
    refused = next(one for one in told if one.status_code == 429)
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["ratelimit"].startswith('"day";r=0;t=') and "20 requests" in refused.json()["detail"]
    midnight = datetime.combine(datetime.now(UTC).date() + timedelta(days=1), datetime.min.time(), UTC)
    assert abs(int(refused.headers["retry-after"]) - (midnight - datetime.now(UTC)).total_seconds()) < 60
    address = f"{CLIENTS}/{small.client_id}"
    shown = (await secretariat.get(address)).json()
    assert (shown["daily_quota"], shown["requests_today"]) == (20, 20)
    listed = {one["client_id"]: one["requests_today"] for one in (await secretariat.get(CLIENTS)).json()["items"]}
    assert listed == {small.client_id: 20, program.client_id: 0}
    assert (await (await program.signed_in()).get(PATH)).headers["ratelimit-policy"] == '"day";q=100000;w=86400'
    assert (await secretariat.put(f"{address}/quota", json={"daily_quota": 21})).json()["daily_quota"] == 21
    assert [(await asking.get(PATH)).status_code for _ in range(2)] == [200, 429]
    assert (await secretariat.put(f"{address}/quota", json={"daily_quota": None})).json()["daily_quota"] is None
    assert (await asking.get(PATH)).headers["ratelimit"].startswith('"day";r=99978;')
    connection = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    await connection.execute("UPDATE identity.client_days SET day = day - 1")
    await connection.close()
    assert (await asking.get(PATH)).headers["ratelimit"].startswith('"day";r=99999;')
    assert "ratelimit" not in (await secretariat.get(PATH)).headers
    for wrong in (0, -1, "many", 10**9, 1.5):
        assert pointers(await secretariat.put(f"{address}/quota", json={"daily_quota": wrong})) == ["/daily_quota"]
    assert (await coordinator.put(f"{address}/quota", json={"daily_quota": 5})).status_code == 403
    mine = {"name": "x", "scopes": ["registry:read"], "scope": "community:mx-manzanillo", "daily_quota": 5}
    assert (await coordinator.post(CLIENTS, json=mine)).status_code == 403
    nobody = f"{CLIENTS}/{'0' * 8}-0000-7000-8000-{'0' * 12}/quota"
    assert (await secretariat.put(nobody, json={"daily_quota": 5})).status_code == 404
