"""Texts: every one has an English translation, and translations keep what is filled in."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from services.portal.rendering import LOCALIZED_FILTERS, TEMPLATES_FOLDER
from services.portal.translations import LANGUAGES, LOCALES_FOLDER, as_language, best_language, translations

ROOM = Path(TEMPLATES_FOLDER).parent
NARROW = "\u202f"
FUNCTIONS = ["_", "gettext", "ngettext", "pgettext", "npgettext"]
PYTHON_FUNCTIONS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
OPTIONS = {"extensions": "jinja2.ext.do", "trim_blocks": "true", "lstrip_blocks": "true"}


def written() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Where a text is written, and its forms."""
    for path in sorted(TEMPLATES_FOLDER.rglob("*.html")):
        for line, _, message, _ in babel_extract(io.BytesIO(path.read_bytes()), FUNCTIONS, [], OPTIONS):
            forms = message if isinstance(message, tuple) else (message,)
            kept = tuple(one for one in forms if one)
            if kept:
                yield f"{path.name}:{line}", kept
    for path in sorted(ROOM.rglob("*.py")):
        for line, found, _, _ in extract_from_file("python", path, keywords=PYTHON_FUNCTIONS):
            forms = found if isinstance(found, tuple) else (found,)
            kept = tuple(one for one in forms if isinstance(one, str) and one)
            if kept:
                yield f"{path.name}:{line}", kept


def catalogue(language: str) -> dict[str, Message]:
    messages: dict[str, Message] = {}
    for path in (LOCALES_FOLDER / language / "LC_MESSAGES").glob("*.po"):
        with path.open("rb") as source:
            for message in read_po(source, locale=language):
                key = message.id[0] if isinstance(message.id, tuple | list) else message.id
                if key and message.string and not message.fuzzy:
                    messages[key] = message
    return messages


@pytest.mark.slow
def test_every_text_of_the_portal_is_there_in_english() -> None:
    english = catalogue("en")
    missing = {forms[0]: place for place, forms in written() if forms[0] not in english}
    assert missing == {}


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "es"])
def test_translations_fill_in_what_the_original_fills_in(language: str) -> None:
    for key, message in catalogue(language).items():
        strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
        names = set(re.findall(r"%\((\w+)\)s", key))
        for string in strings:
            assert string and string.strip(), key
            assert set(re.findall(r"%\((\w+)\)s", string)) == names, key
        plural = isinstance(message.id, tuple | list)
        assert len(strings) == (2 if plural else 1), key


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
