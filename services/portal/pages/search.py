"""`/search`: what the words are in, of all that the reader may see: documents, tasks, comments, discussions, charters
and work plans."""

from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import Response

from services.portal.pages.parts import attempt
from services.portal.pages.reading import day_in
from services.portal.rendering import query_url
from services.portal.translations import N_
from services.portal.visits import Reader, page_router
from shared.problems import Invalid

router = page_router()
AT_ONCE = 25
LONGEST = 300
"""Characters of a question; what is longer is cut."""
KINDS = {
    "document": N_("Documentos"), "task": N_("Tareas"), "comment": N_("Comentarios"), "post": N_("Conversaciones"),
    "charter": N_("Estatutos"), "plan_item": N_("Planes de trabajo"),
}  # fmt: skip
ONE = {
    "document": N_("Documento"), "task": N_("Tarea"), "comment": N_("Comentario"), "post": N_("Conversación"),
    "charter": N_("Estatuto"), "plan_item": N_("Plan de trabajo"),
}  # fmt: skip


@router.get("/search")
async def show_hits(visit: Reader) -> Response:
    """What was found, the best first; without words the form alone."""
    asked = visit.request.query_params
    q = asked.get("q", "").strip()[:LONGEST]
    kind = asked.get("kind", "") if asked.get("kind", "") in KINDS else ""
    found = None
    if q:
        found = await attempt(visit.workspace.search(q, limit=AT_ONCE, kind=kind or None, cursor=asked.get("cursor")))
        if isinstance(found.problem, Invalid):
            return visit.go(f"/search?{urlencode({'q': q})}" if asked.get("cursor") else "/search")
    hits = found.value.items if found and found.value else []
    return visit.page(
        "search.html", section=None, q=q, kind=kind, kinds=KINDS, one_of=ONE, found=found, day=day_in(visit),
        snippets={index: Markup(hit.snippet_html) for index, hit in enumerate(hits)},  # noqa: S704  made and escaped by the workspace
        links={code: query_url("/search", "", q=q, kind=code) for code in KINDS} | {"": query_url("/search", "", q=q)},
        next_href=query_url("/search", visit.request.url.query, cursor=found.value.next)
        if found and found.value and found.value.next else None,
        demo=visit.caller.demo or any(hit.demo for hit in hits),
    )  # fmt: skip
