"""Files as people have them: read rightly, or refused with the reason; never guessed."""

import csv
import io
import tracemalloc
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from services.indicators.imports.checking import Order, check_file
from services.indicators.imports.findings import Findings
from services.indicators.observations.values import Definition

CATALOGUE = {
    "VPA-01": Definition("VPA-01", 1, "h", "monthly", "median", None, 0, 720),
    "CUS-02": Definition("CUS-02", 2, "%", "monthly", "share", 100, 0, 100),
    "VTB-05": Definition("VTB-05", 1, "t/h", "monthly", "median", None, 10, 15000),
    "RAI-01": Definition("RAI-01", 1, "n", "annual", "count", None, 0, 1000000),
}
COMMUNITIES = {"mx-manzanillo": True, "cl-biobio": True, "pe-callao": False}
HEADER = "indicator,community,period,value"
Taken = list[tuple[str, ...]]


def read(folder: Path, content: bytes) -> tuple[Findings, Taken, list[str]]:
    """What was found, what was taken (row, community, indicator, period, value, …), and the lines of errors."""
    order = Order(folder / "source", folder, CATALOGUE, COMMUNITIES)
    for file in (order.errors, order.staged):
        file.unlink(missing_ok=True)
    order.source.write_bytes(content)
    found = check_file(order)
    taken = [tuple(line.split("\t")) for line in order.staged.read_text("utf-8").splitlines()] if found.staged else []
    assert len(taken) == found.staged
    errors = order.errors.read_text("utf-8").splitlines()[1:] if order.errors.exists() else []
    return found, taken, errors


