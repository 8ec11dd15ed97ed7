"""What people type into a search box, as a question that PostgreSQL's full text search answers.

Spanish, Portuguese and English words are looked for by their stems; every word also as it is written, accents, case
and the plural of Portuguese and Spanish aside, so that `exportacao` finds *exportações*. `ñ` is found by `n`. Words
stand for "all of them", `"a phrase"` for itself, `or` between two for either, and `-word` for "without it"; the last
word may be cut.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, literal, literal_column
from sqlalchemy.dialects.postgresql import TSVECTOR

from shared.text import normal, without_accents

LANGUAGES = ("spanish", "portuguese", "english")
LONGEST = 500
MOST_WORDS = 20
WORD = re.compile(r"\w+")
EVERYWHERE = (
    "a al ante con como cual cuando de del desde donde e el ella en entre era es esa ese esta este estos fue ha "
    "han hasta la las le les lo los más me mi muy ni no nos o para pero por que qué se ser si sin sobre son su "
    "sus también te tu u un una uno unos y ya ao aos as à às com da das do dos em essa esse eu foi isso já mais "
    "mas na nas não nem num numa os ou pela pelas pelo pelos quem são sem seu seus sua suas só também tem um uma "
    "você about all an and any are at be been but by for from had has have he her his how i if in into is it its "
    "not of on or our she so than that the their them then there these they this to was we were what when which "
    "who will with you your des du et une dans pour par sur"
)
FUNCTION_WORDS = frozenset(without_accents(EVERYWHERE).split())
"""Of which alone nothing is found: they are in every text."""
ENDINGS = (
    (re.compile(r"(o|a|a)es\b"), "ao"),
    (re.compile(r"([aeiou])is\b"), r"\1l"),
    (re.compile(r"([aeiou])s\b"), r"\1"),
)
SHORT = 3


def folded(text: str) -> str:
    """Words without accents, in the singular as far as an ending tells.

    >>> folded("Exportações de camarões"), folded("exportacao de camarao")
    ('exportacao de camarao', 'exportacao de camarao')
    """
    plain = without_accents(text)
    for ending, singular in ENDINGS:
        plain = ending.sub(singular, plain)
    return plain


@dataclass(frozen=True)
class Question:
    """What is looked for: as it was typed, and with its words folded; `start` of the last word, when it may be cut."""

    typed: str
    folded: str
    start: str | None

    @property
    def expression(self) -> ColumnElement[Any]:
        """The `tsquery`: any language's reading of it."""
        found: ColumnElement[Any] = func.websearch_to_tsquery(_config("simple"), self.folded)
        for language in LANGUAGES:
            found = found.op("||")(func.websearch_to_tsquery(_config(language), self.typed))
        if self.start is not None:
            found = found.op("||")(func.to_tsquery(_config("simple"), self.start))
        return found

    @property
    def stems(self) -> list[str]:
        """Beginnings of folded words, to mark them where the languages' own readings found none."""
        words = (word for word in WORD.findall(self.folded) if word not in FUNCTION_WORDS and len(word) >= SHORT)
        return [word[: max(SHORT, len(word) - 1)] for word in words]


def question_in(typed: str) -> Question | None:
    """None when nothing is asked for: no words, words of every text only, or only words that must not be there."""
    text = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in normal(typed)[: LONGEST * 4]).strip()
    pieces = text[:LONGEST].split()[:MOST_WORDS]
    text = " ".join(pieces)
    wanted = [
        word
        for piece in pieces
        if not piece.startswith("-")
        for word in WORD.findall(without_accents(piece))
        if word not in FUNCTION_WORDS
    ]
    if not wanted:
        return None
    plain = WORD.sub(lambda match: folded(match[0]), text)
    return Question(text, plain, _start_of(text))


def _start_of(text: str) -> str | None:
    """`all & but & the:*` of plain words of which the last may be cut; None for phrases, alternatives, exclusions."""
    if not re.fullmatch(r"[\w\s.,;:]+", text) or re.search(r"\bor\b", text, re.IGNORECASE):
        return None
    *words, last = [word for word in WORD.findall(without_accents(text)) if word not in FUNCTION_WORDS]
    if len(last) < SHORT or last.isdigit() or "_" in text:
        return None
    return " & ".join([*(folded(word) for word in words), f"{last}:*"])


def vector_of(title: str, body: str) -> ColumnElement[Any]:
    """The `tsvector` in which a question looks: titles weigh most."""
    parts: list[ColumnElement[Any]] = []
    for text, weight in ((title, "A"), (body, "D")):
        for language in LANGUAGES:
            parts.append(_weighted(language, text, weight))
        parts.append(_weighted("simple", folded(text), weight))
    found = parts[0]
    for part in parts[1:]:
        found = found.op("||", return_type=TSVECTOR())(part)
    return found


def _weighted(config: str, text: str, weight: str) -> ColumnElement[Any]:
    return func.setweight(func.to_tsvector(_config(config), literal(text)), literal_column(f"'{weight}'"))


def _config(name: str) -> ColumnElement[Any]:
    return literal_column(f"'{name}'::regconfig")
