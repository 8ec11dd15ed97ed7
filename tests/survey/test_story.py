"""The whole way of an assessment, from the first answer to the public's spreadsheet."""

import csv
import io

import pytest

from tests.people import Person, if_match, pointers
from tests.survey.conftest import API, ASSESSMENT, MEASURES, MINE, MakeRespondent, agree, answers, everything

pytestmark = pytest.mark.slow


async def test_from_the_first_answer_to_the_public(
    secretariat: Person,
    coordinator: Person,
    respondent: Person,
    public: Person,
    open_campaign: str,
    somebody_of: MakeRespondent,
):
    assert (await coordinator.get(ASSESSMENT)).json()["state"] == "not_started"
    authority = await somebody_of("port_authority")
    terminals = [await somebody_of("terminal_operator", "terminal-one"), await somebody_of("terminal_operator")]
    truckers = await somebody_of("road_carrier")
    for who, level in ((authority, 4), (terminals[0], 2), (terminals[1], 3), (truckers, 1)):
        saved = await who.patch(MINE, json=answers({"M1.1.a": level, "M1.1.c": "unknown"}))
        assert saved.status_code == 200, saved.text

    now = (await coordinator.get(ASSESSMENT)).json()
    assert now["state"] == "in_progress"
    assert now["progress"] == {"answered": 1, "applicable": 27, "total": 27}
    assert now["respondents"] == 4

    summary = (await coordinator.get(f"{ASSESSMENT}/summary")).json()["measures"]
    assert [row["measure"] for row in summary] == MEASURES
    first = summary[0]
    assert [(g["stakeholder_group"], g["respondents"], g["median"]) for g in first["groups"]] == [
        ("port_authority", 1, 4.0), ("road_carrier", 1, 1.0), ("terminal_operator", 2, 2.5),
    ]  # fmt: skip
    assert first["levels"] == {"0": 0, "1": 1, "2": 1, "3": 1, "4": 1}
    assert first["mean"] == 2.5
    assert first["consensus"] == pytest.approx(0.5646, abs=5e-5)
    assert first["agreed"] is None
    assert summary[2]["unknown"] == 4

    refused = await coordinator.post(f"{ASSESSMENT}/submit")
    assert pointers(refused) == [f"/{code}" for code in MEASURES if code != "M1.1.a"]

    await respondent.patch(MINE, json=answers(everything(2) | {"M1.1.c": "unknown"}))
    assert pointers(await coordinator.post(f"{ASSESSMENT}/submit")) == ["/M1.1.c"]
    assert (await agree(coordinator, "M1.1.b", level=3, note="Una voz en contra")).status_code == 200
    assert (await agree(coordinator, "M1.1.c", level=0)).status_code == 200
    submitted = await coordinator.post(f"{ASSESSMENT}/submit")
    assert submitted.status_code == 200
    assert submitted.json()["state"] == "submitted"
    assert submitted.headers["etag"] == submitted.json()["etag"]

    late = await respondent.patch(MINE, json=answers({"M1.1.a": 4}) | {})
    assert late.status_code == 409
    assert (await agree(coordinator, "M1.1.a", level=1)).status_code == 409

    comments = [{"measure": "M1.1.c", "text": "¿Por qué 0?"}]
    returned = await secretariat.post(f"{ASSESSMENT}/return", json={"comments": comments})
    assert returned.json()["state"] == "returned"
    assert (await coordinator.get(ASSESSMENT)).json()["returned_comments"] == comments
    assert (await agree(coordinator, "M1.1.c", level=1)).status_code == 200
    assert (await coordinator.post(f"{ASSESSMENT}/submit")).status_code == 200
    assert (await coordinator.post(f"{ASSESSMENT}/publish")).status_code == 409
    assert (await secretariat.post(f"{ASSESSMENT}/accept")).json()["state"] == "accepted"
    assert (await public.get(f"{API}/results")).json()["total"] == 0
    assert (await public.get(f"{API}/results/mx-manzanillo")).status_code == 404
    assert (await coordinator.post(f"{ASSESSMENT}/publish")).json()["state"] == "published"

    result = await public.get(f"{API}/results/mx-manzanillo", params={"year": 2026})
    assert result.status_code == 200
    told = result.json()
    point = told["pillars"][0]["points"][0]
    values = {m["code"]: (m["value"], m["score"], m["source"], m["groups"]) for m in point["measures"]}
    assert values["M1.1.a"] == (2.375, 59.375, "groups", 4)
    assert values["M1.1.b"] == (3.0, 75.0, "agreed", 1)
    assert values["M1.1.c"] == (1.0, 25.0, "agreed", 0)
    assert point["score"] == pytest.approx((59.375 + 75 + 25) / 3)
    assert point["coverage"] == 1.0
    assert told["model_version"] == "0.1.0-reconstruction"
    assert len(told["answers_hash"]) == 64
    assert told["demo"] is False
    live = (await coordinator.get(f"{ASSESSMENT}/score")).json()
    assert live["answers_hash"] == told["answers_hash"]
    assert live["overall"] == told["overall"]

    table = await public.get(f"{API}/results", params={"year": 2026}, headers={"accept": "text/csv"})
    assert table.headers["content-type"].startswith("text/csv")
    row = next(csv.DictReader(io.StringIO(table.text)))
    assert row["community"] == "mx-manzanillo"
    assert float(row["overall"]) == told["overall"]
    assert float(row["P1.1"]) == point["score"]
    assert row["demo"] == "false"
    actions = [event["action"] for event in (await coordinator.get(f"{ASSESSMENT}/history")).json()["items"]]
    assert actions[:6] == ["published", "accepted", "submitted", "agreed", "returned", "submitted"]
    await public.get(f"{API}/results/mx-manzanillo", headers={"If-None-Match": result.headers["etag"]})
    assert if_match(result)
