"""Organisations: who there is, of which kind, each of them once."""

import asyncio
import csv
import io

import pytest

from gateway.roles import STAKEHOLDER_GROUPS
from tests.people import Person, if_match, pointers
from tests.registry.things import (
    API,
    MEMBERS,
    NOWHERE,
    ORGANIZATIONS,
    a_member,
    a_signature,
    an_agreement,
    an_organization,
    whole_list,
)

ADUANA = {"name": "Aduana de Manzanillo", "country": "MX", "kind": "customs", "website": "https://aduana.example"}


async def test_there_are_27_types_of_stakeholders_in_the_groups_that_speak_in_the_survey(public: Person):
    types = await whole_list(public, f"{API}/stakeholder-types", limit=10)
    assert len(types) == len({item["code"] for item in types}) == 27
    assert {item["stakeholder_group"] for item in types} == set(STAKEHOLDER_GROUPS)
    groups = {item["code"]: item["stakeholder_group"] for item in types}
    assert (groups["sps"], groups["stevedore"], groups["chamber"], groups["multilateral"]) == (
        "inspection_agency", "terminal_operator", "cargo_owner", "other",
    )  # fmt: skip
    trucker = next(item for item in types if item["code"] == "trucker")
    assert trucker["name"] == trucker["names"]["es"] == "Transportista terrestre"
    english = (await public.get(f"{API}/stakeholder-types", params={"lang": "en", "limit": 200})).json()["items"]
    assert next(item["name"] for item in english if item["code"] == "trucker") == "Trucking company"
    assert all(set(item["names"]) == {"es", "en", "pt", "fr"} for item in types)


async def test_a_new_organisation_is_read_back_whole(secretariat: Person, public: Person):
    answer = await secretariat.post(ORGANIZATIONS, json=ADUANA)
    assert answer.status_code == 201
    told = answer.json()
    assert told == ADUANA | {"id": told["id"], "stakeholder_group": "customs", "demo": False}
    read = await public.get(answer.headers["location"])
    assert read.json() == told
    assert read.headers["cache-control"].startswith("public")
    assert read.headers["etag"].startswith('"1-')


async def test_the_group_follows_from_the_kind(secretariat: Person):
    url = f"{ORGANIZATIONS}/{(await an_organization(secretariat, kind='sps'))['id']}"
    before = await secretariat.get(url)
    assert before.json()["stakeholder_group"] == "inspection_agency"
    changed = await secretariat.patch(url, json={"kind": "police"}, headers=if_match(before))
    assert changed.json()["stakeholder_group"] == "security"
    body = ADUANA | {"stakeholder_group": "security"}
    assert pointers(await secretariat.post(ORGANIZATIONS, json=body)) == ["/stakeholder_group"]


@pytest.mark.parametrize(
    "again",
    [
        "Asociación Hondureña", "Asociacio\u0301n Honduren\u0303a", "ASOCIACIÓN HONDUREÑA", "  Asociación  Hondureña ",
        "asociación\u00a0hondureña",
    ],
)  # fmt: skip
async def test_one_organisation_is_one_row_however_it_is_typed(secretariat: Person, public: Person, again: str):
    first = await an_organization(secretariat, "Asociación Hondureña", country="HN")
    doubled = await secretariat.post(ORGANIZATIONS, json=ADUANA | {"name": again, "country": "HN"})
    assert doubled.status_code == 409
    assert first["id"] in doubled.json()["detail"]
    for q in ("asociación", "asociacio\u0301n", "ASOCIACION", "hondurena"):
        assert [item["id"] for item in await whole_list(public, ORGANIZATIONS, q=q)] == [first["id"]]
    assert (await secretariat.post(ORGANIZATIONS, json=ADUANA | {"name": again, "country": "GT"})).status_code == 201


