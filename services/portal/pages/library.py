"""`/documents`: the public library, one document of it at an address that stays, and its feed."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import Response

from services.portal.pages.document_words import FAMILIES, FRAMES, KINDS
from services.portal.pages.parts import attempt, both
from services.portal.pages.reading import day_in
from services.portal.pages.tasks import id_of
from services.portal.rendering import query_url, speaking
from services.portal.translations import N_
from services.portal.visits import Reader, page_router
from shared.problems import Invalid, NotFound

router = page_router()
AT_ONCE = 30
IN_THE_FEED = 50
TITLE = N_("Biblioteca de documentos")


@router.get("/documents")
async def show_library(visit: Reader) -> Response:
    """What committees published, the newest first, by words, committee, kind, year and tag."""
    asked = visit.request.query_params
    filters: dict[str, str] = {
        name: value
        for name in ("q", "committee", "family", "year", "tag")
        if (value := asked.get(name, "").strip()[:200])
    }
    try:
        found, told = await both(
            attempt(visit.workspace.documents(limit=AT_ONCE, state="published", cursor=asked.get("cursor"), **filters)),
            attempt(visit.workspace.facets()),
        )
        if isinstance(found.problem, Invalid):
            raise found.problem
    except Invalid:
        return visit.go("/documents")
    facets = told.value
    shown = found.value.items if found.value else []
    return visit.page(
        "library.html", section="documents", found=found, filters=filters, kinds=KINDS, day=day_in(visit),
        committees=_choices(facets.committees if facets else []), years=_choices(facets.years if facets else []),
        families=FAMILIES, tags=facets.tags if facets else [], everything=facets.total if facets else len(shown),
        next_href=query_url("/documents", visit.request.url.query, cursor=found.value.next)
        if found.value and found.value.next else None,
        feed="/documents.atom" + (f"?{urlencode(filters)}" if filters else ""),
        demo=visit.caller.demo or any(one.demo for one in shown),
    )  # fmt: skip


@router.get("/documents.atom")
async def show_feed(visit: Reader) -> Response:
    """The library as an Atom feed (RFC 4287), with the same filters."""
    asked = visit.request.query_params
    names = ("q", "committee", "family", "year", "tag")
    filters: dict[str, Any] = {name: asked[name].strip()[:200] for name in names if asked.get(name, "").strip()}
    found = await visit.workspace.documents(limit=IN_THE_FEED, state="published", **filters)
    origin = visit.request.app.state.settings.origin
    with speaking(visit.language) as words:
        title = words.gettext(TITLE)
        kinds = {media_type: words.gettext(kind) for media_type, kind in KINDS.items()}
    newest = max(
        (one.published_at for one in found.items if one.published_at), default=datetime(2024, 1, 1, tzinfo=UTC)
    )
    entries = "".join(
        f"<entry><id>urn:uuid:{one.id}</id><title>{_text(one.title)}</title>"
        f'<link href="{origin}/documents/{one.id}"/>'
        f'<link rel="enclosure" type="{_text(one.media_type)}" length="{one.size}"'
        f' href="{origin}{_text(one.content)}"/>'
        f"<updated>{one.published_at.isoformat() if one.published_at else ''}</updated>"
        f"<author><name>{_text(one.committee_name)}</name></author>"
        f"<summary>{_text(one.citation or '')} [{_text(kinds.get(one.media_type, one.media_type))}]</summary>"
        + "".join(f'<category term="{_text(tag)}"/>' for tag in one.tags)
        + "</entry>"
        for one in found.items
    )
    feed = (
        f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{visit.language}">'
        f"<id>{origin}/documents.atom</id><title>{_text(title)}</title><updated>{newest.isoformat()}</updated>"
        f'<link rel="self" href="{origin}/documents.atom"/><link href="{origin}/documents"/>{entries}</feed>'
    )
    caching = "no-store" if visit.caller.is_signed_in else "public, max-age=300"
    return Response(feed, media_type="application/atom+xml", headers={"Cache-Control": caching})


@router.get("/documents/{document}")
async def show_published_document(visit: Reader, document: str) -> Response:
    """One published document: what it is, how to cite it, its text and its versions."""
    key = id_of(document)
    found, _ = await visit.workspace.document(key)
    if found.published_version is None:
        raise NotFound
    number = found.published_version
    versions, preview = await asyncio.gather(visit.workspace.versions(key), visit.workspace.preview(key, number))
    published = [one for one in versions if one.published_at is not None]
    return visit.page(
        "library_document.html", section="documents", document=found, kinds=KINDS, preview=preview, day=day_in(visit),
        versions=published, shown=next(one for one in published if one.n == number),
        body=Markup(preview.html) if preview.html else None,  # noqa: S704  made and cleaned by the workspace
        inside=f"/committees/{found.committee}/documents/{key}" if found.created_by is not None else None,
        demo=visit.caller.demo or found.demo, description=None, headers=FRAMES,
    )  # fmt: skip


def _choices(facets: Sequence[Any]) -> list[dict[str, str]]:
    return [{"value": one.value, "label": f"{one.label} ({one.documents})"} for one in facets]


def _text(value: str) -> str:
    return escape("".join(c for c in value if c in "\t\n" or ord(c) >= 0x20))
