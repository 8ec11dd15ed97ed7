"""Rows of an XLSX workbook's first sheet, read as a stream from its XML.

The libraries give an empty cell for an error, and for a formula that no spreadsheet has calculated; here each cell
tells what it is. A merged cell counts for the whole merged area.
"""

import re
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

from services.indicators.imports.trouble import Unreadable

ZIP = b"PK\x03\x04"
MOST_UNPACKED = 256 * 2**20
"""Bytes of all parts together: about a million rows of observations."""
PART = 2**18  # bytes of XML at a time
MOST_SHARED = 2_000_000
MOST_COLUMNS = 60
MOST_MERGED = 20_000
BUILT_IN_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*ref="([A-Z]{1,3}[0-9]{1,7}):([A-Z]{1,3}[0-9]{1,7})"')


@dataclass(frozen=True, slots=True)
class Cell:
    """`text` as a person reads it. `kind`: text, number, date, error, formula (without a value), boolean.
    `merged`: the area that the cell belongs to without being its first."""

    text: str
    kind: str = "text"
    merged: str | None = None


EMPTY = Cell("")
DAMAGES = (
    zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, NotImplementedError, RuntimeError, OSError,
)  # fmt: skip
"""What reading a workbook whose bytes are wrong can end in."""


def rows_of(path: Path) -> Iterator[tuple[int, list[Cell]]]:
    """Rows that have a cell, with their numbers in the sheet. Raises Unreadable."""
    try:
        with zipfile.ZipFile(path) as book:
            yield from _rows(book)
    except DAMAGES as error:
        raise Unreadable(f"the workbook is damaged ({type(error).__name__})") from None
    except expat.ExpatError:
        raise Unreadable("the workbook is damaged: its XML cannot be read") from None


def _rows(book: zipfile.ZipFile) -> Iterator[tuple[int, list[Cell]]]:
    if sum(entry.file_size for entry in book.infolist()) > MOST_UNPACKED:
        raise Unreadable("the workbook unpacks to more than is read; save it as CSV")
    sheet, _ = _first_sheet(book)
    dates, epoch = _date_styles(book), _epoch(book)
    merged = _merged(book, sheet)
    strings = _shared_strings(book)
    reader = _SheetReader(strings, dates, epoch)
    waiting, near = deque(merged), list[_Area]()
    first_cells: dict[str, Cell] = {}
    for number, cells in _pulled(book, sheet, reader):
        row = [cells.get(column, EMPTY) for column in range(max(cells, default=-1) + 1)]
        while waiting and waiting[0].first_row <= number:
            near.append(waiting.popleft())
        if near:
            near = [area for area in near if area.last_row >= number]
            row = _with_merged(number, row, near, first_cells)
        yield number, row


def _pulled(book: zipfile.ZipFile, sheet: str, reader: "_SheetReader") -> Iterator[tuple[int, dict[int, Cell]]]:
    parser = _parser(reader.start, reader.end, reader.characters)
    with book.open(sheet) as file:
        while part := file.read(PART):
            parser.Parse(part, False)
            yield from reader.ready
            reader.ready.clear()
        parser.Parse(b"", True)
        yield from reader.ready


def _parser(start: Any, end: Any, characters: Any) -> Any:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, characters

    def refuse(*_: object) -> None:
        raise Unreadable("the workbook declares a document type, which no spreadsheet writes")

    parser.StartDoctypeDeclHandler = refuse
    return parser


def _local(name: str) -> str:
    return name.rpartition(":")[2]


