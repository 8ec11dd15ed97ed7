"""A file's bytes over HTTP: whole or in part, and never as something that a browser runs."""

from collections.abc import AsyncIterator
from email.utils import format_datetime, parsedate_to_datetime

import structlog
from fastapi import Request
from starlette.responses import Response, StreamingResponse

from services.workspace.documents.ranges import range_in
from services.workspace.tables import Attachment, DocumentVersion
from shared.answers import public_to
from shared.file_kinds import KINDS
from shared.formats import disposition
from shared.objects import Damaged, Objects
from shared.problems import Unavailable
from shared.tags import unchanged

log = structlog.get_logger(__name__)
STRICT = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
POLICY = f"sandbox; {STRICT}"
"""Nothing runs, nothing is fetched, whatever the file is; a page of ours may show it in a frame."""
VIEWED = {"application/pdf"}
"""Shown by a viewer of the browser's own, which does not start in a sandbox and gives the file no origin of ours."""


async def content_answer(request: Request, objects: Objects, version: DocumentVersion) -> Response:
    """200, 206 or 304. Raises RangeNotSatisfiable, Unavailable when the bytes are missing."""
    kind = KINDS.get(version.media_type)
    public = version.published_at is not None
    return await _answer(request, objects, version, inline=kind is not None and kind.inline, public=public)


async def download_answer(request: Request, objects: Objects, attachment: Attachment) -> Response:
    """The same of a file that is never shown, only stored by whoever asks."""
    return await _answer(request, objects, attachment, inline=False, public=False)


async def _answer(
    request: Request, objects: Objects, version: DocumentVersion | Attachment, *, inline: bool, public: bool
) -> Response:
    media_type = version.media_type
    if media_type == "text/plain":
        media_type = "text/plain; charset=utf-8"
    caching = public_to(request) if public else None
    etag = f'"{version.sha256}"'
    headers = {
        "ETag": etag,
        "Last-Modified": format_datetime(version.created_at, usegmt=True),
        "Accept-Ranges": "bytes",
        "Cache-Control": caching.header() if caching is not None else "no-store",
        "Vary": "Accept, Accept-Language",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": STRICT if inline and version.media_type in VIEWED else POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Content-Disposition": disposition(version.file_name, kind="inline" if inline else "attachment"),
    }
    if unchanged(request, etag):
        return Response(status_code=304, headers=headers)
    asked = range_in(request.headers.get("range"), version.size) if _range_counts(request, etag, version) else None
    start, end = asked or (0, version.size)
    headers["Content-Length"] = str(end - start)
    if asked is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{version.size}"
    parts = objects.read(version.sha256, start=start, end=end) if asked else objects.read(version.sha256)
    try:
        first, second = await anext(parts, b""), await anext(parts, None)
    except FileNotFoundError:
        log.error("a file is missing from the store", sha256=version.sha256)
        raise Unavailable("This file cannot be found in the store; an operator must restore it.") from None
    except Damaged:
        log.error("a file in the store is damaged", sha256=version.sha256)
        raise Unavailable("This file is damaged in the store; an operator must restore it.") from None
    return StreamingResponse(
        _verified(first, second, parts, version.sha256), status_code=206 if asked else 200, headers=headers,
        media_type=media_type,
    )  # fmt: skip


async def _verified(
    first: bytes, second: bytes | None, parts: AsyncIterator[bytes], sha256: str
) -> AsyncIterator[bytes]:
    """Holds the last part back until all of them were checked: what is damaged ends too early, and shows as broken."""
    if second is None:
        yield first
        return
    yield first
    held = second
    try:
        async for part in parts:
            yield held
            held = part
    except Damaged:
        log.error("a file in the store is damaged", sha256=sha256)
        raise
    yield held


def _range_counts(request: Request, etag: str, version: DocumentVersion | Attachment) -> bool:
    """Whether `If-Range` allows a part: absent, the strong tag of these bytes, or their very date."""
    condition = request.headers.get("if-range")
    if condition is None:
        return True
    if condition.startswith(('"', "W/")):
        return condition.strip() == etag
    try:
        return parsedate_to_datetime(condition) == version.created_at.replace(microsecond=0)
    except (ValueError, TypeError):
        return False
