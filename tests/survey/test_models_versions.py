"""New versions of the Reference Model: drafted, compared, bridged to the one before, and measured across a change."""

import asyncio
import copy
import json
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from deploy.local.composition import Platform
from services.survey.reports.gathering import gather_community
from shared.callers import PUBLIC
from shared.languages import LANGUAGES
from tests.people import Person, if_match, pointers
from tests.survey.conftest import API, COMMUNITY, VERSION, campaign, everything, publish

MODELS = f"{API}/models"
NEW = "1.1.0"
CROSSWALK = f"{MODELS}/{NEW}/crosswalks/{VERSION}"


async def body_of(secretariat: Person, before: str = VERSION, **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = (await secretariat.get(f"{MODELS}/{before}")).json()
    del body["state"]
    return body | {"version": NEW, "based_on": before, "languages": None} | changes


def point_of(body: Mapping[str, Any], code: str) -> dict[str, Any]:
    return next(q for pillar in body["pillars"] for q in pillar["points"] if q["code"] == code)


def named(code: str, name: str, **others: Any) -> dict[str, Any]:
    return {"code": code, "names": {"es": name, "en": name}, "weight": 1.0} | others


async def reworked(secretariat: Person) -> dict[str, Any]:
    """The next version: a measure weighs more, two are merged into a new one, one is re-worded and one moved."""
    body = await body_of(secretariat)
    first = point_of(body, "P1.1")
    first["measures"][0] |= {"weight": 3.0}
    first["measures"][0]["names"]["es"] = "Acta vigente"
    first["measures"][1]["levels"] = [{"value": 4, "guidance": {"es": "Firmada por todos"}, "examples": {"es": "Acta"}}]
    merged = point_of(body, "P2.1")
    merged["measures"] = [merged["measures"][2], named("M2.1.d", "Fusión")]
    return body


async def test_an_unfinished_draft_is_kept_checked_and_published_only_when_it_is_whole(
    secretariat: Person, public: Person
):
    body = await body_of(secretariat)
    point = point_of(body, "P1.1")
    kept, point["measures"] = point["measures"], []
    body["pillars"][3]["points"][0]["names"] = {"pt": "Só em português"}
    refused = await secretariat.post(MODELS, json=body)
    assert "/pillars/0/points/0/measures" in pointers(refused)
    made = await secretariat.post(MODELS, params={"unfinished": "true"}, json=body)
    assert made.status_code == 201, made.text
    assert (made.json()["state"], made.json()["based_on"]) == ("draft", VERSION)
    check = (await secretariat.get(f"{MODELS}/{NEW}/check")).json()
    assert check["can_be_published"] is False
    assert [error["pointer"] for error in check["errors"]] == ["/pillars/0/points/0/measures"]
    flagged = {text["pointer"]: text for text in check["missing"]}
    assert flagged["/pillars/3/points/0/names"] == {
        "pointer": "/pillars/3/points/0/names", "code": "P4.1", "languages": ["es", "en", "fr"], "needed": True,
    }  # fmt: skip
    assert pointers(await secretariat.post(f"{MODELS}/{NEW}/publish")) == ["/pillars/0/points/0/measures"]
    point["measures"] = kept
    wanted: dict[str, Any] = {"json": body, "params": {"unfinished": "true"}}
    mended = await secretariat.put(f"{MODELS}/{NEW}", **wanted, headers=if_match(made))
    assert mended.status_code == 200, mended.text
    assert (await secretariat.put(f"{MODELS}/{NEW}", **wanted, headers=if_match(made))).status_code == 412
    assert (await secretariat.post(f"{MODELS}/{NEW}/publish", headers=if_match(made))).status_code == 412
    at_once = await asyncio.gather(*(secretariat.post(f"{MODELS}/{NEW}/publish") for _ in range(5)))
    assert sorted(answer.status_code for answer in at_once) == [200, 409, 409, 409, 409]
    assert (await public.get(f"{MODELS}/{NEW}")).json()["state"] == "published"
    for change in (
        secretariat.put(f"{MODELS}/{NEW}", **wanted, headers={"If-Match": "*"}),
        secretariat.delete(f"{MODELS}/{NEW}", headers={"If-Match": "*"}),
    ):
        assert (await change).status_code == 409
    draft = await secretariat.post(MODELS, json=body | {"version": "1.2.0", "based_on": NEW})
    assert (await secretariat.delete(f"{MODELS}/1.2.0")).status_code == 428
    assert (await secretariat.delete(f"{MODELS}/1.2.0", headers=if_match(draft))).status_code == 204
    assert (await secretariat.get(f"{MODELS}/1.2.0")).status_code == 404


async def test_codes_are_for_ever_and_labels_are_not(secretariat: Person):
    body = await reworked(secretariat)
    assert (await secretariat.post(MODELS, json=body)).status_code == 201
    assert (await secretariat.post(f"{MODELS}/{NEW}/publish")).status_code == 200
    later = copy.deepcopy(body) | {"version": "1.2.0", "based_on": NEW}
    back = point_of(later, "P2.1")["measures"]
    for change, expected in (
        ({"code": "M2.1.a"}, ["/pillars/1/points/0/measures/1/code"]),  # what it was taken out as is not «Fusión»
        ({"code": "P3.1"}, ["/pillars/1/points/0/measures/1/code", "/pillars/2/points/0/code"]),
        ({"code": "M1.1.a"}, ["/pillars/1/points/0/measures/1/code"]),
    ):
        back[1] = named("M2.1.d", "Fusión") | change
        told = pointers(await secretariat.post(MODELS, json=later))
        assert set(told) & set(expected), (change, told)
    original = point_of((await secretariat.get(f"{MODELS}/{VERSION}")).json(), "P2.1")["measures"][0]
    back[1] = named("M2.1.a", original["names"]["es"])
    assert (await secretariat.post(MODELS, json=later)).status_code == 201
    for name in ("import", "1.2.YAML", "x.xlsx"):
        assert pointers(await secretariat.post(MODELS, json=body | {"version": name})) == ["/version"], name
    odd = [
        ({"based_on": "9.9"}, ["/based_on"]),
        ({"based_on": "2.0.0", "version": "2.0.0"}, ["/based_on"]),
    ]
    for change, expected in odd:
        assert pointers(await secretariat.post(MODELS, json=body | {"version": "2.0.0"} | change)) == expected


async def test_what_changed_between_two_versions_is_told_by_code(secretariat: Person, public: Person):
    body = await reworked(secretariat)
    moved = point_of(body, "P4.3")["measures"].pop()
    point_of(body, "P4.2")["measures"].insert(0, moved)
    body["bands"][1]["to"], body["bands"][2]["from"] = 45.0, 45.0
    body["scale"]["levels"][4]["labels"]["es"] = "Plenamente en uso"
    body |= {"coverage_threshold": 0.5, "status": "official"}
    assert (await secretariat.post(MODELS, json=body)).status_code == 201
    address = f"{MODELS}/{NEW}/differences"
    assert (await public.get(address, params={"from": VERSION})).status_code == 404
    told = (await secretariat.get(address, params={"from": VERSION})).json()
    assert not told["is_same"]
    assert [(one["code"], one["parent"], one["place"]) for one in told["added"]] == [("M2.1.d", "P2.1", 2)]
    assert [one["code"] for one in told["removed"]] == ["M2.1.a", "M2.1.b"]
    assert [(one["code"], one["from_parent"], one["to_parent"], one["to_place"]) for one in told["moved"]] == [
        ("M4.3.b", "P4.3", "P4.2", 1)
    ]
    assert [(one["code"], one["before"], one["after"]) for one in told["reweighted"]] == [("M1.1.a", 1.0, 3.0)]
    assert [(one["code"], one["field"], one["level"], one["language"], one["after"]) for one in told["reworded"]] == [
        ("M1.1.a", "names", None, "es", "Acta vigente"),
        ("M1.1.b", "guidance", 4, "es", "Firmada por todos"),
        ("M1.1.b", "examples", 4, "es", "Acta"),
    ]
    assert [(one["value"], one["change"]) for one in told["scale"]] == [(4, "reworded")]
    assert [(one["level"], one["before"], one["after"]) for one in told["bands"]] == [
        (2, [20.0, 40.0], [20.0, 45.0]), (3, [40.0, 60.0], [45.0, 60.0]),
    ]  # fmt: skip
    assert [(one["setting"], one["before"], one["after"]) for one in told["settings"]] == [
        ("status", "reconstruction", "official"), ("coverage_threshold", 2 / 3, 0.5),
    ]  # fmt: skip
    same = (await secretariat.get(address, params={"from": NEW})).json()
    assert same["is_same"]
    assert (await secretariat.get(address)).status_code == 422
    assert (await secretariat.get(address, params={"from": "9.9"})).status_code == 404


def equal_links(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"from": link["from"], "to": link["to"], "share": link["share"]} for link in told["links"]]


