"""One row of a file: what it says, whether it can be taken, and where it goes."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from services.indicators.imports.findings import Notebook
from services.indicators.imports.layout import Layout
from services.indicators.imports.numbers import AS_PROGRAMS_WRITE, SURE_OF_COMMA, SURE_OF_POINT
from services.indicators.imports.trouble import Trouble
from services.indicators.imports.workbook import Cell
from services.indicators.observations.values import (
    LARGEST,
    MOST_UNITS,
    Definition,
    period_error,
    ratio,
    shown,
    value_of,
)
from services.indicators.periods import FIRST_YEAR, LAST_YEAR, parse
from shared.text import forbidden_character, normal

if TYPE_CHECKING:
    from services.indicators.imports.checking import Source

LONGEST_NOTE = 2_000
CODES = ("indicator", "community", "period")
PERIOD_SLOTS = (LAST_YEAR - FIRST_YEAR + 1) * 17
MARKS = tuple("=+-@\t\r\n")
MOST_KNOWN = 200_000
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
NULL = "\\N"


def slot_of(period: str) -> int:
    """A number for every period that there is: 17 in a year."""
    found = parse(period)
    step = {1: 0, 3: 12, 12: 16}[found.months]
    return (found.year - FIRST_YEAR) * 17 + step + found.first_month % 12 // found.months


class Keys:
    """Which indicator, community and period has occurred: one bit each, so that millions cost a few megabytes."""

    def __init__(self, communities: Sequence[str], indicators: Sequence[str]) -> None:
        self._communities = {code: place for place, code in enumerate(communities)}
        self._indicators = {code: place for place, code in enumerate(indicators)}
        size = max(1, len(communities)) * max(1, len(indicators)) * PERIOD_SLOTS
        self.seen = bytearray(size // 8 + 1)
        self._twice = bytearray(size // 8 + 1)
        self._slots: dict[str, int] = {}
        self.has_doubles = False

    def first_of(self, community: str, indicator: str) -> int:
        """The number of a series' first period."""
        return (self._communities[community] * len(self._indicators) + self._indicators[indicator]) * PERIOD_SLOTS

    def slot(self, period: str) -> int:
        found = self._slots.get(period)
        if found is None:
            found = self._slots[period] = slot_of(period)
        return found

    def see(self, key: int) -> None:
        place, bit = key >> 3, 1 << (key & 7)
        if self.seen[place] & bit:
            self._twice[place] |= bit
            self.has_doubles = True
        self.seen[place] |= bit

    def leave_doubles_out(self, staged: Path, notebook: Notebook) -> None:
        """Every row of a key that occurs twice is wrong, names another, and is not taken."""
        first: dict[int, int] = {}
        named: set[int] = set()
        once = staged.with_suffix(".once")
        with staged.open(encoding="utf-8", newline="") as source, once.open("w", encoding="utf-8", newline="") as kept:
            for line in source:
                number, community, indicator, period, _ = line.split("\t", 4)
                key = self.first_of(community, indicator) + self.slot(period)
                if not self._twice[key >> 3] & 1 << (key & 7):
                    kept.write(line)
                    continue
                row = int(number)
                notebook.doubled_rows += 1
                notebook.found.wrong_rows += 1
                other = first.get(key)
                if other is None:
                    if not notebook.is_full:
                        first[key] = row
                    continue
                if key not in named:
                    named.add(key)
                    notebook.say(_double(other, row, period))
                notebook.say(_double(row, other, period))
        once.replace(staged)


def _double(row: int, other: int, period: str) -> Trouble:
    return Trouble(row, "period", period, f"is the same indicator, community and period as row {other}")


