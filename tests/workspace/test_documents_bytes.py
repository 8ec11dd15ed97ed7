"""The files of documents: under which name and as what they are taken, how their bytes come in, are kept and go out."""

import asyncio
import hashlib
import os
import time
from datetime import date

from sqlalchemy import delete

from deploy.local.composition import Platform
from services.workspace.documents.text_jobs import forget_file
from services.workspace.seed import PLATFORM
from services.workspace.tables import Document
from tests.people import Person, pointers
from tests.workspace.conftest import HERE, OTHER, ROOT, THERE
from tests.workspace.files import ACTA, HTML, PNG, SVG, docx, pdf, send_file, sheet, word, zipped


async def test_names_are_tidied_or_refused_and_never_reach_a_header_raw(member: Person):
    kept = {
        "Informe “Ñ” 2025.pdf": "Informe “Ñ” 2025.pdf",
        'a"b.pdf': 'a"b.pdf',
        "../../etc/passwd.pdf": "passwd.pdf",
        "C:\\Actas\\acta.pdf": "acta.pdf",
        "Reunio\u0301n.pdf": "Reunión.pdf",
    }
    for sent, name in kept.items():
        told = (await send_file(member, ACTA, sent)).json()
        assert told["file_name"] == name, sent
        content = await member.get(told["content"])
        assert content.content == ACTA
        assert content.headers["content-disposition"].isascii()
        assert "filename*=UTF-8''" in content.headers["content-disposition"]
    long = (await send_file(member, ACTA, "ñ" * 300 + ".pdf")).json()
    assert (len(long["file_name"]), long["file_name"][-5:]) == (200, "ñ.pdf")
    for sent in ("a\r\nX-Evil: 1.pdf", "a\u0000b.pdf", "foto\u202egpj.pdf", "\u2066acta.pdf", "/", "..", " . "):
        refused = await member.post(f"{HERE}/documents", files={"file": (sent, ACTA)})
        assert pointers(refused) == ["/file"], sent
    titles = [(await send_file(member, ACTA, "Igual.pdf")).json()["title"] for _ in range(3)]
    assert titles == ["Igual", "Igual (2)", "Igual (3)"]
    given = [(await send_file(member, ACTA, "x.pdf", title="Mismo título")).json() for _ in range(2)]
    assert given[0]["title"] == given[1]["title"] == "Mismo título"
    assert given[0]["id"] != given[1]["id"]


