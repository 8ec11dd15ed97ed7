"""Results beside each other: years, communities × points, peers, groups of the Network, and attacks on them."""

import csv
import io
from itertools import combinations
from math import fsum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.local.composition import Platform
from services.survey.client import SurveyClient
from services.survey.confidentiality import K, publishable
from tests.people import Person, pointers, somebody
from tests.survey.conftest import API, COMMUNITY, everything, opened, publish
from tests.survey.test_results import PHASE_I, PHASE_II, RESULTS, counted, several

pytestmark = pytest.mark.slow
GROUPINGS = ("country", "phase", "kind", "size_class")


async def test_a_community_stands_among_its_peers(
    platform: Platform, secretariat: Person, respondent: Person, coordinator: Person, public: Person
):
    await several(platform, secretariat, dict(zip(PHASE_I, [2, 0, 1, 2, 4], strict=True)))
    told = (await public.get(f"{RESULTS}/{COMMUNITY}/peers", params={"year": 2026})).json()
    assert (told["revision"], told["group_by"], told["group"]) == (3, None, None)
    overall = told["overall"]
    assert overall == {
        "code": "overall", "score": 50.0, "n": 5, "quartiles": [25.0, 50.0, 50.0], "rank": 2, "percentile_rank": 60.0,
        "suppressed": None,
    }  # fmt: skip
    assert [one["code"] for one in told["pillars"]] == ["P1", "P2", "P3", "P4"]
    assert len(told["points"]) == 12
    for grouping, status in (("phase", None), ("country", "too_few_peers"), ("kind", None)):
        one = (await public.get(f"{RESULTS}/{COMMUNITY}/peers", params={"group_by": grouping})).json()
        assert one["overall"]["suppressed"] == status, grouping
        if status is not None:
            assert (one["overall"]["n"], one["overall"]["quartiles"], one["overall"]["rank"]) == ("<5", None, None)
        assert one["overall"]["score"] == 50.0, "its own score is nobody's secret from whoever sees the result"
    assert pointers(await public.get(f"{RESULTS}/{COMMUNITY}/peers", params={"group_by": "colour"})) == ["/group_by"]
    assert (await public.get(f"{RESULTS}/cl-biobio/peers")).status_code == 404


async def test_an_unpublished_result_is_compared_for_its_own_people_only(
    platform: Platform, secretariat: Person, respondent: Person, coordinator: Person, public: Person
):
    await several(platform, secretariat, dict.fromkeys(PHASE_I[1:], 1) | {COMMUNITY: 3}, year=2025)
    codes = [COMMUNITY, *PHASE_I[1:]]
    await opened(secretariat, communities=codes)
    url = f"{API}/campaigns/2026/assessments"
    for code in PHASE_I[1:]:
        who = await _people_of(platform, code)
        await publish(secretariat, *who, community=code, levels=everything(1))
    await respondent.patch(f"{url}/{COMMUNITY}/answers/mine", json=_answers(3))
    await coordinator.post(f"{url}/{COMMUNITY}/submit")
    own = (await coordinator.get(f"{RESULTS}/{COMMUNITY}/peers", params={"year": 2026})).json()
    assert (own["overall"]["n"], own["overall"]["rank"], own["overall"]["quartiles"]) == (5, 1, [25.0, 25.0, 25.0])
    assert (await public.get(f"{RESULTS}/{COMMUNITY}/peers", params={"year": 2026})).status_code == 404
    network = (await coordinator.get(f"{RESULTS}/network", params={"year": 2026})).json()
    assert network["network"]["n"] == "<5", "what is not published counts for nobody in the Network's figures"
    order = (await coordinator.get(f"{RESULTS}/sensitivity", params={"year": 2026})).json()
    assert [item["rank"] for item in order["items"]] == [1, 2, 2, 2, 2]
    assert len((await public.get(f"{RESULTS}/sensitivity", params={"year": 2026})).json()["items"]) == 4


def _answers(level: int) -> dict[str, Any]:
    return {"answers": [{"measure": code, "level": said, "flag": None} for code, said in everything(level).items()]}


async def _people_of(platform: Platform, code: str) -> tuple[Person, Person]:
    scope = f"community:{code}"
    return (
        await somebody(platform, f"res-{code}", ("respondent", scope, "customs")),
        await somebody(platform, f"coo-{code}", ("coordinator", scope)),
    )


