"""How files come over HTTP: `multipart/form-data` with one `file`, read as a stream while it is stored."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from services.workspace.documents.receiving import Received, Receiver
from shared import idempotency
from shared.dependencies import Db, ObjectsOf
from shared.multipart import one_file
from shared.problems import Invalid, TooLarge, pointer
from shared.settings import Settings

ROOM_FOR_FIELDS = 256 * 2**10
"""Bytes that a body may have besides the file."""


def described(*fields: str) -> dict[str, Any]:
    """The `openapi_extra` of a route that takes a file and these fields."""
    properties = {"file": {"type": "string", "format": "binary"}, **{name: {"type": "string"} for name in fields}}
    schema = {"type": "object", "required": ["file"], "properties": properties}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that may be kept, and the fields beside it."""

    file: Received
    fields: dict[str, str]


async def receiver_of(request: Request, db: Db, objects: ObjectsOf) -> Receiver:
    return Receiver(db, objects, request.app.state.settings)


ReceiverOf = Annotated[Receiver, Depends(receiver_of)]


async def file_in(request: Request, receiver: Receiver, *known: str) -> SentFile:
    """Store the file while it comes. Raises UnsupportedMediaType, Malformed, TooLarge, Invalid, Unavailable."""
    settings: Settings = request.app.state.settings
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and (len(declared) > 18 or int(declared) > settings.largest_document + ROOM_FOR_FIELDS):
        raise TooLarge(f"The file may have at most {settings.largest_document} bytes.")
    found, fields = await one_file(request, lambda part: receiver.receive(part.file_name, part.chunks()), known)
    pending = idempotency.current()
    if pending is not None:
        told = [found.kept.sha256, found.file_name, *(f"{name}={value}" for name, value in sorted(fields.items()))]
        pending.body_hash = idempotency.digest("\0".join(told).encode())
    return SentFile(found, fields)


def line_in(fields: dict[str, str], name: str, *, longest: int = 300) -> str | None:
    """A field of one line; None when it is empty. Raises Invalid."""
    value = " ".join(fields.get(name, "").split())
    if len(value) > longest:
        raise Invalid.at(pointer(name), f"should have at most {longest} characters", "string_too_long")
    return value or None


def number_in(fields: dict[str, str], name: str) -> int | None:
    """Raises Invalid."""
    value = fields.get(name, "").strip()
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and 0 < len(value) < 10 and int(value) > 0):
        raise Invalid.at(pointer(name), "must be the number of a version", "int_parsing")
    return int(value)
