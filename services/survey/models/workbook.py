"""A workbook that a stranger made, as plain cells: checked before it is unpacked, merged cells named. Run it apart."""

import io
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from services.survey.models.files import FileTrouble, Trouble

LARGEST = 4 * 2**20
MOST_ENTRIES = 500
LARGEST_UNPACKED = 40 * 2**20
MOST_ROWS, MOST_COLUMNS = 20_000, 200


@dataclass
class Sheet:
    """The rows of a sheet with their numbers (the header is row 1), and which cells a merged area covers."""

    name: str
    rows: list[list[Any]]
    merged: dict[tuple[int, int], str] = field(default_factory=dict)


def read_workbook(content: bytes) -> dict[str, Sheet]:
    """Every sheet by its name in small letters. Raises FileTrouble."""
    _must_be_small(content)
    import python_calamine  # noqa: PLC0415 -- only imports pay for it

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        return {name.strip().lower(): _sheet(book, name) for name in book.sheet_names}
    except FileTrouble:
        raise
    except Exception as error:  # the parser has a class for each kind of damage, and panics are none of them
        raise FileTrouble([Trouble("", f"is no workbook that can be read ({str(error)[:120]})")]) from None


def _must_be_small(content: bytes) -> None:
    """Refuse before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise FileTrouble([Trouble("", "is no XLSX workbook; save it as .xlsx")]) from None
    if len(entries) > MOST_ENTRIES:
        raise FileTrouble([Trouble("", f"has more than {MOST_ENTRIES} parts inside")])
    if sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
        raise FileTrouble([Trouble("", f"would unpack to more than {LARGEST_UNPACKED // 2**20} MiB")])
    if any(entry.flag_bits & 1 for entry in entries):
        raise FileTrouble([Trouble("", "is locked with a password")])


def _sheet(book: Any, name: str) -> Sheet:
    sheet = book.get_sheet_by_name(name)
    if sheet.total_height > MOST_ROWS or sheet.total_width > MOST_COLUMNS:
        raise FileTrouble(
            [Trouble(f"sheet {name[:40]}", f"may have at most {MOST_ROWS} rows and {MOST_COLUMNS} columns")]
        )
    merged: dict[tuple[int, int], str] = {}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        area = f"{letters(left)}{top + 1}:{letters(right)}{bottom + 1}"
        for row in range(top, min(bottom, MOST_ROWS) + 1):
            for column in range(left, min(right, MOST_COLUMNS) + 1):
                merged[row, column] = area
    return Sheet(name, [list(row) for row in sheet.to_python(skip_empty_area=False)], merged)


def letters(column: int) -> str:
    """The column's letters, counting from 0.

    >>> letters(0), letters(25), letters(26)
    ('A', 'Z', 'AA')
    """
    found = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def text_of(cell: Any) -> str:
    """A cell as text, for messages and for cells that are text anyway."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def kind_of(cell: Any) -> str | None:
    """What a cell is when it is no text, in words; None for text and for nothing."""
    if isinstance(cell, bool):
        return "true or false"
    if isinstance(cell, int | float):
        return "a number"
    if isinstance(cell, date | datetime | time | timedelta):
        return "a date or time"
    return None
