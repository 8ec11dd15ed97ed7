"""One snapshot as JSON, CSV, XLSX and PDF: the same numbers, and each can be computed again."""

import csv
import io
import json
import operator
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from deploy.local.composition import Platform
from services.survey.reports.blocks import number
from shared.languages import LANGUAGES
from tests.people import Person, somebody
from tests.survey.conftest import API, COMMUNITY, MEASURES, agree, answers, opened

pytestmark = pytest.mark.slow
RESULT = f"{API}/results/{COMMUNITY}"
PROGRAM = Path(__file__).parents[2] / "docs" / "recompute_score.py"


async def uneven(platform: Platform, secretariat: Person, coordinator: Person) -> None:
    """A published result with voices of several groups, agreements, and a measure that does not apply."""
    await opened(secretariat)
    url = f"{API}/campaigns/2026/assessments/{COMMUNITY}"
    for number_, group in enumerate(("customs", "labour", "port_authority", "customs")):
        person = await somebody(platform, f"voice-{number_}", ("respondent", f"community:{COMMUNITY}", group))
        said: dict[str, int | str] = {code: (place + number_) % 5 for place, code in enumerate(MEASURES)}
        said |= {"M1.1.b": "not_applicable", "M1.1.c": "unknown"} if number_ != 1 else {"M1.1.b": "not_applicable"}
        saved = await person.patch(f"{url}/answers/mine", json=answers(said))
        assert saved.status_code == 200, saved.text
    assert (await agree(coordinator, "M2.1.a", level=3, note="=HYPERLINK(1)")).status_code == 200
    for who, step in ((coordinator, "submit"), (secretariat, "accept"), (coordinator, "publish")):
        assert (await who.post(f"{url}/{step}")).status_code == 200


def by_code(basis: Mapping[str, Any]) -> dict[str, float | None]:
    found = {"overall": basis["overall"]}
    for pillar in basis["pillars"]:
        found[pillar["code"]] = pillar["score"]
        for point in pillar["points"]:
            found[point["code"]] = point["score"]
            found |= {measure["code"]: measure["score"] for measure in point["measures"]}
    return found


async def test_every_file_tells_the_same_and_each_score_follows_from_it(
    platform: Platform, secretariat: Person, coordinator: Person, public: Person, tmp_path: Path
):
    await uneven(platform, secretariat, coordinator)
    result = (await public.get(RESULT)).json()
    basis = (await public.get(f"{RESULT}/basis")).json()
    scores = by_code(basis)
    assert by_code(result) == scores
    assert basis["basis"] is None
    assert sum(score is None for score in scores.values()) == 1, "the measure that does not apply"
    # CSV
    rows = list(csv.DictReader(io.StringIO((await public.get(RESULT, params={"format": "csv"})).text)))
    assert {row["code"]: float(row["score"]) if row["score"] else None for row in rows} == scores
    assert rows == list(csv.DictReader(io.StringIO((await public.get(f"{RESULT}/basis?format=csv")).text)))
    # heat map and list
    points = (await public.get(f"{API}/results/points", params={"year": 2026})).json()["items"][0]
    assert points["overall"] == scores["overall"]
    assert {**points["pillars"], **points["points"]} == {c: s for c, s in scores.items() if c.startswith("P")}
    # XLSX, for the public and for a reviewer: stored values are the scores, formulas give them again
    for who in (public, coordinator):
        content = (await who.get(RESULT, params={"format": "xlsx"})).content
        told, computed = sheet_scores(content)
        assert told == scores, "the values stored in the cells"
        for code, score in scores.items():
            assert computed[code] == (None if score is None else pytest.approx(score, abs=1e-9)), code
    assert changed_by_an_answer(content) != scores["overall"]
    # PDF
    asked = (await public.post(f"{API}/reports", json={"community": COMMUNITY, "year": 2026})).json()
    await platform.run_jobs()
    pdf = PdfReader(io.BytesIO((await public.get(asked["file"])).content))
    text = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
    for code, score in scores.items():
        if code.startswith("P") or code == "overall":
            assert number(score, "es") in text, code
    assert result["answers_hash"] in text.replace(" ", "")
    # the program
    for name, who, address, status in (
        ("b.json", public, f"{RESULT}/basis", 0), ("c.json", coordinator, f"{RESULT}/basis", 0),
        ("d.csv", public, f"{RESULT}?format=csv", 0),
    ):  # fmt: skip
        file = tmp_path / name
        file.write_bytes((await who.get(address)).content)
        done = recompute(file)
        assert done.returncode == status, done.stdout
        assert done.stdout.rstrip().endswith("Everything agrees.")
        assert result["answers_hash"] in done.stdout
    whole = json.loads((tmp_path / "c.json").read_text())
    assert "answer" in recompute(tmp_path / "c.json").stdout
    for name, spoil in TAMPERED.items():
        spoilt = json.loads(json.dumps(whole))
        spoil(spoilt)
        (tmp_path / "spoilt.json").write_text(json.dumps(spoilt))
        done = recompute(tmp_path / "spoilt.json")
        assert (done.returncode, "DIFFERS" in done.stdout) == (1, True), (name, done.stdout)
    text_of_csv = (tmp_path / "d.csv").read_text()
    (tmp_path / "spoilt.csv").write_text(text_of_csv.replace(f",{result['overall']!r},", ",99.0,", 1))
    assert recompute(tmp_path / "spoilt.csv").returncode == 1
    for content_of_file in ("", "{}", "a,b\n1,2\n", "[1]", "\x00"):
        (tmp_path / "bad").write_text(content_of_file)
        assert recompute(tmp_path / "bad").returncode == 2


