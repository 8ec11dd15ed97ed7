"""The directory of communities, as its readers and its editors use it."""

from tests.people import Person, if_match, pointers

URL = "/api/v1/registry/communities"


async def test_the_directory_holds_the_34_communities_of_the_programme(public: Person):
    answer = await public.get(URL, params={"limit": 200})
    assert answer.status_code == 200
    told = answer.json()
    assert told["total"] == 34 == len(told["items"])
    assert told["next"] is None
    manzanillo = (await public.get(f"{URL}/mx-manzanillo")).json()
    assert manzanillo["location"] == {"lat": 19.05, "lon": -104.3167}
    assert manzanillo["size_class"] == "medium"
    assert manzanillo["phase"] == "I"
    assert manzanillo["contacts"] is None


async def test_pages_follow_one_another_without_gap_or_repeat(public: Person):
    seen: list[str] = []
    cursor = None
    while True:
        told = (await public.get(URL, params={"limit": 10} | ({"cursor": cursor} if cursor else {}))).json()
        seen += [item["code"] for item in told["items"]]
        cursor = told["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 34


async def test_an_altered_cursor_is_refused(public: Person):
    cursor = (await public.get(URL, params={"limit": 5})).json()["next"]
    for bad in (cursor[:-1] + ("A" if cursor[-1] != "A" else "B"), "x", "", cursor + "=="):
        assert pointers(await public.get(URL, params={"limit": 5, "cursor": bad})) == ["/cursor"]
    assert pointers(await public.get(URL, params={"cursor": cursor, "country": "MX"})) == ["/cursor"]


async def test_a_coordinator_changes_the_card_but_not_what_the_secretariat_keeps(coordinator: Person):
    before = await coordinator.get(f"{URL}/mx-manzanillo")
    changed = await coordinator.patch(
        f"{URL}/mx-manzanillo", json={"website": "https://www.puertomanzanillo.com.mx"}, headers=if_match(before)
    )
    assert changed.status_code == 200
    assert changed.json()["website"] == "https://www.puertomanzanillo.com.mx"
    refused = await coordinator.patch(f"{URL}/mx-manzanillo", json={"phase": "II"}, headers=if_match(changed))
    assert refused.status_code == 403
    assert [e["pointer"] for e in refused.json()["errors"]] == ["/phase"]
    assert (await coordinator.get(f"{URL}/mx-manzanillo")).json()["phase"] == "I"


async def test_a_change_needs_the_version_that_was_read(coordinator: Person):
    before = await coordinator.get(f"{URL}/mx-manzanillo")
    assert (await coordinator.patch(f"{URL}/mx-manzanillo", json={"name": "A"})).status_code == 428
    await coordinator.patch(f"{URL}/mx-manzanillo", json={"name": "Uno"}, headers=if_match(before))
    stale = await coordinator.patch(f"{URL}/mx-manzanillo", json={"name": "Dos"}, headers=if_match(before))
    assert stale.status_code == 412
    assert (await coordinator.get(f"{URL}/mx-manzanillo")).json()["name"] == "Uno"
