"""The workshop, the review's talk and the tasks of gaps over the whole platform, by forms alone."""

from __future__ import annotations

import httpx
import pytest

from deploy.local.composition import Platform
from tests.conftest import COMMITTEE
from tests.people import ORIGIN, Person, somebody, visitor
from tests.portal.forms import HTML, hidden, page, press, text_of
from tests.survey.conftest import API, ASSESSMENT, COMMUNITY, MINE, agree, answers, everything, opened, publish

pytestmark = pytest.mark.slow
SURVEY = f"/survey/2026/{COMMUNITY}"
SUMMARY, CONTROL, ACTIONS = f"{SURVEY}/summary", f"{SURVEY}/workshop", f"{SURVEY}/actions"


async def room(device: Person, path: str = "/workshop", status: int = 200) -> str:
    """What a phone shows."""
    return text_of(await page(device, path, status))


async def told(person: Person, path: str = SUMMARY) -> str:
    """The words of a page whose form is looked at elsewhere in these tests."""
    answer = await person.get(path, headers=HTML)
    assert answer.status_code == 200, (path, answer.status_code)
    return text_of(answer)


async def send(device: Person, path: str, **fields: str) -> httpx.Response:
    """A form from a phone, whose owner has not signed in."""
    return await device.post(path, data=fields, headers={**HTML, "Origin": ORIGIN})


async def joined(platform: Platform, code: str, name: str, group: str) -> Person:
    device = visitor(platform)
    shown = await page(device, f"/workshop?code={code[:3].lower()} {code[3:]}")
    fields = {"code": hidden(shown, "code"), "name": name, "stakeholder_group": group}
    came = await send(device, "/workshop/join", **fields)
    assert (came.status_code, came.headers["location"]) == (303, "/workshop")
    cookie = came.headers["set-cookie"]
    assert "HttpOnly" in cookie and "Path=/workshop" in cookie and "SameSite=lax" in cookie
    return device


async def turned(coordinator: Person, **fields: str) -> None:
    version = hidden(await page(coordinator, CONTROL), "version")
    await press(coordinator, f"{CONTROL}/turn", version=version, **fields)


