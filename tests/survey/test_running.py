"""Running a campaign: reminders by themselves, progress by group, one community opened again, a successor."""

import asyncio
from datetime import date, timedelta
from email import message_from_string
from email.policy import default

import pytest
from httpx import Response

from deploy.local.composition import Platform
from services.survey.campaigns.reminding import remind_on
from services.survey.review.news import write_of_step
from tests.people import Person, pointers, somebody
from tests.survey.conftest import (
    API,
    ASSESSMENT,
    COMMUNITY,
    MEASURES,
    MINE,
    YEAR,
    MakeRespondent,
    answers,
    campaign,
    everything,
    in_days,
    opened,
    publish,
)  # fmt: skip

pytestmark = pytest.mark.slow
CAMPAIGN = f"{API}/campaigns/{YEAR}"


def letters_to(platform: Platform, name: str) -> list[str]:
    letters = [path.read_text() for path in (platform.settings.data_dir / "outbox").glob("*.eml")]
    return [letter for letter in letters if f"{name}@example.org" in letter]


async def test_reminders_go_out_on_the_chosen_days_to_those_who_have_not_finished(
    platform: Platform, secretariat: Person, coordinator: Person, somebody_of: MakeRespondent
):
    for wrong, at in (
        ([0], "/remind_days/0"),
        ([91], "/remind_days/0"),
        (["7"], "/remind_days/0"),
        (None, "/remind_days"),
    ):
        assert pointers(await secretariat.post(f"{API}/campaigns", json=campaign(remind_days=wrong))) == [at]
    await opened(secretariat, remind_days=[2, 7, 7], closes_on=in_days(7))
    read = await secretariat.get(CAMPAIGN)
    assert read.json()["remind_days"] == [7, 2]
    done, late = await somebody_of("customs"), await somebody_of("shipping")
    await somebody_of("labour")
    await somebody(platform, "elsewhere", ("respondent", "community:cl-biobio", "customs"), locale="en")
    await done.patch(MINE, json=answers(everything(2)))
    await late.patch(MINE, json=answers({MEASURES[0]: 2}))

    service = platform.services["survey"].state
    closes_on = date.fromisoformat(in_days(7))

    async def on(day: date) -> int:
        sent = await remind_on(service.database, service.peers, service.settings.zone, YEAR, day)
        await platform.run_jobs()
        return sent

    assert await on(closes_on - timedelta(days=6)) == 0, "no day that was chosen"
    assert await on(closes_on - timedelta(days=7)) == 3
    assert await on(closes_on - timedelta(days=7)) == 3, "asked for again, nobody gets a second letter"
    found = {name: letters_to(platform, name) for name in ("customs", "shipping", "labour", "elsewhere")}
    assert {name: len(letters) for name, letters in found.items()} == {
        "customs": 0, "shipping": 1, "labour": 1, "elsewhere": 1
    }  # fmt: skip
    assert f"/survey/{YEAR}/{COMMUNITY}" in found["shipping"][0] and in_days(7) in found["shipping"][0]
    assert f"/survey/{YEAR}/cl-biobio" in found["elsewhere"][0]

    # By hand on the same day: nobody twice. Somebody new is written to.
    newcomer = await somebody_of("depot")
    assert (await coordinator.post(f"{ASSESSMENT}/remind")).json() == {"reminded": 3}
    assert (await secretariat.post(f"{CAMPAIGN}/remind")).json() == {"reminded": 4}
    await platform.run_jobs()
    assert [len(letters_to(platform, name)) for name in ("shipping", "depot")] == [1, 1]
    await newcomer.patch(MINE, json=answers(everything(1)))
    assert (await coordinator.post(f"{ASSESSMENT}/remind")).json() == {"reminded": 2}
    for who, status in ((late, 403), (done, 403)):
        assert (await who.post(f"{ASSESSMENT}/remind")).status_code == status
        assert (await who.post(f"{CAMPAIGN}/remind")).status_code == status

    # A later end moves the days; an end by hand ends them.
    await secretariat.patch(CAMPAIGN, json={"closes_on": in_days(30)}, headers={"If-Match": read.headers["etag"]})
    assert await on(closes_on - timedelta(days=2)) == 0
    await secretariat.post(f"{CAMPAIGN}/close")
    assert await on(date.fromisoformat(in_days(30)) - timedelta(days=2)) == 0
    assert (await coordinator.post(f"{ASSESSMENT}/remind")).status_code == 409


