"""Files that come as the body of a request or as `file` of a form."""

import hashlib
from typing import Any

from fastapi import Request

from shared import idempotency
from shared.bodies import read_body
from shared.multipart import FORM_TYPE, FormPart, one_file
from shared.problems import Invalid
from shared.tags import Expected, expected

BINARY = {"schema": {"type": "string", "format": "binary"}}
FILE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": BINARY,
            "application/yaml": {"schema": {"type": "string"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}  # fmt: skip


async def uploaded(
    request: Request, largest: int, fields: dict[str, str] | None = None, *, known: frozenset[str] = frozenset()
) -> tuple[bytes, str, str]:
    """The file's bytes, its media type and its name; a form's other `known` fields go to `fields`.

    What came counts as the body of an idempotent request. Raises TooLarge, Malformed, Invalid.
    """
    told = fields if fields is not None else {}
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != FORM_TYPE.decode():
        content, name = await read_body(request, largest), ""
    else:
        (content, media_type, name), found = await one_file(request, lambda part: _read(part, largest), known)
        told.update(found)
    if not content:
        raise Invalid.at("/file", "is empty", "empty")
    pending = idempotency.current()
    if pending is not None:
        pending.body_hash = hashlib.sha256(content + repr(sorted(told.items())).encode()).digest()
    return content, media_type, name


async def _read(part: FormPart, largest: int) -> tuple[bytes, str, str]:
    return await part.whole(largest), part.media_type, part.file_name or ""


async def if_given(request: Request) -> Expected | None:
    """The versions of an `If-Match`, where it is sent though it need not be."""
    return await expected(request) if "if-match" in request.headers else None
