"""Benchmarks: worked numbers, computed periods, and attacks on confidentiality through the front door."""

import random
from collections.abc import Sequence
from typing import Any

import pytest

from deploy.local.composition import Platform
from services.indicators import statistics
from services.indicators.confidentiality import two_digits
from tests.indicators.things import (
    MANZANILLO,
    URL,
    benchmark,
    colleague,
    communities,
    publish,
    publish_values,
    record,
    row,
)
from tests.people import Person, if_match, pointers

FIVE = ("mx-manzanillo", "co-buenaventura", "pe-callao", "cl-valparaiso", "pa-balboa")
PHASE_ONE = (*FIVE, "mx-veracruz")
PHASE_TWO = ("mx-altamira", "cr-limon-moin", "tt-port-of-spain", "ec-guayaquil", "pe-paita")
WORKED = dict(zip(FIVE, (12, 10, 12, 15, 30), strict=True))


@pytest.fixture
async def other(platform: Platform) -> Person:
    return await colleague(platform)


async def test_the_worked_example(secretariat: Person, other: Person):
    await publish_values(secretariat, other, WORKED)
    told = await benchmark(secretariat, community=MANZANILLO)
    assert (told["n"], told["quartiles"], told["suppressed"], told["two_digits"]) == (5, [12, 12, 15], None, False)
    assert (told["community"]["rank"], told["community"]["percentile_rank"]) == (2, 60)
    assert told["community"]["gap"] == {"absolute": 0, "percent": 0, "boundary": 12}
    worst = (await benchmark(secretariat, community="pa-balboa"))["community"]
    assert worst == {
        "code": "pa-balboa", "value": 30, "rank": 5, "percentile_rank": 10,
        "gap": {"absolute": 18, "percent": 150, "boundary": 12},
    }  # fmt: skip
    assert {source["kind"] for source in told["sources"]} == {"definition", "observations"}


async def test_six_communities_that_are_equal_are_all_first(secretariat: Person, other: Person):
    await publish_values(secretariat, other, dict.fromkeys(PHASE_ONE, 12))
    for code in PHASE_ONE[:2]:
        told = (await benchmark(secretariat, community=code))["community"]
        assert (told["rank"], told["percentile_rank"]) == (1, 50)


async def test_inside_the_target_band_all_are_equal(secretariat: Person, other: Person):
    values = dict(zip(FIVE, (40, 55, 70, 30, 80), strict=True))
    await publish_values(secretariat, other, values, "VTB-01")
    for code in FIVE[:3]:
        told = (await benchmark(secretariat, "VTB-01", community=code))["community"]
        assert (told["rank"], told["percentile_rank"], told["gap"]["absolute"]) == (1, 70, 0)
    low = (await benchmark(secretariat, "VTB-01", community=FIVE[3]))["community"]
    high = (await benchmark(secretariat, "VTB-01", community=FIVE[4]))["community"]
    assert (low["rank"], high["rank"]) == (4, 4)
    assert (low["gap"]["boundary"], high["gap"]["boundary"]) == (40, 70)
    assert (low["gap"]["absolute"], high["gap"]["absolute"]) == (-10, 10)


async def test_equal_decimals_share_a_rank_in_whatever_order_they_came(secretariat: Person, other: Person):
    values = dict(zip(FIVE, (0.1 + 0.2, 0.3, 0.0, 5, 6), strict=True))
    await publish_values(secretariat, other, dict(reversed(values.items())))
    first, second = [(await benchmark(secretariat, community=code))["community"] for code in FIVE[:2]]
    assert (first["rank"], first["percentile_rank"]) == (second["rank"], second["percentile_rank"]) == (2, 60)