async def test_the_bytes_say_what_a_file_is(member: Person):
    kept = [
        ("acta.docx", docx("Hola"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "attachment"),
        ("foto.png", PNG, "image/png", "inline"),
        ("dibujo.svg", SVG, "image/svg+xml", "attachment"),
        ("pagina.html", HTML, "text/html", "attachment"),
        ("notas.md", "# Título\n\n<script>".encode(), "text/markdown", "attachment"),
        ("viejo.txt", "Año de la gestión".encode("cp1252"), "text/plain", "inline"),
        ("guion.gif", b"GIF89a/*" + b"\x00" * 20 + b"*/=alert(1)", "image/gif", "inline"),
        ("acta.pdf", ACTA, "application/pdf", "inline"),
        ("sin-nombre", ACTA, "application/pdf", "inline"),
        ("varios.zip", zipped({"a.txt": b"a"}), "application/zip", "attachment"),
        ("muelle.dwg", b"AC1032" + bytes(range(256)), "application/octet-stream", "attachment"),
        ("datos.bin", bytes(range(256)), "application/octet-stream", "attachment"),
    ]  # fmt: skip
    for name, content, media_type, shown in kept:
        told = (await send_file(member, content, name)).json()
        assert told["media_type"] == media_type, name
        answer = await member.get(told["content"])
        assert answer.content == content
        assert answer.headers["content-disposition"].startswith(shown), name
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = "default-src 'none'" if media_type == "application/pdf" else "sandbox; default-src 'none'"
        assert answer.headers["content-security-policy"].startswith(policy), name
    refused = [
        ("programa.exe", b"MZ\x90\x00", 415), ("acta.pdf", b"MZ\x90\x00", 415), ("guion.sh", b"echo", 415),
        ("guion", b"#!/bin/sh\n", 415), ("acta.pdf", b"\x7fELF\x02", 415), ("acta.pdf", HTML, 422),
        ("foto.png", SVG, 422), ("acta.docx", ACTA, 422), ("acta.docx", zipped({"a.txt": b"a"}), 422),
        ("libro.xlsm", docx("a"), 415), ("acta.docx", docx("a", word__vbaProject_bin=b"x"), 415),
        ("varios.zip", zipped({"a.exe": b"MZ"}), 415), ("roto.docx", b"PK\x03\x04nada", 422), ("vacio.txt", b"", 422),
        ("datos.txt", bytes(range(256)), 422), ("foto.jpg", PNG, 422),
        ("bomba.png", PNG[:16] + b"\0\0\x75\x30" * 2 + PNG[24:], 422), ("bomba.gif", b"GIF89a" + b"\xff" * 4 + b"\0;", 422),
        ("bomba.docx", docx("a", word__media=bytes(150 * 2**20)), 422),
        ("muchos.zip", zipped({f"{n}.txt": b"" for n in range(20_001)}), 422),
    ]  # fmt: skip
    for name, content, status in refused:
        answer = await member.post(f"{HERE}/documents", files={"file": (name, content)})
        assert answer.status_code == status, (name, content[:10], answer.text)


async def test_parts_of_a_file_come_as_asked_for(member: Person):
    content = bytes(range(256)) * 10
    told = (await send_file(member, b"%PDF-1.7\n" + content, "a.pdf")).json()
    whole = b"%PDF-1.7\n" + content
    size = len(whole)

    async def asked(value: str, **headers: str) -> tuple[int, bytes, str | None]:
        answer = await member.get(told["content"], headers={"Range": value, **headers})
        return answer.status_code, answer.content, answer.headers.get("content-range")

    assert await asked("bytes=0-0") == (206, whole[:1], f"bytes 0-0/{size}")
    assert await asked("bytes=5-9") == (206, whole[5:10], f"bytes 5-9/{size}")
    assert await asked("bytes=-3") == (206, whole[-3:], f"bytes {size - 3}-{size - 1}/{size}")
    assert await asked(f"bytes={size - 2}-") == (206, whole[-2:], f"bytes {size - 2}-{size - 1}/{size}")
    assert await asked("bytes=-99999999") == (206, whole, f"bytes 0-{size - 1}/{size}")
    for last in (str(size * 9), "9" * 300):
        assert await asked(f"bytes=9-{last}") == (206, whole[9:], f"bytes 9-{size - 1}/{size}")
    for several in ("items=0-1", "bytes=0-0,2-2", "bytes=" + ",".join(["0-100"] * 200)):
        assert await asked(several) == (200, whole, None)
    for wrong in ("bytes=5-4", f"bytes={size}-", "bytes=-0", "bytes=-", "bytes=a-b", "bytes=" + "9" * 30 + "-"):
        status, _, told_range = await asked(wrong)
        assert (status, told_range) == (416, f"bytes */{size}"), wrong
    etag = (await member.get(told["content"])).headers["etag"]
    assert (await asked("bytes=0-0", **{"If-Range": etag}))[0] == 206
    assert (await asked("bytes=0-0", **{"If-Range": '"another"'}))[0] == 200
    assert (await member.get(told["content"], headers={"If-None-Match": etag})).status_code == 304
    head = await member.head(told["content"])
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(size), b"")


async def test_forms_that_are_not_as_they_should_be(member: Person, observer: Person, public: Person):
    url = f"{HERE}/documents"
    assert pointers(await member.post(url, data={"title": "Sin archivo"}, files={"x": ("a", b"a")})) == ["/x"]
    assert pointers(await member.post(url, files={"title": (None, "Sin archivo")})) == ["/file"]
    assert pointers(await member.post(url, files=[("file", ("a.txt", b"a")), ("file", ("b.txt", b"b"))])) == ["/file"]
    assert pointers(await send_file(member, b"a", "a.txt", status=422, folder="a/b/c/d/e/f")) == ["/folder"]
    assert pointers(await send_file(member, b"a", "a.txt", status=422, folder="../x")) == ["/folder"]
    assert pointers(await send_file(member, b"a", "a.txt", status=422, title="x" * 301)) == ["/title"]
    assert pointers(await send_file(member, b"a", "a.txt", status=422, owner="me")) == ["/owner"]
    assert (await member.post(url, content=b"x")).status_code == 415
    cut = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nabc'
    kind = {"content-type": "multipart/form-data; boundary=b"}
    assert (await member.post(url, content=cut, headers=kind)).status_code == 400
    assert (await member.post(url, content=b"nada", headers=kind)).status_code == 400
    huge = {**kind, "content-length": str(2**40)}
    assert (await member.post(url, content=b"", headers=huge)).status_code == 413
    assert (await observer.post(url, content=cut, headers=kind)).status_code == 403
    assert (await public.post(url, content=cut, headers=kind)).status_code == 401
    assert (await member.post(f"{THERE}/documents", content=cut, headers=kind)).status_code == 403
    assert (await member.get(url)).json()["total"] == 0


