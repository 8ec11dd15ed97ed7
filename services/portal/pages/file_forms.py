"""Forms with a file: passed on while it comes, or, when it is small, looked at on one page and kept by the next."""

import base64
import binascii
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from services.portal.visits import Visit
from shared.multipart import Multipart, only_fields
from shared.problems import Invalid

Made = TypeVar("Made")
Send = Callable[[str, AsyncIterator[bytes], Mapping[str, str]], Awaitable[Made]]


@dataclass(frozen=True)
class SentFile:
    """A file of a form with the form's other fields; without `content` none was chosen."""

    content: bytes
    media_type: str
    name: str
    fields: dict[str, str]


async def sent_file(visit: Visit, largest: int, known: set[str]) -> SentFile:
    """Raises NotAllowed without the session's token, TooLarge, Invalid for fields that nobody knows."""
    fields: dict[str, str] = {}
    content, media_type, name = b"", "", ""
    async for part in Multipart(visit.request).parts():
        if part.name != "file":
            await only_fields(part, {"csrf_token", *known}, fields)
            continue
        visit.must_have_token(fields.get("csrf_token", ""))
        content, media_type, name = await part.whole(largest), part.media_type, (part.file_name or "")[-200:]
    visit.must_have_token(fields.pop("csrf_token", ""))
    return SentFile(content, media_type, name, fields)


async def pass_on(visit: Visit, fields: dict[str, str], known: set[str], send: Send[Made]) -> Made:
    """Read the `known` fields of a form into `fields`, then hand the file's name and its chunks to `send`. The file is
    the form's last field.

    Raises NotAllowed without the session's token, Invalid at `/file` when no file was chosen.
    """
    async for part in Multipart(visit.request).parts():
        if part.name == "file":
            visit.must_have_token(fields.pop("csrf_token", ""))
            if not part.file_name:
                break
            told = {name: value for name, value in fields.items() if value.strip()}
            return await send(part.file_name, part.chunks(), told)
        await only_fields(part, {"csrf_token", *known}, fields)
    raise Invalid.at("/file", "is required", "missing")


def packed(content: bytes) -> str:
    """A file as text for a hidden field."""
    return base64.urlsafe_b64encode(zlib.compress(content, 9)).decode()


def unpacked(text: str, largest: int) -> bytes:
    """What `packed` made. Raises Invalid for anything else."""
    try:
        reading = zlib.decompressobj()
        content = reading.decompress(base64.urlsafe_b64decode(text.encode("ascii")), largest)
    except (ValueError, binascii.Error, zlib.error):
        raise Invalid.at("/content", "must be what the page before sent") from None
    if reading.unconsumed_tail or not reading.eof:
        raise Invalid.at("/content", "must be what the page before sent")
    return content