async def test_the_database_and_the_written_formulas_agree_to_the_last_bit(secretariat: Person, other: Person):
    numbers = random.Random(7)
    codes = (await communities(secretariat, kind="port"))[:21]
    values = {code: numbers.uniform(0, 720) for code in codes}
    await publish_values(secretariat, other, values)
    told = await benchmark(secretariat)
    assert (told["n"], tuple(told["quartiles"])) == (21, statistics.quartiles(list(values.values())))
    for code in codes[:4]:
        own = (await benchmark(secretariat, community=code))["community"]
        assert own["rank"] == statistics.rank(values[code], list(values.values()), "lower")
        assert own["percentile_rank"] == statistics.percentile_rank(values[code], list(values.values()), "lower")


async def test_below_five_contributors_nothing_is_told(secretariat: Person, other: Person):
    await publish_values(secretariat, other, dict.fromkeys(FIVE[:4], 12.25))
    told = await benchmark(secretariat, community=MANZANILLO)
    assert (told["n"], told["quartiles"], told["suppressed"]) == ("<5", None, "too_few_peers")
    assert told["community"] == {
        "code": MANZANILLO, "value": 12.25, "rank": None, "percentile_rank": None, "gap": None,
    }  # fmt: skip
    nobody = await benchmark(secretariat, period="2024-01")
    assert (nobody["n"], nobody["suppressed"], nobody["community"]) == ("<5", "too_few_peers", None)


async def test_whoever_may_not_see_the_values_gets_two_digits(
    secretariat: Person, other: Person, public: Person, coordinator: Person
):
    values = dict(zip(FIVE, (123.456, 98.7654, 101.25, 150.75, 211.5), strict=True))
    await publish_values(secretariat, other, values)
    exact = list(statistics.quartiles(list(values.values())))
    assert (await benchmark(secretariat))["quartiles"] == exact
    told = await benchmark(public)
    assert (told["quartiles"], told["two_digits"]) == ([100, 120, 150], True)
    own = await benchmark(coordinator, community=MANZANILLO)
    assert own["quartiles"] == [100, 120, 150]
    assert own["community"]["value"] == 123.456
    assert own["community"]["gap"] == {"absolute": 23, "percent": 23, "boundary": 100}
    for code in FIVE:
        assert (await benchmark(coordinator, community=code))["community"] is None or code == MANZANILLO
        await secretariat.put(f"{URL}/visibility/{code}", json={"default": "public"})
    assert (await benchmark(public, community="pe-callao"))["quartiles"] == exact
    body = {"default": "public", "indicators": {"VPA-01": "network", "VPA-02": "aggregate"}}
    await secretariat.put(f"{URL}/visibility/pe-callao", json=body)
    told = await benchmark(public, community="pe-callao")
    assert (told["quartiles"], told["community"]) == ([100, 120, 150], None), "one indicator that is not shown to all"
    shown = await benchmark(coordinator, community="pe-callao")
    assert (shown["quartiles"], shown["community"]["value"]) == (exact, values["pe-callao"]), "the Network sees it"


async def test_only_approved_values_count(secretariat: Person, other: Person):
    await publish_values(secretariat, other, dict.fromkeys(FIVE[:4], 12))
    await record(secretariat, row(community=FIVE[4], value=12))
    assert (await benchmark(secretariat))["n"] == "<5"


async def test_groups_are_what_they_say(secretariat: Person, other: Person):
    values = {code: 10.0 + number for number, code in enumerate((*PHASE_ONE, *PHASE_TWO))}
    await publish_values(secretariat, other, values)
    told = {
        group: await benchmark(secretariat, peer_group=group) for group in ("all", "phase:I", "phase:II", "kind:port")
    }
    assert {group: cell["n"] for group, cell in told.items()} == {
        "all": 11, "phase:I": 6, "phase:II": 5, "kind:port": 11,
    }  # fmt: skip
    assert told["phase:I"]["quartiles"] == list(statistics.quartiles([values[code] for code in PHASE_ONE]))
    assert (await benchmark(secretariat, peer_group="country:MX"))["n"] == "<5"
    assert (await benchmark(secretariat, peer_group="country:US"))["n"] == "<5"
    outside = await benchmark(secretariat, peer_group="phase:II", community=MANZANILLO)
    assert outside["community"] is None
    for wrong in ("phase:IX", "kind:pirate", "size:huge", "no-such-group", "country:mx", "", "all:x"):
        answer = await secretariat.get(f"{URL}/benchmarks/VPA-01", params={"period": "2025-01", "peer_group": wrong})
        assert pointers(answer) == ["/peer_group"], wrong


