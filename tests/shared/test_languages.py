"""The language of an answer."""

import pytest

from shared.languages import best_match, pick


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("en", "en"), ("pt-BR,pt;q=0.9,en;q=0.8", "pt"), ("de, fr;q=0.5, en;q=0.7", "en"), ("de", "es"), ("*", "es"), ("", "es"),
        ("en;q=0, pt;q=0.1", "pt"), ("EN-us", "en"), (";;;,,q=", "es"), ("en;q=abc", "es"), ("en" * 5000, "es"),
    ],
)  # fmt: skip
def test_the_best_of_ours_is_found(header: str, language: str):
    assert best_match(header) == language


def test_a_missing_text_falls_back_to_spanish_then_english():
    assert pick({"en": "Port", "es": "Puerto"}, "fr") == "Puerto"
    assert pick({"en": "Port"}, "fr") == "Port"
    assert pick({}, "fr") == ""
