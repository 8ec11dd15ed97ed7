"""A result as a workbook that computes: the answers as numbers, every score a formula over them.

Each formula is stored with the value that the platform computed, so that readers without a calculator see it, too.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.survey.results.workbook_texts import TEXTS
from services.survey.schemas.basis import PointBasis, ResultBasisOut
from shared.fields import utc
from shared.text import neutral

ALMOST = "(1-1E-12)"
FIRST = 3  # row of the first entry, counted from 1: a title and the headings stand above


class _Exact(float):
    """A number that a workbook keeps to the last bit; the writer would keep 16 digits."""

    def __format__(self, spec: str) -> str:
        return float.__repr__(self)

    def __str__(self) -> str:
        return float.__repr__(self)


def workbook_of(result: ResultBasisOut, language: str) -> bytes:
    """The workbook: what it is, the model's numbers, the answers (for reviewers), measures, points, pillars."""
    import xlsxwriter  # noqa: PLC0415 -- 0.1 s that only exports pay

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        _Book(book, result, TEXTS[language]).write()
    return out.getvalue()


class _Book:
    def __init__(self, book: Any, result: ResultBasisOut, texts: Mapping[str, str]) -> None:
        self.result = result
        self.texts = texts
        self.bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.number = book.add_format({"num_format": "0.0"})
        self.strong = book.add_format({"num_format": "0.0", "bold": True})
        self.plain = book.add_format({"text_wrap": True, "valign": "top"})
        book.set_properties({"title": f"{result.name}, {result.year}", "comments": self._demo() or ""})
        names = [texts[f"sheet_{name}"] for name in ("result", "pillars", "points", "measures", "answers", "model")]
        has_answers = result.basis is not None
        self.sheets = {
            name: book.add_worksheet(texts[f"sheet_{name}"])
            for name in ("result", "pillars", "points", "measures", "answers", "model")
            if name != "answers" or has_answers
        }
        self.named = dict(zip(("result", "pillars", "points", "measures", "answers", "model"), names, strict=True))
        self.points = [point for pillar in result.pillars for point in pillar.points]
        self.rows = {
            measure.code: FIRST + index
            for index, measure in enumerate(m for point in self.points for m in point.measures)
        }
        self.point_rows = {point.code: FIRST + index for index, point in enumerate(self.points)}
        self.answer_rows: dict[str, list[int]] = {}

    def write(self) -> None:
        self._model()
        if self.result.basis is not None:
            self._answers(self.result.basis)
        self._measures()
        self._points()
        self._pillars()
        self._result()
        self.sheets["result"].activate()

    def _demo(self) -> str | None:
        return self.texts["demo"] if self.result.demo else None

    def _head(self, name: str, title: str, headings: Sequence[str], widths: Sequence[int]) -> Any:
        sheet = self.sheets[name]
        sheet.write_string(0, 0, neutral(" · ".join(part for part in (title, self._demo()) if part)), self.title)
        for column, (heading, width) in enumerate(zip(headings, widths, strict=True)):
            sheet.set_column(column, column, width)
            if heading:
                sheet.write_string(1, column, self.texts[heading], self.bold)
        sheet.freeze_panes(2, 0)
        return sheet

    def _text(self, sheet: Any, row: int, column: int, text: str) -> None:
        sheet.write_string(row - 1, column, neutral(text)[:32_767], self.plain)

    def _formula(
        self, sheet: Any, row: int, column: int, formula: str, value: float | None, *, strong: bool = False
    ) -> None:
        told = "" if value is None else _Exact(value)
        sheet.write_formula(row - 1, column, formula, self.strong if strong else self.number, told)

    def _model(self) -> None:
        sheet = self._head("model", self.texts["sheet_model"], ("what", "value"), (44, 24))
        rows: list[tuple[str, Any]] = [
            (self.texts["top"], self.result.top), (self.texts["threshold"], self.result.coverage_threshold),
            *((f"{self.texts['band']} {band.level} {band.label}", band.start) for band in self.result.bands),
        ]  # fmt: skip
        for index, (text, value) in enumerate(rows, start=FIRST):
            self._text(sheet, index, 0, text)
            sheet.write_number(index - 1, 1, _Exact(value))

    @property
    def _top(self) -> str:
        return f"'{self.named['model']}'!$B${FIRST}"

    @property
    def _threshold(self) -> str:
        return f"'{self.named['model']}'!$B${FIRST + 1}"

    def _level(self, cell: str) -> str:
        """The band that a score falls in, by nested comparisons from the highest down."""
        bands = sorted(enumerate(self.result.bands), key=lambda pair: pair[1].start)
        formula = str(bands[0][1].level)
        for index, band in bands[1:]:
            formula = f"IF({cell}>='{self.named['model']}'!$B${FIRST + 2 + index},{band.level},{formula})"
        return f'=IF({cell}="","",{formula})'

    def _answers(self, basis: Mapping[str, Any]) -> None:
        """A row a measure and group with its levels side by side, and their median."""
        said = [(code, group, told) for code, group, told in _groups(basis)]
        widest = max((len(told["levels"]) for _, _, told in said), default=0)
        headings = ("measure", "group", "not_applicable", "unknown", "median", *("level_given",) * widest)
        sheet = self._head("answers", self.texts["sheet_answers"], headings, (12, 24, 12, 12, 10, *(8,) * widest))
        for row, (code, group, told) in enumerate(said, start=FIRST):
            self._text(sheet, row, 0, code)
            self._text(sheet, row, 1, group)
            sheet.write_number(row - 1, 2, told["not_applicable"])
            sheet.write_number(row - 1, 3, told["unknown"])
            for index, level in enumerate(told["levels"]):
                sheet.write_number(row - 1, 5 + index, level)
            if told["levels"]:
                last = _column(5 + len(told["levels"]) - 1)
                levels = sorted(told["levels"])
                half = len(levels) // 2
                value = levels[half] if len(levels) % 2 else (levels[half - 1] + levels[half]) / 2
                self._formula(sheet, row, 4, f"=MEDIAN(F{row}:{last}{row})", value)
                self.answer_rows.setdefault(code, []).append(row)

    def _measures(self) -> None:
        headings = (
            "measure", "name", "weight", "value", "applies", "answered", "score", "source", "respondents", "groups"
        )  # fmt: skip
        sheet = self._head("measures", self.texts["sheet_measures"], headings, (12, 60, 8, 8, 8, 10, 10, 18, 12, 10))
        for measure in (m for point in self.points for m in point.measures):
            row = self.rows[measure.code]
            self._text(sheet, row, 0, measure.code)
            self._text(sheet, row, 1, measure.name)
            sheet.write_number(row - 1, 2, _Exact(measure.weight))
            medians = self.answer_rows.get(measure.code)
            if measure.value is not None and measure.source == "groups" and medians:
                between = f"'{self.named['answers']}'!E{medians[0]}:E{medians[-1]}"
                self._formula(sheet, row, 3, f"=AVERAGE({between})", measure.value)
            elif measure.value is not None:
                sheet.write_number(row - 1, 3, _Exact(measure.value), self.number)
            sheet.write_number(row - 1, 4, int(measure.applicable))
            self._formula(sheet, row, 5, f'=IF(D{row}="",0,E{row})', float(measure.value is not None))
            self._formula(sheet, row, 6, f'=IF(F{row}=0,"",100*D{row}/{self._top})', measure.score)
            self._text(sheet, row, 7, self.texts[measure.source])
            sheet.write_number(row - 1, 8, measure.respondents)
            sheet.write_number(row - 1, 9, measure.groups)

    def _points(self) -> None:
        headings = (
            "point", "name", "weight", "applicable_weight", "answered_weight", "coverage", "score", "level", "counts",
            "missing",
        )  # fmt: skip
        sheet = self._head("points", self.texts["sheet_points"], headings, (10, 60, 8, 12, 12, 10, 10, 8, 8, 8))
        for point in self.points:
            row = self.point_rows[point.code]
            self._text(sheet, row, 0, point.code)
            self._text(sheet, row, 1, point.name)
            sheet.write_number(row - 1, 2, _Exact(point.weight))
            self._point(sheet, row, point)

    def _point(self, sheet: Any, row: int, point: PointBasis) -> None:
        first, last = self.rows[point.measures[0].code], self.rows[point.measures[-1].code]

        def cells(column: str) -> str:
            return f"'{self.named['measures']}'!{column}{first}:{column}{last}"

        applicable = sum(m.weight for m in point.measures if m.applicable)
        answered = sum(m.weight for m in point.measures if m.value is not None)
        self._formula(sheet, row, 3, f"=SUMPRODUCT({cells('C')},{cells('E')})", applicable)
        self._formula(sheet, row, 4, f"=SUMPRODUCT({cells('C')},{cells('F')})", answered)
        self._formula(sheet, row, 5, f'=IF(D{row}=0,"",E{row}/D{row})', point.coverage)
        enough = f'IF(E{row}<{self._threshold}*D{row}*{ALMOST},"",SUMPRODUCT({cells("C")},{cells("G")})/E{row})'
        self._formula(sheet, row, 6, f'=IF(D{row}=0,"",{enough})', point.score, strong=True)
        self._formula(sheet, row, 7, self._level(f"G{row}"), point.level)
        self._formula(sheet, row, 8, f"=IF(D{row}=0,0,1)", float(point.coverage is not None))
        lacks = point.coverage is not None and point.score is None
        self._formula(sheet, row, 9, f'=IF(G{row}="",I{row},0)', float(lacks))

    def _pillars(self) -> None:
        headings = ("pillar", "name", "weight", "score", "level", "counts", "missing")
        sheet = self._head("pillars", self.texts["sheet_pillars"], headings, (10, 60, 8, 10, 8, 8, 8))
        for row, pillar in enumerate(self.result.pillars, start=FIRST):
            first, last = self.point_rows[pillar.points[0].code], self.point_rows[pillar.points[-1].code]
            self._text(sheet, row, 0, pillar.code)
            self._text(sheet, row, 1, pillar.name)
            sheet.write_number(row - 1, 2, _Exact(pillar.weight))
            counts = any(point.coverage is not None for point in pillar.points)
            formula = _mean(self.named["points"], first, last, weight="C", counts="I", missing="J", score="G")
            self._formula(sheet, row, 3, formula, pillar.score, strong=True)
            self._formula(sheet, row, 4, self._level(f"D{row}"), pillar.level)
            between = f"'{self.named['points']}'!I{first}:I{last}"
            self._formula(sheet, row, 5, f"=IF(SUM({between})=0,0,1)", float(counts))
            self._formula(sheet, row, 6, f'=IF(D{row}="",F{row},0)', float(counts and pillar.score is None))

    def _result(self) -> None:
        result = self.result
        sheet = self._head("result", f"{result.name}, {result.year}", ("what", "value"), (44, 70))
        last = FIRST + len(result.pillars) - 1
        formula = _mean(self.named["pillars"], FIRST, last, weight="C", counts="F", missing="G", score="D")
        self._text(sheet, FIRST, 0, self.texts["overall"])
        self._formula(sheet, FIRST, 1, formula, result.overall, strong=True)
        self._text(sheet, FIRST + 1, 0, self.texts["level"])
        self._formula(sheet, FIRST + 1, 1, self._level(f"B{FIRST}"), result.level)
        rows: list[tuple[str, str]] = [
            ("community", result.community), ("year", str(result.year)), ("revision", str(result.revision)),
            ("model_version", result.model_version), ("rule_version", result.rule_version),
            ("computed_at", utc(result.computed_at)), ("answers_hash", result.answers_hash),
            ("note", self.texts["how"]),
        ]  # fmt: skip
        if result.demo:
            rows.append(("demo_word", self.texts["demo"]))
        for row, (what, text) in enumerate(rows, start=FIRST + 2):
            self._text(sheet, row, 0, self.texts[what])
            self._text(sheet, row, 1, text)


def _groups(basis: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for code, told in basis["measures"].items():
        for group in sorted(told["groups"]):
            yield code, group, told["groups"][group]


def _mean(sheet: str, first: int, last: int, *, weight: str, counts: str, missing: str, score: str) -> str:
    """The weighted mean of what counts, nothing when nothing does or something that counts has no score."""

    def cells(column: str) -> str:
        return f"'{sheet}'!{column}{first}:{column}{last}"

    whole = (
        f"SUMPRODUCT({cells(weight)},{cells(counts)},{cells(score)})/SUMPRODUCT({cells(weight)},{cells(counts)})"
    )  # fmt: skip
    return f'=IF(SUM({cells(counts)})=0,"",IF(SUM({cells(missing)})>0,"",{whole}))'


def _column(index: int) -> str:
    """`0` → `A`, `26` → `AA`."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
