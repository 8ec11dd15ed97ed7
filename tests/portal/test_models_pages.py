"""Pages of the model's versions and of earlier results: a new version is made, bridged and published by forms alone."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import httpx
import pytest

from services.portal.pages.file_forms import packed
from tests.people import ORIGIN, Person
from tests.portal.forms import HTML, YEAR, campaign_fields, checked, hidden, page, press, send, text_of
from tests.portal.reading import read
from tests.survey.conftest import API, COMMUNITY, VERSION

pytestmark = pytest.mark.slow
NEW = "1.1.0"
ADMIN = "/admin/models"
HERE = f"{ADMIN}/{NEW}"
EDIT = f"{HERE}/edit"
MODEL = f"{API}/models/{NEW}"


async def upload(
    person: Person, path: str, name: str, content: bytes, status: int = 200, **fields: str
) -> httpx.Response:  # fmt: skip
    """A form with a file, as a browser sends it; every answer is a page or leads on."""
    sent = person.build_request(
        "POST", path, data={"csrf_token": person.headers["X-CSRF-Token"], **fields},
        files={"file": (name, content, "application/octet-stream")}, headers={**HTML, "Origin": ORIGIN},
    )  # fmt: skip
    del sent.headers["X-CSRF-Token"]
    answer = await person.send(sent)
    assert answer.status_code == status, (path, name, answer.status_code, text_of(answer)[:400])
    if status != 303:
        checked(answer)
    return answer


def fields_on(answer: httpx.Response, start: str = "") -> dict[str, str]:
    """What stands in the text fields of the page's forms whose names begin so."""
    found = {}
    whole = read(answer.text)
    for element in whole.all("textarea"):
        if element.attributes["name"].startswith(start):
            found[element.attributes["name"]] = element.text.strip()
    for element in whole.all("input"):
        name = element.attributes.get("name", "")
        if name.startswith(start) and element.attributes.get("type") not in ("file", "checkbox"):
            found[name] = element.attributes.get("value", "")
    return found