def csv_of(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def book(rows: list[list[Any]], *, epoch: datetime = WINDOWS_EPOCH, **formats: str) -> bytes:
    made = openpyxl.Workbook()
    made.epoch = epoch
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for cell, number_format in formats.items():
        sheet[cell].number_format = number_format
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_encodings_separators_and_line_ends_of_many_countries(tmp_path: Path):
    header, line = "indicator;community;period;value;note", "VPA-01;cl-biobio;2025-01;12,5;Biobío"
    text = f"{header}\r\n{line}\r\n"
    ways = {
        "UTF-8": text.encode(),
        "UTF-8 with its mark": text.encode("utf-8-sig"),
        "Windows-1252": text.encode("cp1252"),
        "tabs in UTF-16": text.replace(";", "\t").encode("utf-16"),
        "big-endian UTF-16": b"\xfe\xff" + text.encode("utf-16-be"),
        "a line that names the separator": f"sep=;\r\n{text}".encode(),
        "carriage returns": text.replace("\r\n", "\r").encode(),
        "titles above": f"Datos de 2025;;;;\r\n;;;;\r\n{text}".encode(),
        "capitals, spaces, another order": (
            "NOTE; value ;Period\u00a0;INDICATOR;Community\nBiobío; 12,5 ; 2025-01;vpa-01;CL-BIOBIO \n".encode()
        ),
        "words of the form": text.replace(
            "indicator;community;period;value;note", "indicador;comunidad;período;valor;nota"
        ).encode(),
    }
    for way, content in ways.items():
        found, taken, errors = read(tmp_path, content)
        assert errors == [], way
        assert [row[1:5] for row in taken] == [("cl-biobio", "VPA-01", "2025-01", "12.5")], way
        assert taken[0][8] == "Biobío", way
        assert found.read_as.startswith("CSV, "), way
    assert read(tmp_path, text.encode("cp1252"))[0].read_as == "CSV, Windows-1252, semicolon, decimal comma"
    refused = {
        "UTF-32": (text.encode("utf-32"), "UTF-32"),
        "UTF-16 without its mark": (text.encode("utf-16-le"), "UTF-16 with its mark"),
        "bytes of no encoding": (text.encode() + b"\xff\x81", "neither UTF-8 nor Windows-1252"),
        "an odd separator": (f"sep=#\n{text}".encode(), "separated by '#'"),
        "no header": (b"VPA-01,cl-biobio,2025-01,12.5\n", "column indicator is missing"),
        "a column twice": (csv_of("VPA-01,cl-biobio,2025-01,1,2", header=f"{HEADER},Value "), "occurs twice"),
        "no value": (csv_of(header="indicator,community,period,note"), "column value is missing"),
        "a quotation mark": (csv_of('VPA-01,cl-biobio,2025-01,"12'), "quotation mark"),
        "nothing": (b"\n\n \n", "empty"),
    }
    for way, (content, reason) in refused.items():
        found, taken, errors = read(tmp_path, content)
        assert (found.staged, len(errors)) == (0, 1), way
        assert reason in (found.detail or ""), (way, found.detail)
        assert reason.split("'")[0] in errors[0], way


def test_a_figure_is_one_number_or_none(tmp_path: Path):
    def value_in(content: bytes, row: int = 0) -> str:
        found, taken, errors = read(tmp_path, content)
        return taken[row][4] if found.staged and not errors else f"refused: {errors[0]}"

    plain = {
        "12.5": "12.5", "12": "12.0", "+12.5": "12.5", "1e2": "100.0", "12.": "12.0", ".5": "0.5", "-0": "0.0", "0": "0.0",
        "1.234": "1.234", "0.1": "0.1",
    }  # fmt: skip
    for text, value in plain.items():
        assert value_in(csv_of(f"VPA-01,cl-biobio,2025-01,{text}")) == value, text
    for text in (
        "NA", "N/A", "n.d.", "s/d", "-", "..", "NaN", "inf", "-Infinity", "1e999", "1e-400", "9" * 400, '"1,234"', '"12,5"',
        "1 234", "12 h", "=1+1", "0x1F", "１２", "1_000", "720.1", "-1", "", "9007199254740993",
    ):  # fmt: skip
        assert value_in(csv_of(f"VPA-01,cl-biobio,2025-01,{text}")).startswith("refused"), text

    def semicolons(*values: str) -> bytes:
        rows = [f"VTB-05;cl-biobio;2025-{month:02d};{value}" for month, value in enumerate(values, start=1)]
        return csv_of(*rows, header=HEADER.replace(",", ";"))

    assert value_in(semicolons("1.234")).startswith("refused"), "a thousand, or one and a bit"
    assert value_in(semicolons("1,234")).startswith("refused")
    assert value_in(semicolons("20", "1.234")).startswith("refused")
    assert "thousands" in value_in(semicolons("1.234.567"))
    assert value_in(semicolons("1234,5")) == "1234.5"
    assert value_in(semicolons("1234.5")) == "1234.5"
    _, taken, errors = read(tmp_path, semicolons("12,5", "1,234", "11.234", "11,234"))
    assert [row[4] for row in taken] == ["12.5", "11.234"]
    assert [line.split(",")[0] for line in errors] == ["3", "4"], "1,234 is 1.234, below what the indicator may be"
    _, taken, errors = read(tmp_path, semicolons("12.5", "11.234", "13"))
    assert ([row[4] for row in taken], errors) == (["12.5", "11.234", "13.0"], [])
    _, taken, errors = read(tmp_path, semicolons("12.5", "11.234", "12,5"))
    assert [row[4] for row in taken] == ["12.5", "12.5"], "both ways occur, so 11.234 is not sure"
    assert [line.split(",")[0] for line in errors] == ["3"]
    late = csv_of(
        *[f"VTB-05,cl-biobio,{1900 + n // 12}-{n % 12 + 1:02d},{n + 10}" for n in range(1000)],
        "VTB-05,cl-biobio,2025-01,12.5",
    )
    assert value_in(late, 1000) == "12.5"


def test_every_wrong_cell_is_named_with_its_row(tmp_path: Path):
    header = "indicator,community,period,value,numerator,denominator,n,note"
    right = "CUS-02,mx-manzanillo,2025-01,,45,50,50,ok"
    wrong = {
        "XXX-99,mx-manzanillo,2025-01,1,,,,": "indicator",
        "VPA-01,mx-manza\u200bnillo,2025-01,1,,,,": "community",
        "VPA-01,pe-callao,2025-01,1,,,,": "community",
        "VPA-01,mx-manzanillo,2025,1,,,,": "period",
        "VPA-01,mx-manzanillo,202501,1,,,,": "period",
        "VPA-01,mx-manzanillo,45658,1,,,,": "period",
        "VPA-01,mx-manzanillo,2025-01-15,1,,,,": "period",
        "VPA-01,mx-manzanillo,2025-03,721,,,,": "value",
        "VPA-01,mx-manzanillo,2025-04,,1,2,,": "numerator",
        "CUS-02,mx-manzanillo,2025-05,,51,50,,": "numerator",
        "CUS-02,mx-manzanillo,2025-06,,5,0,,": "denominator",
        "CUS-02,mx-manzanillo,2025-07,33.4,1,3,,": "value",
        "VPA-01,mx-manzanillo,2025-08,1,,,12.5,": "n",
        "VPA-01,mx-manzanillo,2025-09,1,,,0,": "n",
        "VPA-01,mx-manzanillo,2025-10,1,,,,a\u0007b": "note",
        f"VPA-01,mx-manzanillo,2025-11,1,,,,{'x' * 2001}": "note",
        "VPA-01,mx-manzanillo,2025-12,1,,,,,extra": "column 9",
        "\ufeffindicator,community,period,value,numerator,denominator,n,note": "indicator",
        ",,,1,,,,": "indicator",
    }
    found, taken, errors = read(tmp_path, csv_of(right, *wrong, ",,,,,,,", header=header))
    assert [row[3:9] for row in taken] == [("2025-01", "90.0", "45.0", "50.0", "50", "ok")]
    assert (found.rows, found.wrong_rows) == (len(wrong) + 1, len(wrong))
    named = {(line.split(",")[0], line.split(",")[1]) for line in errors}
    for row, (line, column) in enumerate(wrong.items(), start=3):
        assert (str(row), column) in named, line
    assert "<U+200B>" in "\n".join(errors)
    assert "write 2025-01 as text" in "\n".join(errors)

    twins = ["VPA-01,mx-manzanillo,2025-01,10"]
    twins += [f"VPA-01,mx-manzanillo,{1900 + n // 12}-{n % 12 + 1:02d},{n % 100}" for n in range(900)]
    found, taken, errors = read(tmp_path, csv_of(*twins, "vpa-01,MX-MANZANILLO ,2025-01,12"))
    assert (found.rows, found.staged, found.wrong_rows) == (902, 900, 2)
    assert [line.split(",")[0] for line in errors] == ["2", "903"]
    assert "row 903" in errors[0]
    assert "row 2" in errors[1]

    unknown = csv_of("VPA-01,mx-manzanillo,2025-01,10,x", header=f"{HEADER},valeu")
    found, taken, errors = read(tmp_path, unknown)
    assert (found.wrong_rows, found.troubles, len(taken)) == (0, 1, 1)
    assert errors[0].startswith("1,valeu,")
    exported = f"{HEADER},numerator,denominator,n,note,status,revision,recorded_at,demo"
    found, taken, errors = read(
        tmp_path, csv_of("VPA-01,mx-manzanillo,2025-01,10.0,,,,'=1+1,draft,1,,false", header=exported)
    )
    assert (errors, taken[0][8]) == ([], "=1+1")


def test_a_workbook_says_what_its_cells_are(tmp_path: Path):
    names = HEADER.split(",")
    found, taken, errors = read(
        tmp_path,
        book(
            [
                ["Datos de la comunidad", None, None, None],
                names,
                ["VPA-01", "mx-manzanillo", "2025-01", 12.5],
                ["VPA-01", "mx-manzanillo", date(2025, 2, 15), 13],
                ["VPA-01", "mx-manzanillo", date(2025, 3, 1), "14,5"],
                ["RAI-01", "mx-manzanillo", 2025, 3.0],
                ["VPA-01", "mx-manzanillo", date(2025, 4, 15), 1],
                ["VPA-01", "mx-manzanillo", 202505, 1],
                ["VPA-01", "mx-manzanillo", "2025-06", "1.234"],
                ["VPA-01", "mx-manzanillo", "2025-07", "#DIV/0!"],
                ["VPA-01", "mx-manzanillo", "2025-08", "=A1/2"],
                ["VPA-01", "mx-manzanillo", "2025-09", True],
                ["VPA-01", "mx-manzanillo", "2025-10", date(2025, 1, 1)],
                ["VPA-01", "mx-manzanillo", "2025-11", 1.234],
                [None, None, None, None],
            ],
            C4="yyyy-mm", D13="dd/mm/yyyy", C5="dd/mm/yyyy", C7="dd/mm/yyyy",
        ),
    )  # fmt: skip
    assert [row[3:5] for row in taken] == [
        ("2025-01", "12.5"), ("2025-02", "13.0"), ("2025-03", "14.5"), ("2025", "3.0"), ("2025-11", "1.234"),
    ]  # fmt: skip
    assert [int(line.split(",")[0]) for line in errors] == [7, 8, 9, 10, 11, 12, 13]
    for part, line in zip(
        ("a day is no period", "write 2025-05", "thousands", "error of the spreadsheet (#DIV/0!)", "formula without a result", "TRUE or FALSE", "is a date"),
        errors, strict=True,
    ):  # fmt: skip
        assert part in line
    assert found.read_as == "XLSX, “Sheet”"

    plain = book([names, ["VPA-01", "mx-manzanillo", date(2025, 2, 1), 13]], C2="yyyy-mm")
    old = book([names, ["VPA-01", "mx-manzanillo", date(2025, 2, 1), 13]], epoch=MAC_EPOCH, C2="yyyy-mm")
    assert [row[3] for row in read(tmp_path, old)[1]] == ["2025-02"], ("dates counted from 1904", read(tmp_path, old))

    merged = openpyxl.Workbook()
    sheet = merged.active
    assert sheet is not None
    for line in [
        names,
        *[["VPA-01", "mx-manzanillo" if month == 1 else None, f"2025-0{month}", month] for month in (1, 2, 3)],
    ]:
        sheet.append(line)
    sheet.merge_cells("B2:B4")
    out = io.BytesIO()
    merged.save(out)
    assert [row[1:5:2] for row in read(tmp_path, out.getvalue())[1]] == [
        ("mx-manzanillo", f"2025-0{n}") for n in (1, 2, 3)
    ]

    late = [[*names, "numerator", "denominator"]]
    late += [["VPA-01", "mx-manzanillo", f"{1990 + n // 12}-{n % 12 + 1:02d}", n, None, None] for n in range(200)]
    late += [["CUS-02", "mx-manzanillo", "2025-01", None, 45, 50]]
    assert read(tmp_path, book(late))[1][-1][4:7] == ("90.0", "45.0", "50.0")
    for damaged in (plain[:-100], plain[:200], b"PK\x03\x04" + b"x" * 500):
        found, _, errors = read(tmp_path, damaged)
        assert "damaged" in (found.detail or "")
        assert len(errors) == 1
    for place in range(100, len(plain) - 200, 37):  # a byte that a bad line changed is told, whatever it hits
        read(tmp_path, plain[:place] + bytes([plain[place] ^ 0x55]) + plain[place + 1 :])


def test_a_million_errors_make_a_short_list_in_little_memory(tmp_path: Path):
    count = 25_000
    content = csv_of(*[f"XXX-{n},mx-manzanillo,2025-01,NaN" for n in range(count)])
    tracemalloc.start()
    found, _, errors = read(tmp_path, content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found.rows, found.wrong_rows, found.troubles) == (count, count, 2 * count)
    assert len(errors) == 20_001
    assert errors[-1] == f",,,The list is cut: {2 * count - 20_000} more errors are not listed"
    assert peak < 40 * 2**20


@pytest.mark.slow
def test_quick_and_careful_reading_take_the_same(tmp_path: Path):
    header = "indicator,community,period,value,numerator,denominator,n,note"
    rows = []
    for n in range(2000):
        period = f"{1950 + n // 24}-{n % 12 + 1:02d}"
        community = ("mx-manzanillo", "cl-biobio")[n // 12 % 2]
        rows += [
            f"VPA-01,{community},{period},{n % 700}.{n % 7},,,{n % 5 or ''},{'Huelga del 3 al 5' if n % 9 == 0 else ''}",
            f"CUS-02,{community},{period},,{n % 50},{50 + n % 3},,",
        ]
    quick = read(tmp_path, csv_of(*rows, header=header))
    assert quick[0].staged == 4000
    careful = read(
        tmp_path,
        csv_of(*[f"{row}" for row in rows], header=f"{header},").replace(b"\n", b",\n").replace(b",,\n", b",\n", 1),
    )
    assert careful[1] == quick[1]


def test_every_reason_is_said_in_the_senders_language(tmp_path: Path):
    header = "indicator,community,period,value,numerator,denominator,n,note"
    rows = [
        "XXX-99,mx-nowhere,2025-1,NaN,,,,", "VPA-01,pe-callao,2025-Q1,n.d.,,,,", "VPA-01,mx-manzanillo,202501,999,,,,",
        "RAI-01,mx-manzanillo,2025-01-15,1e999,,,0,", "VPA-01,mx-manzanillo,45658,1,,,,a\u0007",
        "VPA-01,mx-manzanillo,2025-02,,1,2,,", "CUS-02,mx-manzanillo,2025-03,,9,5,,", "CUS-02,mx-manzanillo,2025-03,,,5,,",
        "CUS-02,mx-manzanillo,2025-04,,-1,0,,", "CUS-02,mx-manzanillo,2025-05,33.4,1,3,,", "VPA-01,mx-manzanillo,2025-06,,,,,",
        'VPA-01,mx-manzanillo,2025-07,"1,5",,,,,extra', "VPA-01,mx-manzanillo,2025-08,1 234,,,,", "VPA-01,mx-manzanillo,2025-09,1,,,,",
        "VPA-01,mx-manzanillo,2025-09,2,,,,", f"VPA-01,mx-manzanillo,2025-10,1e-400,,,,{'x' * 2001}",
    ]  # fmt: skip
    books = [
        csv_of(*rows, header=header), csv_of("VPA-01,mx-manzanillo,2025-01,1,x", header=f"{HEADER},valeu"), b" \n",
        csv_of(header="indicator,period"), csv_of(header=f"{HEADER},value"), b"sep=#\nx\n", csv_of('VPA-01,"x'),
        "indicator;ñ".encode("utf-32"), b"indicator,\xff\x81", b"PK\x03\x04" + b"x" * 99, "a,b".encode("utf-16-le"),
        csv_of("VTB-05;mx-manzanillo;2025-01;1.234;", header=header.replace(",", ";")),
        book([HEADER.split(","), ["VPA-01", "mx-manzanillo", "2025-01", "=A1"], ["VPA-01", "mx-manzanillo", "2025-02", "#N/A"],
              ["VPA-01", "mx-manzanillo", "2025-03", True], ["VPA-01", "mx-manzanillo", "2025-04", date(2025, 1, 1)]]),
    ]  # fmt: skip
    english = {"is", "must", "the", "has", "not", "for", "with", "write", "than", "gives", "goes"}
    seen = 0
    for content in books:
        for language in ("es", "pt", "fr"):
            order = Order(tmp_path / "source", tmp_path, CATALOGUE, COMMUNITIES, language)
            order.source.write_bytes(content)
            check_file(order)
            for line in list(csv.reader(io.StringIO(order.errors.read_text("utf-8"))))[1:]:
                words = set(line[3].lower().replace(";", " ").replace(":", " ").split())
                assert not words & english, (language, line)
                seen += 1
    assert seen > 100