async def add_group(secretariat: Person, slug: str, codes: Sequence[str]) -> Any:
    body = {"slug": slug, "name": slug, "communities": list(codes)}
    return await secretariat.post(f"{URL}/peer-groups", json=body)


async def test_a_group_that_differs_by_one_cannot_be_subtracted(secretariat: Person, other: Person, public: Person):
    values = {code: 10.0 + number for number, code in enumerate((*PHASE_ONE, *PHASE_TWO))}
    await publish_values(secretariat, other, values)
    assert (await add_group(secretariat, "all-but-one", [*PHASE_ONE, *PHASE_TWO][1:])).status_code == 201
    assert (await add_group(secretariat, "first-six", PHASE_ONE)).status_code == 201
    for person in (public, secretariat):
        told = await benchmark(person, peer_group="all-but-one")
        assert (told["n"], told["quartiles"], told["suppressed"]) == ("<5", None, "too_few_peers")
        assert (await benchmark(person, peer_group="first-six"))["n"] == 6


async def test_an_attack_by_subtraction_finds_nothing_in_any_set_of_contributors(
    secretariat: Person, other: Person, public: Person
):
    numbers = random.Random(3)
    everybody = await communities(secretariat)
    facts = {
        item["code"]: item
        for item in (await secretariat.get("/api/v1/registry/communities", params={"limit": 200})).json()["items"]
    }
    await add_group(secretariat, "some", numbers.sample(everybody, 17))
    await add_group(secretariat, "others", numbers.sample(everybody, 28))
    groups = (await public.get(f"{URL}/peer-groups", params={"limit": 200})).json()["items"]
    for period, size in (("2025-01", 14), ("2025-02", 23)):
        contributors = numbers.sample(everybody, size)
        await publish_values(
            secretariat, other, {code: numbers.uniform(1, 700) for code in contributors}, period=period
        )
        shown: dict[str, frozenset[str]] = {}
        for group in groups:
            told = await benchmark(public, period=period, peer_group=group["slug"])
            members = frozenset(code for code in contributors if _is_in(group, facts[code]))
            if told["suppressed"] is None:
                shown[group["slug"]] = members
                assert told["n"] == len(members) >= 5
                assert len(members) >= 20 or all(two_digits(value) == value for value in told["quartiles"])
            else:
                assert (told["n"], told["quartiles"]) == ("<5", None)
        assert "all" in shown
        for one in shown.values():
            for larger in shown.values():
                assert not one < larger or len(larger - one) >= 5


def _is_in(group: dict[str, Any], community: dict[str, Any]) -> bool:
    if group["communities"] is not None:
        return community["code"] in group["communities"]
    return all(community[name] in values for name, values in group["attributes"].items())


