"""Every route of every part keeps the rules of the house."""

import inspect

import pytest

from shared import callers, tags
from shared.routing import HouseRoute
from tests.house.walking import Address, addresses, listed, shape

EVERY = addresses()
PUBLIC = [address for address in EVERY if not address.is_inner]
API = [address for address in EVERY if address.is_api]
CHANGES = [address for address in API if address.method in ("PUT", "PATCH", "DELETE")]
CREATIONS = [address for address in API if address.method == "POST" and address.route.status_code == 201]

OPEN = {
    "GET /healthz", "GET /readyz", "GET /.well-known/jwks.json", "GET /.well-known/oauth-authorization-server",
    "GET /api/openapi.json", "GET /api/docs", "GET /design", "POST /internal/tokens", "POST /oauth/token",
    "POST /oauth/revoke", "POST /oauth/introspect",
}  # fmt: skip
"""Who asks makes no difference to these, or proves itself in a way of its own."""

WITHOUT_VERSION = {
    "PATCH /api/v1/survey/campaigns/{}/assessments/{}/answers/mine": "carries base_revision",
    "PUT /api/v1/workspace/notifications/preferences": "has one owner",
    "PUT /api/v1/workspace/events/{}/attendance": "has one owner",
    "PUT /api/v1/workspace/polls/{}/answers": "has one owner",
    "DELETE /api/v1/workspace/calendar/token": "has one owner and nothing to edit",
    "DELETE /api/v1/workspace/webhooks/{}": "has nothing to edit",
    "DELETE /api/v1/workspace/tasks/{}/attachments/{}": "has nothing to edit",
    "DELETE /api/v1/identity/sessions/{}": "has one owner and nothing to edit",
    "DELETE /api/v1/identity/grants/{}": "has nothing to edit",
    "DELETE /api/v1/identity/invitations/{}": "has nothing to edit",
    "DELETE /api/v1/identity/clients/{}": "has nothing to edit",
    "PUT /api/v1/identity/clients/{}/quota": "is one number, said whole",
    "DELETE /api/v1/survey/evidence/{}": "has nothing to edit",
    "DELETE /api/v1/identity/users/{}/factors/totp": "has nothing to edit",
    "DELETE /auth/oidc/{}/link": "has one owner and nothing to edit",
    "PUT /api/v1/indicators/visibility/{}": "has one owner",
    "PATCH /api/v1/workspace/uploads/{}": "carries Upload-Offset",
    "DELETE /api/v1/workspace/uploads/{}": "has one owner",
    "DELETE /api/v1/workspace/regional-meetings/{}/registrations/{}": "has nothing to edit",
    "PUT /api/v1/survey/workshops/{}/votes/{}": "has one owner",
    "DELETE /api/v1/survey/campaigns/{}/assessments/{}/workshops/{}/participants/{}": "has nothing to edit",
}
"""Addresses that change something without If-Match, and why nothing can be overwritten there."""


def by_name(found: list[Address]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("address", found, ids=str)


def test_no_address_is_served_by_two_routes():
    seen: dict[tuple[str, str], str] = {}
    for address in EVERY:
        key = (address.part, address.shape)
        assert key not in seen, f"{address} hides behind {seen[key]}"
        seen[key] = str(address)


@by_name(EVERY)
def test_a_route_says_what_it_is_for(address: Address):
    told = inspect.getdoc(address.endpoint) or ""
    assert len(told.split()) >= 2
    assert told[-1] in ".:!?)`"


@by_name(EVERY)
def test_a_route_asks_who_calls(address: Address):
    assert address.gives("Caller") or address.gives("Visit") or str(address) in OPEN


@by_name([address for address in EVERY if address.is_inner and address.part != "gateway"])
def test_an_inner_route_answers_services_only(address: Address):
    assert callers.of_the_platform in address.dependencies


@by_name(API)
def test_a_route_of_the_api_reads_requests_as_the_house_does(address: Address):
    assert isinstance(address.route.original_route, HouseRoute)


@by_name([address for address in API if not address.path.startswith("/oauth/")])
def test_a_route_declares_the_refusals_that_its_signature_implies(address: Address):
    declared = {int(status) for status in address.route.responses if str(status).isdigit()}
    implied: set[int] = set()
    if tags.expected in address.dependencies:
        implied |= {412, 428}
    if {callers.signed_in, callers.secretariat} & set(address.dependencies):
        implied |= {401}
    if callers.secretariat in address.dependencies:
        implied |= {403}
    if "{" in address.path:
        implied |= {404}
    if address.route.dependant.query_params:
        implied |= {422}
    if address.route.body_field is not None:
        implied |= {400, 415, 422}
    if address.method == "POST" and address.route.status_code == 201:
        implied |= {422}
    assert implied <= declared, f"not declared: {sorted(implied - declared)}"
    assert declared, "declares no refusal"


@by_name(API)
def test_a_route_of_the_api_describes_its_answer(address: Address):
    described = any(str(status).startswith("2") for status in address.route.responses)
    assert address.route.response_model is not None or address.route.status_code in (202, 204, 303) or described


@by_name(CREATIONS)
def test_creating_twice_with_one_key_is_done_once(address: Address):
    assert address.mentions("will_answer")


@by_name([address for address in CHANGES if address.shape not in WITHOUT_VERSION])
def test_nobody_changes_what_they_have_not_read(address: Address):
    assert tags.expected in address.dependencies


def test_what_needs_no_version_is_still_there():
    served = {address.shape for address in EVERY}
    assert sorted(WITHOUT_VERSION.keys() - served) == []
    assert sorted(OPEN - {str(address) for address in EVERY}) == []


def test_a_public_address_is_removed_by_decision_only():
    served = {address.shape for address in PUBLIC}
    gone = [address for address in listed() if shape(address) not in served]
    assert not gone, "promised in addresses.txt and not served:\n" + "\n".join(gone)


def test_a_new_public_address_is_listed():
    known = {shape(address) for address in listed()}
    new = [str(address) for address in PUBLIC if address.shape not in known]
    assert not new, "not yet in addresses.txt:\n" + "\n".join(new)


def test_the_list_is_in_order_and_names_nothing_twice():
    lines = listed()
    assert lines == sorted(lines, key=lambda line: line.split(" ")[::-1])
    assert len({shape(line) for line in lines}) == len(lines)


async def test_the_api_s_document_holds_together(public):
    document = (await public.get("/api/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert "x-missing" not in document
    schemas = document["components"]["schemas"]
    identifiers: list[str] = []

    def check(value: object) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                assert value["$ref"].removeprefix("#/components/schemas/") in schemas, value["$ref"]
            if isinstance(value.get("operationId"), str):
                identifiers.append(value["operationId"])
            for item in value.values():
                check(item)
        elif isinstance(value, list):
            for item in value:
                check(item)

    check(document)
    assert len(identifiers) == len(set(identifiers))
    documented = {
        shape(f"{method.upper()} {path}")
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    }
    visible = {a.shape for a in API if a.path.startswith("/api/v1/") and a.route.include_in_schema}
    assert visible <= documented
    assert not [path for path in document["paths"] if path.startswith("/internal/")]
