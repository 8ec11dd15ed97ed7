"""Bodies are read strictly, and doing the same thing twice by accident does it once."""

import asyncio
import json

import pytest

from tests.people import Person, if_match, pointers, read_problem
from tests.registry.things import (
    AGREEMENTS,
    COMMUNITIES,
    MEMBERS,
    ORGANIZATIONS,
    an_agreement,
    an_organization,
    whole_list,
)

NEW = {"code": "mx-ensenada", "name": "Ensenada", "country": "MX", "kind": "port"}
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422), (b"{", 400), (b"null", 422), (b"[]", 422), (b'"text"', 422), (b"{} {}", 400), (b"{'a': 1}", 400),
        (b'\xef\xbb\xbf{"code": "a"}', 400), (b'{"name": "\xff"}', 400), (b'{"name": NaN}', 400),
        ("{}".encode("utf-16"), 400), (b'{"name": "\\ud83d"}', 422), (b"[" * 5000 + b"]" * 5000, 400),
    ],
)  # fmt: skip
async def test_what_is_no_json_object_is_refused(secretariat: Person, body: bytes, status: int):
    assert (await secretariat.post(COMMUNITIES, content=body, headers=JSON)).status_code == status


async def test_a_name_that_occurs_twice_is_told_where_it_stands(secretariat: Person):
    body = json.dumps(NEW)[:-1] + ', "name": "Otra"}'
    assert pointers(await secretariat.post(COMMUNITIES, content=body, headers=JSON)) == ["/name"]
    body = json.dumps(NEW)[:-1] + ', "ports": [{"unlocode": "MXESE", "name": "a", "name": "b"}]}'
    assert pointers(await secretariat.post(COMMUNITIES, content=body, headers=JSON)) == ["/ports/0/name"]
    assert (await secretariat.get(f"{COMMUNITIES}/mx-ensenada")).status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", True), ("name", 3), ("country", ["MX"]), ("kind", {"port": True}), ("contacts", {}), ("ports", "MXESE")],
)
async def test_a_value_of_another_type_is_never_converted(secretariat: Person, field: str, value: object):
    assert pointers(await secretariat.post(COMMUNITIES, json=NEW | {field: value})) == [f"/{field}"]


@pytest.mark.parametrize("value", ["12", 12.5, True, -1, 2**31, 9223372036854775808])
async def test_a_count_is_a_whole_number_that_can_be_stored(secretariat: Person, value: object):
    body = {"kind": "technical_visit", "starts_on": "2017-05-02", "participants": value}
    assert pointers(await secretariat.post("/api/v1/registry/activities", json=body)) == ["/participants"]


async def test_a_pointer_escapes_what_json_pointers_escape(secretariat: Person):
    assert pointers(await secretariat.post(COMMUNITIES, json=NEW | {"a/b~c": 1})) == ["/a~1b~0c"]


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/merge-patch+json", "", "text/json"])
async def test_another_media_type_is_not_read(secretariat: Person, kind: str):
    headers = {"Content-Type": kind} if kind else {}
    answer = await secretariat.post(COMMUNITIES, content=json.dumps(NEW), headers=headers)
    assert answer.status_code == 415


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
async def test_json_is_read_however_it_is_called(secretariat: Person, kind: str):
    answer = await secretariat.post(COMMUNITIES, content=json.dumps(NEW), headers={"Content-Type": kind})
    assert answer.status_code == 201


async def test_a_patch_may_come_as_merge_patch(secretariat: Person):
    url = f"{COMMUNITIES}/mx-manzanillo"
    for kind, status in (("application/merge-patch+json", 200), ("application/json", 200), ("text/plain", 415)):
        headers = if_match(await secretariat.get(url)) | {"Content-Type": kind}
        assert (await secretariat.patch(url, content='{"phase": "II"}', headers=headers)).status_code == status


async def test_a_body_that_is_too_large_is_refused(secretariat: Person):
    body = json.dumps(NEW | {"description": "x" * (9 * 2**20)})
    assert (await secretariat.post(COMMUNITIES, content=body, headers=JSON)).status_code == 413


async def test_a_long_description_is_refused_with_its_pointer(secretariat: Person):
    assert pointers(await secretariat.post(COMMUNITIES, json=NEW | {"description": "x" * 20_001})) == ["/description"]


