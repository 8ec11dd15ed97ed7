"""What is shown of a text that was found: a few words around what was looked for, marked. Pure."""

import re
from collections.abc import Iterator
from html import escape
from itertools import islice

from services.workspace.search.words import SHORT, folded

BEGIN, END = "\ue000", "\ue001"
"""What stands around a marked word before it is escaped; no text that is kept has these characters."""

AROUND = 90
"""Characters before and after a word that no language's own reading marked."""
SIGNS = re.compile(r"\*\*|__|~~|`+|\|(?:---\|)+|\||(?:(?<=\s)|^)(?:#{1,6}|>|[-*+])\s")
"""Of Markdown: emphasis, code, the lines of tables, and what begins headings, quotes and lists."""
MOST = 10
"""Marked words of one snippet."""
ACCENTED = "áàâãäåéèêëíìîïóòôõöúùûüçñÁÀÂÃÄÅÉÈÊËÍÌÎÏÓÒÔÕÖÚÙÛÜÇÑ"
PLAIN = "aaaaaaeeeeiiiiooooouuuucnaaaaaaeeeeiiiiooooouuuucn"
UNACCENT = str.maketrans(ACCENTED, PLAIN)


def snippet_of(headline: str, text: str, stems: list[str], *, is_markdown: bool = False) -> tuple[str, str]:
    """The words around what was looked for, plain and as HTML with `<mark>`; of Markdown without its signs.

    `headline` has its words marked, or none: then they are looked for in `text` by the beginnings of folded words.

    >>> snippet_of("", "La gestión de los camarões", ["camara"])
    ('La gestión de los camarões', 'La gestión de los <mark>camarões</mark>')
    """
    marked = headline if BEGIN in headline else _marked(text or headline, stems)
    marked = " ".join((SIGNS.sub("", marked) if is_markdown else marked).split())
    plain = marked.replace(BEGIN, "").replace(END, "")
    return plain, escape(marked, quote=False).replace(BEGIN, "<mark>").replace(END, "</mark>")


def _marked(text: str, stems: list[str]) -> str:
    found = list(islice(_places(text, stems), MOST))
    if not found:
        return text[: 2 * AROUND]
    begin, end = max(0, found[0][0] - AROUND), min(len(text), found[0][1] + AROUND)
    parts = ["… " if begin else ""]
    place = begin
    for start, stop in found:
        if stop > end:
            break
        parts += [text[place:start], BEGIN, text[start:stop], END]
        place = stop
    return "".join([*parts, text[place:end], " …" if end < len(text) else ""])


def _places(text: str, stems: list[str]) -> Iterator[tuple[int, int]]:
    """Where words stand that begin as looked for, once their accents and plurals are folded."""
    plain = text.translate(UNACCENT).lower()
    if not stems or len(plain) != len(text):
        return
    likely = re.compile(r"\b(?:" + "|".join(re.escape(stem[:SHORT]) for stem in stems) + r")\w*")
    for match in likely.finditer(plain):
        if folded(text[match.start() : match.end()]).startswith(tuple(stems)):
            yield match.start(), match.end()