async def test_a_year_of_a_monthly_indicator_is_computed_from_its_months(secretariat: Person, other: Person):
    months = [f"2025-{month:02d}" for month in range(1, 10)]
    parts = [(45, 50), (10, 40), *[(1, 10)] * 7]
    rows = [
        row("CUS-02", MANZANILLO, period, numerator=part[0], denominator=part[1])
        for period, part in zip(months, parts, strict=True)
    ]
    rows += [row("VPA-01", MANZANILLO, period, value=10 + number, n=number + 1) for number, period in enumerate(months)]
    rows += [row("GAT-01", MANZANILLO, period, value=40 + number) for number, period in enumerate(months)]
    await publish(secretariat, other, *rows[:8], *rows[9:17], *rows[18:26])
    assert (await benchmark(secretariat, "CUS-02", "2025", community=MANZANILLO))["community"] is None
    quarter = await benchmark(secretariat, "CUS-02", "2025-Q1", community=MANZANILLO)
    assert quarter["community"]["value"] == 100 * (45 + 10 + 1) / (50 + 40 + 10)
    await publish(secretariat, other, rows[8], rows[17], rows[26])
    year = await benchmark(secretariat, "CUS-02", "2025", community=MANZANILLO)
    assert year["community"]["value"] == 100 * 62 / 160
    assert year["computed"] == {"rule": "ratio", "of": "monthly", "plain_means": None}
    weighted = await benchmark(secretariat, "VPA-01", "2025", community=MANZANILLO)
    assert weighted["community"]["value"] == sum((10 + k) * (k + 1) for k in range(9)) / 45
    plain = await benchmark(secretariat, "GAT-01", "2025", community=MANZANILLO)
    assert plain["community"]["value"] == 44


async def test_a_computed_period_follows_a_correction_once_it_is_approved(secretariat: Person, other: Person):
    rows = [row("CUS-02", period=f"2025-{month:02d}", numerator=1, denominator=4) for month in range(1, 4)]
    await publish(secretariat, other, *rows)
    assert (await benchmark(secretariat, "CUS-02", "2025-Q1", community=MANZANILLO))["community"]["value"] == 25
    corrected = row("CUS-02", period="2025-02", numerator=2, denominator=4)
    await record(secretariat, corrected)
    assert (await benchmark(secretariat, "CUS-02", "2025-Q1", community=MANZANILLO))["community"]["value"] == 25
    await publish(secretariat, other, row("GAT-01", period="2025-02", value=40))
    told = await benchmark(secretariat, "CUS-02", "2025-Q1", community=MANZANILLO)
    assert told["community"]["value"] == 100 * 4 / 12


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"period": "2025-13"}, "/period"), ({"period": "last"}, "/period"), ({}, "/period"),
        ({"period": "2025", "community": "mx-nowhere"}, "/community"), ({"period": "2025", "q": "1"}, "/q"),
        ({"period": "2025", "format": "pdf"}, "/format"),
    ],
)  # fmt: skip
async def test_a_question_that_makes_no_sense_is_refused(public: Person, asked: dict[str, str], pointer: str):
    assert pointers(await public.get(f"{URL}/benchmarks/VPA-01", params=asked)) == [pointer]
    assert (await public.get(f"{URL}/benchmarks/XX-01", params={"period": "2025"})).status_code == 404
    month_of_annual = await public.get(f"{URL}/benchmarks/RAI-01", params={"period": "2025-01"})
    assert pointers(month_of_annual) == ["/period"]


async def test_without_a_period_the_newest_that_may_be_shown_to_whoever_asks_is_told(
    secretariat: Person, other: Person, coordinator: Person, public: Person
):
    await publish_values(secretariat, other, WORKED, period="2025-01")
    await publish_values(secretariat, other, {MANZANILLO: 9}, period="2025-02")
    assert (await add_group(secretariat, "five", list(FIVE))).status_code == 201
    await publish_values(secretariat, other, {"mx-veracruz": 3, **WORKED}, period="2025-03")
    for group, expected in (("all", ("2025-03", 6)), ("five", ("2025-01", 5)), ("country:MX", ("2025-03", "<5"))):
        asked = {"peer_group": group}
        told = (await public.get(f"{URL}/benchmarks/VPA-01", params=asked)).json()
        assert (told["period"], told["n"]) == expected, group
        mapped = (await public.get(f"{URL}/benchmarks/VPA-01/communities", params=asked)).json()
        beside = await public.get(f"{URL}/comparisons/VPA-01", params=asked | {"communities": MANZANILLO})
        assert {mapped["period"], beside.json()["period"]} == {expected[0]}, group
    await publish_values(secretariat, other, {MANZANILLO: 9}, "VPA-04", period="2025-01")
    await publish_values(secretariat, other, {"mx-veracruz": 9}, "VPA-04", period="2025-02")
    asked = {"community": MANZANILLO}
    own = (await coordinator.get(f"{URL}/benchmarks/VPA-04", params=asked)).json()
    assert (own["period"], own["n"], own["community"]["value"]) == ("2025-01", "<5", 9)
    nothing = (await public.get(f"{URL}/benchmarks/VPA-04", params=asked)).json()
    assert (nothing["period"], nothing["community"]) == ("2025-02", None)
    assert pointers(await public.get(f"{URL}/benchmarks/VPA-04", params={"peer_group": "nobody"})) == ["/peer_group"]
    assert pointers(await public.get(f"{URL}/benchmarks/VPA-02")) == ["/period"]