async def test_a_workshop_is_run_and_voted_in_without_javascript(
    platform: Platform, secretariat: Person, coordinator: Person, respondent: Person, public: Person
) -> None:
    await opened(secretariat)
    await respondent.patch(MINE, json=answers({"M1.1.a": 0, "M1.2.a": 4}))
    assert "no está abierto" in text_of(await page(coordinator, f"{CONTROL}/projector"))
    assert "Abrir el taller" in text_of(await page(coordinator, CONTROL))
    await press(coordinator, f"{CONTROL}/open")
    assert "otro paso" in text_of(await press(coordinator, f"{CONTROL}/open", 409)), "one is open already"
    (workshop,) = (await coordinator.get(f"{ASSESSMENT}/workshops")).json()["items"]
    code = workshop["code"]
    assert code in text_of(await page(coordinator, CONTROL)) and code in text_of(
        await page(coordinator, f"{CONTROL}/projector")
    )

    assert "Código del taller" in await room(public)
    led = await public.get(f"/w/{code}", headers=HTML)
    assert (led.status_code, led.headers["location"]) == (303, f"/workshop?code={code}")
    for wrong in ("BBBBBB", "x", "'\"><b>", "Ñ" * 60, "a%00b", "..%2f..", "a%2fb%3fc", "%ED%A0%80", "A" * 5000):
        assert "no abre ningún taller" in await room(public, f"/workshop?code={wrong}", 404), wrong
    refused = await send(public, "/workshop/join", code=code, name=" ", stakeholder_group="nobody")
    assert refused.status_code == 422
    assert "Escriba su nombre" in text_of(refused) and "Elija por qué grupo" in text_of(refused)
    ana = await joined(platform, code, "Ana <b>Ruiz</b>", "customs")
    luis = await joined(platform, code, "Luis", "depot")
    assert "todavía no puso una medida" in await room(ana)
    await turned(coordinator, measure="M1.1.a")
    shown = await page(ana, "/workshop")
    assert hidden(shown, "measure") == "M1.1.a" and "un toque es su voto" in text_of(shown)
    for device, choice in ((ana, "4"), (ana, "3"), (luis, "0")):
        voted = await send(device, "/workshop/vote", measure="M1.1.a", choice=choice)
        assert (voted.status_code, voted.headers["location"]) == (303, "/workshop")
    assert "Su voto: 3." in await room(ana) and "Participa como Ana <b>Ruiz</b>" in await room(ana)
    for choice in ("9", "", "x", "unknown "):
        moved = await send(ana, "/workshop/vote", measure="M1.1.a", choice=choice)
        assert moved.headers["location"] == "/workshop?moved=1", choice
    screen = text_of(await page(coordinator, f"{CONTROL}/projector"))
    assert "2 de 2 personas votaron" in screen and "media 1.5" in screen
    assert "Aduana: 1 en el nivel 3; mediana 3.0." in screen, "the picture in words"

    control = await page(coordinator, CONTROL)
    kept = {"etag": hidden(control, "etag"), "was": hidden(control, "was")}
    missing = await press(coordinator, f"{CONTROL}/agreed/M1.1.a", 422, note="Casi", others="Don Pedro", **kept)
    assert "Elija el nivel acordado" in text_of(missing) and "Casi" in missing.text and "Don Pedro" in missing.text
    people = {
        one["name"]: one["id"]
        for one in (await coordinator.get(f"{ASSESSMENT}/workshops")).json()["items"][0]["participants"]
    }
    done = await press(
        coordinator, f"{CONTROL}/agreed/M1.1.a", level="2", note="Con reparos", minority_group="depot",
        minority_note="De noche no hay nadie", others="Don Pedro\n\n  Doña  Inés ",
        **{f"present.{people['Luis']}": "1"}, **kept,
    )  # fmt: skip
    assert "Guardado: M1.1.a" in text_of(await page(coordinator, done.headers["location"].partition("#")[0]))
    agreed = (await coordinator.get(f"{ASSESSMENT}/summary")).json()["measures"][0]["agreed"]
    assert [one["name"] for one in agreed["rested_on"]["attendance"]] == ["Luis", "Don Pedro", "Doña Inés"]
    assert agreed["rested_on"]["votes"]["total"] == 2
    assert "está cerrada" in await room(ana), "the agreement closed the vote"
    assert "Acordado: 2" in text_of(await page(coordinator, f"{CONTROL}/projector"))
    summary = text_of(await page(coordinator, SUMMARY))
    for words in (
        "De noche no hay nadie",
        "2 votos en el taller",
        "Doña Inés",
        "1 nota de minoría",
        "Niveles por grupo: M1.1.a",
    ):
        assert words in summary, words
    overtaken = await agree(coordinator, "M1.1.a", level=4)
    assert overtaken.status_code == 200
    stale = await press(coordinator, f"{CONTROL}/agreed/M1.1.a", 412, level="1", **kept)
    assert "alguien lo cambió" in text_of(stale)

    old = hidden(await page(coordinator, CONTROL), "version")
    await turned(coordinator, measure="M2.1.a")
    late = await press(coordinator, f"{CONTROL}/turn", 412, measure="M1.1.b", version=old)
    assert "movió la sala" in text_of(late)
    moved = await send(luis, "/workshop/vote", measure="M1.1.a", choice="1")
    assert "no se contó" in await room(luis, moved.headers["location"])
    await turned(coordinator, taking_votes="0")
    assert "está cerrada" in await room(luis)
    await press(coordinator, f"{CONTROL}/participants/{people['Luis']}/remove")
    assert "Grupo por el que habla" in await room(luis), "whoever was sent out may say again who they are"
    await press(coordinator, f"{CONTROL}/code")
    assert "no abre ningún taller" in await room(public, f"/workshop?code={code}", 404)
    assert "Participa como" in await room(ana), "whoever is in stays in"
    await press(coordinator, f"{CONTROL}/end")
    assert "El taller terminó" in await room(ana) and "El taller terminó" not in await room(ana)
    assert "Talleres anteriores" in text_of(await page(coordinator, CONTROL))
    for part, fields in (
        ("turn", {"measure": "M1.1.a", "version": "1"}),
        ("end", {}),
        ("agreed/M1.1.a", {"level": "1"}),
    ):
        assert "otro paso" in text_of(await press(coordinator, f"{CONTROL}/{part}", 409, **fields)), part
    trail = await told(coordinator)
    assert "Abrió un taller" in trail and "Terminó el taller" in trail


