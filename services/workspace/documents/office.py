"""The text of office files as Markdown: headings, lists and tables stay what they are. Runs in a child with limits.

Word and PowerPoint files are ZIP archives of XML (ISO/IEC 29500), OpenDocument files as well (ISO/IEC 26300); what is
in spreadsheets a reader of spreadsheets tells.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import IO, Any
from xml.etree import ElementTree

from shared.file_kinds import ODF, OOXML

LARGEST_PART = 64 * 2**20
"""Bytes that one part of an archive may unpack to."""
MOST_PARTS = 2000
MOST_SHEETS = 50
MOST_ROWS = 5000
MOST_COLUMNS = 60
HEADING = re.compile(r"(?:heading|title|t[ií]?tulo|titre|ttulo)\s*(\d)?", re.IGNORECASE)
"""How Word calls the styles of headings in our languages; some versions leave the accented letter out."""
INSIDE = ("span", "a")
BREAKS = {"tab", "br", "cr", "line-break", "s"}
ROWS = {"tr", "table-row"}
CELLS = {"tc", "table-cell"}
TABLES = {"tbl", "table"}
ITEMS = {"list-item"}


class TooLargeInside(Exception):
    """A part unpacks to more than is read."""


def blocks_of(path: str, media_type: str) -> Iterator[str]:
    """Blocks of Markdown, in their order. Raises whatever is wrong with the file."""
    if media_type in (f"{OOXML}.spreadsheetml.sheet", f"{ODF}.spreadsheet"):
        yield from _of_sheets(path)
    elif media_type.startswith(ODF):
        yield from _of_part(path, "content.xml")
    else:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if PARTS.fullmatch(name)]
        for name in sorted(names, key=_in_order)[:MOST_PARTS]:
            yield from _of_part(path, name)


PARTS = re.compile(r"word/(?:document|footnotes|endnotes)\.xml|ppt/(?:slides|notesSlides)/\w+\.xml")


def _in_order(name: str) -> tuple[str, int]:
    match = re.search(r"(\d+)\.xml$", name)
    return name.rpartition("/")[0], int(match[1]) if match else 0


def _of_part(path: str, name: str) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        if archive.getinfo(name).file_size > LARGEST_PART:
            raise TooLargeInside(name)
        with archive.open(name) as part:
            yield from _blocks(_Limited(part))


@dataclass
class _Place:
    """Where in a document the reader is: the paragraph, and the table around it."""

    text: list[str] = field(default_factory=list)
    style: str = ""
    is_item: bool = False
    is_title: bool = False
    items: int = 0
    tables: int = 0
    rows: list[list[str]] = field(default_factory=list)
    cell: list[str] = field(default_factory=list)

    def end_cell(self, *, is_row: bool) -> None:
        """A cell of the outermost table, or its row, is complete; tables in tables are text of their cell."""
        if self.tables != 1:
            return
        if is_row:
            self.rows.append([])
            return
        self.rows = self.rows or [[]]
        self.rows[-1].append(" ".join(self.cell))
        self.cell.clear()

    def paragraph(self) -> str:
        """What was read since the last one, as Markdown; empty when there is nothing."""
        said = " ".join("".join(self.text).split())
        level = HEADING.match(self.style)
        is_item, is_title = self.is_item or self.items > 0, self.is_title
        self.text.clear()
        self.style, self.is_item = "", False
        if not said or self.tables:
            return said
        if is_title or level is not None:
            return f"{'#' * min(6, int(level[1] or 1) if level is not None else 2)} {said}"
        return f"- {said}" if is_item else said


def _blocks(part: Any) -> Iterator[str]:
    place = _Place()
    for event, element in ElementTree.iterparse(part, events=("start", "end")):  # noqa: S314 -- in a child with limits; expat bounds the growth of entities
        tag = element.tag.rpartition("}")[2]
        if event == "start":
            place.tables += tag in TABLES
            place.items += tag in ITEMS
            continue
        yield from _ended(place, tag, element)


def _ended(place: _Place, tag: str, element: ElementTree.Element) -> Iterator[str]:
    """What is complete once this element is."""
    _hear(place, tag, element)
    if tag in ("p", "h"):
        said = place.paragraph()
        element.clear()
        if said and place.tables:
            place.cell.append(said)
        elif said:
            yield said
    elif tag in ITEMS:
        place.items -= 1
    elif tag in CELLS or tag in ROWS:
        place.end_cell(is_row=tag in ROWS)
    elif tag in TABLES:
        place.tables -= 1
        if not place.tables:
            yield from table_of(place.rows)
            place.rows = []


def _hear(place: _Place, tag: str, element: ElementTree.Element) -> None:
    """The running text of an element, and what it says about its paragraph."""
    if tag in ("p", "h"):
        place.text.insert(0, element.text or "")
    elif tag in ("t", *INSIDE):
        place.text.append(element.text or "")
    if tag in BREAKS:
        place.text.append(" ")
    if tag in INSIDE or tag in BREAKS:
        place.text.append(element.tail or "")
    match tag:
        case "h":
            place.style = f"heading {_attribute(element, 'outline-level') or 1}"
        case "pStyle":
            place.style = _attribute(element, "val")
        case "numPr":
            place.is_item = True
        case "ph":
            place.is_title = _attribute(element, "type") in ("title", "ctrTitle")
        case "sp":
            place.is_title = False


def _attribute(element: ElementTree.Element, name: str) -> str:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def table_of(rows: list[list[str]]) -> Iterator[str]:
    """A table of Markdown, the first row its head; nothing when there is nothing in it.

    >>> list(table_of([["Puerto", "Horas"], ["Callao", "12"], ["", ""]]))
    ['| Puerto | Horas |\\n|---|---|\\n| Callao | 12 |']
    """
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    width = max((len(row) for row in kept), default=0)
    while width and not any(len(row) >= width and row[width - 1].strip() for row in kept):
        width -= 1
    if not width:
        return
    lines = ["| " + " | ".join(_cell(row[at]) if at < len(row) else "" for at in range(width)) + " |" for row in kept]
    yield "\n".join([lines[0], "|" + "---|" * width, *lines[1:]])


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _of_sheets(path: str) -> Iterator[str]:
    from python_calamine import CalamineWorkbook  # noqa: PLC0415 -- the child alone needs it

    book = CalamineWorkbook.from_path(path)
    for name in book.sheet_names[:MOST_SHEETS]:
        yield f"## {name}"
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=True, nrows=MOST_ROWS)
        yield from table_of([[_shown(value) for value in row[:MOST_COLUMNS]] for row in rows])


def _shown(value: object) -> str:
    if isinstance(value, bool | None):
        return "" if value is None else str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(" ") if value.time() != time() else value.date().isoformat()
    return value.isoformat() if isinstance(value, date | time) else str(value)


class _Limited:
    """A part that ends the work when it unpacks to more than its directory said."""

    def __init__(self, part: IO[bytes]) -> None:
        self._part, self._left = part, LARGEST_PART

    def read(self, size: int = -1) -> bytes:
        found = self._part.read(size)
        self._left -= len(found)
        if self._left < 0:
            raise TooLargeInside
        return found
