"""The private pages over the whole platform: the survey's year by forms alone, who may see what, and what is kept."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from html import unescape

import httpx
import pytest

from deploy.local.composition import Platform
from tests.conftest import COMMITTEE, COMMUNITY
from tests.people import ORIGIN, Person, if_match, somebody
from tests.portal.reading import SPANISH_ALONE, complaints, read

pytestmark = pytest.mark.slow
YEAR = 2026
MODEL = "0.1.0-reconstruction"
API = f"/api/v1/survey/campaigns/{YEAR}"
ASSESSMENT = f"{API}/assessments/{COMMUNITY}"
SURVEY = f"/survey/{YEAR}/{COMMUNITY}"
SUMMARY = f"{SURVEY}/summary"
BOARD = f"/committees/{COMMITTEE}"
HTML = {"accept": "text/html"}


async def page(person: Person, path: str, status: int = 200) -> httpx.Response:
    """A page, checked: valid, one h1 that opens the title, labels, strict policy, nobody keeps it."""
    answer = await person.get(path, headers=HTML)
    assert answer.status_code == status, (path, answer.status_code, text_of(answer)[:400])
    checked(answer)
    return answer


def checked(answer: httpx.Response) -> None:
    assert complaints(answer.text, whole=True) == []
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"


def text_of(answer: httpx.Response) -> str:
    main = answer.text.partition("<main")[2].partition("</main")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


async def press(person: Person, path: str, status: int = 303, **fields: str) -> httpx.Response:
    """Send a form as a browser without JavaScript does."""
    token = person.headers["X-CSRF-Token"]
    answer = await send(person, path, csrf_token=token, **fields)
    assert answer.status_code == status, (path, answer.status_code, text_of(answer)[:400])
    if status != 303:
        checked(answer)
    return answer


async def send(person: Person, path: str, **fields: str) -> httpx.Response:
    headers = {**HTML, "Origin": ORIGIN}
    sent = person.build_request("POST", path, data=fields, headers=headers)
    del sent.headers["X-CSRF-Token"]  # a form has no headers of its own
    return await person.send(sent)


def hidden(answer: httpx.Response, name: str, at: int = 0) -> str:
    found = [e.attributes["value"] for e in read(answer.text).all("input") if e.attributes.get("name") == name]
    return found[at]


def campaign_fields(*codes: str, year: int = YEAR) -> dict[str, str]:
    return {
        "year": str(year), "model_version": MODEL, "opens_on": f"{year}-01-10", "closes_on": "2099-12-15",
        **{f"community.{code}": "1" for code in codes},
    }  # fmt: skip


async def measures(person: Person) -> list[str]:
    model = (await person.get(f"/api/v1/survey/models/{MODEL}")).json()
    return [m["code"] for pillar in model["pillars"] for point in pillar["points"] for m in point["measures"]]


@pytest.fixture
async def campaign(secretariat: Person) -> AsyncIterator[None]:
    """An open campaign with two communities."""
    body = {
        "year": YEAR, "model_version": MODEL, "opens_on": f"{YEAR}-01-10", "closes_on": "2099-12-15",
        "communities": [COMMUNITY, "cl-biobio"],
    }  # fmt: skip
    assert (await secretariat.post("/api/v1/survey/campaigns", json=body)).status_code == 201
    assert (await secretariat.post(f"{API}/open")).status_code == 200
    yield


async def answer_everything(respondent: Person, level: int = 3) -> None:
    answers = [{"measure": code, "level": level, "flag": None} for code in await measures(respondent)]
    told = await respondent.patch(f"{ASSESSMENT}/answers/mine", json={"answers": answers})
    assert told.status_code == 200, told.text


async def state(person: Person) -> str:
    return str((await person.get(ASSESSMENT)).json()["state"])


async def test_a_survey_goes_from_its_start_to_its_publication_by_forms_alone(
    secretariat: Person, respondent: Person, coordinator: Person, public: Person
) -> None:
    assert "Preparar la encuesta del año" in text_of(await page(secretariat, "/desk"))
    await page(secretariat, "/admin/campaigns")
    await press(secretariat, "/admin/campaigns", **campaign_fields(COMMUNITY))
    await page(secretariat, f"/admin/campaigns/{YEAR}")
    await press(secretariat, f"/admin/campaigns/{YEAR}/open")

    assert "Empezar la encuesta" in text_of(await page(respondent, "/desk"))
    shown = await page(respondent, SURVEY)
    codes = await measures(respondent)
    for number, code in enumerate(codes):
        assert hidden(shown, "measure") == code
        left = len(codes) - number
        assert f"{left} medida" in text_of(shown)
        level = "unknown" if number == 0 else "not_applicable" if number == 1 else "3"
        led_on = await press(respondent, SURVEY, measure=code, level=level, comment=f"Sobre {code}", go="next",
                             base_revision=hidden(shown, "base_revision"))  # fmt: skip
        shown = await page(respondent, led_on.headers["location"])
    assert "Terminó" in text_of(shown)
    assert "Guardado en el servidor" in text_of(shown)

    summary = await page(coordinator, SUMMARY)
    assert "Falta 1 medida para enviarla" in text_of(summary)
    refused = await press(coordinator, f"{SUMMARY}/submit", 422)
    assert "todavía faltan medidas" in text_of(refused)
    assert f'href="#{codes[0]}"' in refused.text
    assert await state(coordinator) == "in_progress"
    await press(coordinator, f"{SUMMARY}/agreed/{codes[0]}", level="2", note="En el taller de mayo.", sort="model",
                etag=hidden(summary, "etag"), was=hidden(summary, "was"))  # fmt: skip
    assert "En el taller de mayo." in (await page(coordinator, SUMMARY)).text
    await press(coordinator, f"{SUMMARY}/submit")
    assert await state(coordinator) == "submitted"

    assert "1 encuesta por revisar" in text_of(await page(secretariat, "/desk"))
    await page(secretariat, SUMMARY)
    await press(secretariat, f"{SUMMARY}/return", 422, comment="")
    await press(secretariat, f"{SUMMARY}/return", comment="Falta el acta.", **{f"comment.{codes[2]}": "¿Desde cuándo?"})
    returned = text_of(await page(coordinator, SUMMARY))
    assert "Falta el acta." in returned and "¿Desde cuándo?" in returned
    await press(coordinator, f"{SUMMARY}/submit")
    await press(secretariat, f"{SUMMARY}/accept")
    assert "Publicar el resultado" in text_of(await page(coordinator, "/desk"))
    await press(coordinator, f"{SUMMARY}/publish")
    assert await state(coordinator) == "published"
    assert (await public.get(f"/api/v1/survey/results/{COMMUNITY}?year={YEAR}")).status_code == 200
    assert "Publicada el" in text_of(await page(coordinator, SUMMARY))
    assert "solo se puede leer" in text_of(await page(respondent, SURVEY))


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


async def test_an_agreement_that_somebody_overtook_is_shown_beside_ones_own(
    campaign: None, coordinator: Person, secretariat: Person, respondent: Person
) -> None:
    await answer_everything(respondent)
    (code, other, *_) = await measures(respondent)
    mine = await page(coordinator, SUMMARY)
    fields = {"etag": hidden(mine, "etag"), "was": hidden(mine, "was"), "sort": "model"}
    await press(secretariat, f"{SUMMARY}/agreed/{code}", level="1", note="Lo de la otra ventana", **fields)
    refused = await press(coordinator, f"{SUMMARY}/agreed/{code}", 412, level="4", note="Lo mío", **fields)
    told = text_of(refused)
    assert "alguien acordó otra cosa" in told and "Lo mío" in told and "Lo de la otra ventana" in told
    stored = next(
        m for m in (await coordinator.get(f"{ASSESSMENT}/summary")).json()["measures"] if m["measure"] == code
    )
    assert stored["agreed"]["level"] == 1
    again = {"etag": hidden(refused, "etag"), "was": hidden(refused, "was"), "sort": "model"}
    await press(coordinator, f"{SUMMARY}/agreed/{code}", level="4", note="Lo mío", **again)
    # What somebody agreed on another measure meanwhile bars nobody.
    await press(coordinator, f"{SUMMARY}/agreed/{other}", level="2", note="", **fields)
    agreed = {m["measure"]: m["agreed"] for m in (await coordinator.get(f"{ASSESSMENT}/summary")).json()["measures"]}
    assert (agreed[code]["level"], agreed[other]["level"]) == (4, 2)


async def test_two_answers_from_two_devices_are_both_kept_until_their_author_decides(
    campaign: None, respondent: Person
) -> None:
    (code, following, *_) = await measures(respondent)
    first = {"measure": code, "base_revision": "0", "go": "next"}
    await press(respondent, SURVEY, level="3", comment="Desde el teléfono", **first)
    led = await press(respondent, SURVEY, level="1", comment="Desde la oficina", **first)
    assert led.headers["location"].endswith(f"measure={code}")
    shown = await page(respondent, led.headers["location"])
    assert "Desde el teléfono" in text_of(shown) and "Desde la oficina" in text_of(shown)
    assert code in text_of(await page(respondent, f"{SURVEY}?view=all"))
    await press(respondent, SURVEY, measure=code, level="1", comment="Desde la oficina", base_revision="1")
    mine = (await respondent.get(f"{ASSESSMENT}/answers/mine")).json()
    assert mine["conflicts"] == [] and mine["answers"][0]["comment"] == "Desde la oficina"
    await press(respondent, SURVEY, level="4", comment="Otra vez tarde", **first)
    await press(respondent, SURVEY, measure=code, level="1", comment="Desde la oficina", base_revision="2")
    mine = (await respondent.get(f"{ASSESSMENT}/answers/mine")).json()
    assert mine["conflicts"] == [] and mine["answers"][0]["revision"] == 2
    assert hidden(await page(respondent, SURVEY), "measure") == following


async def test_an_answer_without_a_level_comes_back_with_what_was_typed(campaign: None, respondent: Person) -> None:
    (code, *_) = await measures(respondent)
    refused = await press(respondent, SURVEY, 422, measure=code, level="", comment="Mi texto largo", go="next")
    assert "Mi texto largo" in refused.text and "Elija un nivel" in text_of(refused)
    await press(respondent, SURVEY, 422, measure=code, level="9", comment="", go="next")
    assert (await respondent.get(f"{ASSESSMENT}/answers/mine")).json()["answers"] == []
    await page(respondent, f"{SURVEY}?measure=M9.9.z", 404)


async def test_a_closed_survey_is_read_only_and_says_so(
    campaign: None, secretariat: Person, respondent: Person, coordinator: Person
) -> None:
    (code, *_) = await measures(respondent)
    await press(respondent, SURVEY, measure=code, level="3", comment="Lo dicho", base_revision="0", go="next")
    await press(secretariat, f"/admin/campaigns/{YEAR}/close")
    shown = await page(respondent, f"{SURVEY}?measure={code}")
    assert "está cerrada: solo se puede leer" in text_of(shown) and "Lo dicho" in text_of(shown)
    assert 'name="level"' not in shown.text and "js/survey" not in shown.text
    refused = await press(respondent, SURVEY, 409, measure=code, level="1", comment="Tarde", base_revision="1")
    assert "Tarde" in text_of(refused) and "No se guardó" in text_of(refused)
    assert "Todas las medidas" in text_of(await page(respondent, SURVEY))
    refused = await press(secretariat, f"/admin/campaigns/{YEAR}/close", 409)
    assert "ya está en otro estado" in text_of(refused)
    assert 'name="level"' in (await page(coordinator, SUMMARY)).text  # the workshop may come after the closing


async def test_those_who_have_not_finished_are_reminded_once_a_day(
    platform: Platform, campaign: None, secretariat: Person, coordinator: Person, respondent: Person
) -> None:
    behind = await somebody(platform, "behind", ("respondent", f"community:{COMMUNITY}", "shipping"))
    await answer_everything(respondent)
    shown = text_of(await page(coordinator, SUMMARY))
    assert "Behind Navieras y agentes 0 de 27" in shown and "Respondent Aduana 27 de 27" in shown
    for _ in range(2):
        led = await press(coordinator, f"{SUMMARY}/remind")
        assert "Se escribió a 1 persona" in text_of(await page(coordinator, led.headers["location"].partition("#")[0]))
    await platform.run_jobs()
    letters = [path.read_text() for path in (platform.settings.data_dir / "outbox").glob("*.eml")]
    assert sum("behind@example.org" in letter for letter in letters) == 1
    await press(respondent, f"{SUMMARY}/remind", 403)
    whole = f"/admin/campaigns/{YEAR}"
    assert "Navieras y agentes 1 0 0 Manzanillo" in text_of(await page(secretariat, whole))
    led = await press(secretariat, f"{whole}/remind")
    assert "Se escribió a 1 persona" in text_of(await page(secretariat, led.headers["location"].partition("#")[0]))
    closes_on = (await secretariat.get(f"/api/v1/survey/campaigns/{YEAR}")).json()["closes_on"]
    await press(secretariat, whole, 422, closes_on=closes_on, remind_days="siete", etag=await tag_of(secretariat))
    await press(secretariat, whole, closes_on=closes_on, remind_days="9 y 3", etag=await tag_of(secretariat))
    assert "Días antes del cierre: 9, 3." in text_of(await page(secretariat, whole))

    # Somebody leaves, and the one who follows has what they said. Closed, it is opened for this community alone.
    who = {"leaving": respondent.user_id, "successor": behind.user_id}
    led = await press(coordinator, f"{SUMMARY}/handover", **who)
    assert "Respuestas traspasadas" in text_of(await page(coordinator, led.headers["location"].partition("#")[0]))
    assert len((await behind.get(f"{ASSESSMENT}/answers/mine")).json()["answers"]) == 27
    led = await press(coordinator, f"{SUMMARY}/handover", **who)
    assert "No se traspasó" in text_of(await page(coordinator, led.headers["location"].partition("#")[0]))
    await press(secretariat, f"{whole}/close")
    led = await press(secretariat, f"{SUMMARY}/reopen", until="", reason="Faltó la aduana")
    assert "No se abrió" in text_of(await page(secretariat, led.headers["location"].partition("#")[0]))
    await press(secretariat, f"{SUMMARY}/reopen", until=closes_on, reason="Faltó la aduana")
    assert 'name="level"' in (await page(behind, f"{SURVEY}?measure=M1.1.a")).text


async def tag_of(secretariat: Person) -> str:
    etag: str = (await secretariat.get(f"/api/v1/survey/campaigns/{YEAR}")).headers["etag"]
    return etag


async def test_the_queue_of_a_device_belongs_to_one_person_and_one_survey(
    platform: Platform, campaign: None, respondent: Person
) -> None:
    other = await somebody(platform, "another", ("respondent", f"community:{COMMUNITY}", "shipping"))
    for person in (respondent, other):
        form = next(e for e in read((await page(person, SURVEY)).text).all("form") if "data-survey" in e.attributes)
        assert form.attributes["data-user"] == person.user_id
        assert form.attributes["data-place"] == f"{YEAR}/{COMMUNITY}"
        assert form.attributes["data-csrf"] == person.headers["X-CSRF-Token"]
        assert form.attributes["data-survey"] == f"{ASSESSMENT}/answers/mine"


async def test_the_secretariat_hears_everything_that_is_wrong_with_a_new_campaign(secretariat: Person) -> None:
    refused = await press(
        secretariat, "/admin/campaigns", 422, year="26", model_version="", opens_on="ayer", closes_on=""
    )
    told = text_of(refused)
    for text in ("cuatro cifras", "Elija una versión", "Escriba una fecha", "Elija al menos una comunidad"):
        assert text in told
    fields = campaign_fields(COMMUNITY) | {"closes_on": "2026-01-01"}
    assert "antes de la apertura" in text_of(await press(secretariat, "/admin/campaigns", 422, **fields))
    await press(secretariat, "/admin/campaigns", **campaign_fields(COMMUNITY))
    taken = await press(secretariat, "/admin/campaigns", 409, **campaign_fields(COMMUNITY))
    assert "ya tiene su encuesta" in text_of(taken)


async def test_a_campaign_gets_a_later_day_and_more_communities(campaign: None, secretariat: Person) -> None:
    shown = await page(secretariat, f"/admin/campaigns/{YEAR}")
    fields = {"etag": hidden(shown, "etag"), "closes_on": "2099-12-20", "community.mx-altamira": "1"}
    await press(secretariat, f"/admin/campaigns/{YEAR}", **fields)
    now = (await secretariat.get(API)).json()
    assert now["closes_on"] == "2099-12-20" and "mx-altamira" in now["communities"]
    assert "Otra persona cambió" in text_of(await press(secretariat, f"/admin/campaigns/{YEAR}", 412, **fields))
    table = await secretariat.get(f"/admin/campaigns/{YEAR}?format=csv")
    assert table.headers["content-type"].startswith("text/csv") and "mx-altamira" in table.text


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


async def test_an_answer_is_backed_by_files_links_and_what_was_given_before(
    campaign: None, coordinator: Person, respondent: Person
) -> None:
    first, second, *_ = await measures(respondent)
    here, token = f"{SURVEY}/evidence", respondent.headers["X-CSRF-Token"]

    async def attach(measure: str, content: bytes, name: str = "acta.pdf") -> str:
        form = respondent.build_request(
            "POST", f"{here}/file?measure={measure}", headers={**HTML, "Origin": ORIGIN},
            data={"csrf_token": token, "measure": measure, "title": "Acta firmada"}, files={"file": (name, content)},
        )  # fmt: skip
        del form.headers["X-CSRF-Token"]
        sent = await respondent.send(form)
        assert sent.status_code == 303, sent.text
        return sent.headers["location"].partition("#")[0]

    refused = await attach(first, b"%PDF-1.7\n%%EOF\n")
    assert "Primero elija un nivel" in text_of(await page(respondent, refused))
    for code in (first, second):
        await press(respondent, SURVEY, measure=code, level="3", comment="", base_revision="0", go="next")
    shown = await page(respondent, await attach(first, b"%PDF-1.7\n%%EOF\n"))
    assert "Acta firmada acta.pdf" in text_of(shown)
    assert "No se agregó: elija un PDF" in text_of(await page(respondent, await attach(first, b"MZ", "virus.exe")))
    led = await press(respondent, f"{here}/link", measure=first, title="Decreto", url="javascript:alert(1)")
    assert "empiece con https" in text_of(await page(respondent, led.headers["location"].partition("#")[0]))
    await press(respondent, f"{here}/link", measure=first, title="Decreto", url="https://example.org/d")
    summary = text_of(await page(coordinator, SUMMARY))
    assert "Acta firmada acta.pdf" in summary and "Decreto Enlace" in summary
    items = (await respondent.get(f"{ASSESSMENT}/evidence")).json()["items"]
    acta = next(one["id"] for one in items if one["title"] == "Acta firmada" and one["measures"])
    await press(respondent, f"{here}/earlier", measure=second, evidence=acta)
    await press(respondent, f"{here}/remove", measure=first, evidence=acta)
    again = {one["id"]: one["measures"] for one in (await respondent.get(f"{ASSESSMENT}/evidence")).json()["items"]}
    assert again[acta] == [second]
    await press(coordinator, f"{here}/remove", 403, measure=first, evidence=acta)
