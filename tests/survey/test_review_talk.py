"""The review's page and talk: last year beside this one, flags, comments that are answered and settled, minorities."""

import asyncio
import csv
import io
from collections.abc import Mapping

import pytest

from deploy.local.composition import Platform
from tests.people import Person, if_match, pointers
from tests.survey.conftest import (
    API,
    ASSESSMENT,
    COMMUNITY,
    MINE,
    MakeRespondent,
    agree,
    answers,
    everything,
    opened,
    publish,
)

COMMENTS = f"{ASSESSMENT}/comments"


async def minority(person: Person, measure: str, group: str, note: str | None) -> int:
    """What noting, or with None taking back, a group's disagreement is told."""
    tag = {"If-Match": (await person.get(ASSESSMENT)).json().get("etag", '"1"')}
    url = f"{ASSESSMENT}/agreed/{measure}/minority/{group}"
    if note is None:
        return (await person.delete(url, headers=tag)).status_code
    return (await person.put(url, json={"note": note}, headers=tag)).status_code


async def test_last_year_stands_beside_this_year_and_jumps_are_flagged(
    secretariat: Person, coordinator: Person, respondent: Person, somebody_of: MakeRespondent, public: Person,
    foreign_coordinator: Person,
):  # fmt: skip
    await opened(secretariat, year=2025)
    last = f"{API}/campaigns/2025/assessments/{COMMUNITY}"
    await agree(coordinator, "M1.1.b", assessment=last, level=3)
    levels = everything(1) | {"M1.1.c": "not_applicable"}
    await publish(secretariat, respondent, coordinator, year=2025, levels=levels)
    await opened(secretariat)
    said = everything(1) | {"M1.1.a": 3, "M1.1.b": 1, "M1.2.a": 0}
    await respondent.patch(MINE, json=answers(said))
    depot = await somebody_of("depot")
    await depot.patch(MINE, json=answers({"M1.1.b": 1, "M1.2.a": 4, "M1.2.b": 2}))
    await agree(coordinator, "M1.1.b", level=4, note="Visto en el taller")
    told = (await secretariat.get(f"{ASSESSMENT}/review")).json()
    assert (told["last_year"], told["same_model"], told["last_overall"]) == (2025, True, pytest.approx(25, abs=3))
    by_code = {one["measure"]: one for one in told["measures"]}
    first, second = by_code["M1.1.a"], by_code["M1.1.b"]
    assert (first["value"], first["last_year"]["value"], first["change"]) == (3.0, 1.0, 2.0)
    assert first["flags"] == ["jump", "one_voice", "no_evidence"]
    assert (second["agreed"], second["last_year"]["agreed"], second["change"]) == (4, 3, 1.0)
    assert second["flags"] == ["away_from_groups", "no_evidence"]
    assert second["medians"] == {"customs": 1.0, "depot": 1.0} and second["agreed_note"] == "Visto en el taller"
    assert by_code["M1.1.c"]["last_year"]["applicable"] is False and by_code["M1.1.c"]["change"] is None
    assert by_code["M1.2.a"]["flags"] == ["disagreement"] and by_code["M1.2.a"]["consensus"] == 0.0
    assert (await coordinator.get(f"{ASSESSMENT}/review")).json() == told, "the coordinator sees what the review sees"
    own = (await respondent.get(f"{ASSESSMENT}/earlier")).json()
    then = {one["measure"]: one for one in own["measures"]}
    assert (own["last_year"], own["same_model"], own["overall"]) == (2025, True, told["last_overall"])
    assert (then["M1.1.b"]["result"]["value"], then["M1.1.b"]["mine"]["level"]) == (3.0, 1)
    assert then["M1.1.c"]["mine"]["flag"] == "not_applicable"
    newcomer = (await depot.get(f"{ASSESSMENT}/earlier")).json()["measures"]
    assert all(one["mine"] is None for one in newcomer), "nobody sees what another one answered"
    for person, status in ((public, 401), (foreign_coordinator, 404), (coordinator, 200), (secretariat, 200)):
        assert (await person.get(f"{ASSESSMENT}/earlier")).status_code == status
    before = (await respondent.get(f"{last}/earlier")).json()
    assert (before["last_year"], before["same_model"], before["measures"]) == (None, None, [])


