"""A version of the model as an XLSForm workbook: for tools that ask with it in the field, and to bring it back.

`survey`, `choices` and `settings` are what XLSForm wants. What it has no place for stands beside them: weights in
columns of `survey`, and the sheets `levels` (guidance and examples by level), `bands` and `model`. Tools ignore them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from services.survey.models.checks import elements_in, optional_texts_in, texts_in
from services.survey.models.xlsform_words import (
    COMMENT,
    COMMENT_SUFFIX,
    FLAGS,
    FORMULA,
    LANGUAGE_NAMES,
    LIST,
    column,
    question_name,
)
from services.survey.tables import Model
from shared.formats import xlsx_bytes
from shared.languages import LANGUAGES, pick


def xlsform(row: Model) -> bytes:
    """The workbook. Question names are the measures' codes, choice names the levels: labels may change, these not."""
    content = row.content
    languages = languages_in(content)
    labels = [column("label", language) for language in languages]
    hints = [column("hint", language) for language in languages]
    settings = [
        pick(row.names, languages[0]) or row.version, "reference_model", row.version,
        f"{LANGUAGE_NAMES[languages[0]]} ({languages[0]})",
    ]  # fmt: skip
    of_levels = [column(kind, language) for kind in ("guidance", "examples") for language in languages]
    return xlsx_bytes(
        {
            "survey": (
                ["type", "name", *labels, *hints, "required", "code", "weight", "confidence"],
                _questions(content, languages),
            ),
            "choices": (["list_name", "name", *labels], _choices(content, languages)),
            "settings": (["form_title", "form_id", "version", "default_language"], [settings]),
            "levels": (["code", "level", *of_levels], _levels(content, languages)),
            "bands": (["level", "from", "to", *labels], _bands(content, languages)),
            "model": (["property", "value"], _properties(row)),
        }
    )


def languages_in(content: Mapping[str, Any]) -> list[str]:
    """The languages in which anything is said; the ones that are whole first, so that a tool begins with one."""
    texts = [text for _, text in (*texts_in(dict(content)), *optional_texts_in(content))]
    missing = {language: sum(language not in text for text in texts) for language in LANGUAGES}
    found = [language for language in LANGUAGES if missing[language] < len(texts)]
    return sorted(found, key=lambda language: missing[language] > 0) or ["es"]


def _kept(text: str) -> str:
    return f"'{text}" if FORMULA.match(text) else text


def _in(texts: Mapping[str, str] | None, languages: list[str]) -> list[str]:
    return [_kept((texts or {}).get(language, "")) for language in languages]


def _questions(content: Mapping[str, Any], languages: list[str]) -> Iterator[list[Any]]:
    none = [""] * len(languages)

    def facts(part: Mapping[str, Any]) -> list[Any]:
        return [part["code"], float(part["weight"]), part["confidence"] or ""]

    def group(part: Mapping[str, Any]) -> list[Any]:
        return ["begin_group", question_name(part["code"]), *_in(part["names"], languages), *none, "", *facts(part)]

    def end(part: Mapping[str, Any]) -> list[Any]:
        return ["end_group", question_name(part["code"]), *none, *none, "", "", "", ""]

    for pillar in content["pillars"]:
        yield group(pillar)
        for point in pillar["points"]:
            yield group(point)
            for measure in point["measures"]:
                name = question_name(measure["code"])
                texts = [*_in(measure["names"], languages), *_in(measure["guidance"], languages)]
                yield [f"select_one {LIST}", name, *texts, "no", *facts(measure)]
                yield ["text", f"{name}{COMMENT_SUFFIX}", *_in(COMMENT, languages), *none, "no", "", "", ""]
            yield end(point)
        yield end(pillar)


def _choices(content: Mapping[str, Any], languages: list[str]) -> Iterator[list[Any]]:
    for level in content["scale"]["levels"]:
        yield [LIST, str(level["value"]), *_in(level["labels"], languages)]
    for flag, texts in FLAGS.items():
        yield [LIST, flag, *_in(texts, languages)]


def _levels(content: Mapping[str, Any], languages: list[str]) -> Iterator[list[Any]]:
    for _, element, part in elements_in(content):
        for level in (part.get("levels") or ()) if element == "measure" else ():
            yield [
                part["code"], str(level["value"]), *_in(level["guidance"], languages),
                *_in(level["examples"], languages),
            ]  # fmt: skip


def _bands(content: Mapping[str, Any], languages: list[str]) -> Iterator[list[Any]]:
    for band in content["bands"]:
        yield [str(band["level"]), float(band["from"]), float(band["to"]), *_in(band["labels"], languages)]


def _properties(row: Model) -> Iterator[list[Any]]:
    yield ["version", row.version]
    yield ["kind", row.kind]
    yield ["status", row.status]
    if row.based_on:
        yield ["based_on", row.based_on]
    yield ["coverage_threshold", float(row.content["coverage_threshold"])]
    for language in LANGUAGES:
        if row.names.get(language):
            yield [column("name", language), _kept(row.names[language])]
