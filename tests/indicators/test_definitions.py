"""Definitions in four languages: the secretariat writes the next version, what was published never changes."""

import asyncio
from collections.abc import Mapping

from deploy.local.composition import Platform
from services.indicators.seed import seed
from tests.indicators.things import URL, row
from tests.indicators.things import record as recorded
from tests.people import Person, if_match, pointers

NEW = {
    "interface": "rail", "names": {"es": "Vagones por tren"}, "definitions": {"es": "Vagones sobre trenes"}, "unit": "n",
    "polarity": "higher", "statistic": "ratio", "numerator": "vagones", "denominator": "trenes", "factor": 1,
    "frequency": "monthly", "valid_range": [0, 500], "aggregation": "ratio", "source": "Red", "basis": "proposed",
}  # fmt: skip


async def test_every_definition_is_there_in_four_languages_and_says_which_way_is_good(public: Person):
    for language, words in {
        "es": ("Horas desde la llegada", "Más bajo es mejor"), "en": ("Hours from arrival", "Lower is better"),
        "pt": ("Horas desde a chegada", "Mais baixo é melhor"), "fr": ("Heures entre l’entrée", "Plus bas est mieux"),
    }.items():  # fmt: skip
        told = (
            await public.get(f"{URL}/catalogue/VPA-0{1 if language != 'fr' else 3}", params={"lang": language})
        ).json()
        assert told["definition"].startswith(words[0]), language
        assert told["polarity_name"] == words[1]
    items = (await public.get(f"{URL}/catalogue", params={"limit": 200})).json()["items"]
    for item in items:
        assert set(item["names"]) == set(item["definitions"]) == {"es", "en", "pt", "fr"}, item["code"]
        assert all([*item["names"].values(), *item["definitions"].values()])


async def test_a_new_version_is_written_as_a_draft_and_the_old_one_stays(
    platform: Platform, secretariat: Person, data_provider: Person, public: Person
):
    await recorded(data_provider, row(value=700))
    before = (await public.get(f"{URL}/catalogue/VPA-01")).json()
    begun = await secretariat.post(f"{URL}/drafts", json={"code": "VPA-01"}, headers={"Idempotency-Key": "once"})
    assert begun.status_code == 201
    assert (begun.json()["changed"], begun.json()["obstacles"]) == ([], [])
    again = await secretariat.post(f"{URL}/drafts", json={"code": "VPA-01"}, headers={"Idempotency-Key": "once"})
    assert (again.status_code, again.json()) == (201, begun.json())
    assert (await secretariat.post(f"{URL}/drafts", json={"code": "VPA-01"})).status_code == 409
    place = f"{URL}/drafts/VPA-01"
    assert (await secretariat.post(f"{place}/publish", json={"because": "Nada"})).status_code == 409
    assert (await secretariat.patch(place, json={"unit": "d"})).status_code == 428
    wrong = {"valid_range": [240, 0], "names": {"fr": None}, "polarity": "target_band", "frequency": "annual"}
    written = await secretariat.patch(place, json=wrong, headers=if_match(begun))
    assert written.json()["changed"] == ["frequency", "names", "polarity", "valid_range"]
    refused = await secretariat.post(f"{place}/publish", json={"because": "Nuevo rango"})
    assert pointers(refused) == ["/frequency", "/names/fr", "/target_band", "/valid_range"]
    assert (await secretariat.patch(place, json={"unit": "d"}, headers=if_match(begun))).status_code == 412
    right = {"valid_range": [0, 240], "names": {"fr": "Attente"}, "polarity": "lower", "frequency": "monthly"}
    written = await secretariat.patch(place, json=right, headers=if_match(written))
    assert (written.json()["obstacles"], written.json()["changed"]) == ([], ["names", "valid_range"])
    assert (await public.get(f"{URL}/catalogue/VPA-01")).json() == before, "a draft changes nothing"
    assert await told_of(public, "VPA-01") == [(1, before["name"])] * 2
    published = await secretariat.post(f"{place}/publish", json={"because": "Nadie espera más de diez días"})
    assert (published.json()["version"], published.json()["valid_range"]) == (2, [0, 240])
    assert (await secretariat.get(place)).status_code == 404
    assert await told_of(public, "VPA-01", "fr") == [(2, "Attente")] * 2

    history = (await public.get(f"{URL}/catalogue/VPA-01/versions")).json()["items"]
    assert [(one["version"], one["because"], one["changed"]) for one in history] == [
        (2, "Nadie espera más de diez días", ["names", "valid_range"]), (1, None, []),
    ]  # fmt: skip
    assert history[1]["definition"] == before
    assert pointers(await recorded(data_provider, row(period="2025-02", value=700))) == ["/0/value"]
    kept = (await data_provider.get(f"{URL}/observations/VPA-01/mx-manzanillo/2025-01/revisions")).json()["items"]
    assert kept[0]["indicator_version"] == 1
    await seed(platform.services["indicators"].state.database)
    assert (await public.get(f"{URL}/catalogue/VPA-01")).json()["version"] == 2, "the file does not take it back"


