"""Tables as files: which format is asked for, and CSV and XLSX that open safely in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response

from shared.answers import PRIVATE, Caching, answer
from shared.fields import utc
from shared.problems import Invalid
from shared.text import neutral

MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv",
    "geojson": "application/geo+json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "sdmx-csv": "application/vnd.sdmx.data+csv; version=2.0.0",
    "sdmx-json": "application/vnd.sdmx.data+json; version=2.0.0",
    "svg": "image/svg+xml",
    "png": "image/png",
    "zip": "application/zip",
}
ENDINGS = {"sdmx-csv": "sdmx.csv", "sdmx-json": "sdmx.json"}
"""What a file's name ends with, where that is not the format itself."""
LONGEST_CELL = 32_767
CUT = " […]"
Row = Sequence[Any]


def format_of(request: Request, *offered: str) -> str:
    """The format asked for by `?format=`, else by `Accept`; the first one offered when neither says. Raises Invalid."""
    asked = request.query_params.get("format")
    if asked is not None:
        wanted = asked.lower().replace("_", "-")
        if wanted not in offered:
            raise Invalid.at("/format", f"must be one of {', '.join(offered)}")
        return wanted
    return accepted_format(", ".join(request.headers.getlist("accept")), offered)


def accepted_format(accept: str, offered: Sequence[str]) -> str:
    """The format that an `Accept` header likes best (RFC 9110, 12.5.1).

    The most specific range decides on a format's weight. Of formats with equal weight the one that is named wins over
    one that a wildcard covers, then the one that the header names first, then the one offered first. A header that
    accepts nothing of what is offered is answered as if it were not there, what it forbids (`q=0`) aside.

    >>> accepted_format("text/csv;q=0.5, application/json", ["csv", "json"])
    'json'
    >>> accepted_format("text/csv, */*;q=0.8", ["json", "csv"])
    'csv'
    """
    ranges = [_MediaRange.read(part, place) for place, part in enumerate(accept.split(",")) if part.strip()]
    best: tuple[float, int, int] | None = None
    chosen: str | None = None
    allowed = list(offered)
    for name in offered:
        covering = [found for found in ranges if found.covers(MEDIA_TYPES[name])]
        if not covering:
            continue
        nearest = max(covering, key=lambda found: (found.specificity, -found.place))
        if nearest.weight <= 0:
            allowed.remove(name)
            continue
        rank = (nearest.weight, nearest.specificity, -nearest.place)
        if best is None or rank > best:
            best, chosen = rank, name
    return chosen or (allowed or list(offered))[0]


@dataclass(frozen=True, slots=True)
class _MediaRange:
    """One range of an `Accept` header: `text/csv;q=0.5`, `text/*`, `*/*`."""

    kind: str
    parameters: Mapping[str, str]
    weight: float
    place: int

    @classmethod
    def read(cls, text: str, place: int) -> "_MediaRange":
        kind, *rest = [part.strip() for part in text.split(";")]
        weight, parameters = 1.0, {}
        for part in rest:
            name, _, value = part.partition("=")
            name, value = name.strip().lower(), value.strip().strip('"')
            if name == "q":
                weight = _weight(value)
                break
            parameters[name] = value.lower()
        return cls(kind.lower(), parameters, weight, place)

    @property
    def specificity(self) -> int:
        return 0 if self.kind == "*/*" else 1 if self.kind.endswith("/*") else 2 + ("version" in self.parameters)

    def covers(self, media_type: str) -> bool:
        """Whether the range holds this type. A version asked for must be the one that there is; other parameters,
        such as `charset`, make no difference."""
        kind, *rest = [part.strip() for part in media_type.split(";")]
        version = self.parameters.get("version")
        if version is not None and self.kind == kind and f"version={version}" not in rest:
            return False
        return self.kind in ("*/*", kind) or self.kind == f"{kind.partition('/')[0]}/*"


def _weight(text: str) -> float:
    """A `q` from 0 to 1; what is no such number counts as 0.001: named, but hardly wanted."""
    try:
        weight = float(text)
    except ValueError:
        return 0.001
    return weight if 0 <= weight <= 1 else 0.001


def plain_cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return utc(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, list | tuple):
        return neutral(" ".join(str(item) for item in value))
    return neutral(value)


def csv_bytes(header: Sequence[str], rows: Iterable[Row]) -> bytes:
    """RFC 4180 in UTF-8 with a header line; numbers unrounded, times in UTC, lists separated by spaces."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([plain_cell(value) for value in row] for row in rows)
    return out.getvalue().encode()


def xlsx_bytes(sheets: Mapping[str, tuple[Sequence[str], Iterable[Row]]]) -> bytes:
    """A workbook of text and numbers, never formulas; cells beyond 32,767 characters are cut and say so."""
    import xlsxwriter  # noqa: PLC0415 -- 0.1 s that only exports pay

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        names: set[str] = set()
        for title, (header, rows) in sheets.items():
            sheet = book.add_worksheet(sheet_name(title, names))
            sheet.freeze_panes(1, 0)
            for column, name in enumerate(header):
                sheet.write_string(0, column, name, bold)
            for index, row in enumerate(rows, start=1):
                for column, value in enumerate(row):
                    write_cell(sheet, index, column, value)
    return out.getvalue()


class _Exact(float):
    """A number that a workbook keeps to the last bit; the writer would keep 16 digits."""

    def __format__(self, spec: str) -> str:
        return float.__repr__(self)


def write_cell(sheet: Any, row: int, column: int, value: Any) -> None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(row, column, _Exact(value) if isinstance(value, float) else value)
        return
    text = str(plain_cell(value))
    if len(text) > LONGEST_CELL:
        text = text[: LONGEST_CELL - len(CUT)] + CUT
    if text:
        sheet.write_string(row, column, text)


def sheet_name(title: str, taken: set[str]) -> str:
    """A name that Excel accepts: no `[]:*?/\\`, at most 31 characters, not used before in this workbook."""
    plain = "".join("-" if c in "[]:*?/\\" or ord(c) < 0x20 else c for c in title).strip("'").strip() or "Sheet"
    name, number = plain[:31], 2
    while name.casefold() in taken:
        name = f"{plain[: 31 - len(str(number)) - 1]} {number}"
        number += 1
    taken.add(name.casefold())
    return name


def disposition(name: str, *, kind: str = "attachment") -> str:
    """`Content-Disposition` with an ASCII name for old readers and the true one beside it (RFC 6266, RFC 8187)."""
    fallback = "".join(c if 0x20 <= ord(c) < 0x7F and c not in '"\\;%/' else "_" for c in name) or "file"
    return f"{kind}; filename=\"{fallback}\"; filename*=UTF-8''{quote(name, safe='')}"


def file_name(name: str, format: str) -> str:  # noqa: A002 -- the API's own word
    return f"{name}.{ENDINGS.get(format, format)}"


def file_answer(
    request: Request,
    content: bytes,
    *,
    format: str,  # noqa: A002 -- the API's own word
    name: str,
    caching: Caching = PRIVATE,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A table as a download."""
    media_type = MEDIA_TYPES[format] + ("; charset=utf-8" if format == "csv" else "")
    all_headers = {"Content-Disposition": disposition(file_name(name, format)), **(headers or {})}
    return answer(request, content, caching=caching, media_type=media_type, headers=all_headers)
