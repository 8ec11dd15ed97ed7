"""The directory of communities, as its readers use it."""

import csv
import io

import pytest

from tests.people import Person, pointers
from tests.registry.things import API, COMMUNITIES, made, whole_list

CURACAO = {"code": "cw-willemstad", "name": "Willemstad", "country": "CW", "kind": "port"}


async def test_the_directory_holds_the_34_communities_of_the_programme(public: Person):
    answer = await public.get(COMMUNITIES, params={"limit": 200})
    assert answer.status_code == 200
    told = answer.json()
    assert told["total"] == 34 == len(told["items"])
    assert told["next"] is None
    manzanillo = (await public.get(f"{COMMUNITIES}/mx-manzanillo")).json()
    assert manzanillo == {
        "code": "mx-manzanillo", "name": "Manzanillo", "names": {"es": "Manzanillo", "en": "Manzanillo"},
        "country": "MX", "kind": "port",
        "ports": [
            {
                "unlocode": "MXZLO", "name": "Manzanillo", "lat": 19.05, "lon": -104.3167, "role": "primary",
                "inferred": False,
            },
        ],
        "location": {"lat": 19.05, "lon": -104.3167}, "phase": "I", "stage": "strategic_planning", "stage_since": None,
        "website": None, "description": None, "contacts": None, "size_class": "medium", "languages": [],
        "members_count": 0, "demo": False,
    }  # fmt: skip


async def test_a_country_that_is_to_form_a_community_has_no_place(public: Person):
    countries = await whole_list(public, COMMUNITIES, kind="country")
    assert len(countries) == 10
    assert {item["location"] for item in countries} == {None}


async def test_pages_follow_one_another_without_gap_or_repeat(public: Person):
    seen = [item["code"] for item in await whole_list(public, COMMUNITIES, limit=10)]
    assert len(seen) == len(set(seen)) == 34
    assert seen == sorted(seen)


async def test_what_was_there_all_along_comes_once_while_others_come_and_go(public: Person, secretariat: Person):
    before = {item["code"] for item in await whole_list(public, COMMUNITIES)}
    first = (await public.get(COMMUNITIES, params={"limit": 10})).json()
    under_the_cursor = f"{COMMUNITIES}/{first['items'][-1]['code']}"
    etag = (await secretariat.get(under_the_cursor)).headers["etag"]
    assert (await secretariat.delete(under_the_cursor, headers={"If-Match": etag})).status_code == 204
    await made(secretariat, COMMUNITIES, CURACAO | {"code": "aa-first", "country": "MX"})
    seen = [item["code"] for item in first["items"]]
    cursor = first["next"]
    while cursor:
        told = (await public.get(COMMUNITIES, params={"limit": 10, "cursor": cursor})).json()
        seen += [item["code"] for item in told["items"]]
        cursor = told["next"]
    assert len(seen) == len(set(seen))
    assert set(seen) == before


async def test_an_altered_cursor_is_refused(public: Person, secretariat: Person):
    cursor = (await public.get(COMMUNITIES, params={"limit": 5})).json()["next"]
    for bad in (cursor[:-1] + ("A" if cursor[-1] != "A" else "B"), "x", "", cursor + "=="):
        assert pointers(await public.get(COMMUNITIES, params={"limit": 5, "cursor": bad})) == ["/cursor"]
    assert pointers(await public.get(COMMUNITIES, params={"cursor": cursor, "country": "MX"})) == ["/cursor"]
    assert pointers(await secretariat.get(COMMUNITIES, params={"cursor": cursor})) == ["/cursor"]
    assert pointers(await public.get(f"{API}/organizations", params={"cursor": cursor})) == ["/cursor"]


@pytest.mark.parametrize(
    ("limit", "code"),
    [("0", 422), ("1", 200), ("200", 200), ("201", 422), ("-1", 422), ("99999999999999999999", 422), ("ten", 422)],
)
async def test_a_part_has_1_to_200_items(public: Person, limit: str, code: int):
    answer = await public.get(COMMUNITIES, params={"limit": limit})
    assert answer.status_code == code
    if code == 422:
        assert pointers(answer) == ["/limit"]


