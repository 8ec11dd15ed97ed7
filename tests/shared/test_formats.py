"""Files open safely in a spreadsheet and lose nothing."""

import csv
import io
import zipfile

import pytest

from shared.formats import csv_bytes, disposition, sheet_name, xlsx_bytes
from shared.text import neutral


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_text_that_would_run_is_neutralised(text: str):
    assert neutral(text) == f"'{text}"


def test_numbers_stay_numbers_to_the_last_bit():
    rows = list(csv.reader(io.StringIO(csv_bytes(["a", "b"], [[-1.5, 0.1 + 0.2]]).decode())))
    assert rows == [["a", "b"], ["-1.5", "0.30000000000000004"]]
    assert float(rows[1][1]) == 0.1 + 0.2


def test_csv_quotes_what_it_must():
    cells = ['a"b', "c,d", "e\nf", "Biobío", None, True]
    rows = list(csv.reader(io.StringIO(csv_bytes(["x"] * 6, [cells]).decode(), newline="")))
    assert rows[1] == ['a"b', "c,d", "e\nf", "Biobío", "", "true"]


def test_a_workbook_opens_whatever_was_typed():
    book = xlsx_bytes({"A/B [1]" + "x" * 40: (["note"], [["=1+1"], ["a" * 40_000], [12.5]]), "a-b -1-": (["n"], [])})
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        assert archive.testzip() is None
        strings = archive.read("xl/sharedStrings.xml").decode()
        assert "'=1+1" in strings
        assert "[…]" in strings
        assert "<f>" not in archive.read("xl/worksheets/sheet1.xml").decode()


def test_sheet_names_are_short_allowed_and_different():
    taken: set[str] = set()
    names = [sheet_name(name, taken) for name in ("a/b", "A-B", "[x]:*?", "", "y" * 50, "y" * 60)]
    assert len({name.casefold() for name in names}) == 6
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


@pytest.mark.parametrize(
    "name", ["Informe “Ñ” 2025.pdf", 'a"b.pdf', "a\r\nX-Evil: 1.pdf", "../../etc/passwd", "ñ" * 300]
)
def test_a_file_name_cannot_write_another_header(name: str):
    header = disposition(name)
    header.encode("latin-1")
    assert "\r" not in header
    assert "\n" not in header
    assert header.count('"') == 2
    assert "filename*=UTF-8''" in header
