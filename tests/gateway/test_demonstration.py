"""People of the demonstration go without a trace in the accounts, and nobody else with them."""

from sqlalchemy import text, update

from deploy.local.composition import Platform
from gateway.tables import User
from tests.gateway.conftest import register
from tests.people import Person, somebody

HERE = "community:mx-manzanillo"


async def test_taking_the_demonstration_away_leaves_the_others(
    platform: Platform, secretariat: Person, coordinator: Person
):  # fmt: skip
    demo = await somebody(platform, "demo", ("coordinator", HERE))
    database = platform.gateway.own.state.database
    async with database.engine.begin() as connection:
        await connection.execute(update(User).where(User.username == "demo").values(demo=True))
    platform.gateway.front.visitors.forget(demo.user_id)
    made = await demo.post(
        "/api/v1/identity/invitations", json={"email": "x@example.org", "role": "data_provider", "scope": HERE}
    )
    assert made.json()["demo"] is True
    program = await register(platform, demo, scopes=["registry:read"], scope=HERE)
    reader = await program.signed_in()
    assert (await reader.get("/api/v1/registry/countries")).status_code == 200
    given = await demo.post(
        "/api/v1/identity/grants", json={"user": coordinator.user_id, "role": "data_provider", "scope": HERE}
    )
    assert given.json()["demo"] is True
    mine = await register(platform, coordinator, scopes=["registry:read"], scope=HERE)

    peers = platform.services["registry"].state.peers
    headers = {"Authorization": f"Bearer {await peers.token('gateway', None)}"}
    for _ in range(2):
        assert (await peers.send("gateway", "DELETE", "/internal/demo", headers=headers)).status_code == 204

    assert (await demo.get("/auth/me")).status_code == 401
    assert (await reader.get("/api/v1/registry/countries")).status_code == 401
    me = (await coordinator.get("/auth/me")).json()
    assert [grant["role"] for grant in me["grants"]] == ["coordinator"]
    assert (await secretariat.get("/api/v1/identity/invitations")).json()["items"] == []
    clients = (await secretariat.get("/api/v1/identity/clients")).json()["items"]
    assert [client["client_id"] for client in clients] == [mine.client_id]
    async with database.engine.connect() as connection:
        for table in ("users", "grants", "invitations", "clients"):
            rows = await connection.scalar(text(f"SELECT count(*) FROM identity.{table} WHERE demo"))
            assert (table, rows) == (table, 0)