TAMPERED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a score": lambda b: b.update(overall=99.0),
    "a weight": lambda b: b["pillars"][1]["points"][0]["measures"][0].update(weight=5.0),
    "what a group said": lambda b: b["basis"]["measures"]["M3.1.a"]["groups"]["customs"].update(levels=[4, 4]),
    "an agreement": lambda b: b["basis"]["measures"]["M2.1.a"].update(agreed=None),
    "the hash": lambda b: b.update(answers_hash="0" * 64),
}


def recompute(file: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-I", str(PROGRAM), str(file)], capture_output=True, text=True, check=False)


async def test_workbooks_open_in_every_language_and_hold_no_formula_of_a_stranger(
    platform: Platform, secretariat: Person, coordinator: Person, respondent: Person
):
    await uneven(platform, secretariat, coordinator)
    titles = set()
    for language in LANGUAGES:
        content = (await coordinator.get(RESULT, params={"format": "xlsx", "lang": language})).content
        book = load_workbook(io.BytesIO(content))
        titles.add(tuple(book.sheetnames))
        assert len(book.sheetnames) == 6
        formulas = [
            cell.value for sheet in book for row in sheet.iter_rows() for cell in row
            if isinstance(cell.value, str) and cell.value.startswith("=")
        ]  # fmt: skip
        assert len(formulas) > 100
        assert {name for formula in formulas for name in re.findall(r"([A-Z]+)\(", formula)} == {
            "IF", "SUM", "SUMPRODUCT", "AVERAGE", "MEDIAN",
        }  # fmt: skip
    assert len(titles) == len(LANGUAGES)
    for who, has_answers in ((secretariat, True), (respondent, False)):
        content = (await who.get(RESULT, params={"format": "xlsx"})).content
        assert ("Respuestas" in load_workbook(io.BytesIO(content)).sheetnames) == has_answers


async def test_demonstration_data_says_so_in_every_file(
    platform: Platform, secretariat: Person, coordinator: Person, public: Person
):
    await uneven(platform, secretariat, coordinator)
    async with platform.services["survey"].state.database.engine.begin() as connection:
        for table in ("snapshots", "edition_scores", "campaigns"):
            await connection.exec_driver_sql(f"UPDATE survey.{table} SET demo = true")
    assert (await public.get(f"{RESULT}/basis")).json()["demo"] is True
    assert (await public.get(f"{API}/results/points")).json()["demo"] is True
    rows = csv.DictReader(io.StringIO((await public.get(RESULT, params={"format": "csv"})).text))
    assert {row["demo"] for row in rows} == {"true"}
    book = load_workbook(io.BytesIO((await public.get(RESULT, params={"format": "xlsx"})).content))
    assert all("DEMO" in str(sheet["A1"].value) for sheet in book)
    asked = (await public.post(f"{API}/reports", json={"community": COMMUNITY, "year": 2026})).json()
    assert asked["demo"] is True
    await platform.run_jobs()
    pages = PdfReader(io.BytesIO((await public.get(asked["file"])).content)).pages
    assert all("DEMO" in page.extract_text() for page in pages)


# A calculator for the few functions that the workbook has.

Cells = dict[tuple[str, str], Any]
TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"]*")|(?P<ref>(?:'[^']+'!)?\$?[A-Z]+\$?\d+(?::\$?[A-Z]+\$?\d+)?)|(?P<name>[A-Z]+)(?=\()"""
    r"|(?P<number>\d+(?:\.\d+)?(?:E[+-]?\d+)?)|(?P<sign><=|>=|<>|[-+*/(),=<>]))"
)


class Calculator:
    def __init__(self, book: Any) -> None:
        self.cells: Cells = {
            (sheet.title, cell.coordinate): cell.value for sheet in book for row in sheet.iter_rows() for cell in row
        }
        self.known: Cells = {}

    def value(self, sheet: str, place: str) -> Any:
        key = (sheet, place)
        if key not in self.known:
            raw = self.cells.get(key)
            is_formula = isinstance(raw, str) and raw.startswith("=")
            self.known[key] = Formula(self, sheet, raw[1:]).result() if is_formula else raw
        return self.known[key]