async def test_a_new_version_goes_from_its_draft_to_its_publication_by_forms_alone(
    secretariat: Person, respondent: Person, public: Person
) -> None:
    assert 'href="/admin/models"' in (await page(secretariat, "/desk")).text
    await page(secretariat, ADMIN)
    assert "Escriba un nombre corto" in text_of(await press(secretariat, ADMIN, 422, base=VERSION, version="a b"))
    assert "Elija de qué versión" in text_of(await press(secretariat, ADMIN, 422, base="9.9", version=NEW))
    led_on = await press(secretariat, ADMIN, base=VERSION, version=NEW)
    assert led_on.headers["location"] == HERE
    assert "Ya hay una versión" in text_of(await press(secretariat, ADMIN, 409, base=VERSION, version=NEW))
    assert "Se puede publicar" in text_of(await page(secretariat, HERE))

    point = await page(secretariat, f"{EDIT}?part=P1.1")
    fields = fields_on(point) | {
        "measures.0.names.es": "Acta vigente",
        "measures.0.weight": "1,5",
        "names.pt": "Comunidade",
    }
    fields.pop("csrf_token"), fields.pop("code"), fields.pop("name"), fields.pop("action")
    fields |= {"part": "P1.1"}
    refused = await press(secretariat, EDIT, 422, **fields | {"measures.0.weight": "0", "weight": "mucho"})
    assert 'href="#measures.0.weight"' in refused.text and "Acta vigente" in refused.text
    saved = await press(secretariat, EDIT, **fields, go="next")
    assert saved.headers["location"] == f"{EDIT}?part=P1.2"
    stored = (await secretariat.get(MODEL)).json()["pillars"][0]["points"][0]
    assert (stored["measures"][0]["names"]["es"], stored["measures"][0]["weight"]) == ("Acta vigente", 1.5)
    assert stored["names"]["pt"] == "Comunidade"
    # Whoever saves on top of somebody else's change of the same part is shown both, and nothing is lost.
    overtaken = await press(secretariat, EDIT, 412, **fields | {"measures.0.names.es": "Lo mío"})
    assert "Lo mío" in overtaken.text and "Guardado ahora: Acta vigente" in text_of(overtaken)
    assert (await secretariat.get(MODEL)).json()["pillars"][0]["points"][0] == stored

    measure = await page(secretariat, f"{EDIT}?part=M1.1.b")
    told = {
        "names.es": "Reglamento",
        "weight": "1",
        "guidance.es": "Qué mirar\n- acta",
        "levels.4.examples.fr": "Un acte",
    }
    await press(secretariat, EDIT, part="M1.1.b", was=hidden(measure, "was"), **told)
    stored_measure = (await secretariat.get(MODEL)).json()["pillars"][0]["points"][0]["measures"][1]
    assert stored_measure["guidance"] == {"es": "Qué mirar\n- acta"}
    assert stored_measure["levels"] == [{"value": 4, "guidance": None, "examples": {"fr": "Un acte"}}]

    scale = await page(secretariat, f"{EDIT}?part=scale")
    fields = {name: value for name, value in fields_on(scale).items() if name.startswith(("levels", "bands"))}
    fields |= {"levels.4.labels.es": "Plena", "bands.1.from": "25", "part": "scale", "was": hidden(scale, "was")}
    await press(secretariat, EDIT, **fields)
    model = (await secretariat.get(MODEL)).json()
    assert [(band["from"], band["to"]) for band in model["bands"][:2]] == [(0, 25), (25, 40)]
    assert model["scale"]["levels"][4]["labels"]["es"] == "Plena"
    general = await page(secretariat, f"{EDIT}?part=general")
    fields = {"names.es": "Modelo 2027", "status": "official", "coverage_threshold": "50"}
    token = {"csrf_token": secretariat.headers["X-CSRF-Token"], "part": "general", "was": hidden(general, "was")}
    assert (await send(secretariat, EDIT, **fields, **token)).status_code == 303

    parts = f"{HERE}/parts"
    await press(secretariat, parts, 422, part="P2.1", action="add", code="M1.1.a", name="Otra")
    await press(secretariat, parts, 422, part="P2.1", action="add", code="con espacio", name="Otra")
    added = await press(secretariat, parts, part="P2.1", action="add", code="M2.1.d", name="Fusión")
    assert added.headers["location"] == f"{EDIT}?part=M2.1.d"
    for code in ("M2.1.a", "M2.1.b"):
        await press(secretariat, parts, part=code, action="remove")
    await press(secretariat, parts, part="M2.1.d", action="up", back="P2.1")
    await press(secretariat, parts, part="M4.3.b", action="move", to="P4.2")
    codes = {q["code"]: [m["code"] for m in q["measures"]] for p in (await secretariat.get(MODEL)).json()["pillars"]
             for q in p["points"]}  # fmt: skip
    assert (codes["P2.1"], codes["P4.2"][-1], codes["P4.3"]) == (["M2.1.d", "M2.1.c"], "M4.3.b", ["M4.3.a"])

    changes = text_of(await page(secretariat, f"{HERE}/differences"))
    for said in ("M2.1.d", "M2.1.a", "de P4.3 a P4.2", "Plena", "de 67 % a 50 %"):
        assert said in changes.replace("\xa0", " "), (said, changes)
    crosswalk = await page(secretariat, f"{HERE}/crosswalk")
    assert "Nadie la revisó" in text_of(crosswalk) and 'list="anteriores"' in crosswalk.text
    fields = fields_on(crosswalk, "source.") | fields_on(crosswalk, "share.")
    fields |= {
        "from": VERSION,
        "etag": hidden(crosswalk, "etag"),
        "source.M2.1.d.0": "M2.1.a",
        "source.M2.1.d.1": "M2.1.b",
    }
    wrong = await press(
        secretariat, f"{HERE}/crosswalk", 422, **fields | {"source.M2.1.d.1": "M9", "share.M1.1.a.0": "x"}
    )
    assert 'href="#source.M2.1.d.1"' in wrong.text and 'href="#share.M1.1.a.0"' in wrong.text
    uneven = fields | {"share.M2.1.d.0": "25", "share.M2.1.d.1": "70"}
    assert "sumar 100" in text_of(await press(secretariat, f"{HERE}/crosswalk", 422, **uneven))
    await press(secretariat, f"{HERE}/crosswalk", **fields | {"share.M2.1.d.0": "25", "share.M2.1.d.1": "75 %"})
    await press(secretariat, f"{HERE}/crosswalk", 412, **fields)
    await press(secretariat, f"{HERE}/publish", 412, etag='"1-a"')
    await press(secretariat, f"{HERE}/publish", etag=hidden(await page(secretariat, HERE), "etag"))
    links = (await public.get(f"{MODEL}/crosswalks/{VERSION}")).json()["links"]
    assert {(link["from"], link["share"]) for link in links if link["to"] == "M2.1.d"} == {
        ("M2.1.a", 0.25),
        ("M2.1.b", 0.75),
    }
    assert "Publicada el" in text_of(await page(secretariat, HERE))
    assert "Ya no se puede cambiar" in text_of(await page(secretariat, f"{HERE}/crosswalk"))
    assert (await secretariat.get(f"{EDIT}?part=P1.1", headers=HTML)).headers["location"] == HERE
    assert (await press(secretariat, parts, part="P1.1", action="remove")).headers["location"] == HERE
    await press(secretariat, "/admin/campaigns", **campaign_fields(COMMUNITY) | {"model_version": NEW})
    await press(secretariat, f"/admin/campaigns/{YEAR}/open")
    asked = text_of(await page(respondent, f"/survey/{YEAR}/{COMMUNITY}?measure=M1.1.b"))
    for said in ("Qué mirar", "Qué significa cada grado en esta medida", "Plena", "Un acte"):
        assert said in asked, said
    assert "Un acte" in text_of(await public.get(f"/model/{NEW}", headers=HTML))
    for path in (f"{EDIT}?part=nada", f"{ADMIN}/9.9", f"{ADMIN}/..%2f", f"{HERE}/crosswalk?from=9.9"):
        assert (await secretariat.get(path, headers=HTML)).status_code in (400, 404, 303), path


