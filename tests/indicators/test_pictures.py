"""Pictures by address, and communities beside each other: what they say is what the caller may see."""

import io
from collections.abc import Mapping
from xml.etree import ElementTree

from PIL import Image

from deploy.local.composition import Platform
from services.indicators.pictures.drawing import WORDS
from tests.indicators.things import MANZANILLO, PORTS, URL, colleague, publish, row
from tests.people import Person, pointers, somebody

SVG = "{http://www.w3.org/2000/svg}"
VALUES = dict(zip(PORTS, (10.0, 12.0, 12.0, 15.0, 30.0, 41.5, 57.25), strict=True))
PLACES = (
    "benchmarks/VPA-01/chart.{}?period=2025-03&community=" + MANZANILLO,
    "trends/VPA-01/chart.{}?from=2025-01&to=2025-03&community=" + MANZANILLO,
    "ranks/VPA-01/chart.{}?from=2025-01&to=2025-03&community=" + MANZANILLO,
    f"scorecards/{MANZANILLO}/chart.{{}}?period=2025-03",
)


def text_of(svg: bytes) -> str:
    """Everything that is written in a picture."""
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert (root[0].tag, root[1].tag) == (f"{SVG}title", f"{SVG}desc")
    assert not [one for one in root.iter() if one.tag in (f"{SVG}script", f"{SVG}style", f"{SVG}foreignObject")]
    assert not [name for one in root.iter() for name in one.attrib if name.startswith("on") or name == "style"]
    return "\n".join(root.itertext())


async def fill(secretariat: Person, platform: Platform) -> None:
    rows = [
        row("VPA-01", code, f"2025-{month:02d}", value=value + month * (code == MANZANILLO))
        for code, value in VALUES.items() for month in (1, 2, 3)
    ]  # fmt: skip
    await publish(secretariat, await colleague(platform), *rows)


async def test_pictures_say_what_their_caller_may_see_and_no_more(platform: Platform, everyone: Mapping[str, Person]):
    await fill(everyone["secretariat"], platform)
    own = {"secretariat", "coordinator", "respondent", "data_provider"}
    for role, person in everyone.items():
        for place in PLACES:
            answer = await person.get(f"{URL}/{place.format('svg')}", headers={"accept-language": "en"})
            assert answer.status_code == 200, (role, place, answer.text[:200])
            assert answer.headers["content-type"] == "image/svg+xml"
            assert "sandbox" in answer.headers["content-security-policy"]
            said = text_of(answer.content)
            kept = answer.headers["cache-control"]
            assert kept == ("public, max-age=60" if role == "public" else "no-store"), (role, place)
            if place.startswith(("benchmarks", "trends")):
                assert ("Manzanillo" in said and "13" in said) == (role in own), (role, place, said)
            if place.startswith("benchmarks"):
                assert ("57.25" in said or "57.2" in said) is False, role
    public, coordinator = everyone["public"], everyone["coordinator"]
    said = text_of((await public.get(f"{URL}/{PLACES[0].format('svg')}", params={"lang": "pt"})).content)
    assert "A metade central de 7 comunidades" in said
    few = await public.get(
        f"{URL}/benchmarks/VPA-01/chart.svg", params={"period": "2025-03", "peer_group": "country:MX"}
    )
    assert WORDS["es"]["few"] in text_of(few.content)
    again = await public.get(
        f"{URL}/benchmarks/VPA-01/chart.svg?period=2025-03&peer_group=country:MX",
        headers={"If-None-Match": few.headers["etag"]},
    )
    assert again.status_code in (200, 304)
    for place in PLACES:
        png = await coordinator.get(f"{URL}/{place.format('png')}")
        assert (png.status_code, png.headers["content-type"]) == (200, "image/png")
        with Image.open(io.BytesIO(png.content)) as image:
            assert image.width == 1440 and image.height > 300, place
            assert len(image.convert("RGB").getcolors(2**20) or []) > 20, place
    assert (await public.get(f"{URL}/benchmarks/XX-99/chart.svg")).status_code == 404
    assert (await public.get(f"{URL}/scorecards/xx/chart.png", params={"period": "2025"})).status_code == 404
    assert pointers(await public.get(f"{URL}/trends/VPA-01/chart.svg", params={"from": "x"})) == ["/from"]