class Formula:
    def __init__(self, calculator: Calculator, sheet: str, text: str) -> None:
        self.calculator, self.sheet = calculator, sheet
        self.tokens = [(m.lastgroup, m[m.lastgroup]) for m in TOKEN.finditer(text)]  # type: ignore[index]
        assert "".join(t for _, t in self.tokens) == text.replace(" ", ""), text
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self) -> tuple[str, str]:
        self.at += 1
        kind, text = self.tokens[self.at - 1]
        return str(kind), text

    def result(self) -> Any:
        found = self.compared()()
        assert self.at == len(self.tokens)
        return found

    def compared(self) -> Callable[[], Any]:
        left = self.summed()
        if self.peek() in ("=", "<", ">", "<=", ">="):
            sign = self.take()[1]
            right = self.summed()
            tests = {
                "=": lambda a, b: (a in (None, "") and b in (None, "")) or a == b,
                "<": lambda a, b: a < b,
                ">": lambda a, b: a > b,
                ">=": lambda a, b: a >= b,
                "<=": lambda a, b: a <= b,
            }
            return lambda: tests[sign](left(), right())
        return left

    def summed(self) -> Callable[[], Any]:
        left = self.multiplied()
        while self.peek() in ("+", "-"):
            left = both(OPERATORS[self.take()[1]], left, self.multiplied())
        return left

    def multiplied(self) -> Callable[[], Any]:
        left = self.single()
        while self.peek() in ("*", "/"):
            left = both(OPERATORS[self.take()[1]], left, self.single())
        return left

    def single(self) -> Callable[[], Any]:
        kind, text = self.take()
        if kind == "number":
            return lambda: float(text)
        if kind == "text":
            return lambda: text[1:-1]
        if kind == "ref":
            return self.reference(text)
        if kind == "name":
            assert self.take()[1] == "("
            given = [self.compared()]
            while self.peek() == ",":
                self.take()
                given.append(self.compared())
            assert self.take()[1] == ")"
            return lambda: FUNCTIONS[text](given)
        assert text == "("
        inner = self.compared()
        assert self.take()[1] == ")"
        return inner

    def reference(self, text: str) -> Callable[[], Any]:
        sheet, _, place = text.rpartition("!")
        sheet = sheet.strip("'") or self.sheet
        first, _, last = place.replace("$", "").partition(":")
        if not last:
            return lambda: self.calculator.value(sheet, first)
        columns = [re.match(r"[A-Z]+", one)[0] for one in (first, last)]  # type: ignore[index]
        rows = [int(re.search(r"\d+", one)[0]) for one in (first, last)]  # type: ignore[index]
        names = (
            [columns[0]] if columns[0] == columns[1] else [chr(c) for c in range(ord(columns[0]), ord(columns[1]) + 1)]
        )
        places = [f"{name}{row}" for row in range(rows[0], rows[1] + 1) for name in names]
        return lambda: [self.calculator.value(sheet, one) for one in places]


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
}  # fmt: skip


def both(combine: Callable[[Any, Any], Any], left: Callable[[], Any], right: Callable[[], Any]) -> Callable[[], Any]:
    return lambda: combine(left(), right())


def numbers(values: Any) -> list[float]:
    return [float(value) for value in values if isinstance(value, int | float)]


def product(given: list[Callable[[], Any]]) -> float:
    total = 0.0
    for row in zip(*[one() for one in given], strict=True):
        part = 1.0
        for value in row:
            part *= value if isinstance(value, int | float) else 0.0
        total += part
    return total


FUNCTIONS: dict[str, Callable[[list[Callable[[], Any]]], Any]] = {
    "IF": lambda given: given[1]() if given[0]() else given[2](),
    "SUM": lambda given: sum(numbers(given[0]())),
    "AVERAGE": lambda given: sum(numbers(given[0]())) / len(numbers(given[0]())),
    "MEDIAN": lambda given: float(median(numbers(given[0]()))),
    "SUMPRODUCT": product,
}
SCORES = (("Pilares", "A", "D"), ("Puntos", "A", "G"), ("Medidas", "A", "G"))


def sheet_scores(content: bytes) -> tuple[dict[str, float | None], dict[str, float | None]]:
    """By code what the cells store, and what their formulas give."""
    stored = load_workbook(io.BytesIO(content), data_only=True)
    calculator = Calculator(load_workbook(io.BytesIO(content)))
    return (
        _scores(lambda sheet, place: stored[sheet][place].value, stored),
        _scores(calculator.value, stored),
    )


def _scores(value: Callable[[str, str], Any], book: Any) -> dict[str, float | None]:
    found: dict[str, float | None] = {"overall": value("Resultado", "B3") or None}
    for sheet, code, score in SCORES:
        for row in range(3, book[sheet].max_row + 1):
            told = value(sheet, f"{score}{row}")
            found[book[sheet][f"{code}{row}"].value] = told if isinstance(told, int | float) else None
    return found


def changed_by_an_answer(content: bytes) -> float:
    """The whole when one group's levels are all changed to 0 in the workbook: the formulas are alive."""
    calculator = Calculator(load_workbook(io.BytesIO(content)))
    for (sheet, place), raw in list(calculator.cells.items()):
        if sheet == "Respuestas" and re.match(r"[F-Z]\d+", place) and isinstance(raw, int) and int(place[1:]) > 2:
            calculator.cells[sheet, place] = 0
    return float(calculator.value("Resultado", "B3"))