async def test_progress_is_told_by_community_and_stakeholder_group(
    secretariat: Person, coordinator: Person, foreign_coordinator: Person, public: Person, somebody_of: MakeRespondent
):
    await opened(secretariat)
    customs, shipping = await somebody_of("customs"), await somebody_of("shipping")
    await somebody_of("customs", "second-customs")
    await somebody_of("customs", "of-biobio", community="cl-biobio")
    await customs.patch(MINE, json=answers(everything(2)))
    await shipping.patch(MINE, json=answers({MEASURES[0]: "unknown"}))
    whole = (await secretariat.get(f"{CAMPAIGN}/progress")).json()
    by_code = {one["community"]: one for one in whole["communities"]}
    assert list(by_code) == ["cl-biobio", COMMUNITY]
    assert by_code[COMMUNITY]["groups"] == [
        {"stakeholder_group": "customs", "invited": 2, "started": 1, "finished": 1},
        {"stakeholder_group": "shipping", "invited": 1, "started": 1, "finished": 0},
    ]
    assert by_code[COMMUNITY]["progress"] == {"answered": 27, "applicable": 27, "total": 27}
    assert whole["groups"] == [
        {"stakeholder_group": "customs", "invited": 3, "started": 1, "finished": 1},
        {"stakeholder_group": "shipping", "invited": 1, "started": 1, "finished": 0},
    ]
    own = (await coordinator.get(f"{CAMPAIGN}/progress")).json()
    assert [one["community"] for one in own["communities"]] == [COMMUNITY]
    assert own["groups"] == by_code[COMMUNITY]["groups"], "nothing of other communities is in the sums"
    theirs = (await foreign_coordinator.get(f"{CAMPAIGN}/progress")).json()["communities"]
    assert [one["community"] for one in theirs] == ["cl-biobio"]
    assert (await customs.get(f"{CAMPAIGN}/progress")).json()["communities"] == []
    assert (await public.get(f"{CAMPAIGN}/progress")).status_code == 401


async def test_one_community_is_opened_again_after_the_end(
    secretariat: Person,
    coordinator: Person,
    respondent: Person,
    foreign_coordinator: Person,
    somebody_of: MakeRespondent,
):
    await opened(secretariat)
    other = await somebody_of("customs", "of-biobio", community="cl-biobio")
    reopen = f"{ASSESSMENT}/reopen"
    wanted = {"until": in_days(3), "reason": "Cambió la autoridad portuaria"}
    assert (await secretariat.post(reopen, json=wanted)).status_code == 409, "it is open anyway"
    await respondent.patch(MINE, json=answers({MEASURES[0]: 2}))
    await secretariat.post(f"{CAMPAIGN}/close")
    assert (await respondent.patch(MINE, json=answers({MEASURES[1]: 1}))).status_code == 409
    for who, status in ((coordinator, 403), (respondent, 403), (foreign_coordinator, 403)):
        assert (await who.post(reopen, json=wanted)).status_code == status
    assert pointers(await secretariat.post(reopen, json=wanted | {"until": in_days(-2)})) == ["/until"]
    assert pointers(await secretariat.post(reopen, json={"until": "mañana", "reason": " "})) == ["/reason", "/until"]
    told = (await secretariat.post(reopen, json=wanted)).json()
    assert (told["open"], told["open_until"], told["closes_on"], told["campaign_state"]) == (
        True, in_days(3), max(in_days(3), in_days(20)), "closed"
    )  # fmt: skip
    assert (await respondent.patch(MINE, json=answers(everything(2), client_id="x", client_seq=1))).status_code == 200
    assert (await respondent.get(MINE)).json()["open"] is True
    desk = (await respondent.get(f"{API}/mine")).json()["items"]
    assert [item["task"] for item in desk] == ["answer"], "it is on the desk again"
    theirs = f"{CAMPAIGN}/assessments/cl-biobio/answers/mine"
    assert (await other.patch(theirs, json=answers({MEASURES[0]: 1}))).status_code == 409, "nobody else's is open"

    # What was handed in, and even what was published, comes back with the reason; the public keeps what it had.
    fixed = {MEASURES[0]: 4}
    answer = (await respondent.get(MINE)).json()["answers"]
    revision = next(one["revision"] for one in answer if one["measure"] == MEASURES[0])
    for who, step in ((coordinator, "submit"), (secretariat, "accept"), (coordinator, "publish")):
        assert (await who.post(f"{ASSESSMENT}/{step}")).status_code == 200
    assert (await respondent.patch(MINE, json=answers(fixed))).status_code == 409
    again = (await secretariat.post(reopen, json=wanted)).json()
    assert (again["state"], again["returned_comments"]) == ("returned", [{"measure": None, "text": wanted["reason"]}])
    body = {"answers": [{"measure": MEASURES[0], "level": 4, "flag": None, "base_revision": revision}]}
    assert (await respondent.patch(MINE, json=body)).status_code == 200
    assert (await respondent.get(f"{API}/results/{COMMUNITY}", params={"year": YEAR})).json()["overall"] == 50.0
    trail = [event["action"] for event in (await coordinator.get(f"{ASSESSMENT}/history")).json()["items"]]
    assert trail.count("opened_again") == 2
    await secretariat.post(f"{CAMPAIGN}/publish")
    assert (await coordinator.post(f"{ASSESSMENT}/submit")).status_code == 200, "the region's publication ends nothing"


