"""Observations as files, a part at a time: CSV, XLSX, Parquet, and the two data messages of SDMX."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any, Protocol

from services.indicators.exports import structure
from services.indicators.periods import parse
from shared.fields import utc
from shared.formats import MEDIA_TYPES, plain_cell, write_cell
from shared.problems import Invalid

COLUMNS = (
    "indicator", "community", "period", "value", "numerator", "denominator", "n", "note", "status", "revision",
    "recorded_at", "demo",
)  # fmt: skip
MOST_SHEET_ROWS = 2**20 - 1
OBSERVATIONS, END_OF_SERIES, END_OF_MESSAGE = '{"observations": {', "}}", "}}]}}"
Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Contents:
    """What the values of a selection are about, for formats that say so before the first row."""

    indicators: Sequence[str] = ()
    communities: Sequence[str] = ()
    periods: Sequence[str] = ()
    names: Mapping[str, str] | None = None
    prepared: datetime | None = None


class Writer(Protocol):
    """Writes rows of COLUMNS to a file."""

    def write(self, rows: Rows) -> None: ...

    def close(self) -> None: ...


def writer_of(form: str, file: IO[bytes], contents: Contents) -> Writer:
    """The writer of one of the formats of `MEDIA_TYPES`. Raises Invalid where the library for it is not installed."""
    if form == "parquet":
        return ParquetWriter(file)
    if form == "xlsx":
        return XlsxWriter(file)
    if form == "sdmx-csv":
        return SdmxCsvWriter(file)
    if form == "sdmx-json":
        return SdmxJsonWriter(file, contents)
    return CsvWriter(file, COLUMNS)


class CsvWriter:
    """RFC 4180 in UTF-8 with a header line; numbers unrounded, times in UTC."""

    def __init__(self, file: IO[bytes], header: Sequence[str]) -> None:
        self._file = file
        self._put([header])

    def write(self, rows: Rows) -> None:
        self._put([plain_cell(value) for value in row] for row in rows)

    def close(self) -> None:
        pass

    def _put(self, rows: Any) -> None:
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\r\n").writerows(rows)
        self._file.write(out.getvalue().encode())


class XlsxWriter:
    """A workbook of one sheet, each row written to disk as it comes."""

    def __init__(self, file: IO[bytes]) -> None:
        import xlsxwriter  # noqa: PLC0415 -- 0.1 s that only exports pay

        plain = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
        self._book = xlsxwriter.Workbook(file, {"constant_memory": True, **plain})
        self._book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 -- the same data, the same bytes
        self._sheet = self._book.add_worksheet("observations")
        self._sheet.freeze_panes(1, 0)
        bold = self._book.add_format({"bold": True, "bottom": 1})
        for column, name in enumerate(COLUMNS):
            self._sheet.write_string(0, column, name, bold)
        self._row = 0

    def write(self, rows: Rows) -> None:
        for row in rows:
            self._row += 1
            for column, value in enumerate(row):
                write_cell(self._sheet, self._row, column, value)

    def close(self) -> None:
        self._book.close()


class ParquetWriter:
    """Apache Parquet, a row group for each part; codes as dictionaries, times in UTC."""

    def __init__(self, file: IO[bytes]) -> None:
        try:
            import pyarrow as pa  # noqa: PLC0415 -- heavy, and of an extra
            import pyarrow.parquet as pq  # noqa: PLC0415 -- as above
        except ImportError:
            raise Invalid.at("/format", "is not offered here: the extra `data` is not installed", "missing") from None
        text, number = pa.string(), pa.float64()
        self._schema = pa.schema(
            [
                *[pa.field(name, text, nullable=False) for name in COLUMNS[:3]],
                pa.field("value", number, nullable=False), pa.field("numerator", number),
                pa.field("denominator", number), pa.field("n", pa.int64()), pa.field("note", text),
                pa.field("status", text, nullable=False), pa.field("revision", pa.int32(), nullable=False),
                pa.field("recorded_at", pa.timestamp("us", "UTC"), nullable=False),
                pa.field("demo", pa.bool_(), nullable=False),
            ]
        )  # fmt: skip
        self._arrow = pa
        self._writer = pq.ParquetWriter(file, self._schema, compression="zstd")

    def write(self, rows: Rows) -> None:
        if rows:
            columns = list(zip(*rows, strict=True))
            arrays = [
                self._arrow.array(column, field.type) for column, field in zip(columns, self._schema, strict=True)
            ]
            self._writer.write_batch(self._arrow.RecordBatch.from_arrays(arrays, schema=self._schema))

    def close(self) -> None:
        self._writer.close()


class SdmxCsvWriter(CsvWriter):
    """SDMX-CSV 2.0: each row says which structure it is of and that it is information."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file, ("STRUCTURE", "STRUCTURE_ID", "ACTION", *structure.COMPONENTS))

    def write(self, rows: Rows) -> None:
        super().write([("dataflow", structure.DATAFLOW_ID, "I", *structure.values_of(row)) for row in rows])


class SdmxJsonWriter:
    """SDMX-JSON 2.0 by series: an indicator of a community, its observations by place in the list of periods."""

    def __init__(self, file: IO[bytes], contents: Contents) -> None:
        self._file = file
        self._frequencies = sorted({structure.frequency_of(period) for period in contents.periods})
        self._places = [
            {code: place for place, code in enumerate(codes)}
            for codes in (self._frequencies, contents.indicators, contents.communities, contents.periods)
        ]
        self._open: str | None = None
        head = json.dumps(structure.head_of_message(contents, self._frequencies), ensure_ascii=False)
        data_set = json.dumps({"structure": 0, "links": structure.links(), "action": "Information"})
        beginning = f"{head[:-2]}, " + '"dataSets": [' + f"{data_set[:-1]}, " + '"series": {'
        self._file.write(beginning.encode())

    def write(self, rows: Rows) -> None:
        out: list[str] = []
        for row in rows:
            frequencies, indicators, communities, periods = self._places
            series = f"{frequencies[structure.frequency_of(row[2])]}:{indicators[row[0]]}:{communities[row[1]]}"
            observation = f'"{periods[row[2]]}": {json.dumps(_observation(row), ensure_ascii=False)}'
            if series == self._open:
                out += [", ", observation]
            else:
                out += ["" if self._open is None else END_OF_SERIES + ", ", f'"{series}": ', OBSERVATIONS, observation]
                self._open = series
        self._file.write("".join(out).encode())

    def close(self) -> None:
        self._file.write((("" if self._open is None else END_OF_SERIES) + END_OF_MESSAGE).encode())


def _observation(row: Sequence[Any]) -> list[Any]:
    """The value, then the attributes in the order of the structure: the status by its place, the others as they are."""
    *_, value, numerator, denominator, n, note, status, revision, recorded_at, demo = row
    return [value, structure.STATUSES.index(status), numerator, denominator, n, note, revision, utc(recorded_at), demo]


def media_type_of(form: str) -> str:
    return MEDIA_TYPES[form] + ("; charset=utf-8" if form in ("csv", "sdmx-csv") else "")


def contents_now(
    indicators: Sequence[str], communities: Sequence[str], periods: Sequence[str], names: Mapping[str, str]
) -> Contents:
    """The contents of a message that is prepared now; periods in the order of time."""
    return Contents(indicators, communities, sorted(periods, key=parse), names, datetime.now(UTC))