async def test_a_version_comes_in_from_a_file_after_a_look_at_what_it_would_change(secretariat: Person) -> None:
    told = (await secretariat.get(f"{API}/models/{VERSION}.yaml")).text.replace(VERSION, NEW, 1)
    content = told.replace("Comunidad logística portuaria constituida", "Comunidad constituida").encode()
    seen = await upload(secretariat, f"{ADMIN}/file", "modelo.yaml", content)
    assert "Comunidad" in text_of(seen) and "<del>" in seen.text and "Se guarda como borrador nuevo" in text_of(seen)
    assert (await secretariat.get(MODEL)).status_code == 404
    await press(secretariat, f"{ADMIN}/file/store", content=hidden(seen, "content"), etag=hidden(seen, "etag"))
    assert (await secretariat.get(MODEL)).json()["pillars"][0]["points"][0]["names"]["es"] == "Comunidad constituida"
    await press(secretariat, f"{ADMIN}/file/store", 409, content=hidden(seen, "content"), etag="")
    book = (await secretariat.get(f"{MODEL}.xlsx")).content
    again = await upload(secretariat, f"{ADMIN}/file", "modelo.xlsx", book)
    assert "Reemplaza el borrador" in text_of(again) and "Son iguales" in text_of(again)
    await press(secretariat, f"{ADMIN}/file/store", content=hidden(again, "content"), etag=hidden(again, "etag"))
    await press(secretariat, f"{ADMIN}/file/store", 412, content=hidden(again, "content"), etag=hidden(again, "etag"))
    for name, bad, status, said in (
        ("a.yaml", b"version: [", 422, "line 1"), ("a.xlsx", b"no", 422, "no XLSX workbook"),
        ("a.pdf", b"%PDF", 415, "no es un libro"), ("a.yaml", b"", 422, "Elija un archivo"),
        ("a.yaml", told.replace(NEW, VERSION, 1).encode(), 409, "ya está publicada"),
        ("a.xlsx", b"0" * (5 * 2**20), 413, "demasiado grande"),
    ):  # fmt: skip
        assert said in text_of(await upload(secretariat, f"{ADMIN}/file", name, bad, status)), name
    for content in ("no", "", packed(b"[]"), packed(b"{"), packed(b" " * (9 * 2**20))):
        await press(secretariat, f"{ADMIN}/file/store", 422, content=content, etag="")
    await press(secretariat, f"{HERE}/delete", etag=hidden(await page(secretariat, HERE), "etag"))
    assert (await secretariat.get(MODEL)).status_code == 404


