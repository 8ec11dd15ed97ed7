"""Published results: one community, many, the Network together, as JSON and as tables."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import fmean
from typing import Any

import pytest
from sqlalchemy import event

from deploy.local.composition import Platform
from services.survey.client import SurveyClient
from tests.people import Person, pointers, somebody
from tests.survey.conftest import API, everything, opened, publish

pytestmark = pytest.mark.slow
RESULTS = f"{API}/results"
PHASE_I = ["mx-manzanillo", "mx-veracruz", "co-buenaventura", "co-cartagena", "pe-callao"]
PHASE_II = ["mx-altamira", "tt-port-of-spain", "ec-guayaquil", "pe-paita", "uy-montevideo"]


async def several(platform: Platform, secretariat: Person, codes: dict[str, int], year: int = 2026) -> None:
    """Publish one level for each community."""
    await opened(secretariat, year=year, communities=sorted(codes))
    scopes = [f"community:{code}" for code in codes]
    respondent = await somebody(platform, f"r{year}", *[("respondent", scope, "customs") for scope in scopes])
    coordinator = await somebody(platform, f"c{year}", *[("coordinator", scope) for scope in scopes])
    for code, level in codes.items():
        await publish(
            secretariat, respondent, coordinator, year=year, community=code, levels=everything(level)
        )  # fmt: skip


async def test_results_are_filtered_listed_and_exported_alike(platform: Platform, secretariat: Person, public: Person):
    await several(platform, secretariat, {"mx-manzanillo": 4, "cl-biobio": 1})
    told = (await public.get(RESULTS, params={"year": 2026})).json()
    assert [(item["community"], item["overall"], item["level"]) for item in told["items"]] == [
        ("mx-manzanillo", 100.0, 5), ("cl-biobio", 25.0, 2),
    ]  # fmt: skip
    one = (await public.get(RESULTS, params={"country": "CL", "pillar": "P2"})).json()["items"]
    assert [[pillar["code"] for pillar in item["pillars"]] for item in one] == [["P2"]]
    assert (await public.get(RESULTS, params={"phase": "II", "country": "MX"})).json()["total"] in (0, 1)
    assert (await public.get(RESULTS, params={"year": 2025})).json()["items"] == []
    assert pointers(await public.get(RESULTS, params={"pillar": "P9"})) == ["/pillar"]
    assert pointers(await public.get(RESULTS, params={"country": "mexico"})) == ["/country"]
    assert pointers(await public.get(RESULTS, params={"yeer": 2026})) == ["/yeer"]
    first = (await public.get(RESULTS, params={"limit": 1})).json()
    second = (await public.get(RESULTS, params={"limit": 1, "cursor": first["next"]})).json()
    assert [item["community"] for item in first["items"] + second["items"]] == ["mx-manzanillo", "cl-biobio"]
    assert second["next"] is None
    table = await public.get(RESULTS, params={"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [(row["community"], float(row["overall"]), float(row["P4.3"])) for row in rows] == [
        ("mx-manzanillo", 100.0, 100.0), ("cl-biobio", 25.0, 25.0),
    ]  # fmt: skip
    book = await public.get(RESULTS, params={"format": "xlsx"})
    assert book.content.startswith(b"PK")
    detail = await public.get(f"{RESULTS}/cl-biobio", headers={"accept": "text/csv"})
    measures = [row for row in csv.DictReader(io.StringIO(detail.text)) if row["element"] == "measure"]
    assert len(measures) == 27
    assert fmean(float(row["score"]) for row in measures) == 25.0
    assert {row["source"] for row in measures} == {"groups"}


async def test_a_communitys_years_stand_side_by_side(platform: Platform, secretariat: Person, public: Person):
    await several(platform, secretariat, {"mx-manzanillo": 1}, year=2025)
    await several(platform, secretariat, {"mx-manzanillo": 3}, year=2026)
    items = (await public.get(f"{RESULTS}/mx-manzanillo/history")).json()["items"]
    assert [(item["year"], item["overall"], item["same_method"]) for item in items] == [
        (2025, 25.0, None), (2026, 75.0, True),
    ]  # fmt: skip
    assert (await public.get(f"{RESULTS}/mx-manzanillo")).json()["year"] == 2026
    assert (await public.get(f"{RESULTS}/mx-manzanillo", params={"year": 2024})).status_code == 404
    assert (await public.get(f"{RESULTS}/no-such/history")).status_code == 404


async def test_the_network_is_told_from_five_communities_on(platform: Platform, secretariat: Person, public: Person):
    network = f"{RESULTS}/network"
    await several(platform, secretariat, dict.fromkeys(PHASE_I[:4], 2), year=2025)
    told = (await public.get(network, params={"year": 2025, "group_by": "phase"})).json()
    few = ("<5", None, None, "too_few_peers")
    for group in (told["network"], *told["groups"], *told["network"]["pillars"]):
        assert (group["n"], group["mean"], group["quartiles"], group["suppressed"]) == few
    levels = dict(zip(PHASE_I, [0, 1, 2, 3, 4], strict=True)) | dict.fromkeys(PHASE_II[:3], 4)
    await several(platform, secretariat, levels)
    told = (await public.get(network, params={"group_by": "phase"})).json()
    assert told["year"] == 2026
    assert (told["network"]["n"], told["network"]["mean"]) == (8, fmean([0, 25, 50, 75, 100, 100, 100, 100]))
    assert told["network"]["quartiles"] == [43.75, 87.5, 100.0]
    assert [pillar["code"] for pillar in told["network"]["pillars"]] == ["P1", "P2", "P3", "P4"]
    assert [(group["group"], group["n"], group["mean"], group["suppressed"]) for group in told["groups"]] == [
        ("I", None, None, "protects_others"), ("II", "<5", None, "too_few_peers"),
    ]  # fmt: skip
    table = list(csv.DictReader(io.StringIO((await public.get(network, params={"format": "csv"})).text)))
    assert (table[0]["group"], table[0]["code"], table[0]["n"], table[0]["demo"]) == (
        "network",
        "overall",
        "8",
        "false",
    )
    assert (await public.get(network, params={"format": "xlsx"})).content.startswith(b"PK")
    assert pointers(await public.get(network, params={"group_by": "colour"})) == ["/group_by"]
    assert (await public.get(network, params={"year": 2020})).status_code == 404


async def test_groups_of_five_that_hide_nobody_are_shown(platform: Platform, secretariat: Person, public: Person):
    await several(platform, secretariat, dict.fromkeys(PHASE_I, 1) | dict.fromkeys(PHASE_II, 3))
    told = (await public.get(f"{RESULTS}/network", params={"group_by": "phase"})).json()
    assert (told["network"]["n"], told["network"]["mean"]) == (10, 50.0)
    assert [(group["group"], group["n"], group["mean"]) for group in told["groups"]] == [
        ("I", 5, 25.0), ("II", 5, 75.0),
    ]  # fmt: skip
    by_country = (await public.get(f"{RESULTS}/network", params={"group_by": "country"})).json()["groups"]
    assert {(group["n"], group["mean"]) for group in by_country} == {("<5", None)}


@contextmanager
def counted(platform: Platform) -> Iterator[list[str]]:
    """The statements that the survey sends to its database meanwhile."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *others: Any) -> None:
        seen.append(statement)

    engine = platform.services["survey"].state.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_three_communities_and_ten_take_the_same_number_of_queries(
    platform: Platform, secretariat: Person, public: Person
):
    await several(platform, secretariat, dict.fromkeys(PHASE_I[:3], 2), year=2025)
    await several(platform, secretariat, dict.fromkeys(PHASE_I + PHASE_II, 2), year=2026)
    for who, address in (
        (secretariat, f"{API}/campaigns/{{}}/assessments"), (public, f"{RESULTS}?year={{}}"),
        (public, f"{RESULTS}?year={{}}&format=csv"), (public, f"{RESULTS}/network?year={{}}&group_by=phase"),
    ):  # fmt: skip
        numbers = []
        for year in (2025, 2026):
            with counted(platform) as seen:
                assert (await who.get(address.format(year))).status_code == 200
            numbers.append(len(seen))
        assert numbers[0] == numbers[1] > 0, address