@pytest.mark.usefixtures("open_campaign")
async def test_comments_are_sent_answered_and_settled(secretariat: Person, coordinator: Person, respondent: Person):
    body = {"measure": "M1.1.a", "text": "¿Dónde está el acta?"}
    assert (await secretariat.post(COMMENTS, json=body)).status_code == 409, "there is nothing to review yet"
    await respondent.patch(MINE, json=answers(everything(3)))
    await coordinator.post(f"{ASSESSMENT}/submit")
    draft = await secretariat.post(COMMENTS, json=body)
    assert (draft.status_code, draft.json()["state"]) == (201, "draft")
    url = f"{COMMENTS}/{draft.json()['id']}"
    assert pointers(await secretariat.post(COMMENTS, json={"measure": "M9", "text": "x"})) == ["/measure"]
    assert pointers(await secretariat.post(COMMENTS, json={"measure": None, "text": " "})) == ["/text"]
    assert (await coordinator.get(COMMENTS)).json()["items"] == [], "a draft is the secretariat's alone"
    assert (await coordinator.post(f"{url}/replies", json={"text": "?"})).status_code == 404
    assert (await secretariat.post(f"{url}/replies", json={"text": "?"})).status_code == 409
    worded = await secretariat.patch(url, json={"text": "¿Dónde está el acta de 2026?"}, headers=if_match(draft))
    assert worded.status_code == 200
    other = await secretariat.post(COMMENTS, json={"measure": None, "text": "Sobra"})
    gone = await secretariat.delete(f"{COMMENTS}/{other.json()['id']}", headers=if_match(other))
    assert gone.status_code == 204
    back = await secretariat.post(f"{ASSESSMENT}/return", json={"comments": []})
    assert back.status_code == 200, "what was written beforehand is enough"
    assert back.json()["returned_comments"] == [{"measure": "M1.1.a", "text": "¿Dónde está el acta de 2026?"}]
    assert (await secretariat.post(f"{API}/campaigns/2026/close")).status_code == 200
    sent = (await coordinator.get(COMMENTS)).json()["items"]
    assert [(one["state"], one["measure"]) for one in sent] == [("open", "M1.1.a")]
    replies = await asyncio.gather(
        *[coordinator.post(f"{url}/replies", json={"text": f"Adjunta, parte {n}"}) for n in range(3)]
    )
    assert [one.status_code for one in replies] == [201] * 3, "the closing does not end the talk"
    answered = (await coordinator.get(COMMENTS)).json()["items"][0]
    assert (answered["state"], len(answered["replies"])) == ("answered", 3)
    assert (await coordinator.patch(url, json={"settled": True}, headers={"If-Match": "*"})).status_code == 403
    now = (await secretariat.get(COMMENTS)).json()["items"][0]
    tag = {"If-Match": f'"{now["version"]}"'}
    stale = {"If-Match": f'"{now["version"] - 1}"'}
    assert (await secretariat.patch(url, json={"settled": True}, headers=stale)).status_code == 412
    assert (await secretariat.patch(url, json={"text": "otra cosa"}, headers=tag)).status_code == 409
    settled = await secretariat.patch(url, json={"settled": True}, headers=tag)
    assert (settled.json()["state"], settled.json()["settled_by_name"]) == ("settled", "Secretary")
    assert (await coordinator.post(f"{url}/replies", json={"text": "más"})).status_code == 409
    reopened = await secretariat.patch(url, json={"settled": False}, headers=if_match(settled))
    assert reopened.json()["state"] == "answered"
    assert (await agree(coordinator, "M1.1.a", level=2)).status_code == 200, "returned: corrected after the closing"
    assert (await coordinator.post(f"{ASSESSMENT}/submit")).status_code == 200
    assert (await secretariat.post(f"{ASSESSMENT}/accept")).status_code == 200
    assert (await coordinator.get(COMMENTS)).json()["items"][0]["state"] == "settled", (
        "accepting settles what was asked"
    )
    trail = [
        (one["action"], one["actor_name"]) for one in (await secretariat.get(f"{ASSESSMENT}/history")).json()["items"]
    ]
    assert trail[0] == ("accepted", "Secretary") and ("replied", "Coordinator") in trail
    assert ("settled", "Secretary") in trail


