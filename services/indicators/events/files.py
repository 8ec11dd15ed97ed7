"""A file of events read by DuckDB, in a process of its own: CSV as people's programs write it, and Parquet."""

import csv
import re
import warnings
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

from services.indicators.events.computing import Outcome, Question, Settle, compute
from services.indicators.events.kinds import Events

PARQUET = b"PAR1"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
UTF_8_MARK = b"\xef\xbb\xbf"
DELIMITERS = ",;\t|"
LONGEST_LINE = 2**20
PART = 2**22
STRICT_TYPES = {"time": "TIMESTAMP", "flag": "BOOLEAN"}
WRITTEN_TIME = re.compile(
    r"\d{4}-\d\d-\d\d(?P<between>[T ])\d\d:\d\d(?P<seconds>:\d\d)?(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?"
)


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
        if is_parquet:
            return compute(_with_plain_names(engine.read_parquet(str(path))), question, run, settle)
        path = _as_utf_8(path)
        quick = _read_strictly(engine, path, question.events, settle)
        if quick is not None:
            outcome = compute(_with_plain_names(quick), question, run, settle)
            if not outcome.rejected:
                return outcome
        outcome = compute(_with_plain_names(_read_as_text(engine, path)), question, run, settle)
        if outcome.problem is None:
            _add_torn_lines(engine, outcome)
        if outcome.rejected and not question.partial:
            outcome.counts = []
        return outcome
    except duckdb.OutOfMemoryException:
        raise Unreadable("The file needs more memory than it may have; send it in parts.") from None
    except duckdb.Error as error:  # a damaged footer is told as the bare kind
        first = str(error).splitlines()[0].replace(str(path), path.name)[:300]
        said = "".join(letter if letter.isprintable() else "?" for letter in first)
        raise Unreadable(f"The file cannot be read: {said}") from None


def _with_plain_names(raw: Any) -> Any:
    """Names of columns trimmed and in small letters. Raises Unreadable when two are the same then."""
    names = [name.replace("\u00a0", " ").strip().lower().replace(" ", "_") for name in raw.columns]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise Unreadable(f"The column {doubled[0]} is there twice.")
    return raw.rename(dict(zip(names, raw.columns, strict=True)))


def _read_strictly(engine: Any, path: Path, events: Events, settle: Settle) -> Any | None:
    """The file as a table when every line is whole and every time is written as the first is: what programs write is
    so, and is read many times faster. None when it is not: then it must be looked at line by line."""
    import duckdb  # noqa: PLC0415 -- as above

    skip, delimiter, header, line = _layout(path)
    if not all(header) or len({name.lower() for name in header}) < len(header):
        return None
    types = [events.columns[name.lower()].type if name.lower() in events.columns else "" for name in header]
    said = [cell for cell, kind in zip(line, types, strict=False) if kind == "time" and cell]
    written = WRITTEN_TIME.fullmatch(said[0]) if said else None
    if written is None:
        return None
    zone = written["zone"]
    pattern = f"%Y-%m-%d{written['between']}%H:%M{':%S' if written['seconds'] else ''}"
    raw = engine.read_csv(
        str(path), header=True, delim=delimiter, quote='"', escape='"', skip=skip, strict_mode=True, auto_detect=False,
        columns={name: STRICT_TYPES.get(kind, "VARCHAR") for name, kind in zip(header, types, strict=True)},
        max_line_size=LONGEST_LINE, timestampformat=pattern + ("" if not zone else "Z" if zone == "Z" else "%z"),
    )  # fmt: skip
    try:
        read = settle(raw)
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        return None
    if zone:  # only now: in the statement that reads, the engine would read the type, and forget the pattern
        times = [name for name, kind in zip(header, types, strict=True) if kind == "time"]
        read = read.mutate(**{name: read[name].cast("timestamp('UTC')") for name in times})
    return read


def _read_as_text(engine: Any, path: Path) -> Any:
    skip, delimiter, header, _ = _layout(path)
    if doubled := sorted({name for name in header if header.count(name) > 1 and name}):
        raise Unreadable(f"The column {doubled[0]} is there twice.")
    return engine.read_csv(
        str(path), all_varchar=True, header=True, delim=delimiter, quote='"', escape='"', skip=skip, strict_mode=False,
        ignore_errors=True, store_rejects=True, null_padding=False, max_line_size=LONGEST_LINE, auto_detect=False,
        columns={name or f"column_{place}": "VARCHAR" for place, name in enumerate(header)},
    )  # fmt: skip


def _layout(path: Path) -> tuple[int, str, Sequence[str], Sequence[str]]:
    """How many lines come before the header, what parts the columns, their names, and the first line under them."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = [file.readline(LONGEST_LINE) for _ in range(3)]
    skip = int(lines[0].lower().startswith("sep="))
    line = lines[skip].strip("\r\n")
    if not line:
        raise Unreadable("The file is empty: the first row must name the columns.")
    delimiter = max(DELIMITERS, key=line.count)
    first = next(csv.reader([lines[skip + 1].strip("\r\n")], delimiter=delimiter), [])
    return skip, delimiter, [name.strip() for name in next(csv.reader([line], delimiter=delimiter))], first


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
