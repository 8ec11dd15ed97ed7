"""A table of earlier results as text: found out how it is written, and read row by row. No I/O, nothing heavy."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from shared.text import forbidden_character, normal

COLUMNS = ("community", "year", "code", "score", "level")
NEEDED = ("community", "year", "code")
SAID_IN_SPANISH = {
    "comunidad": "community", "año": "year", "codigo": "code", "código": "code", "puntaje": "score", "grado": "level",
}  # fmt: skip
DELIMITERS = (";", ",", "\t")
MOST_ROWS = 50_000
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell and what is wrong with it, in words and as a stable code; the header is row 1."""

    row: int
    column: str
    value: str
    reason: str
    code: str


@dataclass(frozen=True)
class Line:
    """A row of the file by column; `number` as a spreadsheet counts."""

    number: int
    cells: Mapping[str, str]


@dataclass
class Table:
    encoding: str = ""
    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read_table(content: bytes) -> Table:
    """The rows, and everything that keeps some of them from being read."""
    table = Table()
    text = _text(content, table)
    if text is None:
        return table
    if found := forbidden_character(text):
        row = text[: text.index(chr(int(found[2:], 16)))].count("\n") + 1
        table.faults.append(Fault(row, "", "", f"contains a character that cannot be stored ({found})", "character"))
        return table
    text = normal(text)
    first, _, rest = text.partition("\n")
    delimiter = None
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        delimiter, text = first.strip()[4], rest
    delimiter = delimiter or max(DELIMITERS, key=text.partition("\n")[0].count)
    try:
        records = list(_records(text, delimiter))
    except csv.Error as error:
        table.faults.append(Fault(1, "", "", f"cannot be read as CSV: {error}", "unreadable"))
        return table
    if not records:
        table.faults.append(Fault(1, "", "", "is empty", "no_rows"))
        return table
    header = _header(records[0][1], records[1:], table)
    if header is not None:
        _lines(header, records[1:], table)
    return table


def _text(content: bytes, table: Table) -> str | None:
    """The text with plain line ends, whatever the program that wrote it calls its encoding."""
    encodings = [name for mark, name in MARKS if content.startswith(mark)] or ["utf-8", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        table.encoding = encoding.removesuffix("-sig")
        return text.replace("\r\n", "\n").replace("\r", "\n")
    table.faults.append(
        Fault(1, "", "", "is neither UTF-8 nor Windows-1252 text; save it as “CSV UTF-8 (comma delimited)”", "encoding")
    )
    return None


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    for number, cells in enumerate(reader, start=1):
        if number > MOST_ROWS + 1:
            raise csv.Error(f"more than {MOST_ROWS} rows; send it in parts")
        yield number, cells


def _header(cells: list[str], rows: list[tuple[int, list[str]]], table: Table) -> dict[int, str] | None:
    header: dict[int, str] = {}
    for index, cell in enumerate(cells):
        title = " ".join(cell.replace("\u00a0", " ").split()).lower()
        name = SAID_IN_SPANISH.get(title, title)
        if not title:
            if any(len(row) > index and row[index].strip() for _, row in rows):
                table.faults.append(Fault(1, f"column {index + 1}", "", "has values and no heading", "unknown_column"))
        elif name not in COLUMNS:
            told = f"is not known; known: {', '.join(COLUMNS)}"
            table.faults.append(Fault(1, shown(title), shown(title), told, "unknown_column"))
        elif name in header.values():
            table.faults.append(Fault(1, name, shown(title), "is there twice", "doubled_column"))
        else:
            header[index] = name
    missing = [name for name in NEEDED if name not in header.values()]
    if not {"score", "level"} & set(header.values()):
        missing.append("score or level")
    table.faults += [Fault(1, name, "", "is missing", "missing_column") for name in missing]
    return header if not missing else None


def _lines(header: Mapping[int, str], rows: list[tuple[int, list[str]]], table: Table) -> None:
    width = max(header) + 1
    for number, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header) and any(cell.strip() for cell in cells[width:]):
            told = f"has {len(cells)} cells and the header {len(header)}; a decimal comma needs ; between the columns"
            table.faults.append(Fault(number, "", "", told, "too_many_cells"))
            continue
        found = {name: cells[index].replace("\u00a0", " ").strip() if index < len(cells) else ""
                 for index, name in header.items()}  # fmt: skip
        table.lines.append(Line(number, found))


def shown(text: str) -> str:
    """A value for a message: what cannot be seen is named by its code point."""
    told = "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text)
    return told if len(told) <= 60 else told[:59] + "…"


def number_in(text: str) -> float | None:
    """A number with a decimal point or comma and nothing else; None for everything that is none.

    >>> number_in("62,5"), number_in("62.5"), number_in("1.234,5"), number_in("NaN"), number_in("1e3")
    (62.5, 62.5, None, None, None)
    """
    plain = text.replace(",", ".", 1) if "." not in text else text
    whole, _, fraction = plain.partition(".")
    if not (plain.isascii() and whole.isdigit() and (fraction.isdigit() or not fraction) and not plain.endswith(".")):
        return None
    return float(plain) if len(plain) <= 25 else None
