"""`/committees/{slug}/documents/{document}`: one document for its committee, its versions, and what is done with it."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from services.portal.pages.committee_documents import errors_of
from services.portal.pages.document_words import DOCUMENT_STATES, FRAMES, KINDS, MESSAGES
from services.portal.pages.file_forms import pass_on
from services.portal.pages.parts import both, slug_or_nothing, three
from services.portal.pages.reading import day_in, error_list, wrong_fields
from services.portal.pages.tasks import id_of
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from shared.problems import Conflict, Invalid, NotFound, StaleVersion, TooLarge, UnsupportedMediaType

router = page_router()
BASE = "/committees/{slug}/documents/{document}"
ACTS = ("approve", "publish", "withdraw", "checkin", "restore")
OVERTAKEN = N_("Otra persona agregó una versión mientras tanto. La suya no se perdió: espera más abajo.")
HELD = N_(
    "No se hizo: otra persona tiene el documento reservado o lo cambió mientras tanto. Esto es lo que vale ahora."
)
TAGS = N_("Hasta 20 etiquetas distintas de hasta 60 letras, separadas por comas.")


@router.get(BASE)
async def show_document(visit: MemberVisit, slug: str, document: str) -> Response:
    """The document as it is now."""
    return await document_page(visit, slug_or_nothing(slug), id_of(document))


async def document_page(
    visit: Visit, slug: str, key: str, *, errors: Sequence[dict[str, str]] = (), refused: str | None = None,
    fields: dict[str, str] | None = None, status: int = 200,
) -> Response:  # fmt: skip
    found, etag = await visit.workspace.document(key)
    if found.committee != slug:
        raise NotFound
    if found.created_by is None:
        return visit.go(f"/documents/{key}")
    (committee, versions, preview), (links, talks, uploads) = await both(
        three(
            visit.workspace.committee(slug), visit.workspace.versions(key),
            visit.workspace.preview(key, found.current_version),
        ),
        three(
            visit.workspace.links_to(key), visit.workspace.discussions(document_id=key),
            visit.workspace.uploads_of(key),
        ),
    )  # fmt: skip
    shown = {"title": found.title, "folder": found.folder, "tags": ", ".join(found.tags), **(fields or {})}
    return visit.page(
        "committee_document.html", status=status, section="desk", document=found, etag=etag, committee=committee,
        versions=versions, preview=preview, links=links, talks=talks, base=f"/committees/{slug}/documents/{key}",
        states=DOCUMENT_STATES, kinds=KINDS, errors=list(errors), refused=refused, fields=shown,
        waiting=[one for one in uploads if one.received == one.size],
        editing=fields is not None, day=day_in(visit),
        largest=visit.request.app.state.settings.largest_document,
        works=committee.your_role in ("chair", "member", "secretariat"),
        body=Markup(preview.html) if preview.html else None,  # noqa: S704  made and cleaned by the workspace
        demo=visit.caller.demo or found.demo, description=None, headers=FRAMES,
    )  # fmt: skip


@router.post(BASE)
async def change_document(visit: MemberVisit, slug: str, document: str) -> Response:
    """Another title, folder or tags."""
    slug, key, fields = slug_or_nothing(slug), id_of(document), await visit.form()
    tags = list(dict.fromkeys(tag.strip() for tag in fields.get("tags", "").split(",") if tag.strip()))
    changes: dict[str, Any] = {"title": fields.get("title", ""), "folder": fields.get("folder", ""), "tags": tags}
    try:
        await visit.workspace.change_document(key, changes, etag=fields.get("etag", "") or '"0"')
    except Invalid as problem:
        said = {"title": MESSAGES["title"], "folder": MESSAGES["folder"], "tags": TAGS}
        wrong = error_list((name, said[name]) for name in sorted(wrong_fields(problem)) if name in said)
        return await document_page(visit, slug, key, errors=wrong, fields=fields, status=422)
    except StaleVersion:
        return await document_page(visit, slug, key, refused=HELD, fields=fields, status=412)
    return visit.go(f"/committees/{slug}/documents/{key}")


@router.post(f"{BASE}/versions")
async def add_version(visit: MemberVisit, slug: str, document: str) -> Response:
    """Upload the next version."""
    slug, key = slug_or_nothing(slug), id_of(document)
    try:
        await pass_on(visit, {}, {"note", "base_version"}, partial(visit.workspace.send_version, key))
    except StaleVersion:
        return await document_page(visit, slug, key, refused=OVERTAKEN, status=412)
    except Conflict:
        return await document_page(visit, slug, key, refused=HELD, status=409)
    except (Invalid, TooLarge, UnsupportedMediaType) as problem:
        return await document_page(visit, slug, key, errors=errors_of(problem), status=problem.status)
    return visit.go(f"/committees/{slug}/documents/{key}#versiones")


@router.post(f"{BASE}/waiting/{{upload}}")
async def settle_waiting(visit: MemberVisit, slug: str, document: str, upload: str) -> Response:
    """Add a version that was overtaken after all, or give it up."""
    slug, key, one, fields = slug_or_nothing(slug), id_of(document), id_of(upload), await visit.form()
    try:
        if fields.get("act") == "drop":
            await visit.workspace.drop_upload(one)
        else:
            await visit.workspace.complete_upload(one, _number(fields.get("base_version"), 1))
    except (StaleVersion, Conflict) as problem:
        refused = OVERTAKEN if isinstance(problem, StaleVersion) else HELD
        return await document_page(visit, slug, key, refused=refused, status=problem.status)
    return visit.go(f"/committees/{slug}/documents/{key}#versiones")


@router.post(f"{BASE}/checkout")
async def check_out(visit: MemberVisit, slug: str, document: str) -> Response:
    """Reserve it, with a note for the others."""
    slug, key, fields = slug_or_nothing(slug), id_of(document), await visit.form()
    try:
        await visit.workspace.act_on_document(key, "checkout", {"note": fields.get("note", "").strip()[:500] or None})
    except Conflict:
        return await document_page(visit, slug, key, refused=HELD, status=409)
    return visit.go(f"/committees/{slug}/documents/{key}")


@router.post(f"{BASE}/remove")
async def remove_document(visit: MemberVisit, slug: str, document: str) -> Response:
    """Into the bin."""
    slug, key, fields = slug_or_nothing(slug), id_of(document), await visit.form()
    try:
        await visit.workspace.remove_document(key, etag=fields.get("etag", "") or '"0"')
    except StaleVersion:
        return await document_page(visit, slug, key, refused=HELD, status=412)
    return visit.go(f"/committees/{slug}/documents")


@router.post(f"{BASE}/acts/{{act}}")
async def act_on_document(visit: MemberVisit, slug: str, document: str, act: str) -> Response:
    """Approve, publish, withdraw, release, restore."""
    slug, key, fields = slug_or_nothing(slug), id_of(document), await visit.form()
    if act not in ACTS:
        raise NotFound
    number = fields.get("version", "")
    body = {"version": int(number)} if act in ("approve", "publish") and number.isdigit() and len(number) < 10 else None
    try:
        await visit.workspace.act_on_document(key, act, body)
    except Conflict:
        return await document_page(visit, slug, key, refused=HELD, status=409)
    return visit.go(f"/committees/{slug}/documents/{key}")


@router.post(f"{BASE}/discussions")
async def begin_discussion(visit: MemberVisit, slug: str, document: str) -> Response:
    """Begin to talk about it."""
    slug, key, fields = slug_or_nothing(slug), id_of(document), await visit.form()
    wanted = {"title": fields.get("title", "").strip(), "text": fields.get("text", "").strip()}
    made = await visit.workspace.begin_discussion(wanted, document_id=key)
    return visit.go(f"/committees/{slug}/discussions/{made.id}")


@router.get(f"{BASE}/compare")
async def show_comparison(visit: MemberVisit, slug: str, document: str) -> Response:
    """What changed in the text between two versions; the two newest unless asked for others."""
    slug, key = slug_or_nothing(slug), id_of(document)
    found, _ = await visit.workspace.document(key)
    if found.committee != slug:
        raise NotFound
    asked = visit.request.query_params
    after = _number(asked.get("after"), found.current_version)
    before = _number(asked.get("before"), max(1, after - 1))
    committee, versions, comparison = await asyncio.gather(
        visit.workspace.committee(slug), visit.workspace.versions(key), visit.workspace.compare(key, before, after)
    )
    return visit.page(
        "document_comparison.html", section="desk", document=found, committee=committee, versions=versions,
        comparison=comparison, before=before, after=after, base=f"/committees/{slug}/documents/{key}",
        demo=visit.caller.demo or found.demo,
    )  # fmt: skip


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0 else otherwise
