"""Demonstration data: marked wherever it is shown, and taken away without a trace."""

import csv
import io
from typing import Any

import pytest
from sqlalchemy import text

from gateway.tables import User
from tests.people import OPERATOR, Person, if_match, somebody
from tests.registry.things import (
    ACTIVITIES,
    AGREEMENTS,
    API,
    COMMUNITIES,
    MEMBERS,
    ORGANIZATIONS,
    a_member,
    a_signature,
    an_activity,
    an_agreement,
    an_organization,
    made,
    whole_list,
)  # fmt: skip

NEW = {"code": "mx-demo", "name": "Demostración", "country": "MX", "kind": "port"}


@pytest.fixture
async def actor(platform) -> Person:
    """A made-up member of the secretariat."""
    person = await somebody(platform, "actor", ("secretariat", "network"))
    async with platform.gateway.own.state.database.transaction(by=OPERATOR, to="make up") as tx:
        (await tx.get_one(User, person.user_id)).demo = True
    return person


async def call_as_service(platform, method: str, path: str) -> Any:
    peers = platform.services["portal"].state.peers
    token = await peers.token("registry", None)
    return await peers.send("registry", method, path, headers={"Authorization": f"Bearer {token}"})


async def rows(platform) -> dict[str, list]:
    """Every row of the registry, its own bookkeeping aside."""
    found: dict[str, list] = {}
    async with platform.services["registry"].state.database.reading() as db:
        for table in (
            "countries", "communities", "ports", "stage_changes", "organizations", "memberships", "activities",
            "agreements", "signatures",
        ):  # fmt: skip
            told = await db.execute(text(f"SELECT to_jsonb(t) FROM registry.{table} t"))
            found[table] = sorted(map(str, told.scalars()))
    return found


async def test_what_a_made_up_person_makes_is_marked_everywhere(actor: Person, public: Person):
    await made(actor, COMMUNITIES, NEW)
    organization = (await an_organization(actor))["id"]
    await a_member(actor, organization)
    await an_activity(actor)
    await a_signature(actor, (await an_agreement(actor))["id"])
    assert (await public.get(f"{COMMUNITIES}/mx-demo")).json()["demo"] is True
    for url in (ORGANIZATIONS, MEMBERS, ACTIVITIES, AGREEMENTS):
        items = await whole_list(public, url)
        assert [item["demo"] for item in items] == [True]
    for url in (ORGANIZATIONS, MEMBERS, ACTIVITIES):
        table = (await public.get(url, params={"format": "csv"})).text
        assert [row["demo"] for row in csv.DictReader(io.StringIO(table))] == ["true"]
    table = list(csv.DictReader(io.StringIO((await public.get(COMMUNITIES, params={"format": "csv"})).text)))
    assert {row["code"] for row in table if row["demo"] == "true"} == {"mx-demo"}
    drawn = (await public.get(COMMUNITIES, params={"format": "geojson", "q": "mx-demo"})).json()
    assert drawn["features"][0]["properties"]["demo"] is True


async def test_taking_it_away_leaves_what_was_there_before(actor: Person, secretariat: Person, platform):
    real = await an_organization(secretariat, "Aduana")
    await a_member(secretariat, real["id"])
    await an_activity(secretariat)
    agreement = (await an_agreement(secretariat))["id"]
    await a_signature(secretariat, agreement)
    before = await rows(platform)

    port = {"unlocode": "MXESE", "name": "Ensenada", "role": "primary"}
    await made(actor, COMMUNITIES, NEW | {"ports": [port]})
    await made(actor, f"{COMMUNITIES}/mx-demo/stages", {"stage": "conceptualization"})
    organization = (await an_organization(actor))["id"]
    await a_member(actor, organization)
    await a_member(actor, real["id"])
    await an_activity(actor, community="mx-manzanillo")
    await a_signature(actor, agreement, organization=organization)
    await a_signature(actor, (await an_agreement(actor, title="De prueba"))["id"])
    # What real people hang on made-up things goes with them.
    await a_member(secretariat, real["id"], f"{COMMUNITIES}/mx-demo/members")
    await a_member(secretariat, organization)
    await an_activity(secretariat, community="mx-demo")
    await a_signature(secretariat, agreement, community="mx-demo")
    await made(secretariat, f"{COMMUNITIES}/mx-demo/stages", {"stage": "mobilization"})

    assert (await call_as_service(platform, "DELETE", "/internal/demo")).status_code == 204
    assert await rows(platform) == before
    assert (await call_as_service(platform, "DELETE", "/internal/demo")).status_code == 204
    assert await rows(platform) == before


async def test_a_real_community_goes_back_to_the_stage_it_had(actor: Person, secretariat: Person, platform):
    url = f"{COMMUNITIES}/mx-manzanillo"
    await made(secretariat, f"{url}/stages", {"stage": "constituted", "date": "2019-01-01"})
    await made(actor, f"{url}/stages", {"stage": "consolidated", "date": "2020-01-01"})
    moved = await secretariat.get(url)
    assert (moved.json()["stage"], moved.json()["demo"]) == ("consolidated", False)
    await call_as_service(platform, "DELETE", "/internal/demo")
    told = (await secretariat.get(url)).json()
    assert (told["stage"], told["stage_since"]) == ("constituted", "2019-01-01")
    assert [step["stage"] for step in await whole_list(secretariat, f"{url}/stages")] == [
        "strategic_planning", "constituted",
    ]  # fmt: skip
    assert (await secretariat.patch(url, json={"name": "N"}, headers=if_match(moved))).status_code == 412


async def test_only_a_service_takes_it_away(everyone, actor: Person):
    await an_organization(actor)
    for person in (*everyone.values(), actor):
        assert (await person.delete("/internal/demo")).status_code == 404
        assert (await person.delete(f"{API}/demo", headers={"If-Match": "*"})).status_code == 404
    assert len(await whole_list(actor, ORGANIZATIONS)) == 1
