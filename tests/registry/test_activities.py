"""Activities of technical cooperation."""

import csv
import io

import pytest

from tests.people import Person, if_match, pointers
from tests.registry.things import ACTIVITIES, COMMUNITIES, NOWHERE, an_activity, whole_list

WORKSHOP = {
    "kind": "diagnosis_workshop", "community": "mx-manzanillo", "title": "Taller de Manzanillo",
    "starts_on": "2016-05-02", "ends_on": "2016-05-03", "place": "Manzanillo, Colima", "participants": 42,
    "funding_source": "CAF", "outcome": "Autoevaluación inicial.\n\n- brecha digital",
    "documents": ["0192f0c1-7a5e-7000-8000-000000000000", "https://sela.example/informe.pdf"],
}  # fmt: skip


async def test_an_activity_is_read_back_whole(secretariat: Person, public: Person):
    answer = await secretariat.post(ACTIVITIES, json=WORKSHOP)
    assert answer.status_code == 201
    told = answer.json()
    assert told == WORKSHOP | {"id": told["id"], "titles": {"es": "Taller de Manzanillo"}, "demo": False}
    read = await public.get(answer.headers["location"])
    assert (read.json(), read.headers["etag"]) == (told, answer.headers["etag"])
    assert read.headers["cache-control"].startswith("public")


async def test_an_activity_without_a_community_is_the_networks_and_without_a_title_is_called_by_its_kind(
    secretariat: Person, public: Person
):
    told = await an_activity(secretariat, kind="regional_meeting")
    assert told["community"] is None
    assert told["title"] == "Encuentro regional"
    url = f"{ACTIVITIES}/{told['id']}"
    assert (await public.get(url, params={"lang": "en"})).json()["title"] == "Regional meeting"
    headers = {"If-Match": "*"}
    await secretariat.patch(url, json={"title": "Third meeting"}, params={"lang": "en"}, headers=headers)
    await secretariat.patch(url, json={"title": "Tercer encuentro"}, headers=headers)
    told = (await public.get(url, params={"lang": "en"})).json()
    assert (told["title"], told["titles"]) == ("Third meeting", {"en": "Third meeting", "es": "Tercer encuentro"})
    await secretariat.patch(url, json={"title": None}, headers=headers)
    assert (await public.get(url, params={"lang": "en"})).json()["title"] == "Regional meeting"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"kind": "party"}, ["/kind"]), ({"kind": None}, ["/kind"]), ({"starts_on": None}, ["/starts_on"]),
        ({"starts_on": "2016-05"}, ["/starts_on"]), ({"starts_on": "1816-05-01"}, ["/starts_on"]),
        ({"ends_on": "2016-05-01"}, ["/ends_on"]), ({"community": "xx-nowhere"}, ["/community"]),
        ({"community": "MX"}, ["/community"]), ({"participants": -1}, ["/participants"]),
        ({"participants": 2.5}, ["/participants"]), ({"documents": ["informe"]}, ["/documents/0"]),
        ({"documents": ["https://a.example", "javascript:alert(1)"]}, ["/documents/1"]),
        ({"documents": "https://a.example"}, ["/documents"]), ({"place": ""}, ["/place"]),
        ({"title": ""}, ["/title"]), ({"outcome": "a\x07b"}, ["/outcome"]), ({"titles": {}}, ["/titles"]),
    ],
)  # fmt: skip
async def test_wrong_values_are_named_when_adding_and_when_changing(
    secretariat: Person, fields: dict, wrong: list[str]
):
    assert pointers(await secretariat.post(ACTIVITIES, json=WORKSHOP | fields)) == wrong
    assert await whole_list(secretariat, ACTIVITIES) == []
    url = f"{ACTIVITIES}/{(await an_activity(secretariat, **WORKSHOP))['id']}"
    before = await secretariat.get(url)
    assert pointers(await secretariat.patch(url, json=fields, headers=if_match(before))) == wrong
    assert (await secretariat.get(url)).json() == before.json()