async def test_the_client_speaks_for_the_platform(platform: Platform, secretariat: Person):
    await several(platform, secretariat, {"mx-manzanillo": 3, "cl-biobio": 2})
    client = SurveyClient(platform.services["portal"].state.peers, language="en")
    assert [model.version for model in await client.models()] == ["0.1.0-reconstruction"]
    assert (await client.model("0.1.0-reconstruction")).bands[0].start == 0
    assert [found.year for found in await client.campaigns()] == [2026]
    assert (await client.campaign(2026))[0].state == "open"
    assert [found.state for found in await client.assessments(2026)] == ["published", "published"]
    assert (await client.assessment(2026, "cl-biobio")).progress.answered == 27
    assert (await client.summary(2026, "cl-biobio")).measures[0].value == 2.0
    assert len(await client.answers(2026, "cl-biobio")) == 27
    assert next(event.action for event in await client.history(2026, "cl-biobio")) == "published"
    assert (await client.score(2026, "cl-biobio")).overall == 50.0
    assert len((await client.gaps(2026, "cl-biobio")).items) == 27
    assert [found.overall for found in await client.results(year=2026)] == [75.0, 50.0]
    assert (await client.result("cl-biobio", 2026)).level == 3
    assert [found.year for found in await client.result_history("cl-biobio")] == [2026]
    assert [found.current for found in await client.editions("cl-biobio")] == [True]
    assert (await client.network(2026, "country")).network.n == "<5"
    assert await client.desk() == []