async def test_the_same_organisation_added_by_many_at_once_is_one(secretariat: Person, coordinator: Person):
    answers = await asyncio.gather(
        *[person.post(ORGANIZATIONS, json=ADUANA) for person in (secretariat, coordinator) for _ in range(5)]
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert len(await whole_list(secretariat, ORGANIZATIONS)) == 1


async def test_an_organisation_cannot_take_the_name_of_another(secretariat: Person):
    await an_organization(secretariat, "Uno")
    two = await an_organization(secretariat, "Dos")
    url = f"{ORGANIZATIONS}/{two['id']}"
    refused = await secretariat.patch(url, json={"name": "UNO"}, headers=if_match(await secretariat.get(url)))
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["pointer"] == "/name"
    assert (await secretariat.get(url)).json() == two
    own = await secretariat.patch(url, json={"name": "DOS"}, headers=if_match(await secretariat.get(url)))
    assert own.json()["name"] == "DOS"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": ""}, ["/name"]), ({"name": None}, ["/name"]), ({"name": "a\x00b"}, ["/name"]),
        ({"name": "x" * 301}, ["/name"]), ({"country": "XX"}, ["/country"]), ({"country": None}, ["/country"]),
        ({"kind": "pirate"}, ["/kind"]), ({"kind": "security"}, ["/kind"]), ({"kind": None}, ["/kind"]),
        ({"website": ""}, ["/website"]), ({"website": "ftp://a.example"}, ["/website"]), ({"id": NOWHERE}, ["/id"]),
        ({"demo": False}, ["/demo"]),
    ],
)  # fmt: skip
async def test_wrong_values_are_named_when_adding_and_when_changing(
    secretariat: Person, fields: dict, wrong: list[str]
):
    assert pointers(await secretariat.post(ORGANIZATIONS, json=ADUANA | fields)) == wrong
    assert await whole_list(secretariat, ORGANIZATIONS) == []
    url = f"{ORGANIZATIONS}/{(await an_organization(secretariat))['id']}"
    before = await secretariat.get(url)
    assert pointers(await secretariat.patch(url, json=fields, headers=if_match(before))) == wrong
    assert (await secretariat.get(url)).json() == before.json()


async def test_null_clears_the_website_and_nothing_changes_nothing(secretariat: Person):
    first = await secretariat.post(ORGANIZATIONS, json=ADUANA)
    url = first.headers["location"]
    same = await secretariat.patch(url, json={}, headers=if_match(first))
    assert (same.json(), same.headers["etag"]) == (first.json(), first.headers["etag"])
    cleared = await secretariat.patch(url, json={"website": None}, headers=if_match(same))
    assert cleared.json() == first.json() | {"website": None}
    assert (await secretariat.patch(url, json={"website": None}, headers=if_match(first))).status_code == 412
    assert (await secretariat.patch(url, json={"website": None})).status_code == 428