async def test_a_path_written_in_two_ways_reaches_no_route(public: Person):
    for path in (
        "/api/v1/registry//communities", "/api/v1/registry/communities/%2e%2e/countries",
        "/api/v1/registry/communities%2fmx-manzanillo", "/api/v1/registry/communities/mx-manzanillo;a=1",
        "/api/v1/registry/communities/..%5c", "/api/v1/registry/communities/a%00b",
    ):  # fmt: skip
        assert (await public.get(path)).status_code in (400, 404)
    assert (await public.get("/api/v1/registry/communities/")).status_code == 404
    assert (await public.get("/internal/communities")).status_code == 404
    assert (await public.get("/api/v1/registry/communities?q=%ff")).status_code == 400
    for number in ("2.0", "%2B5", "%205", "5_0", "1e1", "%D9%A3", ""):
        assert pointers(await public.get(f"/api/v1/registry/communities?limit={number}")) == ["/limit"], number
    for path, methods in (
        (COMMUNITIES, "GET, HEAD, POST"),
        (f"{COMMUNITIES}/mx-manzanillo", "DELETE, GET, HEAD, PATCH"),
    ):
        answer = await public.put(path, json={})
        assert (answer.status_code, answer.headers["allow"]) == (405, methods)


async def test_twenty_posts_with_one_key_make_one_community(secretariat: Person):
    headers = {"Idempotency-Key": "one-and-the-same"}
    answers = await asyncio.gather(*[secretariat.post(COMMUNITIES, json=NEW, headers=headers) for _ in range(20)])
    done = [answer for answer in answers if answer.status_code == 201]
    waited = [answer for answer in answers if answer.status_code != 201]
    assert all(answer.status_code == 409 and answer.headers["retry-after"] for answer in waited)
    assert done
    assert len({answer.content for answer in done}) == 1
    assert {answer.headers["location"] for answer in done} == {f"{COMMUNITIES}/mx-ensenada"}
    again = await secretariat.post(COMMUNITIES, json=NEW, headers=headers)
    assert (again.status_code, again.content) == (201, done[0].content)
    listed = await whole_list(secretariat, COMMUNITIES, q="ensenada")
    assert [community["code"] for community in listed] == ["mx-ensenada"]
    assert len(await whole_list(secretariat, f"{COMMUNITIES}/mx-ensenada/stages")) == 1


async def test_a_key_is_for_one_body_one_caller_and_one_address(secretariat: Person, coordinator: Person):
    headers = {"Idempotency-Key": "k1"}
    body = {"name": "Agencia", "country": "MX", "kind": "customs"}
    first = await secretariat.post(ORGANIZATIONS, json=body, headers=headers)
    assert first.status_code == 201
    other = await secretariat.post(ORGANIZATIONS, json=body | {"name": "Otra"}, headers=headers)
    assert pointers(other) == ["/Idempotency-Key"]
    assert (await coordinator.post(ORGANIZATIONS, json=body, headers=headers)).status_code == 409
    assert (await coordinator.post(ORGANIZATIONS, json=body | {"name": "Otra"}, headers=headers)).status_code == 201
    member = {"organization": first.json()["id"]}
    assert (await secretariat.post(MEMBERS, json=member, headers=headers)).status_code == 201
    assert (await secretariat.post(ORGANIZATIONS, json=body, headers=headers)).content == first.content


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_has_1_to_255_characters(secretariat: Person, key: str):
    answer = await secretariat.post(COMMUNITIES, json=NEW, headers={"Idempotency-Key": key})
    assert pointers(answer) == ["/Idempotency-Key"]


async def test_what_was_refused_may_be_tried_again_with_the_same_key(secretariat: Person):
    headers = {"Idempotency-Key": "k2"}
    assert (await secretariat.post(COMMUNITIES, json=NEW | {"country": "XX"}, headers=headers)).status_code == 422
    assert (await secretariat.post(COMMUNITIES, json=NEW, headers=headers)).status_code == 201


async def test_every_post_that_creates_is_done_once_for_a_key(secretariat: Person):
    organization = (await an_organization(secretariat))["id"]
    agreement = (await an_agreement(secretariat))["id"]
    bodies = {
        COMMUNITIES: NEW,
        f"{COMMUNITIES}/mx-manzanillo/stages": {"stage": "constituted"},
        ORGANIZATIONS: {"name": "Aduana", "country": "MX", "kind": "customs"},
        MEMBERS: {"organization": organization, "person": "Ana", "from": "2024-01-01"},
        "/api/v1/registry/activities": {"kind": "technical_visit", "starts_on": "2017-05-02"},
        AGREEMENTS: {"title": "Memorando", "opened_on": "2016-11-24"},
        f"{AGREEMENTS}/{agreement}/signatures": {
            "signatory": "Ana",
            "community": "cl-biobio",
            "signed_on": "2016-11-24",
        },
    }
    for url, body in bodies.items():
        first, second = [await secretariat.post(url, json=body, headers={"Idempotency-Key": "k"}) for _ in range(2)]
        assert first.status_code == second.status_code == 201, (url, first.text)
        assert first.content == second.content
        for name in ("location", "etag", "content-language", "vary"):
            assert first.headers.get(name) == second.headers.get(name), (url, name)
        assert second.headers["idempotency-replayed"] == "true"


async def test_a_refusal_never_shows_what_was_refused(secretariat: Person):
    answer = await secretariat.post(COMMUNITIES, json=NEW | {"website": "not-an-address-7351"})
    assert "7351" not in json.dumps(read_problem(answer))
