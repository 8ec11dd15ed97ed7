"""Adding, changing and removing a community's card."""

import asyncio

import pytest

from tests.people import Person, if_match, pointers
from tests.registry.things import COMMUNITIES, made

URL = f"{COMMUNITIES}/mx-manzanillo"
NEW = {"code": "mx-ensenada", "name": "Ensenada", "country": "MX", "kind": "port"}
ENSENADA = {"unlocode": "MXESE", "name": "Ensenada", "lat": 31.85, "lon": -116.62, "role": "primary"}
SAUZAL = {"unlocode": "MXESZ", "name": "El Sauzal", "lat": 31.89, "lon": -116.7, "role": "secondary"}


async def change(person: Person, url: str = URL, params: dict | None = None, **changes: object):
    """PATCH with the version as it is now."""
    return await person.patch(url, json=changes, headers=if_match(await person.get(url)), params=params)


async def test_a_new_community_is_where_its_primary_port_is(secretariat: Person, public: Person):
    answer = await secretariat.post(COMMUNITIES, json=NEW | {"ports": [SAUZAL, ENSENADA], "phase": "II"})
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{COMMUNITIES}/mx-ensenada"
    told = (await public.get(answer.headers["location"])).json()
    assert told["location"] == {"lat": 31.85, "lon": -116.62}
    assert [port["unlocode"] for port in told["ports"]] == ["MXESE", "MXESZ"]
    assert (told["stage"], told["phase"], told["names"]) == ("candidate", "II", {"es": "Ensenada"})
    assert answer.json() == told | {"contacts": []}
    at_first = await secretariat.patch(answer.headers["location"], json={"website": None}, headers=if_match(answer))
    assert at_first.status_code == 200


async def test_the_minimum_is_code_name_country_and_kind(secretariat: Person):
    for missing in NEW:
        body = {field: value for field, value in NEW.items() if field != missing}
        assert pointers(await secretariat.post(COMMUNITIES, json=body)) == [f"/{missing}"]
    assert (await secretariat.post(COMMUNITIES, json=NEW)).status_code == 201


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"code": "MX-Ensenada"}, ["/code"]), ({"code": "-"}, ["/code"]), ({"code": "a" * 81}, ["/code"]),
        ({"name": ""}, ["/name"]), ({"name": "   "}, ["/name"]), ({"name": "x" * 301}, ["/name"]),
        ({"name": 7}, ["/name"]), ({"name": None}, ["/name"]), ({"name": ["Ensenada"]}, ["/name"]),
        ({"name": "En\x00senada"}, ["/name"]), ({"name": "En\ud800senada"}, ["/name"]),
        ({"name": "En\x0bsenada"}, ["/name"]), ({"name": "En\ufffesenada"}, ["/name"]),
        ({"country": "XX"}, ["/country"]), ({"country": "mx"}, ["/country"]), ({"country": "MEX"}, ["/country"]),
        ({"kind": "harbour"}, ["/kind"]), ({"phase": "V"}, ["/phase"]), ({"stage": "asleep"}, ["/stage"]),
        ({"website": ""}, ["/website"]), ({"website": "javascript:alert(1)"}, ["/website"]),
        ({"website": "https://localhost"}, ["/website"]), ({"website": "https://a@b.example"}, ["/website"]),
        ({"size_class": "huge"}, ["/size_class"]), ({"languages": ["ES"]}, ["/languages/0"]),
        ({"languages": "es"}, ["/languages"]), ({"unknown": 1}, ["/unknown"]),
        ({"members_count": 3}, ["/members_count"]),
        ({"demo": True}, ["/demo"]), ({"names": {"es": "E"}}, ["/names"]),
        ({"contacts": [{"name": "Ana", "email": "ana"}]}, ["/contacts/0/email"]),
        ({"contacts": [{"email": "ana@example.org"}]}, ["/contacts/0/name"]),
        ({"ports": [{"unlocode": "MX1SE", "name": "E"}]}, ["/ports/0/unlocode"]),
        ({"ports": [{"unlocode": "CLESE", "name": "E"}]}, ["/ports/0/unlocode"]),
        ({"ports": [ENSENADA | {"role": "main"}]}, ["/ports/0/role"]),
        ({"ports": [ENSENADA | {"lon": None}]}, ["/ports/0/lat"]),
        ({"ports": [ENSENADA, ENSENADA | {"role": "secondary"}]}, ["/ports/1/unlocode"]),
        ({"ports": [ENSENADA, SAUZAL | {"role": "primary"}]}, ["/ports"]),
        ({"ports": [SAUZAL, ENSENADA | {"lon": 116.62}]}, ["/ports/1/lat"]),
        ({"code": 1, "kind": True, "more": 1}, ["/code", "/kind", "/more"]),
    ],
)  # fmt: skip
async def test_wrong_values_are_named_and_nothing_is_stored(secretariat: Person, fields: dict, wrong: list[str]):
    import json

    body = json.dumps(NEW | fields).encode()  # escapes half a surrogate pair, as a careless program does
    answer = await secretariat.post(COMMUNITIES, content=body, headers={"Content-Type": "application/json"})
    assert pointers(answer) == wrong
    assert (await secretariat.get(f"{COMMUNITIES}/mx-ensenada")).status_code == 404