MERGED = [{"from": "M2.1.a", "to": "M2.1.d", "share": 0.25}, {"from": "M2.1.b", "to": "M2.1.d", "share": 0.75}]


async def bridged(secretariat: Person) -> None:
    """The reworked version, published with a crosswalk that says what was merged."""
    made = await secretariat.post(MODELS, json=await reworked(secretariat))
    assert made.status_code == 201, made.text
    start = await secretariat.get(CROSSWALK)
    stored = await secretariat.put(
        CROSSWALK, json={"links": equal_links(start.json()) + MERGED}, headers=if_match(start)
    )
    assert stored.status_code == 200, stored.text
    assert (await secretariat.post(f"{MODELS}/{NEW}/publish")).status_code == 200


async def test_a_crosswalk_says_which_measures_answer_to_which(secretariat: Person, public: Person):
    assert (await secretariat.post(MODELS, json=await reworked(secretariat))).status_code == 201
    start = await secretariat.get(CROSSWALK)
    told = start.json()
    assert (told["stored"], told["state"], told["new"], told["dropped"]) == (
        False, "draft", ["M2.1.d"], ["M2.1.a", "M2.1.b"],
    )  # fmt: skip
    equal = equal_links(told)
    assert len(equal) == 25 and all(link["from"] == link["to"] and link["share"] == 1 for link in equal)
    for links, expected in (
        ([{"from": "M9", "to": "M2.1.d", "share": 1.0}], ["/links/0/from"]),
        ([{"from": "M2.1.a", "to": "M2.1.b", "share": 1.0}], ["/links/0/to"]),
        (MERGED[:1], ["/links/0/share"]),
        ([*MERGED, MERGED[0]], ["/links/2", "/links/2/share"]),
        ([MERGED[0] | {"share": 0.0}], ["/links/0/share"]),
        ([MERGED[0] | {"share": True}], ["/links/0/share"]),
        ([MERGED[0] | {"weight": 1}], ["/links/0/weight"]),
    ):
        answer = await secretariat.put(CROSSWALK, json={"links": links}, headers=if_match(start))
        assert pointers(answer) == expected, links
    assert (await secretariat.put(CROSSWALK, json={"links": MERGED})).status_code == 428
    attempts = await asyncio.gather(
        *(secretariat.put(CROSSWALK, json={"links": equal + MERGED}, headers=if_match(start)) for _ in range(6))
    )
    assert sorted(answer.status_code for answer in attempts) == [200, 412, 412, 412, 412, 412]
    assert (await public.get(CROSSWALK)).status_code == 404
    assert (await secretariat.post(f"{CROSSWALK}/publish")).status_code == 409  # it goes with its version
    # A code that the crosswalk names may not vanish from the draft unseen.
    draft = await secretariat.get(f"{MODELS}/{NEW}")
    body = await reworked(secretariat)
    point_of(body, "P1.1")["measures"].pop()
    thinner = await secretariat.put(f"{MODELS}/{NEW}", json=body, headers=if_match(draft))
    told_links = pointers(await secretariat.post(f"{MODELS}/{NEW}/publish"))
    assert told_links == [f"/crosswalks/{VERSION}/links/2/to"]
    whole = await reworked(secretariat)
    assert (await secretariat.put(f"{MODELS}/{NEW}", json=whole, headers=if_match(thinner))).status_code == 200
    assert (await secretariat.post(f"{MODELS}/{NEW}/publish")).status_code == 200
    seen = await public.get(CROSSWALK)
    assert (seen.json()["state"], seen.json()["new"], seen.json()["dropped"]) == ("published", [], [])
    assert seen.json()["links"][-2:] == MERGED
    assert (await public.get(f"{MODELS}/{NEW}/crosswalks")).json()["items"][0]["links"] == 27
    frozen = await secretariat.put(CROSSWALK, json={"links": equal}, headers=if_match(seen))
    assert frozen.status_code == 409
    for strange in (f"{MODELS}/{NEW}/crosswalks/{NEW}", f"{MODELS}/{NEW}/crosswalks/9.9", f"{MODELS}/9.9/crosswalks"):
        assert (await secretariat.get(strange)).status_code == 404, strange