async def test_a_benchmark_comes_as_csv_with_the_same_numbers(secretariat: Person, other: Person):
    await publish_values(secretariat, other, WORKED)
    asked = {"period": "2025-01", "community": MANZANILLO, "format": "csv"}
    lines = (await secretariat.get(f"{URL}/benchmarks/VPA-01", params=asked)).text.split("\r\n")
    told = dict(zip(lines[0].split(","), lines[1].split(","), strict=True))
    assert (told["n"], told["q1"], told["median"], told["q3"]) == ("5", "12.0", "12.0", "15.0")
    assert (told["community"], told["rank"], told["percentile_rank"], told["demo"]) == (
        MANZANILLO,
        "2",
        "60.0",
        "false",
    )


async def test_a_scorecard_gives_all_indicators_and_the_index_of_each_interface(
    secretariat: Person, other: Person, coordinator: Person, foreign_coordinator: Person
):
    await publish_values(secretariat, other, WORKED)
    await publish_values(secretariat, other, dict(zip(FIVE, (50, 60, 70, 80, 90), strict=True)), "VPA-04")
    url = f"{URL}/scorecards/{MANZANILLO}"
    told = (await coordinator.get(url, params={"period": "2025-01"})).json()
    sheets = {sheet["indicator"]: sheet for sheet in told["indicators"]}
    assert (sheets["VPA-01"]["community"]["percentile_rank"], sheets["VPA-04"]["community"]["percentile_rank"]) == (
        60,
        10,
    )
    assert sheets["VPA-01"] == await benchmark(coordinator, community=MANZANILLO)
    interfaces = {one["code"]: one for one in told["interfaces"]}
    assert (len(interfaces), len(sheets)) == (11, 36)
    vessels = interfaces["vessel_port"]
    assert (vessels["index"], vessels["have"], vessels["total"]) == (35, 2, 5)
    assert (interfaces["rail"]["index"], interfaces["rail"]["have"]) == (None, 0)
    foreign = (await foreign_coordinator.get(url, params={"period": "2025-01"})).json()
    assert all(sheet["community"] is None for sheet in foreign["indicators"])
    assert {one["index"] for one in foreign["interfaces"]} == {None}
    assert pointers(await coordinator.get(url)) == ["/period"]
    assert (await coordinator.get(f"{URL}/scorecards/mx-nowhere", params={"period": "2025"})).status_code == 404


