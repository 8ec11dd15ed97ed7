"""The pages of data over the whole platform: filled in by forms alone, explained, submitted, approved, corrected."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from deploy.local.composition import Platform
from tests.indicators.things import MANZANILLO, publish, record, row
from tests.people import ORIGIN, Person
from tests.portal.forms import HTML, hidden, page, press, text_of
from tests.portal.reading import read

pytestmark = pytest.mark.slow
DATA = f"/data/{MANZANILLO}"
MONTHS = f"{DATA}?period=2025-03"


async def test_cells_are_saved_explained_submitted_and_approved_by_forms_alone(
    data_provider: Person, coordinator: Person
):
    await publish(data_provider, coordinator, *[row(period=f"2024-{m:02d}", value=10 + m % 3) for m in range(1, 13)])
    told = await page(data_provider, MONTHS)
    assert "enero de 2025" in text_of(told)
    assert "hace un año: 11.00" in text_of(told)
    assert "Más bajo es mejor" in text_of(told)
    assert "0 de" in text_of(told)
    first = {
        "period": "2025-03", "v.VPA-01.2025-01": "12,5", "v.VPA-01.2025-02": "130", "v.CUS-02.2025-01": "45 / 50",
        "v.GAT-01.2025-01": "1.234", "v.CUS-02.2025-02": "51/50", "v.GAT-01.2025-02": "",
    }  # fmt: skip
    refused = await press(data_provider, DATA, 422, **first)
    seen = text_of(refused)
    assert "Hay 2 datos por corregir" in seen
    assert "Se guardaron 3 valores" in seen
    assert "1.234 podría ser mil o uno y pico" in seen
    assert hidden(refused, "v.GAT-01.2025-01") == "1.234"
    assert hidden(refused, "v.CUS-02.2025-01") == "45/50"
    assert hidden(refused, "r.VPA-01.2025-01") == "1"
    cells = {one.attributes.get("id"): one.attributes for one in read(refused.text).all("input")}
    assert cells["c-GAT-01-2025-01"]["aria-invalid"] == "true"
    assert "c-GAT-01-2025-01-error" in cells["c-GAT-01-2025-01"]["aria-describedby"]

    outlier = await press(
        data_provider,
        DATA,
        period="2025-03",
        **{"v.VPA-01.2025-02": "140", "w.VPA-01.2025-02": "130", "r.VPA-01.2025-02": "1"},
    )
    assert outlier.headers["location"] == f"{DATA}?period=2025-03&saved=1&explain=VPA-01.2025-02#explicar"
    asked = await page(data_provider, outlier.headers["location"].partition("#")[0])
    assert "1 valor por explicar" in text_of(asked)
    note = {
        "v.VPA-01.2025-02": "140",
        "w.VPA-01.2025-02": "140",
        "r.VPA-01.2025-02": "2",
        "note.VPA-01.2025-02": "Huelga",
    }
    explained = await press(data_provider, DATA, period="2025-03", **note)
    assert explained.headers["location"] == f"{DATA}?period=2025-03&saved=1#guardado"
    again = await page(data_provider, asked.url.raw_path.decode())
    assert "por explicar" not in text_of(again)
    history = await page(data_provider, f"{DATA}/VPA-01/2025-02")
    assert re.search(r"3 140\.00 – .*Borrador.*Huelga", text_of(history))

    for step, person, status in (
        ("approve", coordinator, 409), ("submit", data_provider, 303), ("submit", data_provider, 409),
        ("return", coordinator, 422), ("approve", data_provider, 403),
    ):  # fmt: skip
        await press(person, f"{DATA}/submissions/2025-02/{step}", status, last="2025-03")
    await press(coordinator, f"{DATA}/submissions/2025-02/return", last="2025-03", reason="¿140 horas?")
    assert "¿140 horas?" in text_of(await page(data_provider, MONTHS))
    await press(data_provider, f"{DATA}/submissions/2025-02/submit", last="2025-03")
    await press(coordinator, f"{DATA}/submissions/2025-02/approve", last="2025-03")
    approved = text_of(await page(coordinator, f"{MONTHS}&lang=en"))
    assert "approved by Coordinator" in approved
    assert "Lower is better" in approved


async def test_nobody_writes_over_what_they_have_not_seen(data_provider: Person, coordinator: Person):
    await record(coordinator, row(value=20))
    mine = {"v.VPA-01.2025-01": "30", "w.VPA-01.2025-01": "", "r.VPA-01.2025-01": "0"}
    overtaken = await press(data_provider, DATA, 422, period="2025-03", **mine)
    assert "Otra persona guardó otro valor mientras tanto" in text_of(overtaken)
    assert "Ahora dice 20.0" in text_of(overtaken)
    kept = {name: hidden(overtaken, f"{name}.VPA-01.2025-01") for name in "vwr"}
    assert kept == {"v": "30", "w": "20", "r": "1"}
    await press(
        data_provider, DATA, period="2025-03", **{f"{name}.VPA-01.2025-01": text for name, text in kept.items()}
    )
    value = await page(data_provider, f"{DATA}/VPA-01/2025-01")
    assert hidden(value, "text") == "30"
    for fields, words in (
        ({"text": "30", "n": "x"}, "número entero mayor que cero"), ({"text": "30/2"}, "como un solo valor"),
        ({"text": "999"}, "fuera del rango"), ({"text": ""}, "no se borra"),
    ):  # fmt: skip
        refused = await press(data_provider, f"{DATA}/VPA-01/2025-01", 422, revision="2", **fields)
        assert words in text_of(refused), fields
    await press(data_provider, f"{DATA}/VPA-01/2025-01", revision="2", text="31,5", n="40", note="Con práctico")
    found = (await data_provider.get(f"/api/v1/indicators/observations/VPA-01/{MANZANILLO}/2025-01/revisions")).json()
    assert [(one["value"], one["n"], one["note"]) for one in found["items"]] == [
        (20, None, None), (30, None, None), (31.5, 40, "Con práctico"),
    ]  # fmt: skip


async def test_a_file_is_looked_at_before_it_is_applied(platform: Platform, data_provider: Person, coordinator: Person):
    def form(content: bytes, name: str = "Datos “2025”.csv", token: str | None = None) -> dict[str, object]:
        fields = {"csrf_token": token or data_provider.headers["X-CSRF-Token"], "period": "2025-03"}
        return {"data": fields, "files": {"file": (name, content, "text/csv")}}

    headers = {**HTML, "Origin": ORIGIN}
    good = b"indicator;community;period;value\nVPA-01;mx-manzanillo;2025-01;12,5\nGAT-01;mx-manzanillo;2025-01;48\n"
    sent = await data_provider.post(f"{DATA}/files", headers=headers, **form(good))
    assert sent.status_code == 303, sent.text
    waiting = await page(data_provider, sent.headers["location"])
    assert "Leyendo el archivo" in text_of(waiting)
    await platform.run_jobs()
    seen = text_of(await page(data_provider, sent.headers["location"]))
    assert "Así quedaría: todavía no se cambió nada" in seen
    assert "CSV, UTF-8, separado por punto y coma, con coma decimal" in seen
    assert (await data_provider.get("/api/v1/indicators/observations")).json()["total"] == 0
    await press(data_provider, f"{sent.headers['location']}/apply")
    await platform.run_jobs()
    assert "Aplicado: 2 valores cambiaron" in text_of(await page(data_provider, sent.headers["location"]))
    await press(data_provider, f"{sent.headers['location']}/apply", 409)
    assert "Datos “2025”.csv" in text_of(await page(data_provider, MONTHS))
    assert (await coordinator.get(sent.headers["location"], headers=HTML)).status_code == 404

    wrong = await data_provider.post(f"{DATA}/files", headers=headers, **form(good.replace(b"48", b"n.d.")))
    await platform.run_jobs()
    told = text_of(await page(data_provider, wrong.headers["location"]))
    assert "1 fila tiene errores: no se cambió nada" in told
    assert "n.d." in told
    for content, name, words in (
        (b"%PDF-1.7", "a.pdf", "no es un CSV ni un XLSX"), (b"", "a.csv", "Elija un archivo"), (b"", "", "Elija un archivo"),
    ):  # fmt: skip
        refused = await data_provider.post(f"{DATA}/files", headers=headers, **form(content, name))
        assert (refused.status_code, words in text_of(refused)) == (422, True), name
    forged = await data_provider.post(f"{DATA}/files", headers=headers, **form(good, token="forged"))
    assert forged.status_code == 403


async def test_who_sees_the_data_of_a_community_and_who_fills_it_in(everyone: Mapping[str, Person]):
    await record(everyone["data_provider"], row(value=12))
    paths = (MONTHS, f"{DATA}/VPA-01/2025-01")
    for path in paths:
        seen = {role: (await person.get(path, headers=HTML)).status_code for role, person in everyone.items()}
        assert seen == {
            "public": 303, "secretariat": 200, "coordinator": 200, "respondent": 200, "data_provider": 200, "chair": 403,
            "member": 403, "observer": 403, "foreign_coordinator": 403, "without_grants": 403,
        }, path  # fmt: skip
    reading = await page(everyone["respondent"], MONTHS)
    assert "Guardar los valores" not in text_of(reading)
    assert "12.00" in text_of(reading)
    await press(everyone["respondent"], DATA, 403, period="2025-03", **{"v.VPA-01.2025-01": "13"})
    for path, status in (
        ("/data/mx-nowhere", 404), ("/data/..%2Fx", 400), (f"{DATA}/XXX-99/2025-01", 404), (f"{DATA}/VPA-01/2025", 404),
        (f"{DATA}/VPA-01/2025-99", 404), (f"{DATA}/files/x", 404), (f"{DATA}?period=2025-99", 200), (f"{DATA}?period=2025-Q1", 200),
        (f"{DATA}?period=2024", 200),
    ):  # fmt: skip
        assert (await everyone["data_provider"].get(path, headers=HTML)).status_code == status, path
    desk = await everyone["data_provider"].get("/desk", headers=HTML)
    assert f'href="{DATA}?period=2025-01"' in desk.text


async def test_the_secretariat_writes_a_definition_by_forms_alone(secretariat: Person, coordinator: Person):
    place = "/admin/indicators/VPA-01"
    assert "VPA-01 Tiempo de espera en fondeo" in text_of(await page(secretariat, "/admin/indicators"))
    assert "Empezar un borrador" in text_of(await page(secretariat, place))
    await press(secretariat, f"{place}/begin")
    draft = await page(secretariat, place)
    names = [one.attributes["name"] for one in read(draft.text).all("input") if one.attributes.get("type") == "text"]
    fields = {name: hidden(draft, name) for name in [*names, "etag"]}
    fields |= {f"definitions.{language}": "Horas" for language in ("es", "en", "pt", "fr")}
    fields |= {"polarity": "lower", "aggregation": "weighted_mean", "basis": "adapted", "source": "Red"}
    wrong = await press(secretariat, place, 422, **fields | {"valid_range.high": "mucho", "min_share": "7"})
    assert "Revise este dato (rango posible)" in text_of(wrong)
    unfinished = fields | {"valid_range.high": "240,5", "names.fr": ""}
    await press(secretariat, place, **unfinished)
    waiting = await page(secretariat, place)
    assert "Todavía no se puede publicar: falta o no cuadra nombre (Français)" in text_of(waiting)
    await press(secretariat, f"{place}/publish", 422, because="Nuevo rango")
    await press(secretariat, place, 412, **fields)
    await press(secretariat, place, **fields | {"valid_range.high": "240,5", "etag": hidden(waiting, "etag")})
    assert "Cambió: definición, fuente y rango posible" in text_of(await page(secretariat, place))
    await press(secretariat, f"{place}/publish", 422, because=" ")
    await press(secretariat, f"{place}/publish", because="Nadie espera más")
    told = text_of(await page(secretariat, place))
    assert "Versión 2 Nadie espera más" in told
    assert (await secretariat.get("/api/v1/indicators/catalogue/VPA-01")).json()["valid_range"] == [0, 240.5]
    await press(secretariat, f"{place}/begin")
    await press(secretariat, f"{place}/drop", etag=hidden(await page(secretariat, place), "etag"))
    assert "La versión 2 está publicada" in text_of(await page(secretariat, place))
    assert (await secretariat.get("/admin/indicators/XXX-99", headers=HTML)).status_code == 404
    for path in ("/admin/indicators", place):
        assert (await coordinator.get(path, headers=HTML)).status_code == 403
    await press(coordinator, place, 403, **fields)
