"""Things that the tests of the registry need: made through the front door, as a user would."""

import itertools
from typing import Any

from tests.people import Person

API = "/api/v1/registry"
COMMUNITIES = f"{API}/communities"
ORGANIZATIONS = f"{API}/organizations"
ACTIVITIES = f"{API}/activities"
AGREEMENTS = f"{API}/agreements"
MEMBERS = f"{COMMUNITIES}/mx-manzanillo/members"
NOWHERE = "00000000-0000-7000-8000-000000000000"
_numbers = itertools.count(1)


async def made(person: Person, url: str, body: dict[str, Any]) -> dict[str, Any]:
    """What a POST made, as it answered."""
    answer = await person.post(url, json=body)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def an_organization(person: Person, name: str | None = None, **fields: Any) -> dict[str, Any]:
    body = {"name": name or f"Agencia {next(_numbers)}", "country": "MX", "kind": "customs"} | fields
    return await made(person, ORGANIZATIONS, body)


async def a_member(by: Person, organization: str, url: str = MEMBERS, /, **fields: Any) -> dict[str, Any]:
    return await made(by, url, {"organization": organization} | fields)


async def an_activity(person: Person, **fields: Any) -> dict[str, Any]:
    return await made(person, ACTIVITIES, {"kind": "technical_visit", "starts_on": "2017-05-02"} | fields)


async def an_agreement(person: Person, **fields: Any) -> dict[str, Any]:
    return await made(person, AGREEMENTS, {"title": "Memorando de entendimiento", "opened_on": "2016-11-24"} | fields)


async def a_signature(person: Person, agreement: str, **fields: Any) -> dict[str, Any]:
    body = {"signatory": "Ana Pérez", "post": "Gerente", "community": "mx-manzanillo", "signed_on": "2016-11-24"}
    return await made(person, f"{AGREEMENTS}/{agreement}/signatures", body | fields)


async def whole_list(person: Person, url: str, **params: Any) -> list[dict[str, Any]]:
    """Every item of a list, walked in parts."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await person.get(url, params=params | cursor)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        if answer.json()["next"] is None:
            return found
        cursor = {"cursor": answer.json()["next"]}