class _SheetReader:
    """Puts the events of a sheet's XML together to rows."""

    def __init__(self, strings: list[str], dates: dict[int, bool], epoch: date) -> None:
        self.ready: list[tuple[int, dict[int, Cell]]] = []
        self._strings, self._dates, self._epoch = strings, dates, epoch
        self._row, self._cells = 0, {}  # type: int, dict[int, Cell]
        self._column = -1
        self._type, self._style = "n", 0
        self._text: list[str] = []
        self._takes = self._has_formula = self._is_phonetic = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = _local(name)
        if name == "c":
            reference = attributes.get("r", "")
            self._column = column_of(reference) if reference else self._column + 1
            if self._column >= 16_384:
                raise Unreadable("the workbook is damaged: a cell stands outside the sheet")
            self._type = attributes.get("t", "n")
            style = attributes.get("s", "0")
            self._style = int(style) if style.isdigit() else 0
            self._text, self._has_formula = [], False
        elif name in ("v", "t"):
            self._takes = not self._is_phonetic
        elif name == "f":
            self._has_formula = True
        elif name == "rPh":
            self._is_phonetic = True
        elif name == "row":
            given = attributes.get("r", "")
            self._row = int(given) if given.isdigit() and len(given) < 9 else self._row + 1
            self._cells, self._column = {}, -1

    def characters(self, text: str) -> None:
        if self._takes:
            self._text.append(text)

    def end(self, name: str) -> None:
        name = _local(name)
        if name in ("v", "t"):
            self._takes = False
        elif name == "rPh":
            self._is_phonetic = False
        elif name == "c":
            cell = self._cell("".join(self._text))
            if cell is not None and self._column < MOST_COLUMNS:
                self._cells[self._column] = cell
        elif name == "row" and self._cells:
            self.ready.append((self._row, self._cells))

    def _cell(self, text: str) -> Cell | None:
        if self._type == "e":
            return Cell(text or "#ERROR", "error")
        if self._has_formula and not text and self._type != "str":
            return Cell("", "formula")
        if self._type == "s":
            place = int(text) if text.isdigit() else -1
            return Cell(self._strings[place]) if 0 <= place < len(self._strings) else None
        if self._type == "b":
            return Cell("TRUE" if text == "1" else "FALSE", "boolean")
        if self._type == "d":
            return Cell(text[:10], "date")
        if self._type != "n":
            return Cell(text) if text else None
        return self._number(text) if text else None

    def _number(self, text: str) -> Cell:
        try:
            number = float(text)
        except ValueError:
            return Cell(text)
        if self._style in self._dates:
            return _date_cell(number, self._epoch, shows_day=self._dates[self._style])
        if number.is_integer() and abs(number) < 1e15:
            return Cell(str(int(number)), "number")
        return Cell(repr(number), "number")


def _date_cell(number: float, epoch: date, *, shows_day: bool) -> Cell:
    """A date as `YYYY-MM` when its format shows no day, or it is the first of the month at midnight; else as
    `YYYY-MM-DD`."""
    try:
        day = epoch + timedelta(days=int(number))
    except OverflowError:
        return Cell(repr(number), "number")
    if not shows_day or (day.day == 1 and number.is_integer()):
        return Cell(f"{day:%Y-%m}", "date")
    return Cell(day.isoformat(), "date")


def column_of(reference: str) -> int:
    """`C7` → 2. A cell's column from 0."""
    number = 0
    for letter in reference:
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
    return number - 1


