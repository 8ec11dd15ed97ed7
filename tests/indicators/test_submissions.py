"""From draft to approved: who may do what, four eyes, and corrections that never slip in unseen."""

import asyncio
from collections.abc import Mapping

import pytest

from deploy.local.composition import Platform
from tests.indicators.things import MANZANILLO, URL, benchmark, colleague, publish, record, row, step
from tests.people import Person, pointers, somebody, visitor

SUBMISSION = f"{URL}/submissions/{MANZANILLO}/2025-01"


async def state(person: Person) -> str:
    return str((await person.get(SUBMISSION)).json()["state"])


async def test_data_goes_from_draft_over_submitted_to_approved(data_provider: Person, coordinator: Person):
    await record(data_provider, row(value=10), row("GAT-01", value=40))
    draft = (await data_provider.get(SUBMISSION)).json()
    assert (draft["state"], draft["observations"], draft["pending"]) == ("draft", 2, 2)
    assert (await step(data_provider, "submit")).json()["state"] == "submitted"
    approved = (await step(coordinator, "approve")).json()
    assert (approved["state"], approved["pending"], approved["approved_by"]) == ("approved", 0, "Coordinator")
    assert [(one["action"], one["by"]) for one in approved["history"]] == [
        ("submit", "Provider"), ("approve", "Coordinator"),
    ]  # fmt: skip


async def test_a_return_gives_the_reason_and_the_data_back(data_provider: Person, coordinator: Person):
    await record(data_provider, row(value=10))
    await step(data_provider, "submit")
    assert pointers(await step(coordinator, "return", reason="  ")) == ["/reason"]
    returned = (await step(coordinator, "return", reason="Falta el mes completo.")).json()
    assert (returned["state"], returned["reason"]) == ("draft", "Falta el mes completo.")
    again = (await step(data_provider, "submit")).json()
    assert (again["state"], again["reason"]) == ("submitted", None)


@pytest.mark.parametrize(
    ("what", "after"),
    [("submit", []), ("approve", []), ("approve", ["row"]), ("return", ["row"]), ("submit", ["row", "submit"]),
     ("submit", ["row", "submit", "approve"]), ("approve", ["row", "submit", "approve"]),
     ("return", ["row", "submit", "approve"])],
)  # fmt: skip
async def test_a_step_that_does_not_fit_the_state_is_a_conflict(
    data_provider: Person, coordinator: Person, what: str, after: list[str]
):
    for before in after:
        if before == "row":
            await record(data_provider, row(value=1))
        else:
            assert (await step(data_provider if before == "submit" else coordinator, before)).status_code == 200
    body = {"reason": "x"} if what == "return" else {}
    told = await step(data_provider if what == "submit" else coordinator, what, **body)
    assert told.status_code == 409


MATRIX = {
    "read": {"secretariat", "coordinator", "respondent", "data_provider"},
    "submit": {"secretariat", "coordinator", "data_provider"},
    "approve": {"secretariat", "coordinator"},
    "return": {"secretariat", "coordinator"},
    "read visibility": {"secretariat", "coordinator", "respondent", "data_provider"},
    "set visibility": {"secretariat", "coordinator"},
}


@pytest.mark.parametrize("what", list(MATRIX))
async def test_who_may_do_what(everyone: Mapping[str, Person], platform: Platform, what: str):
    feeder = await somebody(platform, "feeder", ("data_provider", f"community:{MANZANILLO}"))
    for number, (role, person) in enumerate(everyone.items(), start=1):
        period = f"2025-{number:02d}"
        await record(feeder, row(period=period, value=1))
        if what in ("approve", "return"):
            await step(feeder, "submit", period)
        url = f"{URL}/visibility/{MANZANILLO}"
        if what == "read":
            told = await person.get(f"{URL}/submissions/{MANZANILLO}/{period}")
        elif what == "read visibility":
            told = await person.get(url)
        elif what == "set visibility":
            told = await person.put(url, json={"default": "network"})
        else:
            told = await step(person, what, period, **({"reason": "x"} if what == "return" else {}))
        expected = 200 if role in MATRIX[what] else 401 if role == "public" else 403
        assert told.status_code == expected, (role, told.text)


async def test_unknown_communities_and_periods_are_not_found(secretariat: Person):
    for path in ("submissions/mx-nowhere/2025-01", f"submissions/{MANZANILLO}/2025-1", "visibility/mx-nowhere"):
        assert (await secretariat.get(f"{URL}/{path}")).status_code == 404
    assert (await step(secretariat, "submit", "2025-13")).status_code == 404


async def test_whoever_submitted_does_not_approve_while_somebody_else_could(coordinator: Person, secretariat: Person):
    await record(coordinator, row(value=10))
    await step(coordinator, "submit")
    refused = await step(coordinator, "approve")
    assert refused.status_code == 403
    assert await state(coordinator) == "submitted"
    assert (await step(secretariat, "approve")).status_code == 200


async def test_the_only_person_who_could_approve_may_approve_the_own_submission(coordinator: Person):
    await record(coordinator, row(value=10))
    await step(coordinator, "submit")
    assert (await step(coordinator, "approve")).status_code == 200


async def test_the_secretariat_does_not_approve_its_own_submission_beside_a_colleague(
    secretariat: Person, platform: Platform
):
    await record(secretariat, row(value=10))
    await step(secretariat, "submit")
    other = await colleague(platform)
    assert (await step(secretariat, "approve")).status_code == 403
    assert (await step(other, "approve")).status_code == 200


