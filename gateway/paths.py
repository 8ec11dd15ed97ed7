"""Which paths are let in at all, and where each goes. Decided on the decoded path that the service will route."""

import re
from functools import lru_cache

from shared.problems import Malformed, NotFound
from shared.settings import SERVICES
from shared.text import forbidden_character

OWN_PATHS = frozenset(
    {
        "/healthz", "/readyz", "/api/openapi.json", "/api/docs", "/.well-known/jwks.json",
        "/.well-known/oauth-authorization-server",
    }
)  # fmt: skip
OWN_FOLDERS = ("/auth/", "/oauth/", "/api/v1/identity/", "/internal/", "/api/docs/")
_API = re.compile(r"/api/v1/([a-z]+)(?:/|$)")
_ENCODED = re.compile(rb"%(?:2f|5c|00)", re.IGNORECASE)
_STILL_ENCODED = re.compile(r"%(?:25|2e|2f|5c|3b|00)", re.IGNORECASE)
_DOTS = re.compile(r"(?:^|/)\.{1,2}(?:/|$)")


LONGEST_REMEMBERED = 200
"""Bytes of a path; longer ones are rare, and looked at anew each time."""


def destination(path: str, raw_path: bytes) -> str | None:
    """The service that a path belongs to; None for the gateway itself.

    Raises Malformed for paths that two readers could read differently: `..`, encoded slashes or backslashes, `;`,
    double encoding, control characters. Raises NotFound for addresses that no service has.
    """
    return _remembered(path, raw_path) if len(raw_path) < LONGEST_REMEMBERED else _found(path, raw_path)


@lru_cache(maxsize=4096)
def _remembered(path: str, raw_path: bytes) -> str | None:
    return _found(path, raw_path)


def _found(path: str, raw_path: bytes) -> str | None:
    if not path.startswith("/") or "\\" in path or ";" in path or "//" in path or _DOTS.search(path):
        raise Malformed("The path is not in its plain form.")
    if _ENCODED.search(raw_path) or _STILL_ENCODED.search(path) or forbidden_character(path):
        raise Malformed("The path is encoded in a way that is not accepted.")
    if "\n" in path or "\r" in path or "\t" in path or "�" in path:
        raise Malformed("The path contains a character that is not accepted.")
    if path in OWN_PATHS or path.startswith(OWN_FOLDERS):
        return None
    if path.startswith("/api/"):
        match = _API.match(path)
        if match is None or match[1] not in SERVICES:
            raise NotFound
        return match[1]
    return "portal"
