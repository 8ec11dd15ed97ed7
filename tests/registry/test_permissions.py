"""Who may do what in the registry: every role, every endpoint."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.people import Person
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
)  # fmt: skip

CARD = f"{COMMUNITIES}/mx-manzanillo"
ROLES = (
    "public", "secretariat", "coordinator", "respondent", "data_provider", "chair", "member", "observer",
    "foreign_coordinator", "without_grants",
)  # fmt: skip
SECRETARIAT = {"secretariat"}
ITS_COORDINATOR = SECRETARIAT | {"coordinator"}
COORDINATORS = ITS_COORDINATOR | {"foreign_coordinator"}


@dataclass(frozen=True)
class Deed:
    """Something done to an address; `{organization}` and so on stand for what the fixture made."""

    method: str
    url: str
    may: set[str]
    body: dict[str, Any] | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.url.removeprefix(API)}"


@pytest.fixture
async def things(everyone: Mapping[str, Person]) -> dict[str, str]:
    by = everyone["secretariat"]
    own, free = [(await an_organization(by))["id"] for _ in range(2)]
    agreement = (await an_agreement(by))["id"]
    return {
        "organization": own,
        "free": free,
        "member": (await a_member(by, own))["id"],
        "activity": (await an_activity(by))["id"],
        "agreement": agreement,
        "unsigned": (await an_agreement(by))["id"],
        "signature": (await a_signature(by, agreement))["id"],
    }


READS = (
    f"{API}/countries", f"{API}/stakeholder-types", COMMUNITIES, f"{COMMUNITIES}?format=csv",
    f"{COMMUNITIES}?format=geojson", CARD, f"{CARD}/stages", MEMBERS, f"{MEMBERS}?format=csv", f"{MEMBERS}/{{member}}",
    ORGANIZATIONS, f"{ORGANIZATIONS}?format=csv", f"{ORGANIZATIONS}/{{organization}}", ACTIVITIES,
    f"{ACTIVITIES}?format=csv", f"{ACTIVITIES}/{{activity}}", AGREEMENTS, f"{AGREEMENTS}/{{agreement}}",
    f"{AGREEMENTS}/{{agreement}}/signatures", f"{AGREEMENTS}/{{agreement}}/signatures/{{signature}}",
)  # fmt: skip
SIGNATURE = {"signatory": "Ana", "community": "mx-manzanillo", "signed_on": "2016-11-24"}
CHANGES = (
    Deed("POST", COMMUNITIES, SECRETARIAT, {"code": "mx-new", "name": "N", "country": "MX", "kind": "port"}),
    Deed("PATCH", CARD, ITS_COORDINATOR, {"name": "N"}),
    Deed("PATCH", CARD, SECRETARIAT, {"phase": "II"}),
    Deed("PATCH", CARD, SECRETARIAT, {"name": None, "location": None}),
    Deed("DELETE", CARD, SECRETARIAT),
    Deed("POST", f"{CARD}/stages", SECRETARIAT, {"stage": "constituted"}),
    Deed("POST", MEMBERS, ITS_COORDINATOR, {"organization": "{free}"}),
    Deed("PATCH", f"{MEMBERS}/{{member}}", ITS_COORDINATOR, {"post": "Director"}),
    Deed("DELETE", f"{MEMBERS}/{{member}}", ITS_COORDINATOR),
    Deed("POST", ORGANIZATIONS, COORDINATORS, {"name": "Nueva", "country": "MX", "kind": "customs"}),
    Deed("PATCH", f"{ORGANIZATIONS}/{{organization}}", ITS_COORDINATOR, {"kind": "ministry"}),
    Deed("PATCH", f"{ORGANIZATIONS}/{{free}}", SECRETARIAT, {"kind": "ministry"}),
    Deed("DELETE", f"{ORGANIZATIONS}/{{free}}", SECRETARIAT),
    Deed("POST", ACTIVITIES, SECRETARIAT, {"kind": "technical_visit", "starts_on": "2017-05-02"}),
    Deed("PATCH", f"{ACTIVITIES}/{{activity}}", SECRETARIAT, {"place": "Lima"}),
    Deed("DELETE", f"{ACTIVITIES}/{{activity}}", SECRETARIAT),
    Deed("POST", AGREEMENTS, SECRETARIAT, {"title": "M", "opened_on": "2016-11-24"}),
    Deed("PATCH", f"{AGREEMENTS}/{{agreement}}", SECRETARIAT, {"kind": "charter"}),
    Deed("DELETE", f"{AGREEMENTS}/{{unsigned}}", SECRETARIAT),
    Deed("POST", f"{AGREEMENTS}/{{agreement}}/signatures", SECRETARIAT, SIGNATURE),
    Deed("PATCH", f"{AGREEMENTS}/{{agreement}}/signatures/{{signature}}", SECRETARIAT, {"post": "D"}),
    Deed("DELETE", f"{AGREEMENTS}/{{agreement}}/signatures/{{signature}}", SECRETARIAT),
)


async def test_everything_can_be_read_by_everybody(everyone: Mapping[str, Person], things: dict[str, str]):
    assert set(everyone) == set(ROLES)
    for url in READS:
        for role, person in everyone.items():
            assert (await person.get(url.format(**things))).status_code == 200, (url, role)


@pytest.mark.parametrize("deed", CHANGES, ids=str)
async def test_a_change_is_made_by_those_who_may_and_by_nobody_else(
    everyone: Mapping[str, Person], things: dict[str, str], deed: Deed
):
    async def do(role: str) -> int:
        body = {
            key: value.format(**things) if isinstance(value, str) else value for key, value in (deed.body or {}).items()
        }
        options: dict[str, Any] = {"json": body} if deed.body is not None else {}
        if deed.method != "POST":
            options["headers"] = {"If-Match": "*"}
        return (await everyone[role].request(deed.method, deed.url.format(**things), **options)).status_code

    for role in (role for role in ROLES if role not in deed.may):
        assert await do(role) == (401 if role == "public" else 403), role
    for role in sorted(deed.may - SECRETARIAT) or ["secretariat"]:
        expected = {"POST": 201, "PATCH": 200, "DELETE": 204}[deed.method]
        if deed.body is not None and None in deed.body.values():
            expected = 422  # allowed to ask, so that the refusal before was for the person and not for the values
        answer = await do(role)
        assert answer == expected or (deed.url == ORGANIZATIONS and answer == 409), role
    if deed.method == "PATCH" and deed.may != SECRETARIAT:
        assert await do("secretariat") == 200


def test_every_endpoint_is_in_the_table():
    from fastapi.routing import iter_route_contexts

    from deploy.local.composition import SERVICES

    def shape(url: str) -> str:
        path = url.partition("?")[0].replace("mx-manzanillo", "{}")
        return "/".join("{}" if step.startswith("{") else step for step in path.split("/"))

    known = {("GET", shape(url)) for url in READS} | {(deed.method, shape(deed.url)) for deed in CHANGES}
    routes = {
        (method, shape(route.path or ""))
        for route in iter_route_contexts(SERVICES["registry"].application().routes)
        for method in route.methods or ()
        if (route.path or "").startswith(API)
    }
    assert routes == known


async def test_a_refused_person_learns_nothing_from_the_values(foreign_coordinator: Person):
    for body in ({"phase": "X"}, {"name": None}):
        answer = await foreign_coordinator.patch(CARD, json=body, headers={"If-Match": '"0-a"'})
        assert answer.status_code in (403, 422)
    answer = await foreign_coordinator.patch(CARD, json={"name": None}, headers={"If-Match": '"0-a"'})
    assert answer.status_code == 403


async def test_an_api_client_changes_only_where_a_grant_of_its_own_says(platform, secretariat: Person):
    from shared.callers import Caller, Grant

    minter = platform.gateway.own.state.minter
    app = platform.services["registry"]
    import httpx

    async def call(method: str, path: str, *scopes: str, grants: tuple[Grant, ...] = (), **options: Any) -> int:
        caller = Caller(kind="client", id="c1", name="BI", scopes=frozenset(scopes), grants=grants)
        token, _ = minter.mint(caller, "registry")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://registry") as http:
            headers = {"Authorization": f"Bearer {token}", "If-Match": "*"}
            return (await http.request(method, path, headers=headers, **options)).status_code

    assert await call("GET", CARD, "registry:read") == 200
    assert await call("GET", CARD, "survey:read") == 403
    assert await call("PATCH", CARD, "registry:read", json={"name": "N"}) == 403
    assert await call("PATCH", CARD, "registry:write", json={"name": "N"}) == 403
    own = Grant("coordinator", "community:mx-manzanillo")
    assert await call("PATCH", CARD, "registry:write", grants=(own,), json={"name": "N"}) == 200
    assert await call("DELETE", "/internal/demo", "registry:write", grants=(own,)) == 403