async def test_earlier_results_come_in_by_forms_and_are_shown_with_their_source(
    secretariat: Person, public: Person
) -> None:
    points = [f"P{pillar}.{point}" for pillar in range(1, 5) for point in range(1, 4)]
    rows = "community,year,code,score\n" + "".join(f"{COMMUNITY},2024,{code},40\n" for code in points)
    about = {"model_version": VERSION, "source": "Informe «regional» 2024", "public": "1"}
    await page(secretariat, "/admin/history")
    assert "De dónde" in text_of(await upload(secretariat, "/admin/history", "a.csv", b"x", 422, model_version=VERSION))
    wrong = await upload(
        secretariat, "/admin/history", "a.csv", rows.replace("40\n", "400\n", 1).encode(), 422, **about
    )
    assert "un resultado va de 0 a 100" in text_of(wrong) and "Hay 1 dato por corregir" in text_of(wrong)
    seen = await upload(secretariat, "/admin/history", "2024.csv", rows.encode(), **about)
    assert "Importar 1 resultado" in text_of(seen)
    assert (await public.get(f"{API}/results/{COMMUNITY}")).status_code == 404
    fields = {name: value for name, value in fields_on(seen).items() if name not in ("csrf_token",)}
    await press(secretariat, "/admin/history/store", **about, file_name="2024.csv", content=fields["content"])
    refused = await press(secretariat, "/admin/history/store", 422, **about, content=fields["content"])
    assert "ya no puede entrar" in text_of(refused)
    shown = await public.get(f"/results/{COMMUNITY}?year=2024", headers=HTML)
    assert shown.status_code == 200
    for said in ("Viene de un archivo", "Informe «regional» 2024", "40.0"):
        assert said in text_of(shown), said
    listed = text_of(await public.get("/results?year=2024", headers=HTML))
    assert "Informe «regional» 2024" in listed and "Manzanillo" in listed
    assert "2024" not in text_of(await public.get("/results/network", headers=HTML))
    made = (await secretariat.get(f"{API}/history")).json()["items"][0]["id"]
    await press(secretariat, f"/admin/history/{made}/hide")
    assert (await public.get(f"{API}/results/{COMMUNITY}")).status_code == 404
    assert "Informe" not in text_of(await public.get(f"/results/{COMMUNITY}?year=2024", headers=HTML))
    await press(secretariat, f"/admin/history/{made}/show")
    await press(secretariat, f"/admin/history/{made}/delete")
    assert (await secretariat.get(f"{API}/history")).json()["total"] == 0


async def test_only_the_secretariat_sees_and_sends_these_pages(everyone: Mapping[str, Person]) -> None:
    secretariat = everyone["secretariat"]
    await press(secretariat, ADMIN, base=VERSION, version=NEW)
    before = (await secretariat.get(MODEL)).json()
    shown = [ADMIN, HERE, f"{EDIT}?part=P1.1", f"{HERE}/differences", f"{HERE}/crosswalk", "/admin/history"]
    sent = [
        ADMIN, EDIT, f"{HERE}/parts", f"{HERE}/publish", f"{HERE}/delete", f"{HERE}/crosswalk", f"{ADMIN}/file/store",
        f"{HERE}/crosswalk/publish", "/admin/history/store", "/admin/history/x/delete",
    ]  # fmt: skip
    for who, person in everyone.items():
        if who == "secretariat":
            continue
        for path in shown:
            answer = await person.get(path, headers=HTML)
            if who == "public":
                assert answer.headers["location"] == f"/login?next={quote(path, safe='')}", (path, answer.headers)
            else:
                assert answer.status_code == 403, (who, path)
        for path in sent if who != "public" else []:
            await press(person, path, 403, version=NEW, part="P1.1", etag='"1"')
        for path in (f"{ADMIN}/file", "/admin/history") if who != "public" else ():
            await upload(person, path, "a.yaml", b"a", 403)
    for path in sent:
        answer = await secretariat.post(path, data={"csrf_token": "wrong"}, headers=HTML | {"Origin": ORIGIN})
        assert answer.status_code in (403, 422), path
    assert (await secretariat.get(MODEL)).json() == before