async def told_of(person: Person, code: str, language: str = "es") -> list[tuple[int, str]]:
    """Version and name of an indicator as benchmark and scorecard tell them."""
    asked = {"period": "2025-01", "lang": language}
    one = (await person.get(f"{URL}/benchmarks/{code}", params=asked)).json()
    sheets = (await person.get(f"{URL}/scorecards/mx-manzanillo", params=asked)).json()["indicators"]
    return [(told["version"], told["name"]) for told in (one, *sheets) if told["indicator"] == code]


async def test_a_new_indicator_is_written_whole_before_it_is_published(secretariat: Person, public: Person):
    assert pointers(await secretariat.post(f"{URL}/drafts", json={"code": "RAI-09"})) == ["/content"]
    wrong = NEW | {"valid_range": [0, 1, 2], "factor": "1", "polarity": "up"}
    told = await secretariat.post(f"{URL}/drafts", json={"code": "RAI-09", "content": wrong})
    assert pointers(told) == ["/content/factor", "/content/polarity", "/content/valid_range"]
    begun = await secretariat.post(f"{URL}/drafts", json={"code": "RAI-09", "content": NEW})
    assert len(begun.json()["obstacles"]) == 6
    texts = {"en": "Wagons a train", "pt": "Vagões por trem", "fr": "Wagons par train"}
    change = {"names": texts, "definitions": texts}
    written = await secretariat.patch(f"{URL}/drafts/RAI-09", json=change, headers=if_match(begun))
    assert written.json()["content"]["names"]["es"] == "Vagones por tren"
    assert (await public.get(f"{URL}/catalogue/RAI-09")).status_code == 404
    answers = await asyncio.gather(
        *[secretariat.post(f"{URL}/drafts/RAI-09/publish", json={"because": "Se pidió"}) for _ in range(4)]
    )
    assert sorted(one.status_code for one in answers) == [200, 404, 404, 404]
    last = (await public.get(f"{URL}/catalogue", params={"limit": 200})).json()["items"][-1]
    assert (last["code"], last["version"], last["factor"]) == ("RAI-09", 1, 1)


async def test_who_writes_definitions(everyone: Mapping[str, Person]):
    begun = await everyone["secretariat"].post(f"{URL}/drafts", json={"code": "VPA-01"})
    for method, path, body, right in (
        ("GET", "/drafts", None, 200), ("GET", "/drafts/VPA-01", None, 200), ("PATCH", "/drafts/VPA-01", {}, 200),
        ("POST", "/drafts/VPA-01/publish", {"because": "x"}, 409), ("POST", "/drafts", {"code": "VPA-01"}, 409),
        ("DELETE", "/drafts/VPA-01", None, 204),
    ):  # fmt: skip
        for role, person in [
            *[item for item in everyone.items() if item[0] != "secretariat"],
            ("secretariat", everyone["secretariat"]),
        ]:
            told = await person.request(method, f"{URL}{path}", json=body, headers=if_match(begun))
            assert told.status_code == (right if role == "secretariat" else 401 if role == "public" else 403), (
                path,
                role,
            )
    assert (await everyone["public"].get(f"{URL}/catalogue/VPA-01/versions")).status_code == 200
    assert (await everyone["public"].get(f"{URL}/catalogue/XXX-01/versions")).status_code == 404