async def test_the_review_asks_the_community_answers_and_a_gap_becomes_a_task(
    secretariat: Person, coordinator: Person, respondent: Person, platform: Platform
) -> None:
    await opened(secretariat, year=2025)
    await publish(secretariat, respondent, coordinator, year=2025, levels=everything(1))
    scopes = (("coordinator", f"community:{COMMUNITY}"), ("member", f"committee:{COMMITTEE}"))
    both = await somebody(platform, "both", *scopes)
    last = f"/survey/2025/{COMMUNITY}/actions"
    result = await page(coordinator, f"/results/{COMMUNITY}?year=2025")
    assert f"{last}?measure=M1.1.a#nueva" in result.text
    assert f"{last}?measure" not in (await visitor(platform).get(f"/results/{COMMUNITY}?year=2025", headers=HTML)).text
    task = {"measure": "M1.1.a", "title": "Redactar el acta", "board": COMMITTEE, "owner": "Terminal Sur"}
    await press(both, last, **task, due_on="2026-12-01")
    await press(both, last, **task)
    (made,) = (await both.get(f"/api/v1/workspace/committees/{COMMITTEE}/tasks")).json()["items"]
    assert made["links"] == [{"kind": "measure", "ref": f"2025:{COMMUNITY}:M1.1.a"}]
    link = f'href="/survey/2025/{COMMUNITY}/actions?measure=M1.1.a"'
    assert link in (await page(both, f"/tasks/{made['id']}")).text, "the task leads to its gap"
    for wrong, words in (({"title": ""}, "qué se va a hacer"), ({"measure": "M9"}, "Elija la medida"),
                         ({"board": "public-policies-on-ports"}, "no puede crear tareas"),
                         ({"due_on": "31/12/2026"}, "fecha completa")):  # fmt: skip
        refused = await press(both, last, 422, **(task | {"title": "Otra"} | wrong))
        assert words in text_of(refused), wrong
    await press(coordinator, last, measure="M1.1.b", title="Turno de noche", board="community")
    own = next(
        one
        for one in (await coordinator.get(f"{API}/campaigns/2025/assessments/{COMMUNITY}/actions")).json()["items"]
        if one["board"] == "community"
    )
    assert "Turno de noche" in text_of(await page(coordinator, f"/results/{COMMUNITY}?year=2025"))
    moved = await both.post(f"/api/v1/workspace/tasks/{made['id']}/move", json={"state": "done"})
    assert moved.status_code == 200

    await opened(secretariat)
    await press(coordinator, f"{ACTIONS}/{own['id']}", of_year="2025", version=str(own["version"]), state="doing")
    stale = await press(coordinator, f"{ACTIONS}/{own['id']}", 412, of_year="2025", version="1", state="done")
    assert "alguien la cambió" in text_of(stale)
    assert "En marcha" in text_of(await page(coordinator, ACTIONS))
    version = str(own["version"] + 1)
    await press(
        coordinator, f"{ACTIONS}/{own['id']}", 422, of_year="2025", version=version, state="doing", due_on="ayer"
    )
    await press(coordinator, f"{ACTIONS}/{own['id']}/remove", 412, of_year="2025", version="1")
    await press(coordinator, f"{ACTIONS}/{own['id']}/remove", of_year="2025", version=version)
    assert "Turno de noche" not in await told(coordinator, ACTIONS)
    form = text_of(await page(respondent, f"{SURVEY}?measure=M1.1.a"))
    for words in ("En 2025", "Su respuesta: 1", "nivel 1.0, de los grupos", "Tarea de 2025: Redactar el acta Hecha"):
        assert words in form, words

    given = {"file": ("acta.txt", b"Acta firmada\n", "text/plain")}
    paper = (await respondent.post(f"{ASSESSMENT}/evidence", files=given)).json()["id"]
    wanted = answers(everything(3))
    wanted["answers"][0]["evidence"] = [paper]
    assert (await respondent.patch(MINE, json=wanted)).status_code == 200
    await agree(coordinator, "M1.1.b", level=4)
    noted = await press(respondent, f"{SURVEY}/minority/M1.1.b", note="Aún no")
    assert "Aún no" in text_of(await page(respondent, noted.headers["location"].partition("#")[0]))
    listed = await page(coordinator, SUMMARY)
    assert f'href="/api/v1/survey/evidence/{paper}/content"' in listed.text
    assert "Redactar el acta Hecha de 2025" in text_of(listed)
    assert "cambio +2.0" in text_of(listed) and "Cambio grande frente al año anterior" in text_of(listed)
    etag = hidden(listed, "etag")
    await press(coordinator, f"{SUMMARY}/minority/M1.1.b", 422, group="customs", note="", etag=etag)
    await press(coordinator, f"{SUMMARY}/minority/M1.1.b", group="customs", withdraw="1", note="", etag=etag)
    assert "Aún no" not in await told(coordinator)
    await press(coordinator, f"{SUMMARY}/submit")

    await press(secretariat, f"{SUMMARY}/comments/M1.1.a", 422, **{"comment.M1.1.a": " "})
    await press(secretariat, f"{SUMMARY}/comments/M1.1.a", **{"comment.M1.1.a": "¿Y el acta?"})
    await press(secretariat, f"{SUMMARY}/comments/all", comment="Gracias")
    assert "¿Y el acta?" not in await told(coordinator), "it is not sent yet"
    assert "2 comentarios guardados" in await told(secretariat)
    found = {one["measure"]: one for one in (await secretariat.get(f"{ASSESSMENT}/comments")).json()["items"]}
    whole, asked = found[None], f"{SUMMARY}/comments/{found['M1.1.a']['id']}"
    await press(secretariat, f"{SUMMARY}/comments/{whole['id']}/remove", version=str(whole["version"]))
    await press(secretariat, f"{SUMMARY}/return")
    assert "Espera respuesta" in await told(coordinator)
    await press(coordinator, f"{asked}/reply", 422, text=" ")
    await press(coordinator, f"{asked}/reply", text="Está en el archivo")
    answered = await secretariat.get(SUMMARY, headers=HTML)
    assert "Está en el archivo" in text_of(answered) and "Respondido" in text_of(answered)
    settled = {"settled": "1", "version": hidden(answered, "version")}
    await press(secretariat, f"{asked}/settle", **settled)
    assert "Resuelto" in await told(coordinator)
    await press(secretariat, f"{asked}/settle", 412, **settled)
    await press(coordinator, f"{asked}/reply", 409, text="más")
