"""Forms with a small file, and what they carry from the page that looks at it to the one that keeps it."""

import base64
import binascii
import zlib
from dataclasses import dataclass

from services.portal.visits import Visit
from shared.multipart import Multipart, only_fields
from shared.problems import Invalid, TooLarge


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
        parts, size = [], 0
        async for chunk in part.chunks():
            size += len(chunk)
            if size > largest:
                raise TooLarge(f"The file may have at most {largest} bytes.")
            parts.append(chunk)
        content, media_type, name = b"".join(parts), part.media_type, (part.file_name or "")[-200:]
    visit.must_have_token(fields.pop("csrf_token", ""))
    return SentFile(content, media_type, name, fields)


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
