"""`/committees/{slug}/documents`: a committee's documents by folder, a search in them, and the upload of new ones."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from starlette.responses import Response

from services.portal.pages.document_words import DOCUMENT_STATES, KINDS, MESSAGES, said_of
from services.portal.pages.file_forms import pass_on
from services.portal.pages.parts import slug_or_nothing
from services.portal.pages.reading import day_in, error_list
from services.portal.rendering import query_url
from services.portal.visits import MemberVisit, Visit, page_router
from shared.problems import Invalid, Problem, TooLarge, UnsupportedMediaType

router = page_router()
WORKING = ("chair", "member", "secretariat")
LEADING = ("chair", "secretariat")
AT_ONCE = 100


@router.get("/committees/{slug}/documents")
async def show_documents(visit: MemberVisit, slug: str) -> Response:
    """One folder, or what a search finds in all of them; the bin for whoever leads."""
    return await documents_page(visit, slug_or_nothing(slug))


async def documents_page(
    visit: Visit, slug: str, *, errors: Sequence[dict[str, str]] = (), fields: dict[str, str] | None = None,
    status: int = 200,
) -> Response:  # fmt: skip
    asked = visit.request.query_params
    q, tag, state = asked.get("q", "")[:200].strip(), asked.get("tag", "")[:60], asked.get("state", "")
    folder = (fields or {}).get("folder", asked.get("folder", ""))[:500].strip("/ ")
    removed = asked.get("bin") == "1"
    filters: dict[str, Any] = {
        "q": q or None, "tag": tag or None, "state": state if state in DOCUMENT_STATES else None,
        "removed": "true" if removed else None, "cursor": asked.get("cursor"),
    }  # fmt: skip
    searching = bool(q or tag or filters["state"] or removed)
    if not searching:
        filters["folder"] = folder
    committee, folders = await asyncio.gather(visit.workspace.committee(slug), visit.workspace.folders(slug))
    try:
        found = await visit.workspace.documents(slug, limit=AT_ONCE, **filters)
    except Invalid:
        return visit.go(f"/committees/{slug}/documents")
    base = f"/committees/{slug}/documents"
    return visit.page(
        "committee_documents.html", status=status, section="desk", committee=committee, base=base, folder=folder,
        steps=steps_of(folder), inner=inner_folders(folders, folder), all_folders=[one.folder for one in folders],
        everything=sum(one.documents for one in folders), found=found, q=q, tag=tag, state=state, removed=removed,
        searching=searching, states=DOCUMENT_STATES, kinds=KINDS, works=committee.your_role in WORKING,
        leads=committee.your_role in LEADING, errors=list(errors), fields=fields or {}, day=day_in(visit),
        largest=visit.request.app.state.settings.largest_document,
        next_href=query_url(base, visit.request.url.query, cursor=found.next) if found.next else None,
        demo=visit.caller.demo or any(one.demo for one in found.items),
    )  # fmt: skip


@router.post("/committees/{slug}/documents")
async def add_document(visit: MemberVisit, slug: str) -> Response:
    """Upload one document."""
    slug = slug_or_nothing(slug)
    fields: dict[str, str] = {}
    try:
        made = await pass_on(visit, fields, {"title", "folder", "note"}, partial(visit.workspace.send_document, slug))
    except (Invalid, TooLarge, UnsupportedMediaType) as problem:
        return await documents_page(visit, slug, errors=errors_of(problem), fields=fields, status=problem.status)
    return visit.go(f"/committees/{slug}/documents/{made.id}")


def errors_of(problem: Problem) -> list[dict[str, str]]:
    """What is wrong with an upload, in words for whoever sent it."""
    if not isinstance(problem, Invalid):
        return error_list([("file", said_of(problem))])
    found = []
    for error in problem.errors:
        field = error.pointer.removeprefix("/").split("/")[0]
        found.append((field, MESSAGES.get(error.code if field == "file" else field, MESSAGES["otherwise"])))
    return error_list(found)


def steps_of(folder: str) -> list[tuple[str, str]]:
    """The way to a folder: `(name, path)` of each step.

    >>> steps_of("Actas/2026")
    [('Actas', 'Actas'), ('2026', 'Actas/2026')]
    """
    names = folder.split("/") if folder else []
    return [(name, "/".join(names[: index + 1])) for index, name in enumerate(names)]


def inner_folders(folders: Sequence[Any], folder: str) -> list[tuple[str, str, int]]:
    """The folders right in this one: `(name, path, documents in it and below)`."""
    start = f"{folder}/" if folder else ""
    found: dict[str, int] = {}
    for one in folders:
        if one.folder and one.folder.startswith(start) and one.folder != folder:
            name = one.folder.removeprefix(start).split("/")[0]
            found[name] = found.get(name, 0) + one.documents
    return [(name, f"{start}{name}", count) for name, count in sorted(found.items(), key=lambda pair: pair[0].lower())]