@pytest.mark.parametrize(
    ("location", "wrong", "hint"),
    [
        ({"lat": -104.3, "lon": 19.05}, ["/location/lat"], ""),
        ({"lat": 19.05, "lon": 104.3}, ["/location"], "lost minus sign of the longitude"),
        ({"lat": 0, "lon": 0}, ["/location"], "0, 0"),
        ({"lat": -19.05, "lon": -104.3}, ["/location"], "lost minus sign of the latitude"),
        ({"lat": 43.38, "lon": -4.40}, ["/location"], "not in MX"),
        ({"lat": "19°03'N", "lon": -104.3}, ["/location/lat"], ""),
        ({"lat": True, "lon": -104.3}, ["/location/lat"], ""),
        ({"lat": "19.05", "lon": -104.3}, ["/location/lat"], ""),
        ({"lat": 19.05, "lon": 181}, ["/location/lon"], ""),
        ({"lat": 19.05}, ["/location/lon"], ""),
        ({"lat": None}, ["/location/lat", "/location/lon"], ""),
        ({"lat": 19.05, "lon": -104.3, "alt": 0}, ["/location/alt"], ""),
        ({}, ["/location/lat", "/location/lon"], ""),
        ([19.05, -104.3], ["/location"], ""),
        ("19.05, -104.3", ["/location"], ""),
    ],
)
async def test_a_place_that_cannot_be_is_refused(secretariat: Person, location: object, wrong: list[str], hint: str):
    before = await secretariat.get(URL)
    answer = await change(secretariat, location=location)
    assert pointers(answer) == wrong
    assert hint in answer.text
    assert (await secretariat.get(URL)).json() == before.json()


async def test_exchanged_coordinates_are_asked_about(secretariat: Person):
    answer = await secretariat.post(COMMUNITIES, json=NEW | {"country": "CL", "location": {"lat": -73.1, "lon": -36.8}})
    assert pointers(answer) == ["/location"]
    assert "exchanged" in answer.text


@pytest.mark.parametrize("digits", ["NaN", "Infinity", "-Infinity"])
async def test_a_bare_word_that_is_no_json_is_malformed(secretariat: Person, digits: str):
    body = f'{{"location": {{"lat": {digits}, "lon": -104.3}}}}'
    headers = if_match(await secretariat.get(URL)) | {"Content-Type": "application/json"}
    assert (await secretariat.patch(URL, content=body, headers=headers)).status_code == 400


@pytest.mark.parametrize("digits", ["1e999", "-1e999", "1e-400", "9" * 5000, '"NaN"', '"inf"'])
async def test_a_number_that_no_double_holds_is_refused(secretariat: Person, public: Person, digits: str):
    body = f'{{"location": {{"lat": {digits}, "lon": -104.3}}}}'
    headers = if_match(await secretariat.get(URL)) | {"Content-Type": "application/json"}
    assert pointers(await secretariat.patch(URL, content=body, headers=headers)) == ["/location/lat"]
    assert (await public.get(COMMUNITIES)).status_code == 200


