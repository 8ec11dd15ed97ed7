"""Reads a file of observations whole and says what of it can be taken: runs in a process of its own."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.indicators.imports import delimited, workbook
from services.indicators.imports.findings import Findings, Notebook
from services.indicators.imports.layout import (
    FIGURES,
    MOST_TITLE_ROWS,
    Layout,
    layout_of,
    looks_like_a_header,
)
from services.indicators.imports.numbers import AS_PROGRAMS_WRITE, SURE_OF_COMMA, Figures
from services.indicators.imports.reading import Keys, QuickReader, RowReader
from services.indicators.imports.trouble import Unreadable
from services.indicators.imports.workbook import ZIP, Cell
from services.indicators.observations.values import Definition

MOST_ROWS = 5_000_000
MOST_SAMPLED = 20_000  # rows
TELLS_EVERY = 20_000  # rows
SourceRows = Iterator[tuple[int, Sequence[str] | list[Cell]]]


@dataclass(frozen=True)
class Order:
    """What the child is given. `communities`: every one of the Network, and whether the sender records its data;
    `folder`: where it may write."""

    source: Path
    folder: Path
    catalogue: dict[str, Definition]
    communities: dict[str, bool]
    language: str = "en"

    @property
    def staged(self) -> Path:
        return self.folder / "staged"

    @property
    def errors(self) -> Path:
        return self.folder / "errors.csv"

    @property
    def progress(self) -> Path:
        return self.folder / "progress"


def check_file(order: Order) -> Findings:
    """Read the file row by row: what can be taken goes into the order's `staged` as PostgreSQL's COPY reads it (row,
    community, indicator, period, value, numerator, denominator, n, note, indicator version), what cannot is named in
    its `errors`."""
    notebook = Notebook()
    try:
        _run(order, notebook)
    except Unreadable as error:
        notebook.is_unreadable(error)
    return notebook.finished(order.errors, order.language)


@dataclass
class Source:
    """The rows of a file, what it was taken for, and how far reading has come, from 0 to 1."""

    rows: SourceRows
    told: str
    figures: Figures
    is_book: bool
    done: Callable[[], float]


def open_source(path: Path) -> Source:
    """A CSV or XLSX to be read from its first row. Raises Unreadable."""
    with path.open("rb") as file:
        is_book = file.read(4) == ZIP
    if is_book:
        return Source(workbook.rows_of(path), workbook.told_of(path), Figures(None), True, lambda: 0.0)
    dialect = delimited.dialect_of(path)
    figures = AS_PROGRAMS_WRITE if dialect.separator == "," else _figures_of(path, dialect)
    told = dialect.told + (", decimal comma" if figures.mark == SURE_OF_COMMA else "")
    raw = path.open("rb")
    size = path.stat().st_size
    return Source(delimited.rows_of(raw, dialect), told, figures, False, lambda: raw.tell() / size)


def _figures_of(path: Path, dialect: delimited.Dialect) -> Figures:
    """How decimals are written in a file whose columns are not separated by commas, as its first rows show."""
    with path.open("rb") as raw:
        rows: SourceRows = delimited.rows_of(raw, dialect)
        try:
            layout = _header(rows)
            places = [layout.places[name] for name in FIGURES if name in layout.places]
            sample = (cells for _, (_, cells) in zip(range(MOST_SAMPLED), rows, strict=False))
            return Figures.among(
                text.strip() for cells in sample for place in places if place < len(cells)
                for text in [cells[place]] if isinstance(text, str)
            )  # fmt: skip
        except Unreadable:  # is told when the file is read
            return Figures(None)


def _header(rows: SourceRows) -> Layout:
    """The columns, from the first row that names them; titles above it are passed over. Raises Unreadable."""
    first: tuple[int, list[str]] | None = None
    seen = 0
    for number, cells in rows:
        texts = [text_of(cell) for cell in cells]
        if not any(text.strip() for text in texts):
            continue
        if looks_like_a_header(texts):
            return layout_of(texts, number)
        first = first or (number, texts)
        seen += 1
        if seen >= MOST_TITLE_ROWS:
            break
    if first is None:
        raise Unreadable("the file is empty")
    return layout_of(first[1], first[0])


def text_of(cell: str | Cell) -> str:
    return cell if isinstance(cell, str) else cell.text


def _run(order: Order, notebook: Notebook) -> None:
    source = open_source(order.source)
    notebook.found.read_as = source.told
    layout = _header(source.rows)
    for trouble in layout.troubles:
        notebook.say(trouble)
    keys = Keys(list(order.communities), list(order.catalogue))
    with order.staged.open("w", encoding="utf-8", newline="") as staged:
        careful = RowReader(order.catalogue, order.communities, layout, source, notebook, keys, staged)
        quick = QuickReader(careful) if careful.can_be_quick else None
        for count, (number, cells) in enumerate(source.rows, start=1):
            if quick is None or not quick.takes(number, cells):  # type: ignore[arg-type]  # a CSV's cells are texts
                careful.read(number, cells)
            if count % TELLS_EVERY == 0:
                if notebook.found.rows + careful.quick_rows > MOST_ROWS:
                    raise Unreadable(f"the file has more than {MOST_ROWS:,} rows; send it in parts", row=number)
                _tell(order, count, source.done())
        notebook.found.rows += careful.quick_rows
        if notebook.found.rows > MOST_ROWS:
            raise Unreadable(f"the file has more than {MOST_ROWS:,} rows; send it in parts")
    if keys.has_doubles:
        keys.leave_doubles_out(order.staged, notebook)
    notebook.found.staged = careful.staged - notebook.doubled_rows


def _tell(order: Order, rows: int, done: float) -> None:
    order.progress.write_text(f"{rows} {done:.4f}", encoding="ascii")
