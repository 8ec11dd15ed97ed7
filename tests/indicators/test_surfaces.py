"""One rule on every surface: what is withheld, what is told of whoever read it, and what need not be sent again."""

import csv
import io
import itertools
import re
import zipfile
from collections.abc import Mapping

import pyarrow.parquet as pq
from openpyxl import load_workbook

from deploy.local.composition import Platform
from tests.indicators.things import MANZANILLO, PORTS, URL, colleague, communities, publish, record, row, step
from tests.people import Person

FEW = "Contribuyen menos de cinco"


async def test_no_surface_tells_what_another_withholds(platform: Platform, public: Person, secretariat: Person):
    """Everything published of one month, by every address that tells it, for every group that can be asked for; then
    an attacker subtracts what there is."""
    codes = await communities(secretariat)
    values = {code: 10 + 3 * place for place, code in enumerate(codes[:17])}
    await publish(
        secretariat, await colleague(platform), *[row(community=code, value=value) for code, value in values.items()]
    )
    listed = (await public.get(f"{URL}/peer-groups", params={"limit": 200})).json()["items"]
    facts = {
        one["code"]: one
        for one in (await public.get("/api/v1/registry/communities", params={"limit": 200})).json()["items"]
    }
    attribute = {"country": "country", "phase": "phase", "kind": "kind", "size": "size_class"}
    members: dict[str, frozenset[str]] = {"all": frozenset(values)}
    told: dict[str, bool] = {}
    month = {"from": "2025-01", "to": "2025-01"}
    for group in [one["slug"] for one in listed]:
        prefix, _, wanted = group.partition(":")
        if prefix in attribute:
            members[group] = frozenset(code for code in values if facts[code][attribute[prefix]] == wanted)
        asked = {"period": "2025-01", "peer_group": group}
        one = (await public.get(f"{URL}/benchmarks/VPA-01", params=asked)).json()
        line = next(
            csv.DictReader(
                io.StringIO((await public.get(f"{URL}/benchmarks/VPA-01", params=asked | {"format": "csv"})).text)
            )
        )
        trend = (await public.get(f"{URL}/trends/VPA-01", params=month | {"peer_group": group})).json()["points"][0]
        ranks = (await public.get(f"{URL}/ranks/VPA-01", params=month | {"peer_group": group})).json()["points"][0]
        beside = (await public.get(f"{URL}/comparisons/VPA-01", params=asked | {"communities": MANZANILLO})).json()
        strip = (await public.get(f"{URL}/benchmarks/VPA-01/chart.svg", params=asked)).text
        band = (await public.get(f"{URL}/trends/VPA-01/chart.svg", params=month | {"peer_group": group})).text
        mapped = (await public.get(f"{URL}/benchmarks/VPA-01/communities", params=asked)).json()
        drawn = (await public.get(f"{URL}/benchmarks/VPA-01/map.svg", params=asked)).text
        sheets = await _scorecards(public, group)
        shown = one["quartiles"] is not None
        told[group] = shown
        for quartiles in (trend["peers"]["quartiles"], beside["peers"]["quartiles"], mapped["peers"]["quartiles"]):
            assert quartiles == one["quartiles"], group
        assert {one["n"], trend["peers"]["n"], ranks["n"], beside["peers"]["n"], mapped["peers"]["n"]} == {
            len(members[group]) if shown else "<5"
        }
        assert sheets == [(str(one["n"]), one["quartiles"], None, 0)] * 2, group
        assert {(place["value"], place["quarter"]) for place in mapped["communities"]} <= {(None, None)}, group
        assert ("≤" in drawn, "<title>" in drawn.replace("<title id", "")) == (shown, False), group
        assert (line["median"] != "", FEW not in strip, "fill-opacity" in band) == (shown,) * 3, group
        assert ranks["communities"] == [] and beside["communities"] == [] and one["community"] is None
        if shown:
            digits = [len(f"{value:g}".replace(".", "").strip("0")) for value in one["quartiles"]]
            assert max(digits) <= 2, (group, one["quartiles"])
    assert told["all"] and not all(told.values())
    published = [members[group] for group, shown in told.items() if shown]
    for larger, smaller in itertools.permutations(published, 2):
        assert not smaller < larger or len(larger - smaller) >= 5
    assert all(len(one) >= 5 for one in published)
    assert not re.search("|".join(values), await _everything_exported(public))
    picture = (await public.get(f"{URL}/scorecards/{MANZANILLO}/chart.svg", params={"period": "2025-01"})).text
    assert "10" not in re.findall(r">([\d.,]+)<", picture)


