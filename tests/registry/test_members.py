"""Who is a member of a community, with which post, since when."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from tests.people import Person, if_match, pointers
from tests.registry.things import COMMUNITIES, MEMBERS, NOWHERE, a_member, an_organization, whole_list

TODAY = datetime.now(UTC).date()
YESTERDAY, TOMORROW = str(TODAY - timedelta(1)), str(TODAY + timedelta(1))
ANA = {
    "person": "Ana Pérez",
    "email": "ana@example.org",
    "post": "Directora",
    "from": "2020-01-01",
    "focal_point": True,
}


@pytest.fixture
async def aduana(secretariat: Person) -> dict:
    return await an_organization(secretariat, "Aduana")


async def test_a_member_is_an_organisation_and_perhaps_a_person_in_it(coordinator: Person, aduana: dict):
    answer = await coordinator.post(MEMBERS, json={"organization": aduana["id"], **ANA})
    assert answer.status_code == 201
    told = answer.json()
    assert told == {
        "id": told["id"], "community": "mx-manzanillo", "organization": aduana["id"], "organization_name": "Aduana",
        "kind": "customs", "stakeholder_group": "customs", **ANA, "to": None, "demo": False,
    }  # fmt: skip
    assert answer.headers["location"] == f"{MEMBERS}/{told['id']}"
    read = await coordinator.get(answer.headers["location"])
    assert (read.json(), read.headers["etag"]) == (told, answer.headers["etag"])
    assert (await whole_list(coordinator, MEMBERS)) == [told]
    alone = await a_member(coordinator, aduana["id"])
    assert {alone[field] for field in ("person", "email", "post", "from", "to")} == {None}
    assert alone["focal_point"] is False


async def test_people_are_shown_to_their_own_community_and_the_secretariat_on_every_surface(everyone, platform):
    organization = (await an_organization(everyone["secretariat"]))["id"]
    item = f"{MEMBERS}/{(await a_member(everyone['secretariat'], organization, **ANA))['id']}"
    sees = {"secretariat", "coordinator", "respondent", "data_provider"}
    for role, person in everyone.items():
        read = await person.get(item)
        listed = (await person.get(MEMBERS)).json()
        table = await person.get(MEMBERS, params={"format": "csv"})
        assert listed["total"] == 1
        assert listed["items"] == [read.json()]
        row = next(csv.DictReader(io.StringIO(table.text)))
        for told in (read.json(), row):
            assert (told["organization"], told["post"], told["from"]) == (organization, "Directora", "2020-01-01")
            shown = (told["person"] or None, told["email"] or None)
            assert shown == (("Ana Pérez", "ana@example.org") if role in sees else (None, None)), role
        for answer in (read, table):
            kept = "public" if role == "public" else "no-store"
            assert answer.headers["cache-control"].startswith(kept)


async def test_the_number_of_members_counts_organisations_of_today(coordinator: Person, public: Person):
    async def count() -> int:
        item = (await public.get(f"{COMMUNITIES}/mx-manzanillo")).json()["members_count"]
        listed = (await public.get(COMMUNITIES, params={"q": "mxzlo"})).json()["items"][0]["members_count"]
        table = (await public.get(COMMUNITIES, params={"q": "mxzlo", "format": "csv"})).text
        assert item == listed == int(next(csv.DictReader(io.StringIO(table)))["members_count"])
        return item

    one, two, three = [(await an_organization(coordinator))["id"] for _ in range(3)]
    await a_member(coordinator, one, person="Ana")
    await a_member(coordinator, one, person="Luis")
    assert await count() == 1
    await a_member(coordinator, two, to=YESTERDAY)
    await a_member(coordinator, three, **{"from": TOMORROW})
    assert await count() == 1
    await a_member(coordinator, two, **{"from": str(TODAY), "to": str(TODAY)})
    assert await count() == 2
    assert (await public.get(f"{COMMUNITIES}/cl-biobio")).json()["members_count"] == 0


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"organization": None}, ["/organization"]), ({"organization": NOWHERE}, ["/organization"]),
        ({"organization": "aduana"}, ["/organization"]), ({"organization": 7}, ["/organization"]),
        ({"from": "2024-02-30"}, ["/from"]), ({"from": "2024-1-1"}, ["/from"]), ({"from": "01/02/2024"}, ["/from"]),
        ({"from": "0024-01-01"}, ["/from"]), ({"to": "9999-12-31"}, ["/to"]), ({"from": 20240101}, ["/from"]),
        ({"from": "2024-05-02", "to": "2024-05-01"}, ["/to"]), ({"from_": "2024-01-01"}, ["/from_"]),
        ({"from_on": "2024-01-01"}, ["/from_on"]), ({"focal_point": "yes"}, ["/focal_point"]),
        ({"focal_point": 1}, ["/focal_point"]), ({"focal_point": None}, ["/focal_point"]),
        ({"person": ""}, ["/person"]), ({"person": "a\x00b"}, ["/person"]), ({"email": "ana"}, ["/email"]),
        ({"email": "ana@example.org, luis@example.org"}, ["/email"]), ({"post": "x" * 301}, ["/post"]),
        ({"community": "cl-biobio"}, ["/community"]),
    ],
)  # fmt: skip
async def test_wrong_values_are_named_when_adding_and_when_changing(
    coordinator: Person, aduana: dict, fields: dict, wrong: list[str]
):
    body = {"organization": aduana["id"]} | fields
    assert pointers(await coordinator.post(MEMBERS, json=body)) == wrong
    assert await whole_list(coordinator, MEMBERS) == []
    url = f"{MEMBERS}/{(await a_member(coordinator, aduana['id']))['id']}"
    before = await coordinator.get(url)
    assert pointers(await coordinator.patch(url, json=fields, headers=if_match(before))) == wrong
    assert (await coordinator.get(url)).json() == before.json()


async def test_a_last_day_is_compared_with_the_first_day_that_is_stored(coordinator: Person, aduana: dict):
    url = f"{MEMBERS}/{(await a_member(coordinator, aduana['id'], **ANA))['id']}"
    for changes, wrong in (
        ({"to": "2019-12-31"}, ["/to"]),
        ({"to": "2020-01-01"}, []),
        ({"from": "2020-01-02"}, ["/to"]),
    ):
        answer = await coordinator.patch(url, json=changes, headers={"If-Match": "*"})
        assert (pointers(answer) if answer.status_code == 422 else []) == wrong


async def test_whoever_leaves_gets_a_last_day_and_null_clears(coordinator: Person, aduana: dict):
    url = f"{MEMBERS}/{(await a_member(coordinator, aduana['id'], **ANA))['id']}"
    before = await coordinator.get(url)
    left = await coordinator.patch(url, json={"to": YESTERDAY, "focal_point": False}, headers=if_match(before))
    assert left.json() == before.json() | {"to": YESTERDAY, "focal_point": False}
    assert (await coordinator.patch(url, json={"to": None}, headers=if_match(before))).status_code == 412
    changes = {"to": None, "from": None, "person": None, "email": None, "post": None}
    cleared = await coordinator.patch(url, json=changes, headers=if_match(left))
    assert cleared.json() == left.json() | changes
    same = await coordinator.patch(url, json={}, headers=if_match(cleared))
    assert same.headers["etag"] == cleared.headers["etag"]
    other = (await an_organization(coordinator, "Capitanía", kind="maritime_authority"))["id"]
    moved = await coordinator.patch(url, json={"organization": other}, headers=if_match(same))
    assert (moved.json()["organization_name"], moved.json()["stakeholder_group"]) == ("Capitanía", "maritime_authority")
    assert moved.json() == (await coordinator.get(url)).json()


async def test_a_renamed_organisation_is_renamed_in_its_memberships(coordinator: Person, aduana: dict):
    await a_member(coordinator, aduana["id"])
    url = f"/api/v1/registry/organizations/{aduana['id']}"
    await coordinator.patch(url, json={"name": "Aduana Marítima", "kind": "ministry"}, headers={"If-Match": "*"})
    told = (await whole_list(coordinator, MEMBERS))[0]
    assert (told["organization_name"], told["stakeholder_group"]) == ("Aduana Marítima", "national_government")


async def test_a_removed_member_is_gone(coordinator: Person, aduana: dict):
    url = f"{MEMBERS}/{(await a_member(coordinator, aduana['id'], **ANA))['id']}"
    assert (await coordinator.delete(url)).status_code == 428
    assert (await coordinator.delete(url, headers={"If-Match": '"7-a"'})).status_code == 412
    assert (await coordinator.delete(url, headers=if_match(await coordinator.get(url)))).status_code == 204
    assert (await coordinator.get(url)).status_code == 404
    assert await whole_list(coordinator, MEMBERS) == []


async def test_a_member_is_found_in_its_own_community_only(coordinator: Person, secretariat: Person, aduana: dict):
    key = (await a_member(coordinator, aduana["id"]))["id"]
    elsewhere = f"{MEMBERS.replace('mx-manzanillo', 'cl-biobio')}/{key}"
    assert (await secretariat.get(elsewhere)).status_code == 404
    assert (await secretariat.patch(elsewhere, json={}, headers={"If-Match": "*"})).status_code == 404
    assert (await secretariat.delete(elsewhere, headers={"If-Match": "*"})).status_code == 404
    for bad in ("1", NOWHERE, "x" * 200):
        assert (await secretariat.get(f"{MEMBERS}/{bad}")).status_code == 404
    nowhere = MEMBERS.replace("mx-manzanillo", "xx-nowhere")
    assert (await secretariat.post(nowhere, json={"organization": aduana["id"]})).status_code == 404


@pytest.mark.parametrize(
    ("filters", "people"),
    [
        ({}, ["Ana", "Luis", "Eva", "Ivo"]),
        ({"focal_point": "true"}, ["Ana"]),
        ({"focal_point": "false"}, ["Luis", "Eva", "Ivo"]),
        ({"current": "true"}, ["Ana", "Luis"]),
        ({"current": "false"}, ["Eva", "Ivo"]),
        ({"stakeholder_group": "road_carrier"}, ["Luis", "Eva"]),
        ({"stakeholder_group": "road_carrier", "current": "true"}, ["Luis"]),
        ({"organization": NOWHERE}, []),
    ],
)
async def test_each_filter_selects(coordinator: Person, filters: dict, people: list[str]):
    customs, truckers = [(await an_organization(coordinator, kind=kind))["id"] for kind in ("customs", "trucker")]
    await a_member(coordinator, customs, person="Ana", focal_point=True)
    await a_member(coordinator, truckers, person="Luis", to=TOMORROW)
    await a_member(coordinator, truckers, person="Eva", to=YESTERDAY)
    await a_member(coordinator, customs, person="Ivo", **{"from": TOMORROW})
    assert [item["person"] for item in await whole_list(coordinator, MEMBERS, limit=1, **filters)] == people
    table = (await coordinator.get(MEMBERS, params={"format": "csv", **filters})).text
    assert [row["person"] for row in csv.DictReader(io.StringIO(table))] == people


@pytest.mark.parametrize("name", ["person", "email", "q"])
async def test_nobody_finds_people_by_asking_whether_they_are_there(public: Person, name: str):
    assert pointers(await public.get(MEMBERS, params={name: "Ana"})) == [f"/{name}"]
