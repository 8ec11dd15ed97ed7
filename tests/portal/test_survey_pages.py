"""The pages of the survey's year, by forms alone: what is kept, who overtook whom, and what keeps it going."""

from __future__ import annotations

import pytest

from deploy.local.composition import Platform
from tests.conftest import COMMUNITY
from tests.people import ORIGIN, Person, somebody
from tests.portal.forms import (
    API,
    ASSESSMENT,
    HTML,
    SUMMARY,
    SURVEY,
    YEAR,
    answer_everything,
    campaign_fields,
    hidden,
    measures,
    page,
    press,
    state,
    text_of,
)
from tests.portal.reading import read

pytestmark = pytest.mark.slow


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


async def test_an_answer_is_backed_by_files_links_and_what_was_given_before(
    campaign: None, coordinator: Person, respondent: Person
) -> None:
    first, second, *_ = await measures(respondent)
    here, token = f"{SURVEY}/evidence", respondent.headers["X-CSRF-Token"]

    async def attach(measure: str, content: bytes, name: str = "acta.pdf") -> str:
        form = respondent.build_request(
            "POST", f"{here}/file", headers={**HTML, "Origin": ORIGIN},
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
