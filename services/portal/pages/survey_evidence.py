"""What a respondent's answer rests on: a file, a link, or what the community gave before."""

from collections.abc import Mapping
from urllib.parse import quote

from starlette.responses import Response

from services.portal.pages.file_forms import pass_on
from services.portal.pages.reading import year_of
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from shared.problems import Conflict, Invalid, NotAllowed, TooLarge

router = page_router()
BASE = "/survey/{year}/{community}/evidence"
SAID: Mapping[str, str] = {
    "first": N_("Primero elija un nivel; después puede agregar lo que lo respalda."),
    "file": N_("No se agregó: elija un PDF, una imagen, un texto o un documento de Office, de hasta 20 MB."),
    "link": N_("No se agregó: escriba un título y una dirección que empiece con https://."),
    "closed": N_("No se agregó: la encuesta ya no recibe cambios."),
    "again": N_("La respuesta cambió mientras tanto. Repita el cambio sobre lo que vale ahora."),
}
"""What is said on the measure's page, by the word in its address."""


@router.post(f"{BASE}/file")
async def add_file(visit: MemberVisit, year: str, community: str) -> Response:
    """A file, kept and named by the answer."""
    number, fields = year_of(year), dict[str, str]()
    try:
        made = await pass_on(
            visit, fields, {"measure", "title"},
            lambda name, chunks, told: visit.survey.send_evidence(
                number, community, name, chunks, {"title": told["title"]} if "title" in told else {}
            ),
        )  # fmt: skip
    except (Invalid, TooLarge):
        return _back(visit, number, community, fields.get("measure", ""), "file")
    except (Conflict, NotAllowed):
        return _back(visit, number, community, fields.get("measure", ""), "closed")
    return await _name(visit, number, community, fields.get("measure", ""), add=str(made.id))


@router.post(f"{BASE}/link")
async def add_link(visit: MemberVisit, year: str, community: str) -> Response:
    """A document that lies elsewhere."""
    fields = await visit.form()
    number, measure = year_of(year), fields.get("measure", "")
    try:
        made = await visit.survey.link_evidence(
            number, community, fields.get("title", "").strip(), fields.get("url", "").strip()
        )
    except Invalid:
        return _back(visit, number, community, measure, "link")
    except (Conflict, NotAllowed):
        return _back(visit, number, community, measure, "closed")
    return await _name(visit, number, community, measure, add=str(made.id))


@router.post(f"{BASE}/earlier")
async def reuse(visit: MemberVisit, year: str, community: str) -> Response:
    """What the community gave before."""
    fields = await visit.form()
    return await _name(visit, year_of(year), community, fields.get("measure", ""), add=fields.get("evidence", ""))


@router.post(f"{BASE}/remove")
async def take_out(visit: MemberVisit, year: str, community: str) -> Response:
    """The answer does not rest on it any more; the community still has it."""
    fields = await visit.form()
    return await _name(visit, year_of(year), community, fields.get("measure", ""), out=fields.get("evidence", ""))


async def _name(visit: Visit, year: int, community: str, measure: str, *, add: str = "", out: str = "") -> Response:
    """Save the answer with one piece of evidence more or less."""
    mine = await visit.survey.my_answers(year, community)
    answer = next((one for one in mine.answers if one.measure == measure), None)
    if answer is None:
        return _back(visit, year, community, measure, "first")
    named = [one for one in answer.evidence if one != out]
    if add and add not in named:
        named.append(add)
    changed = {"measure": measure, "evidence": named, "base_revision": answer.revision}
    try:
        told = await visit.survey.save_answers(year, community, {"answers": [changed]})
    except Invalid:
        return _back(visit, year, community, measure, "again")
    except Conflict:
        return _back(visit, year, community, measure, "closed")
    return _back(visit, year, community, measure, "again" if told.conflicts else None)


def _back(visit: Visit, year: int, community: str, measure: str, said: str | None) -> Response:
    address = f"/survey/{year}/{quote(community)}?measure={quote(measure)}"
    return visit.go(f"{address}&evidence={said}#respaldo" if said else f"{address}#respaldo")