async def _scorecards(public: Person, group: str) -> list[tuple[str, list[float] | None, float | None, int]]:
    """What a scorecard and its CSV say of the indicator: n, quartiles, the community's value, values behind indexes."""
    asked = {"period": "2025-01", "peer_group": group}
    card = (await public.get(f"{URL}/scorecards/{MANZANILLO}", params=asked)).json()
    sheet = next(one for one in card["indicators"] if one["indicator"] == "VPA-01")
    have = sum(one["have"] for one in card["interfaces"])
    lines = csv.DictReader(
        io.StringIO((await public.get(f"{URL}/scorecards/{MANZANILLO}", params=asked | {"format": "csv"})).text)
    )
    line = next(one for one in lines if one["indicator"] == "VPA-01")
    quartiles = [float(line[name]) for name in ("q1", "median", "q3")] if line["median"] else None
    return [
        (str(sheet["n"]), sheet["quartiles"], sheet["community"], have),
        (line["n"], quartiles, line["value"] or None, have),
    ]  # fmt: skip


async def _everything_exported(public: Person) -> str:
    """All that leaves as a file, in every format, as text."""
    found = []
    for form in ("json", "csv", "xlsx", "parquet", "sdmx-csv", "sdmx-json"):
        answer = await public.get(f"{URL}/observations", params={"format": form})
        assert answer.status_code == 200, form
        if form == "xlsx":
            found += [str(line) for line in load_workbook(io.BytesIO(answer.content)).active.values]
        elif form == "parquet":
            found.append(str(pq.read_table(io.BytesIO(answer.content)).to_pylist()))
        else:
            found.append(answer.text)
    with zipfile.ZipFile(io.BytesIO((await public.get(f"{URL}/package.zip")).content)) as packed:
        found.append(packed.read("observations.csv").decode())
    return "\n".join(found)


async def test_a_community_sees_who_read_and_exported_its_figures(everyone: Mapping[str, Person]):
    provider, coordinator, secretariat = everyone["data_provider"], everyone["coordinator"], everyone["secretariat"]
    await publish(provider, coordinator, row(value=7), row("GAT-01", value=40))
    await coordinator.put(
        f"{URL}/visibility/{MANZANILLO}", json={"default": "network", "indicators": {"GAT-01": "public"}}
    )
    log = f"{URL}/access-log/{MANZANILLO}"
    expected = {"public": 401, "secretariat": 200, "coordinator": 200}
    for role, person in everyone.items():
        assert (await person.get(log)).status_code == expected.get(role, 403), role
    assert (await coordinator.get(f"{URL}/access-log/xx-nowhere")).status_code == 404
    assert (await coordinator.get(log)).json() == {"items": [], "next": None, "total": 0}
    member, public = everyone["member"], everyone["public"]
    for _ in range(3):
        await member.get(f"{URL}/observations", params={"community": MANZANILLO})
    await member.get(f"{URL}/observations", params={"format": "csv"})
    await member.get(f"{URL}/trends/VPA-01", params={"community": MANZANILLO, "from": "2025-01", "to": "2025-01"})
    await everyone["foreign_coordinator"].get(
        f"{URL}/benchmarks/VPA-01", params={"period": "2025-01", "community": MANZANILLO}
    )
    await public.get(f"{URL}/observations")
    await public.get(f"{URL}/observations", params={"format": "parquet"})
    await provider.get(f"{URL}/observations")
    await provider.get(f"{URL}/observations", params={"format": "xlsx"})
    await everyone["without_grants"].get(
        f"{URL}/benchmarks/VPA-01", params={"period": "2025-01", "community": MANZANILLO}
    )
    told = (await coordinator.get(log)).json()
    found = {
        (one["by"], one["kind"], one["action"], one["surface"], one["format"]): (one["times"], one["figures"])
        for one in told["items"]
    }
    assert found == {
        ("Member", "person", "read", "observations", "json"): (3, 6),
        ("Member", "person", "export", "observations", "csv"): (1, 2),
        ("Member", "person", "read", "trends", "json"): (1, 1),
        ("Foreigner", "person", "read", "benchmarks", "json"): (1, 1),
        ("public", "public", "export", "observations", "parquet"): (1, 1),
        ("Provider", "person", "export", "observations", "xlsx"): (1, 2),
    }  # fmt: skip
    first = (await secretariat.get(log, params={"limit": 4})).json()
    rest = (await secretariat.get(log, params={"limit": 4, "cursor": first["next"]})).json()
    assert [*first["items"], *rest["items"]] == told["items"]
    assert (await everyone["foreign_coordinator"].get(f"{URL}/access-log/cl-biobio")).json()["items"] == []


