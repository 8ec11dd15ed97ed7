"""Files that come as the body of a request or as `file` of a form."""

import hashlib
from typing import Any

from fastapi import Request

from shared import idempotency
from shared.bodies import read_body
from shared.multipart import FORM_TYPE, Multipart, only_fields
from shared.problems import FieldError, Invalid, TooLarge
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
        content, media_type, name = await _from_form(request, largest, told, set(known))
    if not content:
        raise Invalid.at("/file", "is empty", "empty")
    pending = idempotency.current()
    if pending is not None:
        pending.body_hash = hashlib.sha256(content + repr(sorted(told.items())).encode()).digest()
    return content, media_type, name


async def _from_form(
    request: Request, largest: int, fields: dict[str, str], known: set[str]
) -> tuple[bytes, str, str]:  # fmt: skip
    found: tuple[bytes, str, str] | None = None
    async for part in Multipart(request).parts():
        if part.name != "file":
            await only_fields(part, known, fields)
            continue
        if found is not None:
            raise Invalid.at("/file", "is doubled", "doubled")
        parts, size = [], 0
        async for chunk in part.chunks():
            size += len(chunk)
            if size > largest:
                raise TooLarge(f"The file may have at most {largest} bytes.")
            parts.append(chunk)
        found = b"".join(parts), part.media_type, part.file_name or ""
    if found is None:
        raise Invalid(errors=[FieldError("/file", "is required", "missing")])
    return found


async def if_given(request: Request) -> Expected | None:
    """The versions of an `If-Match`, where it is sent though it need not be."""
    return await expected(request) if "if-match" in request.headers else None
