"""Names of files, folders and titles: what people may call things, and what is made of what their systems send."""

import re
import unicodedata

from shared.problems import Invalid
from shared.text import forbidden_character, normal, without_accents

LONGEST_NAME = 200
"""Characters; with four bytes each a name still fits the headers and the file systems that it meets."""
LONGEST_TITLE = 300
LONGEST_STEP = 80
MOST_STEPS = 5
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


def title_of(file_name: str) -> str:
    """A title out of the name of a file.

    >>> title_of("Acta_reunion_2025.pdf")
    'Acta reunion 2025'
    """
    stem, _, ending = file_name.rpartition(".")
    words = (stem if stem and len(ending) <= 10 else file_name).replace("_", " ").split()
    return " ".join(words)[:LONGEST_TITLE].strip() or file_name


def title_key(title: str) -> str:
    """How titles are compared and ordered: accents and case aside."""
    return " ".join(without_accents(title).split())


def folder_of(sent: str, pointer: str = "/folder") -> str:
    """A folder's path, its steps tidied; empty for the committee's own.

    >>> folder_of(" Actas / 2026/ ")
    'Actas/2026'

    Raises Invalid.
    """
    steps = [" ".join(step.split()) for step in normal(sent).split("/")]
    steps = [step for step in steps if step]
    if len(steps) > MOST_STEPS:
        raise Invalid.at(pointer, f"may have at most {MOST_STEPS} folders one in the other", "too_deep")
    for step in steps:
        if len(step) > LONGEST_STEP:
            raise Invalid.at(pointer, f"may have names of at most {LONGEST_STEP} characters", "too_long")
        odd = any(unicodedata.category(c) == "Cc" for c in step) or OVERRIDES.search(step) or forbidden_character(step)
        if step in (".", "..") or "\\" in step or odd:
            raise Invalid.at(pointer, "must be names of folders separated by /", "folder")
    return "/".join(steps)
