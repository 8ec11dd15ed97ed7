"""What other services get through the registry's client."""

import pytest

from services.registry.client import RegistryClient
from shared.problems import Conflict, NotAllowed, NotFound, StaleVersion
from tests.people import Person
from tests.registry.things import COMMUNITIES, a_member, a_signature, an_activity, an_agreement, an_organization


@pytest.fixture
def client(platform) -> RegistryClient:
    """The portal's, in its own name."""
    return RegistryClient(platform.services["portal"].state.peers, language="en")


@pytest.fixture
def as_public(platform) -> RegistryClient:
    from shared.callers import PUBLIC

    token, _ = platform.gateway.own.state.minter.mint(PUBLIC, "portal")
    return RegistryClient(platform.services["portal"].state.peers, on_behalf_of=token)


async def test_lists_come_whole(client: RegistryClient, secretariat: Person):
    assert len(await client.communities()) == 34
    assert {community.country for community in await client.communities(country="CL")} == {"CL"}
    assert "Brazil" in {country.name for country in await client.countries()}
    assert len(await client.stakeholder_types()) == 27
    for number in range(205):
        await an_organization(secretariat, f"Agencia {number:03}")
    found = await client.organizations(q="agencia")
    assert [row.name for row in found] == [f"Agencia {number:03}" for number in range(205)]


async def test_members_have_their_days_and_people_for_whoever_may_see_them(
    client: RegistryClient, as_public: RegistryClient, coordinator: Person
):
    organization = (await an_organization(coordinator))["id"]
    await a_member(coordinator, organization, **{"from": "2020-01-01", "person": "Ana"})
    seen = (await client.members("mx-manzanillo"))[0]
    assert (str(seen.from_), seen.to, seen.person) == ("2020-01-01", None, "Ana")
    assert (await as_public.members("mx-manzanillo"))[0].person is None
    assert await as_public.members("mx-manzanillo", current=False) == []


async def test_activities_agreements_and_signatures_are_read(client: RegistryClient, secretariat: Person):
    await an_activity(secretariat, community="mx-manzanillo")
    assert [row.title for row in await client.activities(community="mx-manzanillo")] == ["Technical visit"]
    agreement = (await an_agreement(secretariat))["id"]
    await a_signature(secretariat, agreement)
    assert [row.signatures_count for row in await client.agreements()] == [1]
    assert [row.signatory for row in await client.signatures(agreement)] == ["Ana Pérez"]


async def test_changes_are_made_at_a_tag_and_refusals_are_raised(client: RegistryClient, as_public: RegistryClient):
    card, etag = await client.community_to_change("mx-manzanillo")
    assert card.code == "mx-manzanillo"
    changed = await client.change_community("mx-manzanillo", {"website": "https://puerto.example"}, etag)
    assert changed.website == "https://puerto.example"
    with pytest.raises(StaleVersion):
        await client.change_community("mx-manzanillo", {"website": None}, etag)
    with pytest.raises(NotAllowed):
        await as_public.change_community("mx-manzanillo", {"website": None}, etag)
    with pytest.raises(NotFound):
        await client.community("xx-nowhere")
    wanted = {"name": "Aduana", "country": "MX", "kind": "customs"}
    organization = await client.add_organization(wanted)
    with pytest.raises(Conflict):
        await client.add_organization(wanted)
    member = await client.add_member("mx-manzanillo", {"organization": str(organization.id), "from": "2020-01-01"})
    found = await client.member_to_change("mx-manzanillo", member.id)
    assert found.item == member
    ended = await client.change_member("mx-manzanillo", member.id, {"to": "2021-01-01"}, found.etag)
    assert str(ended.to) == "2021-01-01"
    await client.remove_member(
        "mx-manzanillo", member.id, (await client.member_to_change("mx-manzanillo", member.id)).etag
    )
    assert await client.members("mx-manzanillo") == []


async def test_facts_are_for_services(client: RegistryClient, as_public: RegistryClient, public: Person):
    assert len(await client.facts()) == 34
    assert [fact.country for fact in await client.facts("mx-manzanillo")] == ["MX"]
    assert await client.facts("xx-nowhere") == []
    with pytest.raises(NotAllowed):
        await as_public.facts()
    assert (await public.get(f"{COMMUNITIES}/mx-manzanillo")).status_code == 200
