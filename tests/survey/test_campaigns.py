"""Campaigns, as the secretariat runs them and the communities meet them."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.survey.campaigns.state import end_of
from tests.people import Person, if_match, pointers
from tests.survey.conftest import API, ASSESSMENT, MINE, VERSION, answers, campaign, everything, in_days

CAMPAIGNS = f"{API}/campaigns"
ONE = f"{CAMPAIGNS}/2026"


async def test_a_campaign_goes_from_draft_to_published_and_only_that_way(secretariat: Person):
    made = await secretariat.post(CAMPAIGNS, json=campaign())
    assert made.status_code == 201
    told = made.json()
    assert (told["state"], told["model_version"], told["year"]) == ("draft", VERSION, 2026)
    assert told["communities"] == ["cl-biobio", "mx-manzanillo"]
    for refused in ("close", "publish"):
        assert (await secretariat.post(f"{ONE}/{refused}")).status_code == 409
    assert (await secretariat.post(f"{ONE}/open")).json()["state"] == "open"
    assert (await secretariat.post(f"{ONE}/open")).status_code == 409
    assert (await secretariat.post(f"{ONE}/publish")).status_code == 409
    assert (await secretariat.post(f"{ONE}/close")).json()["state"] == "closed"
    assert (await secretariat.post(f"{ONE}/open")).status_code == 409
    published = (await secretariat.post(f"{ONE}/publish")).json()
    assert published["state"] == "published"
    assert (await secretariat.post(f"{ONE}/publish")).status_code == 409
    assert (await secretariat.get(ONE)).json()["published_at"] == published["published_at"]


async def test_there_is_one_campaign_a_year_however_often_it_is_asked_for(secretariat: Person):
    made = await asyncio.gather(*[secretariat.post(CAMPAIGNS, json=campaign()) for _ in range(5)])
    assert sorted(answer.status_code for answer in made) == [201, 409, 409, 409, 409]
    assert (await secretariat.get(CAMPAIGNS)).json()["total"] == 1


async def test_the_same_key_makes_one_campaign(secretariat: Person):
    key = {"Idempotency-Key": "campaign-1"}
    made = await asyncio.gather(*[secretariat.post(CAMPAIGNS, json=campaign(), headers=key) for _ in range(4)])
    assert {answer.status_code for answer in made} == {201}
    assert len({answer.text for answer in made}) == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"communities": ["mx-manzanillo", "no-such", "nor-this"]}, ["/communities/1", "/communities/2"]),
        ({"communities": ["mx-manzanillo", "mx-manzanillo"]}, ["/communities/1"]),
        ({"communities": []}, ["/communities"]),
        ({"model_version": "9.9"}, ["/model_version"]),
        ({"opens_on": "2026-05-02", "closes_on": "2026-05-01"}, ["/closes_on"]),
        ({"closes_on": "2026-02-30"}, ["/closes_on"]),
        ({"closes_on": "9999-12-31"}, ["/closes_on"]),
        ({"year": 1999}, ["/year"]),
        ({"year": "2026"}, ["/year"]),
        ({"year": True}, ["/year"]),
        ({"state": "open"}, ["/state"]),
    ],
)
async def test_a_campaign_that_cannot_be_is_refused_with_every_pointer(
    secretariat: Person, changes: dict[str, object], expected: list[str]
):
    assert pointers(await secretariat.post(CAMPAIGNS, json=campaign(**changes))) == expected
    assert (await secretariat.get(CAMPAIGNS)).json()["total"] == 0


async def test_a_draft_version_of_the_model_cannot_be_asked(secretariat: Person):
    body = (await secretariat.get(f"{API}/models/{VERSION}")).json()
    del body["state"]
    await secretariat.post(f"{API}/models", json=body | {"version": "2"})
    refused = await secretariat.post(CAMPAIGNS, json=campaign(model_version="2"))
    assert pointers(refused) == ["/model_version"]


async def test_a_draft_is_the_secretariats_alone(secretariat: Person, coordinator: Person, respondent: Person):
    await secretariat.post(CAMPAIGNS, json=campaign())
    assert (await secretariat.get(ONE)).status_code == 200
    for person in (coordinator, respondent):
        assert (await person.get(ONE)).status_code == 404
        assert (await person.get(CAMPAIGNS)).json()["items"] == []
        assert (await person.get(f"{ONE}/assessments")).status_code == 404
        assert (await person.get(ASSESSMENT)).status_code == 404
    assert (await respondent.patch(MINE, json=answers({"M1.1.a": 1}))).status_code == 404


async def test_it_closes_by_itself_at_the_end_of_its_last_day_in_the_networks_zone(
    secretariat: Person, respondent: Person
):
    zone = ZoneInfo("America/Caracas")
    today = datetime.now(UTC).astimezone(zone).date()
    await secretariat.post(CAMPAIGNS, json=campaign(closes_on=today.isoformat()))
    opened = (await secretariat.post(f"{ONE}/open")).json()
    assert opened["state"] == "open"
    assert opened["closes_at"] == (today + timedelta(days=1)).isoformat() + "T04:00:00Z"
    assert (await respondent.patch(MINE, json=answers({"M1.1.a": 1}))).status_code == 200
    yesterday = (today - timedelta(days=1)).isoformat()
    tag = if_match(await secretariat.get(ONE))
    assert (await secretariat.patch(ONE, json={"closes_on": yesterday}, headers=tag)).json()["state"] == "closed"
    assert (await respondent.get(ONE)).json()["state"] == "closed"
    assert (await respondent.patch(MINE, json=answers({"M1.1.a": 2}))).status_code == 409
    assert (await secretariat.post(f"{ONE}/close")).status_code == 409
    assert (await secretariat.post(f"{ONE}/publish")).json()["state"] == "published"


def test_the_end_of_a_day_follows_the_clock_of_the_zone():
    assert end_of(date(2026, 12, 31), ZoneInfo("America/Caracas")).isoformat() == "2027-01-01T04:00:00+00:00"
    assert end_of(date(2026, 9, 5), ZoneInfo("America/Santiago")).isoformat() == "2026-09-06T04:00:00+00:00"


async def test_the_announced_first_day_binds_nobody(secretariat: Person, respondent: Person):
    await secretariat.post(CAMPAIGNS, json=campaign(opens_on=in_days(7)))
    await secretariat.post(f"{ONE}/open")
    assert (await respondent.patch(MINE, json=answers({"M1.1.a": 1}))).status_code == 200


async def test_a_later_day_opens_it_again_and_communities_join_but_never_leave(secretariat: Person):
    await secretariat.post(CAMPAIGNS, json=campaign(closes_on=in_days(-2), opens_on=in_days(-9)))
    assert (await secretariat.post(f"{ONE}/open")).json()["state"] == "closed"
    tag = if_match(await secretariat.get(ONE))
    assert (await secretariat.patch(ONE, json={"closes_on": in_days(5)})).status_code == 428
    later = await secretariat.patch(ONE, json={"closes_on": in_days(5)}, headers=tag)
    assert later.json()["state"] == "open"
    assert (await secretariat.patch(ONE, json={"closes_on": in_days(6)}, headers=tag)).status_code == 412
    fewer = {"communities": ["mx-manzanillo"]}
    assert pointers(await secretariat.patch(ONE, json=fewer, headers=if_match(later))) == ["/communities"]
    more = {"communities": ["mx-manzanillo", "cl-biobio", "pe-callao"]}
    assert (await secretariat.patch(ONE, json=more, headers=if_match(later))).json()["communities"][-1] == "pe-callao"
    assert (await secretariat.get(f"{ONE}/assessments")).json()["total"] == 3
    now = if_match(await secretariat.get(ONE))
    assert (await secretariat.patch(ONE, json={"model_version": VERSION}, headers=now)).status_code == 409
    unchanged = await secretariat.patch(ONE, json={}, headers=now)
    assert if_match(unchanged) == now


async def test_closing_does_not_end_the_review(secretariat: Person, coordinator: Person, respondent: Person):
    await secretariat.post(CAMPAIGNS, json=campaign())
    await secretariat.post(f"{ONE}/open")
    await respondent.patch(MINE, json=answers(everything(2)))
    await coordinator.post(f"{ASSESSMENT}/submit")
    await secretariat.post(f"{ONE}/close")
    await secretariat.post(f"{ASSESSMENT}/return", json={"comments": [{"text": "Falta un acta"}]})
    assert (await respondent.patch(MINE, json=answers({"M1.1.a": 1}))).status_code == 409
    tag = if_match(await coordinator.get(ASSESSMENT))
    corrected = await coordinator.put(f"{ASSESSMENT}/agreed/M1.1.a", json={"level": 1}, headers=tag)
    assert corrected.status_code == 200
    assert (await coordinator.post(f"{ASSESSMENT}/submit")).json()["state"] == "submitted"


async def test_a_year_that_names_nothing_is_not_found(secretariat: Person):
    await secretariat.post(CAMPAIGNS, json=campaign())
    for year in ("99999999999", "0", "2026.0", "02026", "+2026", "%202026", "２０２６", "abc", "1999", "9" * 5000):
        assert (await secretariat.get(f"{CAMPAIGNS}/{year}")).status_code == 404, year
        assert (await secretariat.post(f"{CAMPAIGNS}/{year}/open")).status_code == 404, year


async def test_a_campaign_keeps_its_model_when_a_newer_one_comes(secretariat: Person, open_campaign: str):
    body = (await secretariat.get(f"{API}/models/{VERSION}")).json()
    del body["state"]
    await secretariat.post(f"{API}/models", json=body | {"version": "2"})
    await secretariat.post(f"{API}/models/2/publish")
    assert (await secretariat.get(open_campaign)).json()["model_version"] == VERSION