async def with_a_fifth_pillar(secretariat: Person) -> None:
    """Another kind of instrument: the last point of the fourth pillar stands in a pillar of its own."""
    body = await body_of(secretariat, NEW, version="2.0.0", kind="extended")
    moved = body["pillars"][3]["points"].pop()
    body["pillars"].append(
        named("P5", "Quinto pilar", points=[named("P5.1", "Nuevo punto", measures=moved["measures"])])
    )
    made = await secretariat.post(MODELS, json=body)
    assert made.status_code == 201, made.text
    assert (await secretariat.post(f"{MODELS}/2.0.0/publish")).status_code == 200


async def measured(
    secretariat: Person, respondent: Person, coordinator: Person, year: int, version: str,
    levels: Mapping[str, int | str],
) -> None:  # fmt: skip
    wanted = campaign(year=year, model_version=version)
    assert (await secretariat.post(f"{API}/campaigns", json=wanted)).status_code == 201
    assert (await secretariat.post(f"{API}/campaigns/{year}/open")).status_code == 200
    await publish(secretariat, respondent, coordinator, year=year, levels=levels)
    assert (await secretariat.post(f"{API}/campaigns/{year}/close")).status_code == 200


async def test_a_change_over_two_changed_models_is_split_into_what_is_real_and_what_is_method(
    platform: Platform, secretariat: Person, respondent: Person, coordinator: Person, public: Person
):
    """Worked by hand. 2026 (first version): a 4, b 0, c 2 in P1.1 and P2.1, 2 everywhere else: every score is 50.

    Under 1.1.0, where M1.1.a weighs 3, P1.1 would be (3·100 + 0 + 50)/5 = 70; M2.1.d = 0.25·100 + 0.75·0 = 25 and so
    P2.1 = (50 + 25)/2 = 37.5. Pillars 56.67, 45.83, 50, 50: the bridge is 50.625, so 0.625 is method.
    2027 (1.1.0): 3 everywhere, 1 in P4.3: pillars 75, 75, 75, 58.33: 70.83. Of the 20.83 more, 20.208 are real.
    2028 (2.0.0, five pillars): 2027 would be (75·4 + 25)/5 = 65, so -5.83 is method; with P5.1 at 50 it is 70: real 5.
    """
    await bridged(secretariat)
    await with_a_fifth_pillar(secretariat)
    first = everything(2) | {"M1.1.a": 4, "M1.1.b": 0, "M2.1.a": 4, "M2.1.b": 0}
    second = {code: 3 for code in everything(3) if code not in ("M2.1.a", "M2.1.b")} | {"M2.1.d": 3}
    people = (secretariat, respondent, coordinator)
    await measured(*people, 2026, VERSION, first)
    await measured(*people, 2027, NEW, second | {"M4.3.a": 1, "M4.3.b": 1})
    await measured(*people, 2028, "2.0.0", second | {"M4.3.a": 2, "M4.3.b": 2})
    answer = await public.get(f"{API}/results/{COMMUNITY}/history")
    items = answer.json()["items"]
    assert [(one["year"], one["same_method"]) for one in items] == [(2026, None), (2027, False), (2028, False)]
    assert items[0]["change"] is None
    expected = [
        {"earlier": 50, "rescored": 50.625, "later": 850 / 12, "total": 250 / 12, "method": 0.625, "real": 20 + 5 / 24},
        {"earlier": 850 / 12, "rescored": 65, "later": 70, "total": -10 / 12, "method": -70 / 12, "real": 5},
    ]
    for one, worked in zip(items[1:], expected, strict=True):
        change = one["change"]
        assert {name: change[name] for name in worked} == pytest.approx(worked)
        assert (change["from_year"], change["through"]) == (one["year"] - 1, "published")
        assert change["carried_over"] == {"measures": 26, "of": 26, "weight": pytest.approx(1)}
    points = {point["code"]: point for point in items[1]["change"]["points"]}
    for code, earlier, rescored, later in (("P1.1", 50, 70, 75), ("P2.1", 50, 37.5, 75), ("P4.3", 50, 50, 25)):
        told = points[code]
        assert (told["earlier"], told["rescored"], told["later"]) == pytest.approx((earlier, rescored, later)), code
        assert told["method"] + told["real"] == pytest.approx(told["total"]), code
    pillars = {pillar["code"]: pillar for pillar in items[2]["change"]["pillars"]}
    assert pillars["P5"]["earlier"] is None and pillars["P5"]["rescored"] == pytest.approx(25)
    assert pillars["P5"]["real"] == pytest.approx(25) and pillars["P5"]["method"] is None
    table = (await public.get(f"{API}/results/{COMMUNITY}/history", params={"format": "csv"})).text.splitlines()
    row = dict(zip(table[0].split(","), table[2].split(","), strict=True))
    assert (float(row["change_method"]), float(row["change_real"])) == pytest.approx((0.625, 20 + 5 / 24))
    shown = (await public.get(f"/results/{COMMUNITY}?year=2028", headers={"accept": "text/html"})).text
    assert "2027 con el modelo de ahora" in shown and "son de la comunidad" in shown
    state = platform.services["survey"].state
    for language in LANGUAGES:
        report = await gather_community(
            state.database, COMMUNITY, 2028, None, language, ZoneInfo("America/Caracas"), "http://x", by=PUBLIC
        )
        said = json.dumps(report.content, ensure_ascii=False)
        for figure in ("+20.2", "+0.6", "+5.0", "−5.8"):
            assert figure.replace(".", "," if language in ("pt", "fr") else ".") in said, (language, figure)
    assert '"text": "−0,8", "bold": true' in said  # the summary's sentence, in the last language