async def test_minus_zero_is_zero(secretariat: Person):
    body = NEW | {"code": "ec-bolivar", "country": "EC"}
    await made(secretariat, COMMUNITIES, body)
    url = f"{COMMUNITIES}/ec-bolivar"
    headers = if_match(await secretariat.get(url)) | {"Content-Type": "application/json"}
    answer = await secretariat.patch(url, content='{"location": {"lat": -0.0, "lon": -80.7}}', headers=headers)
    assert '"lat":0.0' in answer.text


async def test_null_clears_what_is_optional_and_only_that(secretariat: Person):
    await change(
        secretariat, website="https://puerto.example", description="Texto", phase="II", size_class="large",
        languages=["es"], contacts=[{"name": "Ana", "email": "ana@example.org"}],
    )  # fmt: skip
    cleared = await change(
        secretariat, website=None, description=None, phase=None, size_class=None, languages=None, contacts=None,
        ports=None, location=None,
    )  # fmt: skip
    assert cleared.status_code == 200
    told = (await secretariat.get(URL)).json()
    assert {told[field] for field in ("website", "description", "phase", "size_class", "location")} == {None}
    assert told["languages"] == told["contacts"] == told["ports"] == []
    assert pointers(await change(secretariat, name=None, country=None, kind=None, website=None)) == [
        "/country", "/kind", "/name",
    ]  # fmt: skip
    assert pointers(await change(secretariat, website="")) == ["/website"]
    assert pointers(await change(secretariat, name="")) == ["/name"]
    assert (await secretariat.get(URL)).json() == told


async def test_an_empty_description_is_none(secretariat: Person):
    await change(secretariat, description="Texto")
    assert (await change(secretariat, description="")).json()["description"] is None


async def test_what_changes_nothing_leaves_the_version(secretariat: Person):
    before = await secretariat.get(URL)
    same = {field: before.json()[field] for field in ("name", "country", "kind", "phase", "location", "website")}
    ports = [{key: value for key, value in port.items() if key != "inferred"} for port in before.json()["ports"]]
    for changes in ({}, {"website": None}, same, {"ports": ports}):
        after = await secretariat.patch(URL, json=changes, headers=if_match(before))
        assert after.status_code == 200
        assert after.json() == before.json()
        assert after.headers["etag"] == before.headers["etag"]


async def test_the_answer_to_a_change_is_what_is_read_afterwards(secretariat: Person):
    changed = await change(secretariat, ports=[SAUZAL, ENSENADA], description="Texto", contacts=[{"name": "Ana"}])
    read = await secretariat.get(URL)
    assert changed.json() == read.json()
    assert changed.headers["etag"] == read.headers["etag"]


async def test_a_name_is_set_in_the_language_of_the_request(secretariat: Person, public: Person):
    await change(secretariat, name="Porto de Manzanillo", params={"lang": "pt"})
    told = (await public.get(URL, headers={"Accept-Language": "pt-BR"})).json()
    assert told["name"] == "Porto de Manzanillo"
    assert told["names"] == {"es": "Manzanillo", "en": "Manzanillo", "pt": "Porto de Manzanillo"}
    assert (await public.get(URL)).json()["name"] == "Manzanillo"
    assert (await public.get(URL, headers={"Accept-Language": "fr"})).json()["name"] == "Manzanillo"
    assert [c["code"] for c in (await public.get(COMMUNITIES, params={"q": "porto"})).json()["items"]] == [
        "mx-manzanillo"
    ]


async def test_a_description_is_set_by_language_and_cleared_in_all(secretariat: Person, public: Person):
    await change(secretariat, description="Puerto del Pacífico")
    await change(secretariat, description="A port on the Pacific", params={"lang": "en"})
    assert (await public.get(URL)).json()["description"] == "Puerto del Pacífico"
    assert (await public.get(URL, params={"lang": "en"})).json()["description"] == "A port on the Pacific"
    await change(secretariat, description=None)
    assert (await public.get(URL, params={"lang": "en"})).json()["description"] is None