async def test_who_leaves_hands_everything_over_to_a_successor(
    secretariat: Person, coordinator: Person, foreign_coordinator: Person, somebody_of: MakeRespondent
):
    await opened(secretariat)
    leaving, successor = await somebody_of("customs", "leaving"), await somebody_of("customs", "successor")
    bystander = await somebody_of("shipping", "bystander")
    await bystander.patch(MINE, json=answers({MEASURES[0]: 0}))
    await leaving.patch(MINE, json=answers({MEASURES[0]: 1, MEASURES[1]: 2}))
    await leaving.patch(MINE, json={"answers": [{"measure": MEASURES[0], "level": 3, "base_revision": 1}]})
    await successor.patch(MINE, json=answers({MEASURES[1]: 4, MEASURES[2]: 4}))
    handover = f"{ASSESSMENT}/answers/handover"
    wanted = {"from_respondent": leaving.user_id, "to_respondent": successor.user_id}
    assert (await leaving.post(handover, json=wanted)).status_code == 403
    assert (await foreign_coordinator.post(handover, json=wanted)).status_code == 404
    for body, at in (
        (wanted | {"to_respondent": leaving.user_id}, "/to_respondent"),
        (wanted | {"to_respondent": coordinator.user_id}, "/to_respondent"),
        (wanted | {"from_respondent": "leaving"}, "/from_respondent"),
    ):
        assert pointers(await coordinator.post(handover, json=body)) == [at]
    key = {"Idempotency-Key": "the-same"}
    told = await asyncio.gather(*(coordinator.post(handover, json=wanted, headers=key) for _ in range(2)))
    assert {one.status_code for one in told} <= {200, 409}, "asked for twice at once, it is done once"
    assert {"moved": [MEASURES[0]], "kept_aside": [MEASURES[1]]} in [one.json() for one in told]

    mine = (await successor.get(MINE)).json()
    held = {one["measure"]: (one["level"], one["revision"]) for one in mine["answers"]}
    assert held == {MEASURES[0]: (3, 2), MEASURES[1]: (4, 1), MEASURES[2]: (4, 1)}
    assert [(one["measure"], one["mine"]["level"], one["theirs"]["level"]) for one in mine["conflicts"]] == [
        (MEASURES[1], 2, 4)
    ]
    assert (await leaving.get(MINE)).json()["answers"] == []
    summary = (await coordinator.get(f"{ASSESSMENT}/summary")).json()
    assert summary["respondents"] == 2, "the successor counts once, the leaving person no more"
    assert summary["measures"][1]["levels"] == {"0": 0, "1": 0, "2": 0, "3": 0, "4": 1}
    settled = {"answers": [{"measure": MEASURES[1], "level": 2, "base_revision": 1}]}
    assert (await successor.patch(MINE, json=settled)).json()["conflicts"] == []
    assert (await successor.get(MINE)).json()["conflicts"] == []

    # And back again: the numbers of values that moved never collide.
    await leaving.patch(MINE, json=answers({MEASURES[3]: 2}))
    back = {"from_respondent": successor.user_id, "to_respondent": leaving.user_id}
    assert (await coordinator.post(handover, json=back)).status_code == 200
    assert (await coordinator.post(handover, json=wanted)).status_code == 200
    assert {one["measure"] for one in (await successor.get(MINE)).json()["answers"]} == set(MEASURES[:4])
    assert (await coordinator.post(handover, json=wanted)).status_code == 404, "nothing is left to move"
    await publish(secretariat, bystander, coordinator)
    assert (await coordinator.post(handover, json=back)).status_code == 409


async def test_whoever_comes_next_in_the_review_is_written_to_once(
    platform: Platform, secretariat: Person, coordinator: Person, respondent: Person, foreign_coordinator: Person
):
    await opened(secretariat)
    await respondent.patch(MINE, json=answers(everything(3)))

    names = ("secretary", "coordinator", "foreigner")

    def letters() -> list[int]:
        """Of the review, to each of them."""
        found = [message_from_string(one, policy=default) for name in names for one in letters_to(platform, name)]
        told = {str(one["Message-ID"]): (str(one["To"]), one.get_content()) for one in found}
        link = f"/survey/{YEAR}/{COMMUNITY}/summary"
        return [sum(to == f"{name}@example.org" and link in text for to, text in told.values()) for name in names]

    before = letters()

    async def after(person: Person, step: str, body: object = None) -> list[int]:
        """How many letters of the review the secretariat and the two coordinators have then."""
        assert (await person.post(f"{ASSESSMENT}/{step}", json=body)).status_code == 200
        await platform.run_jobs()
        state = platform.services["survey"].state
        await write_of_step(state.database, state.peers, {**step_of(await secretariat.get(ASSESSMENT)), "by": ""})
        await platform.run_jobs()
        return [now - then for now, then in zip(letters(), before, strict=True)]

    def step_of(answer: Response) -> dict[str, object]:
        told = answer.json()
        version = int(told["etag"].strip('"').split("-")[0])
        return {"year": YEAR, "community": COMMUNITY, "step": told["state"], "version": version}

    assert await after(coordinator, "submit") == [1, 0, 0]
    assert await after(secretariat, "return", {"comments": [{"measure": "M1.1.a", "text": "¿Desde cuándo?"}]}) == [
        1,
        1,
        0,
    ]
    assert await after(coordinator, "submit") == [2, 1, 0]
    assert await after(secretariat, "accept") == [2, 2, 0]
