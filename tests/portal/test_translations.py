"""Texts: every one is there in English, Portuguese and French, and keeps what is filled in."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from services.portal.rendering import LOCALIZED_FILTERS, TEMPLATES_FOLDER
from services.portal.translations import LANGUAGES, LOCALES_FOLDER, as_language, best_language, translations

ROOM = Path(TEMPLATES_FOLDER).parent
NARROW = "\u202f"
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2),
            "npgettext": ((1, "c"), 2, 3)}  # fmt: skip
OPTIONS = {"extensions": "jinja2.ext.do", "trim_blocks": "true", "lstrip_blocks": "true"}
OTHERS = [language for language in LANGUAGES if language != "es"]
PLACE_TO_FILL = re.compile(r"%\(\w+\)s|\{\w+\}")

Key = tuple[str, str]  # what gettext looks a text up by: its context, or nothing, and its Spanish singular


def written() -> Iterator[tuple[str, Key, bool]]:
    """Every text of templates and code: where it is written, its key, whether it has a plural."""
    for path in sorted(TEMPLATES_FOLDER.rglob("*.html")):
        for line, function, message, _ in babel_extract(io.BytesIO(path.read_bytes()), list(KEYWORDS), [], OPTIONS):
            texts = [one for one in forms_of(message) if one]
            context = texts.pop(0) if function and "pgettext" in function else ""
            if texts:
                yield f"{path.name}:{line}", (context, texts[0]), len(texts) > 1
    for path in sorted(ROOM.rglob("*.py")):
        for line, found, _, about in extract_from_file("python", path, keywords=KEYWORDS):
            forms = [one for one in forms_of(found) if one]
            if forms:
                yield f"{path.name}:{line}", (about or "", forms[0]), len(forms) > 1


def catalogue(language: str) -> dict[Key, list[tuple[str, Message]]]:
    """What the files of a language say for each text; several files may say the same one."""
    messages: dict[Key, list[tuple[str, Message]]] = {}
    for path in sorted((LOCALES_FOLDER / language / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as source:
            for message in read_po(source, locale=language):
                key = (message.context or "", forms_of(message.id)[0])
                if key[1] and any(forms_of(message.string)) and not message.fuzzy:
                    messages.setdefault(key, []).append((path.name, message))
    return messages


def forms_of(text: str | Sequence[str | None] | None) -> list[str]:
    """A text that may have a plural, as a list; a text that is computed where it stands is empty."""
    return [text or ""] if text is None or isinstance(text, str) else [form or "" for form in text]


@pytest.mark.slow
def test_every_text_of_the_portal_is_there_in_every_language() -> None:
    texts = list(written())
    assert len(texts) > 1000  # the extraction finds them
    for language in OTHERS:
        there = catalogue(language)
        missing = {key: place for place, key, _ in texts if key not in there}
        assert missing == {}, f"not said in {language}: add them to a .po of {LOCALES_FOLDER / language}"
        unpaired = {
            key: place
            for place, key, plural in texts
            if plural and not any(len(forms_of(message.string)) == 2 for _, message in there[key])
        }
        assert unpaired == {}, f"no plural in {language}"


@pytest.mark.parametrize("language", OTHERS)
def test_translations_fill_in_what_the_original_fills_in(language: str) -> None:
    for (_, spanish), said in catalogue(language).items():
        for file, message in said:
            told = forms_of(message.string)
            wanted = sorted(set(PLACE_TO_FILL.findall(spanish)))
            for text in told:
                assert text.strip(), (file, spanish)
                assert sorted(set(PLACE_TO_FILL.findall(text))) == wanted, (file, spanish, text)
            assert len(told) == len(forms_of(message.id)), (file, spanish)


def test_words_that_come_with_the_platform_are_there_in_every_language() -> None:
    """What its data files and mails say by language: the model, its scale, interfaces, committees, stakeholder types."""
    root = ROOM.parents[1]
    files = [*root.glob("services/*/data/**/*.yaml"), *root.glob("gateway/data/*.yaml")]
    assert len(files) > 5
    missing = [
        f"{path.relative_to(root)} {place}: no {language}"
        for path in files
        for place, languages in said_by_language(yaml.safe_load(path.read_text("utf-8")))
        for language in sorted(set(LANGUAGES) - languages)
    ]
    assert missing == []


def said_by_language(value: Any, place: str = "") -> Iterator[tuple[str, set[str]]]:
    """Every mapping that says something in Spanish and in English, and its languages."""
    if isinstance(value, dict):
        if {"es", "en"} <= value.keys():
            yield place, set(value)
        for key, inner in value.items():
            if key != "governance_vocabulary":  # notes in the model's file that nothing reads
                yield from said_by_language(inner, f"{place}/{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from said_by_language(inner, f"{place}/{index}")


def test_french_counts_nothing_as_one_and_sets_unbroken_spaces() -> None:
    french, portuguese = translations("fr"), translations("pt")
    people = ("%(num)s persona", "%(num)s personas")
    assert [french.ngettext(*people, number) for number in (0, 1, 2)] == [
        "%(num)s personne",
        "%(num)s personne",
        "%(num)s personnes",
    ]
    assert portuguese.ngettext(*people, 0) == "%(num)s pessoas"
    assert french.gettext("Error:") == "Erreur\u00a0:"
    assert french.ngettext("%(num)s «no aplica»", "%(num)s «no aplica»", 1) == "%(num)s «\u00a0sans objet\u00a0»"


def test_numbers_are_rounded_half_to_even_and_never_minus_nothing() -> None:
    spanish = translations("es")
    assert [spanish.number(value) for value in (34.375, 34.25, 34.35, -0.04, None)] == [
        "34.4",
        "34.2",
        "34.4",
        "0.0",
        "–",
    ]
    assert spanish.number(1234567.5, 0) == f"1{NARROW}234{NARROW}568"
    assert translations("pt").number(1234.5) == f"1{NARROW}234,5"
    assert spanish.signed(4.1) == "+4.1"
    assert spanish.signed(-4.1) == "−4.1"
    assert spanish.signed(0.0) == "0.0"
    assert spanish.number(float("nan")) == "–"
    assert spanish.size(180 * 1024) == "180.0\u00a0kB"


def test_times_name_their_zone() -> None:
    moment = dt.datetime(2026, 11, 25, 16, 3, tzinfo=dt.UTC)
    assert translations("es").time(moment, "America/Caracas") == "12:03, hora de Caracas"
    assert translations("en").datetime(moment, "America/Caracas") == "25 Nov 2026, 12:03, Caracas time"
    assert translations("es").time(moment) == "16:03 UTC"
    assert translations("es").date("2026-11-25") == "25 de noviembre de 2026"


def test_periods_are_written_out() -> None:
    spanish = translations("es")
    assert [spanish.period(one) for one in ("2026", "2026-Q1", "2026-03")] == [
        "2026",
        "1.º trimestre de 2026",
        "marzo de 2026",
    ]


def test_the_reader_is_spoken_to_in_the_language_asked_for() -> None:
    assert best_language("pt-BR,pt;q=0.9,en;q=0.8") == "pt"
    assert best_language("de, en;q=0.5") == "en"
    assert best_language("en", "fr") == "fr"
    assert best_language("en", "xx") == "en"
    assert best_language("en;q=0, *") == "es"
    assert best_language("en;q=oops") == "es"
    assert best_language(None) == "es"
    assert as_language("en_GB") == "en"


@pytest.mark.parametrize("name", LOCALIZED_FILTERS)
def test_every_filter_is_a_format_of_the_translations(name: str) -> None:
    assert callable(getattr(translations("es"), name))
