"""What is due, the mirror of communities, demonstration data, and the client that other services use."""

import dataclasses
from datetime import date

import pytest
from sqlalchemy import select

from deploy.local.composition import Platform
from services.indicators.client import IndicatorsClient
from services.indicators.desk import due_for
from services.indicators.inner import remove_demonstration
from services.indicators.observations.operations import record_observations
from services.indicators.schemas import ObservationIn
from services.indicators.seed import seed
from services.indicators.tables import Community, Indicator, Observation, Revision
from shared.callers import Caller, Grant
from shared.problems import Conflict, NotFound
from tests.indicators.things import MANZANILLO, URL, benchmark, colleague, publish_values, record, row, step
from tests.people import OPERATOR, Person

PROVIDER = Caller(
    kind="user", id="00000000-0000-7000-8000-000000000001", name="Someone",
    grants=(Grant("data_provider", f"community:{MANZANILLO}"),),
)  # fmt: skip
DEMO = dataclasses.replace(PROVIDER, demo=True)
TODAY = date(2026, 2, 3)


async def test_a_data_provider_owes_the_latest_month_quarter_and_year(data_provider: Person, platform: Platform):
    db = platform.services["indicators"].state.database
    told = await due_for(db, TODAY, "es", by=PROVIDER)
    assert [(due.period, due.waits_for, due.mine, due.have) for due in told] == [
        ("2025", "data", True, 0), ("2025-Q4", "data", True, 0), ("2026-01", "data", True, 0),
    ]  # fmt: skip
    assert {due.period: due.expected for due in told} == {"2025": 6, "2025-Q4": 3, "2026-01": 36}
    assert told[0].community_name == "Manzanillo"
    await record(data_provider, row("VPA-01", period="2026-01", value=3), row(period="2025-06", value=3))
    told = await due_for(db, TODAY, "es", by=PROVIDER)
    assert [due.period for due in told] == ["2025", "2025-06", "2025-Q4", "2026-01"]
    assert told[-1].have == 1
    assert "VPA-01" not in told[-1].missing


async def test_what_was_submitted_waits_for_those_who_approve(
    data_provider: Person, coordinator: Person, secretariat: Person, respondent: Person, public: Person
):
    await record(data_provider, row(period="2025-06", value=3))
    await step(data_provider, "submit", "2025-06")

    async def first(person: Person) -> dict[str, object]:
        return dict((await person.get(f"{URL}/mine")).json()["items"][0])

    for person in (coordinator, secretariat):
        told = await first(person)
        assert (told["period"], told["waits_for"], told["mine"], told["state"]) == (
            "2025-06", "approval", True, "submitted",
        )  # fmt: skip
    mine = (await data_provider.get(f"{URL}/mine")).json()["items"]
    assert [one["mine"] for one in mine if one["period"] == "2025-06"] == [False]
    assert (await respondent.get(f"{URL}/mine")).json()["items"] == []
    assert (await public.get(f"{URL}/mine")).status_code == 401
    await step(coordinator, "approve", "2025-06")
    assert (await secretariat.get(f"{URL}/mine")).json()["items"] == []


async def test_a_community_that_the_registry_just_made_is_known_at_once(secretariat: Person):
    body = {"code": "bz-belice", "name": "Belice", "country": "BZ", "kind": "port"}
    assert (await secretariat.post("/api/v1/registry/communities", json=body)).status_code == 201
    assert (await record(secretariat, row(community="bz-belice", value=3))).status_code == 201


async def test_a_community_that_left_contributes_no_more(secretariat: Person, platform: Platform):
    other = await colleague(platform)
    codes = ("mx-manzanillo", "co-buenaventura", "pe-callao", "cl-valparaiso", "pa-balboa", "mx-veracruz")
    await publish_values(secretariat, other, dict.fromkeys(codes, 12))
    assert (await benchmark(secretariat))["n"] == 6
    url = "/api/v1/registry/communities/mx-veracruz"
    read = await secretariat.get(url)
    assert (await secretariat.delete(url, headers={"If-Match": read.headers["etag"]})).status_code == 204
    await platform.run_jobs()
    assert (await benchmark(secretariat))["n"] == 5
    assert (await secretariat.get(f"{URL}/submissions/mx-veracruz/2025-01")).status_code == 404


