"""Reading a request's body, never further than somebody allowed."""

from fastapi import Request

from shared.problems import TooLarge


async def read_body(request: Request, largest: int) -> bytes:
    """The whole body, at most `largest` bytes; what was read before is not read again. Raises TooLarge."""
    if hasattr(request, "_body"):
        return request._body
    too_large = TooLarge(f"The body may have at most {largest} bytes.")
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and (len(declared) > 18 or int(declared) > largest):
        raise too_large
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > largest:
            raise too_large
        parts.append(part)
    return b"".join(parts)
