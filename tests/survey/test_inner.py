"""What the platform's own parts tell the survey, and how made-up data goes again."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from deploy.local.composition import Platform
from services.survey import tables as t
from services.survey.app import SERVICE
from services.survey.demo import OF_ASSESSMENTS
from shared.callers import Caller
from tests.people import Person, somebody
from tests.survey.conftest import API, MINE, answers, campaign, everything, opened, publish

SURVEY = Caller(kind="service", id="registry", name="registry")


async def send(platform: Platform, method: str, path: str, **options: object) -> int:
    """A call of another service, in its own name."""
    peers = platform.services["registry"].state.peers
    token = await peers.token("survey", None)
    answer = await peers.http("survey").request(method, path, headers={"Authorization": f"Bearer {token}"}, **options)
    return int(answer.status_code)


FACTS = {
    "code": "xx-new", "names": {"es": "Nueva"}, "country": "MX", "kind": "port", "phase": None, "size_class": None,
    "active": True, "demo": False,
}  # fmt: skip


async def test_what_the_registry_tells_is_kept_and_can_come_twice(platform: Platform, secretariat: Person):
    for _ in range(2):
        assert await send(platform, "PUT", "/internal/communities/xx-new", json=FACTS) == 204
    made = await secretariat.post(f"{API}/campaigns", json=campaign(communities=["xx-new"]))
    assert made.status_code == 201
    assert await send(platform, "PUT", "/internal/communities/other", json=FACTS) == 422
    gone = FACTS | {"active": False}
    assert await send(platform, "PUT", "/internal/communities/xx-new", json=gone) == 204
    refused = await secretariat.post(f"{API}/campaigns", json=campaign(year=2027, communities=["xx-new"]))
    assert refused.status_code == 422


async def test_a_community_that_nobody_told_of_is_asked_for(platform: Platform, secretariat: Person):
    added = {"code": "mx-recien", "name": "Recién llegada", "country": "MX", "kind": "port"}
    assert (await secretariat.post("/api/v1/registry/communities", json=added)).status_code == 201
    made = await secretariat.post(f"{API}/campaigns", json=campaign(communities=["mx-recien"]))
    assert made.status_code == 201, made.text


async def test_only_the_platforms_parts_come_in(secretariat: Person):
    for method, path in (("PUT", "/internal/communities/xx-new"), ("DELETE", "/internal/demo")):
        assert (await secretariat.request(method, path, json=FACTS)).status_code == 404


@pytest.mark.slow
async def test_made_up_data_goes_and_what_is_real_stays(
    platform: Platform, secretariat: Person, coordinator: Person, respondent: Person, public: Person
):
    await opened(secretariat, year=2024)
    await publish(secretariat, respondent, coordinator, year=2024)
    database = platform.services["survey"].state.database
    async with database.transaction(by=SURVEY, to="mark a year as made up") as tx:
        for table in (t.Campaign, t.Assessment, *OF_ASSESSMENTS):
            await tx.execute(update(table).values(demo=True))
    told = (await public.get(f"{API}/results/mx-manzanillo")).json()
    assert told["demo"] is True
    assert "true" in (await public.get(f"{API}/results", params={"format": "csv"})).text
    await opened(secretariat)
    await respondent.patch(MINE, json=answers(everything(2)))
    demonstrator = await somebody(platform, "demo", ("respondent", "community:cl-biobio", "labour"))
    biobio = f"{API}/campaigns/2026/assessments/cl-biobio"
    await demonstrator.patch(f"{biobio}/answers/mine", json=answers({"M1.1.a": 1}))
    async with database.transaction(by=SURVEY, to="mark answers as made up") as tx:
        for table in (t.Answer, t.AnswerRevision, t.Participation, t.Event):
            await tx.execute(update(table).where(table.community_code == "cl-biobio").values(demo=True))
    for _ in range(2):
        assert await send(platform, "DELETE", "/internal/demo") == 204
    assert (await public.get(f"{API}/results/mx-manzanillo")).status_code == 404
    assert [item["year"] for item in (await secretariat.get(f"{API}/campaigns")).json()["items"]] == [2026]
    assert (await secretariat.get(biobio)).json()["state"] == "not_started"
    assert (await coordinator.get(f"{API}/campaigns/2026/assessments/mx-manzanillo")).json()["respondents"] == 1
    async with database.reading() as reading:
        for table in (t.Assessment, *OF_ASSESSMENTS):
            assert (await reading.scalars(select(table).where(table.demo))).all() == []


def test_every_table_of_what_people_make_knows_what_is_made_up():
    made = [mapper.class_ for mapper in t.Base.registry.mappers]
    assert all("demo" in table.__table__.c for table in made)
    assert replace(SURVEY, demo=True).demo
    assert SERVICE.seed is not None