class RowReader:
    """Reads any row, and says all that is wrong with it."""

    def __init__(
        self, catalogue: Mapping[str, Definition], communities: Mapping[str, bool], layout: Layout, source: "Source",
        notebook: Notebook, keys: Keys, staged: TextIO,
    ) -> None:  # fmt: skip
        self.catalogue, self.communities, self.layout, self.keys = catalogue, communities, layout, keys
        self.staged = self.quick_rows = 0
        self.write = staged.write
        self.known_series: dict[tuple[str, str], tuple[int, Definition, str]] = {}
        self.known_periods: dict[tuple[str, str], tuple[int, str]] = {}
        self.figures = source.figures
        self.can_be_quick = not source.is_book and not layout.unnamed and source.figures.mark is not None
        self._is_book, self._notebook = source.is_book, notebook
        self._row = 0
        self._is_wrong = False
        self._period_errors: dict[tuple[str, str], str | None] = {}

    def read(self, row: int, cells: Sequence[str] | list[Cell]) -> None:
        """Take the row, or say why not; an empty one is none."""
        texts = [cell if isinstance(cell, str) else cell.text for cell in cells]
        is_odd = self._is_book and any(cell.kind in ("error", "formula") for cell in cells)  # type: ignore[union-attr]
        if not is_odd and not any(text and not text.isspace() for text in texts):
            return
        got = {name: texts[place] if place < len(texts) else "" for name, place in self.layout.places.items()}
        fields = ("value", "numerator", "denominator", "n", "note")
        if self.layout.is_form and not is_odd and not any(got.get(name, "").strip() for name in fields):
            self._notebook.found.skipped += 1
            return
        self._notebook.found.rows += 1
        self._row, self._is_wrong = row, False
        if self._is_book:
            self._look_at_cells(cells)  # type: ignore[arg-type]  # a workbook's rows are cells
        self._look_beside(texts)
        self._take(got, cells)
        if self._is_wrong:
            self._notebook.found.wrong_rows += 1

    def wrong(self, column: str, value: str, message: str) -> None:
        self._is_wrong = True
        self._notebook.say(Trouble(self._row, column, value, message))

    def _look_beside(self, texts: Sequence[str]) -> None:
        """Nothing may stand where no column has a name."""
        layout = self.layout
        if len(texts) > layout.width and any(text.strip() for text in texts[layout.width :]):
            told = "stands in a column that has no name: the row has more cells than the header"
            self.wrong(f"column {layout.width + 1}", texts[layout.width], told)
        for place in layout.unnamed:
            if place < len(texts) and texts[place].strip():
                self.wrong(f"column {place + 1}", texts[place], "stands in a column that has no name")

    def _look_at_cells(self, cells: list[Cell]) -> None:
        for name, place in self.layout.places.items():
            if place >= len(cells):
                continue
            cell = cells[place]
            if cell.kind == "error":
                self.wrong(name, cell.text, f"is an error of the spreadsheet ({cell.text})")
            elif cell.kind == "formula":
                self.wrong(name, "", "is a formula without a result: open the file in a spreadsheet and save it")
            elif cell.kind == "boolean" and name != "note":
                self.wrong(name, cell.text, "is TRUE or FALSE")
            elif cell.kind == "date" and name not in ("period", "note"):
                self.wrong(name, cell.text, "is a date")
            elif cell.merged and name not in CODES:
                area = f"is part of the merged area {cell.merged}: write each figure in its own cell"
                self.wrong(name, cell.text, area)

    def _take(self, got: dict[str, str], cells: Sequence[str] | list[Cell]) -> None:
        code, community = got["indicator"].strip().upper(), got["community"].strip().lower()
        indicator = self.catalogue.get(code)
        if indicator is None:
            self.wrong("indicator", got["indicator"], f"{shown(got['indicator'])} is no indicator of the catalogue")
        mine = self.communities.get(community)
        if mine is None:
            told = f"{shown(got['community'])} is no community of the Network"
            self.wrong("community", got["community"], told)
        elif not mine:
            self.wrong("community", got["community"], "is not a community that you record data for")
        period = got["period"].strip()
        message = self._period_error(period, code, indicator)
        if message is not None:
            self.wrong("period", got["period"], message)
        value, numerator, denominator = (
            self._number(name, got, cells) for name in ("value", "numerator", "denominator")
        )
        units = self._units(got, cells)
        note = self._note(got.get("note", ""))
        if indicator is None or self._is_wrong:
            return
        result = value_of(value, numerator, denominator, indicator, lambda field, message, code="": self.wrong(
            field, got.get(field, ""), message
        ))  # fmt: skip
        if result is None or self._is_wrong:
            return
        first = self.keys.first_of(community, code)
        slot = self.keys.slot(period)
        self.keys.see(first + slot)
        self.staged += 1
        self.write(
            f"{self._row}\t{community}\t{code}\t{period}\t{result!r}\t{_double_text(numerator)}\t"
            f"{_double_text(denominator)}\t{NULL if units is None else units}\t"
            f"{note.translate(ESCAPES) if note else NULL}\t{indicator.version}\n"
        )
        if len(self.known_series) < MOST_KNOWN and len(self.known_periods) < MOST_KNOWN:
            self.known_series[got["indicator"], got["community"]] = (first, indicator, f"{community}\t{code}")
            self.known_periods[got["period"], indicator.frequency] = (slot, period)

    def _period_error(self, period: str, code: str, indicator: Definition | None) -> str | None:
        known = (period, code)
        if known not in self._period_errors:
            message = period_error(period, indicator)
            if message is not None and re.fullmatch(r"[0-9]{6}", period):
                message = f"{message}; write {period[:4]}-{period[4:]} as text"
            if message is not None and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", period):
                message = f"{message}; a day is no period"
            if message is not None and re.fullmatch(r"[0-9]{5}(\.[0-9]+)?", period):
                message = f"{message}; this looks like the number behind a date: write the period as text"
            if len(self._period_errors) > MOST_KNOWN:
                self._period_errors.clear()
            self._period_errors[known] = message
        return self._period_errors[known]

    def _number(self, name: str, got: dict[str, str], cells: Sequence[str] | list[Cell]) -> Decimal | None:
        text = got.get(name, "").strip()
        if not text or self._is_odd(name, cells):
            return None
        is_number = self._is_book and cells[self.layout.places[name]].kind == "number"  # type: ignore[union-attr]
        number, why = (AS_PROGRAMS_WRITE if is_number else self.figures).read(text)
        if why is not None:
            self.wrong(name, text, why)
        return number

    def _is_odd(self, name: str, cells: Sequence[str] | list[Cell]) -> bool:
        """Whether what is wrong with the cell is told already."""
        return self._is_book and cells[self.layout.places[name]].kind in ("error", "boolean", "date")  # type: ignore[union-attr]

    def _units(self, got: dict[str, str], cells: Sequence[str] | list[Cell]) -> int | None:
        number = self._number("n", got, cells)
        if number is None:
            return None
        if number != number.to_integral_value() or not 0 < number <= min(MOST_UNITS, LARGEST):
            self.wrong("n", got["n"], "must be a whole number above 0")
            return None
        return int(number)

    def _note(self, text: str) -> str | None:
        if not text:
            return None
        if forbidden := forbidden_character(text):
            self.wrong("note", text, f"contains a character that cannot be stored ({forbidden})")
        if len(text) > LONGEST_NOTE:
            self.wrong("note", text, f"has more than {LONGEST_NOTE:,} characters")
        if text[0] == "'" and text[1:2] in MARKS and len(text) > 1:
            text = text[1:]  # what an export of ours puts before such a text
        return normal(text)