async def test_what_has_not_changed_is_not_computed_again(platform: Platform, everyone: Mapping[str, Person]):
    secretariat, public, coordinator = everyone["secretariat"], everyone["public"], everyone["coordinator"]
    await publish(
        secretariat,
        await colleague(platform),
        *[row(community=code, value=place) for place, code in enumerate(PORTS, 1)],
    )
    own = {"period": "2025-01", "community": MANZANILLO}
    places = [
        (f"{URL}/benchmarks/VPA-01", own), (f"{URL}/benchmarks/VPA-01", own | {"format": "csv"}),
        (f"{URL}/benchmarks/VPA-01/chart.svg", own), (f"{URL}/scorecards/{MANZANILLO}", {"period": "2025-01"}),
        (f"{URL}/trends/VPA-01", {"from": "2025-01", "to": "2025-02"}),
    ]  # fmt: skip
    tags: dict[int, dict[str, str]] = {}
    for person in (public, coordinator):
        for number, (path, asked) in enumerate(places):
            first = await person.get(path, params=asked)
            tags.setdefault(number, {})[str(id(person))] = first.headers["etag"]
            again = await person.get(path, params=asked, headers={"If-None-Match": first.headers["etag"]})
            assert (again.status_code, again.content) == (304, b""), path
            for name in ("etag", "cache-control", "vary", "content-language"):
                assert again.headers[name] == first.headers[name], (path, name)
            other = await person.get(path, params=asked, headers={"If-None-Match": '"x"'})
            assert (other.status_code, other.content) == (200, first.content)
            spoken = await person.get(
                path, params=asked | {"lang": "en"}, headers={"If-None-Match": first.headers["etag"]}
            )
            assert spoken.status_code == 200 or "csv" in str(asked)
    path, asked = places[0]
    theirs = {"If-None-Match": tags[0][str(id(coordinator))]}
    assert (await public.get(path, params=asked, headers=theirs)).json()["community"] is None
    for change in (
        lambda: coordinator.put(f"{URL}/visibility/{MANZANILLO}", json={"default": "public"}),
        lambda: secretariat.post(
            f"{URL}/peer-groups", json={"slug": "vecinos", "name": "Vecinos", "communities": list(PORTS)}
        ),
    ):
        before = (await public.get(path, params=asked)).headers["etag"]
        assert (await change()).status_code in (200, 201)
        after = await public.get(path, params=asked, headers={"If-None-Match": before})
        again = await public.get(path, params=asked)
        assert (after.status_code == 304) == (again.headers["etag"] == before)
    assert again.json()["community"]["value"] == 1
    before = again.headers["etag"]
    await record(secretariat, row(value=99))
    assert (await public.get(path, params=asked, headers={"If-None-Match": before})).status_code == 304
    await step(secretariat, "submit")
    await step(everyone["coordinator"], "approve")
    changed = await public.get(path, params=asked, headers={"If-None-Match": before})
    assert (changed.status_code, changed.json()["community"]["value"]) == (200, 99)
