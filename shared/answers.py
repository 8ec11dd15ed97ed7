"""Answers: JSON with the right tag, caching and language, and 304 for those who have it already."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

from shared.tags import tag, unchanged

JSON = "application/json"


@dataclass(frozen=True)
class Caching:
    """Who may keep an answer: everybody for some seconds, or nobody."""

    seconds: int | None

    def header(self) -> str:
        return "no-store" if self.seconds is None else f"public, max-age={self.seconds}"


PRIVATE = Caching(None)
PUBLIC = Caching(60)


def public_to(request: Request, *, seconds: int = 60) -> Caching:
    """Public for the public; whoever is signed in may see more, so nobody may keep that."""
    return PRIVATE if request.state.caller.is_signed_in else Caching(seconds)


def answer(
    request: Request,
    out: BaseModel | bytes,
    *,
    version: int | str | None = None,
    caching: Caching = PRIVATE,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    media_type: str = JSON,
) -> Response:
    """The response for `out` (a model as JSON, or bytes of `media_type`).

    GETs carry a tag; with `version` the tag also serves as `If-Match` for a later change. A GET whose
    `If-None-Match` names it gets 304.
    """
    body = out if isinstance(out, bytes) else out.model_dump_json().encode()
    language: str = request.state.language
    all_headers = {
        "Cache-Control": caching.header(),
        "Vary": "Accept, Accept-Language",
        "Content-Language": language,
        **(headers or {}),
    }
    if version is not None or request.method in ("GET", "HEAD"):
        current = tag(version, body, language, media_type)
        all_headers["ETag"] = current
        if request.method in ("GET", "HEAD") and unchanged(request, current):
            return Response(status_code=304, headers=all_headers)
    return Response(body, status_code=status, headers=all_headers, media_type=media_type)


def nothing() -> Response:
    return Response(status_code=204, headers={"Cache-Control": "no-store"})
