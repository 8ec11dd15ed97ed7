"""An XLSForm workbook read back into a version of the model; everything that is wrong is named by its cell."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.survey.models.files import Draft, FileTrouble, Trouble, pointer
from services.survey.models.workbook import Sheet, kind_of, read_workbook, text_of
from services.survey.models.xlsform_words import (
    COMMENT_SUFFIX,
    FLAGS,
    FORMULA,
    LANGUAGE_NAMES,
    LIST,
    column,
    question_name,
)
from shared.text import forbidden_character, normal

LANGUAGES = tuple(LANGUAGE_NAMES)
SHEETS = ("survey", "choices", "bands", "model")
Row = dict[str, Any]


def read_xlsform(content: bytes) -> Draft:
    """The body that the workbook stands for. Raises FileTrouble with sheet, row, column and reason."""
    return _Reader(read_workbook(content)).draft()


class _Reader:
    def __init__(self, sheets: Mapping[str, Sheet]) -> None:
        missing = [name for name in SHEETS if name not in sheets]
        if missing:
            raise FileTrouble([Trouble(f"sheet {name}", "is missing") for name in missing])
        self.sheets = sheets
        self.troubles: list[Trouble] = []
        self.places: dict[str, str] = {"": "the workbook"}

    def draft(self) -> Draft:
        body: dict[str, Any] = {
            **self.properties(), "scale": {"levels": self.scale()}, "bands": self.bands(), "pillars": self.pillars(),
        }  # fmt: skip
        self.levels(body["pillars"])
        if self.troubles:
            raise FileTrouble(self.troubles)
        return Draft(body, self.places)

    # Cells

    def rows(self, name: str, known: set[str], needed: set[str], *, other: bool = False) -> Iterator[tuple[int, Row]]:
        """The rows under the header by column name, with their numbers. Columns that nobody knows are reported."""
        sheet = self.sheets[name]
        header: dict[int, str] = {}
        for index, cell in enumerate(sheet.rows[0] if sheet.rows else ()):
            title = " ".join(str(cell).split())
            key = title.lower() if "::" not in title else self._language_column(title)
            if not title:
                if any(index < len(row) and row[index] not in ("", None) for row in sheet.rows[1:]):
                    self.trouble(name, 1, None, f"column {index + 1} has text and no heading")
            elif key in header.values():
                self.trouble(name, 1, title, "is there twice")
            elif key in known:
                header[index] = key
            elif not other:
                shown = title.encode("unicode_escape").decode() if not title.isprintable() else title
                self.trouble(name, 1, shown[:60], f"is not known; known: {', '.join(sorted(known))}")
        absent = needed - set(header.values())
        for title in sorted(absent):
            self.trouble(name, 1, title, "is missing")
        if absent:
            return
        for number, row in enumerate(sheet.rows[1:], start=2):
            cells = {key: row[index] if index < len(row) else "" for index, key in header.items()}
            for index, key in header.items():
                if area := sheet.merged.get((number - 1, index)):
                    self.trouble(name, number, key, f"is part of the merged cells {area}; split them")
                    cells[key] = ""
            if any(cell not in ("", None) for cell in cells.values()):
                yield number, cells

    @staticmethod
    def _language_column(title: str) -> str:
        """`label::whatever (pt)` is the column of Portuguese, however the language is called."""
        kind, _, rest = title.partition("::")
        code = rest.strip().lower()
        code = code[-3:-1] if code.endswith(")") and code[-4:-3] == "(" else code
        return column(kind.strip().lower(), code) if code in LANGUAGES else title

    def trouble(self, sheet: str, row: int | None, name: str | None, reason: str) -> None:
        place = f"sheet {sheet}" + (f", row {row}" if row else "") + (f", column {name}" if name else "")
        steps = [step for step in (sheet, row, name) if step]
        self.troubles.append(Trouble(place, reason, pointer(*steps)))

    def text(self, sheet: str, row: int, cells: Row, name: str) -> str:
        """A cell that must be text: a code that became a number has lost what it was."""
        cell = cells.get(name, "")
        if (kind := kind_of(cell)) is not None:
            self.trouble(sheet, row, name, f"{text_of(cell)} is {kind}; format the cell as text and type it again")
            return ""
        return self.clean(sheet, row, name, str(cell)).strip()

    def clean(self, sheet: str, row: int, name: str, text: str) -> str:
        if found := forbidden_character(text):
            self.trouble(sheet, row, name, f"contains a character that cannot be stored ({found})")
            return ""
        text = normal(text.replace("\r\n", "\n").replace("\r", "\n"))
        return text[1:] if FORMULA.match(text) else text

    def code(self, sheet: str, row: int, cells: Row, name: str) -> str:
        text = self.text(sheet, row, cells, name)
        for character in text:
            if not character.isascii() or character.isspace():
                self.trouble(sheet, row, name, f"contains U+{ord(character):04X}, which no code has")
                return ""
        return text

    def number(self, sheet: str, row: int, cells: Row, name: str) -> float | None:
        cell = cells.get(name, "")
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return float(cell)
        text = str(cell).strip()
        if not text:
            self.trouble(sheet, row, name, "is empty (a formula without a result and an error cell read as empty)")
            return None
        try:
            return float(text) if text.replace(".", "", 1).replace("-", "", 1).isdigit() else float("")
        except ValueError:
            self.trouble(sheet, row, name, f"{text[:40]} is no number")
            return None

    def whole(self, sheet: str, row: int, cells: Row, name: str) -> int | None:
        found = self.number(sheet, row, cells, name)
        if found is None:
            return None
        if not found.is_integer() or abs(found) > 1000:
            self.trouble(sheet, row, name, f"{text_of(found)} is no whole number")
            return None
        return int(found)

    def texts(self, sheet: str, row: int, cells: Row, kind: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for language in LANGUAGES:
            cell = cells.get(column(kind, language), "")
            text = self.clean(sheet, row, column(kind, language), text_of(cell) if cell is not None else "")
            if text.strip():
                found[language] = text
        return found

    # Sheets

    def properties(self) -> dict[str, Any]:
        known = {"version", "kind", "status", "based_on", "coverage_threshold"}
        names = {column("name", language): language for language in LANGUAGES}
        found: dict[str, Any] = {}
        for row, cells in self.rows("model", {"property", "value"}, {"property", "value"}):
            name = self.text("model", row, cells, "property")
            key = self._language_column(name) if "::" in name else name
            if key not in known and key not in names:
                self.trouble("model", row, "property", f"{name[:40]} is not known")
            elif key in found:
                self.trouble("model", row, "property", f"{name} is there twice")
            elif key == "coverage_threshold":
                found[key] = self.number("model", row, cells, "value")
            else:
                found[key] = self.text("model", row, cells, "value")
            self.places[f"/{key if key in known else 'names'}"] = f"sheet model, row {row}"
        for name in ("version", "kind", "status"):
            if name not in found:
                self.trouble("model", None, None, f"the property {name} is missing")
        told = {language: found.pop(key) for key, language in names.items() if key in found}
        return {**found, "names": {language: text for language, text in told.items() if text}}

    def scale(self) -> list[dict[str, Any]]:
        known = {"list_name", "name", *(column("label", language) for language in LANGUAGES)}
        found: list[dict[str, Any]] = []
        for row, cells in self.rows("choices", known, {"list_name", "name"}):
            if self.text("choices", row, cells, "list_name") != LIST:
                self.trouble("choices", row, "list_name", f"must be {LIST}: there is one scale")
                continue
            if str(cells["name"]).strip() in FLAGS:
                continue
            value = self.whole("choices", row, cells, "name")
            self.places[f"/scale/levels/{len(found)}"] = f"sheet choices, row {row}"
            found.append({"value": value, "labels": self.texts("choices", row, cells, "label")})
        return found

    def bands(self) -> list[dict[str, Any]]:
        known = {"level", "from", "to", *(column("label", language) for language in LANGUAGES)}
        found: list[dict[str, Any]] = []
        for row, cells in self.rows("bands", known, {"level", "from", "to"}):
            self.places[f"/bands/{len(found)}"] = f"sheet bands, row {row}"
            found.append(
                {
                    "level": self.whole("bands", row, cells, "level"),
                    "from": self.number("bands", row, cells, "from"), "to": self.number("bands", row, cells, "to"),
                    "labels": self.texts("bands", row, cells, "label"),
                }
            )  # fmt: skip
        return found

    def pillars(self) -> list[dict[str, Any]]:
        known = {"type", "name", "required", "code", "weight", "confidence"}
        known |= {column(kind, language) for kind in ("label", "hint") for language in LANGUAGES}
        pillars: list[dict[str, Any]] = []
        open_groups: list[dict[str, Any]] = []
        row = 1
        for row, cells in self.rows("survey", known, {"type", "name", "code", "weight"}):
            kind = " ".join(self.text("survey", row, cells, "type").lower().replace("_", " ").split())
            if kind == "begin group" and len(open_groups) < 2:
                part = self.part(row, cells) | {("points", "measures")[len(open_groups)]: []}
                into = open_groups[-1]["points"] if open_groups else pillars
                self.places[self.path(pillars, open_groups, into)] = f"sheet survey, row {row}"
                into.append(part)
                open_groups.append(part)
            elif kind == "end group" and open_groups:
                open_groups.pop()
            elif kind == f"select one {LIST}" and len(open_groups) == 2:
                part = self.part(row, cells)
                hint = self.texts("survey", row, cells, "hint")
                into = open_groups[-1]["measures"]
                self.places[self.path(pillars, open_groups, into)] = f"sheet survey, row {row}"
                into.append(part | ({"guidance": hint} if hint else {}))
            elif kind == "text" and str(cells["name"]).strip().endswith(COMMENT_SUFFIX):
                continue
            else:
                self.trouble(
                    "survey", row, "type",
                    f"{kind[:40] or 'nothing'} has no place here: groups are pillars and in them points, "
                    f"in a point there are questions of the type select_one {LIST}",
                )  # fmt: skip
        if open_groups:
            self.trouble("survey", row, "type", f"the group {open_groups[-1]['code']} has no end_group")
        return pillars

    @staticmethod
    def path(pillars: list[Any], open_groups: list[Any], into: list[Any]) -> str:
        """The JSON pointer of what will be appended to `into`."""
        steps = ["pillars", *([str(len(pillars) - 1), "points"] if open_groups else [])]
        if len(open_groups) == 2:
            steps += [str(len(open_groups[0]["points"]) - 1), "measures"]
        return "/" + "/".join([*steps, str(len(into))])

    def part(self, row: int, cells: Row) -> dict[str, Any]:
        code = self.code("survey", row, cells, "code")
        name = self.code("survey", row, cells, "name")
        if not code:
            if not any(f"row {row}, column code" in trouble.place for trouble in self.troubles):
                self.trouble("survey", row, "code", "is empty")
        elif name != question_name(code):
            self.trouble("survey", row, "name", f"must be {question_name(code)}, as the code says")
        confidence = self.text("survey", row, cells, "confidence")
        return {
            "code": code, "names": self.texts("survey", row, cells, "label"),
            "weight": self.number("survey", row, cells, "weight"),
            **({"confidence": confidence} if confidence else {}),
        }  # fmt: skip

    def levels(self, pillars: list[dict[str, Any]]) -> None:
        """What the sheet `levels` says goes to its measures."""
        if "levels" not in self.sheets:
            return
        kinds = ("guidance", "examples")
        known = {"code", "level", *(column(kind, language) for kind in kinds for language in LANGUAGES)}
        measures = {m["code"]: m for pillar in pillars for point in pillar["points"] for m in point["measures"]}
        for row, cells in self.rows("levels", known, {"code", "level"}):
            code = self.code("levels", row, cells, "code")
            value = self.whole("levels", row, cells, "level")
            if code not in measures:
                self.trouble("levels", row, "code", f"{code[:40]} is no measure of the sheet survey")
                continue
            said = {kind: self.texts("levels", row, cells, kind) or None for kind in kinds}
            measures[code].setdefault("levels", []).append({"value": value, **said})