async def test_the_same_upload_twice_is_one_document(member: Person):
    key = {"Idempotency-Key": "una-vez"}
    answers = await asyncio.gather(*(
        member.post(f"{HERE}/documents", files={"file": ("a.txt", b"hola")}, headers=key) for _ in range(5)
    ))  # fmt: skip
    assert {answer.status_code for answer in answers} <= {201, 409}
    again = await send_file(member, b"hola", "a.txt", headers=key)
    assert again.headers["idempotency-replayed"] == "true"
    assert (await member.get(f"{HERE}/documents")).json()["total"] == 1
    assert pointers(await send_file(member, b"otro", "a.txt", headers=key, status=422)) == ["/Idempotency-Key"]
    url = f"{again.headers['location']}/versions"
    versions = await asyncio.gather(*(
        member.post(url, files={"file": ("a.txt", b"dos")}, headers={"Idempotency-Key": "otra"}) for _ in range(5)
    ))  # fmt: skip
    assert {answer.status_code for answer in versions} <= {201, 409}
    assert (await member.get(url)).json()["total"] == 2


async def test_a_file_comes_in_parts_and_goes_on_after_a_break(platform: Platform, member: Person, chair: Person):
    content = b"%PDF-1.7\n" + bytes(range(256)) * 400
    wanted = {
        "committee": "research-and-innovation",
        "file_name": "grande.pdf",
        "size": len(content),
        "folder": "Actas",
    }
    begun = await member.post(f"{ROOT}/uploads", json=wanted)
    url = begun.headers["location"]
    assert (begun.status_code, begun.headers["upload-offset"]) == (201, "0")

    async def send(start: int, end: int, by: Person = member) -> int:
        headers = {"Upload-Offset": str(start), "Content-Type": "application/offset+octet-stream"}
        answer = await by.patch(url, content=content[start:end], headers=headers)
        return answer.status_code

    assert await send(0, 40_000) == 200
    assert await send(0, 40_000) == 409
    assert await send(40_000, 40_000) == 200
    assert (await member.head(url)).headers["upload-offset"] == "40000"
    assert sorted(await asyncio.gather(*(send(40_000, 90_000) for _ in range(3)))) == [200, 409, 409]
    assert await send(90_000, len(content), chair) == 404
    assert (await member.get(f"{HERE}/documents")).json()["total"] == 0
    headers = {"Upload-Offset": "90000", "Content-Type": "application/offset+octet-stream"}
    assert (await member.patch(url, content=content[90_000:] + b"more", headers=headers)).status_code == 413
    finished = (await member.patch(url, content=content[90_000:], headers=headers)).json()
    assert finished["finished"]["sha256"] == hashlib.sha256(content).hexdigest()
    told = (await member.get(f"{ROOT}/documents/{finished['document']}")).json()
    assert (told["folder"], told["file_name"]) == ("Actas", "grande.pdf")
    assert (await member.get(told["content"])).content == content
    assert (await member.get(url)).status_code == 404
    for wrong, status in (
        ({**wanted, "size": 2**39}, 413), ({**wanted, "file_name": "x.exe"}, 415), ({**wanted, "size": 0}, 422),
        ({**wanted, "committee": OTHER}, 403), ({**wanted, "committee": "nowhere"}, 404),
        ({"file_name": "a.txt", "size": 1}, 422),
    ):  # fmt: skip
        assert (await member.post(f"{ROOT}/uploads", json=wrong)).status_code == status, wrong
    bad = await member.post(f"{ROOT}/uploads", json={**wanted, "size": 4, "file_name": "x.pdf"})
    refused = await member.patch(
        bad.headers["location"], content=b"MZ\x90\x00", headers={**headers, "Upload-Offset": "0"}
    )
    assert refused.status_code == 415
    assert (await member.get(bad.headers["location"])).status_code == 404


async def test_what_is_wrong_inside_a_file_harms_nobody(platform: Platform, member: Person):
    """The text is read in a process of its own: whatever is in the file ends there, and the file is kept."""
    bomb = docx("Principio", **{"word__footnotes.xml": b"<a>" + b" " * (66 * 2**20) + b"</a>"})
    laughs = b'<!DOCTYPE a [<!ENTITY x "ja">' + b"".join(
        f'<!ENTITY x{n} "{f"&x{n - 1 if n else chr(32)};".replace(" ", "") * 10}">'.encode() for n in range(1, 12)
    ) + b"]><a>&x11;</a>"  # fmt: skip
    files = {
        "bomba.docx": (bomb, "unreadable"),
        "risas.docx": (zipped({"[Content_Types].xml": b"x", "word/document.xml": laughs}), "unreadable"),
        "cifrado.pdf": (b"%PDF-1.7\n" + b"\xff" * 5000, "unreadable"),
        "vacio.pdf": (pdf(""), "empty"),
        "hoja.md": ("\ufeff# Título\n\n\x0cUno\ue000dos <b>tres</b>".encode(), "read"),
        "latin.txt": ("La administración".encode("cp1252"), "read"),
        "largo.txt": (b"muelle " * 60_000, "read"),
    }
    told = {name: (await send_file(member, content, name)).json() for name, (content, _) in files.items()}
    await platform.run_jobs()
    for name, (content, state) in files.items():
        url = f"{ROOT}/documents/{told[name]['id']}"
        assert (await member.get(url)).json()["text_state"] == state, name
        assert (await member.get(f"{url}/versions/1/content")).content == content
    shown = (await member.get(f"{ROOT}/documents/{told['hoja.md']['id']}/versions/1/preview")).json()
    assert "\ue000" not in shown["text"] and "<b>" not in shown["html"]
    long = (await member.get(f"{ROOT}/documents/{told['largo.txt']['id']}/versions/1/preview")).json()
    assert (long["cut"], len(long["text"]) <= 20_000) == (True, True)
    hits = (await member.get(f"{ROOT}/search", params={"q": "muelle"})).json()
    assert [hit["title"] for hit in hits["items"]] == ["largo"]


