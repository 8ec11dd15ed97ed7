"""Reports: made once, off the request path, seen by whoever may see the result, in the reader's language."""

import asyncio
import io
from collections.abc import Mapping
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
from pypdf import PdfReader

from deploy.local.composition import Platform
from services.survey.reports import jobs
from shared.languages import LANGUAGES
from tests.people import Person, pointers
from tests.survey.conftest import API, ASSESSMENT, COMMUNITY, MINE, answers, campaign, everything, opened, publish
from tests.survey.test_permissions import OUTSIDERS, ROLES
from tests.survey.test_results import PHASE_I, several

pytestmark = pytest.mark.slow
REPORTS = f"{API}/reports"
PDF = f"{REPORTS}/{COMMUNITY}/2026.pdf"
NETWORK = f"{REPORTS}/network/2026.pdf"
AT_ONCE = {"Prefer": "respond-async"}


def read_pdf(content: bytes) -> tuple[PdfReader, str]:
    book = PdfReader(io.BytesIO(content))
    return book, " ".join(" ".join(page.extract_text() for page in book.pages).split())


async def test_a_report_is_made_once_for_an_edition_and_anew_for_the_next(
    platform: Platform, secretariat: Person, respondent: Person, coordinator: Person, public: Person
):
    await opened(secretariat)
    await publish(secretariat, respondent, coordinator, levels=everything(3) | {"M1.1.a": 0})
    asked = await public.get(PDF, headers=AT_ONCE)
    assert asked.status_code == 202
    told = asked.json()
    assert asked.headers["location"] == f"{REPORTS}/{told['id']}"
    assert int(asked.headers["retry-after"]) > 0
    assert (told["state"], told["progress"], told["file"]) == ("queued", 0, f"{PDF}?lang=es&revision=3")
    waiting = asyncio.gather(*[public.get(PDF) for _ in range(4)])
    await platform.run_jobs()
    files = await waiting
    assert {file.status_code for file in files} == {200}
    assert len({file.content for file in files}) == 1
    first = files[0]
    assert first.headers["content-type"] == "application/pdf"
    assert "attachment" in first.headers["content-disposition"]
    assert (await public.get(PDF, headers={"If-None-Match": first.headers["etag"]})).status_code == 304
    done = (await public.get(asked.headers["location"])).json()
    assert (done["state"], done["progress"], done["size"]) == ("done", 100, len(first.content))
    book, text = read_pdf(first.content)
    assert 8 <= len(book.pages) == done["pages"] <= 12
    assert book.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert book.trailer["/Root"]["/Lang"].startswith("es")
    assert book.metadata is not None and book.metadata.title == "Informe de Manzanillo, 2026"
    assert b"pdfuaid:part" in first.content
    assert "72.9" in text
    again = await public.post(REPORTS, json={"community": COMMUNITY, "year": 2026})
    assert (again.status_code, again.json()["id"]) == (202, told["id"])
    # a correction is a new edition with a file of its own; the old one stays readable
    comments = {"comments": [{"text": "Corrija"}]}
    assert (await secretariat.post(f"{ASSESSMENT}/return", json=comments)).status_code == 200
    assert (await public.get(PDF)).content == first.content
    saved = await respondent.patch(
        MINE, json={"answers": [{"measure": "M1.1.a", "level": 4, "flag": None, "base_revision": 1}]}
    )
    assert saved.json()["conflicts"] == []
    for who, step in ((coordinator, "submit"), (secretariat, "accept"), (coordinator, "publish")):
        assert (await who.post(f"{ASSESSMENT}/{step}")).status_code == 200
    await public.get(PDF, headers=AT_ONCE)
    await platform.run_jobs()
    second = await public.get(PDF)
    assert (second.status_code, second.headers["etag"] == first.headers["etag"]) == (200, False)
    assert "75.7" in read_pdf(second.content)[1]
    old = await public.get(PDF, params={"revision": 3}, headers=AT_ONCE)
    await platform.run_jobs()
    old = await public.get(PDF, params={"revision": 3})
    assert "72.9" in read_pdf(old.content)[1]
    assert (await public.get(PDF, params={"revision": 5})).status_code == 404


async def test_reports_speak_four_languages(
    platform: Platform, secretariat: Person, respondent: Person, coordinator: Person, public: Person
):
    await opened(secretariat)
    await publish(
        secretariat, respondent, coordinator, levels=everything(2) | {"M2.1.a": 3, "M1.2.a": "not_applicable"}
    )
    asked = [
        await public.post(REPORTS, json={"community": COMMUNITY, "year": 2026, "language": language})
        for language in LANGUAGES
    ]
    assert len({answer.json()["id"] for answer in asked}) == 4
    await platform.run_jobs()
    for language, title, score in (
        ("es", "Informe de Manzanillo, 2026", "50.7"), ("en", "Report on Manzanillo, 2026", "50.7"),
        ("pt", "Relatório de Manzanillo, 2026", "50,7"), ("fr", "Rapport sur Manzanillo, 2026", "50,7"),
    ):  # fmt: skip
        answer = await public.get(PDF, headers={"accept-language": language})
        book, text = read_pdf(answer.content)
        assert (answer.headers["content-language"], book.metadata.title) == (language, title)  # type: ignore[union-attr]
        assert score in text
        assert "%(" not in text


