"""Evidence: files and links that answers name, and that are there again the next year."""

import io
import zipfile

import pytest

from deploy.local.composition import Platform
from tests.people import Person, pointers
from tests.survey.conftest import API, ASSESSMENT, COMMUNITY, MEASURES, MINE, YEAR, answers, everything, in_days, opened

pytestmark = pytest.mark.slow
EVIDENCE = f"{ASSESSMENT}/evidence"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def zipped(**entries: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"), content)
    return made.getvalue()


def a_file(name: str, content: bytes, kind: str = "application/octet-stream") -> dict[str, tuple[str, bytes, str]]:
    return {"file": (name, content, kind)}


async def test_an_answer_rests_on_a_file_and_a_link_and_next_year_they_are_there_again(
    platform: Platform, secretariat: Person, coordinator: Person, respondent: Person, data_provider: Person,
    foreign_coordinator: Person, public: Person,
):  # fmt: skip
    await opened(secretariat)
    given = await respondent.post(
        EVIDENCE, files=a_file("../Acta n.º 3.pdf", PDF), data={"title": "Acta de constitución"}
    )
    assert given.status_code == 201, given.text
    acta = given.json()
    assert (acta["kind"], acta["file_name"], acta["media_type"], acta["size"], acta["reused"]) == (
        "file", "Acta n.º 3.pdf", "application/pdf", len(PDF), False
    )  # fmt: skip
    link = (
        await coordinator.post(f"{EVIDENCE}/links", json={"title": "Decreto 123", "url": "https://example.org/d123"})
    ).json()
    assert (link["kind"], link["url"]) == ("link", "https://example.org/d123")
    body = answers({MEASURES[0]: 3, MEASURES[1]: 2})
    body["answers"][0]["evidence"] = [acta["id"], link["id"]]
    assert (await respondent.patch(MINE, json=body)).status_code == 200
    listed = (await respondent.get(EVIDENCE)).json()["items"]
    assert [(one["title"], one["measures"]) for one in listed] == [
        ("Decreto 123", [MEASURES[0]]), ("Acta de constitución", [MEASURES[0]])
    ]  # fmt: skip

    content = f"{API}/evidence/{acta['id']}/content"
    for who in (respondent, coordinator, secretariat, data_provider):
        read = await who.get(content)
        assert read.content == PDF and read.headers["content-disposition"].startswith("attachment")
        assert (await who.get(EVIDENCE)).status_code == 200
    for path in (content, f"{API}/evidence/{acta['id']}", EVIDENCE):
        assert (await public.get(path)).status_code == 401
        assert (await foreign_coordinator.get(path)).status_code == 404
    assert (await foreign_coordinator.post(EVIDENCE, files=a_file("a.pdf", PDF))).status_code == 404
    assert (await data_provider.post(EVIDENCE, files=a_file("a.pdf", PDF))).status_code == 403
    assert (await secretariat.get(f"{API}/evidence/{link['id']}/content")).status_code == 404

    # Evidence of another community is not to be named; what an answer rests on stays.
    elsewhere = await opened_elsewhere(secretariat)
    wrong = answers({MEASURES[2]: 1})
    wrong["answers"][0]["evidence"] = [acta["id"], elsewhere]
    assert pointers(await respondent.patch(MINE, json=wrong)) == ["/answers/0/evidence/1"]
    assert (await respondent.delete(f"{API}/evidence/{acta['id']}")).status_code == 409
    slip = (await respondent.post(EVIDENCE, files=a_file("foto.png", PNG))).json()
    assert (await data_provider.delete(f"{API}/evidence/{slip['id']}")).status_code == 403
    assert (await respondent.delete(f"{API}/evidence/{slip['id']}")).status_code == 204
    assert (await respondent.get(f"{API}/evidence/{slip['id']}")).status_code == 404

    # Handed in, nothing is added; the next year what was given is marked as such.
    await respondent.patch(MINE, json=answers({m: v for m, v in everything(2).items() if m not in MEASURES[:2]}))
    assert (await coordinator.post(f"{ASSESSMENT}/submit")).status_code == 200
    assert (await respondent.post(EVIDENCE, files=a_file("tarde.pdf", PDF))).status_code == 409
    await opened(secretariat, year=YEAR + 1, opens_on=in_days(0), closes_on=in_days(9))
    following = ASSESSMENT.replace(str(YEAR), str(YEAR + 1))
    again = (await respondent.get(f"{following}/evidence")).json()["items"]
    assert [(one["title"], one["reused"], one["measures"]) for one in again] == [
        ("Decreto 123", True, []), ("Acta de constitución", True, [])
    ]  # fmt: skip
    body = answers({MEASURES[0]: 4})
    body["answers"][0]["evidence"] = [acta["id"]]
    assert (await respondent.patch(f"{following}/answers/mine", json=body)).status_code == 200
    again = (await respondent.get(f"{following}/evidence")).json()["items"]
    assert again[1]["measures"] == [MEASURES[0]] and again[1]["reused"]


async def opened_elsewhere(secretariat: Person) -> str:
    """A link that the secretariat gave for Biobío."""
    theirs = EVIDENCE.replace(COMMUNITY, "cl-biobio")
    made = await secretariat.post(f"{theirs}/links", json={"title": "Acta", "url": "https://example.org/a"})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def test_what_proves_nothing_or_harms_is_refused_by_field(secretariat: Person, respondent: Person):
    await opened(secretariat)
    macro = zipped(**{"[Content_Types]_xml": b"<Types/>", "xl__workbook_xml": b"<w/>", "xl__vbaProject_bin": b"x"})
    refused = {
        "a program by its name": a_file("informe.pdf.exe", PDF),
        "a program by its bytes": a_file("informe.pdf", b"MZ" + bytes(100)),
        "a page": a_file("acta.html", b"<!doctype html><script>alert(1)</script>"),
        "a drawing that may run": a_file("mapa.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
        "a sheet with macros": a_file("datos.xlsx", macro),
        "an archive": a_file("todo.zip", zipped(acta_xml=b"x")),
        "another kind than its name says": a_file("acta.pdf", PNG),
        "nothing": a_file("acta.pdf", b""),
        "a broken archive": a_file("acta.docx", b"PK\x03\x04" + bytes(60)),
        "a name that turns around": a_file("acta\u202efdp.exe", PDF),
    }
    for what, files in refused.items():
        told = await respondent.post(EVIDENCE, files=files)
        assert (told.status_code, pointers(told)) == (422, ["/file"]), what
    large = await respondent.post(EVIDENCE, files=a_file("acta.pdf", PDF + bytes(20 * 2**20)))
    assert large.status_code == 413 and large.json()["errors"][0]["pointer"] == "/file"
    assert pointers(await respondent.post(EVIDENCE, files=a_file("a.pdf", PDF), data={"title": "x" * 301})) == [
        "/title"
    ]
    assert pointers(await respondent.post(EVIDENCE, files=a_file("a.pdf", PDF), data={"other": "x"})) == ["/other"]
    assert (await respondent.post(EVIDENCE, json={"title": "x", "url": "https://example.org"})).status_code == 415
    for url in ("javascript:alert(1)", "ftp://example.org/a", "https://", "file:///etc/passwd"):
        assert pointers(await respondent.post(f"{EVIDENCE}/links", json={"title": "x", "url": url})) == ["/url"], url
    assert (await respondent.get(EVIDENCE)).json()["items"] == []
    key = {"Idempotency-Key": "once"}
    first = await respondent.post(EVIDENCE, files=a_file("acta.pdf", PDF), headers=key)
    assert (await respondent.post(EVIDENCE, files=a_file("acta.pdf", PDF), headers=key)).json() == first.json()
    assert (await respondent.post(EVIDENCE, files=a_file("acta.pdf", PDF + b"x"), headers=key)).status_code == 422
    assert len((await respondent.get(EVIDENCE)).json()["items"]) == 1
