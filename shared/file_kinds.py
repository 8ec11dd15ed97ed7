"""Kinds of files: told by their bytes, held against their names, and what a browser may do with them."""

import re
import struct
from dataclasses import dataclass
from typing import Literal

from shared.problems import Invalid, UnsupportedMediaType

Family = Literal["pdf", "text", "office", "image", "archive", "recording", "page", "other"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind that is taken. `inline`: a browser may show it, because nothing in it runs."""

    media_type: str
    family: Family
    endings: tuple[str, ...]
    inline: bool = False


OOXML = "application/vnd.openxmlformats-officedocument"
ODF = "application/vnd.oasis.opendocument"
KINDS: dict[str, Kind] = {
    kind.media_type: kind
    for kind in (
        Kind("application/pdf", "pdf", ("pdf",), True),
        Kind(f"{OOXML}.wordprocessingml.document", "office", ("docx",)),
        Kind(f"{OOXML}.spreadsheetml.sheet", "office", ("xlsx",)),
        Kind(f"{OOXML}.presentationml.presentation", "office", ("pptx",)),
        Kind(f"{ODF}.text", "office", ("odt",)),
        Kind(f"{ODF}.spreadsheet", "office", ("ods",)),
        Kind(f"{ODF}.presentation", "office", ("odp",)),
        Kind("application/rtf", "office", ("rtf",)),
        Kind("image/png", "image", ("png",), True),
        Kind("image/jpeg", "image", ("jpg", "jpeg"), True),
        Kind("image/gif", "image", ("gif",), True),
        Kind("image/webp", "image", ("webp",), True),
        Kind("image/tiff", "image", ("tif", "tiff")),
        Kind("image/svg+xml", "image", ("svg",)),
        Kind("text/plain", "text", ("txt", "log"), True),
        Kind("text/markdown", "text", ("md", "markdown")),
        Kind("text/csv", "text", ("csv", "tsv")),
        Kind("application/json", "text", ("json", "geojson")),
        Kind("application/xml", "text", ("xml",)),
        Kind("text/html", "page", ("html", "htm", "xhtml")),
        Kind("application/zip", "archive", ("zip",)),
        Kind("video/mp4", "recording", ("mp4", "m4v")),
        Kind("audio/mpeg", "recording", ("mp3",)),
        Kind("audio/mp4", "recording", ("m4a",)),
        Kind("application/octet-stream", "other", ()),
    )
}
BY_ENDING = {ending: kind for kind in KINDS.values() for ending in kind.endings}
RUN = (
    "exe dll com scr msi msp bat cmd ps1 psm1 vbs vbe js jse mjs wsf wsh hta jar class apk ipa app dmg pkg deb rpm sh "
    "bash csh zsh run elf so dylib py pyc pl rb php asp aspx jsp cgi lnk url desktop reg inf cpl gadget sys drv "
    "docm dotm xlsm xltm xlam pptm potm ppam ppsm sldm iso img vhd swf"
)
PROGRAMS = frozenset(RUN.split())
PROGRAM_STARTS = (
    b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe", b"dex\n", b"\x00asm", b"L\x00\x00\x00\x01\x14\x02\x00", b"<?php", b"FWS", b"CWS",
)  # fmt: skip
MARKUP = re.compile(rb"\s*(<\?xml[^>]{0,400}\?>\s*)?(<!--.{0,4000}?-->\s*)*(<!doctype[^>[]{0,400}(\[.{0,4000}?\])?\s*>\s*)?<([a-zA-Z:]+)", re.S | re.I)  # fmt: skip  # noqa: E501
HTML_TAGS = frozenset(
    b"html head body script title meta link style div span p a img iframe table form h1 h2 h3 br b i ul ol svg:script "
    b"object embed base".split()
)
MOST_PIXELS = 150_000_000
ZIPPED = {
    "word/document.xml": f"{OOXML}.wordprocessingml.document",
    "xl/workbook.xml": f"{OOXML}.spreadsheetml.sheet",
    "ppt/presentation.xml": f"{OOXML}.presentationml.presentation",
}
EXTRACTED_BY_NAME = {"text/plain": ("text/plain", "text/markdown", "text/csv", "application/json")}
"""Text is text: which of these it is, only its name says."""


def reads_as_markdown(media_type: str) -> bool:
    """Whether the text that is read out of such a file is Markdown: Markdown itself, and what office files become."""
    return media_type == "text/markdown" or media_type.startswith((OOXML, ODF))


def ending_of(file_name: str) -> str:
    stem, _, ending = file_name.rpartition(".")
    return ending.lower() if stem else ""


def must_be_no_program(file_name: str, head: bytes) -> None:
    """Raises UnsupportedMediaType for what a machine would run, by its name or by its first bytes."""
    if ending_of(file_name) in PROGRAMS or head.startswith(PROGRAM_STARTS):
        raise UnsupportedMediaType("Programs, scripts and files with macros are not accepted.")


def is_zipped(head: bytes) -> bool:
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def kind_of(file_name: str, head: bytes, entries: dict[str, bytes] | None = None) -> Kind:
    """The kind that the bytes are of. `head`: the first 8 KiB; `entries`: names in a zipped file. What is none of the
    kinds and does not say by its name that it is one, such as the drawing of a quay, is bytes to be downloaded.

    Raises UnsupportedMediaType for what runs, Invalid with `/file` when the name says another kind.
    """
    must_be_no_program(file_name, head)
    found = _zipped(entries) if entries is not None else _plain(head)
    ending = ending_of(file_name)
    named = BY_ENDING.get(ending)
    if found in EXTRACTED_BY_NAME and named is not None and named.media_type in EXTRACTED_BY_NAME[found]:
        return named
    kind = KINDS.get(found or "", KINDS["application/octet-stream"])
    if named is not None and named is not kind and not _both_recordings(named, kind):
        content = "of another kind" if kind.family == "other" else kind.media_type
        raise Invalid.at("/file", f"is named .{ending}, but its content is {content}", "mismatch")
    return kind


def must_be_of_a_size(kind: Kind, head: bytes) -> None:
    """Raises Invalid with `/file` for a picture of more pixels than a browser can show: such a file is small."""
    if kind.media_type == "image/png":
        width, height = struct.unpack(">LL", head[16:24].ljust(8, b"\0"))
    elif kind.media_type == "image/gif":
        width, height = struct.unpack("<HH", head[6:10].ljust(4, b"\0"))
    else:
        return
    if width * height > MOST_PIXELS:
        raise Invalid.at("/file", f"has more than {MOST_PIXELS // 10**6} million pixels", "too_many_pixels")


def _both_recordings(one: Kind, other: Kind) -> bool:
    return {one.media_type, other.media_type} <= {"video/mp4", "audio/mp4"}


def _zipped(entries: dict[str, bytes]) -> str:
    """Raises UnsupportedMediaType for macros and programs inside."""
    names = {name.lower() for name in entries}
    if any(name.endswith("vbaproject.bin") or ending_of(name) in PROGRAMS - {"bin", "js"} for name in names):
        raise UnsupportedMediaType("Files with macros or programs in them are not accepted.")
    if "[content_types].xml" in names:
        return next((kind for name, kind in ZIPPED.items() if name in names), "application/zip")
    if "mimetype" in names and "content.xml" in names:
        told = entries.get("mimetype", b"").decode("ascii", "replace").strip()
        if told in KINDS and told.startswith(ODF):
            return told
    return "application/zip"


def _plain(head: bytes) -> str | None:
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"{\\rtf"):
        return "application/rtf"
    if head.startswith((b"II*\x00", b"MM\x00*")):
        return "image/tiff"
    import filetype  # type: ignore[import-untyped]  # noqa: PLC0415 -- only uploads need it

    guessed: str | None = filetype.guess_mime(head) if head else None
    if guessed is not None:
        return {"video/x-m4v": "video/mp4", "audio/x-m4a": "audio/mp4"}.get(guessed, guessed)
    return _text(head)


def _text(head: bytes) -> str | None:
    """What kind of text it is; None when it is none."""
    plain = decoded(head)
    if plain is None:
        return None
    match = MARKUP.match(plain.encode())
    if match is not None:
        tag = match[5].lower()
        if tag == b"svg" or tag.endswith(b":svg"):
            return "image/svg+xml"
        if tag in HTML_TAGS:
            return "text/html"
        if match[1]:
            return "application/xml"
    return "text/plain"


def decoded(content: bytes) -> str | None:
    """Text in UTF-8, UTF-16 with its mark, or Windows-1252; None when it is no text. The end may be cut."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        even = content[: len(content) // 2 * 2]
        text = even.decode("utf-16", "replace")
        return text if _reads_as_text(text) else None
    for encoding in ("utf-8-sig", "cp1252"):
        for cut in range(4):
            try:
                text = content[: len(content) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return text if _reads_as_text(text) else None
    return None


def _reads_as_text(text: str) -> bool:
    return not any(ord(c) < 0x20 and c not in "\t\n\r\f" for c in text)