async def test_a_trend_tells_direction_and_peers_over_time(secretariat: Person, other: Person):
    rows = [row(period=f"2025-{month:02d}", value=10 + 2 * month) for month in range(1, 8)]
    await publish(secretariat, other, *rows)
    await publish_values(
        secretariat, other, {code: value for code, value in WORKED.items() if code != MANZANILLO}, period="2025-03"
    )
    asked = {"community": MANZANILLO, "from": "2025-01", "to": "2025-07"}
    told = (await secretariat.get(f"{URL}/trends/VPA-01", params=asked)).json()
    assert [point["value"] for point in told["points"]] == [12, 14, 16, 18, 20, 22, 24]
    assert (told["slope"], round(told["p_value"], 4)) == (2, 0.0027)
    assert [point["peers"]["n"] for point in told["points"]] == ["<5", "<5", 5, "<5", "<5", "<5", "<5"]
    assert told["points"][2]["peers"]["quartiles"] == [12, 15, 16]
    short = (await secretariat.get(f"{URL}/trends/VPA-01", params={**asked, "to": "2025-05"})).json()
    assert (short["slope"], short["p_value"], len(short["points"])) == (None, None, 5)
    hidden = (await secretariat.get(f"{URL}/trends/VPA-01", params={"from": "2025", "to": "2025"})).json()
    assert {point["value"] for point in hidden["points"]} == {None}
    assert pointers(await secretariat.get(f"{URL}/trends/VPA-01", params={"from": "1950", "to": "2025"})) == ["/from"]


async def test_peer_groups_are_kept_by_the_secretariat(secretariat: Person, coordinator: Person, public: Person):
    url = f"{URL}/peer-groups"
    listed = (await public.get(url, params={"limit": 200})).json()
    built = {item["slug"]: item["members"] for item in listed["items"] if item["built_in"]}
    assert (built["all"], built["country:MX"], built["phase:I"], built["size:large"]) == (34, 4, 9, 3)
    wanted = {"slug": "gulf", "name": "Golfo de México", "communities": ["mx-veracruz", "mx-altamira"]}
    assert (await coordinator.post(url, json=wanted)).status_code == 403
    assert (await public.post(url, json=wanted)).status_code == 401
    made = await secretariat.post(url, json=wanted)
    assert (made.status_code, made.headers["location"], made.json()["members"]) == (201, f"{url}/gulf", 2)
    assert (await secretariat.post(url, json=wanted)).status_code == 409
    read = await public.get(f"{url}/gulf")
    assert read.json()["names"] == {"es": "Golfo de México"}
    unchanged = await secretariat.patch(f"{url}/gulf", json={}, headers=if_match(read))
    assert (unchanged.status_code, unchanged.headers["etag"]) == (200, read.headers["etag"])
    body = {"communities": None, "attributes": {"country": ["MX"], "kind": ["port"]}, "description": "Todos"}
    changed = await secretariat.patch(f"{url}/gulf", json=body, headers=if_match(read))
    assert (changed.json()["members"], changed.json()["communities"]) == (4, None)
    assert (await secretariat.patch(f"{url}/gulf", json={}, headers=if_match(read))).status_code == 412
    assert (await secretariat.patch(f"{url}/gulf", json={})).status_code == 428
    assert (await secretariat.delete(f"{url}/gulf", headers=if_match(changed))).status_code == 204
    assert (await public.get(f"{url}/gulf")).status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"slug": "x", "name": "X"}, "/communities"),
        ({"slug": "x", "name": "X", "communities": ["mx-veracruz"], "attributes": {"country": ["MX"]}}, "/communities"),
        ({"slug": "x", "name": "X", "communities": ["mx-nowhere"]}, "/communities"),
        ({"slug": "x", "name": "X", "communities": []}, "/communities"),
        ({"slug": "x", "name": "X", "attributes": {}}, "/attributes"),
        ({"slug": "x", "name": "X", "attributes": {"country": ["mx"]}}, "/attributes/country/0"),
        ({"slug": "all", "name": "X", "communities": ["mx-veracruz"]}, "/slug"),
        ({"slug": "country:MX", "name": "X", "communities": ["mx-veracruz"]}, "/slug"),
        ({"slug": "x", "name": " ", "communities": ["mx-veracruz"]}, "/name"),
    ],
)
async def test_an_impossible_peer_group_is_refused(secretariat: Person, body: dict[str, Any], pointer: str):
    assert pointer in pointers(await secretariat.post(f"{URL}/peer-groups", json=body))