def _double_text(number: Decimal | None) -> str:
    return NULL if number is None else repr(float(number) + 0.0)


class QuickReader:
    """Takes rows that are plainly right, in a fraction of the time. Whatever is the least unusual is left to the
    careful reader: a code for the first time, a value of 0 or out of range, a note with a sign in it, a key seen
    before."""

    def __init__(self, careful: RowReader) -> None:
        self._careful = careful
        places = careful.layout.places
        self._width = careful.layout.width
        none = self._width  # an empty text is put there
        self._places = tuple(
            places.get(name, none)
            for name in ("indicator", "community", "period", "value", "numerator", "denominator", "n", "note")
        )
        self._seen = careful.keys.seen
        self._comma = careful.figures.mark == SURE_OF_COMMA
        mark = {SURE_OF_COMMA: ",", SURE_OF_POINT: r"\."}[careful.figures.mark or SURE_OF_POINT]
        self._is_plain = re.compile(rf"[0-9]{{1,15}}(?:{mark}[0-9]{{1,20}})?").fullmatch
        self._is_plain_note = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ,.;:()/-]{0,500}").fullmatch

    def takes(self, row: int, cells: list[str]) -> bool:
        """Whether the row was taken."""
        if len(cells) != self._width:
            return False
        cells.append("")
        careful = self._careful
        indicator, community, period, value, numerator, denominator, n, note = self._places
        series = careful.known_series.get((cells[indicator], cells[community]))
        if series is None:
            return self._leaves(cells)
        first, definition, codes = series
        known = careful.known_periods.get((cells[period], definition.frequency))
        if known is None:
            return self._leaves(cells)
        key = first + known[0]
        if self._seen[key >> 3] & 1 << (key & 7):
            return self._leaves(cells)
        over, under = cells[numerator], cells[denominator]
        over_text = under_text = NULL
        if over or under:
            is_plain = definition.factor is not None and not cells[value] and self._is_plain(over)
            if not is_plain or not self._is_plain(under):
                return self._leaves(cells)
            above, below = self._float(over), self._float(under)
            if below <= 0 or (definition.statistic == "share" and above > below):
                return self._leaves(cells)
            result = ratio(definition.factor or 1, above, below)
            over_text, under_text = repr(above), repr(below)
        elif self._is_plain(cells[value]):
            result = self._float(cells[value])
        else:
            return self._leaves(cells)
        if not result or not definition.valid_low <= result <= definition.valid_high:
            return self._leaves(cells)
        units, told = cells[n], cells[note]
        if units and not (units.isascii() and units.isdigit() and len(units) < 16 and int(units)):
            return self._leaves(cells)
        if told and not self._is_plain_note(told):
            return self._leaves(cells)
        self._seen[key >> 3] |= 1 << (key & 7)
        careful.quick_rows += 1
        careful.staged += 1
        careful.write(
            f"{row}\t{codes}\t{known[1]}\t{result!r}\t{over_text}\t{under_text}\t{int(units) if units else NULL}\t"
            f"{told or NULL}\t{definition.version}\n"
        )
        return True

    def _float(self, text: str) -> float:
        return float(text.replace(",", ".")) if self._comma else float(text)

    @staticmethod
    def _leaves(cells: list[str]) -> bool:
        cells.pop()
        return False
