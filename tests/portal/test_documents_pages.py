"""The pages of documents and discussions, by forms alone, and the public library, its feed and the search."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import httpx
import pytest

from deploy.local.composition import Platform
from tests.people import ORIGIN, Person, if_match, somebody
from tests.portal.forms import HTML, checked, hidden, page, press, text_of
from tests.portal.reading import complaints, read
from tests.workspace.conftest import ROOT, SLUG
from tests.workspace.files import HTML as EVIL
from tests.workspace.files import SVG, docx, pdf, send_file

pytestmark = pytest.mark.slow
DOCUMENTS = f"/committees/{SLUG}/documents"
TALKS = f"/committees/{SLUG}/discussions"
ACTA = pdf("Acta de la reunión del comité", "Se aprobó la gestión de los muelles")


async def upload(
    person: Person, path: str, name: str, content: bytes, status: int = 303, **fields: str
) -> httpx.Response:
    """Send a form with a file as a browser without JavaScript does."""
    sent = person.build_request(
        "POST", path, data={"csrf_token": person.headers["X-CSRF-Token"], **fields},
        files={"file": (name, content)}, headers={**HTML, "Origin": ORIGIN},
    )  # fmt: skip
    del sent.headers["X-CSRF-Token"]
    answer = await person.send(sent)
    assert answer.status_code == status, (name, answer.status_code, text_of(answer)[:400])
    if status != 303:
        checked(answer)
    return answer


async def test_a_document_lives_by_forms_alone(
    platform: Platform, member: Person, chair: Person, public: Person, coordinator: Person
) -> None:
    assert "todavía no tiene documentos" in text_of(await page(member, DOCUMENTS))
    refusals = {
        ("programa.exe", b"MZ\x90\x00", 415): "ni programas, ni archivos con macros",
        ("acta.pdf", EVIL, 422): "El contenido no es lo que dice el nombre",
        ("vacio.txt", b"", 422): "está vacío",
        ("roto.docx", b"PK\x03\x04nada", 422): "dañado o cifrado",
        ("foto\u202egpj.pdf", ACTA, 422): "caracteres que no se admiten",
    }
    for (name, content, status), said in refusals.items():
        told = await upload(member, DOCUMENTS, name, content, status, title="Lo escrito", folder="Actas")
        assert said in text_of(told), name
    assert "Elija un archivo" in text_of(await upload(member, DOCUMENTS, "", b"", 422))
    forged = member.build_request(
        "POST", DOCUMENTS, files={"file": ("a.pdf", ACTA)}, headers={**HTML, "Origin": ORIGIN}
    )
    del forged.headers["X-CSRF-Token"]
    assert (await member.send(forged)).status_code == 403
    sent = await upload(member, DOCUMENTS, "Acta_1.pdf", ACTA, folder="Actas/2026", title="")
    at = sent.headers["location"]
    await platform.run_jobs()
    seen = await page(member, at)
    assert "Acta 1" in text_of(seen) and "gestión de los muelles" in text_of(seen)
    assert re.search(r'<iframe class="preview-frame" src="/api/v1/workspace/documents/', seen.text)
    assert "frame-src 'self'" in seen.headers["content-security-policy"]
    listed = text_of(await page(chair, f"{DOCUMENTS}?folder=Actas/2026"))
    assert "Acta 1" in listed and "Borrador" in listed
    assert "Acta 1" in text_of(await page(chair, f"{DOCUMENTS}?q=gestion+de+muelle"))
    assert "Ningún documento coincide" in text_of(await page(chair, f"{DOCUMENTS}?q=zanahoria"))
    await upload(chair, f"{at}/versions", "acta.pdf", pdf("Otra acta"), base_version="1", note="De la presidencia")
    overtaken = await upload(member, f"{at}/versions", "mia.pdf", pdf("La mía"), 412, base_version="1")
    assert "espera más abajo" in text_of(overtaken) and "«mia.pdf» espera" in text_of(overtaken)
    waiting = re.search(r'action="([^"]+/waiting/[^"]+)"', overtaken.text)
    assert waiting is not None
    assert "espera" not in text_of(await page(chair, at))
    await press(chair, waiting[1], 404, base_version="2")
    await press(member, waiting[1], base_version="2")
    assert "3 versiones" in text_of(await page(member, at))
    await platform.run_jobs()
    changes = text_of(await page(member, f"{at}/compare?before=2&after=3"))
    assert "1 línea agregada, 1 quitada" in changes and "La mía" in changes
    await press(member, f"{at}/checkout", note="Corrijo el anexo")
    assert "Member lo tiene reservado" in text_of(await page(chair, at))
    await press(chair, f"{at}/checkout", 409)
    await press(chair, f"{at}/acts/checkin")
    kept = hidden(await page(member, at), "etag")
    await press(member, at, etag=kept, title="Acta de marzo", folder="Actas", tags="acta, marzo")
    stale = await press(chair, at, 412, etag=kept, title="Otra cosa", folder="", tags="")
    assert "Otra cosa" in stale.text
    assert "Escriba un título" in text_of(await press(chair, at, 422, etag=hidden(stale, "etag"), title=""))
    await press(member, f"{at}/acts/publish", 403)
    key = at.rpartition("/")[2]
    for outsider, path in ((public, f"/documents/{key}"), (coordinator, at)):
        assert (await outsider.get(path, headers=HTML)).status_code == 404, path
    await press(chair, f"{at}/acts/publish", 409, version="2")
    await press(chair, f"{at}/acts/publish", version="3")
    assert "Acta de marzo" in (await public.get(f"/documents/{key}", headers=HTML)).text
    assert (await coordinator.get(at, headers=HTML)).headers["location"] == f"/documents/{key}"
    await press(chair, f"{at}/remove", etag=hidden(await page(chair, at), "etag"))
    assert (await public.get(f"/documents/{key}", headers=HTML)).status_code == 404
    binned = await page(chair, f"{DOCUMENTS}?bin=1")
    assert "Acta de marzo" in text_of(binned)
    await press(chair, f"{at}/acts/restore")
    assert "Aprobado" in text_of(await page(chair, at))
    assert (await public.get(f"/documents/{key}", headers=HTML)).status_code == 404


async def test_a_discussion_goes_on_by_forms_alone(platform: Platform, member: Person, chair: Person) -> None:
    observer = await somebody(platform, "observer", ("observer", f"committee:{SLUG}"))
    assert "Escriba un título" in text_of(await press(member, TALKS, 422, title="", text="¿Cuándo?"))
    begun = await press(member, TALKS, title="Ventanilla única", text="¿**Cuándo**? @chair <script>alert(1)</script>")
    at = begun.headers["location"]
    notice = await page(chair, "/notifications")
    assert "Member le mencionó en la conversación «Ventanilla única»" in text_of(notice)
    assert f'href="{at}#p-' in notice.text
    assert "1 sin leer" in text_of(await page(chair, TALKS))
    seen = await page(chair, at)
    assert "<strong>Cuándo</strong>" in seen.text and "<script>alert" not in seen.text
    assert "sin leer" not in text_of(await page(chair, TALKS))
    first = re.search(r'id="p-([0-9a-f-]{36})"', seen.text)
    assert first is not None
    quoting = await page(chair, f"{at}?quote={first[1]}")
    assert hidden(quoting, "quotes") == first[1]
    assert "Escriba qué quiere decir" in text_of(await press(chair, at, 422, text="  "))
    said = await press(chair, at, text="En marzo.", quotes=first[1])
    post = said.headers["location"].rpartition("#p-")[2]
    mine = f"{at}/posts/{post}"
    assert "Member : ¿Cuándo? @chair" in text_of(await page(member, at))
    await press(chair, mine, etag=hidden(await page(chair, mine), "etag"), text="En abril.")
    assert "En marzo." in text_of(await page(observer, mine))
    await press(member, mine, 403, etag='"1"', text="Nunca.")
    await press(observer, at, 403, text="Hola")
    await press(chair, mine, etag=hidden(await page(chair, mine), "etag"), act="remove")
    assert "Este mensaje se quitó" in text_of(await page(member, at))
    await press(member, f"{at}/close", etag=hidden(await page(member, at), "etag"), closed="1")
    closed = await page(member, at)
    assert "Cerrada" in text_of(closed)
    assert "La conversación está cerrada" in text_of(await press(member, at, 409, text="Tarde"))
    await press(chair, f"{at}/remove", etag=hidden(await page(chair, at), "etag"))
    assert "todavía no conversa" in text_of(await page(member, TALKS))


async def test_the_public_reads_the_library_in_its_language_and_nothing_else(
    platform: Platform, member: Person, chair: Person, public: Person
) -> None:
    assert "Todavía no hay documentos publicados" in (await public.get("/documents", headers=HTML)).text
    sent = [
        ("estudio.docx", docx("Estudio de los muelles", "La exportación crece"), "Estudio & <b>plan</b>"),
        ("dibujo.svg", SVG, "Dibujo"), ("notas.md", b"# Notas\n\n<script>alert(1)</script> [x](javascript:alert(1))", "Notas"),
    ]  # fmt: skip
    keys = {}
    for name, content, title in sent:
        told = (await send_file(member, content, name, title=title, note="Nota interna")).json()
        keys[name] = told["id"]
        read_now = await chair.get(f"{ROOT}/documents/{told['id']}")
        await chair.patch(f"{ROOT}/documents/{told['id']}", json={"tags": ["marzo"]}, headers=if_match(read_now))
        assert (await chair.post(f"{ROOT}/documents/{told['id']}/publish")).status_code == 200
    await send_file(member, b"Borrador de los muelles", "secreto.txt", title="Secreto")
    await platform.run_jobs()
    texts = {
        "es": ("Biblioteca de documentos", "Cómo citarlo", "(versión 1)"),
        "en": ("Library of documents", "How to cite it", "(version 1)"),
    }  # fmt: skip
    for language, (library, cite, version) in texts.items():
        asked = {**HTML, "accept-language": language}
        listed = await public.get("/documents", headers=asked)
        assert library in text_of(listed) and "Secreto" not in listed.text
        assert complaints(listed.text, whole=True) == []
        assert "public" in listed.headers["cache-control"]
        again = await public.get("/documents", headers={**asked, "If-None-Match": listed.headers["etag"]})
        assert (again.status_code, again.content, again.headers["vary"]) == (304, b"", listed.headers["vary"])
        shown = await public.get(f"/documents/{keys['estudio.docx']}", headers=asked)
        assert cite in text_of(shown) and version in text_of(shown) and "exportación" in text_of(shown)
        assert "interna" not in shown.text and "Member" not in shown.text
        assert f"{ORIGIN}/documents/{keys['estudio.docx']}" in shown.text
    for name in ("dibujo.svg", "notas.md"):
        shown = await public.get(f"/documents/{keys[name]}", headers=HTML)
        assert "<script>alert" not in shown.text and 'href="javascript' not in shown.text
        assert not [image for image in read(shown.text).all("img") if image.attributes["src"].startswith("/api")]
    home = await public.get("/", headers=HTML)
    assert "Estudio &amp; &lt;b&gt;plan&lt;/b&gt;" in home.text and "Secreto" not in home.text
    for query, count in {
        "q=exportacion": 1, "family=office": 1, "family=pdf": 0, f"committee={SLUG}": 3, "tag=marzo": 3,
        "year=2026&q=muelles": 1, "q=secreto": 0, "q=borrador": 0,
    }.items():  # fmt: skip
        found = text_of(await public.get(f"/documents?{query}", headers=HTML))
        assert f"{count} documento" in found, (query, found[:300])
    facets = (await public.get(f"{ROOT}/documents/facets")).json()
    assert facets["total"] == 3
    assert [(one["value"], one["documents"]) for one in facets["committees"]] == [(SLUG, 3)]
    assert [(one["value"], one["documents"]) for one in facets["years"] + facets["tags"]] == [("2026", 3), ("marzo", 3)]
    assert facets == (await member.get(f"{ROOT}/documents/facets")).json()
    for odd in ("year=abc", "family=letters", "cursor=xyz", "year=99999999999"):
        assert (await public.get(f"/documents?{odd}", headers=HTML)).headers["location"] == "/documents", odd
    feed = await public.get("/documents.atom", params={"tag": "marzo"})
    atom = ElementTree.fromstring(feed.text)
    names = [title.text for title in atom.iterfind("{*}entry/{*}title")]
    assert sorted(names) == ["Dibujo", "Estudio & <b>plan</b>", "Notas"]
    assert (await public.get("/documents.atom", params={"year": "abc"})).status_code == 422
    hits = await public.get("/search?q=muelle", headers=HTML)
    assert "1 resultado" in text_of(hits) and "<mark>muelles</mark>" in hits.text
    plan = {"year": 2027, "title": "Muelle de cruceros"}
    assert (
        await member.post("/api/v1/workspace/committees/research-and-innovation/work-plan", json=plan)
    ).status_code == 201
    both = await page(member, "/search?q=muelle")
    assert "3 resultados" in text_of(both) and "/plan?year=2027#actividad-" in both.text
    only = text_of(await page(member, "/search?q=muelle&kind=plan_item"))
    assert "1 resultado" in only and "Muelle de cruceros" in only and "Plan de trabajo" in only
    for odd in (
        "",
        "?q=de+la",
        "?q=%3Cscript%3E",
        "?q=muelle&cursor=xyz",
        "?q=muelle&kind=letters",
        f"?q={'x' * 5000}",
    ):
        answer = await public.get(f"/search{odd}", headers=HTML)
        assert answer.status_code in (200, 303) and "<script>" not in answer.text, odd
