"""ETags and If-Match: nobody overwrites what they have not read."""

import hashlib
import re
from typing import Annotated

from fastapi import Depends, Request

from shared.problems import Invalid, StaleVersion, VersionMissing

_TAG = re.compile(r'\s*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*')


def tag(version: int | str | None, body: bytes, *variant: str) -> str:
    """A strong tag: the row's version (which If-Match compares), then a digest of this representation of it."""
    digest = hashlib.blake2b(body, digest_size=9, key="|".join(variant).encode()[:64]).hexdigest()
    return f'"{version}-{digest}"' if version is not None else f'"{digest}"'


def listed(header: str) -> list[tuple[bool, str]] | None:
    """The tags in a header as (weak, opaque); None for `*`. Raises Invalid when it cannot be read."""
    if header.strip() == "*":
        return None
    found: list[tuple[bool, str]] = []
    position = 0
    while position < len(header):
        match = _TAG.match(header, position)
        if match is None:
            raise Invalid.at("/If-Match", 'must be an ETag such as "3-1f2e…", in quotation marks')
        found.append((bool(match[1]), match[2]))
        position = match.end()
        if position < len(header):
            if header[position] != ",":
                raise Invalid.at("/If-Match", "must be ETags separated by commas")
            position += 1
    return found


class Expected:
    """The versions that a caller has read and will replace; `*` stands for whichever is there now."""

    def __init__(self, versions: frozenset[str] | None) -> None:
        self._versions = versions

    def must_match(self, version: int | str) -> None:
        """Raises StaleVersion unless the row is still at a version that the caller has read."""
        if self._versions is not None and str(version) not in self._versions:
            raise StaleVersion("Somebody changed this since you read it: read it again and repeat your change.")


async def expected(request: Request) -> Expected:
    headers = request.headers.getlist("if-match")
    if not headers:
        raise VersionMissing
    tags = listed(", ".join(headers))
    if tags is None:
        return Expected(None)
    return Expected(frozenset(opaque.rpartition("-")[0] or opaque for weak, opaque in tags if not weak))


IfMatch = Annotated[Expected, Depends(expected)]
"""428 when the header is missing; weak tags never match."""


def unchanged(request: Request, current: str) -> bool:
    """Whether `If-None-Match` names this tag (weak comparison, RFC 9110, 13.1.2)."""
    header = request.headers.get("if-none-match")
    if header is None:
        return False
    if header.strip() == "*":
        return True
    return current.removeprefix("W/") in [match[0].strip().removeprefix("W/") for match in _TAG.finditer(header)]