@pytest.mark.parametrize(
    ("filters", "codes"),
    [
        ({"country": "MX"}, {"mx-altamira", "mx-lazaro-cardenas", "mx-manzanillo", "mx-veracruz"}),
        ({"country": "US"}, set()),
        ({"stage": "dormant"}, set()),
        ({"q": "manzanillo", "country": "MX"}, {"mx-manzanillo"}),
        ({"q": "MXZLO"}, {"mx-manzanillo"}),
        ({"q": "BIO", "country": "CL"}, {"cl-biobio"}),
        ({"q": "biobi\u0301o"}, {"cl-biobio"}),
        ({"q": "Biob\u00edo"}, {"cl-biobio"}),
        ({"q": "mx manzan"}, {"mx-manzanillo"}),
        ({"q": "%"}, set()),
        ({"q": "_"}, set()),
        ({"q": "\\"}, set()),
        ({"q": "'\":*"}, set()),
    ],
)
async def test_each_filter_selects(public: Person, filters: dict[str, str], codes: set[str]):
    assert {item["code"] for item in await whole_list(public, COMMUNITIES, **filters)} == codes


@pytest.mark.parametrize(("phase", "count"), [("I", 9), ("II", 6), ("III-2017", 9), ("III-2018", 10)])
async def test_the_phases_have_the_communities_of_the_programme(public: Person, phase: str, count: int):
    told = (await public.get(COMMUNITIES, params={"phase": phase})).json()
    assert told["total"] == count
    assert {item["phase"] for item in told["items"]} == {phase}


@pytest.mark.parametrize(("kind", "count"), [("port", 24), ("country", 10)])
async def test_ports_and_countries_are_told_apart(public: Person, kind: str, count: int):
    assert (await public.get(COMMUNITIES, params={"kind": kind})).json()["total"] == count


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({"country": "Mexico"}, "/country"), ({"country": "mx"}, "/country"), ({"phase": "IV"}, "/phase"),
        ({"stage": "sleeping"}, "/stage"), ({"kind": "PORT"}, "/kind"), ({"colour": "red"}, "/colour"),
        ({"format": "xml"}, "/format"), ({"lang": "de"}, "/lang"), ({"q": "a\x00b"}, "/q"), ({"q": "x" * 201}, "/q"),
        ([("kind", "port"), ("kind", "country")], "/kind"),
    ],
)  # fmt: skip
async def test_a_parameter_that_is_unknown_doubled_or_wrong_is_named(public: Person, parameters, pointer: str):
    assert pointers(await public.get(COMMUNITIES, params=parameters)) == [pointer]


@pytest.mark.parametrize(
    "code", ["xx-nowhere", "MX-MANZANILLO", "mx-manzanillo ", "a" * 5000, "99999999999999999999", "mx_manzanillo"]
)
async def test_what_names_no_community_is_not_found(public: Person, code: str):
    for url in (f"{COMMUNITIES}/{code}", f"{COMMUNITIES}/{code}/stages", f"{COMMUNITIES}/{code}/members"):
        assert (await public.get(url)).status_code == 404


async def test_countries_are_told_with_their_communities_in_the_readers_language(public: Person):
    spanish = await whole_list(public, f"{API}/countries", limit=10)
    names = [country["name"] for country in spanish]
    assert {"Brasil", "México", "Perú", "Trinidad y Tobago"} <= set(names)
    assert names.index("México") < names.index("Nicaragua")
    assert sum(country["communities"] for country in spanish) == 34
    assert next(c["communities"] for c in spanish if c["code"] == "MX") == 4
    english = await whole_list(public, f"{API}/countries", lang="en")
    assert {"Brazil", "Mexico", "Peru"} <= {country["name"] for country in english}
    assert len(english) == len(spanish)


@pytest.mark.parametrize("ask", [{"params": {"format": "csv"}}, {"headers": {"Accept": "text/csv"}}])
async def test_as_csv_the_directory_is_whole_whatever_the_limit(public: Person, ask: dict):
    answer = await public.get(COMMUNITIES, params={"limit": 5, **ask.get("params", {})}, headers=ask.get("headers"))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="communities.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert len(rows) == 34
    manzanillo = next(row for row in rows if row["code"] == "mx-manzanillo")
    assert (manzanillo["lat"], manzanillo["lon"], manzanillo["demo"]) == ("19.05", "-104.3167", "false")
    assert next(row for row in rows if row["kind"] == "country")["lat"] == ""


async def test_a_file_has_the_same_selection_as_the_list(public: Person):
    for filters in ({"country": "MX"}, {"phase": "II"}, {"q": "buenaventura"}):
        listed = [item["code"] for item in await whole_list(public, COMMUNITIES, **filters)]
        table = await public.get(COMMUNITIES, params={**filters, "format": "csv"})
        assert [row["code"] for row in csv.DictReader(io.StringIO(table.text))] == listed
        drawn = await public.get(COMMUNITIES, params={**filters, "format": "geojson"})
        assert [feature["id"] for feature in drawn.json()["features"]] == listed


