"""Rows of a CSV as spreadsheets of many countries save it: with any of their encodings, separators and line ends."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from services.indicators.imports.layout import MOST_TITLE_ROWS, looks_like_a_header
from services.indicators.imports.trouble import Unreadable

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
SAMPLE = 2**20  # bytes
LONGEST_FIELD = 2**17
SAVE_AS = "save it as “CSV UTF-8”"
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}
UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
UNUSED_IN_CP1252 = b"\x81\x8d\x8f\x90\x9d"
Rows = Iterator[tuple[int, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written."""

    encoding: str
    separator: str
    has_separator_line: bool

    @property
    def told(self) -> str:
        """As a person reads it: what the file was taken for."""
        return f"CSV, {NAMES[self.encoding]}, {SEPARATORS[self.separator]}"


def dialect_of(path: Path) -> Dialect:
    """Find out how a file is written. Raises Unreadable."""
    with path.open("rb") as file:
        sample = file.read(SAMPLE)
    if not sample.strip():
        raise Unreadable("the file is empty")
    encoding = _encoding(path, sample)
    text = sample.decode(encoding, "ignore")
    if "\x00" in text[:4096]:
        raise Unreadable(f"the file is no text in UTF-8, Windows-1252 or UTF-16 with its mark; {SAVE_AS}")
    lines = re.split(r"\r\n|\r|\n", text[:65536], maxsplit=MOST_TITLE_ROWS + 1)[: MOST_TITLE_ROWS + 1]
    declared = re.fullmatch(r"\"?sep=(.)\"?[;,\t]*", lines[0].strip("\ufeff "), re.IGNORECASE)
    separator = declared[1] if declared else _separator(lines)
    if separator not in SEPARATORS:
        raise Unreadable(f"columns are separated by {separator!r}; use a comma, a semicolon or a tab")
    return Dialect(encoding, separator, declared is not None)


def _encoding(path: Path, sample: bytes) -> str:
    if sample.startswith(UTF32):
        raise Unreadable(f"the file is in UTF-32; {SAVE_AS}")
    for mark, name in BOMS:
        if sample.startswith(mark):
            return name
    decoder = codecs.getincrementaldecoder("utf-8")()
    unused = False
    with path.open("rb") as file:
        is_utf8 = True
        while part := file.read(SAMPLE):
            if is_utf8:
                try:
                    decoder.decode(part)
                except UnicodeDecodeError:
                    is_utf8 = False
            unused = unused or any(byte in part for byte in UNUSED_IN_CP1252)
    if is_utf8:
        return "utf-8"
    if unused:
        raise Unreadable(f"the file is neither UTF-8 nor Windows-1252; {SAVE_AS}")
    return "cp1252"


def _separator(lines: Sequence[str]) -> str:
    """The one that makes a header of a line, else the one that the first line has most of."""
    for line in lines:
        for mark in SEPARATORS:
            if looks_like_a_header([cell.strip('"') for cell in line.split(mark)]):
                return mark
    first = next((line for line in lines if line.strip()), "")
    outside = re.sub(r'"[^"]*"', "", first)
    return max(SEPARATORS, key=outside.count)


def rows_of(raw: IO[bytes], dialect: Dialect) -> Rows:
    """Rows with their numbers from 1; a line that names the separator is no row. Raises Unreadable where quotation
    marks or the encoding stop making sense."""
    csv.field_size_limit(LONGEST_FIELD)
    number = -1 if dialect.has_separator_line else 0
    with io.TextIOWrapper(raw, dialect.encoding, newline="") as text:
        reader = csv.reader(text, delimiter=dialect.separator, strict=True)
        try:
            if dialect.has_separator_line:
                next(reader, None)
                number = 0
            for number, cells in enumerate(reader, start=1):
                yield number, cells
        except csv.Error as error:
            reason = "a quotation mark is out of place, or a cell is far too long"
            raise Unreadable(f"{reason} ({error})", row=number + 1) from None
        except UnicodeDecodeError:
            raise Unreadable(f"a character is not {NAMES[dialect.encoding]}; {SAVE_AS}", row=number + 1) from None