async def test_a_map_shows_the_values_that_its_reader_may_see_and_where(
    platform: Platform, everyone: Mapping[str, Person]
):
    await fill(everyone["secretariat"], platform)
    await everyone["coordinator"].put(f"{URL}/visibility/{MANZANILLO}", json={"default": "public"})
    await everyone["foreign_coordinator"].put(f"{URL}/visibility/cl-biobio", json={"default": "network"})
    asked = {"period": "2025-03", "lang": "en"}
    seen = {
        "public": {MANZANILLO}, "without_grants": {MANZANILLO}, "secretariat": set(PORTS),
        "coordinator": {MANZANILLO, "cl-biobio"}, "foreign_coordinator": {MANZANILLO, "cl-biobio"},
    }  # fmt: skip
    for role, person in everyone.items():
        told = (await person.get(f"{URL}/benchmarks/VPA-01/communities", params=asked)).json()
        bench = (await person.get(f"{URL}/benchmarks/VPA-01", params=asked)).json()
        assert (told["peers"]["n"], told["peers"]["quartiles"]) == (bench["n"], bench["quartiles"]), role
        shown = {one["code"]: one for one in told["communities"] if one["value"] is not None}
        assert shown.keys() == seen.get(role, {MANZANILLO, "cl-biobio"}), role
        assert len(told["communities"]) == 34 and {one["quarter"] for one in told["communities"][len(shown) :]} == {
            None
        }
        assert {"lat", "lon"} <= shown[MANZANILLO]["position"].keys() and shown[MANZANILLO]["quarter"] == 2, role
        drawn = await person.get(f"{URL}/benchmarks/VPA-01/map.svg", params=asked)
        said = text_of(drawn.content)
        assert f"{len(shown)} of 34 communities" in said and "Manzanillo 13" in said and "better" not in said, role
        assert ("Biobio 12" in said or "Biobío 12" in said) == ("cl-biobio" in shown), (role, said)
        assert ("57.2" in said) == (role == "secretariat"), role
        assert drawn.headers["cache-control"] == ("public, max-age=60" if role == "public" else "no-store"), role
    secretariat, public = everyone["secretariat"], everyone["public"]
    quarters = {
        one["code"]: one["quarter"]
        for one in (await secretariat.get(f"{URL}/benchmarks/VPA-01/communities", params=asked)).json()["communities"]
    }
    assert [quarters[code] for code in PORTS] == [2, 1, 1, 2, 3, 4, 4]
    few = {**asked, "peer_group": "country:MX"}
    told = (await public.get(f"{URL}/benchmarks/VPA-01/communities", params=few)).json()
    first = told["communities"][0]
    assert (first["code"], first["value"], first["quarter"]) == (MANZANILLO, 13, None)
    assert (told["peers"]["suppressed"], len(told["communities"])) == ("too_few_peers", 4)
    said = text_of((await public.get(f"{URL}/benchmarks/VPA-01/map.svg", params=few)).content)
    assert WORDS["en"]["few"] in said and "≤" not in said and "a value, without quartile" in said
    card = await secretariat.get(f"/api/v1/registry/communities/{MANZANILLO}")
    moved = await secretariat.patch(
        f"/api/v1/registry/communities/{MANZANILLO}",
        json={"location": None},
        headers={"If-Match": card.headers["etag"]},
    )
    assert moved.status_code == 200, moved.text
    said = text_of((await public.get(f"{URL}/benchmarks/VPA-01/map.svg", params=asked)).content)
    assert "Without a place on the map: Manzanillo 13." in said
    png = await public.get(f"{URL}/benchmarks/VPA-01/map.png", params=asked)
    with Image.open(io.BytesIO(png.content)) as image:
        assert image.width == 1440 and image.height > 1400
    assert (await public.get(f"{URL}/benchmarks/XX-99/map.svg")).status_code == 404
    assert pointers(await public.get(f"{URL}/benchmarks/VPA-01/map.png", params={"period": "x"})) == ["/period"]
    log = (await everyone["coordinator"].get(f"{URL}/access-log/{MANZANILLO}")).json()["items"]
    assert {("Foreigner", "maps", "svg"), ("Foreigner", "maps", "json")} <= {
        (one["by"], one["surface"], one["format"]) for one in log
    }


async def test_communities_that_allow_it_stand_beside_each_other_and_beside_other_ports(
    platform: Platform, public: Person, secretariat: Person, coordinator: Person, foreign_coordinator: Person
):
    await fill(secretariat, platform)
    await foreign_coordinator.put(f"{URL}/visibility/cl-biobio", json={"default": "network"})
    three = {"communities": f"{MANZANILLO},cl-biobio,pe-callao", "period": "2025-03"}
    for person, seen, withheld in (
        (public, [], [MANZANILLO, "cl-biobio", "pe-callao"]),
        (coordinator, [(MANZANILLO, 13, 3), ("cl-biobio", 12, 1)], ["pe-callao"]),
        (foreign_coordinator, [("cl-biobio", 12, 1)], [MANZANILLO, "pe-callao"]),
        (secretariat, [(MANZANILLO, 13, 3), ("cl-biobio", 12, 1), ("pe-callao", 15, 4)], []),
    ):
        told = (await person.get(f"{URL}/comparisons/VPA-01", params=three)).json()
        assert [(one["code"], one["value"], one["rank"]) for one in told["communities"]] == seen
        assert (told["withheld"], told["peers"]["n"]) == (withheld, 7)
        ranks = (await person.get(f"{URL}/ranks/VPA-01", params={"from": "2025-03", "to": "2025-03"})).json()
        places = {one["code"]: one["rank"] for one in ranks["points"][0]["communities"]}
        assert {code: rank for code, _, rank in seen}.items() <= places.items()
        assert not places.keys() & set(withheld)
    csv = (await coordinator.get(f"{URL}/comparisons/VPA-01", params=three | {"format": "csv"})).text
    assert csv.split("\r\n")[1].startswith(f"VPA-01,2025-03,h,community,{MANZANILLO},Manzanillo,13.0,3,")
    await publish(secretariat, await _another(platform), row("VTB-06", period="2024", value=80))
    asked = {"communities": MANZANILLO, "period": "2024", "ports": "MXZLO,CLSAI"}
    told = (await coordinator.get(f"{URL}/comparisons/VTB-06", params=asked)).json()
    assert told["peers"]["suppressed"] == "too_few_peers"
    assert (told["communities"][0]["value"], told["communities"][0]["rank"]) == (80, None)
    assert [one["edition"] for one in told["references"]] == ["CPPI 2025"] * 2
    for one in told["references"]:
        assert one["n"] > 10 and 10 < one["quartiles"][0] < one["quartiles"][1] < one["quartiles"][2] <= 100
        assert one["attribution"].startswith("World Bank")
    assert "MXZLO" in [port["unlocode"] for port in told["references"][0]["ports"]]
    for wrong in (",", "xx-nowhere", ",".join([MANZANILLO, *(f"a{n}" for n in range(11))])):
        assert pointers(await public.get(f"{URL}/comparisons/VPA-01", params={"communities": wrong})) == [
            "/communities"
        ]


async def _another(platform: Platform) -> Person:
    return await somebody(platform, "third", ("secretariat", "network"))
