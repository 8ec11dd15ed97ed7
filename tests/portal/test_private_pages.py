"""The private pages over the whole platform: who may see what, in which language, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from deploy.local.composition import Platform
from tests.conftest import COMMITTEE, COMMUNITY
from tests.people import Person, if_match, somebody
from tests.portal.forms import (
    API,
    ASSESSMENT,
    BOARD,
    HTML,
    MODEL,
    SUMMARY,
    SURVEY,
    YEAR,
    answer_everything,
    campaign_fields,
    checked,
    hidden,
    measures,
    page,
    press,
    send,
    state,
    text_of,
)
from tests.portal.reading import SPANISH_ALONE, read

pytestmark = pytest.mark.slow


async def test_a_form_without_its_token_is_refused_and_nothing_changes(
    campaign: None, secretariat: Person, respondent: Person, coordinator: Person, chair: Person
) -> None:
    (code, *_) = await measures(respondent)
    tries: list[tuple[Person, str, dict[str, str]]] = [
        (respondent, SURVEY, {"measure": code, "level": "3", "go": "next"}),
        (coordinator, f"{SUMMARY}/agreed/{code}", {"level": "3", "etag": '"1-a"'}),
        (coordinator, f"{SUMMARY}/submit", {}),
        (coordinator, f"{SUMMARY}/minority/{code}", {"group": "customs", "note": "x"}),
        (coordinator, f"{SURVEY}/workshop/open", {}),
        (coordinator, f"{SURVEY}/actions", {"measure": code, "title": "x", "board": "community"}),
        (respondent, f"{SURVEY}/minority/{code}", {"note": "x"}),
        (respondent, "/workshop/join", {"code": "BCDFGH", "name": "x", "stakeholder_group": "customs"}),
        (secretariat, "/admin/campaigns", campaign_fields(COMMUNITY, year=2027)),
        (secretariat, f"/admin/campaigns/{YEAR}/close", {}),
        (coordinator, f"/people?scope=community:{COMMUNITY}", {"email": "a@example.org", "role": "coordinator"}),
        (chair, BOARD, {"title": "Una tarea"}),
        (chair, "/account", {"name": "Otra", "locale": "es"}),
    ]
    for person, path, fields in tries:
        for token in ({}, {"csrf_token": "wrong"}):
            answer = await send(person, path, **fields, **token)
            assert answer.status_code == 403, path
            checked(answer)
    mine = (await respondent.get(f"{ASSESSMENT}/answers/mine")).json()
    assert mine["answers"] == []
    assert await state(coordinator) == "not_started"
    assert (await coordinator.get(f"{ASSESSMENT}/workshops")).json()["items"] == []
    assert (await coordinator.get(f"{ASSESSMENT}/actions")).json()["items"] == []
    assert (await secretariat.get(API)).json()["state"] == "open"
    assert (await secretariat.get("/api/v1/survey/campaigns/2027")).status_code == 404
    assert (await coordinator.get("/api/v1/identity/invitations")).json()["items"] == []
    assert (await chair.get(f"/api/v1/workspace{BOARD}/tasks")).json()["items"] == []
    assert (await chair.get("/auth/me")).json()["user"]["name"] == "Chair"


MEMBERS = {
    "secretariat", "coordinator", "respondent", "data_provider", "chair", "member", "observer", "foreign_coordinator",
    "without_grants",
}  # fmt: skip


COMMITTEE_PEOPLE = {"secretariat", "chair", "member", "observer"}


SEES: dict[str, Mapping[int, set[str]]] = {
    "/desk": {200: MEMBERS},
    "/account": {200: MEMBERS},
    "/notifications": {200: MEMBERS},
    "/committees": {200: MEMBERS},
    SURVEY: {200: {"respondent"}, 303: {"secretariat", "coordinator"}, 403: {"data_provider"}},
    f"{SURVEY}?view=all": {200: {"respondent"}, 303: {"secretariat", "coordinator"}, 403: {"data_provider"}},
    SUMMARY: {200: {"secretariat", "coordinator"}, 403: {"respondent", "data_provider"}},
    f"{SURVEY}/workshop": {200: {"secretariat", "coordinator"}, 403: {"respondent", "data_provider"}},
    f"{SURVEY}/workshop/projector": {200: {"secretariat", "coordinator"}, 403: {"respondent", "data_provider"}},
    f"{SURVEY}/actions": {200: {"secretariat", "coordinator", "respondent", "data_provider"}},
    "/admin/campaigns": {200: {"secretariat"}, 403: MEMBERS - {"secretariat"}},
    f"/admin/campaigns/{YEAR}": {200: {"secretariat"}, 403: MEMBERS - {"secretariat"}},
    "/admin/people": {200: {"secretariat"}, 403: MEMBERS - {"secretariat"}},
    "/people": {
        200: {"secretariat", "coordinator", "chair", "foreign_coordinator"},
        403: {"respondent", "data_provider", "member", "observer", "without_grants"},
    },
    f"/people?scope=community:{COMMUNITY}": {
        200: {"secretariat", "coordinator"},
        403: {"respondent", "data_provider", "member", "observer", "without_grants"},
        404: {"chair", "foreign_coordinator"},
    },
    BOARD: {200: COMMITTEE_PEOPLE, 403: MEMBERS - COMMITTEE_PEOPLE - {"without_grants"}, 404: {"without_grants"}},
    f"{BOARD}?view=people": {
        200: COMMITTEE_PEOPLE, 403: MEMBERS - COMMITTEE_PEOPLE - {"without_grants"}, 404: {"without_grants"},
    },
}  # fmt: skip
"""Page → status → who; whoever is not named gets 404."""


async def test_every_page_is_shown_to_those_it_is_for_and_to_nobody_else(
    campaign_of_everyone: None, everyone: Mapping[str, Person]
) -> None:
    for path, by_status in SEES.items():
        led = await everyone["public"].get(path, headers=HTML)
        assert led.status_code == 303 and led.headers["location"].startswith("/login?next="), path
        for who in sorted(MEMBERS):
            wanted = next((status for status, people in by_status.items() if who in people), 404)
            answer = await everyone[who].get(path, headers=HTML)
            assert answer.status_code == wanted, (path, who, answer.status_code)
            if wanted != 303:
                checked(answer)


@pytest.fixture
async def campaign_of_everyone(everyone: Mapping[str, Person]) -> None:
    secretary = everyone["secretariat"]
    body = {
        "year": YEAR, "model_version": MODEL, "opens_on": f"{YEAR}-01-10", "closes_on": "2099-12-15",
        "communities": [COMMUNITY],
    }  # fmt: skip
    assert (await secretary.post("/api/v1/survey/campaigns", json=body)).status_code == 201
    assert (await secretary.post(f"{API}/open")).status_code == 200


async def test_pages_speak_every_language(
    campaign: None, coordinator: Person, respondent: Person, secretariat: Person
) -> None:
    await answer_everything(respondent)
    (code, *_) = await measures(respondent)
    told = {
        "es": ("Mi escritorio", "Guardar y seguir"),
        "en": ("My desk", "Save and go on"),
        "pt": ("Minha mesa", "Salvar e continuar"),
        "fr": ("Mon bureau", "Enregistrer et continuer"),
    }
    for language, (desk, save) in told.items():
        assert desk in (await page(respondent, f"/desk?lang={language}")).text, language
        assert save in (await page(respondent, f"{SURVEY}?measure={code}&lang={language}")).text, language
        for person, path in (
            (coordinator, "/desk"), (coordinator, SUMMARY), (coordinator, "/people"), (coordinator, "/account"),
            (secretariat, f"/admin/campaigns/{YEAR}"), (secretariat, BOARD), (secretariat, "/desk"),
        ):  # fmt: skip
            answer = await page(person, f"{path}?lang={language}")
            assert f'<html lang="{language}"' in answer.text, (language, path)
            assert answer.headers["content-language"] == language
            assert language == "es" or SPANISH_ALONE.findall(text_of(answer)) == [], (language, path)


async def test_a_coordinator_invites_within_the_own_community_and_takes_roles_away(
    platform: Platform, coordinator: Person, respondent: Person, secretariat: Person
) -> None:
    here = f"/people?scope=community:{COMMUNITY}"
    refused = await press(coordinator, here, 422, email="nadie", role="respondent", locale="es")
    assert "dirección de correo completa" in text_of(refused)
    await press(coordinator, here, email="x@example.org", role="respondent", stakeholder_group="shipping", locale="es")
    shown = await page(coordinator, here)
    assert "x@example.org" in shown.text
    (invitation,) = (await coordinator.get("/api/v1/identity/invitations")).json()["items"]
    await press(coordinator, f"/people/invitations/{invitation['id']}?scope=community:{COMMUNITY}")
    assert "x@example.org" not in (await page(coordinator, here)).text
    grants = (await coordinator.get(f"/api/v1/identity/grants?scope=community:{COMMUNITY}")).json()["items"]
    theirs = next(grant for grant in grants if grant["user"] == respondent.user_id)
    await press(coordinator, f"/people/roles/{theirs['id']}")
    assert "todavía no tiene ninguna función" in text_of(await page(respondent, "/desk"))
    own = (await secretariat.get(f"/api/v1/identity/grants?user={secretariat.user_id}")).json()["items"][0]["id"]
    assert "al menos una persona" in text_of(await press(secretariat, f"/admin/people/roles/{own}", 409))
    foreign = await somebody(platform, "stranger", ("coordinator", "community:cl-biobio"))
    await press(foreign, f"/people/roles/{own}", 404)


async def test_a_committee_works_on_its_tasks_by_forms(chair: Person, member: Person, platform: Platform) -> None:
    observer = await somebody(platform, "observer", ("observer", f"committee:{COMMITTEE}"))
    refused = await press(member, BOARD, 422, title="", due_on="mañana")
    assert "Escriba un título" in text_of(refused) and "Escriba una fecha" in text_of(refused)
    fields = {"title": "Medir la espera", "due_on": "2020-01-01", "priority": "high", "labels": "datos, datos, VUP",
              "description": "**Pronto** <script>alert(1)</script>", f"assignee.{member.user_id}": "1"}  # fmt: skip
    await press(chair, BOARD, **fields)
    (task,) = (await member.get(f"/api/v1/workspace{BOARD}/tasks")).json()["items"]
    assert task["labels"] == ["datos", "VUP"]
    desk = text_of(await page(member, "/desk"))
    assert "Tiene 1 tarea vencida" in desk and "1 aviso sin leer" in desk
    await press(member, f"{BOARD}/tasks/{task['id']}/move", state="doing")
    here = f"/tasks/{task['id']}"
    await press(member, f"{here}/checklist", new="Primer punto")
    await press(member, f"{here}/checklist", **{"text.0": "Primer punto", "done.0": "1"}, new="Segundo")
    await press(member, f"{here}/comments", text="Ya empecé, @chair")
    await press(member, f"{here}/comments", 422, text=" ")
    shown = await page(chair, here)
    assert "<strong>Pronto</strong>" in shown.text and "<script>alert" not in shown.text
    assert "Ya empecé" in text_of(shown) and "Por hacer" in text_of(shown)
    now = (await chair.get(f"/api/v1/workspace{here}")).json()
    assert now["checklist"] == [{"text": "Primer punto", "done": True}, {"text": "Segundo", "done": False}]
    assert "Medir la espera" in (await page(chair, f"{BOARD}?assignee={member.user_id}&overdue=true&label=VUP")).text
    assert "Medir la espera" not in (await page(chair, f"{BOARD}?assignee=none")).text
    for path in (BOARD, here, f"{BOARD}?view=people"):
        seen = await page(observer, path)
        assert [e for e in read(seen.text).all("form") if e.attributes.get("method") == "post"][1:] == [], path
    await press(observer, f"{BOARD}/tasks/{task['id']}/move", 403, state="done")


async def test_a_task_that_somebody_changed_meanwhile_is_not_overwritten(chair: Person, member: Person) -> None:
    await press(chair, BOARD, title="Una tarea")
    (task,) = (await chair.get(f"/api/v1/workspace{BOARD}/tasks")).json()["items"]
    here = f"/tasks/{task['id']}"
    before = await chair.get(f"/api/v1/workspace{here}")
    etag = before.headers["etag"]
    assert await member.patch(
        f"/api/v1/workspace{here}", json={"title": "La de otra persona"}, headers=if_match(before)
    )
    refused = await press(chair, here, 412, etag=etag, title="La mía", state="todo", priority="normal")
    assert "La de otra persona" in text_of(refused) and 'value="La mía"' in refused.text
    await press(chair, here, etag=hidden(refused, "etag"), title="La mía", state="review", priority="normal")
    now = (await chair.get(f"/api/v1/workspace{here}")).json()
    assert (now["title"], now["state"]) == ("La mía", "review")


async def test_notifications_are_read_one_by_one_and_all_at_once(chair: Person, member: Person) -> None:
    for title in ("Primera", "Segunda"):
        await press(chair, BOARD, title=title, **{f"assignee.{member.user_id}": "1"})
    told = (await member.get("/api/v1/workspace/notifications")).json()
    assert told["unread"] == 2
    shown = await page(member, "/notifications?unread=true")
    led = await press(member, f"/notifications/{told['items'][1]['id']}")
    assert led.headers["location"] == f"/tasks/{told['items'][1]['task']['id']}"
    await press(member, "/notifications/read", up_to=hidden(shown, "up_to"))
    assert (await member.get("/api/v1/workspace/notifications")).json()["unread"] == 0
    await press(member, "/notifications/preferences", **{"kind.mentioned": "1"})
    kinds = (await member.get("/api/v1/workspace/notifications/preferences")).json()["kinds"]
    assert kinds["mentioned"]["in_app"] and not kinds["assigned"]["in_app"]


async def test_one_changes_the_own_name_and_language_and_ends_sessions_elsewhere(
    platform: Platform, respondent: Person
) -> None:
    shown = await page(respondent, "/account")
    assert "Esta sesión" in text_of(shown)
    etag = hidden(shown, "etag")
    await press(respondent, "/account", 422, etag=etag, name=" ", locale="es")
    await press(respondent, "/account", etag=etag, name="Ana María Quispe", locale="en")
    assert "My account" in text_of(await page(respondent, "/account"))
    assert (await respondent.get("/auth/me")).json()["user"]["name"] == "Ana María Quispe"
    await press(respondent, "/account", 412, etag=etag, name="Otra", locale="es")
    sessions = (await respondent.get("/api/v1/identity/sessions")).json()["items"]
    assert [one["current"] for one in sessions] == [True]
    await press(respondent, "/account/sessions/01890000-0000-7000-8000-000000000000", 404)


async def test_a_desk_says_what_will_come_and_whom_to_ask(everyone: Mapping[str, Person]) -> None:
    assert "Pida a la coordinación" in text_of(await page(everyone["without_grants"], "/desk"))
    assert "pregunte a la coordinación" in text_of(await page(everyone["respondent"], "/desk"))
    assert "Datos de indicadores" in text_of(await page(everyone["data_provider"], "/desk"))
    for who in MEMBERS:
        shown = await page(everyone[who], "/desk")
        assert shown.text.count("button-main") <= 1, who
