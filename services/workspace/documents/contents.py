"""The text in a file that somebody made. Runs in a child process with limits: whatever is wrong with a file ends there.

Word, Excel and PowerPoint files are ZIP archives of XML (ISO/IEC 29500), OpenDocument files as well (ISO/IEC 26300).
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree

from shared.file_kinds import ODF, OOXML, decoded

LONGEST = 1_000_000
"""Characters that are kept of a text."""
MOST_PAGES = 2000
LARGEST_PART = 64 * 2**20
"""Bytes that one part of an archive may unpack to."""
MOST_PARTS = 2000
WORDS = {
    "spanish": frozenset("el la los las que del por con para una se al es".split()),  # noqa: SIM905
    "portuguese": frozenset("o os as que do da dos das em não uma ao é para com no na".split()),  # noqa: SIM905
    "english": frozenset("the of and to in is that for with on as by".split()),  # noqa: SIM905
}
BLOCKS = {"p", "h", "tr", "row", "br", "cr", "list-item", "table-row"}
APART = {"tab", "tc", "c", "table-cell", "s"}
CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\ud800-\udfff\ufffe\uffff\ue000\ue001]")


@dataclass(frozen=True, slots=True)
class Contents:
    """What was read: text with a form feed between pages, how many pages a PDF has, the text's likely language."""

    text: str
    pages: int | None
    language: str


class Unreadable(Exception):
    """The file is broken, encrypted, or not what it seemed."""


def contents_of(path: str, media_type: str) -> Contents:
    """Raises Unreadable."""
    pages: int | None = None
    try:
        if media_type == "application/pdf":
            text, pages = _of_pdf(path)
        elif media_type.startswith(OOXML):
            text = "\n".join(_of_office(path, media_type))
        elif media_type.startswith(ODF):
            text = "\n".join(_of_part(path, "content.xml"))
        elif media_type == "application/rtf":
            text = _of_rtf(Path(path).read_bytes()[: 16 * 2**20])
        else:
            text = decoded(Path(path).read_bytes()[: 4 * LONGEST]) or ""
    except MemoryError:
        raise
    except Exception as error:  # a stranger's file and native parsers: anything can be wrong
        raise Unreadable(type(error).__name__) from None
    text = tidied(text)
    return Contents(text, pages, language_of(text))


def tidied(text: str) -> str:
    """Without what cannot be stored, and with no more white space than says something."""
    plain = CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")[: 2 * LONGEST])
    plain = re.sub(r"[ \t\u00a0]+", " ", plain)
    return re.sub(r"\n\s*\n\s*\n+", "\n\n", plain).strip()[:LONGEST]


def language_of(text: str) -> str:
    """Whose small words are there most; Spanish when none tells."""
    words = re.findall(r"\w+", text[:20_000].lower())
    counts = {language: sum(word in small for word in words) for language, small in WORDS.items()}
    return max(counts, key=lambda language: counts[language])


def _of_pdf(path: str) -> tuple[str, int]:
    from pypdf import PdfReader  # noqa: PLC0415 -- the child alone needs it

    reader = PdfReader(path)
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("encrypted")
    found: list[str] = []
    length = 0
    for page in reader.pages[:MOST_PAGES]:
        text = page.extract_text() or ""
        found.append(text)
        length += len(text)
        if length > LONGEST:
            break
    return "\n\f\n".join(found), len(reader.pages)


def _of_office(path: str, media_type: str) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()[: 10 * MOST_PARTS]
        if media_type.endswith("wordprocessingml.document"):
            wanted = [name for name in names if re.fullmatch(r"word/(document|footnotes|endnotes)\.xml", name)]
        elif media_type.endswith("presentationml.presentation"):
            wanted = [name for name in names if re.fullmatch(r"ppt/(slides|notesSlides)/\w+\.xml", name)]
        else:
            wanted = [name for name in names if name in ("xl/sharedStrings.xml", "xl/workbook.xml")]
            wanted += [name for name in names if re.fullmatch(r"xl/worksheets/\w+\.xml", name)]
    for name in sorted(wanted, key=_in_order)[:MOST_PARTS]:
        yield from _of_part(path, name, is_sheet=name.startswith("xl/worksheets/"))


def _in_order(name: str) -> tuple[str, int]:
    match = re.search(r"(\d+)\.xml$", name)
    return name.rpartition("/")[0], int(match[1]) if match else 0


def _of_part(path: str, name: str, *, is_sheet: bool = False) -> Iterator[str]:
    """The running text of one XML part, paragraph by paragraph."""
    with zipfile.ZipFile(path) as archive:
        if archive.getinfo(name).file_size > LARGEST_PART:
            raise Unreadable("too large")
        with archive.open(name) as part:
            yield from _paragraphs(_Limited(part), is_sheet=is_sheet)


def _paragraphs(part: Any, *, is_sheet: bool) -> Iterator[str]:
    current: list[str] = []
    length = 0
    for event, element in ElementTree.iterparse(part, events=("start", "end")):  # noqa: S314 -- in a child with limits; expat bounds the growth of entities
        tag = element.tag.rpartition("}")[2]
        if event == "start":
            if tag == "sheet" and (name := element.get("name")):
                yield name
            continue
        if tag == "t" or (tag in ("p", "h", "span", "a") and not is_sheet):
            current.append(element.text or "")
        elif tag == "v" and is_sheet and element.text and not element.text.isdigit():
            current.append(element.text)
        if tag in APART:
            current.append(" ")
        if tag in ("span", "a", "s", "tab", "line-break"):
            current.append(element.tail or "")
        if tag in BLOCKS or tag == "si":
            text = "".join(current).strip()
            current.clear()
            if text:
                length += len(text)
                yield text
            element.clear()
            if length > LONGEST:
                return
    if rest := "".join(current).strip():
        yield rest


class _Limited:
    """A part that ends the work when it unpacks to more than its directory said."""

    def __init__(self, part: IO[bytes]) -> None:
        self._part, self._left = part, LARGEST_PART

    def read(self, size: int = -1) -> bytes:
        found = self._part.read(size)
        self._left -= len(found)
        if self._left < 0:
            raise Unreadable("too large")
        return found


def _of_rtf(content: bytes) -> str:
    text = content.decode("cp1252", "replace")
    text = re.sub(r"\{\\\*[^{}]*\}|\{\\(fonttbl|colortbl|stylesheet|info)(?:[^{}]|\{[^{}]*\})*\}", "", text)
    text = re.sub(r"\\'([0-9a-fA-F]{2})", lambda match: bytes.fromhex(match[1]).decode("cp1252", "replace"), text)
    text = re.sub(r"\\u(-?\d{1,5})\??", lambda match: chr(int(match[1]) % 65536), text)
    text = re.sub(r"\\(par|line|row)\b ?", "\n", text)
    return re.sub(r"\\[a-z]+-?\d* ?|[{}]", "", text)