async def test_office_files_are_read_with_their_headings_lists_and_tables(platform: Platform, member: Person):
    acta = word("# Acta de marzo", "Se aprobó", "- la gestión", [["Puerto", "Horas"], ["Callao", "12|13"]])
    later = word("# Acta de marzo", "Se aprobó", "- la gestión", [["Puerto", "Horas"], ["Callao", "14"]], "Fin")
    figures = sheet("Demora", [["Puerto", "Horas", "Día"], ["Callao", 12.5, date(2026, 3, 1)], ["=1+1", 3, None]])
    told = (await send_file(member, acta, "acta.docx")).json()
    url = f"{ROOT}/documents/{told['id']}"
    await send_file(member, later, "acta.docx", to=f"{url}/versions")
    table = (await send_file(member, figures, "demora.xlsx")).json()
    await platform.run_jobs()
    shown = (await member.get(f"{url}/versions/1/preview")).json()["html"]
    for piece in ("<h3>Acta de marzo</h3>", "<li>la gestión</li>", "<th>Puerto</th>", "<td>12|13</td>"):
        assert piece in shown, piece
    cells = (await member.get(f"{ROOT}/documents/{table['id']}/versions/1/preview")).json()["html"]
    for piece in ("<h4>Demora</h4>", "<td>12.5</td>", "<td>2026-03-01</td>", "<td>3</td>"):
        assert piece in cells, piece
    changed = (await member.get(f"{url}/compare", params={"before": "1", "after": "2"})).json()
    assert [line["text"] for line in changed["lines"] if line["kind"] == "added"] == ["| Callao | 14 |", "Fin"]
    hit = (await member.get(f"{ROOT}/search", params={"q": "horas callao 14"})).json()["items"][0]
    assert (hit["title"], "|" in hit["snippet"]) == ("acta", False)


async def test_bytes_are_kept_once_and_only_as_long_as_something_names_them(
    platform: Platform, member: Person, chair: Person
):
    store = platform.settings.data_dir / "objects" / "workspace"
    told = [(await send_file(member, ACTA, f"{n}.pdf")).json() for n in range(2)]
    sha256 = told[0]["sha256"]
    at = store / sha256[:2] / sha256[2:4] / sha256
    assert at.is_file()
    objects, db = platform.services["workspace"].state.objects, platform.services["workspace"].state.database
    long_ago = time.time() - 3 * 24 * 3600
    os.utime(at, (long_ago, long_ago))
    await forget_file(db, objects, {"sha256": sha256})
    assert at.is_file()
    async with db.transaction(by=PLATFORM, to="purge the documents of a test") as tx:
        await tx.execute(delete(Document).where(Document.id.in_([one["id"] for one in told])))
    await send_file(member, ACTA, "otra.pdf")  # the same bytes come again: they stay, whoever asks to forget them
    read = await chair.get(f"{HERE}/documents")
    gone = read.json()["items"][0]
    async with db.transaction(by=PLATFORM, to="purge the documents of a test") as tx:
        await tx.execute(delete(Document).where(Document.id == gone["id"]))
    await forget_file(db, objects, {"sha256": sha256})
    assert at.is_file()
    os.utime(at, (long_ago, long_ago))
    await forget_file(db, objects, {"sha256": sha256})
    assert not at.exists()
    damaged = (await send_file(member, b"bytes que se van a romper", "roto.txt")).json()
    path = store / damaged["sha256"][:2] / damaged["sha256"][2:4] / damaged["sha256"]
    path.write_bytes(b"bytes que ya se rompieron!")
    assert (await member.get(damaged["content"])).status_code == 503
    path.unlink()
    assert (await member.get(damaged["content"])).status_code == 503