async def test_communities_by_points_come_whole_sorted_and_filtered_in_one_statement(
    platform: Platform, secretariat: Person, public: Person
):
    await several(platform, secretariat, {"mx-manzanillo": 4, "cl-biobio": 1}, year=2025)
    await several(platform, secretariat, {"mx-manzanillo": 2, "cl-biobio": 3, "pe-callao": 0})
    points = f"{RESULTS}/points"
    with counted(platform) as seen:
        told = (await public.get(points)).json()
    assert len([one for one in seen if one.lstrip().upper().startswith("SELECT")]) == 1
    assert [(item["year"], item["community"], item["overall"]) for item in told["items"]] == [
        (2026, "cl-biobio", 75.0), (2026, "mx-manzanillo", 50.0), (2026, "pe-callao", 0.0),
        (2025, "mx-manzanillo", 100.0), (2025, "cl-biobio", 25.0),
    ]  # fmt: skip
    assert (told["total"], told["next"], told["demo"]) == (5, None, False)
    assert len(told["items"][0]["points"]) == 12
    for params, found in (
        ({"year": 2025}, 2), ({"from": 2026}, 3), ({"to": 2025}, 2), ({"country": "CL"}, 2), ({"kind": "country"}, 0),
        ({"year": 2026, "sort": "P2.1"}, 3), ({"year": 2026, "sort": "nowhere"}, 3), ({"phase": "'; DROP"}, 0),
    ):  # fmt: skip
        assert (await public.get(points, params=params)).json()["total"] == found, params
    for params, where in (
        ({"from": 2026, "to": 2025}, "/to"), ({"sort": "P1'; --"}, "/sort"), ({"year": "x"}, "/year"), ({"limit": 5}, "/limit"),
        ({"country": "mexico"}, "/country"),
    ):  # fmt: skip
        assert pointers(await public.get(points, params=params)) == [where]
    table = list(csv.DictReader(io.StringIO((await public.get(points, params={"format": "csv"})).text)))
    assert [(row["community"], float(row["P3.2"]), row["demo"]) for row in table[:2]] == [
        ("cl-biobio", 75.0, "false"), ("mx-manzanillo", 50.0, "false"),
    ]  # fmt: skip
    assert (await public.get(points, params={"format": "xlsx"})).content.startswith(b"PK")
    years = (await public.get(f"{RESULTS}/years")).json()["items"]
    assert [(one["year"], one["communities"], one["campaign_published"]) for one in years] == [
        (2026, 3, False), (2025, 2, False),
    ]  # fmt: skip
    english = (await public.get(points, params={"lang": "en", "year": 2025})).json()["items"]
    assert {item["name"] for item in english} == {"Manzanillo", "Biobio"}
    order = (await public.get(f"{RESULTS}/sensitivity", params={"year": 2026})).json()
    assert [(item["community"], item["low"], item["high"], item["flips_from"]) for item in order["items"]] == [
        ("cl-biobio", 1, 1, None), ("mx-manzanillo", 2, 2, None), ("pe-callao", 3, 3, None),
    ]  # fmt: skip
    table = (await public.get(f"{RESULTS}/sensitivity", params={"format": "csv"})).text.splitlines()
    assert table[0].startswith("year,community,name,overall,rank") and len(table) == 4
    for spread in ("0", "1", "-1", "NaN", "inf", "x"):
        assert pointers(await public.get(f"{RESULTS}/sensitivity", params={"spread": spread})) == ["/spread"]
    assert (await public.get(f"{RESULTS}/sensitivity", params={"year": 2020})).status_code == 404


async def test_no_difference_of_figures_gives_a_community_away(platform: Platform, secretariat: Person, public: Person):
    """Everything that can be asked is asked, and subtracted in every way: no rest is one to four communities."""
    levels = dict(zip([*PHASE_I, *PHASE_II[:4]], [0, 1, 2, 3, 4, 4, 1, 2, 0], strict=True))
    await several(platform, secretariat, levels)
    facts = {item["community"]: item for item in (await public.get(f"{RESULTS}/points")).json()["items"]}
    shown: dict[tuple[str, str], frozenset[str]] = {("all", "all"): frozenset(facts)}
    for grouping in GROUPINGS:
        told = (await public.get(f"{RESULTS}/network", params={"group_by": grouping})).json()
        for group in told["groups"]:
            members = frozenset(c for c, fact in facts.items() if (fact[grouping] or "unknown") == group["group"])
            if group["suppressed"] is None:
                shown[grouping, group["group"]] = members
                assert group["n"] == len(members)
                assert group["mean"] == pytest.approx(fsum(facts[c]["overall"] for c in members) / len(members))
            else:
                assert (group["mean"], group["quartiles"]) == (None, None)
                assert group["n"] in ("<5", None)
            assert len(group["points"]) == 12
    for one, other in combinations(shown.values(), 2):
        for rest in (one - other, other - one):
            if one <= other or other <= one:
                assert len(rest) == 0 or len(rest) >= K
    for grouping in GROUPINGS:
        union = frozenset().union(*[members for (name, _), members in shown.items() if name == grouping])
        left = frozenset(facts) - union
        assert not union or len(left) == 0 or len(left) >= K, grouping


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=0, max_size=40))
def test_published_groups_never_leave_one_to_four(rows: list[tuple[int, int, int]]):
    everybody = frozenset(str(n) for n in range(len(rows)))
    groups = {
        f"d{d}": {str(v): frozenset(str(n) for n, row in enumerate(rows) if row[d] == v) for v in range(4)}
        for d in range(3)
    }
    shown = publishable(everybody, groups)
    sets = [groups[name][group] for name, found in shown.items() for group in found]
    for members in sets:
        assert len(members) >= K
        for other in [*sets, everybody]:
            if members <= other:
                assert len(other - members) == 0 or len(other - members) >= K
    for name, found in shown.items():
        left = everybody.difference(*[groups[name][group] for group in found])
        assert not found or len(left) == 0 or len(left) >= K


async def test_the_client_reads_all_of_it(platform: Platform, secretariat: Person):
    await several(platform, secretariat, {COMMUNITY: 3, "cl-biobio": 2})
    client = SurveyClient(platform.services["portal"].state.peers, language="fr")
    assert [one.year for one in await client.result_years()] == [2026]
    assert [one.overall for one in (await client.points(year=2026)).items] == [75.0, 50.0]
    assert (await client.peers(COMMUNITY, 2026, "phase")).group == "I"
    assert (await client.result_basis(COMMUNITY)).pillars[0].points[0].measures[0].weight == 1
    assert (await client.sensitivity()).seed == 2030
    assert (await client.ask_for_report(COMMUNITY, 2026)).language == "fr"
