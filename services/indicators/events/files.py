"""A file of events read by DuckDB, in a process of its own: CSV as people's programs write it, and Parquet."""

import csv
import warnings
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

from services.indicators.events.computing import Outcome, Question, compute

PARQUET = b"PAR1"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
UTF_8_MARK = b"\xef\xbb\xbf"
DELIMITERS = ",;\t|"
LONGEST_LINE = 2**20
PART = 2**22


class Unreadable(Exception):
    """The file as a whole is no table, and why."""


def compute_file(path: str, question: Question, memory: int, threads: int = 2) -> Outcome:
    """The outcome of a file on disk. `memory`: bytes that DuckDB may use before it writes to the file's folder.

    Told in the outcome, not raised: what is wrong with the file.
    """
    try:
        with warnings.catch_warnings():
            # the two libraries disagree on what a method is called
            warnings.filterwarnings("ignore", "fetch_arrow_table", DeprecationWarning)
            return _computed(Path(path), question, memory, threads)
    except Unreadable as error:
        return Outcome(problem=str(error))


def _computed(path: Path, question: Question, memory: int, threads: int) -> Outcome:
    import duckdb  # noqa: PLC0415 -- heavy; this runs in a process of its own
    import ibis  # noqa: PLC0415 -- as above

    engine = ibis.duckdb.connect()
    for name, value in {
        "threads": threads, "memory_limit": f"'{memory // 2**20}MiB'", "temp_directory": f"'{path.parent}/spill'",
        "TimeZone": "'UTC'", "enable_progress_bar": "false", "autoinstall_known_extensions": "false",
    }.items():  # fmt: skip
        engine.raw_sql(f"SET {name} = {value}")

    numbers = count(1)

    def run(expression: Any) -> list[dict[str, Any]]:
        found = engine.con.execute(str(ibis.to_sql(expression, dialect="duckdb")))
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def settle(expression: Any) -> Any:
        return engine.create_table(f"settled_{next(numbers)}", expression, temp=True)

    try:
        with path.open("rb") as file:
            is_parquet = file.read(4) == PARQUET
        raw = engine.read_parquet(str(path)) if is_parquet else _read_csv(engine, path)
        outcome = compute(_with_plain_names(raw), question, run, settle)
        if not is_parquet and outcome.problem is None:
            _add_torn_lines(engine, outcome)
        if outcome.rejected and not question.partial:
            outcome.counts = []
        return outcome
    except (duckdb.InvalidInputException, duckdb.IOException, duckdb.ConversionException) as error:
        raise Unreadable(f"The file cannot be read: {str(error).splitlines()[0][:300]}") from None
    except duckdb.OutOfMemoryException:
        raise Unreadable("The file needs more memory than it may have; send it in parts.") from None


def _with_plain_names(raw: Any) -> Any:
    """Names of columns trimmed and in small letters. Raises Unreadable when two are the same then."""
    names = [name.replace("\u00a0", " ").strip().lower().replace(" ", "_") for name in raw.columns]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise Unreadable(f"The column {doubled[0]} is there twice.")
    return raw.rename(dict(zip(names, raw.columns, strict=True)))


def _read_csv(engine: Any, path: Path) -> Any:
    path = _as_utf_8(path)
    skip, delimiter, header = _layout(path)
    if doubled := sorted({name for name in header if header.count(name) > 1 and name}):
        raise Unreadable(f"The column {doubled[0]} is there twice.")
    return engine.read_csv(
        str(path), all_varchar=True, header=True, delim=delimiter, quote='"', escape='"', skip=skip, strict_mode=False,
        ignore_errors=True, store_rejects=True, null_padding=False, max_line_size=LONGEST_LINE, auto_detect=False,
        columns={name or f"column_{place}": "VARCHAR" for place, name in enumerate(header)},
    )  # fmt: skip


def _layout(path: Path) -> tuple[int, str, Sequence[str]]:
    """How many lines come before the header, what parts the columns, and their names."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = [file.readline(LONGEST_LINE) for _ in range(2)]
    skip = int(lines[0].lower().startswith("sep="))
    line = lines[skip].strip("\r\n")
    if not line:
        raise Unreadable("The file is empty: the first row must name the columns.")
    delimiter = max(DELIMITERS, key=line.count)
    return skip, delimiter, [name.strip() for name in next(csv.reader([line], delimiter=delimiter))]


def _as_utf_8(path: Path) -> Path:
    """The file itself when it is UTF-8, else a copy: a byte order mark is dropped, UTF-16 and Windows-1252 are read."""
    with path.open("rb") as file:
        head = file.read(3)
    encoding = "utf-16" if head[:2] in UTF_16 else "utf-8-sig" if head == UTF_8_MARK else None
    if encoding is None:
        if _is_utf_8(path):
            return path
        encoding = "cp1252"
    copy = path.with_suffix(".utf8")
    try:
        with path.open(encoding=encoding, newline="") as source, copy.open("w", encoding="utf-8", newline="") as out:
            while part := source.read(PART):
                out.write(part)
    except UnicodeError:
        raise Unreadable("The text is neither UTF-8, UTF-16 nor Windows-1252; save it as CSV UTF-8.") from None
    return copy


def _is_utf_8(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            while file.read(PART):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _add_torn_lines(engine: Any, outcome: Outcome) -> None:
    """Lines that have more or fewer columns than the header are wrong rows too. They were not counted among those read,
    so the rows after them move down."""
    torn = engine.raw_sql(
        "SELECT line, any_value(csv_line), any_value(error_type) FROM reject_errors GROUP BY line ORDER BY line"
    ).fetchall()
    if not torn:
        return
    lines = [line for line, _, _ in torn]
    moved = []
    for row, column, value, reason in outcome.errors:
        place = row
        for line in lines:
            if place is not None and line <= place:
                place += 1
        moved.append((place, column, value, reason))
    told = [(line, "", str(text or "")[:200], "has not as many columns as the first row") for line, text, _ in torn]
    outcome.errors = sorted([*moved, *told], key=lambda error: error[0] or 0)
    outcome.rows += len(torn)
    outcome.rejected += len(torn)