async def test_only_the_secretariat_works_on_versions(everyone: Mapping[str, Person]):
    secretariat = everyone["secretariat"]
    made = await secretariat.post(MODELS, json=await reworked(secretariat))
    assert made.status_code == 201
    yaml_file = {"content": b"version: '3'", "headers": {"content-type": "application/yaml"}}
    calls: list[tuple[str, str, dict[str, Any], int]] = [
        ("GET", f"/{NEW}", {}, 404), ("GET", f"/{NEW}.yaml", {}, 404), ("GET", f"/{NEW}.xlsx", {}, 404),
        ("GET", f"/{NEW}/differences?from={VERSION}", {}, 404), ("GET", f"/{NEW}/crosswalks", {}, 404),
        ("GET", f"/{NEW}/crosswalks/{VERSION}", {}, 404), ("GET", f"/{NEW}/check", {}, 403),
        ("GET", f"/{VERSION}/check", {}, 403), ("POST", "", {"json": {}}, 403), ("POST", "/import", yaml_file, 403),
        ("PUT", f"/{NEW}", {"json": {}, "headers": {"If-Match": "*"}}, 403),
        ("DELETE", f"/{NEW}", {"headers": {"If-Match": "*"}}, 403), ("POST", f"/{NEW}/publish", {}, 403),
        ("PUT", f"/{NEW}/crosswalks/{VERSION}", {"json": {"links": []}, "headers": {"If-Match": "*"}}, 403),
        ("POST", f"/{NEW}/crosswalks/{VERSION}/publish", {}, 403),
    ]  # fmt: skip
    for role, person in everyone.items():
        for method, path, options, status in calls:
            if role == "secretariat":
                continue
            answer = await person.request(method, f"{MODELS}{path}", **options)
            expected = 401 if role == "public" and status == 403 else status
            assert answer.status_code == expected, (role, method, path, answer.status_code, answer.text[:200])
    now = await secretariat.get(f"{MODELS}/{NEW}")
    assert now.json() == made.json()