@pytest.mark.parametrize("ask", [{"params": {"format": "geojson"}}, {"headers": {"Accept": "application/geo+json"}}])
async def test_geojson_is_longitude_first_and_draws_nothing_at_0_0(public: Person, ask: dict):
    answer = await public.get(COMMUNITIES, **ask)
    assert answer.headers["content-type"] == "application/geo+json"
    told = answer.json()
    assert told["type"] == "FeatureCollection"
    features = {feature["id"]: feature for feature in told["features"]}
    assert len(features) == 34
    assert features["mx-manzanillo"]["geometry"] == {"type": "Point", "coordinates": [-104.3167, 19.05]}
    assert features["mx-manzanillo"]["properties"]["phase"] == "I"
    without_place = [feature for feature in features.values() if feature["properties"]["kind"] == "country"]
    assert len(without_place) == 10
    assert all(feature["geometry"] is None for feature in without_place)
    assert all(f["geometry"]["coordinates"] != [0, 0] for f in features.values() if f["geometry"])
    assert "contacts" not in features["mx-manzanillo"]["properties"]


async def test_a_name_that_looks_like_a_formula_is_harmless_in_the_file(public: Person, secretariat: Person):
    await made(secretariat, COMMUNITIES, CURACAO | {"name": "=1+1"})
    table = (await public.get(COMMUNITIES, params={"country": "CW", "format": "csv"})).text
    assert next(csv.DictReader(io.StringIO(table)))["name"] == "'=1+1"
    assert (await public.get(f"{COMMUNITIES}/cw-willemstad")).json()["name"] == "=1+1"


async def test_every_language_and_format_has_a_tag_of_its_own(public: Person):
    asked = [
        {"params": {"lang": language, "format": form}}
        for language in ("es", "en")
        for form in ("json", "csv", "geojson")
    ]
    tags = set()
    for ask in asked:
        answer = await public.get(COMMUNITIES, **ask)
        assert answer.headers["vary"] == "Accept, Accept-Language"
        assert answer.headers["cache-control"].startswith("public, max-age=")
        assert answer.headers["content-language"] == ask["params"]["lang"]
        tag = answer.headers["etag"]
        tags.add(tag)
        again = await public.get(COMMUNITIES, **ask, headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert (await public.get(COMMUNITIES, **ask, headers={"If-None-Match": f'"other", W/{tag}'})).status_code == 304
        assert (await public.get(COMMUNITIES, **ask, headers={"If-None-Match": '"other"'})).status_code == 200
    assert len(tags) == len(asked)


async def test_what_a_signed_in_reader_sees_is_kept_by_nobody(coordinator: Person):
    for url in (COMMUNITIES, f"{COMMUNITIES}/mx-manzanillo", f"{API}/countries"):
        assert (await coordinator.get(url)).headers["cache-control"] == "no-store"


async def test_head_tells_what_get_would_without_the_body(public: Person):
    for url in (COMMUNITIES, f"{COMMUNITIES}/mx-manzanillo", f"{API}/countries", f"{API}/stakeholder-types"):
        whole, head = await public.get(url), await public.head(url)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["etag"] == whole.headers["etag"]
        assert head.headers["content-length"] == str(len(whole.content))
    assert (await public.head(f"{COMMUNITIES}/xx-nowhere")).status_code == 404


async def test_the_language_is_the_best_match(public: Person):
    async def name(**ask: object) -> tuple[str, str]:
        answer = await public.get(f"{API}/countries", **ask)  # type: ignore[arg-type]
        brazil = next(item for item in answer.json()["items"] if item["code"] == "BR")
        return answer.headers["content-language"], brazil["name"]

    assert await name() == ("es", "Brasil")
    assert await name(headers={"Accept-Language": "de, en-GB;q=0.8, fr;q=0.9"}) == ("fr", "Brésil")
    assert await name(headers={"Accept-Language": "de"}) == ("es", "Brasil")
    assert await name(headers={"Accept-Language": "fr"}, params={"lang": "en"}) == ("en", "Brazil")


async def test_reading_the_directory_takes_no_more_questions_for_more_rows(public: Person, platform):
    from sqlalchemy import event

    engine = platform.services["registry"].state.database.engine.sync_engine
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    counts = []
    for limit in (3, 30):
        await public.get(COMMUNITIES, params={"limit": limit})
        asked.clear()
        await public.get(COMMUNITIES, params={"limit": limit})
        counts.append(len(asked))
    assert counts[0] == counts[1] > 0