async def test_a_correction_reopens_and_benchmarks_keep_the_approved_value(data_provider: Person, coordinator: Person):
    await publish(data_provider, coordinator, row(value=10))
    await record(data_provider, row(value=99))
    assert await state(data_provider) == "draft"

    async def counted() -> float:
        told = await benchmark(coordinator, community=MANZANILLO)
        return float(told["community"]["value"])

    assert await counted() == 10
    await step(data_provider, "submit")
    assert await counted() == 10
    await step(coordinator, "approve")
    assert await counted() == 99


async def test_the_same_value_again_does_not_reopen(data_provider: Person, coordinator: Person):
    await publish(data_provider, coordinator, row(value=10))
    await record(data_provider, row(value=10))
    assert await state(data_provider) == "approved"


async def test_a_change_after_submission_takes_it_back_to_draft(data_provider: Person, coordinator: Person):
    await record(data_provider, row(value=10))
    await step(data_provider, "submit")
    await record(data_provider, row(value=11))
    assert await state(data_provider) == "draft"
    assert (await step(coordinator, "approve")).status_code == 409


async def test_no_value_that_the_approver_did_not_see_is_ever_approved(data_provider: Person, coordinator: Person):
    for month in range(1, 6):
        period = f"2025-{month:02d}"
        await record(data_provider, row(period=period, value=1))
        await step(data_provider, "submit", period)
        await asyncio.gather(step(coordinator, "approve", period), record(data_provider, row(period=period, value=2)))
        told = (await coordinator.get(f"{URL}/submissions/{MANZANILLO}/{period}")).json()
        revisions = (await coordinator.get(f"{URL}/observations/VPA-01/{MANZANILLO}/{period}/revisions")).json()[
            "items"
        ]
        assert told["state"] == "draft"
        assert [one["value"] for one in revisions if one["approved_at"]] in ([1], [])


async def test_of_many_approvals_at_once_one_counts(data_provider: Person, coordinator: Person):
    await record(data_provider, row(value=1))
    await step(data_provider, "submit")
    answers = await asyncio.gather(*[step(coordinator, "approve") for _ in range(8)])
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7


async def test_visibility_begins_as_aggregate_and_is_set_as_a_whole(coordinator: Person):
    url = f"{URL}/visibility/{MANZANILLO}"
    before = await coordinator.get(url)
    assert before.json() == {"community": MANZANILLO, "default": "aggregate", "indicators": {}, "demo": False}
    wanted = {"default": "network", "indicators": {"VPA-01": "public"}}
    assert (await coordinator.put(url, json=wanted)).json()["indicators"] == {"VPA-01": "public"}
    assert (await coordinator.put(url, json={"default": "network"})).json()["indicators"] == {}
    stale = await coordinator.put(url, json=wanted, headers={"If-Match": before.headers["etag"]})
    assert stale.status_code == 412
    now = await coordinator.get(url)
    again = await coordinator.put(url, json=wanted, headers={"If-Match": now.headers["etag"]})
    assert again.status_code == 200


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"default": "everybody"}, "/default"),
        ({"default": None}, "/default"),
        ({}, "/default"),
        ({"default": "public", "indicators": {"XX-1": "public"}}, "/indicators/XX-1"),
        ({"default": "public", "indicators": {"VPA-01": "secret"}}, "/indicators/VPA-01"),
        ({"default": "public", "indicators": {"a/b": "public"}}, "/indicators/a~1b"),
        ({"default": "public", "who": "me"}, "/who"),
    ],
)
async def test_wrong_settings_of_visibility_are_named(coordinator: Person, body: dict[str, object], pointer: str):
    assert pointer in pointers(await coordinator.put(f"{URL}/visibility/{MANZANILLO}", json=body))


async def program(platform: Platform, owner: Person, *scopes: str, scope: str | None = None) -> Person:
    """An API client with a token for these scopes, and a grant of its own when `scope` says so."""
    body = {"name": "Terminal system", "scopes": list(scopes)} | ({"scope": scope} if scope else {})
    told = (await owner.post("/api/v1/identity/clients", json=body)).json()
    client = visitor(platform)
    granted = await client.post(
        "/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(told["client_id"], told["client_secret"]),
    )
    client.headers["Authorization"] = f"Bearer {granted.json()['access_token']}"
    return client


async def test_a_program_writes_where_its_own_grant_says_and_with_the_scope_for_it(
    platform: Platform, secretariat: Person, coordinator: Person
):
    reading, writing = "indicators:read", "indicators:write"
    own = await program(platform, secretariat, reading, writing, scope=f"community:{MANZANILLO}")
    assert (await record(own, row(value=1))).status_code == 201
    assert (await record(own, row(community="cl-biobio", value=1))).status_code == 403
    assert (await own.get(f"{URL}/observations")).json()["total"] == 1
    assert (await step(own, "submit")).status_code == 200
    assert (await step(own, "approve")).status_code == 403
    assert (await step(coordinator, "approve")).status_code == 200
    reader = await program(platform, secretariat, reading, scope=f"community:{MANZANILLO}")
    assert (await record(reader, row(value=2))).status_code == 403
    elsewhere = await program(platform, secretariat, reading, writing)
    assert (await record(elsewhere, row(value=2))).status_code == 403
    assert (await elsewhere.get(f"{URL}/observations")).json()["total"] == 0
    await coordinator.put(f"{URL}/visibility/{MANZANILLO}", json={"default": "network"})
    assert (await elsewhere.get(f"{URL}/observations")).json()["total"] == 1