async def test_inner_addresses_are_for_services_only(secretariat: Person, public: Person):
    for person in (secretariat, public):
        for method, path in (("PUT", "/internal/communities/mx-manzanillo"), ("DELETE", "/internal/demo")):
            assert (await person.request(method, path)).status_code in (401, 403, 404, 405)


async def test_demonstration_data_is_marked_and_goes_without_trace(platform: Platform, secretariat: Person):
    app = platform.services["indicators"]
    db, peers = app.state.database, app.state.peers
    await record(secretariat, row(value=7))
    demo_row = ObservationIn.model_validate(row("GAT-01", value=40))
    await record_observations(db, peers, [demo_row], by=DEMO)
    listed = (await secretariat.get(f"{URL}/observations")).json()["items"]
    assert [(one["indicator"], one["demo"]) for one in listed] == [("GAT-01", True), ("VPA-01", False)]
    with pytest.raises(Conflict):
        await record_observations(db, peers, [ObservationIn.model_validate(row(value=8))], by=DEMO)
    await remove_demonstration(db, by=OPERATOR)
    await remove_demonstration(db, by=OPERATOR)
    listed = (await secretariat.get(f"{URL}/observations")).json()["items"]
    assert [one["indicator"] for one in listed] == ["VPA-01"]
    async with db.reading() as reading:
        assert (await reading.scalars(select(Revision).where(Revision.demo))).all() == []
        assert (await reading.scalars(select(Observation).where(Observation.demo))).all() == []


async def test_seeding_again_loads_nothing_and_a_changed_definition_is_a_new_version(
    platform: Platform, public: Person
):
    db = platform.services["indicators"].state.database
    assert await seed(db) is None
    async with db.transaction(by=OPERATOR, to="pretend an older definition") as tx:
        (await tx.get(Indicator, ("VPA-01", 1))).definition = "Something else"
    assert await seed(db) == "1 indicators, 0 reference series"
    told = (await public.get(f"{URL}/catalogue/VPA-01")).json()
    assert (told["version"], told["definition"].startswith("Horas desde la llegada")) == (2, True)
    assert (await public.get(f"{URL}/catalogue")).json()["total"] == 45


async def test_the_mirror_holds_every_community(platform: Platform):
    async with platform.services["indicators"].state.database.reading() as reading:
        rows = (await reading.scalars(select(Community))).all()
    assert len(rows) == 34
    assert all(row.active and not row.demo for row in rows)


async def test_another_service_asks_through_the_client(platform: Platform, secretariat: Person):
    await record(secretariat, row(value=7))
    client = IndicatorsClient(platform.services["portal"].state.peers, language="en")
    assert len(await client.catalogue()) == 45
    assert len(await client.catalogue("rail")) == 3
    assert (await client.indicator("VPA-01")).name == "Waiting time at anchorage"
    series, values = await client.reference_values("cppi-2025-lac")
    assert (series.edition, len(values), values[0].rank) == ("CPPI 2025", 76, 20)
    assert [value.port for value in (await client.reference_values(series.slug, unlocode="MXATM"))[1]] == ["Altamira"]
    assert {group.slug for group in await client.peer_groups()} > {"all", "phase:I"}
    assert (await client.benchmark("VPA-01", period="2025-01")).suppressed == "too_few_peers"
    assert [one.value for one in await client.observations(community=MANZANILLO)] == [7]
    assert (await client.submission(MANZANILLO, "2025-01")).state == "draft"
    assert (await client.scorecard(MANZANILLO, "2025-01")).community == MANZANILLO
    assert (await client.visibility(MANZANILLO)).default == "aggregate"
    with pytest.raises(NotFound):
        await client.indicator("XX-01")
