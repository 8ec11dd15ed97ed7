"""The pages of technical cooperation and of agreements by forms alone: recorded, read, corrected, taken out."""

from collections.abc import Mapping

import pytest

from tests.people import Person
from tests.portal.forms import HTML, hidden, page, press, text_of
from tests.portal.reading import complaints

pytestmark = pytest.mark.slow


async def test_the_secretariat_records_what_was_done_and_signed_and_everybody_reads_it(everyone: Mapping[str, Person]):
    secretariat, public, coordinator = everyone["secretariat"], everyone["public"], everyone["coordinator"]
    done = {
        "kind": "diagnosis_workshop", "community": "mx-manzanillo", "starts_on": "2016-09-01", "ends_on": "2016-09-02",
        "place": "Manzanillo", "participants": "45", "outcome": "Brechas <b>acordadas</b>.",
        "documents": "https://example.org/informe.pdf", "title": "",
    }  # fmt: skip
    for wrong, said in (
        ({"kind": "party"}, "tipo de actividad"), ({"starts_on": ""}, "primer día"), ({"ends_on": "2015-01-01"}, "día"),
        ({"participants": "muchos"}, "cuántas personas"), ({"documents": "javascript:alert(1)"}, "https://"),
        ({"starts_on": "1800-01-01", "ends_on": ""}, "1900"), ({"community": "nowhere"}, "comunidad de la lista"),
    ):  # fmt: skip
        refused = await press(secretariat, "/cooperation", 422, **{**done, **wrong})
        assert said in text_of(refused) and 'value="Manzanillo"' in refused.text, wrong
    for role in ("coordinator", "chair", "member"):
        await press(everyone[role], "/cooperation", 403, **done)
    here = (await press(secretariat, "/cooperation", **done)).headers["location"]
    shown = await public.get(here, headers=HTML)
    assert complaints(shown.text, whole=True) == [] and "&lt;b&gt;acordadas" in shown.text
    for said in ("Taller de diagnóstico estratégico", "Manzanillo", "45", "informe.pdf"):
        assert said in shown.text, said
    assert "Cambiar la actividad" not in shown.text and "Cambiar la actividad" in (await page(secretariat, here)).text
    assert "Strategic diagnosis workshop" in (await public.get(f"{here}?lang=en", headers=HTML)).text
    public.cookies.clear()
    etag = hidden(await page(secretariat, here), "etag")
    same = {**done, "title": "Taller de diagnóstico estratégico", "participants": "50"}
    await press(secretariat, here, **same, etag=etag)
    await press(secretariat, here, 412, **same, etag=etag)
    assert "Strategic diagnosis workshop" in (await public.get(f"{here}?lang=en", headers=HTML)).text
    public.cookies.clear()
    await press(
        secretariat, "/cooperation", **{**done, "kind": "support_group", "starts_on": "2018-01-01", "ends_on": ""}
    )
    listed = (await public.get("/cooperation", headers=HTML)).text
    assert "Taller de diagnóstico" in listed and "grupo de apoyo" in listed and "95" in listed
    only = (await public.get("/cooperation?kind=support_group&community=mx-manzanillo", headers=HTML)).text
    assert f'href="{here}"' not in only and "Quitar filtros" in only
    assert f'href="{here}"' in (await public.get("/cooperation?year=2016&kind=nonsense", headers=HTML)).text
    assert f'href="{here}"' in (await public.get("/communities/mx-manzanillo", headers=HTML)).text
    await press(coordinator, f"{here}/remove", 403, etag=etag)
    await press(secretariat, f"{here}/remove", 412, etag=etag)
    await press(secretariat, f"{here}/remove", etag=hidden(await page(secretariat, here), "etag"))
    assert (await public.get(here, headers=HTML)).status_code == 404

    agreed = {"title": "Memorando de la Red", "kind": "memorandum_of_understanding", "opened_on": "2016-11-24"}
    for wrong, said in (
        ({"title": ""}, "título"), ({"opened_on": ""}, "abrió a la firma"), ({"expires_on": "2015-01-01"}, "último día"),
        ({"expires_on": "2030-01-01", "duration_months": "12"}, "no los dos"), ({"duration_months": "0"}, "de 1 a 600"),
        ({"document": "informe"}, "dirección del documento"),
    ):  # fmt: skip
        assert said in text_of(await press(secretariat, "/agreements", 422, **{**agreed, **wrong})), wrong
    await press(coordinator, "/agreements", 403, **agreed)
    paper = (await press(secretariat, "/agreements", **agreed)).headers["location"]
    assert "Memorando de la Red" in (await public.get("/agreements", headers=HTML)).text
    signed = {"signatory": "Ana Pérez", "post": "Gerente", "community": "mx-manzanillo", "signed_on": "2016-11-24"}
    for wrong, said in (
        ({"signatory": ""}, "quién firmó"), ({"signed_on": "2099-01-01"}, "futuro"), ({"community": ""}, "por quién"),
    ):  # fmt: skip
        refused = await press(secretariat, f"{paper}/signatures", 422, **{**signed, **wrong})
        assert said in text_of(refused), wrong
    await press(coordinator, f"{paper}/signatures", 403, **signed)
    await press(secretariat, f"{paper}/signatures", **signed)
    shown = await public.get(paper, headers=HTML)
    assert complaints(shown.text, whole=True) == []
    assert "Manzanillo" in shown.text and "Gerente" in shown.text and "Ana Pérez" not in shown.text
    assert "Ana Pérez" in text_of(await page(coordinator, paper)) and "sin fecha de fin" in shown.text
    etag = hidden(await page(secretariat, paper), "etag")
    await press(secretariat, paper, **{**agreed, "duration_months": "600"}, etag=etag)
    await press(secretariat, paper, 412, **agreed, etag=etag)
    await press(secretariat, f"{paper}/remove", 409, etag=hidden(await page(secretariat, paper), "etag"))
    listed = (await page(secretariat, paper)).text
    signature = f"{paper}/signatures/" + listed.partition(f"{paper}/signatures/")[2][:36]
    await page(coordinator, signature, 403)
    etag = hidden(await page(secretariat, signature), "etag")
    await press(secretariat, signature, 422, **{**signed, "signatory": " "}, etag=etag)
    await press(secretariat, signature, **{**signed, "signatory": "Ana Pérez Gil"}, etag=etag)
    await press(secretariat, signature, 412, remove="1", etag=etag)
    await press(secretariat, signature, remove="1", etag=hidden(await page(secretariat, signature), "etag"))
    assert "Todavía no lo firmó nadie" in text_of(await page(secretariat, paper))
    await press(secretariat, f"{paper}/remove", etag=hidden(await page(secretariat, paper), "etag"))
    assert (await public.get(paper, headers=HTML)).status_code == 404