async def test_what_cannot_be_reported_on_is_refused(secretariat: Person, public: Person):
    await opened(secretariat)
    for body, where in (
        ({"year": "2026"}, ["/year"]), ({"year": 1}, ["/year"]), ({"year": 2026, "language": "de"}, ["/language"]),
        ({"year": 2026, "color": 1}, ["/color"]), ({}, ["/year"]), ({"year": 2026, "revision": 0}, ["/revision"]),
    ):  # fmt: skip
        assert pointers(await public.post(REPORTS, json=body)) == where
    absent = ("no-such/2026", f"{COMMUNITY}/2099", f"{COMMUNITY}/99999999999", f"{COMMUNITY}/MMXXVI", "network/2099")
    for address in (PDF, NETWORK, *[f"{REPORTS}/{one}.pdf" for one in absent]):
        assert (await public.get(address)).status_code == 404, address
    assert (await public.get(f"{REPORTS}/0190a000-0000-7000-8000-000000000000")).status_code == 404
    assert (await public.post(REPORTS, json={"community": "=1+1", "year": 2026})).status_code == 404


async def test_a_report_that_fails_says_so_and_is_tried_again(
    platform: Platform, secretariat: Person, respondent: Person, coordinator: Person, public: Person, monkeypatch: Any
):
    await opened(secretariat)
    await publish(secretariat, respondent, coordinator)
    key = {"Idempotency-Key": "once"}
    asked = (await public.post(REPORTS, json={"community": COMMUNITY, "year": 2026}, headers=key)).json()
    monkeypatch.setattr(jobs, "SECONDS", 0.001)
    await platform.run_jobs()
    failed = (await public.get(f"{REPORTS}/{asked['id']}")).json()
    assert (failed["state"], failed["progress"], failed["sha256"]) == ("failed", 0, None)
    assert failed["problem"]
    refused = await public.get(PDF)
    assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
    monkeypatch.undo()
    again = (await public.post(REPORTS, json={"community": COMMUNITY, "year": 2026})).json()
    assert (again["id"], again["state"], again["problem"]) == (asked["id"], "queued", None)
    await platform.run_jobs()
    assert (await public.get(PDF)).status_code == 200
    replayed = await public.post(REPORTS, json={"community": COMMUNITY, "year": 2026}, headers=key)
    assert replayed.json() == asked
    await jobs.make_report(
        platform.services["survey"].state.database, platform.services["survey"].state.objects, UUID(asked["id"])
    )
    made = (await public.get(f"{REPORTS}/{asked['id']}")).json()
    assert made["state"] == "done"
    objects = platform.services["survey"].state.objects
    await objects.forget(made["sha256"])
    lost = await public.get(PDF)
    assert (lost.status_code, lost.json()["id"], lost.json()["state"]) == (202, asked["id"], "queued")
    await platform.run_jobs()
    assert (await public.get(PDF)).status_code == 200


async def test_the_regional_report_comes_with_the_campaigns_publication_and_withholds_small_groups(
    platform: Platform, secretariat: Person, coordinator: Person, public: Person
):
    await several(platform, secretariat, dict(zip(PHASE_I, [0, 1, 2, 3, 4], strict=True)) | {"uy-montevideo": 4})
    for who, status in ((public, 404), (coordinator, 404), (secretariat, 202)):
        assert (await who.get(NETWORK, headers=AT_ONCE)).status_code == status
    for step in ("close", "publish"):
        assert (await secretariat.post(f"{API}/campaigns/2026/{step}")).status_code == 200
    asked = (await public.post(REPORTS, json={"year": 2026, "language": "en"})).json()
    assert (asked["kind"], asked["community"], asked["file"]) == ("network", None, f"{NETWORK}?lang=en")
    await platform.run_jobs()
    answer = await public.get(NETWORK, params={"lang": "en"})
    assert answer.status_code == 200
    book, text = read_pdf(answer.content)
    assert book.metadata is not None and book.metadata.title == "Regional report 2026"
    assert "58.3" in text and "Montevideo" in text
    assert "withheld: protects other communities" in text, "phase I of five leaves one"
    assert "fewer than 5 communities: not shown" in text
    assert (
        asked["id"]
        == (await public.post(REPORTS, json={"community": "network", "year": 2026, "language": "en"})).json()["id"]
    )


