"""Agreements of the Network, and who signed them for whom."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.registry.days import months_after
from tests.people import Person, if_match, pointers
from tests.registry.things import AGREEMENTS, NOWHERE, a_signature, an_agreement, an_organization, whole_list

TODAY = datetime.now(UTC).date()
MEMORANDUM = {"title": "Memorando de entendimiento", "opened_on": "2016-11-24"}
SIGNED = {"signatory": "Ana Pérez", "post": "Gerente", "community": "mx-manzanillo", "signed_on": "2016-11-24"}


@pytest.mark.parametrize(
    ("day", "months", "last"),
    [
        ("2024-02-29", 12, "2025-02-28"), ("2024-02-29", 48, "2028-02-29"), ("2024-01-31", 1, "2024-02-29"),
        ("2023-01-31", 1, "2023-02-28"), ("2024-12-31", 2, "2025-02-28"), ("2024-11-30", 1, "2024-12-30"),
        ("2024-12-01", 1, "2025-01-01"), ("2024-03-15", 24, "2026-03-15"),
    ],
)  # fmt: skip
def test_an_anniversary_is_the_same_day_or_the_last_of_its_month(day: str, months: int, last: str):
    assert months_after(date.fromisoformat(day), months) == date.fromisoformat(last)


async def test_an_agreement_is_read_back_whole(secretariat: Person, public: Person):
    answer = await secretariat.post(AGREEMENTS, json=MEMORANDUM | {"document": "https://sela.example/mou.pdf"})
    assert answer.status_code == 201
    told = answer.json()
    assert told == {
        "id": told["id"], "kind": "memorandum_of_understanding", "title": "Memorando de entendimiento",
        "titles": {"es": "Memorando de entendimiento"}, "opened_on": "2016-11-24", "expires_on": None,
        "duration_months": None, "in_force": True, "document": "https://sela.example/mou.pdf", "signatures_count": 0,
        "demo": False,
    }  # fmt: skip
    read = await public.get(answer.headers["location"])
    assert (read.json(), read.headers["etag"]) == (told, answer.headers["etag"])


async def test_an_agreement_ends_on_a_day_or_after_some_months(secretariat: Person):
    told = await an_agreement(secretariat, opened_on="2024-02-29", duration_months=12)
    assert (told["expires_on"], told["in_force"]) == ("2025-02-28", False)
    url = f"{AGREEMENTS}/{told['id']}"

    async def change(**changes: object) -> dict:
        answer = await secretariat.patch(url, json=changes, headers={"If-Match": "*"})
        assert answer.json() == (await secretariat.get(url)).json()
        return answer.json()

    last = str(TODAY)
    told = await change(expires_on=last)
    assert (told["expires_on"], told["duration_months"], told["in_force"]) == (last, None, True)
    told = await change(expires_on=str(TODAY - timedelta(1)))
    assert told["in_force"] is False
    told = await change(duration_months=600)
    assert (told["expires_on"], told["in_force"]) == ("2074-02-28", True)
    told = await change(duration_months=None)
    assert (told["expires_on"], told["in_force"]) == (None, True)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"title": None}, ["/title"]), ({"title": ""}, ["/title"]), ({"opened_on": None}, ["/opened_on"]),
        ({"opened_on": "2016"}, ["/opened_on"]), ({"kind": "pact"}, ["/kind"]), ({"kind": None}, ["/kind"]),
        ({"expires_on": "2016-11-23"}, ["/expires_on"]), ({"duration_months": 0}, ["/duration_months"]),
        ({"duration_months": 1.5}, ["/duration_months"]), ({"duration_months": 601}, ["/duration_months"]),
        ({"duration_months": 12, "expires_on": "2020-01-01"}, ["/duration_months"]), ({"document": ""}, ["/document"]),
        ({"in_force": True}, ["/in_force"]), ({"signatures": []}, ["/signatures"]),
    ],
)  # fmt: skip
async def test_wrong_values_are_named_when_adding_and_when_changing(
    secretariat: Person, fields: dict, wrong: list[str]
):
    assert pointers(await secretariat.post(AGREEMENTS, json=MEMORANDUM | fields)) == wrong
    assert await whole_list(secretariat, AGREEMENTS) == []
    url = f"{AGREEMENTS}/{(await an_agreement(secretariat))['id']}"
    before = await secretariat.get(url)
    assert pointers(await secretariat.patch(url, json=fields, headers=if_match(before))) == wrong
    assert (await secretariat.get(url)).json() == before.json()


async def test_an_agreement_is_changed_at_the_version_that_was_read(secretariat: Person):
    url = f"{AGREEMENTS}/{(await an_agreement(secretariat))['id']}"
    before = await secretariat.get(url)
    assert (await secretariat.patch(url, json={"kind": "charter"})).status_code == 428
    titled = await secretariat.patch(
        url, json={"title": "Memorandum of understanding"}, params={"lang": "en"}, headers=if_match(before)
    )
    assert titled.json()["titles"] == {"es": MEMORANDUM["title"], "en": "Memorandum of understanding"}
    assert (await secretariat.patch(url, json={"kind": "charter"}, headers=if_match(before))).status_code == 412
    same = await secretariat.patch(url, json={}, headers=if_match(titled))
    assert same.headers["etag"].split("-")[0] == titled.headers["etag"].split("-")[0]


async def test_an_agreement_that_was_signed_is_kept(secretariat: Person):
    key = (await an_agreement(secretariat))["id"]
    signature = await a_signature(secretariat, key)
    url = f"{AGREEMENTS}/{key}"
    assert (await secretariat.delete(url)).status_code == 428
    assert (await secretariat.delete(url, headers=if_match(await secretariat.get(url)))).status_code == 409
    signed = f"{url}/signatures/{signature['id']}"
    assert (await secretariat.delete(signed, headers=if_match(await secretariat.get(signed)))).status_code == 204
    assert (await secretariat.delete(url, headers=if_match(await secretariat.get(url)))).status_code == 204
    assert (await secretariat.get(url)).status_code == 404


async def test_a_signature_says_who_signed_for_whom_and_when(secretariat: Person, public: Person):
    url = f"{AGREEMENTS}/{(await an_agreement(secretariat))['id']}"
    organization = await an_organization(secretariat, "SELA", country="VE", kind="multilateral")
    answer = await secretariat.post(f"{url}/signatures", json=SIGNED | {"organization": organization["id"]})
    assert answer.status_code == 201
    told = answer.json()
    assert told == SIGNED | {
        "id": told["id"], "agreement": url.rpartition("/")[2], "organization": organization["id"],
        "organization_name": "SELA", "demo": False,
    }  # fmt: skip
    read = await secretariat.get(answer.headers["location"])
    assert (read.json(), read.headers["etag"]) == (told, answer.headers["etag"])
    assert (await public.get(url)).json()["signatures_count"] == 1
    assert (await public.get(AGREEMENTS)).json()["items"][0]["signatures_count"] == 1


async def test_signatories_are_named_to_the_network_and_posts_to_everybody(everyone):
    url = f"{AGREEMENTS}/{(await an_agreement(everyone['secretariat']))['id']}/signatures"
    signature = await a_signature(everyone["secretariat"], url.split("/")[-2])
    for role, person in everyone.items():
        item = (await person.get(f"{url}/{signature['id']}")).json()
        assert (await person.get(url)).json()["items"] == [item]
        assert item["signatory"] == (None if role in ("public", "without_grants") else "Ana Pérez")
        assert (item["post"], item["community"]) == ("Gerente", "mx-manzanillo")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"signatory": None}, ["/signatory"]), ({"signatory": " "}, ["/signatory"]),
        ({"signed_on": None}, ["/signed_on"]), ({"signed_on": str(TODAY + timedelta(1))}, ["/signed_on"]),
        ({"community": None}, ["/community"]), ({"community": "xx-nowhere"}, ["/community"]),
        ({"organization": NOWHERE}, ["/organization"]), ({"organization": "SELA"}, ["/organization"]),
        ({"agreement": NOWHERE}, ["/agreement"]), ({"post": "a\x00"}, ["/post"]),
    ],
)  # fmt: skip
async def test_wrong_signatures_are_refused_when_adding_and_when_changing(
    secretariat: Person, fields: dict, wrong: list[str]
):
    agreement = (await an_agreement(secretariat))["id"]
    url = f"{AGREEMENTS}/{agreement}/signatures"
    assert pointers(await secretariat.post(url, json=SIGNED | fields)) == wrong
    item = f"{url}/{(await a_signature(secretariat, agreement))['id']}"
    before = await secretariat.get(item)
    assert pointers(await secretariat.patch(item, json=fields, headers=if_match(before))) == wrong
    assert (await secretariat.get(item)).json() == before.json()


async def test_a_signature_is_corrected_at_the_version_that_was_read(secretariat: Person):
    agreement = (await an_agreement(secretariat))["id"]
    organization = (await an_organization(secretariat, "CAF"))["id"]
    url = f"{AGREEMENTS}/{agreement}/signatures/{(await a_signature(secretariat, agreement))['id']}"
    before = await secretariat.get(url)
    assert (await secretariat.patch(url, json={"post": None})).status_code == 428
    changes = {"post": None, "community": None, "organization": organization, "signed_on": "2016-11-25"}
    after = await secretariat.patch(url, json=changes, headers=if_match(before))
    assert after.json() == before.json() | changes | {"organization_name": "CAF"}
    assert (await secretariat.patch(url, json={"post": "A"}, headers=if_match(before))).status_code == 412
    assert (await secretariat.delete(url, headers=if_match(before))).status_code == 412
    back = {"organization": None, "community": "cl-biobio"}
    assert (await secretariat.patch(url, json=back, headers=if_match(after))).json()["organization_name"] is None


async def test_signatures_come_in_the_order_in_which_they_were_given(secretariat: Person, public: Person):
    agreement = (await an_agreement(secretariat))["id"]
    days = ["2017-03-01", "2016-11-24", "2018-01-01", "2016-11-24", "2017-12-31"]
    for day in days:
        await a_signature(secretariat, agreement, signed_on=day)
    told = await whole_list(public, f"{AGREEMENTS}/{agreement}/signatures", limit=2)
    assert [item["signed_on"] for item in told] == sorted(days)


async def test_agreements_are_found_by_kind_and_by_whom_they_were_signed_for(secretariat: Person, public: Person):
    organization = (await an_organization(secretariat, "CAF"))["id"]
    mou = (await an_agreement(secretariat))["id"]
    charter = (await an_agreement(secretariat, kind="charter", opened_on="2018-01-01"))["id"]
    await a_signature(secretariat, mou)
    await a_signature(secretariat, mou, community="cl-biobio")
    await a_signature(secretariat, charter, community=None, organization=organization)
    for filters, found in (
        ({}, [charter, mou]), ({"kind": "charter"}, [charter]), ({"community": "cl-biobio"}, [mou]),
        ({"community": "xx-nowhere"}, []), ({"organization": organization}, [charter]),
        ({"organization": organization, "community": "cl-biobio"}, []),
    ):  # fmt: skip
        assert [item["id"] for item in await whole_list(public, AGREEMENTS, limit=1, **filters)] == found
    for wrong in ({"kind": "pact"}, {"organization": "CAF"}, {"community": "A B"}, {"state": "open"}):
        assert pointers(await public.get(AGREEMENTS, params=wrong)) == [f"/{next(iter(wrong))}"]


@pytest.mark.parametrize("key", [NOWHERE, "1", "x" * 300])
async def test_what_names_no_agreement_is_not_found(secretariat: Person, key: str):
    url = f"{AGREEMENTS}/{key}"
    own = f"{AGREEMENTS}/{(await an_agreement(secretariat))['id']}/signatures/{key}"
    assert (await secretariat.post(f"{url}/signatures", json=SIGNED)).status_code == 404
    for path in (url, f"{url}/signatures", f"{url}/signatures/{NOWHERE}", own):
        assert (await secretariat.get(path)).status_code == 404
    for path in (url, f"{url}/signatures/{NOWHERE}", own):
        assert (await secretariat.patch(path, json={}, headers={"If-Match": "*"})).status_code == 404
        assert (await secretariat.delete(path, headers={"If-Match": "*"})).status_code == 404
