"""A file as it arrives: the body itself, or the `file` of a form; never more in memory than a part of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request

from services.indicators.imports.archives import must_be_safe
from services.indicators.imports.workbook import ZIP
from shared.multipart import FORM_TYPE, FormPart, one_file
from shared.objects import Kept, Objects
from shared.problems import Invalid, UnsupportedMediaType
from shared.text import forbidden_character, normal

LARGEST = 2**30
LONGEST_NAME = 200
CSV_TYPES = ("text/csv", "text/plain", "text/tab-separated-values", "application/csv")
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ANY_TYPES = ("application/octet-stream", "application/vnd.ms-excel")
"""What programs call a file when they do not know it, and what Windows calls a CSV: its first bytes decide."""
TYPES = (*CSV_TYPES, XLSX_TYPE, *ANY_TYPES)
FOREIGN = {
    b"\xd0\xcf\x11\xe0": "is an old or a protected Excel workbook: save it as XLSX without a password, or as CSV",
    b"%PDF": "is a PDF: send the table as CSV or XLSX",
    b"\x89PNG": "is a picture: send the table as CSV or XLSX",
    b"\xff\xd8\xff": "is a picture: send the table as CSV or XLSX",
    b"\x1f\x8b": "is compressed: send the CSV or XLSX itself",
    b"7z\xbc\xaf": "is compressed: send the CSV or XLSX itself",
    b"Rar!": "is compressed: send the CSV or XLSX itself",
    b"PAR1": "is a Parquet file: send the table as CSV or XLSX",
    b"PK\x05\x06": "is an empty ZIP, and no XLSX workbook",
}
PAGES = (b"<html", b"<!doctype", b"<?xml", b"<table")


@dataclass
class Upload:
    """A file that is safe in the store."""

    kept: Kept
    name: str


async def receive(
    request: Request, objects: Objects, types: Sequence[str] = TYPES, *, largest: int = LARGEST, said: str = XLSX_TYPE
) -> Upload:
    """Store the file of a request: a body of one of these media types, or a form with one `file`.

    Raises UnsupportedMediaType, Malformed, TooLarge, Invalid, Unavailable.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == FORM_TYPE.decode():

        async def keep(part: FormPart) -> Upload:
            name = file_name(part.file_name or "")
            return Upload(await objects.keep(part.chunks(), largest=largest), name)

        return (await one_file(request, keep, None))[0]  # a browser's form has fields of its own
    if media_type not in types:
        raise UnsupportedMediaType(f"Send text/csv, {said} or {FORM_TYPE.decode()}.")
    return Upload(await objects.keep(request.stream(), largest=largest), "")


async def must_be_a_table(kept: Kept, objects: Objects) -> None:
    """A first look at the bytes, which unpacks nothing. Raises Invalid, TooLarge."""
    head = kept.head
    if not kept.size or not head.strip(b" \t\r\n\xef\xbb\xbf"):
        raise Invalid.at("/file", "is empty", "empty")
    for mark, message in FOREIGN.items():
        if head.startswith(mark):
            raise Invalid.at("/file", message, "type")
    if head.lstrip(b" \t\r\n\xef\xbb\xbf")[:16].lower().startswith(PAGES):
        raise Invalid.at("/file", "is a web page or XML: send the table as CSV or XLSX", "type")
    if head.startswith(ZIP):

        async def part(start: int, end: int) -> bytes:
            return b"".join([piece async for piece in objects.read(kept.sha256, start=start, end=end)])

        await must_be_safe(kept.size, part)


def file_name(text: str) -> str:
    """The last step of a name, without what cannot be shown; at most 200 characters."""
    last = normal(text).replace("\\", "/").rpartition("/")[2]
    plain = "".join(c for c in last if c.isprintable() and not forbidden_character(c))
    return plain.strip()[:LONGEST_NAME]