async def test_a_name_is_stored_in_one_spelling(secretariat: Person, public: Person):
    await change(secretariat, name="Asociacio\u0301n")
    assert (await public.get(URL)).json()["name"] == "Asociaci\u00f3n"


async def test_contacts_are_for_the_communitys_own_people(everyone):
    ana = {"name": "Ana", "post": "Gerente", "email": "ana@example.org", "phone": "+52 314 331 1400"}
    await change(everyone["secretariat"], contacts=[ana])
    shown = {name: (await person.get(URL)).json()["contacts"] for name, person in everyone.items()}
    own = {"secretariat", "coordinator", "respondent", "data_provider"}
    assert {name for name, contacts in shown.items() if contacts == [ana]} == own
    assert {name for name, contacts in shown.items() if contacts is None} == shown.keys() - own
    for person in everyone.values():
        listed = (await person.get(COMMUNITIES, params={"q": "manzanillo", "country": "MX"})).json()["items"]
        assert listed[0]["contacts"] == (await person.get(URL)).json()["contacts"]
        for form in ("csv", "geojson"):
            assert "ana@example.org" not in (await person.get(COMMUNITIES, params={"format": form})).text
    assert (await everyone["public"].get(COMMUNITIES, params={"q": "ana@example.org"})).json()["items"] == []


async def test_the_primary_port_can_change_places_with_another(secretariat: Person, public: Person):
    await made(secretariat, COMMUNITIES, NEW | {"ports": [ENSENADA, SAUZAL]})
    url = f"{COMMUNITIES}/mx-ensenada"
    swapped = [ENSENADA | {"role": "secondary"}, SAUZAL | {"role": "primary"}]
    for ports in (swapped, [ENSENADA, SAUZAL], swapped, [ENSENADA], [SAUZAL | {"role": "primary"}]):
        answer = await change(secretariat, url, ports=ports)
        assert answer.status_code == 200, answer.text
        told = (await public.get(url)).json()
        primary = next(port for port in ports if port["role"] == "primary")
        assert told["ports"][0]["unlocode"] == primary["unlocode"]
        assert told["location"] == {"lat": primary["lat"], "lon": primary["lon"]}


async def test_a_place_of_its_own_stays_when_the_ports_change(secretariat: Person):
    place = {"lat": 31.8, "lon": -116.6}
    await made(secretariat, COMMUNITIES, NEW | {"ports": [ENSENADA], "location": place})
    answer = await change(secretariat, f"{COMMUNITIES}/mx-ensenada", ports=[SAUZAL | {"role": "primary"}])
    assert answer.json()["location"] == place


async def test_a_coordinator_changes_the_card_but_not_what_the_secretariat_keeps(coordinator: Person):
    changed = await change(
        coordinator, website="https://www.puertomanzanillo.com.mx", name="Puerto de Manzanillo", description="Texto",
        contacts=[{"name": "Ana"}],
    )  # fmt: skip
    assert changed.status_code == 200
    assert changed.json()["website"] == "https://www.puertomanzanillo.com.mx"
    refused = await coordinator.patch(
        URL, json={"phase": "II", "website": None, "kind": "port"}, headers=if_match(changed)
    )
    assert refused.status_code == 403
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/kind", "/phase"]
    assert (await coordinator.get(URL)).json() == changed.json()


async def test_a_change_needs_the_version_that_was_read(coordinator: Person):
    before = await coordinator.get(URL)
    tag = before.headers["etag"]
    assert (await coordinator.patch(URL, json={"name": "A"})).status_code == 428
    for stale in (f"W/{tag}", '"0-ffff"', '"other"', f'W/{tag}, "other"'):
        answer = await coordinator.patch(URL, json={"name": "A"}, headers={"If-Match": stale})
        assert answer.status_code == 412, stale
    assert (await coordinator.patch(URL, json={"name": "A"}, headers={"If-Match": "A"})).status_code == 422
    listed = await coordinator.patch(URL, json={"name": "Uno"}, headers={"If-Match": f'"other", {tag}'})
    assert listed.status_code == 200
    assert (await coordinator.patch(URL, json={"name": "Dos"}, headers=if_match(before))).status_code == 412
    assert (await coordinator.get(URL)).json()["name"] == "Uno"
    assert (await coordinator.patch(URL, json={"name": "Tres"}, headers={"If-Match": "*"})).status_code == 200