async def test_an_activity_is_changed_at_the_version_that_was_read(secretariat: Person):
    url = f"{ACTIVITIES}/{(await an_activity(secretariat, **WORKSHOP))['id']}"
    before = await secretariat.get(url)
    assert (await secretariat.patch(url, json={"participants": 43})).status_code == 428
    after = await secretariat.patch(url, json={"participants": 43, "community": None}, headers=if_match(before))
    assert after.json() == before.json() | {"participants": 43, "community": None}
    assert (await secretariat.patch(url, json={"participants": 44}, headers=if_match(before))).status_code == 412
    same = await secretariat.patch(url, json={}, headers=if_match(after))
    assert same.headers["etag"] == after.headers["etag"]
    optional = ("ends_on", "place", "participants", "funding_source", "outcome")
    cleared = await secretariat.patch(url, json=dict.fromkeys((*optional, "documents")), headers=if_match(same))
    assert cleared.json() == after.json() | dict.fromkeys(optional) | {"documents": []}
    assert (await secretariat.delete(url, headers=if_match(after))).status_code == 412
    assert (await secretariat.delete(url, headers=if_match(cleared))).status_code == 204
    assert (await secretariat.get(url)).status_code == 404
    assert await whole_list(secretariat, ACTIVITIES) == []


@pytest.mark.parametrize(
    ("filters", "places"),
    [
        ({}, ["e", "d", "c", "b", "a"]),
        ({"kind": "technical_visit"}, ["e", "d", "a"]),
        ({"community": "mx-manzanillo"}, ["c", "a"]),
        ({"community": "xx-nowhere"}, []),
        ({"network": "true"}, ["e", "d"]),
        ({"network": "false"}, ["c", "b", "a"]),
        ({"from": "2017-05-01"}, ["e", "d", "c", "b"]),
        ({"to": "2017-05-01"}, ["c", "b", "a"]),
        ({"from": "2017-05-01", "to": "2017-05-01", "community": "cl-biobio"}, ["b"]),
    ],
)
async def test_each_filter_selects_the_newest_first(
    secretariat: Person, public: Person, filters: dict, places: list[str]
):
    for place, fields in {
        "a": {"community": "mx-manzanillo", "starts_on": "2016-01-01"},
        "b": {"community": "cl-biobio", "starts_on": "2017-04-30", "ends_on": "2017-05-02", "kind": "strategic_plan"},
        "c": {"community": "mx-manzanillo", "starts_on": "2017-05-01", "kind": "support_group"},
        "d": {"starts_on": "2018-01-01"},
        "e": {"starts_on": "2018-01-01"},
    }.items():
        await an_activity(secretariat, place=place, **fields)
    assert [item["place"] for item in await whole_list(public, ACTIVITIES, limit=1, **filters)] == places
    table = await public.get(ACTIVITIES, params={"format": "csv", "limit": 1, **filters})
    assert [row["place"] for row in csv.DictReader(io.StringIO(table.text))] == places


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({"kind": "party"}, "/kind"), ({"from": "1700000000"}, "/from"), ({"to": "yesterday"}, "/to"),
        ({"community": "A B"}, "/community"), ({"network": "perhaps"}, "/network"), ({"since": "2017-01-01"}, "/since"),
        ({"format": "xlsx"}, "/format"),
    ],
)  # fmt: skip
async def test_a_wrong_parameter_is_named(public: Person, parameters: dict, pointer: str):
    assert pointers(await public.get(ACTIVITIES, params=parameters)) == [pointer]


async def test_what_happened_stays_when_the_community_leaves(secretariat: Person, public: Person):
    told = await an_activity(secretariat, **WORKSHOP)
    url = f"{COMMUNITIES}/mx-manzanillo"
    await secretariat.delete(url, headers=if_match(await secretariat.get(url)))
    assert await whole_list(public, ACTIVITIES) == [told]
    assert pointers(await secretariat.post(ACTIVITIES, json=WORKSHOP)) == ["/community"]


@pytest.mark.parametrize("key", [NOWHERE, "1", "x" * 300])
async def test_what_names_no_activity_is_not_found(secretariat: Person, key: str):
    assert (await secretariat.get(f"{ACTIVITIES}/{key}")).status_code == 404
    assert (await secretariat.patch(f"{ACTIVITIES}/{key}", json={}, headers={"If-Match": "*"})).status_code == 404
    assert (await secretariat.delete(f"{ACTIVITIES}/{key}", headers={"If-Match": "*"})).status_code == 404