SURFACES = {
    "list": f"{API}/results?year=2026", "item": f"{API}/results/{COMMUNITY}?year=2026",
    "history": f"{API}/results/{COMMUNITY}/history", "basis": f"{API}/results/{COMMUNITY}/basis?year=2026",
    "peers": f"{API}/results/{COMMUNITY}/peers?year=2026", "csv": f"{API}/results/{COMMUNITY}?year=2026&format=csv",
    "xlsx": f"{API}/results/{COMMUNITY}?year=2026&format=xlsx", "list as csv": f"{API}/results?year=2026&format=csv",
    "heat map": f"{API}/results/points?year=2026", "heat map as csv": f"{API}/results/points?year=2026&format=csv",
    "years": f"{API}/results/years", "order": f"{API}/results/sensitivity?year=2026", "pdf": PDF,
    "page": f"/results/{COMMUNITY}?year=2026", "page of the basis": f"/results/{COMMUNITY}/basis?year=2026",
    "page of the list": "/results?year=2026", "page of the report": f"/results/{COMMUNITY}/report?year=2026",
}  # fmt: skip
BASIS_OF = "Cómo se calculó: Manzanillo, 2026"


async def shown_on(person: Person, surface: str) -> bool:
    """Whether this surface shows the community's result to this person."""
    address = SURFACES[surface]
    is_page = not address.startswith("/api/")
    headers = {"accept": "text/html", "accept-language": "es"} if is_page else {}
    answer = await person.get(address, headers=headers | AT_ONCE)
    assert answer.status_code in (200, 202, 404), (surface, answer.status_code, answer.text[:200])
    if answer.status_code == 404:
        return False
    if surface == "pdf":
        return True
    if surface == "xlsx":
        return answer.content.startswith(b"PK")
    if surface == "years":
        return any(item["year"] == 2026 for item in answer.json()["items"])
    if surface == "page":
        return "calculo" in answer.text and "Cómo se calculó" in answer.text
    if surface == "page of the list":
        return f"/results/{COMMUNITY}?year=2026" in answer.text
    if surface == "page of the report":
        return "Informe de Manzanillo, 2026" in answer.text
    return COMMUNITY in answer.text or BASIS_OF in answer.text


async def test_one_right_on_every_surface_in_every_state(platform: Platform, everyone: Mapping[str, Person]):
    secretariat, coordinator = everyone["secretariat"], everyone["coordinator"]
    await secretariat.post(f"{API}/campaigns", json=campaign(year=2025))
    await opened(secretariat)
    await everyone["respondent"].patch(MINE, json=answers(everything(3)))
    own = {role for role in ROLES if role not in OUTSIDERS and role != "public"}
    steps: list[tuple[str, Person | None, str, set[str]]] = [
        ("in progress", None, "", set()), ("submitted", coordinator, "submit", own),
        ("accepted", secretariat, "accept", own), ("published", coordinator, "publish", set(ROLES)),
        ("returned after publication", secretariat, "return", set(ROLES)),
    ]  # fmt: skip
    asked: dict[str, str] = {}
    for state, who, step, expected in steps:
        if who is not None:
            body = {"comments": [{"text": "Falta un acta"}]} if step == "return" else None
            assert (await who.post(f"{ASSESSMENT}/{step}", json=body)).status_code == 200
        for surface in SURFACES:
            found = {role for role in ROLES if await shown_on(everyone[role], surface)}
            assert found == expected, (state, surface)
        if state != "in progress":
            report = await secretariat.post(REPORTS, json={"community": COMMUNITY, "year": 2026})
            asked[state] = report.json()["id"]
            seen = {r for r in ROLES if (await everyone[r].get(f"{REPORTS}/{asked[state]}")).status_code == 200}
            assert seen == expected, state
    for state in ("submitted", "accepted"):
        seen = {r for r in ROLES if (await everyone[r].get(f"{REPORTS}/{asked[state]}")).status_code == 200}
        assert seen == own, f"the report of what was {state} stays the community's"
    reviewers = {r for r in ROLES if (await everyone[r].get(SURFACES["basis"])).json()["basis"] is not None}
    assert reviewers == {"secretariat", "coordinator"}


async def test_scores_kept_before_the_narrow_table_was_there_are_filled_in(
    platform: Platform, secretariat: Person, respondent: Person, coordinator: Person, public: Person
):
    await opened(secretariat)
    await publish(secretariat, respondent, coordinator, levels=everything(3) | {"M1.2.a": "not_applicable"})
    before = (await public.get(f"{API}/results/points")).json()
    fill = import_module("migrations.versions.survey.0003_deepen").SCORES_OF_SNAPSHOTS
    async with platform.services["survey"].state.database.engine.begin() as connection:
        await connection.exec_driver_sql("DELETE FROM survey.edition_scores")
        await connection.exec_driver_sql(fill)
        await connection.exec_driver_sql(fill)
    assert (await public.get(f"{API}/results/points")).json() == before
    assert before["total"] == 1