def _row_of(reference: str) -> int:
    return int(reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") or 0)


@dataclass(frozen=True, slots=True)
class _Area:
    name: str
    first_row: int
    last_row: int
    first_column: int
    last_column: int


def _merged(book: zipfile.ZipFile, sheet: str) -> list[_Area]:
    """The merged areas; they stand after the cells, so this reads the sheet once before."""
    found: list[_Area] = []
    with book.open(sheet) as file:
        before = b""
        while part := file.read(PART):
            whole = before + part
            found += [
                _Area(f"{first}:{last}", _row_of(first), _row_of(last), column_of(first), column_of(last))
                for first, last in ((a.decode(), b.decode()) for a, b in MERGED.findall(whole))
            ]
            if len(found) > MOST_MERGED:
                raise Unreadable("the sheet has too many merged cells; save it as CSV")
            cut = whole.rfind(b">")
            before = whole[cut + 1 :] if len(whole) - cut < PART else b""
    return sorted(set(found), key=lambda area: area.first_row)


def _with_merged(number: int, row: list[Cell], areas: list[_Area], first_cells: dict[str, Cell]) -> list[Cell]:
    """The row with the cells of merged areas filled in from their first, which `first_cells` remembers."""
    for area in areas:
        if number == area.first_row:
            first_cells[area.name] = row[area.first_column] if area.first_column < len(row) else EMPTY
        first = first_cells.get(area.name, EMPTY)
        for column in range(area.first_column, min(area.last_column, MOST_COLUMNS - 1) + 1):
            if (number, column) != (area.first_row, area.first_column) and first.text:
                row += [EMPTY] * (column + 1 - len(row))
                row[column] = Cell(first.text, first.kind, area.name)
    return row


def told_of(path: Path) -> str:
    """As a person reads it: which sheet is read. Raises Unreadable."""
    try:
        with zipfile.ZipFile(path) as book:
            return f"XLSX, “{_first_sheet(book)[1][:40]}”"
    except (*DAMAGES, expat.ExpatError):
        return "XLSX"  # what is wrong is told when the rows are read


def _first_sheet(book: zipfile.ZipFile) -> tuple[str, str]:
    """The path of the first sheet that is shown, and its name."""
    workbook = _find(book, "xl/workbook.xml", "workbook.xml")
    sheets: list[tuple[str, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if _local(name) == "sheet" and attributes.get("state", "visible") == "visible":
            identifier = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            sheets.append((identifier, attributes.get("name", "")))

    _parse(book.open(workbook), start)
    relations = workbook.rpartition("/")[0] + "/_rels/workbook.xml.rels"
    targets: dict[str, str] = {}

    def relation(name: str, attributes: dict[str, str]) -> None:
        if _local(name) == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    _parse(book.open(relations.lstrip("/")), relation)
    for identifier, name in sheets:
        target = targets.get(identifier, "")
        path = target.lstrip("/") if target.startswith("/") else f"{workbook.rpartition('/')[0]}/{target}".lstrip("/")
        if path in book.namelist():
            return path, name
    raise Unreadable("the workbook has no sheet")


def _find(book: zipfile.ZipFile, *names: str) -> str:
    for name in names:
        if name in book.namelist():
            return name
    raise KeyError(names[0])


def _parse(file: IO[bytes], start: Any, end: Any = None, characters: Any = None) -> None:
    parser = _parser(start, end, characters)
    with file:
        while part := file.read(PART):
            parser.Parse(part, False)
        parser.Parse(b"", True)


def _epoch(book: zipfile.ZipFile) -> date:
    found = [False]

    def start(name: str, attributes: dict[str, str]) -> None:
        if _local(name) == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            found[0] = True

    _parse(book.open(_find(book, "xl/workbook.xml", "workbook.xml")), start)
    return date(1904, 1, 1) if found[0] else date(1899, 12, 30)


def _date_styles(book: zipfile.ZipFile) -> dict[int, bool]:
    """Which cell styles show dates, and whether they show the day."""
    if "xl/styles.xml" not in book.namelist():
        return {}
    formats: dict[int, str] = {}
    styles: dict[int, bool] = {}
    state = {"inside": False, "number": 0}

    def start(name: str, attributes: dict[str, str]) -> None:
        name = _local(name)
        if name == "numFmt" and attributes.get("numFmtId", "").isdigit():
            formats[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            state["inside"] = True
        elif name == "xf" and state["inside"]:
            number = int(attributes.get("numFmtId", "0") or 0)
            plain = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.', "", formats.get(number, "")).lower()
            if number in BUILT_IN_DATES and number not in (18, 19, 20, 21, 45, 46, 47):
                styles[state["number"]] = number != 17
            elif re.search(r"[yd]|m{3,}", plain):
                styles[state["number"]] = "d" in plain
            state["number"] += 1

    def end(name: str) -> None:
        if _local(name) == "cellXfs":
            state["inside"] = False

    _parse(book.open("xl/styles.xml"), start, end)
    return styles


def _shared_strings(book: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    found: list[str] = []
    parts: list[str] = []
    state = {"takes": False, "phonetic": False}

    def start(name: str, attributes: dict[str, str]) -> None:
        name = _local(name)
        if name == "si":
            parts.clear()
        elif name == "rPh":
            state["phonetic"] = True
        elif name == "t":
            state["takes"] = not state["phonetic"]

    def end(name: str) -> None:
        name = _local(name)
        if name == "si":
            found.append("".join(parts))
            if len(found) > MOST_SHARED:
                raise Unreadable("the workbook has too many different texts; save it as CSV")
        elif name == "rPh":
            state["phonetic"] = False
        elif name == "t":
            state["takes"] = False

    def characters(text: str) -> None:
        if state["takes"]:
            parts.append(text)

    _parse(book.open("xl/sharedStrings.xml"), start, end, characters)
    return found
