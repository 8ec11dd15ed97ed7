"""A version of the model as an XLSForm (survey, choices, settings), for tools that ask with it in the field."""

from collections.abc import Iterator
from typing import Any

from services.survey.tables import Model
from shared.formats import xlsx_bytes
from shared.languages import LANGUAGES, pick

LANGUAGE_NAMES = {"es": "Español", "en": "English", "pt": "Português", "fr": "Français"}
NOT_APPLICABLE = {"es": "No aplica", "en": "Not applicable", "pt": "Não se aplica", "fr": "Sans objet"}
UNKNOWN = {"es": "No lo sé", "en": "I do not know", "pt": "Não sei", "fr": "Je ne sais pas"}
COMMENT = {"es": "Comentario", "en": "Comment", "pt": "Comentário", "fr": "Commentaire"}
LIST = "levels"


def xlsform(row: Model) -> bytes:
    """The workbook. Question names are the measures' codes, choice names the levels: labels may change, these not."""
    languages = [language for language in LANGUAGES if language not in row.missing_languages]
    languages = languages or ["es"]
    labels = [f"label::{LANGUAGE_NAMES[language]} ({language})" for language in languages]
    hints = [f"hint::{LANGUAGE_NAMES[language]} ({language})" for language in languages]
    settings = [
        pick(row.names, languages[0]) or row.version, "reference_model", row.version,
        f"{LANGUAGE_NAMES[languages[0]]} ({languages[0]})",
    ]  # fmt: skip
    return xlsx_bytes(
        {
            "survey": (["type", "name", *labels, *hints, "required"], _questions(row.content, languages)),
            "choices": (["list_name", "name", *labels], _choices(row.content, languages)),
            "settings": (["form_title", "form_id", "version", "default_language"], [settings]),
        }
    )


def _questions(content: dict[str, Any], languages: list[str]) -> Iterator[list[Any]]:
    none = [""] * len(languages)
    for pillar in content["pillars"]:
        yield ["begin_group", pillar["code"], *_in(pillar["names"], languages), *none, ""]
        for point in pillar["points"]:
            yield ["begin_group", point["code"], *_in(point["names"], languages), *none, ""]
            for measure in point["measures"]:
                hints = _in(measure["guidance"] or {}, languages) if measure["guidance"] else none
                yield [f"select_one {LIST}", measure["code"], *_in(measure["names"], languages), *hints, "no"]
                yield ["text", f"{measure['code']}_comment", *_in(COMMENT, languages), *none, "no"]
            yield ["end_group", point["code"], *none, *none, ""]
        yield ["end_group", pillar["code"], *none, *none, ""]


def _choices(content: dict[str, Any], languages: list[str]) -> Iterator[list[Any]]:
    for level in content["scale"]["levels"]:
        yield [LIST, str(level["value"]), *_in(level["labels"], languages)]
    yield [LIST, "not_applicable", *_in(NOT_APPLICABLE, languages)]
    yield [LIST, "unknown", *_in(UNKNOWN, languages)]


def _in(texts: dict[str, str], languages: list[str]) -> list[str]:
    return [pick(texts, language) for language in languages]