async def test_a_tag_of_any_language_serves_for_a_change(secretariat: Person):
    english = await secretariat.get(URL, params={"lang": "en"})
    assert (await secretariat.patch(URL, json={"phase": "II"}, headers=if_match(english))).status_code == 200


async def test_of_two_changes_with_one_tag_exactly_one_is_made(secretariat: Person, coordinator: Person):
    for number in range(20):
        before = if_match(await secretariat.get(URL))
        first, second = await asyncio.gather(
            secretariat.patch(URL, json={"name": f"A{number}"}, headers=before),
            coordinator.patch(URL, json={"name": f"B{number}"}, headers=before),
        )
        assert sorted([first.status_code, second.status_code]) == [200, 412]
        won = first if first.status_code == 200 else second
        assert (await secretariat.get(URL)).json()["name"] == won.json()["name"]


async def test_a_change_and_a_removal_with_one_tag_do_not_both_happen(secretariat: Person):
    for number in range(5):
        url = f"{COMMUNITIES}/mx-try-{number}"
        made_now = await secretariat.post(COMMUNITIES, json=NEW | {"code": f"mx-try-{number}"})
        tag = if_match(made_now)
        changed, removed = await asyncio.gather(
            secretariat.patch(url, json={"name": "B"}, headers=tag), secretariat.delete(url, headers=tag)
        )
        assert (changed.status_code, removed.status_code) in [(200, 412), (404, 204)]
        assert (await secretariat.get(url)).status_code == (200 if removed.status_code == 412 else 404)


async def test_what_is_removed_is_gone_from_every_list_and_its_code_is_never_used_again(
    secretariat: Person, public: Person
):
    await made(secretariat, COMMUNITIES, NEW | {"ports": [ENSENADA]})
    url = f"{COMMUNITIES}/mx-ensenada"
    assert (await secretariat.delete(url)).status_code == 428
    assert (await secretariat.delete(url, headers={"If-Match": '"9-a"'})).status_code == 412
    removed = await secretariat.delete(url, headers=if_match(await secretariat.get(url)))
    assert (removed.status_code, removed.content) == (204, b"")
    for person in (public, secretariat):
        for path in (url, f"{url}/stages", f"{url}/members"):
            assert (await person.get(path)).status_code == 404
        for form in ("json", "csv", "geojson"):
            found = await person.get(COMMUNITIES, params={"q": "ensenada", "format": form})
            assert "mx-ensenada" not in found.text
    assert (await secretariat.delete(url, headers={"If-Match": "*"})).status_code == 404
    assert (await secretariat.patch(url, json={}, headers={"If-Match": "*"})).status_code == 404
    assert (await secretariat.post(COMMUNITIES, json=NEW)).status_code == 409
    assert (await secretariat.post(COMMUNITIES, json=NEW | {"code": "mx-manzanillo"})).status_code == 409
    countries = (await public.get("/api/v1/registry/countries", params={"limit": 200})).json()["items"]
    assert next(country["communities"] for country in countries if country["code"] == "MX") == 4


async def test_other_services_hear_of_every_change(secretariat: Person, platform):
    async def facts() -> dict:
        peers = platform.services["portal"].state.peers
        token = await peers.token("registry", None)
        told = await peers.send(
            "registry", "GET", "/internal/communities", params={"code": "mx-ensenada"},
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
        return told.json()["items"]

    assert await facts() == []
    await made(secretariat, COMMUNITIES, NEW | {"phase": "I"})
    expected = {
        "code": "mx-ensenada", "names": {"es": "Ensenada"}, "country": "MX", "kind": "port", "phase": "I",
        "size_class": None, "active": True, "demo": False,
    }  # fmt: skip
    assert await facts() == [expected]
    url = f"{COMMUNITIES}/mx-ensenada"
    await change(secretariat, url, size_class="large")
    await secretariat.delete(url, headers=if_match(await secretariat.get(url)))
    assert await facts() == [expected | {"size_class": "large", "active": False}]
    await platform.run_jobs()