@pytest.fixture
async def five(secretariat: Person) -> None:
    for name, country, kind in (
        ("Ñandú Cargas", "UY", "trucker"), ("Navegación Sur", "UY", "shipping_line"), ("Ómnibus", "MX", "trucker"),
        ("Agencia Norte", "MX", "shipping_agent"), ("zeta", "MX", "university"),
    ):  # fmt: skip
        await an_organization(secretariat, name, country=country, kind=kind)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["Agencia Norte", "Ñandú Cargas", "Navegación Sur", "Ómnibus", "zeta"]),
        ({"country": "UY"}, ["Ñandú Cargas", "Navegación Sur"]),
        ({"kind": "trucker"}, ["Ñandú Cargas", "Ómnibus"]),
        ({"kind": "trucker", "country": "MX"}, ["Ómnibus"]),
        ({"stakeholder_group": "shipping"}, ["Agencia Norte", "Navegación Sur"]),
        ({"stakeholder_group": "shipping", "kind": "trucker"}, []),
        ({"q": "NAVEGACION"}, ["Navegación Sur"]),
        ({"q": "sur naveg"}, ["Navegación Sur"]),
        ({"q": "nandu"}, ["Ñandú Cargas"]),
        ({"q": "%"}, []),
        ({"country": "CL"}, []),
    ],
)
async def test_each_filter_selects_in_order_of_name(public: Person, five: None, filters: dict, names: list[str]):
    assert [item["name"] for item in await whole_list(public, ORGANIZATIONS, limit=2, **filters)] == names
    table = await public.get(ORGANIZATIONS, params={"format": "csv", "limit": 1, **filters})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert [row["name"] for row in csv.DictReader(io.StringIO(table.text))] == names
    assert (await public.get(ORGANIZATIONS, params=filters)).json()["total"] == len(names)


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({"country": "Chile"}, "/country"), ({"kind": "pirate"}, "/kind"),
        ({"stakeholder_group": "sps"}, "/stakeholder_group"),
        ({"format": "geojson"}, "/format"), ({"name": "x"}, "/name"), ({"q": "a\x00"}, "/q"),
    ],
)  # fmt: skip
async def test_a_wrong_parameter_is_named(public: Person, parameters: dict, pointer: str):
    assert pointers(await public.get(ORGANIZATIONS, params=parameters)) == [pointer]


@pytest.mark.parametrize("key", [NOWHERE, "1", "abc", "2147483648", "x" * 3000])
async def test_what_names_no_organisation_is_not_found(secretariat: Person, key: str):
    url = f"{ORGANIZATIONS}/{key}"
    assert (await secretariat.get(url)).status_code == 404
    assert (await secretariat.patch(url, json={}, headers={"If-Match": "*"})).status_code == 404
    assert (await secretariat.delete(url, headers={"If-Match": "*"})).status_code == 404


async def test_a_coordinator_adds_organisations_and_changes_those_of_the_own_community_only(
    secretariat: Person, coordinator: Person, foreign_coordinator: Person
):
    url = f"{ORGANIZATIONS}/{(await an_organization(coordinator, 'Aduana'))['id']}"

    async def may_change(person: Person) -> bool:
        answer = await person.patch(url, json={"website": None}, headers={"If-Match": "*"})
        assert answer.status_code in (200, 403)
        return answer.status_code == 200

    assert not await may_change(coordinator)
    await a_member(coordinator, url.rpartition("/")[2])
    assert await may_change(coordinator)
    assert not await may_change(foreign_coordinator)
    await a_member(foreign_coordinator, url.rpartition("/")[2], MEMBERS.replace("mx-manzanillo", "cl-biobio"))
    assert not await may_change(coordinator)
    assert not await may_change(foreign_coordinator)
    assert await may_change(secretariat)


async def test_an_organisation_that_was_a_member_or_signed_is_kept(secretariat: Person):
    free, member, signed = [await an_organization(secretariat) for _ in range(3)]
    await a_member(secretariat, member["id"], to="2001-01-01")
    await a_signature(secretariat, (await an_agreement(secretariat))["id"], community=None, organization=signed["id"])
    for organization, status in ((free, 204), (member, 409), (signed, 409)):
        url = f"{ORGANIZATIONS}/{organization['id']}"
        assert (await secretariat.delete(url)).status_code == 428
        answer = await secretariat.delete(url, headers=if_match(await secretariat.get(url)))
        assert answer.status_code == status
        assert (await secretariat.get(url)).status_code == (404 if status == 204 else 200)


async def test_an_organisation_is_not_removed_while_it_becomes_a_member(secretariat: Person, coordinator: Person):
    for _ in range(10):
        key = (await an_organization(secretariat))["id"]
        joined, removed = await asyncio.gather(
            coordinator.post(MEMBERS, json={"organization": key}),
            secretariat.delete(f"{ORGANIZATIONS}/{key}", headers={"If-Match": "*"}),
        )
        assert (joined.status_code, removed.status_code) in [(201, 409), (422, 204)]
