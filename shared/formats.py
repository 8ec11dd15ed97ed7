"""Tables as files: which format is asked for, and CSV and XLSX that open safely in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
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
}
LONGEST_CELL = 32_767
CUT = " […]"
Row = Sequence[Any]


def format_of(request: Request, *offered: str) -> str:
    """The format asked for by `?format=`, else by `Accept`; the first one offered when neither says. Raises Invalid."""
    asked = request.query_params.get("format")
    if asked is not None:
        if asked not in offered:
            raise Invalid.at("/format", f"must be one of {', '.join(offered)}")
        return asked
    accepted = [part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")]
    for media_type in accepted:
        for name in offered:
            if media_type == MEDIA_TYPES[name]:
                return name
    return offered[0]


def _plain(value: Any) -> Any:
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
    writer.writerows([_plain(value) for value in row] for row in rows)
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
                    _write(sheet, index, column, value)
    return out.getvalue()


class _Exact(float):
    """A number that a workbook keeps to the last bit; the writer would keep 16 digits."""

    def __format__(self, spec: str) -> str:
        return float.__repr__(self)


def _write(sheet: Any, row: int, column: int, value: Any) -> None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(row, column, _Exact(value) if isinstance(value, float) else value)
        return
    text = str(_plain(value))
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
    all_headers = {"Content-Disposition": disposition(f"{name}.{format}"), **(headers or {})}
    return answer(request, content, caching=caching, media_type=media_type, headers=all_headers)