@pytest.mark.usefixtures("open_campaign")
async def test_a_group_that_disagrees_says_why(
    coordinator: Person, respondent: Person, somebody_of: MakeRespondent, foreign_coordinator: Person,
    data_provider: Person, public: Person, secretariat: Person,
):  # fmt: skip
    depot = await somebody_of("depot")
    assert await minority(depot, "M1.1.a", "depot", "No") == 409, "nothing is agreed"
    assert (await agree(coordinator, "M1.1.a", level=3)).status_code == 200
    assert await minority(depot, "M1.1.a", "depot", "=De noche no hay quien revise") == 200
    expected = {
        "another group's": (respondent, 403), "provider": (data_provider, 403), "foreigner": (foreign_coordinator, 404),
        "public": (public, 401), "own": (depot, 200), "coordinator": (coordinator, 200), "secretariat": (secretariat, 200),
    }  # fmt: skip
    for who, (person, status) in expected.items():
        assert await minority(person, "M1.1.a", "depot", f"=De noche no ({who})") == status, who
    assert await minority(coordinator, "M1.1.a", "nobody", "x") == 404
    assert await minority(coordinator, "M9", "depot", "x") == 404
    assert await minority(coordinator, "M1.1.a", "depot", " ") == 422
    put = f"{ASSESSMENT}/agreed/M1.1.a/minority/depot"
    assert (await coordinator.put(put, json={"note": "x"})).status_code == 428
    for person, status in ((depot, 200), (data_provider, 200), (foreign_coordinator, 404), (public, 401)):
        assert (await person.get(f"{ASSESSMENT}/agreed")).status_code == status
    told = (await data_provider.get(f"{ASSESSMENT}/agreed")).json()["items"]
    assert [(one["measure"], one["level"], len(one["minority_notes"])) for one in told] == [("M1.1.a", 3, 1)]
    rows = list(csv.DictReader(io.StringIO((await depot.get(f"{ASSESSMENT}/agreed?format=csv")).text.lstrip("\ufeff"))))
    assert rows[0]["minority_group"] == "depot" and rows[0]["minority_note"].startswith("'="), "neutralised"
    assert (await depot.get(f"{ASSESSMENT}/agreed?format=xlsx")).status_code == 200
    doubled = [{"stakeholder_group": "depot", "note": "a"}, {"stakeholder_group": "depot", "note": "b"}]
    refused = await agree(coordinator, "M1.1.a", level=2, minority_notes=doubled)
    assert pointers(refused) == ["/minority_notes/1/stakeholder_group"]
    assert pointers(await agree(coordinator, "M1.1.a", attendance=[{"name": "Ana"}])) == ["/level"]
    foreign = "0190a0a0-0000-7000-8000-000000000000"
    assert pointers(await agree(coordinator, "M1.1.a", level=2, workshop=foreign)) == ["/workshop"]
    kept = await agree(coordinator, "M1.1.a", level=2)
    assert kept.json()["minority_notes"][0]["about_level"] == 3, "a note outlives the level that it was about"
    assert await minority(depot, "M1.1.a", "depot", None) == 200
    assert (await depot.get(f"{ASSESSMENT}/agreed")).json()["items"][0]["minority_notes"] == []


async def test_who_may_do_what_in_which_state_of_the_review(everyone: Mapping[str, Person], platform: Platform):
    """Every role, action and state at once: the answers that are no 2xx, by role."""
    secretariat, coordinator = everyone["secretariat"], everyone["coordinator"]
    await opened(secretariat)
    await everyone["respondent"].patch(MINE, json=answers(everything(3)))
    reads = {"review": "GET", "comments": "GET", "history": "GET", "summary": "GET"}
    away = {
        "public": 401,
        "chair": 404,
        "member": 404,
        "observer": 404,
        "foreign_coordinator": 404,
        "without_grants": 404,
    }
    within = {"respondent": 403, "data_provider": 403}

    async def tried() -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for role, person in everyone.items():
            statuses = {name: (await person.request(method, f"{ASSESSMENT}/{name}")).status_code
                        for name, method in reads.items()}  # fmt: skip
            statuses["comment"] = (await person.post(COMMENTS, json={"measure": None, "text": "¿?"})).status_code
            found[role] = statuses
        return found

    def expected(comment: int, published: bool) -> dict[str, dict[str, int]]:
        told: dict[str, dict[str, int]] = {}
        for role in everyone:
            refused = (away | within).get(role)
            if published and refused == 404:
                refused = 403  # a published assessment is known to everybody; what was said in it is not
            told[role] = dict.fromkeys(reads, refused or 200) | {"comment": refused or 403}
            if role == "secretariat":
                told[role]["comment"] = comment
        return told

    assert await tried() == expected(409, False)
    steps = (
        (coordinator, "submit", None, 201), (secretariat, "return", {"comments": []}, 409), (coordinator, "submit", None, 201),
        (secretariat, "accept", None, 201), (coordinator, "publish", None, 201),
    )  # fmt: skip
    for who, step, body, comment in steps:
        done = await who.post(f"{ASSESSMENT}/{step}", json=body)
        assert done.status_code == 200, (step, done.text)
        assert await tried() == expected(comment, step == "publish"), step
