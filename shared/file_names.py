"""Names of files: what is made of what people's systems send."""

import re
import unicodedata

from shared.problems import Invalid
from shared.text import forbidden_character, normal

LONGEST_NAME = 200
"""Characters; with four bytes each a name still fits the headers and the file systems that it meets."""
OVERRIDES = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that turn the direction of writing around: `foto<U+202E>gpj.exe` looks like a picture."""
SLASHES = re.compile(r"[/\\]")


def file_name_of(sent: str | None) -> str:
    """The last step of what was sent, in NFC, shortened before its ending when it is long.

    >>> file_name_of("../../actas/Acta n.º 3.pdf"), file_name_of("C:\\\\Actas\\\\acta.pdf")
    ('Acta n.º 3.pdf', 'acta.pdf')

    Raises Invalid with `/file` for control characters, overrides of direction, and when nothing is left.
    """
    text = normal(sent or "")
    if any(unicodedata.category(c) == "Cc" for c in text) or forbidden_character(text):
        raise Invalid.at("/file", "has a name with control characters: rename the file", "character")
    if OVERRIDES.search(text):
        raise Invalid.at("/file", "has a name that changes the direction of writing: rename the file", "character")
    name = " ".join(SLASHES.split(text)[-1].split()).strip(" .")
    if not name:
        raise Invalid.at("/file", "has no name", "required")
    if len(name) > LONGEST_NAME:
        stem, dot, ending = name.rpartition(".")
        tail = f"{dot}{ending}" if stem and len(ending) <= 10 else ""
        name = name[: LONGEST_NAME - len(tail)].rstrip() + tail
    return name
